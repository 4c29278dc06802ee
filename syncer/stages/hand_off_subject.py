"""What a hand-off needs to know of its subject: its record in Salesforce, its name, its territory, what sales said."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from syncer.core.fields import KindMap
from syncer.core.hand_off import Facts, Seen, clean
from syncer.core.hand_off_terms import Answers, HandOffPolicy
from syncer.stages.context import Context
from syncer.stages.gathering import Pair, pairs_of
from syncer.stages.telling import accounts_of, told_by_records
from syncer.store.ports import Tx
from syncer.store.rows import RecordRow, ShadowRow

_GONE: Final = "tombstone"
_WARNINGS: Final = {
    "do_not_call": "DO NOT CALL: this person does not want to be called.",
    "email_opt_out": "DO NOT MAIL: this person does not want mail.",
}


@dataclass(frozen=True, slots=True)
class Subject:
    """One person. `left_id`: its live Lead or Contact, empty while there is none; `status`: by the newest verdict."""

    link_id: str
    left_id: str
    name: str
    status: str
    reason: str
    facts: Facts
    said: Seen
    warnings: tuple[str, ...] = ()
    holds: frozenset[str] = field(default_factory=frozenset)  # answer fields that a record holds a value in

    def said_as_json(self) -> dict[str, Any]:
        return {"accepted": self.said.accepted, "rejected": self.said.rejected}


def subjects_of(context: Context, tx: Tx, policy: HandOffPolicy, link_ids: Sequence[str]) -> dict[str, Subject]:
    """The subjects that are still there, by link id."""
    links = {key: link for key, link in tx.links.get_many(link_ids).items() if link.state != _GONE}
    pairs = pairs_of(tx, links.values())
    shadows = tx.shadows.get_many(list(links))
    verdicts = tx.verdicts.get_many(list(links))
    accounts = _accounts(context, tx, links, pairs)
    found: dict[str, Subject] = {}
    for link_id, link in links.items():
        kind, verdict = context.known_kind(link.kind), verdicts.get(link_id)
        if kind is None or link.kind != "person":
            continue
        pair = pairs[link_id]
        left = pair[0] if pair[0] is not None and pair[0].presence == "live" else None
        if left is None and link.state == "broken":
            continue
        seen = verdict.verdict.get("seen") if verdict is not None else None
        found[link_id] = Subject(
            link_id=link_id,
            left_id=left.id if left is not None and link.state in ("linked", "broken") else "",
            name=_name(kind, pair),
            status=verdict.status if verdict is not None else "",
            reason=str(verdict.verdict.get("reason", "")) if verdict is not None else "",
            facts=_facts(context, kind, pair, accounts.get(link_id)),
            said=_said(kind, link, pair, shadows.get(link_id), policy.answers, context.clock.now_ms(), seen),
            warnings=tuple(said for name, said in _WARNINGS.items() if _is_set(kind, pair, name)),
            holds=_holds(kind, pair, policy.answers),
        )
    return found


def _accounts(context: Context, tx: Tx, links: Mapping[str, Any], pairs: Mapping[str, Pair]) -> dict[str, Pair]:
    """Person's link -> the records of its account."""
    person = context.known_kind("person")
    if person is None or context.known_kind("account") is None:
        return {}
    of_person = accounts_of(tx, person, {key: pairs[key] for key, link in links.items() if link.kind == "person"})
    known = tx.links.get_many(sorted(set(of_person.values())))
    account_pairs = pairs_of(tx, known.values())
    return {key: account_pairs[account] for key, account in of_person.items() if account in account_pairs}


def _text(kind: KindMap, pair: Pair, name: str) -> str:
    """The first value that a live record has, Salesforce's before HubSpot's."""
    if not kind.knows(name):
        return ""
    for row in pair:
        value = _raw(kind, row, name)
        if value not in (None, ""):
            return str(value)
    return ""


def _raw(kind: KindMap, row: RecordRow | None, name: str) -> Any:
    if row is None or row.presence != "live":
        return None
    remote = kind.field_named(name).on(row.side, row.object)
    return row.values.get(remote) if remote is not None else None


def _is_set(kind: KindMap, pair: Pair, name: str) -> bool:
    """One side is enough: an opt-out counts before it has travelled."""
    return kind.knows(name) and any(_raw(kind, row, name) in (True, "true", "Yes") for row in pair)


def _name(kind: KindMap, pair: Pair) -> str:
    name = " ".join(filter(None, (_text(kind, pair, one) for one in ("first_name", "last_name"))))
    company = _text(kind, pair, "company")
    return clean(", ".join(filter(None, (name or _text(kind, pair, "email"), company)))) or "somebody without a name"


def _facts(context: Context, kind: KindMap, pair: Pair, account: Pair | None) -> Facts:
    def either(own: str, of_account: str) -> str:
        found = _text(kind, pair, own)
        return found or (_text(context.kind("account"), account, of_account) if account is not None else "")

    owner = _raw(kind, pair[0], "owner") if kind.knows("owner") else None
    return Facts(
        country=either("country", "country"),
        state=either("state", "state"),
        industry=either("company_industry", "industry"),
        owner_id=str(owner or ""),
    )


def _said(
    kind: KindMap,
    link: Any,
    pair: Pair,
    shadow: ShadowRow | None,
    answers: Answers,
    now_ms: int,
    seen: Mapping[str, Any] | None,
) -> Seen:
    """What people wrote into the answer fields; what the worker wrote there itself is no answer."""
    wanted = (answers.accepted_field, answers.rejected_field)
    told = told_by_records(kind, link, pair, shadow, wanted, now_ms, seen).claims
    yes = [item for item in told if item.field == answers.accepted_field and item.value is True]
    why = [item for item in told if item.field == answers.rejected_field and item.value not in (None, "")]
    newest = max(why, key=lambda item: (item.since_ms, item.claim_id), default=None)
    at_ms = newest.since_ms if newest is not None else max((item.since_ms for item in yes), default=0)
    return Seen(bool(yes), str(newest.value) if newest is not None else "", at_ms)


def _holds(kind: KindMap, pair: Pair, answers: Answers) -> frozenset[str]:
    names = (answers.accepted_field, answers.rejected_field)
    return frozenset(name for name in names if kind.knows(name) and _text(kind, pair, name))
