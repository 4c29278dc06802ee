"""What the sandbox's vendors know: found at once in a world of any size, the same in every run, not always right."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest

from sandbox.kernel import Request, SandboxClock
from sandbox.population.world import World
from sandbox.vendors import VENDORS, Trouble, Vendors
from sandbox.vendors.coverage import DAY_MS, HABITS, knowledge
from sandbox.vendors.register import Register
from sandbox.vendors.state import VendorState, Window


@pytest.mark.parametrize("seed", [0, 1, 77, 123_456_789])
def test_the_register_finds_every_company_and_person_by_what_the_world_calls_them(seed: int) -> None:
    world = World(seed, 12_000, 300)
    register = Register(world)
    for number in [*range(0, 12_000, 97), 4_685, 4_686, 9_371, 9_372, 11_999]:
        company = world.company(number)
        assert register.by_domain(f"https://www.{company.domain.upper()}/about") == company
        assert register.by_name(f" {company.name.upper()},  Inc. ") == company
        assert register.by_domain(company.domain.rpartition(".")[0] + ".museum") is None
    for person in map(world.person, range(300)):
        assert person.email is None or register.by_email(f" {person.email.upper()} ") == person
    for nonsense in ("", "nobody.example", "a-b.c", "alderarc0-security.com", "alderarc1-security.com", "x" * 9_999):
        assert register.by_domain(nonsense) is None and register.by_name(nonsense) is None
        assert register.by_email(nonsense) is None
    assert Register(World(seed, 5, 5)).by_domain(world.company(11).domain) is None


def test_a_thousand_look_ups_in_two_hundred_thousand_companies_take_no_time() -> None:
    world = World(1, 200_000, 0)
    domains = [world.company(number).domain for number in range(0, 200_000, 200)]
    register = Register(World(1, 200_000, 0))
    begun_s = time.process_time()
    assert all(register.by_domain(domain) is not None for domain in domains)
    assert time.process_time() - begun_s < 2


def state_of(name: str, world: World, now_ms: int = SandboxClock().now_ms()) -> VendorState:
    return VendorState(name, world, SandboxClock(now_ms))


def test_vendors_disagree_within_bounds_and_say_the_same_in_every_run() -> None:
    world = World(5, 1_000, 0)
    for name, habits in HABITS.items():
        entries = [knowledge(state_of(name, world), world.company(number)) for number in range(1_000)]
        again = [knowledge(state_of(name, World(5, 1_000, 0)), world.company(number)) for number in range(1_000)]
        assert entries == again
        known = [entry for entry in entries if entry is not None]
        assert len(known) / 1_000 == pytest.approx(habits.reach, abs=0.05)
        wrong = [entry for entry in known if entry.trade is not None and entry.trade is not entry.company.trade]
        assert len(wrong) < 0.06 * len(known)
        assert 0.03 * len(known) < sum(entry.stale for entry in known) < 0.1 * len(known)
        assert any(entry.name != entry.company.name for entry in known)
    sizes = {name: knowledge(state_of(name, world), world.company(4)) for name in ("pdl", "apollo", "hunter")}
    told = [entry.employees for entry in sizes.values() if entry is not None and entry.employees]
    assert len(set(told)) == len(told) > 1


def test_a_vendor_looks_again_as_time_goes_by_and_stale_entries_stay_old() -> None:
    world = World(5, 300, 0)
    later_ms = SandboxClock().now_ms() + 400 * DAY_MS
    for number in range(300):
        company = world.company(number)
        before, after = (knowledge(state_of("pdl", world, at), company) for at in (SandboxClock().now_ms(), later_ms))
        if before is None or after is None:
            assert before is after
            continue
        assert replace(before, seen_ms=0) == replace(after, seen_ms=0)
        age_days = (later_ms - after.seen_ms) / DAY_MS
        assert (440 <= age_days <= 900) if after.stale else (0 <= age_days <= 45)


def test_a_window_lets_its_number_through_and_opens_again_on_time() -> None:
    window = Window(2, 1_000)
    assert [window.take(at) for at in (0, 10, 999, 1_000, 1_001, 1_002)] == [True, True, False, True, True, False]
    assert (window.left, window.ends_ms) == (0, 2_000)


def test_every_vendor_turns_a_wrong_key_away_and_survives_nonsense() -> None:
    keys = {name: f"key-of-{name}" for name in VENDORS}
    vendors = Vendors(World(1, 50, 20), SandboxClock(), "https://vendors.example", keys)
    for name, state in vendors.states.items():
        for method in ("GET", "POST", "PUT"):
            for path in ("", "/", "/v5/company/enrich", "/api/v1/organizations/enrich", "/v2/companies/find", "/..%2f"):
                for headers in ({}, {"x-api-key": keys[name], "authorization": f"API {keys[name]}"}):
                    request = Request(method, f"/{name}{path}", "domain=%00&LOOKUP=,,&website=", headers, b"[1,{")
                    assert 200 <= vendors.handle(request).status < 500
        assert state.charged == 0
    assert vendors.handle(Request("GET", "/nobody/v1")).status == 404


def test_trouble_lasts_as_often_as_it_was_ordered() -> None:
    vendors = Vendors(World(1, 50, 20), SandboxClock())
    vendors.states["hunter"].tell(Trouble.HTML, 2)
    statuses = [
        vendors.handle(Request("GET", "/hunter/v2/companies/find", "domain=a.example")).status for _ in range(3)
    ]
    assert statuses == [502, 502, 404]
