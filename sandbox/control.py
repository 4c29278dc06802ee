"""The sandbox's own endpoints, on every listener under `/__sandbox__/`: faults, ledger, clock, people, truth, vendors.

They carry no log-in, so they answer only callers who came by a loopback name: a page in a browser that was led here by
another name gets nothing. Faults do not strike them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from sandbox.faults import PROFILES, Door, FaultRule
from sandbox.kernel import BadJson, Request, Response, json_response
from sandbox.people import ACTS
from sandbox.population import truth
from sandbox.vendors import Trouble

if TYPE_CHECKING:
    from sandbox.app import Sandbox

PREFIX: Final = "/__sandbox__"
_LOOPBACK: Final = frozenset({"127.0.0.1", "localhost", "[::1]"})
_MOST_EDITS: Final = 10_000
_MOST_TRUTHS: Final = 1_000
_MOST_ACTS: Final = 100_000


class BadCall(Exception):
    """A call that cannot be carried out, in words for whoever made it."""

    def __init__(self, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.status = status


@dataclass(slots=True)
class ControlledDoor:
    """One system's door with the control endpoints in front. `system` is what a call means when it names none."""

    system: str
    door: Door
    sandbox: Sandbox

    def handle(self, request: Request) -> Response:
        if not request.path.startswith(f"{PREFIX}/") and request.path != PREFIX:
            return self.door.handle(request)
        try:
            return json_response(200, self._control(request))
        except BadCall as bad:
            return json_response(bad.status, {"error": {"name": "bad control call", "message": str(bad)}})

    def _control(self, request: Request) -> Any:
        name = request.headers.get("host", "").rsplit(":", 1)[0] if request.headers.get("host") else "localhost"
        if name.lower() not in _LOOPBACK:
            raise BadCall("control endpoints answer to 127.0.0.1 and localhost only", 403)
        place = request.path.removeprefix(PREFIX).strip("/")
        methods = _ENDPOINTS.get(place)
        if methods is None:
            raise BadCall(f"there is no {PREFIX}/{place}; there are {', '.join(filter(None, _ENDPOINTS))}", 404)
        handler = methods.get(request.method)
        if handler is None:
            raise BadCall(f"{PREFIX}/{place} takes {', '.join(methods)}", 405)
        return handler(self, request)

    # -- faults

    def _faults(self, request: Request) -> Any:
        return {
            system: {
                "rules": [rule.as_json() for rule in faults.rules],
                "calls": faults.calls,
                "struck": [
                    {"call": call, "rule": label, "kind": kind, "path": path}
                    for call, label, kind, path in faults.struck[-200:]
                ],
            }
            for system, faults in self.sandbox.faults.items()
        }

    def _add_faults(self, request: Request) -> Any:
        """`{"profile": "rough"}`, a rule, or `{"rules": [...]}`; with `system` for another system than this one."""
        body = _object(request)
        if "profile" in body:
            if body["profile"] not in PROFILES:
                raise BadCall(f"no profile {body['profile']!r}; there are {', '.join(PROFILES)}")
            systems = [self._system(body["system"])] if "system" in body else list(self.sandbox.faults)
            for system in systems:
                self.sandbox.faults[system].switch(body["profile"])
            return self._faults(request)
        faults = self.sandbox.faults[self._system(body.pop("system", self.system))]
        listed = body.get("rules", [body])
        if not isinstance(listed, list):
            raise BadCall("rules is a list")
        try:
            rules = [FaultRule.parse(rule) for rule in listed]
        except (ValueError, TypeError) as error:
            raise BadCall(f"not a rule: {error}") from error
        for rule in rules:
            faults.add(rule)
        return self._faults(request)

    def _remove_faults(self, request: Request) -> Any:
        """The rule `?name=`; all of a `?system=`; all rules of all systems."""
        name, system = request.param("name"), request.param("system")
        systems = list(self.sandbox.faults) if system is None else [self._system(system)]
        if name is None:
            for each in systems:
                self.sandbox.faults[each].replace(())
        else:
            removed = [self.sandbox.faults[each].remove(name) for each in systems]
            if not any(removed):
                raise BadCall(f"no rule is named {name!r}", 404)
        return self._faults(request)

    def _system(self, name: Any) -> str:
        if name not in self.sandbox.faults:
            raise BadCall(f"no system {name!r}; there are {', '.join(self.sandbox.faults)}")
        return str(name)

    # -- ledger and clock

    def _ledger(self, request: Request) -> Any:
        since, limit = _number(request, "since", 0), _number(request, "limit", 1_000, _MOST_EDITS)
        edits = self.sandbox.ledger.since(since, limit)
        last = edits[-1].edit_id if edits else since
        return {"edits": [asdict(edit) for edit in edits], "last": last, "total": len(self.sandbox.ledger)}

    def _clock(self, request: Request) -> Any:
        now_ms = self.sandbox.clock.now_ms()
        iso = datetime.fromtimestamp(now_ms / 1000, UTC).isoformat(timespec="milliseconds")
        return {"now_ms": now_ms, "now": iso, "speed": self.sandbox.driver.speed}

    def _move_clock(self, request: Request) -> Any:
        """`{"advance_ms": 60000}` and `{"speed": 10}`."""
        body = _object(request)
        unknown = sorted(set(body) - {"advance_ms", "speed"})
        if unknown or not body:
            raise BadCall(f"the clock takes advance_ms and speed, not {unknown}")
        advance_ms, speed = body.get("advance_ms", 0), body.get("speed", self.sandbox.driver.speed)
        if not _whole(advance_ms) or isinstance(speed, bool) or not isinstance(speed, int | float):
            raise BadCall("advance_ms is a whole number of milliseconds, speed a number")
        if advance_ms < 0 or not 0 <= speed <= 1_000_000:
            raise BadCall("time does not run backwards: advance_ms and speed are 0 or more")
        self.sandbox.driver.change_speed(speed)
        self.sandbox.driver.advance(advance_ms)
        return self._clock(request)

    # -- people and truth

    def _people(self, request: Request) -> Any:
        return {
            "done": self.sandbox.people.done,
            "talked": self.sandbox.later.talked,
            "engaged": self.sandbox.later.engaged,
            "every_ms": self.sandbox.people_every_ms,
            "acts": list(ACTS),
            "failures": self.sandbox.failures,
        }

    def _let_people(self, request: Request) -> Any:
        """`{"act": 5, "only": ["edit_both"]}` edits now; `{"every_ms": 2000}` from now on; `{"stop": true}`.

        `{"talk": 5, "about": ["acme.com"]}` lets reps log talks, `{"engage": 5}` marketing set signals.
        """
        body = _object(request)
        unknown = sorted(set(body) - {"act", "only", "talk", "about", "engage", "every_ms", "stop"})
        if unknown or not body:
            raise BadCall(f"people take act, only, talk, about, engage, every_ms and stop, not {unknown}")
        act, talk, engage = (body.get(name, 0) for name in ("act", "talk", "engage"))
        only, about, every_ms = body.get("only", []), body.get("about", []), body.get("every_ms")
        if not all(_whole(count) and 0 <= count <= _MOST_ACTS for count in (act, talk, engage)):
            raise BadCall(f"act, talk and engage are numbers up to {_MOST_ACTS}")
        if not all(isinstance(names, list) and all(isinstance(name, str) for name in names) for names in (only, about)):
            raise BadCall("only is a list of acts, about one of addresses and domains")
        if about and not talk:
            raise BadCall("about says of whom to talk: give talk as well")
        if every_ms is not None and (not _whole(every_ms) or every_ms < 10):
            raise BadCall("every_ms is 10 or more")
        did: list[str] = []
        try:
            did += self.sandbox.let_people(act, only) if act or only else []
            did += self.sandbox.talk(talk, about) if talk else []
            did += self.sandbox.engage(engage) if engage else []
        except ValueError as error:
            raise BadCall(str(error)) from error
        if every_ms is not None or body.get("stop"):
            self.sandbox.people_every_ms = None if body.get("stop") else every_ms
        return {"did": did, "done": self.sandbox.people.done, "every_ms": self.sandbox.people_every_ms}

    def _truth(self, request: Request) -> Any:
        """`?email=`, `?domain=`, or a page `?kind=people|accounts&offset=0&limit=100`."""
        population = self.sandbox.population
        email, domain = request.param("email"), request.param("domain")
        if email is not None or domain is not None:
            found = (
                truth.by_email(population, email) if email is not None else truth.by_domain(population, domain or "")
            )
            if found is None:
                raise BadCall("nobody of the seeded world has it", 404)
            return found
        kind = request.param("kind", "people")
        if kind not in ("people", "accounts"):
            raise BadCall("kind is people or accounts")
        offset, limit = _number(request, "offset", 0), _number(request, "limit", 100, _MOST_TRUTHS)
        total = population.world.people if kind == "people" else population.world.accounts
        tell = truth.person_truth if kind == "people" else truth.company_truth
        page = [tell(population, number) for number in range(offset, min(offset + limit, total))]
        return {"results": page, "total": total, "next": offset + limit if offset + limit < total else None}

    # -- vendors

    def _vendors(self, request: Request) -> Any:
        """How each vendor stands; with `?domain=` what it believes of that company."""
        domain = request.param("domain")
        if domain is not None:
            try:
                return self.sandbox.vendors.believed(domain)
            except LookupError:
                raise BadCall("no company of the seeded world has it", 404) from None
        return {name: state.as_json() for name, state in self.sandbox.vendors.states.items()}

    def _tell_vendor(self, request: Request) -> Any:
        """`{"vendor": "pdl", "state": "throttled", "times": 2}`, `{"vendor": "pdl", "credits": 0}`; state "": well."""
        body = _object(request)
        unknown = sorted(set(body) - {"vendor", "state", "times", "credits"})
        states = self.sandbox.vendors.states
        if unknown or body.get("vendor") not in states or not {"state", "credits"} & set(body):
            raise BadCall(f"give vendor ({', '.join(states)}) and state, with times if you like, or credits")
        vendor, told, times = states[body["vendor"]], body.get("state", ""), body.get("times")
        if told and told not in vendor.troubles:
            raise BadCall(f'{vendor.name} is never {told!r}; it can be {", ".join(sorted(vendor.troubles))} or ""')
        for number in (times, body.get("credits")):
            if number is not None and (not _whole(number) or not 0 <= number <= 1_000_000_000):
                raise BadCall("times and credits are numbers from 0 on")
        if "state" in body:
            vendor.tell(Trouble(told) if told and times != 0 else None, times)
        vendor.credits = body.get("credits", vendor.credits)
        return self._vendors(request)

    def _about(self, request: Request) -> Any:
        return {"addresses": self.sandbox.addresses(), "endpoints": [f"{PREFIX}/{name}" for name in _ENDPOINTS if name]}


_Handler = Callable[[ControlledDoor, Request], Any]
_ENDPOINTS: Final[Mapping[str, Mapping[str, _Handler]]] = {
    "": {"GET": ControlledDoor._about},
    "faults": {
        "GET": ControlledDoor._faults,
        "POST": ControlledDoor._add_faults,
        "DELETE": ControlledDoor._remove_faults,
    },
    "ledger": {"GET": ControlledDoor._ledger},
    "clock": {"GET": ControlledDoor._clock, "POST": ControlledDoor._move_clock},
    "people": {"GET": ControlledDoor._people, "POST": ControlledDoor._let_people},
    "truth": {"GET": ControlledDoor._truth},
    "vendors": {"GET": ControlledDoor._vendors, "POST": ControlledDoor._tell_vendor},
}


def _object(request: Request) -> dict[str, Any]:
    try:
        value = request.json()
    except BadJson as error:
        raise BadCall(f"the body is no JSON: {error}") from error
    if not isinstance(value, dict):
        raise BadCall("the body is a JSON object")
    return value


def _whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _number(request: Request, name: str, default: int, most: int | None = None) -> int:
    text = request.param(name) or str(default)
    if not text.isdecimal() or len(text) > 18:
        raise BadCall(f"{name} is a number from 0 on")
    return int(text) if most is None else min(int(text), most)
