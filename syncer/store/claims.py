"""The ledger of claims: it only grows, but for what an erasure takes out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import orjson
from sqlalchemy import Integer, bindparam, func, literal_column, select, update

from syncer.store.codec import Codec, to_json
from syncer.store.knowledge_rows import REDACTED, ClaimRow
from syncer.store.knowledge_tables import claim
from syncer.store.statements import Db, InList, Statement, add_into

CODEC = Codec(ClaimRow, claim)
SELECT = select(*CODEC.columns)
KEPT = literal_column("claim.redacted = 0")
AFTER = claim.c.claim_id > bindparam("after")
N = bindparam("n", type_=Integer)

ADD = add_into(claim, CODEC.names)
OF = Statement(
    SELECT.where(InList(claim.c.subject, "subjects"), KEPT).order_by(
        claim.c.subject, claim.c.observed_ms, claim.c.claim_id
    )
)
OF_DOCUMENT = Statement(
    SELECT.where(claim.c.doc_id == bindparam("doc_id_"), literal_column("claim.doc_id <> ''"), KEPT).order_by(
        claim.c.claim_id
    )
)
OF_SOURCE = Statement(
    SELECT.where(claim.c.source == bindparam("source_"), AFTER, KEPT).order_by(claim.c.claim_id).limit(N)
)
PAGE = Statement(SELECT.where(AFTER).order_by(claim.c.claim_id).limit(N))
COUNT = Statement(select(func.count()).select_from(claim))
TO_ERASE = Statement(select(claim.c.claim_id, claim.c.claim).where(claim.c.subject == bindparam("subject_"), KEPT))
ERASE = Statement(
    update(claim)
    .where(claim.c.claim_id == bindparam("claim_id_"))
    .values(claim=bindparam("new_claim"), redacted=literal_column("1")),
    order=("new_claim", "claim_id_"),
)


class SqlClaims:
    """`knowledge_ports.Claims` in SQL."""

    __slots__ = ("_db",)

    def __init__(self, db: Db) -> None:
        self._db = db

    def add(self, rows: Sequence[ClaimRow]) -> int:
        return self._db.many(ADD, [CODEC.encode(row) for row in rows])

    def of(self, subjects: Sequence[str]) -> dict[str, list[ClaimRow]]:
        found: dict[str, list[ClaimRow]] = {subject: [] for subject in subjects}
        for row in CODEC.decode_all(self._db.rows(OF, subjects=list(found))):
            found[row.subject].append(row)
        return found

    def of_document(self, doc_id: str) -> list[ClaimRow]:
        return CODEC.decode_all(self._db.rows(OF_DOCUMENT, doc_id_=doc_id))

    def of_source(self, source: str, after_id: str, limit: int) -> list[ClaimRow]:
        return CODEC.decode_all(self._db.rows(OF_SOURCE, source_=source, after=after_id, n=limit))

    def iterate(self, after_id: str, limit: int) -> list[ClaimRow]:
        return CODEC.decode_all(self._db.rows(PAGE, after=after_id, n=limit))

    def count(self) -> int:
        return int(self._db.first(COUNT)[0])

    def erase(self, subject: str) -> int:
        found = self._db.rows(TO_ERASE, subject_=subject)
        self._db.many(ERASE, [(to_json(_without_content(orjson.loads(text))), claim_id) for claim_id, text in found])
        return len(found)


def _without_content(content: Mapping[str, Any]) -> dict[str, Any]:
    """Everything that may speak of a person goes; places in the document stay, which say nothing without it."""
    gone = {"quote": REDACTED, "speaker": "", "url": ""}
    return {**content, "value": REDACTED, "evidence": [{**one, **gone} for one in content.get("evidence", ())]}
