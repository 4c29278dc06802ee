"""One vendor's side of its dealings with us: key, credits, rate windows, and the trouble it was told to make."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from sandbox.kernel import Request, Response, SandboxClock
from sandbox.population.world import World
from sandbox.vendors.register import Register

Handler = Callable[[Request], Response]

_MANY_CREDITS: Final = 1_000_000


class Trouble(StrEnum):
    """What a vendor can answer instead of what it knows. The first four in its own shape; `broken` ones by the line."""

    PENDING = "pending"
    THROTTLED = "throttled"
    OUT_OF_CREDIT = "out_of_credit"
    UNAUTHORISED = "unauthorised"
    GARBAGE = "garbage"  # 200, and no JSON
    TRUNCATED = "truncated"  # 200, and the beginning of a JSON document
    HTML = "html"  # 502, and a page for people


BROKEN: Final = frozenset({Trouble.GARBAGE, Trouble.TRUNCATED, Trouble.HTML})


@dataclass(slots=True)
class Window:
    """A fixed window: at most `limit` calls in `length_ms`; `limit` 0: no bound."""

    limit: int
    length_ms: int
    used: int = 0
    began_ms: int = 0

    def take(self, now_ms: int) -> bool:
        began_ms = now_ms - now_ms % self.length_ms
        if began_ms != self.began_ms:
            self.began_ms, self.used = began_ms, 0
        if self.limit and self.used >= self.limit:
            return False
        self.used += 1
        return True

    @property
    def left(self) -> int:
        return max(0, self.limit - self.used)

    @property
    def ends_ms(self) -> int:
        return self.began_ms + self.length_ms


@dataclass(slots=True)
class VendorState:
    """What a vendor's handler stands on. `key` is empty where the vendor asks for none.

    `told` is the trouble that was ordered; it lasts for `told_times` calls (None: until another is told).
    """

    name: str
    world: World
    clock: SandboxClock
    key: str = ""
    url: str = ""  # where the vendor is reached, prefix included
    credits: int = _MANY_CREDITS
    calls: int = 0
    charged: int = 0
    told: Trouble | None = None
    told_times: int | None = None
    windows: dict[str, Window] = field(default_factory=dict)
    troubles: frozenset[Trouble] = frozenset(Trouble) - {Trouble.PENDING}  # which it can make; a handler narrows them
    register: Register = field(init=False)

    def __post_init__(self) -> None:
        self.register = Register(self.world)

    def trouble(self, key: str | None) -> Trouble | None:
        """What a call with this key runs into before anything is looked up; counts it in every window."""
        if self.told is not None and self.told not in BROKEN:
            return self._once()
        if self.key and key != self.key:
            return Trouble.UNAUTHORISED
        taken = [window.take(self.clock.now_ms()) for window in self.windows.values()]
        if not all(taken):
            return Trouble.THROTTLED
        return Trouble.OUT_OF_CREDIT if self.credits <= 0 else None

    def broken(self) -> Trouble | None:
        """The damage that was ordered for the next answer, whatever it is."""
        return self._once() if self.told in BROKEN else None

    def charge(self, credits: int = 1) -> None:
        self.credits -= credits
        self.charged += credits

    def tell(self, trouble: Trouble | None, times: int | None = None) -> None:
        self.told, self.told_times = trouble, None if trouble is None else times

    def as_json(self) -> dict[str, object]:
        return {
            "url": self.url,
            "calls": self.calls,
            "credits": self.credits,
            "charged": self.charged,
            "state": "" if self.told is None else self.told.value,
            "states": sorted(self.troubles),
        }

    def _once(self) -> Trouble | None:
        told = self.told
        if self.told_times is not None:
            self.told_times -= 1
            if self.told_times <= 0:
                self.told, self.told_times = None, None
        return told
