"""The bad line in front of a model: `FaultyDoor` lets a call pass, or spoils it the way its rule says.

Every fault keeps the model's truth intact: what was applied is in the ledger, what was not is not.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import replace
from random import Random
from typing import Final, Protocol

from sandbox import fault_answers, fault_items
from sandbox.fault_rules import PROFILES, FaultKind, FaultRule, Faults, Strike, is_write
from sandbox.kernel import Request, Response

__all__ = ["PROFILES", "Door", "FaultKind", "FaultRule", "Faults", "FaultyDoor", "is_write"]

_REMEMBERED: Final = 64  # answers kept for stale reads


class Door(Protocol):
    """One system's way in: both models, the vendors, and this wrapper have it."""

    def handle(self, request: Request) -> Response: ...


class FaultyDoor:
    """A door with its faults. Call `tick` after virtual time moved while no calls came: zombies are applied by it.

    `in_flight_ms` tells when the last zombie will have been applied, so that a quiet phase can wait for it.
    """

    def __init__(self, crm: Door, faults: Faults) -> None:
        self.crm = crm
        self.faults = faults
        self._zombies: list[tuple[int, int, Request]] = []
        self._answers: OrderedDict[tuple[str, str, str, bytes], Response] = OrderedDict()
        self._spent_until_ms = 0

    @property
    def in_flight_ms(self) -> int | None:
        return max((due_ms for due_ms, _, _ in self._zombies), default=None)

    def tick(self) -> int:
        """Applies the zombies whose time has come, oldest first; how many there were."""
        if not self._zombies:
            return 0
        now_ms = self.faults.clock.now_ms()
        due = sorted((zombie for zombie in self._zombies if zombie[0] <= now_ms), key=lambda zombie: zombie[:2])
        self._zombies = [zombie for zombie in self._zombies if zombie[0] > now_ms]
        for _, _, request in due:
            self.crm.handle(request)
        return len(due)

    def handle(self, request: Request) -> Response:
        self.tick()
        if self._spent_until_ms > self.faults.clock.now_ms() and "/oauth" not in request.path:
            self.faults.calls += 1
            return fault_answers.quota_spent(self.faults.system, Random(self.faults.calls))
        strike = self.faults.decide(request)
        if strike is None:
            return self._pass(request)
        return _ACTS[strike.rule.kind](self, request, strike)

    def _pass(self, request: Request) -> Response:
        response = self.crm.handle(request)
        if any(rule.kind is FaultKind.STALE_READ for rule in self.faults.rules) and not is_write(request):
            self._answers[_read_key(request)] = response
            while len(self._answers) > _REMEMBERED:
                self._answers.popitem(last=False)
        return response

    def _before(self, request: Request, strike: Strike) -> Response:
        return Response(0, drop=True)

    def _after(self, request: Request, strike: Strike) -> Response:
        return replace(self._pass(request), drop=True)

    def _zombie(self, request: Request, strike: Strike) -> Response:
        if is_write(request):
            due_ms = strike.at_ms + strike.rng.randint(1, max(1, strike.rule.delay_ms))
            self._zombies.append((due_ms, strike.call, request))
        return Response(0, drop=True)

    def _too_many(self, request: Request, strike: Strike) -> Response:
        return fault_answers.too_many(self.faults.system, request.path, strike.rng, strike.rule.retry_after_s)

    def _concurrent(self, request: Request, strike: Strike) -> Response:
        return fault_answers.concurrent(self.faults.system, request.path, strike.rng)

    def _server_error(self, request: Request, strike: Strike) -> Response:
        """All but 503 may have carried the call out, by lot."""
        status = int(strike.rule.kind.value)
        applied, html = strike.rng.random() < 0.5, strike.rng.random() < 0.5
        if applied and status != 503:
            self._pass(request)
        if html if strike.rule.html is None else strike.rule.html:
            return fault_answers.html_page(status)
        return fault_answers.server_error(self.faults.system, status, strike.rng)

    def _html_200(self, request: Request, strike: Strike) -> Response:
        if strike.rng.random() < 0.5:
            self._pass(request)
        return fault_answers.html_page(200)

    def _truncated(self, request: Request, strike: Strike) -> Response:
        response = self._pass(request)
        if not response.body:
            return replace(response, drop=True)
        return replace(response, truncate_at=strike.rng.randrange(len(response.body)))

    def _partial_reject(self, request: Request, strike: Strike) -> Response:
        return fault_items.reject_one(request, strike.rng, self._pass)

    def _lock_row(self, request: Request, strike: Strike) -> Response:
        if self.faults.system == "salesforce":
            return fault_items.lock_rows(request, strike.rng, self._pass)
        return fault_answers.portal_locked(strike.rng) if is_write(request) else self._pass(request)

    def _reorder_items(self, request: Request, strike: Strike) -> Response:
        return fault_items.reorder(self._pass(request), strike.rng)

    def _stale_read(self, request: Request, strike: Strike) -> Response:
        if is_write(request):
            return self._pass(request)
        return self._answers.get(_read_key(request)) or self._pass(request)

    def _expired_token(self, request: Request, strike: Strike) -> Response:
        if "/oauth" in request.path:
            return self._pass(request)
        return fault_answers.expired_token(self.faults.system, strike.rng)

    def _quota_spent(self, request: Request, strike: Strike) -> Response:
        self._spent_until_ms = strike.at_ms + strike.rule.lasts_ms
        return fault_answers.quota_spent(self.faults.system, strike.rng)

    def _slow(self, request: Request, strike: Strike) -> Response:
        return replace(self._pass(request), delay_ms=strike.rng.randint(0, strike.rule.delay_ms))


def _read_key(request: Request) -> tuple[str, str, str, bytes]:
    return (request.method, request.path, request.query, request.body)


_ACTS: Final[dict[FaultKind, Callable[[FaultyDoor, Request, Strike], Response]]] = {
    FaultKind.TIMEOUT_BEFORE: FaultyDoor._before,
    FaultKind.TIMEOUT_AFTER: FaultyDoor._after,
    FaultKind.ZOMBIE: FaultyDoor._zombie,
    FaultKind.TOO_MANY: FaultyDoor._too_many,
    FaultKind.CONCURRENT: FaultyDoor._concurrent,
    FaultKind.INTERNAL: FaultyDoor._server_error,
    FaultKind.BAD_GATEWAY: FaultyDoor._server_error,
    FaultKind.UNAVAILABLE: FaultyDoor._server_error,
    FaultKind.GATEWAY_TIMEOUT: FaultyDoor._server_error,
    FaultKind.HTML_200: FaultyDoor._html_200,
    FaultKind.TRUNCATED: FaultyDoor._truncated,
    FaultKind.PARTIAL_REJECT: FaultyDoor._partial_reject,
    FaultKind.LOCK_ROW: FaultyDoor._lock_row,
    FaultKind.REORDER_ITEMS: FaultyDoor._reorder_items,
    FaultKind.STALE_READ: FaultyDoor._stale_read,
    FaultKind.EXPIRED_TOKEN: FaultyDoor._expired_token,
    FaultKind.QUOTA_SPENT: FaultyDoor._quota_spent,
    FaultKind.SLOW: FaultyDoor._slow,
}
