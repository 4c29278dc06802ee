"""Found in review: when both sides moved a person to another company, the later one did not win."""

from __future__ import annotations

from syncer.core.fields import FieldMap, FieldType
from tests.stages.test_outbound_sync import left, right, run
from tests.stages.world import account, make_pair, person

EMPLOYER = FieldMap(
    "account", {"Contact": "AccountId"}, {"contacts": "associatedcompanyid"}, FieldType.REFERENCE, to="account"
)


def test_the_later_of_two_moves_to_another_company_wins() -> None:
    pair = make_pair((account(), person(fields=(*person().fields, EMPLOYER))))
    one, two, three = (
        pair.org.create("Account", {"Name": name, "Website": f"{name}.example"}, "human:ann") for name in "abc"
    )
    contact = pair.contact(Email="jane@a.example", AccountId=one)
    run(pair)
    run(pair)
    (there,) = (str(record["id"]) for record in pair.portal.records("contacts"))
    company = {item: pair.link_of("left", "Account", item).right_id for item in (one, two, three)}  # type: ignore[union-attr]
    assert str(right(pair, there)["associatedcompanyid"]) == company[one]
    pair.org.update("Contact", contact, {"AccountId": two}, "human:ann")
    pair.wait(30_000)
    pair.portal.update("contacts", there, {"associatedcompanyid": company[three]}, "human:bob")
    run(pair)
    run(pair)
    assert left(pair, "Contact", contact)["AccountId"] == three
    assert str(right(pair, there)["associatedcompanyid"]) == company[three]
