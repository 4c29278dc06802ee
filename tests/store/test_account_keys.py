"""By what accounts are found, on both databases: what a change tells, and that nothing is read beyond its bound."""

from __future__ import annotations

from syncer.store import Store
from syncer.store.rows import LinkRow


def test_keys_of_accounts_are_replaced_counted_up_to_a_bound_and_go_with_their_link(store: Store) -> None:
    acme = frozenset({("domain", "acme.com"), ("word", "acme"), ("label", "acme")})
    with store.transaction() as tx:
        tx.links.insert([LinkRow(f"a{n}", "account", "linked", f"k{n}") for n in range(4)])
        tx.links.insert([LinkRow("p", "person", "linked", "kp"), LinkRow("x", "account", "tombstone", "kx")])
        assert tx.account_keys.replace({"a0": acme}) == {"a0": (set(), acme)}
        assert tx.account_keys.replace({"a0": acme, "a1": set()}) == {}
        moved = acme - {("domain", "acme.com")} | {("domain", "acme.de")}
        changed = tx.account_keys.replace({"a0": moved, "a1": {("word", "acme"), ("label", "acmé 'o")}})
        assert changed["a0"] == ({("domain", "acme.com")}, {("domain", "acme.de")})
        tx.account_keys.replace({"a2": {("word", "acme")}, "a3": {("word", "acme"), ("word", "zulu")}})
    with store.snapshot() as tx:
        assert tx.account_keys.counts("word", ["acme", "zulu", "nobody"], 10) == {"acme": 4, "zulu": 1}
        assert tx.account_keys.counts("word", ["acme", "zulu"], 3) == {"acme": 3, "zulu": 1}
        assert tx.account_keys.counts("domain", ["acme.com"], 3) == {}
        assert tx.account_keys.holders("word", ["zulu", "acme"]) == [
            *(("acme", f"a{n}") for n in range(4)),
            ("zulu", "a3"),
        ]
        assert tx.account_keys.first_holders("word", "acme", 2) == ["a0", "a1"]
        assert tx.account_keys.other_keys("word", ["acme"], "label") == [("a0", "acme"), ("a1", "acmé 'o")]
        assert (tx.account_keys.total(), tx.account_keys.holders("word", [])) == (4, [])
    with store.transaction() as tx:
        tx.links.delete(["a3"])
        assert tx.account_keys.counts("word", ["acme", "zulu"], 9) == {"acme": 3}
