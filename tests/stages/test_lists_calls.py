"""The calls behind lists, on both sandboxes: pages, repetition, what is refused; and the files that declare them."""

from __future__ import annotations

from pathlib import Path

import pytest

from connectors.base import DataError, IdentityConflictError
from syncer.core.lookalike import Listing
from syncer.errors import MappingError
from syncer.mapping.lookalike import load_lookalike, load_segments
from tests.stages.world import PairWorld

WHEN = '[[when]]\nfield = "city"\nany_of = ["Berlin"]\n'


def test_members_of_a_long_list_are_found_on_every_page_and_changes_may_be_repeated(pair: PairWorld) -> None:
    remote = pair.remotes["right"]
    ids = [pair.person(email=f"p{number}@acme.example") for number in range(520)]
    made = remote.make_list("contacts", "All (syncer)", "")
    with pytest.raises(IdentityConflictError):
        remote.make_list("contacts", "All (syncer)", "")
    assert remote.list_named("contacts", "All (syncer)", "") == made
    assert (remote.list_named("companies", "All (syncer)", ""), remote.in_list(made.id, ids)) == (None, frozenset())
    for _ in range(2):
        changed = remote.add_to_list(made.id, [*ids, "999999999"])
        assert (changed.done, set(changed.refused)) == (frozenset(ids), {"999999999"})
        assert remote.in_list(made.id, [ids[0], ids[300], ids[-1], "999999999"]) == {ids[0], ids[300], ids[-1]}
    for _ in range(2):
        assert remote.take_from_list(made.id, ids[:510]).done == frozenset(ids[:510])
        assert remote.in_list(made.id, ids) == frozenset(ids[510:])
    with pytest.raises(DataError):
        remote.add_to_list(made.id, ["12/../34"])
    pair.portal.state.lists.live(made.id).deleted_ms = 1  # type: ignore[union-attr]
    assert not remote.list_is_there(made.id)


def test_leads_and_contacts_stand_in_a_campaign_once_and_a_converted_lead_is_not_taken_out_as_a_lead(
    pair: PairWorld,
) -> None:
    remote = pair.remotes["left"]
    made = remote.make_list("Campaign", "O'Neill's \\ firms", "[syncer x]")
    assert remote.list_named("Campaign", "O'Neill's \\ firms", "[syncer x]") == made
    assert not remote.list_named("Campaign", "O'Neill's \\ firms", "[syncer y]").ours
    leads = [pair.lead(LastName=f"L{number}") for number in range(230)]
    contact = pair.contact()
    for _ in range(2):
        assert remote.add_to_list(made.id, [*leads, contact]).done == {*leads, contact}
    assert len(list(pair.org.records("CampaignMember"))) == 231
    converted = pair.org.convert(leads[0], "human:ann")["Contact"]
    assert remote.in_list(made.id, [leads[0], converted, pair.contact()]) == {leads[0], converted}
    for _ in range(2):
        assert remote.take_from_list(made.id, leads).done == frozenset(leads)
    assert remote.in_list(made.id, [*leads[1:], contact, converted]) == {contact, converted}
    assert remote.list_is_there(made.id)
    pair.org.delete("Campaign", made.id, "human:ann")
    assert not remote.list_is_there(made.id)


def test_lists_are_off_until_a_file_declares_them(tmp_path: Path) -> None:
    folder = tmp_path / "segments"
    folder.mkdir()
    (folder / "a.toml").write_text(f'name = "A"\n{WHEN}', "utf-8")
    told = 'name = "B"\nversion = 3\nlist = true\npeople_list = true\ncampaign = "Bs"\nat_most = 9\n'
    (folder / "b.toml").write_text(told + WHEN, "utf-8")
    feature = '[feature.city]\ntype = "choice"\nfields = ["city"]\n'
    outbound = '[outbound]\ncount = 7\n[outbound.forgotten]\ncampaign = "Again"\n'
    (tmp_path / "lookalike.toml").write_text(f"version = 2\n{feature}{outbound}", "utf-8")
    policy = load_lookalike(tmp_path, ["city"], [], [])
    assert [one.listing for one in policy.segments] == [Listing(), Listing(True, True, "Bs", 9, 3)]
    assert (policy.outbound.count, policy.outbound.fit) == (7, Listing(version=2))
    assert policy.outbound.forgotten == Listing(campaign="Again", version=2)
    (folder / "b.toml").write_text(told.replace('"Bs"', f'"{"x" * 81}"') + WHEN, "utf-8")
    with pytest.raises(MappingError, match="campaign"):
        load_segments(tmp_path, ["city"])
