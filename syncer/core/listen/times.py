"""Durations and dates in a sentence. Relative dates count from the day of the call; ambiguous ones are said to be."""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Final

from syncer.core.listen.amounts import SPELLED, shown, spelled

_DAYS: Final = {
    "day": Decimal(1),
    "week": Decimal(7),
    "month": Decimal(30),
    "quarter": Decimal(91),
    "year": Decimal(365),
}
_MONTHS_OF: Final = {"month": Decimal(1), "quarter": Decimal(3), "year": Decimal(12)}
_COUNT: Final = rf"(?:\d{{1,4}}(?:[.,]\d)?|a couple of|a few|half an?|an?|{SPELLED})"
_DURATION: Final = re.compile(
    rf"(?<![\w.,$€£])(?P<low>{_COUNT})(?:\s?(?:business|working|full|calendar)\b)?"
    rf"(?:(?:\s?-\s?|\s+to\s+|\s+or\s+|\s+and\s+)(?P<high>\d{{1,4}}(?:[.,]\d)?|{SPELLED}))?"
    r"[\s-]?(?:business |working |full |calendar |more )?"
    r"(?P<unit>days?|d|weeks?|wks?|months?|mos?|mths?|quarters?|years?|yrs?|y|w)\b(?!\s+ago)",
    re.I,
)
_UNIT: Final = {"d": "day", "w": "week", "m": "month", "q": "quarter", "y": "year"}

_MONTH_NAMES: Final = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
]
_MONTHS: Final = {name: number for number, name in enumerate(_MONTH_NAMES, 1)}
_MONTHS |= {name[:3]: number for name, number in _MONTHS.items()} | {"sept": 9}
_MONTH: Final = "|".join(sorted(_MONTHS, key=len, reverse=True))
_WEEKDAYS: Final = {
    name: number
    for number, name in enumerate(["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"])
}
_WEEKDAY: Final = "|".join(_WEEKDAYS)
_DATE: Final = re.compile(
    rf"(?<![\w/.-])(?:(?P<iso>\d{{4}}-\d{{2}}-\d{{2}})|(?P<a>\d{{1,2}})[./](?P<b>\d{{1,2}})[./](?P<y>\d{{4}}|\d{{2}})"
    rf"|(?P<slash>\d{{1,2}}/\d{{1,2}})(?!\d)"
    rf"|(?P<day1>\d{{1,2}})(?:st|nd|rd|th)?(?: of)? (?P<month1>{_MONTH})\b\.?(?:,? (?P<year1>20\d\d))?"
    rf"|(?P<month2>{_MONTH})\b\.? (?P<day2>\d{{1,2}})(?:st|nd|rd|th)?\b(?!:)(?:,? (?P<year2>20\d\d))?"
    rf"|(?P<edge>end of|end|mid|mid-|early|late|start of|beginning of)[ -]"
    rf"(?P<what>(?P<edgemonth>{_MONTH})\b(?: (?P<edgeyear>20\d\d))?"
    r"|(?:the |this |next )?(?:month|quarter|year|week)\b|(?:fy ?)?q[1-4]\b(?:[ /-]?(?:fy)?'?(?:20)?\d\d\b)?"
    r"|h[12]\b(?: ?'?(?:20)?\d\d\b)?|(?:fy ?'?)?20\d\d\b|fy ?'?\d\d\b)"
    rf"|(?P<month3>{_MONTH})\b(?: (?P<year3>20\d\d))?"
    r"|(?P<quarter>q[1-4])\b(?:[ /-]?(?P<qfy>fy ?)?'?(?P<qyear>(?:20)?\d\d)\b)?"
    r"|(?P<half>h[12])\b(?: ?'?(?P<hyear>(?:20)?\d\d)\b)?"
    r"|fy ?'?(?P<fy>(?:20)?\d\d)\b"
    r"|(?P<rel>today|tomorrow|the day after tomorrow|(?:next|this|coming) (?:week|month|quarter|year))\b"
    rf"|(?P<nextday>next |this |coming |on |by )?(?P<weekday>{_WEEKDAY})\b)(?![\w/])",
    re.I,
)


@dataclass(frozen=True, slots=True)
class Span:
    """A duration in days with the unit that was said, or a date as ISO text: 2026-03-12, 2026-03, 2026-Q3, 2026."""

    start: int
    end: int
    value: str | tuple[Decimal, Decimal] | None
    unit: str
    doubt: str = ""


def durations(read: str, start: int, end: int) -> Iterator[Span]:
    for match in _DURATION.finditer(read, start, end):
        low, vague = _count(match["low"])
        high = _count(match["high"])[0] if match["high"] else low
        unit = _UNIT[match["unit"][0].lower()]
        if low is None or high is None or low > high or (len(match["unit"]) == 1 and not match["low"][0].isdigit()):
            continue
        article = match["low"].lower() in ("a", "an")
        if article and re.search(
            r"[\dk$€£]\s*$|dollars\s*$|euros\s*$", read[max(start, match.start() - 9) : match.start()], re.I
        ):
            continue  # $40k a year: a period, not a duration
        yield Span(match.start(), match.end(), (low, high), unit, "no exact number" if vague else "")


def in_unit(span: Span, unit: str) -> int | float | list[int] | list[float]:
    """A duration in the unit that a fact is declared in."""
    assert isinstance(span.value, tuple)
    return shown(*(_converted(number, span.unit, unit) for number in span.value))


def _converted(number: Decimal, said: str, unit: str) -> Decimal:
    unit = unit.removesuffix("s")
    if said == unit:
        return number
    if said in _MONTHS_OF and unit in _MONTHS_OF:
        return round(number * _MONTHS_OF[said] / _MONTHS_OF[unit], 1)
    return round(number * _DAYS[said] / _DAYS[unit], 1)


def _count(text: str) -> tuple[Decimal | None, bool]:
    lowered = text.lower()
    if lowered in ("a couple of", "a few"):
        return Decimal(2 if "couple" in lowered else 3), True
    if lowered.startswith("half"):
        return Decimal("0.5"), False
    if lowered in ("a", "an"):
        return Decimal(1), False
    if lowered[0].isdigit():
        return Decimal(lowered.replace(",", ".")), False
    value = spelled(lowered)
    return (None if value is None else Decimal(value)), False


def dates(read: str, start: int, end: int, call: date | None, fiscal_start: int = 1) -> Iterator[Span]:
    """Every date in that range. Without `call`, a relative one has no value."""
    for match in _DATE.finditer(read, start, end):
        found = _read(match, call, fiscal_start)
        if found is not None:
            value, unit, doubt = found
            yield Span(
                match.start(), match.end(), value, unit, doubt or ("" if value else "needs the date of the call")
            )


_Found = tuple[str | None, str, str]


def _read(match: re.Match[str], call: date | None, fiscal_start: int) -> _Found | None:
    group = match.groupdict()
    if group["iso"]:
        return _day(*map(int, group["iso"].split("-")))
    if group["a"]:
        return _numeric(int(group["a"]), int(group["b"]), _year(group["y"]))
    if group["slash"]:
        first, second = map(int, group["slash"].split("/"))
        if max(first, second) <= 12 and second != 10 and first != second:
            return None, "day", "month and day can be read both ways"
        return None  # 8/10 is a score sooner than a day
    for number in ("1", "2"):
        if group[f"month{number}"]:
            return _named_day(int(group[f"day{number}"]), group[f"month{number}"], group[f"year{number}"], call)
    if group["edge"]:
        return _edge(group, call, fiscal_start)
    if group["month3"]:
        return _month(group["month3"], group["year3"], call, match[0])
    if group["quarter"]:
        return _quarter(int(group["quarter"][1]), group["qyear"], bool(group["qfy"]), call, fiscal_start)
    if group["half"]:
        year = _year(group["hyear"]) if group["hyear"] else _upcoming(int(group["half"][1]) * 6, call)
        return (f"{year}-{group['half'].upper()}" if year else None), "half", ""
    if group["fy"]:
        return f"FY{_year(group['fy'])}", "fiscal year", ""
    if group["rel"]:
        return _relative(group["rel"].lower(), call)
    return _weekday(group["weekday"].lower(), (group["nextday"] or "").strip().lower(), call)


def _year(text: str) -> int:
    return int(text) if len(text) == 4 else 2000 + int(text)


def _day(year: int, month: int, day: int) -> _Found | None:
    try:
        return date(year, month, day).isoformat(), "day", ""
    except ValueError:
        return None


def _numeric(first: int, second: int, year: int) -> _Found | None:
    if first > 12 or first == second:
        return _day(year, second, first)
    if second > 12:
        return _day(year, first, second)
    return None, "day", "month and day can be read both ways"


def _upcoming(last_month: int, call: date | None) -> int | None:
    """The year in which a span that ends with this month is next seen from the call."""
    if call is None:
        return None
    return call.year if last_month >= call.month else call.year + 1


def _named_day(day: int, name: str, year: str | None, call: date | None) -> _Found | None:
    month = _MONTHS[name.lower()]
    if year:
        return _day(int(year), month, day)
    if call is None:
        return (None, "day", "") if 1 <= day <= 31 else None
    found = _day(call.year, month, day)
    if found and found[0] is not None and found[0] < (call - timedelta(days=31)).isoformat():
        return _day(call.year + 1, month, day)
    return found


def _month(name: str, said_year: str | None, call: date | None, text: str) -> _Found | None:
    if name.lower() in ("may", "march", "mar", "sun") and not text[0].isupper():
        return None
    if len(name) == 3 and name.lower() == "may" and not said_year and text[0] == "M" and call is None:
        return None, "month", ""
    month = _MONTHS[name.lower()]
    year = int(said_year) if said_year else _upcoming(month, call)
    return (f"{year}-{month:02}" if year else None), "month", ""


def _quarter(number: int, said_year: str | None, fiscal: bool, call: date | None, fiscal_start: int) -> _Found:
    if said_year:
        return f"{'FY' if fiscal and fiscal_start != 1 else ''}{_year(said_year)}-Q{number}", "quarter", ""
    if call is None:
        return None, "quarter", ""
    if fiscal_start != 1:
        return None, "quarter", "calendar or fiscal quarter"
    return f"{_upcoming(number * 3, call)}-Q{number}", "quarter", ""


def _edge(group: dict[str, str | None], call: date | None, fiscal_start: int) -> _Found | None:
    edge, what = str(group["edge"]).lower(), str(group["what"]).lower()
    last = edge.startswith("end")
    if group["edgemonth"]:
        found = _month(group["edgemonth"].capitalize(), group["edgeyear"], call, "X")
    elif what[0] == "q" or what.startswith("fy q") or what.startswith("fyq"):
        digits = re.findall(r"\d+", what)
        found = _quarter(int(digits[0]), digits[1] if len(digits) > 1 else None, "fy" in what, call, fiscal_start)
    elif what[0] == "h":
        year = _upcoming(int(what[1]) * 6, call)
        found = (f"{year}-{what[:2].upper()}" if year else None), "half", ""
    elif digits := re.findall(r"\d+", what):
        found = (f"FY{_year(digits[0])}", "fiscal year", "") if "fy" in what else (str(_year(digits[0])), "year", "")
    else:
        words = what.split()
        relative = ("next " if words[0] == "next" else "this ") + words[-1]
        found = _relative(relative, call)
    if found and found[0] and last:
        return _last_day(found)
    return found


def _last_day(found: _Found) -> _Found:
    value, unit, doubt = found
    assert value is not None
    if value.startswith("FY") or unit in ("day", "week"):
        return found
    year = int(value[:4])
    month = {
        "month": lambda: int(value[5:7]),
        "quarter": lambda: int(value[6]) * 3,
        "half": lambda: int(value[6]) * 6,
    }.get(unit, lambda: 12)()
    return date(year, month, monthrange(year, month)[1]).isoformat(), "day", doubt


def _relative(words: str, call: date | None) -> _Found:
    unit = words.split()[-1]
    if unit in ("today", "tomorrow"):
        days = {"today": 0, "tomorrow": 1}.get(words, 2)
        return ((call + timedelta(days=days)).isoformat() if call else None), "day", ""
    if call is None:
        return None, unit, ""
    ahead = 1 if words.startswith("next") else 0
    if unit == "week":
        year, week, _ = (call + timedelta(days=7 * ahead)).isocalendar()
        return f"{year}-W{week:02}", "week", ""
    if unit == "year":
        return str(call.year + ahead), "year", ""
    months = call.year * 12 + call.month - 1 + ahead * (1 if unit == "month" else 3)
    year, month = divmod(months, 12)
    return (f"{year}-{month + 1:02}" if unit == "month" else f"{year}-Q{month // 3 + 1}"), unit, ""


def _weekday(name: str, lead: str, call: date | None) -> _Found | None:
    if call is None:
        return None, "day", ""
    ahead = (_WEEKDAYS[name] - call.weekday()) % 7
    if lead == "next":  # the one of next week
        monday = call + timedelta(days=7 - call.weekday())
        return (monday + timedelta(days=_WEEKDAYS[name])).isoformat(), "day", ""
    return (call + timedelta(days=ahead or 7)).isoformat(), "day", ""
