"""When something runs: `every 5 minutes`, a cron line such as `0 3 * * *`, or `never`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from apscheduler.triggers.base import BaseTrigger

_EVERY: Final = re.compile(r"every (?:(?P<count>\d+) )?(?P<unit>second|minute|hour|day)s?", re.I)
_SECONDS: Final = {"second": 1, "minute": 60, "hour": 3600, "day": 86_400}
_DAYS: Final = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
_DAY_PART: Final = re.compile(r"(?P<first>\*|[0-7])(?:-(?P<last>[0-7]))?(?:/(?P<step>[1-9]))?")
_LONGEST_S: Final = 366 * 86_400


@dataclass(frozen=True, slots=True)
class Every:
    """At a steady distance, counted from the start of the daemon."""

    seconds: int

    def trigger(self, timezone: str = "UTC") -> BaseTrigger:
        from apscheduler.triggers.interval import IntervalTrigger

        return IntervalTrigger(seconds=self.seconds, timezone=timezone)


@dataclass(frozen=True, slots=True)
class Cron:
    """At times of day, as cron has them: five fields, Sunday is 0 or 7."""

    line: str

    def trigger(self, timezone: str = "UTC") -> BaseTrigger:
        """Raises ValueError for a field that cron does not know."""
        from apscheduler.triggers.cron import CronTrigger

        minute, hour, day, month, weekday = self.line.split()
        # APScheduler counts days from Monday, cron from Sunday: named days mean the same to both.
        return CronTrigger(
            minute=minute, hour=hour, day=day, month=month, day_of_week=_named_days(weekday), timezone=timezone
        )


Schedule = Every | Cron | None


def parse_schedule(text: object) -> Schedule:
    """None: never. Raises ValueError that says what is wrong."""
    if text is None or isinstance(text, Every | Cron):
        return text
    if not isinstance(text, str):
        raise ValueError("write a text such as 'every 5 minutes' or '0 3 * * *'")
    words = " ".join(text.split())
    if words.lower() in ("never", ""):
        return None
    match = _EVERY.fullmatch(words)
    if match:
        seconds = int(match["count"] or 1) * _SECONDS[match["unit"].lower()]
        if not 0 < seconds <= _LONGEST_S:
            raise ValueError("the distance must be at least a second and at most a year")
        return Every(seconds)
    if len(words.split()) != 5:
        raise ValueError("write 'every 5 minutes', five fields of cron such as '0 3 * * *', or 'never'")
    cron = Cron(words)
    try:
        cron.trigger()
    except ValueError as error:
        raise ValueError(f"cron does not know this: {error}") from None
    return cron


def _named_days(field: str) -> str:
    numbered = re.sub("|".join(_DAYS), lambda match: str(_DAYS.index(match[0].lower())), field, flags=re.I)
    if numbered == "*":
        return numbered
    days: list[str] = []
    for part in numbered.split(","):
        match = _DAY_PART.fullmatch(part)
        if match is None:
            raise ValueError(f'"{field}" is no day of the week')
        if match["first"] == "*":
            first, last = 0, 6
        else:
            first = int(match["first"])
            last = int(match["last"]) if match["last"] else 6 if match["step"] else first
        if last < first:
            raise ValueError(f'"{part}" ends before it begins')
        days += [_DAYS[day % 7] for day in range(first, last + 1, int(match["step"] or 1))]
    return ",".join(dict.fromkeys(days))
