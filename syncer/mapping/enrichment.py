"""Reads mappings/enrichment.toml: whom to ask for what, at what cost; every problem of the file at its place."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any, Final, Literal

from pydantic import ValidationError

from syncer.core.waterfall.policy import CREDIT, DAY_MS, Caps, EnrichmentPolicy, FieldPolicy, ProviderPolicy
from syncer.errors import FileProblem, MappingError, did_you_mean
from syncer.mapping.enrichment_models import KINDS, CapsEntry, EnrichmentFile, FieldEntry, ProviderEntry
from syncer.mapping.refusals import problems_of
from syncer.mapping.toml_file import BrokenTomlError, Loc, TomlFile, read_toml

FILE: Final = "enrichment.toml"
FOUND_OUTSIDE: Final = (  # fields that providers know and no mapping needs to have: they feed reports and likenesses
    *("website", "lei", "registry_number", "company_status", "legal_form", "parent_company", "keywords", "sic_code"),
    *("total_funding", "funding_stage", "mail_provider", "open_jobs", "key_hires", "tools_named", "traffic_rank"),
    *("year_founded", "uses_salesforce", "naics_code", "technologies", "state", "tags", "hiring"),
)
_DURATION: Final = re.compile(r"(\d{1,5})\s*([hdwy])")
_UNIT_MS: Final = {"h": DAY_MS // 24, "d": DAY_MS, "w": 7 * DAY_MS, "y": 365 * DAY_MS}


def load_enrichment(folder: Path, known: Collection[str]) -> EnrichmentPolicy:
    """Reads `enrichment.toml` in that folder. `known`: the fields of mappings and calls, as criteria may name them.

    Raises MappingError with every problem of the file.
    """
    try:
        file = read_toml(folder / FILE)
    except BrokenTomlError as error:
        raise MappingError([error.problem]) from None
    return parse_enrichment(file, known)


def parse_enrichment(file: TomlFile, known: Collection[str]) -> EnrichmentPolicy:
    """As `load_enrichment`, for a file that was read already."""
    try:
        model = EnrichmentFile.model_validate(file.data)
    except ValidationError as error:
        raise MappingError(problems_of(error, file, EnrichmentFile)) from None
    problems = [
        *_providers(file, model),
        *_fields(file, model, {name.rpartition(".")[2] for name in known} | {*FOUND_OUTSIDE}),
        *_times(file, model),
    ]
    if problems:
        raise MappingError(problems)
    return _policy(file, model)


def enrichment_schema() -> dict[str, Any]:
    """The JSON Schema of enrichment.toml, for completion in editors."""
    schema = EnrichmentFile.model_json_schema()
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema, "title": "syncer enrichment"}


def _providers(file: TomlFile, model: EnrichmentFile) -> Iterator[FileProblem]:
    """Providers of no known kind, and files that do not say how they are to be read."""
    for name, entry in model.provider.items():
        kind = entry.kind or name
        if kind not in KINDS:
            near, action = did_you_mean(kind, KINDS, f"Add kind = ..., one of: {', '.join(KINDS)}.")
            at, key = (("provider", name, "kind"), False) if entry.kind else (("provider", name), True)
            yield file.problem(at, "UnknownProvider", f'"{kind}" is no provider.', action, kind, near, key=key)
        for key_name in ("path", "key", "map"):
            given = getattr(entry, key_name) is not None
            if kind == "file" and not given:
                said = f'The file provider "{name}" does not say its {key_name}.'
                yield file.problem(("provider", name), "MissingKey", said, f"Add {key_name} = ...", key_name, key=True)
        if kind != "file" and (stray := sorted(entry.model_fields_set & _OF_FILES)):
            said = f'"{stray[0]}" is a key of file providers, and "{name}" is none.'
            at = ("provider", name, stray[0])
            yield file.problem(at, "MisplacedKey", said, "Take it away.", stray[0], key=True)


_OF_FILES: Final = frozenset(("path", "key", "map", "as_of", "licence", "confidence", "delimiter", "encoding"))


def _fields(file: TomlFile, model: EnrichmentFile, known: Collection[str]) -> Iterator[FileProblem]:
    for name, entry in model.field.items():
        for at, word in ((("field", name), name), (("field", name, "person"), entry.person)):
            if word and word not in known:
                near, action = did_you_mean(word, sorted(known), "Declare it in a mapping, or take it away.")
                said = f'There is no field "{word}".'
                yield file.problem(at, "UnknownField", said, action, word, near, key=at[-1] == name)
        seen: set[str] = set()
        for place, provider in enumerate(entry.waterfall):
            at = ("field", name, "waterfall", place)
            if provider not in model.provider:
                near, action = did_you_mean(provider, list(model.provider), f"Declare it: [provider.{provider}].")
                said = f"There is no [provider.{provider}]."
                yield file.problem(at, "UnknownProvider", said, action, provider, near)
            elif provider in seen:
                said = f'"{provider}" stands twice in this waterfall.'
                yield file.problem(at, "DuplicateName", said, "Take one away.", provider)
            seen.add(provider)
        if entry.agree > len(entry.waterfall):
            said = f"{entry.agree} sources can never agree where {len(entry.waterfall)} are asked."
            at = ("field", name, "agree")
            yield file.problem(at, "BadValue", said, "Lower agree, or name more providers.", str(entry.agree))
        if entry.of == "person" and entry.person:
            said = '"person" renames a fact about the company, and this is one about the person.'
            yield file.problem(("field", name, "person"), "MisplacedKey", said, "Take person away.", "person")
    for name, entry in model.provider.items():
        for field in entry.map or {}:
            if field not in known:
                near, action = did_you_mean(field, sorted(known), "Declare it in a mapping, or take it away.")
                at = ("provider", name, "map", field)
                yield file.problem(at, "UnknownField", f'There is no field "{field}".', action, field, near, key=True)


def _times(file: TomlFile, model: EnrichmentFile) -> Iterator[FileProblem]:
    told: list[tuple[Loc, str, bool]] = [
        (("defaults", "ttl"), model.defaults.ttl, True),
        (("defaults", "negative_ttl"), model.defaults.negative_ttl, False),
    ]
    told += [(("field", name, "ttl"), entry.ttl, True) for name, entry in model.field.items() if entry.ttl]
    for loc, text, never in told:
        ms = _ms(text)
        if ms is None or (ms == 0 and not never):
            action = "Write it as 12h, 90d, 4w or 1y" + (", or never." if never else ".")
            yield file.problem(loc, "BadDuration", f'"{text}" is no length of time.', action, text)


def _ms(text: str) -> int | None:
    """0 for never; None for what is no length of time."""
    if text == "never":
        return 0
    found = _DURATION.fullmatch(text)
    return int(found[1]) * _UNIT_MS[found[2]] or None if found else None


def _amount(credits: float | None) -> int | None:
    return None if credits is None else round(Decimal(str(credits)) * CREDIT)


def _caps(entry: CapsEntry) -> Caps:
    return Caps(_amount(entry.run), _amount(entry.day), _amount(entry.subject))


def _policy(file: TomlFile, model: EnrichmentFile) -> EnrichmentPolicy:
    defaults = model.defaults
    caps = _caps(model.caps)
    return EnrichmentPolicy(
        providers={name: _provider(name, entry) for name, entry in model.provider.items()},
        fields={name: _field(name, entry, model) for name, entry in model.field.items()},
        caps=Caps(caps.run or 0, caps.day or 0, caps.subject),
        negative_ttl_ms=_ms(defaults.negative_ttl) or 0,
        only_if_it_matters=defaults.only_if_it_matters,
        currency=defaults.currency,
        rates={code: Decimal(str(rate)) for code, rate in model.rates.items()},
        path=file.path,
    )


def _provider(name: str, entry: ProviderEntry) -> ProviderPolicy:
    kind = entry.kind or name
    source: Mapping[str, Any] = entry.model_dump(include=set(_OF_FILES), exclude_none=True) if kind == "file" else {}
    return ProviderPolicy(name, kind, _amount(entry.cost), _caps(entry.caps), entry.trust, source)


def _field(name: str, entry: FieldEntry, model: EnrichmentFile) -> FieldPolicy:
    of: Literal["account", "person"] = entry.of
    return FieldPolicy(
        name=name,
        waterfall=tuple(entry.waterfall),
        ttl_ms=_ms(entry.ttl or model.defaults.ttl) or 0,
        min_confidence=model.defaults.min_confidence if entry.min_confidence is None else entry.min_confidence,
        agree=entry.agree,
        agree_within=entry.agree_within,
        union=entry.union,
        always=entry.always,
        of=of,
        person=entry.person,
    )
