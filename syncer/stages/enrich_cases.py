"""Whom a run may ask about: the subjects of one batch, grouped by the key that they share, with all that decides."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from syncer.core.claims import Authority, Claim, claim
from syncer.core.fields import KindMap
from syncer.core.qualification import qualify
from syncer.core.qualification_terms import APART, fields_named
from syncer.core.resolve import expired
from syncer.core.waterfall.answers import SEEN
from syncer.core.waterfall.foresight import Case
from syncer.core.waterfall.policy import EnrichmentPolicy, FieldPolicy
from syncer.core.waterfall.steps import Who
from syncer.core.waterfall.wants import WEAK, Want, fresh_words, open_fields, wants
from syncer.stages.context import Context
from syncer.stages.enrich_identity import who
from syncer.stages.gathering import links_of, pairs_of
from syncer.stages.telling import gather, ledger
from syncer.store.knowledge_rows import AskRow
from syncer.store.ports import Tx
from syncer.store.rows import LinkRow, RecordRow

LIVING = ("linked", "creating_left", "creating_right")
LATER = "(later)"  # under this name it is noted that a cap or a resting provider stood in the way


@dataclass(slots=True)
class Subject:
    """One link with what is claimed of it, by field; grows with every answer."""

    link: LinkRow
    kind: KindMap
    has_account: bool
    claims: dict[str, list[Claim]]
    asked_for: bool = True  # False: nobody whose verdict waits for anything belongs to this account

    def learn(self, new: Iterable[Claim]) -> None:
        for item in new:
            for name in (item.field, f"{self.kind.kind}.{item.field}"):
                self.claims.setdefault(name, []).append(item)

    def wants(self, context: Context, policy: EnrichmentPolicy, now_ms: int) -> tuple[Want, ...]:
        """What is worth asking for now; judged anew, because the last answer may have settled the verdict."""
        open_: frozenset[str] = frozenset()
        if context.definition is not None and self.asked_for:
            open_ = open_fields(context.definition, qualify(context.definition, self.claims, now_ms))
        return wants(policy, self.kind.kind, self.has_account, open_, self.claims, now_ms)

    def said(self, policy: EnrichmentPolicy, now_ms: int) -> dict[str, frozenset[str]]:
        """Provider -> fields of which its word is known and fresh."""
        found: dict[str, set[str]] = {}
        for one in policy.fields.values():
            name = one.on(self.kind.kind)
            for source in fresh_words([*self.claims.get(name, ()), *self.claims.get(WEAK + name, ())], now_ms):
                found.setdefault(source, set()).add(one.name)
        return {source: frozenset(names) for source, names in found.items()}


@dataclass(slots=True)
class Group:
    """The subjects of one key; they are asked about once, and all of them get the answer."""

    who: Who
    subjects: list[Subject]
    asked: dict[str, AskRow] = field(default_factory=dict)  # by provider

    def case(self, context: Context, policy: EnrichmentPolicy, now_ms: int) -> Case:
        """What all of them want together; a provider has spoken of a field only if it has for each of them."""
        wanted: dict[str, Want] = {}
        said: dict[str, set[str]] = {}
        first = True
        for subject in self.subjects:
            told = subject.said(policy, now_ms)
            for want in subject.wants(context, policy, now_ms):
                if want.policy.of == self.who.of:
                    wanted.setdefault(want.policy.name, want)
            if first:
                said = {name: set(fields) for name, fields in told.items()}
            else:
                said = {name: fields & told.get(name, frozenset()) for name, fields in said.items()}
            first = False
        ordered = [wanted[name] for name in policy.fields if name in wanted]
        return Case(self.who, ordered, self.asked, {name: frozenset(fields) for name, fields in said.items()})


def groups_of(
    context: Context, tx: Tx, policy: EnrichmentPolicy, kind: KindMap, rows: Sequence[RecordRow], now_ms: int
) -> list[Group]:
    """The groups of the living links of these records, in the order of their keys."""
    links = {name: link for name, link in links_of(tx, rows).items() if link.state in LIVING}
    if not links:
        return []
    pairs = pairs_of(tx, links.values())
    shadows = tx.shadows.get_many(list(links))
    wanted = {name for one in policy.fields.values() for name in (one.name, one.person) if name}
    wanted |= fields_named(context.definition) if context.definition is not None else set()
    gathered = gather(tx, context.kinds, kind, list(links.values()), pairs, shadows, wanted, now_ms)
    settled = _settled_accounts(tx, list(links)) if kind.kind == "account" else frozenset()
    groups: dict[tuple[str, str], Group] = {}
    for link_id, told in gathered.items():
        claims = {name: list(items) for name, items in told.claims.items()}
        subject = Subject(told.link, kind, told.account is not None, claims, link_id not in settled)
        for of in _kinds_of_questions(policy, kind, subject):
            person = who(kind, link_id, pairs[link_id], claims, of)
            groups.setdefault((person.of, person.key), Group(person, [])).subjects.append(subject)
    made = [groups[key] for key in sorted(groups)]
    for name in policy.providers:
        found = tx.asks.get_many(name, sorted({group.who.key for group in made}))
        for group in made:
            if group.who.key in found:
                group.asked[name] = found[group.who.key]
    return made


def _kinds_of_questions(policy: EnrichmentPolicy, kind: KindMap, subject: Subject) -> list[str]:
    """A person is asked about as such, and for their company while they belong to no account."""
    declared = {one.of for one in policy.fields.values()}
    if kind.kind == "account":
        return ["account"] if "account" in declared else []
    return [of for of in ("account", "person") if of in declared and (of == "person" or not subject.has_account)]


def _settled_accounts(tx: Tx, account_links: Sequence[str]) -> frozenset[str]:
    """Accounts all of whose people were judged, and where nobody's next status waits for anything."""
    members: dict[str, list[str]] = {}
    for row in tx.memberships.of_accounts(account_links):
        if row.how != "rejected":
            members.setdefault(row.account_link, []).append(row.person_link)
    verdicts = tx.verdicts.get_many(sorted({link for links in members.values() for link in links}))
    return frozenset(
        account
        for account, people in members.items()
        if all(
            one in verdicts and (verdicts[one].status in APART or not verdicts[one].verdict.get("open_status"))
            for one in people
        )
    )


def shared(tx: Tx, policy: EnrichmentPolicy, groups: Sequence[Group], now_ms: int) -> list[Claim]:
    """What a provider told of another subject of the same key before, as claims of those here; nothing is paid twice.

    An answer whose subject is gone, with all that was claimed of it, is forgotten: its question may be asked again.
    """
    holders: dict[str, list[tuple[Group, str]]] = {}
    for group in groups:
        here = {subject.link.link_id for subject in group.subjects}
        for name, row in group.asked.items():
            if row.state in ("hit", "partial") and row.ref and (here != {row.ref}):
                holders.setdefault(row.ref, []).append((group, name))
    made: list[Claim] = []
    for holder, claims in ledger(tx, sorted(holders)).items():
        for group, provider in holders[holder]:
            told = [
                item
                for item in claims
                if item.authority is Authority.PROVIDER
                and provider in item.source.split("+")
                and item.stance == "holds"
            ]
            for subject in group.subjects:
                known = subject.said(policy, now_ms).get(provider, frozenset())
                if subject.link.link_id == holder:
                    continue
                here = {item.claim_id for items in subject.claims.values() for item in items}
                copies = [
                    copy
                    for item in told
                    if not expired(item, now_ms)
                    and (copy := _copy(policy, item, subject, known)) is not None
                    and copy.claim_id not in here
                ]
                subject.learn(copies)
                made += copies
    return made


def _copy(policy: EnrichmentPolicy, item: Claim, subject: Subject, known: frozenset[str]) -> Claim | None:
    base = item.field.removeprefix(WEAK).removesuffix(SEEN)
    one: FieldPolicy | None = next(
        (field for field in policy.fields.values() if base in (field.name, field.person)), None
    )
    if one is None or one.name in known or one.of != "account":
        return None
    name = item.field.replace(base, one.on(subject.kind.kind), 1)
    more = ("unit", "confidence", "as_of_ms", "expires_ms", "evidence")
    return claim(
        subject.link.link_id,
        name,
        item.value,
        item.authority,
        item.source,
        item.observed_ms,
        **{part: getattr(item, part) for part in more},
    )


def later(link_ids: Iterable[str], until_ms: int, now_ms: int) -> list[AskRow]:
    """Notes that these subjects are to be looked at again, though nothing about them changes."""
    return [AskRow(LATER, link_id, (), "later", now_ms, until_ms, 0, "", link_id) for link_id in link_ids]


def until_stale(policy: EnrichmentPolicy, row: AskRow, told: Iterable[str], now_ms: int) -> list[AskRow]:
    """Notes when the first of these answers gets old, beside what is remembered of the question itself."""
    moments = [now_ms + policy.fields[name].ttl_ms for name in told if policy.fields[name].ttl_ms]
    if not moments:
        return []
    return [replace(row, provider=f"({row.provider})", fields=(), state="later", until_ms=min(moments), misses=0)]


def woken(row: AskRow) -> AskRow:
    """The same, with nothing left to wait for; what was missed how often is kept."""
    return replace(row, until_ms=0)
