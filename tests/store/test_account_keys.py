"""By what accounts are found, on both databases: what a change tells, and that nothing is read beyond its bound."""

from __future__ import annotations

import pytest
from sqlalchemy.dialects.sqlite import dialect

from syncer.store import Store, account_keys, open_store
from syncer.store.connection import make_engine, parsed
from syncer.store.rows import LinkRow
from syncer.store.statements import Statement


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


QUESTIONS = ("OF_LINKS", "COUNTS", "HOLDERS", "FIRST_HOLDERS", "OTHER_KEYS")


@pytest.mark.parametrize("name", QUESTIONS)
def test_no_question_reads_the_keys_of_all_accounts(tmp_path: object, name: str) -> None:
    url = f"sqlite:///{tmp_path}/state.db"
    open_store(url, exclusive=True).close()
    question = getattr(account_keys, name)
    assert isinstance(question, Statement)
    text, names, fixed = question.on(dialect(paramstyle="qmark"))
    values = ['["a"]' if one in ("values_", "ids") else fixed.get(one, 1) for one in names]
    with make_engine(parsed(url)).connect() as connection:
        plan = [row[3] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {text}", tuple(values))]
    read = [step for step in plan if any(word in step.split() for word in ("account_key", "shown", "k"))]
    assert read
    assert all("value=?" in step or "link_id=?" in step for step in read), plan
