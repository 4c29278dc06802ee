"""Observations: monotone in every clause, dirty only by a change, found again by id, key and our key."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from syncer.store import Store, open_store
from syncer.store.rows import AliasRow, LinkRow, RecordRow

OBJECTS = [("left", "Contact"), ("right", "contacts")]
ANNA = RecordRow(
    "left", "Contact", "003A", 1_000, 10, {"Email": "a@x.com", "Age": 41.0, "Ok": True, "Fax": None}, "live"
)


def stored(store: Store, row: RecordRow) -> RecordRow:
    with store.snapshot() as tx:
        return tx.records.get_many(row.side, row.object, [row.id])[row.id]


def put(store: Store, *rows: RecordRow) -> int:
    with store.transaction() as tx:
        return tx.records.upsert(rows)


def plan_all(store: Store) -> None:
    with store.transaction() as tx:
        tx.records.mark_planned([(r.side, r.object, r.id, r.dirty_seq) for r in tx.records.dirty(OBJECTS, 1000)])


def dirty_ids(store: Store) -> list[str]:
    with store.snapshot() as tx:
        assert tx.records.count_dirty() == len(tx.records.dirty([*OBJECTS, ("left", "Lead")], 1000))
        return [row.id for row in tx.records.dirty(OBJECTS, 1000)]


def test_a_record_comes_back_as_it_was_observed(store: Store) -> None:
    row = replace(
        ANNA, sync_key="k1", keys=(("email", "a@x.com"), ("email", "b@x.com")), successor={"Contact": "003Z"},
        merged_ids=("003B", "003C"), presence="merged",
    )  # fmt: skip
    assert put(store, row) == 1
    assert stored(store, row) == replace(row, dirty_seq=1)
    assert dirty_ids(store) == ["003A"]


@pytest.mark.parametrize(
    ("later", "accepted"),
    [
        ({"mod_ms": 2_000, "read_start_ms": 1}, True),
        ({"mod_ms": 999, "read_start_ms": 99}, False),
        ({"mod_ms": 1_000, "read_start_ms": 11}, True),
        ({"mod_ms": 1_000, "read_start_ms": 10}, True),
        ({"mod_ms": 1_000, "read_start_ms": 9}, False),
    ],
    ids=["newer stamp", "older stamp", "same second, later read", "same read", "same second, earlier read"],
)
def test_an_older_observation_never_replaces_a_newer_one(store: Store, later: dict, accepted: bool) -> None:
    put(store, ANNA)
    plan_all(store)
    assert put(store, replace(ANNA, values={"Email": "new@x.com"}, **later)) == int(accepted)
    assert (stored(store, ANNA).values == {"Email": "new@x.com"}) is accepted
    assert dirty_ids(store) == (["003A"] if accepted else [])


def test_what_was_read_before_our_own_settled_write_is_dropped(store: Store) -> None:
    put(store, ANNA)
    with store.transaction() as tx:
        tx.records.set_settled([("left", "Contact", "003A")], 500)
        tx.records.set_settled([("left", "Contact", "003A")], 300)  # an older settlement told again
    changed = replace(ANNA, mod_ms=2_000, values={"Email": "new@x.com"})
    assert put(store, replace(changed, read_start_ms=499)) == 0
    assert put(store, replace(changed, mod_ms=3_000, read_start_ms=499), replace(changed, read_start_ms=500)) == 1
    assert (stored(store, ANNA).settled_ms, stored(store, ANNA).mod_ms) == (500, 2_000)


@pytest.mark.parametrize(
    ("change", "dirty"),
    [
        ({}, False),
        ({"values": {"Ok": True, "Fax": None, "Age": 41.0, "Email": "a@x.com"}}, False),
        ({"keys": (("email", "z@x.com"),)}, False),
        ({"gone_since_ms": 7, "settled_ms": 8, "dirty_seq": 90, "planned_seq": 91}, False),
        ({"values": {"Email": "a@x.com"}}, True),
        ({"presence": "deleted"}, True),
        ({"sync_key": "k"}, True),
        ({"successor": {"Contact": "003Z"}}, True),
        ({"merged_ids": ("003B",)}, True),
    ],
    ids=[
        "nothing",
        "order of fields",
        "keys",
        "the store's own",
        "values",
        "presence",
        "sync_key",
        "successor",
        "merged",
    ],
)
def test_only_a_change_of_content_makes_a_record_dirty(store: Store, change: dict, dirty: bool) -> None:
    put(store, ANNA)
    plan_all(store)
    again = replace(ANNA, mod_ms=2_000, read_start_ms=20, **change)
    assert put(store, again) == int(dirty)
    assert dirty_ids(store) == (["003A"] if dirty else [])
    found = stored(store, ANNA)
    assert found == replace(
        again, gone_since_ms=0, settled_ms=0, planned_seq=1, dirty_seq=2 if dirty else 1
    )  # stamps, keys and content are the newest either way


def test_a_change_after_the_read_stays_dirty_when_the_read_is_marked_planned(store: Store) -> None:
    put(store, ANNA, replace(ANNA, id="003B"))
    with store.snapshot() as tx:
        read = tx.records.dirty(OBJECTS, 10)
    put(store, replace(ANNA, mod_ms=2_000, values={}))
    with store.transaction() as tx:
        tx.records.mark_planned([(row.side, row.object, row.id, row.dirty_seq) for row in read])
    assert dirty_ids(store) == ["003A"]
    plan_all(store)
    assert dirty_ids(store) == []


def test_dirty_records_come_in_the_order_they_changed_a_page_at_a_time(store: Store) -> None:
    put(store, *(replace(ANNA, id=f"003{n}") for n in "CAB"), replace(ANNA, side="right", object="contacts", id="7"))
    put(store, replace(ANNA, object="Lead", id="00Q"))
    put(store, replace(ANNA, id="003A", mod_ms=2_000, values={}))
    assert dirty_ids(store) == ["003C", "003B", "7", "003A"]
    with store.snapshot() as tx:
        first = tx.records.dirty(OBJECTS, 3)
        assert [row.id for row in tx.records.dirty(OBJECTS, 3, after_seq=first[-1].dirty_seq)] == ["003A"]
        assert [row.id for row in tx.records.dirty([("left", "Lead")], 3)] == ["00Q"]
        assert tx.records.dirty([], 3) == [] == tx.records.dirty_unlinked([], 3)


def test_dirty_unlinked_leaves_out_what_a_link_or_an_alias_owns(store: Store) -> None:
    put(store, *(replace(ANNA, id=f"003{n}") for n in "ABCDE"), replace(ANNA, side="right", object="contacts", id="7"))
    link = LinkRow("l1", "person", "linked", "k1", "Contact", "003A", "contacts", "7")
    with store.transaction() as tx:
        tx.links.insert([link, LinkRow("l2", "person", "tombstone", "k2", "Contact", "003C")])
        tx.links.add_aliases([AliasRow("left", "Contact", "003B", "l1", "merged", 1)])
        tx.links.add_aliases([AliasRow("left", "Contact", "003D", "l2", "merged", 1)])
    with store.snapshot() as tx:
        assert [row.id for row in tx.records.dirty_unlinked(OBJECTS, 10)] == ["003C", "003D", "003E"]


def test_touch_makes_dirty_without_a_change_and_knows_no_strangers(store: Store) -> None:
    put(store, ANNA, replace(ANNA, id="003B"), replace(ANNA, side="right", object="contacts", id="7"))
    plan_all(store)
    with store.transaction() as tx:
        tx.records.touch("left", "Contact", ["003B", "nobody"])
        tx.records.touch("left", "Contact", [])
    assert dirty_ids(store) == ["003B"]
    with store.transaction() as tx:
        assert tx.records.touch_all(OBJECTS) == 3
        assert tx.records.touch_all([("left", "Lead")]) == 0 == tx.records.touch_all([])
    assert dirty_ids(store) == ["003A", "003B", "7"]
    put(store, replace(ANNA, id="003C"))
    assert dirty_ids(store)[-1] == "003C"


def test_the_first_evidence_of_being_gone_is_kept_until_cleared(store: Store) -> None:
    put(store, ANNA, replace(ANNA, id="003B"), replace(ANNA, id="003C", presence="deleted"))
    with store.transaction() as tx:
        tx.records.mark_gone("left", "Contact", ["003A", "003B", "003C"], 50)
        tx.records.mark_gone("left", "Contact", ["003A"], 60)
        assert [(row.id, row.gone_since_ms) for row in tx.records.suspected(10)] == [("003A", 50), ("003B", 50)]
        assert [row.presence for row in tx.records.suspected(1)] == ["live"]
        tx.records.clear_gone("left", "Contact", ["003A"])
        assert [row.id for row in tx.records.suspected(10)] == ["003B"]
    put(store, replace(ANNA, id="003B", mod_ms=5_000, values={}))
    assert stored(store, replace(ANNA, id="003B")).gone_since_ms == 50


def test_setting_a_presence_makes_dirty_only_where_it_differs(store: Store) -> None:
    put(store, ANNA, replace(ANNA, id="003B", presence="invisible"))
    plan_all(store)
    with store.transaction() as tx:
        tx.records.set_presence("left", "Contact", ["003A", "003B", "nobody"], "invisible")
        assert tx.records.count("left", "Contact") == 0
    assert dirty_ids(store) == ["003A"]
    assert put(store, replace(ANNA, read_start_ms=11)) == 1
    assert stored(store, ANNA).presence == "live"


def test_live_records_are_found_by_natural_key_and_by_our_key(store: Store) -> None:
    both = (("email", "a@x.com"), ("email", "b@x.com"), ("domain", "x.com"))
    put(
        store,
        replace(ANNA, id="003B", keys=both, sync_key="k1"),
        replace(ANNA, keys=both[:1], sync_key="k2"),
        replace(ANNA, id="003D", keys=both[:1], presence="deleted", sync_key="k1"),
        replace(ANNA, side="right", object="contacts", id="7", keys=both[:1], sync_key="k1"),
        replace(ANNA, object="Lead", id="00Q", keys=both[:1]),
    )
    with store.snapshot() as tx:
        found = tx.records.with_key(OBJECTS, "email", ["a@x.com", "b@x.com"])
        assert [row.id for row in found] == ["003A", "003B", "7"]
        assert [row.id for row in tx.records.with_key(OBJECTS[:1], "domain", ["x.com"])] == ["003B"]
        assert [row.id for row in tx.records.with_sync_key(OBJECTS, ["k1", ""])] == ["003B", "7"]
        assert tx.records.with_key(OBJECTS, "email", []) == [] == tx.records.with_key([], "email", ["a@x.com"])
    put(store, replace(ANNA, mod_ms=2_000, keys=()))
    with store.snapshot() as tx:
        assert [row.id for row in tx.records.with_key(OBJECTS, "email", ["a@x.com"])] == ["003B", "7"]


def test_iterating_shows_every_presence_in_the_order_of_bytes(store: Store) -> None:
    put(store, *(replace(ANNA, id=f"003{n}", presence="deleted" if n == "B" else "live") for n in "aBéA"))
    with store.snapshot() as tx:
        first = tx.records.iterate("left", "Contact", "", 2)
        rest = tx.records.iterate("left", "Contact", first[-1].id, 10)
        assert [row.id for row in (*first, *rest)] == ["003A", "003B", "003a", "003é"]
        assert tx.records.count("left", "Contact") == 3
        assert list(tx.records.get_many("left", "Contact", ["003a", "none", "003A"])) == ["003A", "003a"]


OBSERVED = st.tuples(
    st.integers(1, 3),  # stamp
    st.integers(1, 4),  # read
    st.sampled_from(["", "x", "y"]),
    st.sampled_from(["live", "deleted"]),
    st.lists(st.sampled_from(["a@x.com", "b@x.com"]), unique=True),
)


@settings(max_examples=150, deadline=None)
@given(data=st.data(), observed=st.lists(OBSERVED, min_size=1, max_size=6, unique_by=lambda item: item[:2]))
def test_any_order_of_arrival_and_any_batching_give_the_same_record(data: st.DataObject, observed: list) -> None:
    rows = [
        replace(ANNA, mod_ms=mod, read_start_ms=read, values={"F": value}, presence=presence,
                keys=tuple(("email", key) for key in keys))
        for mod, read, value, presence, keys in observed
    ]  # fmt: skip
    newest = max(rows, key=lambda row: (row.mod_ms, row.read_start_ms))
    shuffled = data.draw(st.permutations(rows))
    cut = data.draw(st.integers(0, len(rows)))
    store = open_store("sqlite://", exclusive=True)
    for batch in (shuffled[:cut], shuffled[cut:], shuffled):
        put(store, *batch)
    assert replace(stored(store, ANNA), dirty_seq=0) == newest
    with store.snapshot() as tx:
        found = [value for value in ("a@x.com", "b@x.com") if tx.records.with_key(OBJECTS, "email", [value])]
    assert found == sorted({value for _, value in newest.keys} if newest.presence == "live" else [])
    store.close()
