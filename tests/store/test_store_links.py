"""Identity: one live link for each record, keys that are given once, aliases that lead to the link that goes on."""

from __future__ import annotations

from dataclasses import replace

import pytest

from syncer.store import Store, StoreConflictError
from syncer.store.rows import AliasRow, LinkRow, QuarantineRow, RecordRow, ShadowRow

ONE = LinkRow("l1", "person", "linked", "k1", "Contact", "003A", "contacts", "7", match_key="a@x.com", reason="email")
TWO = LinkRow("l2", "person", "linked", "k2", "Contact", "003B", "contacts", "8", match_key="b@x.com", created_ms=5)


def linked(store: Store, *rows: LinkRow) -> None:
    with store.transaction() as tx:
        tx.links.insert(rows)


@pytest.mark.parametrize(
    ("clash", "word"),
    [
        ({"left_object": "Contact", "left_id": "003A"}, "left record"),
        ({"right_object": "contacts", "right_id": "7"}, "right record"),
        ({"sync_key": "k1"}, "sync key"),
        ({"match_key": "a@x.com"}, "match key"),
        ({"match_key": "a@x.com", "state": "creating_left"}, "match key"),
    ],
)
def test_a_second_owner_is_refused_on_insert_and_on_update(store: Store, clash: dict, word: str) -> None:
    linked(store, ONE)
    free = replace(TWO, left_id="", right_id="")
    with pytest.raises(StoreConflictError, match=word), store.transaction() as tx:
        tx.links.insert([replace(free, link_id="l0", sync_key="k0", match_key=""), replace(free, **clash)])
    with store.snapshot() as tx:
        assert list(tx.links.get_many(["l0", "l1", "l2"])) == ["l1"]
    linked(store, free)
    with store.transaction() as tx:
        with pytest.raises(StoreConflictError, match=word):
            tx.links.update("l2", **clash)
        tx.links.update("l2", reason="the transaction goes on after a conflict that was caught")
    with store.snapshot() as tx:
        assert tx.links.get_many(["l2"])["l2"] == replace(
            free, reason="the transaction goes on after a conflict that was caught", version=2
        )


def test_ids_and_keys_are_free_again_where_no_live_link_holds_them(store: Store) -> None:
    linked(store, replace(ONE, state="tombstone"), replace(TWO, state="broken", left_id="", right_id=""))
    linked(
        store,
        replace(ONE, link_id="l3", sync_key="k3"),
        replace(ONE, link_id="l4", sync_key="k4", left_id="", right_id="", state="ambiguous"),
        replace(TWO, link_id="l5", sync_key="k5", left_object="Lead", left_id="003A", right_id=""),
    )
    with store.snapshot() as tx:
        assert len(tx.links.get_many(["l1", "l2", "l3", "l4", "l5"])) == 5
        assert {
            key: row.link_id for key, row in tx.links.by_match_keys("person", ["a@x.com", "b@x.com", ""]).items()
        } == {
            "a@x.com": "l3",
            "b@x.com": "l5",
        }
        assert tx.links.by_match_keys("account", ["a@x.com"]) == {}


def test_a_record_leads_to_its_link_directly_or_by_an_id_it_once_had(store: Store) -> None:
    linked(store, ONE, TWO, LinkRow("l3", "person", "tombstone", "k3", "Contact", "003T"))
    with store.transaction() as tx:
        tx.links.add_aliases([AliasRow("left", "Contact", "003X", "l1", "merged", 1)])
        tx.links.add_aliases([AliasRow("left", "Contact", "003X", "l2", "merged again", 2)])  # pointed anew
        tx.links.add_aliases([AliasRow("left", "Contact", "003A", "l2", "direct wins", 2)])
        tx.links.add_aliases([AliasRow("left", "Contact", "003Y", "l3", "of a tombstone", 2)])
        tx.links.add_aliases([AliasRow("left", "Lead", "003A", "l2", "converted", 2)])
    with store.snapshot() as tx:
        found = tx.links.by_records("left", "Contact", ["003A", "003B", "003X", "003Y", "003T", "none"])
        assert {key: row.link_id for key, row in found.items()} == {"003A": "l1", "003B": "l2", "003X": "l2"}
        assert tx.links.by_records("right", "contacts", ["8", "003A"]) == {"8": TWO}
        assert tx.links.by_records("left", "Lead", ["003A"]) == {"003A": TWO}
        assert [(row.object, row.id) for row in tx.links.aliases_of("l2")] == [
            ("Contact", "003A"), ("Contact", "003X"), ("Lead", "003A"),
        ]  # fmt: skip
        assert tx.links.by_sync_keys(["k2", "k3", "k9", ""]).keys() == {"k2", "k3"}


def test_an_alias_or_a_base_of_no_link_is_refused_at_the_end_of_the_transaction(store: Store) -> None:
    with pytest.raises(StoreConflictError), store.transaction() as tx:
        tx.links.add_aliases([AliasRow("left", "Contact", "003X", "nobody", "merged", 1)])
    with pytest.raises(StoreConflictError), store.transaction() as tx:
        tx.shadows.put([ShadowRow("nobody", {}, {}, {}, 1, 1)])
    with store.transaction() as tx:  # before its link, in one transaction: fine
        tx.shadows.put([ShadowRow("l1", {}, {}, {}, 1, 1)])
        tx.links.insert([ONE])
    with store.snapshot() as tx:
        assert tx.shadows.get_many(["l1", "nobody"]).keys() == {"l1"}
        assert tx.links.aliases_of("nobody") == []


def test_an_update_counts_the_version_and_knows_only_the_columns_of_a_link(store: Store) -> None:
    linked(store, ONE)
    with store.transaction() as tx:
        tx.links.update("l1", state="broken", left_id="")
        tx.links.update("l1", reason="gone")
        tx.links.update("l1")
        for wrong in ({"colour": "red"}, {"version": 9}, {"link_id": "l9"}):
            with pytest.raises(TypeError):
                tx.links.update("l1", **wrong)
        assert tx.links.get_many(["l1"])["l1"] == replace(ONE, state="broken", left_id="", reason="gone", version=3)


def test_touching_a_link_makes_the_records_of_both_sides_dirty(store: Store) -> None:
    linked(store, ONE, TWO)
    with store.transaction() as tx:
        for side, name, ids in (("left", "Contact", "AB"), ("right", "contacts", "78")):
            ids = [f"003{one}" if side == "left" else one for one in ids]
            tx.records.upsert([RecordRow(side, name, one, 1, 1, {}, "live") for one in ids])
        objects = [("left", "Contact"), ("right", "contacts")]
        tx.records.mark_planned([(r.side, r.object, r.id, r.dirty_seq) for r in tx.records.dirty(objects, 10)])
        tx.links.touch(["l2", "nobody"])
        assert [row.id for row in tx.records.dirty(objects, 10)] == ["003B", "8"]


def test_a_forgotten_link_leaves_no_alias_no_base_and_nothing_in_quarantine(store: Store) -> None:
    linked(store, ONE, TWO)
    with store.transaction() as tx:
        tx.links.add_aliases([AliasRow("left", "Contact", "003X", "l1", "", 1)])
        tx.links.add_aliases([AliasRow("left", "Contact", "003Y", "l2", "", 1)])
        tx.shadows.put([ShadowRow("l1", {}, {}, {}, 1, 1), ShadowRow("l2", {}, {}, {}, 1, 1)])
        tx.quarantine.put(
            [QuarantineRow(name, "right", "industry", "data", "X", "", "", "", 1, 0, 0) for name in ("l1", "l2")]
        )
        tx.links.delete(["l1", "nobody"])
    with store.transaction() as tx:
        assert tx.links.by_records("left", "Contact", ["003A", "003B", "003X", "003Y"]).keys() == {"003B", "003Y"}
        assert tx.shadows.get_many(["l1", "l2"]).keys() == {"l2"}
        assert [row.link_id for row in tx.quarantine.list()] == ["l2"]
        tx.links.insert([ONE])


def test_links_are_listed_by_id_and_counted_by_state(store: Store) -> None:
    linked(store, TWO, ONE, LinkRow("l3", "account", "linked", "k3"), LinkRow("l0", "person", "ambiguous", "k0"))
    with store.snapshot() as tx:
        assert [row.link_id for row in tx.links.iterate("", ["linked"], "", 2)] == ["l1", "l2"]
        assert [row.link_id for row in tx.links.iterate("", ["linked"], "l2", 2)] == ["l3"]
        assert [row.link_id for row in tx.links.iterate("person", ["linked", "ambiguous"], "", 9)] == ["l0", "l1", "l2"]
        assert tx.links.iterate("person", [], "", 9) == []
        assert tx.links.count_by_state() == {
            ("account", "linked"): 1, ("person", "ambiguous"): 1, ("person", "linked"): 2,
        }  # fmt: skip


def test_a_base_is_replaced_whole_and_can_be_forgotten(store: Store) -> None:
    linked(store, ONE, TWO)
    first = ShadowRow("l1", {"email": "a@x.com", "age": 1.5}, {"email": None}, {"email": {"agreed": "a"}}, 1, 7)
    with store.transaction() as tx:
        tx.shadows.put([first, replace(first, link_id="l2")])
        tx.shadows.put([replace(first, left={}, settled_seq=8)])
        assert tx.shadows.get_many(["l1", "l2"]) == {
            "l1": replace(first, left={}, settled_seq=8), "l2": replace(first, link_id="l2"),
        }  # fmt: skip
        tx.shadows.delete(["l2"])
        assert tx.shadows.get_many(["l1", "l2"]).keys() == {"l1"}
