"""From pydantic's refusals to problems with a place, a name, and the word that was probably meant."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from types import UnionType
from typing import Any, Final, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo

from syncer.errors import FileProblem, did_you_mean
from syncer.mapping.toml_file import Loc, TomlFile

_NAMES: Final = {
    "type": "UnknownType",
    "rule": "UnknownRule",
    "authority": "UnknownAuthority",
    "evidence": "UnknownAuthority",
}


def problems_of(
    error: ValidationError,
    file: TomlFile,
    model: type[BaseModel],
    *,
    hide: Callable[[Loc], bool] = lambda loc: False,
    elsewhere: Callable[[Loc], str] = lambda loc: "",
) -> list[FileProblem]:
    """All of them, once for each place.

    `hide`: the value there is a secret and must not be shown. `elsewhere`: where the value came from, if not the file.
    """
    found: dict[Loc, FileProblem] = {}
    for detail in error.errors(include_url=False, include_context=True):
        outside = elsewhere(detail["loc"])
        loc = detail["loc"] if outside else _written(detail["loc"], file.data)
        problem = _problem(detail, loc, file, model, hidden=hide(loc))
        found.setdefault(loc, replace(problem, file=outside, line=0, column=0) if outside else problem)
    # A union reports each of its branches: the one that goes deeper is the one that was meant.
    return [
        problem for loc, problem in found.items() if not any(loc == deep[: len(loc)] for deep in found if deep != loc)
    ]


def _written(loc: Sequence[str | int], data: Any) -> Loc:
    """The path as the file has it: pydantic adds the names of union branches, which stand nowhere."""
    path: list[str | int] = []
    for step in loc:
        known = isinstance(data, dict) and step in data
        if known or (isinstance(data, list) and isinstance(step, int) and step < len(data)):
            data = data[step]
            path.append(step)
        elif isinstance(data, dict) and step == loc[-1] and isinstance(step, str) and step not in _BRANCHES:
            path.append(step)  # a missing key
    return tuple(path)


_BRANCHES: Final = ("str", "dict", "constrained-str", "[key]")


def _problem(detail: Any, loc: Loc, file: TomlFile, model: type[BaseModel], *, hidden: bool) -> FileProblem:
    kind = detail["type"]
    word = str(loc[-1]) if loc else ""
    where = ".".join(str(step) for step in loc)
    if kind == "extra_forbidden":
        line, column = file.place(loc, key=True)
        near, action = did_you_mean(word, _keys_at(model, loc[:-1]), "Take it away.")
        return FileProblem(file.path, line, column, "UnknownKey", f'"{word}" is no key here.', action, word, near)
    if kind == "missing":
        line, column = file.place(loc[:-1])
        return FileProblem(
            file.path, line, column, "MissingKey", f'The key "{word}" is missing.', f"Add {word} = ...", word
        )
    line, column = file.place(loc)
    wrong = "" if hidden or not isinstance(detail["input"], str | int | float | bool) else str(detail["input"])
    if kind in ("enum", "literal_error"):
        named = next((step for step in reversed(loc) if isinstance(step, str)), "")
        expected = _words(detail["ctx"]["expected"])
        near, action = did_you_mean(wrong, expected, f"Use one of: {', '.join(expected)}.")
        name = _NAMES.get(named, "UnknownWord")
        return FileProblem(file.path, line, column, name, f'"{wrong}" is not known for {where}.', action, wrong, near)
    message = detail["msg"].removeprefix("Value error, ")
    return FileProblem(file.path, line, column, "BadValue", f"{where}: {message}.", f"Correct {word}.", wrong)


def _words(expected: str) -> list[str]:
    return [part.strip(" '") for part in expected.replace(" or ", ", ").split(", ")]


def _keys_at(model: type[BaseModel], loc: Loc) -> list[str]:
    """The keys that the model knows at a path."""
    current: type[BaseModel] | None = model
    for step in loc:
        if isinstance(step, int) or current is None:
            continue
        field = _as_written(current).get(step)
        if field is not None:
            current = _model_in(field.annotation)
    return list(_as_written(current)) if current else []


def _as_written(model: type[BaseModel]) -> dict[str, FieldInfo]:
    """The fields by the names that files use: a word such as "in" can only be an alias."""
    return {field.alias or name: field for name, field in model.model_fields.items()}


def _model_in(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    if get_origin(annotation) in (list, dict, Union, UnionType):
        return next((found for part in get_args(annotation) if (found := _model_in(part))), None)
    return None
