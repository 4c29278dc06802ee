"""Found in review: the question who is who stayed open after an edit had answered it."""

from tests.stages.test_outbound_sync import run
from tests.stages.world import make_pair


def test_two_people_with_one_address_are_told_apart_once_one_of_them_is_corrected() -> None:
    pair = make_pair()
    run(pair)
    first, second = (pair.lead(Email="twin@acme.example") for _ in range(2))
    run(pair)
    assert len(pair.reviews()) == 2
    pair.org.update("Lead", first, {"Email": "first@acme.example"}, "human:ann")
    run(pair)
    emails = {record["email"] for record in pair.portal.records("contacts")}
    assert emails == {"first@acme.example", "twin@acme.example"}
    assert not pair.reviews()
    assert pair.link_of("left", "Lead", second)


def test_a_company_finds_its_account_once_another_gives_up_the_domain() -> None:
    pair = make_pair()
    run(pair)
    pair.org.create("Account", {"Name": "Acme", "Website": "acme.example"}, "human:ann")
    one, other = (
        pair.portal.create("companies", {"name": "Acme", "domain": "acme.example"}, "human:bob") for _ in "ab"
    )
    run(pair)
    assert not pair.links("linked")
    pair.portal.update("companies", other, {"domain": "other.example"}, "human:bob")
    run(pair)
    link = pair.link_of("right", "companies", one)
    assert link is not None and link.left_id
    assert not pair.reviews()
