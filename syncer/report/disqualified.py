"""Who is disqualified, for what and from where; one without a reason or a root source is reported by name."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any, Final

from syncer.core.qualification_terms import Definition
from syncer.report.subjects import names_of
from syncer.store.knowledge_rows import VerdictRow
from syncer.store.ports import Tx

FORM: Final = 1
BATCH: Final = 500
LISTED: Final = 1_000  # records with something missing that are named; all are counted
STATUS: Final = "disqualified"
NONE: Final = ""


def disqualified(tx: Tx, definition: Definition | None, now_ms: int) -> dict[str, Any]:
    """The report as one document, of the people who are disqualified now."""
    known = {one.casefold(): one for one in definition.reasons} if definition is not None else {}
    cross: Counter[tuple[str, str]] = Counter()
    lacking: Counter[str] = Counter()
    missing: list[dict[str, Any]] = []
    for row in _rows(tx):
        reason, source = _told(row, known)
        cross[reason, source] += 1
        lacks = [name for name, value in (("reason", reason), ("root_source", source)) if not value]
        lacks += ["reason_of_the_list"] if reason and reason.casefold() not in known else []
        lacking.update(lacks)
        if lacks and len(missing) < LISTED:
            missing.append({"link": row.link_id, "lacks": lacks, "reason": reason, "root_source": source})
    _name(tx, missing)
    reasons, sources = Counter[str](), Counter[str]()
    for (reason, source), count in cross.items():
        reasons[reason] += count
        sources[source] += count
    return {
        "form": FORM,
        "made_ms": now_ms,
        "definition": {"name": definition.name, "version": definition.version} if definition else None,
        "disqualified": cross.total(),
        "by_reason": [
            {"reason": reason, "listed": reason.casefold() in known, "count": count}
            for reason, count in reasons.most_common()
        ],
        "by_root_source": [{"root_source": source, "count": count} for source, count in sources.most_common()],
        "by_both": [
            {"reason": reason, "root_source": source, "count": count} for (reason, source), count in cross.most_common()
        ],
        "lacking": {name: lacking[name] for name in ("reason", "root_source", "reason_of_the_list")},
        "missing": missing,
    }


def _rows(tx: Tx) -> Iterator[VerdictRow]:
    after = ""
    while rows := tx.verdicts.of_status("person", STATUS, after, BATCH):
        after = rows[-1].link_id
        yield from rows


def _told(row: VerdictRow, known: Mapping[str, str]) -> tuple[str, str]:
    """Reason, as the list writes it, and root source."""
    reason = str(row.verdict.get("reason", NONE))
    return known.get(reason.casefold(), reason), str(row.verdict.get("root_source", NONE))


def _name(tx: Tx, missing: list[dict[str, Any]]) -> None:
    for start in range(0, len(missing), BATCH):
        some = missing[start : start + BATCH]
        ids = [one["link"] for one in some]
        names, links = names_of(tx, ids), tx.links.get_many(ids)
        for one in some:
            link = links.get(one["link"])
            one["subject"] = names.get(one["link"], one["link"])
            one["left"] = {"object": link.left_object, "id": link.left_id} if link else None
            one["right"] = {"object": link.right_object, "id": link.right_id} if link else None
