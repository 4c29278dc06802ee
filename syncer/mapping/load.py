"""Reads the mapping files: all problems of all files at once, or the mappings as data."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

from pydantic import ValidationError

from syncer.core.fields import SIDES, FieldMap, KindMap, SideName
from syncer.errors import FileProblem, MappingError
from syncer.mapping.models import FieldEntry, MappingFile, SideEntry
from syncer.mapping.refusals import problems_of
from syncer.mapping.sense import sense_of_fields, sense_of_file
from syncer.mapping.toml_file import BrokenTomlError, TomlFile, read_toml

Kind = Literal["account", "person"]
KINDS: Final[tuple[Kind, ...]] = ("account", "person")  # references need their target first


@dataclass(frozen=True, slots=True)
class Mappings:
    """All mapping files, account before person."""

    kinds: tuple[KindMap, ...]

    def __iter__(self) -> Iterator[KindMap]:
        return iter(self.kinds)

    def kind(self, name: str) -> KindMap:
        for kind in self.kinds:
            if kind.kind == name:
                return kind
        raise KeyError(name)


def load_mappings(folder: Path, *, tie: SideName = "left", region: str = "US") -> Mappings:
    """Reads `account.toml` and `person.toml`. Raises MappingError with every problem of both files.

    `tie` and `region` hold for the fields that do not say.
    """
    if not folder.is_dir():
        problem = FileProblem(
            str(folder), 0, 0, "FileMissing", "There is no such folder.", "Set [mappings] dir to the folder."
        )
        raise MappingError([problem])
    kinds: list[KindMap] = []
    problems: list[FileProblem] = []
    for kind in KINDS:
        try:
            file = read_toml(folder / f"{kind}.toml")
        except BrokenTomlError as error:
            problems.append(error.problem)
            continue
        loaded, found = parse_kind(kind, file, tie=tie, region=region)
        problems += found
        if loaded:
            kinds.append(loaded)
    problems += _shared_objects(kinds)
    if problems:
        raise MappingError(problems)
    return Mappings(tuple(kinds))


def parse_kind(
    kind: Kind, file: TomlFile, *, tie: SideName = "left", region: str = "US"
) -> tuple[KindMap | None, list[FileProblem]]:
    """One file: the mapping if it is sound, else everything that is wrong with it."""
    problems: list[FileProblem] = []
    model: MappingFile | None = None
    try:
        model = MappingFile.model_validate(file.data)
    except ValidationError as error:
        problems += problems_of(error, file, MappingFile)
    objects = {side: _objects(file.data.get(side)) for side in SIDES}
    entries = dict(_sound_entries(file.data.get("field")))
    problems += sense_of_fields(file, entries, objects)
    if model:
        problems += sense_of_file(file, model)
    if problems or model is None:
        return None, problems
    return _kind_map(kind, file, model, tie, region), []


def _objects(side: Any) -> tuple[str, ...]:
    listed = side.get("objects") if isinstance(side, Mapping) else None
    return tuple(name for name in listed if isinstance(name, str)) if isinstance(listed, list) else ()


def _sound_entries(listed: Any) -> Iterator[tuple[int, FieldEntry]]:
    """The fields that are well formed, so that one broken field does not hide what is wrong with the others."""
    for place, item in enumerate(listed if isinstance(listed, list) else ()):
        try:
            yield place, FieldEntry.model_validate(item)
        except ValidationError:
            continue  # reported with the file


def _shared_objects(kinds: list[KindMap]) -> list[FileProblem]:
    owner: dict[tuple[SideName, str], str] = {}
    problems = []
    for kind in kinds:
        for side in SIDES:
            for name in kind.objects(side):
                first = owner.setdefault((side, name), kind.path)
                if first != kind.path:
                    said = f"{name} is mapped by {Path(first).name} as well."
                    problems.append(FileProblem(kind.path, 1, 1, "DuplicateObject", said, "Take it out of one.", name))
    return problems


def targets(named: str | Mapping[str, str] | None, objects: tuple[str, ...]) -> dict[str, str]:
    """Object -> field: one name means the same on every object."""
    if named is None:
        return {}
    return dict.fromkeys(objects, named) if isinstance(named, str) else dict(named)


def create_object(side: SideEntry) -> str | None:
    return side.objects[0] if side.create is None else side.create or None


def _kind_map(kind: Kind, file: TomlFile, model: MappingFile, tie: SideName, region: str) -> KindMap:
    left, right = tuple(model.left.objects), tuple(model.right.objects)
    fields = tuple(
        FieldMap(
            name=entry.name,
            left=targets(entry.left, left),
            right=targets(entry.right, right),
            type=entry.type,
            rule=entry.rule,
            blank=entry.blank,
            tie=entry.tie or tie,
            authority=tuple(entry.authority),
            protect_days=entry.protect_days,
            choices=entry.choices,
            order=tuple(entry.order),
            to=entry.to or "",
            label=entry.label,
            create=entry.create,
            read_only=entry.read_only or "",
            region=entry.region or region,
            length=entry.length,
            create_default=entry.create_default,
            line=file.place(("field", place))[0],
        )
        for place, entry in enumerate(model.field)
    )
    return KindMap(
        kind=kind,
        version=model.version,
        left_objects=left,
        right_objects=right,
        left_create=create_object(model.left),
        right_create=create_object(model.right),
        match=tuple(model.match),
        fields=fields,
        left_inclusion=model.inclusion.left,
        right_inclusion=model.inclusion.right,
        path=file.path,
    )
