"""Looking a state over: is the file whole, and does what it holds keep the promises that the engine relies on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from syncer.core.claims import from_json
from syncer.store import claims, schema
from syncer.store.connection import begun, connected, file_of, make_engine, missing, parsed
from syncer.store.errors import BACKUP, StoreCorruptError, StoreVersionError, translate
from syncer.store.knowledge_rows import REDACTED
from syncer.store.statements import Db
from syncer.store.tables import LIVE_LINK, OPEN

PAGE = 5_000
LOOK = "Run `syncer report audit`; keep a copy of the state and report this as a bug."


@dataclass(frozen=True, slots=True)
class Finding:
    """One broken promise: how many rows break it, and the first of them."""

    name: str
    message: str
    action: str
    count: int = 1
    sample: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Promise:
    """`sql` gives the ids of the rows that break it."""

    name: str
    message: str
    sql: str


def _twice(columns: str, table: str, where: str) -> str:
    first = columns.split(",")[-1]
    return f"SELECT max({first}) FROM {table} WHERE {where} GROUP BY {columns} HAVING count(*) > 1"  # noqa: S608  ours


PROMISES = (
    _Promise("OpenIntents", "A link has more than one open intent.", _twice("link_id", "intent", OPEN)),
    _Promise(
        "LeftTwice",
        "A left record belongs to two links.",
        _twice("left_object, left_id", "link", f"left_id <> '' AND {LIVE_LINK}"),
    ),
    _Promise(
        "RightTwice",
        "A right record belongs to two links.",
        _twice("right_object, right_id", "link", f"right_id <> '' AND {LIVE_LINK}"),
    ),
    _Promise("SyncKeyTwice", "Two links have one sync key.", _twice("sync_key", "link", "sync_key <> ''")),
    _Promise(
        "BaseWithoutLink",
        "A base belongs to no link.",
        "SELECT link_id FROM shadow WHERE link_id NOT IN (SELECT link_id FROM link)",
    ),
    _Promise(
        "AliasWithoutLink",
        "An alias points nowhere.",
        "SELECT id FROM alias WHERE link_id NOT IN (SELECT link_id FROM link)",
    ),
    _Promise(
        "IntentWithoutLink",
        "An open intent belongs to no link.",
        f"SELECT intent_id FROM intent WHERE {OPEN} AND link_id NOT IN (SELECT link_id FROM link)",  # noqa: S608  ours
    ),
    _Promise(
        "ProposedLoss",
        "The journal holds a loss as proposed, though its intent is closed or gone.",
        "SELECT seq FROM journal WHERE state = 'proposed' AND intent_id NOT IN "  # noqa: S608  ours
        f"(SELECT intent_id FROM intent WHERE {OPEN})",
    ),
    _Promise(
        "DirtyNumber",
        "A record carries a change number that was never given.",
        "SELECT id FROM record WHERE dirty_seq > (SELECT value FROM counter WHERE name = 'dirty') OR dirty_seq < 1",
    ),
    _Promise("DirtyTwice", "Two records carry one change number.", _twice("dirty_seq", "record", "dirty_seq > 0")),
    _Promise(
        "PlannedAhead", "A record was planned before it changed.", "SELECT id FROM record WHERE planned_seq > dirty_seq"
    ),
    _Promise(
        "KeyWithoutRecord",
        "A natural key belongs to no record.",
        "SELECT id FROM record_key k WHERE NOT EXISTS (SELECT 1 FROM record r "
        "WHERE r.side = k.side AND r.object = k.object AND r.id = k.id)",
    ),
    _Promise(
        "VerdictWithoutLink",
        "A verdict belongs to no link.",
        "SELECT link_id FROM verdict WHERE link_id NOT IN (SELECT link_id FROM link)",
    ),
    _Promise(
        "MembershipWithoutLink",
        "A membership names a person or an account that is no link.",
        "SELECT person_link FROM membership WHERE person_link NOT IN (SELECT link_id FROM link) "
        "OR account_link NOT IN (SELECT link_id FROM link)",
    ),
    _Promise(
        "AccountKeyWithoutLink",
        "A key to find an account by belongs to no link.",
        "SELECT value FROM account_key WHERE link_id NOT IN (SELECT link_id FROM link)",
    ),
    _Promise(
        "AboutWithoutDocument",
        "A document that is not there hangs on a record.",
        "SELECT doc_id FROM document_about WHERE doc_id NOT IN (SELECT doc_id FROM document)",
    ),
    _Promise(
        "ObjectionWithoutDocument",
        "An objection was heard in a document that is not there.",
        "SELECT doc_id FROM objection WHERE doc_id NOT IN (SELECT doc_id FROM document)",
    ),
    _Promise(
        "ErasedText",
        "An erased document still holds text.",
        "SELECT doc_id FROM document WHERE redacted = 1 AND (text <> '\"\"' OR title <> '\"\"' OR speaker <> '\"\"')",
    ),
    _Promise(
        "NoticeWithoutHandOff",
        "A notice tells of a hand-off that is not there.",
        "SELECT notice_id FROM notice WHERE hand_off_id NOT IN (SELECT hand_off_id FROM hand_off)",
    ),
    _Promise("LiveModels", "A fact has more than one live model.", _twice("fact", "model", "live = 1")),
)


def verify(url: str) -> list[Finding]:
    """Everything that is wrong with a state, nothing when it is well; reads only, also while an instance runs.

    A damaged file and a state of another version are findings. Raises StoreMissingError where there is no state, and
    TemporaryError or DeniedError where the database cannot be reached.
    """
    address = parsed(url)
    file = file_of(address)
    if file is not None and not file.exists():
        raise missing()
    engine = make_engine(address)
    sqlite = engine.dialect.name == "sqlite"
    begin = "BEGIN" if sqlite else "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
    try:
        with connected(engine) as connection, begun(connection, begin):
            damage = _damage(connection) if sqlite else []
            version = schema.version_of(connection)
            if version is None:
                raise missing()
            schema.check_version(version)
            return damage + _broken(connection) + _false_claims(connection)
    except (StoreCorruptError, StoreVersionError) as error:
        return [Finding(error.name, error.message, error.action)]
    finally:
        engine.dispose()


def _damage(connection: Connection) -> list[Finding]:
    found = [text for (text,) in connection.exec_driver_sql("PRAGMA integrity_check(20)") if text != "ok"]
    if not found:
        return []
    return [Finding("StoreCorrupt", f"The file is damaged: {found[0]}", BACKUP, len(found), tuple(found))]


def _broken(connection: Connection) -> list[Finding]:
    findings = []
    for promise in PROMISES:
        try:
            rows = [str(row[0]) for row in connection.exec_driver_sql(promise.sql)]
        except DBAPIError as error:
            raise translate(error) from error
        if rows:
            findings.append(Finding(promise.name, promise.message, LOOK, len(rows), tuple(sorted(rows)[:5])))
    return findings


def _false_claims(connection: Connection) -> list[Finding]:
    """Claims whose id is not that of their content, or whose columns say something else."""
    wrong = [columns[0] for columns in _claims(connection) if not _holds(columns)]
    if not wrong:
        return []
    return [Finding("ClaimContent", "A claim is not what its id stands for.", LOOK, len(wrong), tuple(wrong[:5]))]


def _claims(connection: Connection) -> Iterator[Sequence[Any]]:
    db, after = Db(connection), ""
    while page := db.rows(claims.PAGE, after=after, n=PAGE):
        yield from page
        after = page[-1][0]


def _holds(columns: Sequence[Any]) -> bool:
    claim_id, subject, field, authority, source, observed_ms, _, _, text, redacted = columns
    try:
        content = orjson.loads(text)
        if redacted:
            return bool(content["claim_id"] == claim_id and content["value"] == REDACTED)
        said = from_json(content)
    except (ValueError, TypeError, KeyError):
        return False
    found = (said.claim_id, said.subject, said.field, said.authority.value, said.source, said.observed_ms)
    return found == (claim_id, subject, field, authority, source, observed_ms)
