"""What the stages rely on in the ports of knowledge, on both databases: order, idempotence, what an erasure leaves."""

from __future__ import annotations

from dataclasses import replace

import pytest

from syncer.core.claims import Authority, Evidence, claim, from_json, to_json
from syncer.store import Store, StoreConflictError
from syncer.store.knowledge_rows import (
    REDACTED,
    AskRow,
    ClaimRow,
    DocumentRow,
    HandOffRow,
    MembershipRow,
    ModelRow,
    NoticeRow,
    ObjectionRow,
    PredictionRow,
    ProviderRow,
    SpendRow,
    VerdictHistoryRow,
    VerdictRow,
)
from syncer.store.rows import AliasRow, LinkRow


def claim_row(subject: str, value: object, at_ms: int, source: str = "pdl", doc_id: str = "") -> ClaimRow:
    proof = (Evidence("we are äöü\u0000 300", doc_id, 4, 9, "Ann", at_ms, "https://x.example/ann"),)
    said = claim(subject, "size", value, Authority.CALL, source, at_ms, evidence=proof)  # type: ignore[arg-type]
    return ClaimRow(said.claim_id, subject, "size", "call", source, at_ms, doc_id, "run", to_json(said))


def document(number: int, *about: tuple[str, str, str], **more: object) -> DocumentRow:
    row = DocumentRow(
        f"left:Task:{number}", "left", "Task", str(number), "call", number * 10, "A call", "Oh\u0000 'yes'.", "Ann",
        {"minutes": 3}, f"hash{number}", 5, about=about,
    )  # fmt: skip
    return replace(row, **more)  # type: ignore[arg-type]


def test_a_claim_is_kept_once_and_comes_back_in_the_order_of_its_being_said(store: Store) -> None:
    late, early, other = claim_row("l1", 300, 20), claim_row("l1", 200, 10, "rep:1", "d1"), claim_row("l2", 1, 5)
    with store.transaction() as tx:
        assert tx.claims.add([late, early, late]) == 2
        assert tx.claims.add([replace(early, run_id="another"), other]) == 1
    with store.snapshot() as tx:
        assert tx.claims.of(["l1", "l2", "nobody"]) == {"l1": [early, late], "l2": [other], "nobody": []}
        assert [from_json(row.claim).value for row in tx.claims.of(["l1"])["l1"]] == [200, 300]
        assert (tx.claims.of_document("d1"), tx.claims.of_document("")) == ([early], [])
        by_id = sorted([late, other], key=lambda row: row.claim_id)
        assert tx.claims.of_source("pdl", "", 9) == by_id
        assert tx.claims.of_source("pdl", by_id[0].claim_id, 9) == by_id[1:]
        everything = sorted([late, early, other], key=lambda row: row.claim_id)
        assert tx.claims.iterate("", 2) + tx.claims.iterate(everything[1].claim_id, 2) == everything
        assert tx.claims.count() == 3


def test_a_claim_that_was_erased_is_not_stored_again_when_it_is_heard_again(store: Store) -> None:
    row, other = claim_row("l1", 300, 20, doc_id="d1"), claim_row("l2", 7, 20)
    with store.transaction() as tx:
        tx.claims.add([row, other])
        assert (tx.claims.erase("l1"), tx.claims.erase("l1")) == (1, 0)
        assert tx.claims.add([row]) == 0
        assert tx.claims.of(["l1", "l2"]) == {"l1": [], "l2": [other]}
        assert (tx.claims.of_document("d1"), tx.claims.of_source("pdl", "", 9)) == ([], [other])
        left = {kept.claim_id: kept for kept in tx.claims.iterate("", 9)}[row.claim_id]
    assert (left.redacted, left.claim["claim_id"], left.claim["value"]) == (True, row.claim_id, REDACTED)
    gone = {"quote": REDACTED, "speaker": "", "url": ""}
    assert left.claim["evidence"] == [{**row.claim["evidence"][0], **gone}]


CHANGES = [
    ({"text_hash": "h2", "text": "other"}, 1),
    ({"meta": {"minutes": 4}}, 1),
    ({"about": (("left", "Contact", "9"),)}, 1),
    ({"read_ms": 99, "title": "only read again"}, 0),
]


@pytest.mark.parametrize(("change", "woken"), CHANGES)
def test_a_document_is_heard_again_where_it_changed_and_only_then(
    store: Store, change: dict[str, object], woken: int
) -> None:
    first = document(1, ("right", "contacts", "2"), ("left", "Contact", "1"))
    with store.transaction() as tx:
        assert tx.documents.put([document(2), first, first]) == 2
        kept = replace(first, about=tuple(sorted(first.about)))
        assert tx.documents.to_hear(9) == [kept, document(2)]
        tx.documents.set_state([first.doc_id], "heard", "f1")
        assert tx.documents.put([replace(first, **change)]) == woken  # type: ignore[arg-type]
        stored = tx.documents.get_many([first.doc_id, "none"])
        heard = replace(kept, state="heard", heard_by="f1")
        assert stored == {first.doc_id: replace(kept, **change) if woken else heard}  # type: ignore[arg-type]
        assert tx.documents.count_by_state() == ({"new": 2} if woken else {"heard": 1, "new": 1})


def test_a_document_about_nobody_wakes_when_its_record_comes_into_a_link_or_is_an_alias_of_one(store: Store) -> None:
    hung = {
        1: ("left", "Contact", "003a"),
        2: ("right", "contacts", "77"),
        3: ("left", "Lead", "00Q"),  # alias of the link
        4: ("right", "contacts", "003a"),  # the same id on the other side
        5: ("left", "Contact", "dead"),  # of a tombstone
        6: ("left", "Lead", "old"),  # alias of a tombstone
    }
    rows = [document(number, about) for number, about in hung.items()] + [document(7)]
    ids = [row.doc_id for row in rows]
    with store.transaction() as tx:
        tx.documents.put(rows)
        tx.documents.set_state(ids, "unlinked", "f1")
        assert tx.documents.wake_linked(9) == 0
        assert tx.documents.wake_about("left", "Lead", ["nobody's"]) == 0
        tx.links.insert([
            LinkRow("l1", "person", "linked", "k1", "Contact", "003a", "contacts", "77"),
            LinkRow("l2", "person", "tombstone", "k2", "Contact", "dead"),
        ])  # fmt: skip
        tx.links.add_aliases([
            AliasRow("left", "Lead", "00Q", "l1", "converted", 1),
            AliasRow("left", "Lead", "old", "l2", "converted", 1),
        ])  # fmt: skip
        assert (tx.documents.wake_linked(2), tx.documents.wake_linked(9), tx.documents.wake_linked(9)) == (2, 1, 0)
        assert [(row.doc_id, row.heard_by) for row in tx.documents.to_hear(9)] == [(one, "") for one in ids[:3]]
        assert [row.doc_id for row in tx.documents.of_subject("l1", 9)] == ids[2::-1]
        assert [row.doc_id for row in tx.documents.of_subject("l1", 1)] == [ids[2]]
        assert tx.documents.of_subject("nobody", 9) == []
        assert tx.documents.wake_about("left", "Contact", ["003a", "dead", "77"]) == 1, "the other one is new already"
        tx.documents.put([document(1)])  # it hangs on nobody any more
        assert [row.doc_id for row in tx.documents.of_subject("l1", 9)] == [ids[2], ids[1]]


def test_what_another_extractor_heard_is_found_and_an_erased_document_stays_erased(store: Store) -> None:
    rows = [document(number) for number in range(1, 5)]
    ids = [row.doc_id for row in rows]
    quote = ObjectionRow(ids[2], 0, "l1", "price", "rep", "too dear", 0, 8, 30)
    with store.transaction() as tx:
        tx.documents.put(rows)
        tx.documents.set_state(ids[:3], "heard", "f1")
        tx.documents.set_state([ids[1]], "refused", "f2")
        tx.objections.replace(ids[2], [quote])
        assert [row.doc_id for row in tx.documents.heard_by_others("f2", 9)] == [ids[0], ids[2]]
        assert [row.doc_id for row in tx.documents.heard_by_others("f1", 9)] == [ids[1]]
        assert (tx.documents.erase([ids[2]]), tx.documents.erase([ids[2]])) == (1, 0)
        assert [row.doc_id for row in tx.documents.heard_by_others("f2", 9)] == [ids[0]]
        tx.documents.set_state([ids[2]], "new", "")
        assert tx.documents.put([rows[2], replace(rows[2], text_hash="changed")]) == 0
        left = tx.documents.get_many([ids[2]])[ids[2]]
        blank = {"title": "", "text": "", "speaker": "", "meta": {}, "state": "refused"}
        assert left == replace(rows[2], redacted=True, **blank)  # type: ignore[arg-type]
        assert tx.objections.of_subject("l1") == [replace(quote, quote=REDACTED)]


def test_the_objections_of_a_document_are_replaced_as_a_whole(store: Store) -> None:
    first = [ObjectionRow("d1", n, "l1", "price", "rep", f"q{n}", n, n + 1, 20) for n in (1, 0)]
    second = ObjectionRow("d0", 0, "l2", "timing", "rep", "q", 0, 1, 10)
    with store.transaction() as tx:
        tx.objections.replace("d1", first)
        tx.objections.replace("d1", first)
        tx.objections.replace("d0", [second])
        assert tx.objections.list(0, 21) == [second, *first[::-1]]
        assert (tx.objections.list(20, 99), tx.objections.list(10, 20)) == (first[::-1], [second])
        assert tx.objections.of_subject("l1") == first[::-1]
        tx.objections.replace("d1", [])
        assert tx.objections.list(0, 99) == [second]
        with pytest.raises(ValueError, match="objections of d1 given for d0"):
            tx.objections.replace("d0", first)


def test_an_ask_is_remembered_by_provider_and_key(store: Store) -> None:
    ask = AskRow("pdl", "account:a.com", ("size", "industry"), "miss", 10, 99, 1, "hash", "")
    other = replace(ask, provider="gleif", state="hit", fields=())
    with store.transaction() as tx:
        tx.asks.put([ask, other, replace(ask, key="l1", state="hit")])
        tx.asks.put([replace(ask, misses=2)])
        assert tx.asks.get_many("pdl", ["account:a.com", "none"]) == {"account:a.com": replace(ask, misses=2)}
        assert tx.asks.of_key("account:a.com") == [other, replace(ask, misses=2)]
        assert (tx.asks.count_by("pdl"), tx.asks.count_by("nobody")) == ({"hit": 1, "miss": 1}, {})


def test_credits_count_as_reserved_while_open_as_spent_once_settled_and_not_when_released(store: Store) -> None:
    def spend(name: str, run: str, day: str, reserved: int, provider: str = "pdl") -> SpendRow:
        return SpendRow(name, provider, run, day, reserved, 0, "reserved", 1, 2)

    rows = [
        spend("s1", "r1", "2026-11-24", 1000),
        spend("s2", "r1", "2026-11-25", 500),
        spend("s3", "r2", "2026-11-25", 70),
        spend("s4", "r2", "2026-11-25", 9, "gleif"),
    ]
    with store.transaction() as tx:
        for row in rows:
            tx.spends.put(row)
            tx.spends.put(row)
        assert tx.spends.total("pdl") == 1570
        assert (tx.spends.total("pdl", run_id="r1"), tx.spends.total("pdl", day="2026-11-25")) == (1500, 570)
        assert tx.spends.total("pdl", "r1", "2026-11-25") == 500
        tx.spends.settle("s1", 800, "settled")
        tx.spends.settle("s2", 0, "released")
        tx.spends.settle("s1", 0, "released")  # too late: it was spent
        tx.spends.put(rows[0])
        assert (tx.spends.total("pdl"), tx.spends.total("nobody")) == (870, 0)
        assert tx.spends.open() == rows[2:]
        tx.spends.settle("s2", 450, "settled")  # the answer came after all
        assert tx.spends.total("pdl") == 1320
        assert [row.spend_id for row in tx.spends.list("2026-11-25")] == ["s2", "s3", "s4"]


def test_a_provider_has_one_row(store: Store) -> None:
    with store.transaction() as tx:
        assert tx.providers.get("pdl") is None
        for row in (ProviderRow("pdl", 9, "refused", 3), ProviderRow("gleif"), ProviderRow("pdl", hits=1)):
            tx.providers.put(row)
        assert tx.providers.get("pdl") == ProviderRow("pdl", hits=1)
        assert [row.provider for row in tx.providers.list()] == ["gleif", "pdl"]


def verdict(link_id: str, status: str, due_ms: int = 0, kind: str = "person") -> VerdictRow:
    shown = {"status": status, "score": 1, "fit": None}
    return VerdictRow(
        link_id, kind, "mql", "3", "hash", status, "fit", "fits: ä", {"why": [1.5]}, shown, 10, due_ms, "r"
    )


def test_verdicts_are_due_once_their_time_has_come_and_never_without_one(store: Store) -> None:
    rows = [
        verdict("l1", "mql", 30),
        verdict("l2", "new", 20),
        verdict("l3", "new"),
        verdict("a1", "ok", 31, "account"),
    ]
    with store.transaction() as tx:
        tx.verdicts.put(rows)
        tx.verdicts.put(rows)
        assert tx.verdicts.get_many(["l1", "l3", "none"]) == {"l1": rows[0], "l3": rows[2]}
        assert (tx.verdicts.due(30, 9), tx.verdicts.due(30, 1), tx.verdicts.due(19, 9)) == (["l2", "l1"], ["l2"], [])
        assert tx.verdicts.count_by_status("person") == {"mql": 1, "new": 2}
        assert tx.verdicts.count_by_status("") == {"mql": 1, "new": 2, "ok": 1}
        assert tx.verdicts.iterate("person", "l1", 1) == [rows[1]]
        assert tx.verdicts.iterate("", "", 9) == [rows[3], *rows[:3]]
        tx.verdicts.put([verdict("l1", "sql")])
        assert tx.verdicts.due(99, 9) == ["l2", "a1"]


def test_the_history_of_verdicts_only_grows(store: Store) -> None:
    def note(before: str, after: str, at_ms: int, link_id: str = "l1") -> VerdictHistoryRow:
        return VerdictHistoryRow(0, link_id, "person", "mql", "3", "h", before, after, "why", at_ms, "r", {"by": "Ann"})

    with store.transaction() as tx:
        tx.verdicts.note([note("", "new", 10), note("new", "new", 20), note("new", "mql", 30)])
    with store.transaction() as tx:
        tx.verdicts.note([note("", "new", 5, "l2")])
        found = tx.verdicts.history("l1")
        assert [(row.seq, row.to_status, row.at_ms) for row in found] == [
            (3, "mql", 30),
            (2, "new", 20),
            (1, "new", 10),
        ]
        assert found[0] == replace(note("new", "mql", 30), seq=3)
        assert [row.seq for row in tx.verdicts.moves(5, 30)] == [4, 1]
        assert [row.seq for row in tx.verdicts.moves(10, 99)] == [1, 3]
        tx.verdicts.put([verdict("l1", "mql", 30), verdict("l2", "new")])
        tx.verdicts.erase(["l1"])
        bare = replace(verdict("l1", "mql", 30), line="", verdict={}, shown={})
        assert tx.verdicts.get_many(["l1", "l2"]) == {"l1": bare, "l2": verdict("l2", "new")}
        assert {(row.reason, str(row.verdict)) for row in tx.verdicts.history("l1")} == {("", "{}")}
        assert tx.verdicts.history("l2")[0].reason == "why"


def test_a_membership_is_a_pair_and_a_persons_word_on_it_can_stay(store: Store) -> None:
    def pair(person: str, account: str, how: str, score: float = 0.9) -> MembershipRow:
        return MembershipRow(person, account, how, score, {"domain": "a.com"}, 1)

    no, yes, other = pair("p1", "a1", "rejected", 0.0), pair("p1", "a2", "matched"), pair("p2", "a1", "contact", 1.0)
    with store.transaction() as tx:
        tx.memberships.put([other, yes, pair("p1", "a1", "matched")])
        tx.memberships.put([no, yes])
        assert tx.memberships.get_many(["p2", "p1", "p3"]) == {"p1": [no, yes], "p2": [other], "p3": []}
        assert tx.memberships.of_accounts(["a2", "a1"]) == [no, other, yes]
        tx.memberships.drop(["p1"], hows=["matched", "contact"])
        assert tx.memberships.of_accounts(["a1", "a2"]) == [no, other]
        tx.memberships.drop(["p1"])
        assert tx.memberships.of_accounts(["a1", "a2"]) == [other]


def test_a_link_that_is_forgotten_takes_its_verdict_and_memberships_along(store: Store) -> None:
    with store.transaction() as tx:
        tx.links.insert([LinkRow("l1", "person", "linked", "k1"), LinkRow("l2", "account", "linked", "k2")])
        tx.verdicts.put([verdict("l1", "new", 1), verdict("l2", "new")])
        tx.memberships.put([MembershipRow("l1", "l2", "contact", 1.0, {}, 1)])
        tx.links.delete(["l1"])
        assert (tx.verdicts.due(9, 9), tx.memberships.of_accounts(["l2"])) == ([], [])
        assert list(tx.verdicts.get_many(["l1", "l2"])) == ["l2"]


def hand_off(name: str, made_ms: int, owner: str = "", **more: object) -> HandOffRow:
    row = HandOffRow(name, "l1", "sql", "owed", owner, "", "call", made_ms, 99, 0, 0, 0, "", {"a": [1]}, "east")
    return replace(row, **more)  # type: ignore[arg-type]


def test_a_hand_off_is_made_once_and_its_pool_knows_whose_turn_it_was(store: Store) -> None:
    first, second, third = hand_off("h2", 10, "u1"), hand_off("h1", 20, "u2"), hand_off("h3", 20)
    with store.transaction() as tx:
        assert tx.hand_offs.add([first, second, third]) == 3
        assert tx.hand_offs.add([replace(first, owner_id="u9"), hand_off("h4", 5, pool="west", link_id="l2")]) == 1
        assert tx.hand_offs.by_state(["owed", "sent"], 3)[1:] == [first, second]
        assert tx.hand_offs.of_link("l1") == [third, second, first]
        assert tx.hand_offs.list(10, 20) == [first]
        assert [tx.hand_offs.last_owner(pool) for pool in ("east", "west", "none")] == ["u2", "", ""]
        tx.hand_offs.update("h2", state="sent", sent_ms=30, payload={"b": 2}, breached_ms=40)
        tx.hand_offs.update("h2")
        sent = replace(first, state="sent", sent_ms=30, payload={"b": 2}, breached_ms=40)
        assert tx.hand_offs.get_many(["h2", "none"]) == {"h2": sent}
        assert tx.hand_offs.by_state(["sent"], 9) == [sent]
        with pytest.raises(TypeError, match="HandOffRow has no owner"):
            tx.hand_offs.update("h2", owner="u1")


def test_a_notice_is_due_while_it_is_owed(store: Store) -> None:
    rows = [NoticeRow(f"n{n}", "h1", "slack", "owed", 0, next_ms, {"text": "ä"}) for n, next_ms in enumerate((9, 5, 7))]
    with store.transaction() as tx:
        assert (tx.notices.add(rows), tx.notices.add(rows)) == (3, 0)
        assert [row.notice_id for row in tx.notices.due(7, 9)] == ["n1", "n2"]
        assert tx.notices.due(9, 1) == [rows[1]]
        tx.notices.update("n1", state="sent", attempts=1)
        tx.notices.update("n2", next_ms=8)
        assert [row.notice_id for row in tx.notices.due(9, 9)] == ["n2", "n0"]


def test_an_erased_subject_is_told_of_in_no_hand_off_and_no_notice(store: Store) -> None:
    rows = [hand_off("h1", 1), hand_off("h2", 2, state="accepted", reason="said so"), hand_off("h3", 3, link_id="l2")]
    owed = [NoticeRow(f"n{n}", f"h{n}", "slack", "owed", 0, 0, {"subject": "Jane"}) for n in (1, 2, 3)]
    with store.transaction() as tx:
        tx.hand_offs.add(rows)
        tx.notices.add(owed)
        tx.notices.update("n2", state="sent")
        tx.hand_offs.erase(["l1"])
        found = tx.hand_offs.get_many(["h1", "h2", "h3"])
        assert [(row.state, row.reason, dict(row.payload)) for row in found.values()] == [
            ("ended", "", {}), ("accepted", "", {}), ("owed", "", {"a": [1]}),
        ]  # fmt: skip
        assert [row.notice_id for row in tx.notices.due(9, 9)] == ["n3"]
        assert found["h3"] == rows[2]


def test_a_prediction_that_was_answered_is_not_opened_by_the_next_guess(store: Store) -> None:
    def guess(name: str, fact: str, subject: str = "l1", **more: object) -> PredictionRow:
        row = PredictionRow(
            name, subject, fact, {"number": "5"}, 0.75, (1, 9.5), ["a1"], "m1", 10, 99, "open", True, None, 0, "a.com"
        )
        return replace(row, **more)  # type: ignore[arg-type]

    size, industry, hidden = guess("p2", "size"), guess("p1", "industry"), guess("p3", "size", "l2", shown=False)
    with store.transaction() as tx:
        tx.predictions.put([size, industry, hidden])
        tx.predictions.put([replace(size, probability=0.5, interval=())])
        tx.predictions.update("p1", state="refuted", answer="other", answered_ms=50)
        tx.predictions.put([industry])
        refuted = replace(industry, state="refuted", answer="other", answered_ms=50)
        assert tx.predictions.of_subject("l1") == [refuted, replace(size, probability=0.5, interval=())]
        found = tx.predictions.open_for(["l2", "l1", "l3"])
        assert {subject: [row.prediction_id for row in rows] for subject, rows in found.items()} == {
            "l1": ["p2"], "l2": ["p3"], "l3": [],
        }  # fmt: skip
        assert tx.predictions.by_state(["open", "refuted"], "p1", 1) == [replace(size, probability=0.5, interval=())]
        assert tx.predictions.counts() == {
            ("industry", "refuted", True): 1, ("size", "open", False): 1, ("size", "open", True): 1,
        }  # fmt: skip


def test_one_model_of_a_fact_is_live(store: Store) -> None:
    old, new = ModelRow("m2", "size", 10, True, "better", {"auc": 0.8}), ModelRow("m1", "size", 20, True, "", {})
    other = ModelRow("m3", "industry", 5, False, "too few", {})
    with store.transaction() as tx:
        assert tx.models.current("size") is None
        for row in (old, other, new, new):
            tx.models.put(row)
        assert (tx.models.current("size"), tx.models.current("industry")) == (new, None)
        assert tx.models.list() == [other, replace(old, live=False), new]


def test_what_is_said_twice_in_one_table_of_ids_is_refused_by_name(store: Store) -> None:
    row = ObjectionRow("d1", 0, "l1", "price", "rep", "q", 0, 1, 20)
    with pytest.raises(StoreConflictError), store.transaction() as tx:
        tx.objections.replace("d1", [row, row])
    with store.snapshot() as tx:
        assert tx.objections.list(0, 99) == []
