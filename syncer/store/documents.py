"""What was said and written, whom it is about, and the objections heard in it."""

from __future__ import annotations

import builtins
from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy import (
    Integer,
    and_,
    bindparam,
    delete,
    exists,
    func,
    literal_column,
    or_,
    select,
    union,
    union_all,
    update,
)

from connectors.base import SideName
from syncer.store.codec import Codec, to_json
from syncer.store.knowledge_rows import REDACTED, DocumentRow, ObjectionRow
from syncer.store.knowledge_tables import document, document_about, objection
from syncer.store.statements import Db, InList, Statement, insert_into, put_into
from syncer.store.tables import alias, link

CODEC = Codec(DocumentRow, document)
SELECT = select(*CODEC.columns)
N = bindparam("n", type_=Integer)
PLACE = {name: place for place, name in enumerate(CODEC.names)}
ABOUT = document_about.c
OF_DOCUMENT = ABOUT.doc_id == document.c.doc_id

STORED = Statement(
    select(*(document.c[name] for name in ("doc_id", "text_hash", "meta", "about", "redacted"))).where(
        InList(document.c.doc_id, "ids")
    )
)
PUT = put_into(document, CODEC.names)
DROP_ABOUT = Statement(delete(document_about).where(InList(ABOUT.doc_id, "ids")))
ADD_ABOUT = insert_into(document_about, ("doc_id", "side", "object", "id"))
TO_HEAR = Statement(SELECT.where(literal_column("document.state = 'new'")).order_by(document.c.doc_id).limit(N))
SET_STATE = Statement(
    update(document)
    .where(InList(document.c.doc_id, "ids"), literal_column("redacted = 0"))
    .values(state=bindparam("new_state"), heard_by=bindparam("new_heard_by"))
)


def _of_side(side: str) -> builtins.list[object]:
    """The condition that a document is about a record that stands in a link on that side."""
    return [
        literal_column(f"document_about.side = '{side}'"),
        link.c[f"{side}_object"] == ABOUT.object,
        link.c[f"{side}_id"] == ABOUT.id,
        literal_column(f"link.{side}_id <> ''"),
        literal_column("link.state <> 'tombstone'"),
    ]


KNOWN = or_(
    exists().where(*_of_side("left")),  # type: ignore[arg-type]
    exists().where(*_of_side("right")),  # type: ignore[arg-type]
    exists().where(
        alias.c.side == ABOUT.side,
        alias.c.object == ABOUT.object,
        alias.c.id == ABOUT.id,
        link.c.link_id == alias.c.link_id,
        literal_column("link.state <> 'tombstone'"),
    ),
)
SLEEPING = (
    select(document.c.doc_id)
    .where(literal_column("document.state = 'unlinked'"), exists().where(OF_DOCUMENT, KNOWN))
    .order_by(document.c.doc_id)
    .limit(N)
)
WAKE = Statement(
    update(document)
    .where(document.c.doc_id.in_(SLEEPING.scalar_subquery()))
    .values(state=literal_column("'new'"), heard_by=literal_column("''"))
)
WAKE_ABOUT = Statement(
    update(document)
    .where(
        document.c.doc_id.in_(
            select(ABOUT.doc_id)
            .where(ABOUT.side == bindparam("side_"), ABOUT.object == bindparam("object_"), InList(ABOUT.id, "ids"))
            .scalar_subquery()
        ),
        literal_column("document.state || '' = 'unlinked'"),  # joined to nothing: the record is what to look by
    )
    .values(state=literal_column("'new'"), heard_by=literal_column("''"))
)
BY_IDS = Statement(SELECT.where(InList(document.c.doc_id, "ids")).order_by(document.c.doc_id))
THIS_LINK = link.c.link_id == bindparam("link_id_")
OF_SUBJECT = Statement(
    SELECT.where(
        document.c.doc_id.in_(
            union(
                select(ABOUT.doc_id).where(THIS_LINK, *_of_side("left")),  # type: ignore[arg-type]
                select(ABOUT.doc_id).where(THIS_LINK, *_of_side("right")),  # type: ignore[arg-type]
                select(ABOUT.doc_id).where(
                    alias.c.link_id == bindparam("link_id_"),
                    and_(ABOUT.side == alias.c.side, ABOUT.object == alias.c.object, ABOUT.id == alias.c.id),
                ),
            )
        )
    )
    .order_by(document.c.said_ms.desc(), document.c.doc_id.desc())
    .limit(N)
)
WAS_HEARD = (  # states joined to nothing, so that SQLite looks by fingerprint: few have another one, most are heard
    literal_column("document.heard_by <> ''"),
    literal_column("document.state || '' IN ('heard', 'refused')"),
)
HEARD_BY_OTHERS = Statement(
    SELECT.where(
        document.c.doc_id.in_(
            union_all(
                select(document.c.doc_id).where(document.c.heard_by < bindparam("heard_by_"), *WAS_HEARD),
                select(document.c.doc_id).where(document.c.heard_by > bindparam("heard_by_"), *WAS_HEARD),
            )
        )
    )
    .order_by(document.c.doc_id)
    .limit(N)
)
COUNTS = Statement(select(document.c.state, func.count()).group_by(document.c.state).order_by(document.c.state))
COUNT_SAID = Statement(
    select(func.count())
    .select_from(document)
    .where(
        literal_column("document.state = 'heard'"),
        document.c.said_ms >= bindparam("since"),
        document.c.said_ms < bindparam("until"),
    )
)
ERASE = Statement(
    update(document)
    .where(InList(document.c.doc_id, "ids"), literal_column("redacted = 0"))
    .values(
        {document.c[name]: literal_column("'\"\"'") for name in ("title", "text", "speaker")}
        | {document.c.meta: literal_column("'{}'"), document.c.state: literal_column("'refused'")}
        | {document.c.heard_by: literal_column("''"), document.c.redacted: literal_column("1")}
    )
)

OBJECTIONS = Codec(ObjectionRow, objection)
OBJECTION = select(*OBJECTIONS.columns)
SAID = (objection.c.said_ms, objection.c.doc_id, objection.c.ordinal)
DROP_OBJECTIONS = Statement(delete(objection).where(objection.c.doc_id == bindparam("doc_id_")))
ADD_OBJECTION = insert_into(objection, OBJECTIONS.names)
LIST_OBJECTIONS = Statement(
    OBJECTION.where(objection.c.said_ms >= bindparam("since"), objection.c.said_ms < bindparam("until")).order_by(*SAID)
)
OBJECTIONS_OF = Statement(OBJECTION.where(objection.c.subject == bindparam("subject_")).order_by(*SAID))
ERASE_QUOTES = Statement(
    update(objection).where(InList(objection.c.doc_id, "ids")).values(quote=bindparam("new_quote"))
)


class SqlDocuments:
    """`knowledge_ports.Documents` in SQL."""

    __slots__ = ("_db",)

    def __init__(self, db: Db) -> None:
        self._db = db

    def put(self, rows: Sequence[DocumentRow]) -> int:
        given = {row.doc_id: row for row in rows}
        stored = {item[0]: tuple(item[1:]) for item in self._db.rows(STORED, ids=list(given))}
        changed = []
        for doc_id, row in given.items():
            about = tuple(sorted(set(row.about)))
            columns = CODEC.encode(replace(row, about=about, state="new", heard_by="", redacted=False))
            text_hash, meta, hung_on, redacted = stored.get(doc_id, ("", "", "", 0))
            content = tuple(columns[PLACE[name]] for name in ("text_hash", "meta", "about"))
            if not redacted and (doc_id not in stored or content != (text_hash, meta, hung_on)):
                changed.append((columns, about))
        self._db.many(PUT, [columns for columns, _ in changed])
        self._db.run(DROP_ABOUT, ids=[columns[0] for columns, _ in changed])
        self._db.many(ADD_ABOUT, [(columns[0], *one) for columns, about in changed for one in about])
        return len(changed)

    def to_hear(self, limit: int) -> list[DocumentRow]:
        return CODEC.decode_all(self._db.rows(TO_HEAR, n=limit))

    def set_state(self, doc_ids: Sequence[str], state: str, heard_by: str) -> None:
        self._db.run(SET_STATE, ids=list(doc_ids), new_state=state, new_heard_by=heard_by)

    def wake_linked(self, limit: int) -> int:
        return self._db.run(WAKE, n=limit)

    def wake_about(self, side: SideName, object_name: str, ids: Sequence[str]) -> int:
        return self._db.run(WAKE_ABOUT, side_=side, object_=object_name, ids=list(ids))

    def get_many(self, doc_ids: Sequence[str]) -> dict[str, DocumentRow]:
        return {row.doc_id: row for row in CODEC.decode_all(self._db.rows(BY_IDS, ids=list(doc_ids)))}

    def of_subject(self, link_id: str, limit: int) -> list[DocumentRow]:
        return CODEC.decode_all(self._db.rows(OF_SUBJECT, link_id_=link_id, n=limit))

    def heard_by_others(self, heard_by: str, limit: int) -> list[DocumentRow]:
        return CODEC.decode_all(self._db.rows(HEARD_BY_OTHERS, heard_by_=heard_by, n=limit))

    def count_by_state(self) -> dict[str, int]:
        return {state: int(count) for state, count in self._db.rows(COUNTS)}

    def count_said(self, since_ms: int, until_ms: int) -> int:
        return int(self._db.first(COUNT_SAID, since=since_ms, until=until_ms)[0])

    def erase(self, doc_ids: Sequence[str]) -> int:
        self._db.run(ERASE_QUOTES, ids=list(doc_ids), new_quote=to_json(REDACTED))
        return self._db.run(ERASE, ids=list(doc_ids))


class SqlObjections:
    """`knowledge_ports.Objections` in SQL."""

    __slots__ = ("_db",)

    def __init__(self, db: Db) -> None:
        self._db = db

    def replace(self, doc_id: str, rows: Sequence[ObjectionRow]) -> None:
        if strange := {row.doc_id for row in rows} - {doc_id}:
            raise ValueError(f"objections of {', '.join(sorted(strange))} given for {doc_id}")
        self._db.run(DROP_OBJECTIONS, doc_id_=doc_id)
        self._db.many(ADD_OBJECTION, [OBJECTIONS.encode(row) for row in rows])

    def list(self, since_ms: int, until_ms: int) -> list[ObjectionRow]:
        return OBJECTIONS.decode_all(self._db.rows(LIST_OBJECTIONS, since=since_ms, until=until_ms))

    def of_subject(self, subject: str) -> builtins.list[ObjectionRow]:
        return OBJECTIONS.decode_all(self._db.rows(OBJECTIONS_OF, subject_=subject))
