"""Which subject a person means: an e-mail address, a domain, an id of either system, or one of ours."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from syncer.core.canon import canoniser
from syncer.core.fields import SIDES, KindMap, SideName
from syncer.core.values import UncanonicalError
from syncer.errors import UsageError
from syncer.stages.gathering import pairs_of
from syncer.store.ports import Tx
from syncer.store.rows import LinkRow, RecordRow

_OURS: Final = re.compile(r"[0-9a-f]{32}")
_SALESFORCE: Final = re.compile(r"[A-Za-z0-9]{18}", re.ASCII)
_HUBSPOT: Final = re.compile(r"hs:(\d+)|(\d{1,14})", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Subject:
    """A link, or a record that belongs to none."""

    link: LinkRow | None
    record: RecordRow | None  # the one asked for; None where the link itself was


def find_subjects(tx: Tx, kinds: Sequence[KindMap], text: str) -> list[Subject]:
    """Everything that the words name, each subject once; nothing where it was never seen.

    A Salesforce id has its 18 characters here. Raises UsageError for words that are no address, domain or id.
    """
    text = text.strip()
    if _OURS.fullmatch(text) and (link := tx.links.get_many([text]).get(text)):
        return [Subject(link, None)]
    if match := _HUBSPOT.fullmatch(text):
        return _by_id(tx, kinds, "right", match[1] or match[2])
    if _SALESFORCE.fullmatch(text) and any(letter.isdigit() for letter in text):
        return _by_id(tx, kinds, "left", text)
    found = _by_key(tx, kinds, text)
    if found or "@" in text or "." in text or _OURS.fullmatch(text):
        return found
    raise UsageError(
        "NoSubject",
        f'"{text}" is no e-mail address, domain, Salesforce id (15 or 18 characters), HubSpot id (hs:123) or our id.',
        "Give one of these; ids of ours are in the output of `syncer review list` and `syncer quarantine list`.",
    )


def _by_id(tx: Tx, kinds: Sequence[KindMap], side: SideName, record_id: str) -> list[Subject]:
    found: list[Subject] = []
    for kind in kinds:
        for name in kind.objects(side):
            row = tx.records.get_many(side, name, [record_id]).get(record_id)
            link = tx.links.by_records(side, name, [record_id]).get(record_id)
            if row is not None or link is not None:
                found.append(Subject(link, row))
    return found


def _by_key(tx: Tx, kinds: Sequence[KindMap], text: str) -> list[Subject]:
    found: dict[tuple[str, ...], Subject] = {}
    for kind in kinds:
        objects = [(side, name) for side in SIDES for name in kind.objects(side)]
        for key in kind.match:
            try:
                value = canoniser(kind.field_named(key), "left")(text)
            except UncanonicalError:
                continue
            for row in tx.records.with_key(objects, key, [str(value).casefold()]):
                link = tx.links.by_records(row.side, row.object, [row.id]).get(row.id)
                place = (link.link_id,) if link is not None else (row.side, row.object, row.id)
                found.setdefault(place, Subject(link, row))
    return list(found.values())


def names_of(tx: Tx, link_ids: Iterable[str]) -> Mapping[str, str]:
    """What people know each link's subject by: its natural key, else an id."""
    links = tx.links.get_many(sorted(set(link_ids)))
    pairs = pairs_of(tx, links.values())
    return {link_id: _name(link, pairs[link_id]) for link_id, link in links.items()}


def _name(link: LinkRow, pair: tuple[RecordRow | None, RecordRow | None]) -> str:
    for row in pair:
        if row is not None and (name := natural_name(row)):
            return name
    return link.left_id or (f"hs:{link.right_id}" if link.right_id else link.link_id)


def natural_name(row: RecordRow) -> str:
    """The record's strongest natural key; empty where it has none."""
    return next((value for name, value in row.keys if not name.endswith("__c")), "")
