"""What people write about companies and people, and the one form that it is read as."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from syncer.core.identity.contacts import email, phone, phone_tail
from syncer.core.identity.domains import company_domain, is_free_mail, registrable_domain
from syncer.core.identity.industries import industry
from syncer.core.identity.money import Money, NoRateError, converted, money
from syncer.core.identity.names import company_name
from syncer.core.identity.places import city, country, state
from syncer.core.identity.sizes import employee_band, head_count
from syncer.core.identity.titles import role

DOMAINS = [
    ("https://www.shop.acme.co.uk/x?y#z", "acme.co.uk"),
    ("HTTP://ACME.COM:8080", "acme.com"),
    ("ann@mail.acme.com", "acme.com"),
    ("one.github.io", "one.github.io"),  # two tenants are two owners
    ("github.io", ""),
    ("müller.de", "xn--mller-kva.de"),
    ("10.0.0.1", ""),
    ("localhost", ""),
    ("a..b.com", ""),
    ("-acme.com", ""),
    ("not a host.com", ""),
    ("", ""),
]
NAMES = [
    ("Acme GmbH & Co. KG", "acme"),
    ("ACME, Inc.", "acme"),
    ("Acme Corpoartion", "acme"),
    ("Acme Pty Ltd", "acme"),
    ("Grupo Bimbo S.A.B. de C.V.", "grupo bimbo"),
    ("Fiat S.p.A.", "fiat"),
    ("Żabka Polska Sp. z o.o.", "zabka polska"),
    ("Novo Nordisk A/S", "novo nordisk"),
    ("株式会社トヨタ", "トヨタ"),
    ("(株)日立", "日立"),
    ("ООО Яндекс", "яндекс"),
    ("PT Telkom Indonesia Tbk", "telkom indonesia"),
    ("The Boeing Company", "boeing"),
    ("Procter & Gamble Co., The", "procter gamble"),
    ("Johnson and Johnson", "johnson johnson"),
    ("Johnson + Johnson", "johnson johnson"),
    ("A. O. Smith", "ao smith"),
    ("A.O. Smith Corp", "ao smith"),
    ("Macy’s", "macys"),
    ("Salesforce.com, inc.", "salesforce"),
    ("Alphabet Inc. (Class A)", "alphabet"),
    ("Nestlé", "nestle"),
    ("The Company", "company"),  # never stripped to nothing
    ("S.p.A.", "spa"),
    ("Co", "co"),
    ("(Acme)", "acme"),
    ("---", ""),
]
COUNTRIES = [
    *(("USA", "US"), ("u.s.", "US"), ("Vereinigte Staaten", "US"), ("840", "US"), ("Deutschland", "DE"), ("deu", "DE")),
    *(("U.K.", "GB"), ("England", "GB"), ("Česko", "CZ"), ("日本", "JP"), ("España", "ES"), ("Côte d’Ivoire", "CI")),
    *(("The Netherlands", "NL"), ("Brasil", "BR"), ("EU", ""), ("Atlantis", ""), ("", "")),
]
PHONES = [
    (("(415) 555-2671", "US"), "+14155552671"),
    (("+49 30 901820", ""), "+4930901820"),
    (("030 901820", "DE"), "+4930901820"),
    (("+1 415 555 2671 ext. 12", ""), "+14155552671;ext=12"),
    (("030 901820", ""), ""),  # no country, no guess
    (("call me", "US"), ""),
]
MAILBOXES = [
    ("Ann <Ann+News@Acme.com>", "ann@acme.com"),
    ("a.b+c@googlemail.com", "ab@gmail.com"),
    ("a.b@acme.com", "a.b@acme.com"),
    ("mailto:joe@ACME.co.uk", "joe@acme.co.uk"),
    ("a@x.com; b@y.com", None),
    ("a@b", None),
    ("nobody", None),
]
BANDS = [
    *(("120", "51-200"), ("51-200 employees", "51-200"), ("1,001 to 5,000", "1001-5000"), ("5.000", "1001-5000")),
    *(("10K+", "10001+"), ("10,001+", "10001+"), ("1.5k", "1001-5000"), ("201–500", "201-500"), ("~300", "201-500")),
    *(("50-750", ""), ("500-100", ""), ("1 of 2 or 3", ""), ("n/a", ""), ("0", "")),
]
AMOUNTS = [
    ("€1.5m", ("1500000", "1500000", "EUR")),
    ("USD 10,000", ("10000", "10000", "USD")),
    ("1.234,56 EUR", ("1234.56", "1234.56", "EUR")),
    ("$10-20 million", ("10000000", "20000000", "USD")),
    ("CHF 1'000'000", ("1000000", "1000000", "CHF")),
    ("1.500 €", ("1500", "1500", "EUR")),
    ("R$ 5 mil", ("5000000", "5000000", "BRL")),
    ("10k", ("10000", "10000", "")),
]
ROLES = [
    ("VP of Information Security", "vp", "it security"),
    ("CISO", "c-level", "it security"),
    ("Co-Founder & CEO", "owner", "general management"),
    ("Head of Customer Advocacy", "director", "customer success"),
    ("Leiterin IT", "director", "it"),
    ("Geschäftsführer", "c-level", "general management"),
    ("Director, Revenue Operations", "director", "revenue operations"),
    ("Account Executive", "staff", "sales"),
    ("Executive Assistant to the CEO", "staff", "general management"),
    ("Chief of Staff", "staff", ""),
    ("Marketing Intern", "entry", "marketing"),
    ("Wizard", "", ""),
]
INDUSTRIES = [
    *(("COMPUTER_SOFTWARE", "software"), ("Computer & Network Security", "it security"), ("541512", "it services")),
    *(("336411", "aerospace and defence"), ("52", "financial services"), ("Regional Banks", "banking")),
    *(("Oil & Gas Exploration & Production", "oil and gas"), ("SaaS / IT security", "it security"), ("magic", None)),
]


def _seen(read: Callable[[Any], Any], cases: list[tuple[Any, Any]]) -> list[tuple[Any, Any]]:
    return [(written, read(written)) for written, _ in cases]


def test_domains_are_those_that_somebody_registered() -> None:
    assert _seen(registrable_domain, DOMAINS) == DOMAINS


def test_names_lose_what_varies_and_never_all() -> None:
    assert _seen(lambda text: company_name(text).key, NAMES) == NAMES


@pytest.mark.parametrize(
    ("written", "other"),
    [
        ("Meta Platforms, Inc. (formerly Facebook)", "facebook"),
        ("Square, formerly known as Squareup LLC", "squareup"),
        ("Acme Ltd dba Rocket", "rocket"),
        ("Neue Firma AG (vormals Alte Firma GmbH)", "alte firma"),
    ],
)
def test_names_that_a_company_had_or_trades_under_are_kept_beside_its_name(written: str, other: str) -> None:
    assert [" ".join(name) for name in company_name(written).others] == [other]


def test_countries_are_read_from_codes_and_from_names_in_many_languages() -> None:
    assert _seen(country, COUNTRIES) == COUNTRIES


def test_states_and_cities() -> None:
    assert (state("new york"), state("Ontario", "CA"), state("D.C."), state("Bayern", "DE")) == (
        *("NY", "ON", "DC", "bayern"),
    )
    assert city("St. Louis, MO") == city("SAINT LOUIS") == "saint louis"


def test_telephone_numbers_need_a_country_or_bring_one() -> None:
    assert _seen(lambda given: phone(*given), PHONES) == PHONES
    assert phone_tail("+1 (415) 555-2671 x12") == phone_tail("415.555.2671") == "155552671"
    assert phone_tail("555-2671") == phone_tail("000 000 0000") == ""


def test_spellings_of_one_mailbox_are_one() -> None:
    assert _seen(lambda text: found.mailbox if (found := email(text)) else None, MAILBOXES) == MAILBOXES


def test_employee_bands_hold_the_whole_count_or_none() -> None:
    assert _seen(lambda text: employee_band(head_count(text)), BANDS) == BANDS


def test_money_keeps_its_currency() -> None:
    for written, (low, high, currency) in AMOUNTS:
        assert money(written) == Money(Decimal(low), Decimal(high), currency)
    assert [money(text) for text in ("two", "$1 or €2", "1 2/3 4", "")] == [None] * 4


def test_money_is_converted_only_by_a_rate_that_somebody_gave() -> None:
    amount = Money(Decimal(100), Decimal(200), "EUR")
    assert converted(amount, "USD", {("EUR", "USD"): Decimal("1.1")}) == Money(Decimal(110), Decimal(220), "USD")
    assert converted(amount, "EUR", {}) == amount
    with pytest.raises(NoRateError, match="no rate from EUR to USD"):
        converted(amount, "USD", {("USD", "EUR"): Decimal("0.9")})


def test_titles_tell_seniority_and_persona_or_say_nothing() -> None:
    read = [(title, *((found := role(title)).seniority.value, found.persona)) for title, _, _ in ROLES]
    assert read == ROLES


def test_industries_are_read_from_codes_and_labels() -> None:
    assert _seen(lambda text: found.name if (found := industry(text)) else None, INDUSTRIES) == INDUSTRIES
    assert {found.naics: found.sector for code in ("3364", "62") if (found := industry(code))} == {
        "3364": "31",
        "62": "62",
    }


def test_free_mail_names_no_company_unless_the_admin_knows_better() -> None:
    assert is_free_mail("gmail.com")
    assert company_domain("ann@gmail.com") == ""
    assert company_domain("x@easypost.com") == ""
    assert company_domain("x@easypost.com", frozenset(("easypost.com",))) == "easypost.com"
    assert company_domain("x@mail.acme.com") == "acme.com"


READERS: list[Callable[[str], Any]] = [
    *(registrable_domain, company_domain, company_name, country, state, city, email, phone, phone_tail),
    *(head_count, money, role, industry, lambda text: employee_band(head_count(text)), lambda text: phone(text, "DE")),
]
MARKS = st.text(st.sampled_from("aA1９²ß.,@-_/()& €$kм株\u202e\u0000\u0301'"), max_size=40)


@settings(max_examples=150, deadline=None)
@given(text=st.text(max_size=80) | MARKS)
def test_every_reader_takes_any_text(text: str) -> None:
    for read in READERS:
        read(text)
    name = company_name(text)
    assert company_name(name.key).words == () or name.words
    assert registrable_domain(registrable_domain(text)) == registrable_domain(text)
    assert country(text) in ("", country(country(text)))
