"""Which account a lead belongs to: right nearly always, with reasons, and never by the order of a file."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from syncer.core.identity.candidates import AccountIndex, index
from syncer.core.identity.features import FEATURES, Feature, features
from syncer.core.identity.match import AUTO_FROM, Decision, Match, match
from syncer.core.identity.model import Model, WeightsError, model_from_json, shipped_model
from syncer.core.identity.profiles import account_profile, lead_profile
from syncer.core.identity.refit import Example, refit
from tests.identity.noisy_leads import noisy, sp500

ACCOUNTS = [
    {
        "id": "A1",
        "name": "Northwind Traders Inc.",
        "website": "https://www.northwind.com",
        "city": "Boston",
        "country": "US",
    },
    {
        "id": "A2",
        "name": "Northwind Traders GmbH",
        "website": "northwind.de",
        "city": "Berlin",
        "country": "Deutschland",
    },
    {"id": "A3", "name": "Meta Platforms, Inc. (formerly Facebook)", "website": "meta.com", "country": "USA"},
    {"id": "A4", "name": "Contoso Energy", "website": "contoso.co.uk", "phone": "+44 20 7946 0958", "country": "UK"},
    {"id": "A5", "name": "Contoso Energy Norge AS", "website": "contoso.co.uk", "country": "Norway"},
    {"id": "A6", "name": "Fabrikam", "country": "France"},
    {"id": "A7", "name": "Fabrikam SARL", "country": "FR"},
    {"id": "A8", "name": "Gmail Repair Shop", "website": "gmail.com"},
    {"id": "A9", "name": "Zürcher Käserei AG", "city": "Zürich", "country": "CH"},
]
CASES = [  # what the lead says, decision, account, a word of the reasons
    ({"email": "ann@mail.northwind.com"}, "auto", "A1", "same domain northwind.com"),
    ({"email": "a@gmail.com", "company": "NORTHWIND TRADERS", "country": "Germany"}, "review", "A2", "same country DE"),
    ({"company": "Northwind Traders", "city": "BERLIN", "country": "Germany"}, "auto", "A2", "same city berlin"),
    ({"email": "a@gmail.com", "company": "Northwind Traders"}, "review", None, "2 accounts fit about equally well"),
    (
        {"email": "a@gmail.com", "company": "facebook", "country": "United States"},
        "auto",
        "A3",
        "a former or second one",
    ),
    ({"email": "a@contoso.co.uk", "company": "Contoso Energy Norge"}, "auto", "A5", "2 accounts have the domain"),
    ({"company": "Contoso Energy", "phone": "020 7946 0958"}, "auto", "A4", "same telephone number"),
    ({"company": "Fabrikam", "country": "France"}, "review", None, "2 accounts fit about equally well"),
    ({"email": "someone@gmail.com"}, "none", None, "a free mail address names none"),
    ({"company": "Zurcher Kaserei", "city": "Zurich"}, "auto", "A9", "same city zurich"),
    ({"company": "Zürcher Käsreei", "city": "Zürich", "country": "Schweiz"}, "auto", "A9", "the names are close"),
    ({"email": "x@unrelated.org", "company": "Unrelated"}, "none", None, "no account shares"),
    ({"company": "Bakery of Boston", "city": "Boston", "country": "US"}, "none", None, ""),
    ({}, "none", None, "says nothing of its company"),
]


@pytest.fixture(scope="module")
def known() -> AccountIndex:
    return index(map(account_profile, ACCOUNTS))


def found(row: Mapping[str, str], known: AccountIndex) -> Match:
    return match(lead_profile({"id": "L", **row}), known, shipped_model())


@pytest.mark.parametrize(("row", "decision", "account", "reason"), CASES)
def test_a_lead_gets_one_account_none_or_a_question(
    row: dict[str, str], decision: str, account: str | None, reason: str, known: AccountIndex
) -> None:
    answer = found(row, known)
    assert (answer.decision.value, answer.account) == (decision, account), answer
    assert reason in "; ".join(answer.reasons)
    assert [c.score for c in answer.candidates] == sorted((c.score for c in answer.candidates), reverse=True)
    assert len(answer.candidates) <= 3 and sum(c.score for c in answer.candidates) <= 1.001


def test_the_order_of_the_accounts_decides_nothing() -> None:
    turned = index(map(account_profile, reversed(ACCOUNTS)))
    straight = index(map(account_profile, ACCOUNTS))
    for row, *_ in CASES:
        assert found(row, turned) == found(row, straight)


def judged(matches: Iterable[Match], truth: Mapping[str, str], counted: set[Decision]) -> tuple[float, float]:
    linked = [answer for answer in matches if answer.account and answer.decision in counted]
    right = sum(truth.get(answer.lead) == answer.account for answer in linked)
    return right / len(linked), right / len(truth)


@pytest.mark.parametrize(("seed", "size", "leads"), [(1, 1_500, 2_500), (2, 3_000, 2_500), (3, 503, 1_500)])
def test_links_of_noisy_leads_are_right_and_most_are_found(seed: int, size: int, leads: int) -> None:
    accounts, rows, truth = noisy(seed, size, leads)
    known = index(map(account_profile, accounts))
    matches = [match(lead_profile(row), known, shipped_model()) for row in rows]
    assert 0.78 < len(truth) / len(rows) < 0.82
    for name, counted in (("auto", {Decision.AUTO}), ("auto and review", {Decision.AUTO, Decision.REVIEW})):
        precision, recall = judged(matches, truth, counted)
        print(f"world {seed}, {name}: precision {precision:.4f}, recall {recall:.4f}")
        assert precision >= 0.99 and recall >= 0.90


def test_real_companies_are_told_apart_by_name_alone() -> None:
    rows = sp500()
    known = index(account_profile({"id": row["Symbol"], "name": row["Security"]}) for row in rows)
    shares = {"Class A", "Class B", "Class C"}  # two papers of one company are one company
    rng, wrong, right = Random(5), [], 0
    for row in rows:
        if any(kind in row["Security"] for kind in shares):
            continue
        name = row["Security"].upper() if rng.random() < 0.3 else f"The {row['Security']}, Inc."
        answer = match(lead_profile({"id": "L", "company": name, "email": "x@gmail.com"}), known, shipped_model())
        right += answer.account == row["Symbol"]
        wrong += [(name, answer.account)] if answer.account not in (None, row["Symbol"]) else []
    assert not wrong
    assert right >= 0.97 * len(rows)


def test_the_shipped_weights_have_the_signs_that_people_expect() -> None:
    weights = shipped_model().weights
    assert set(weights) == set(FEATURES)
    for feature in (Feature.DOMAIN_SAME, Feature.NAME_SAME, Feature.NAME_NEAR, Feature.PHONE_SAME, Feature.CITY_SAME):
        assert weights[feature] > 0
    for feature in (Feature.DOMAIN_OTHER, Feature.COUNTRY_OTHER, Feature.CITY_OTHER, Feature.WORD_OF_ITS_OWN):
        assert weights[feature] < 0


def test_weights_of_other_features_are_refused_by_name() -> None:
    document = shipped_model().as_json()
    document["weights"]["shoe_size"] = 1.0
    with pytest.raises(WeightsError, match="shoe_size"):
        model_from_json(document)


NAMESAKE = {Feature.NAME_SAME: 1.0, Feature.DOMAIN_OTHER: 1.0}


def test_what_people_reject_often_loses_its_weight_and_one_word_changes_little() -> None:
    start = shipped_model()
    before = start.odds(NAMESAKE)
    once = refit([Example([NAMESAKE], None)], start)
    often = refit([Example([NAMESAKE], None)] * 200, start)
    confirmed = refit([Example([NAMESAKE], 0)] * 200, start)
    assert before > once.odds(NAMESAKE) > often.odds(NAMESAKE)
    assert often.odds(NAMESAKE) < before / 20
    assert confirmed.odds(NAMESAKE) > before
    assert often.weights[Feature.PHONE_SAME] == pytest.approx(start.weights[Feature.PHONE_SAME])
    assert refit([], start) == start


def test_a_refit_does_not_depend_on_the_order_of_what_was_said() -> None:
    accounts, rows, truth = noisy(9, 300, 400)
    known = index(map(account_profile, accounts))
    examples = []
    for row in rows:
        lead = lead_profile(row)
        answer = match(lead, known, shipped_model())
        places = [next(p for p, a in enumerate(known.accounts) if a.id == c.account) for c in answer.candidates]
        values = [features(lead, known.accounts[place], known) for place in places]
        right = [c.account for c in answer.candidates].index(truth[lead.id]) if truth.get(lead.id) in {
            c.account for c in answer.candidates
        } else None  # fmt: skip
        examples.append(Example(values, right))
    blank = Model(0.0, dict.fromkeys(FEATURES, 0.0))
    one, other = refit(examples, blank), refit(examples[::-1], blank)
    assert one.bias == pytest.approx(other.bias, abs=1e-5)
    assert dict(one.weights) == pytest.approx(dict(other.weights), abs=1e-5)
    matches = [match(lead_profile(row), known, one) for row in rows]
    assert judged(matches, truth, {Decision.AUTO, Decision.REVIEW})[0] >= 0.97


TEXT = st.text(max_size=30) | st.sampled_from(
    ["Fabrikam", "northwind.com", "a@b.de", "Boston", "US", "株式会社", "\u202e"]
)
ROWS = st.fixed_dictionaries(dict.fromkeys(("name", "email", "company", "website", "phone", "city", "country"), TEXT))


@settings(max_examples=80, deadline=None)
@given(lead=ROWS, account=ROWS)
def test_any_two_rows_can_be_compared(lead: dict[str, str], account: dict[str, str]) -> None:
    known = index([account_profile({**account, "id": "X"}), *map(account_profile, ACCOUNTS)])
    answer = found(lead, known)
    assert 0 <= answer.score <= 1
    assert (answer.decision is Decision.AUTO) == (answer.score >= AUTO_FROM)
    assert answer.account is None or answer.decision is not Decision.NONE
