"""Numbers and money in a sentence: figures, words, scales, ranges, currencies, periods."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

_ONES: Final = [
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
]
_ONES += ["seventeen", "eighteen", "nineteen"]
_TENS: Final = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
_WORDS: Final = {
    **{word: number for number, word in enumerate(_ONES)},
    **{word: 10 * number for number, word in enumerate(_TENS, 2)},
}
_MULTIPLES: Final = {"hundred": 100, "thousand": 1_000, "grand": 1_000, "million": 1_000_000, "billion": 1_000_000_000}
_SCALES: Final = {
    "k": 1_000, "thousand": 1_000, "grand": 1_000, "thsd": 1_000, "m": 1_000_000, "mm": 1_000_000, "mn": 1_000_000,
    "mio": 1_000_000, "mil": 1_000_000, "million": 1_000_000, "bn": 1_000_000_000, "billion": 1_000_000_000,
}  # fmt: skip
_CURRENCIES: Final = {
    "$": "USD", "us$": "USD", "usd": "USD", "dollar": "USD", "dollars": "USD", "bucks": "USD", "€": "EUR", "eur": "EUR",
    "euro": "EUR", "euros": "EUR", "£": "GBP", "gbp": "GBP", "pounds": "GBP", "quid": "GBP", "chf": "CHF",
    "francs": "CHF", "cad": "CAD", "c$": "CAD", "aud": "AUD", "a$": "AUD", "sek": "SEK", "nok": "NOK", "dkk": "DKK",
    "inr": "INR", "₹": "INR", "jpy": "JPY", "¥": "JPY", "yen": "JPY", "pln": "PLN", "sgd": "SGD", "nzd": "NZD",
}  # fmt: skip

_WORD: Final = "|".join((*_ONES[1:], *_TENS))
SPELLED: Final = (
    rf"(?:(?:half )?a |(?:{_WORD})(?:[- ](?:{_WORD}))?(?: |-))?"
    r"(?:hundred|thousand|grand|million)(?: thousand| grand)?\b"
    rf"|\b(?:{_WORD})(?:[- ](?:{_WORD}))?\b"
)
FIGURE: Final = r"\d{1,3}(?:[,.' ]\d{3})+(?![\d])(?:[.,]\d{1,2}(?!\d))?|\d{1,12}(?:[.,]\d{1,4})?"
_SCALE: Final = r"(?:\s?(?:thousand|million|billion|grand|thsd|mio|mil|bn|mn|mm|k|m)(?![A-Za-z0-9]))"
_SIGN: Final = r"(?:us\$|c\$|a\$|[$€£₹¥])"
_CODE: Final = r"(?:usd|eur|gbp|chf|cad|aud|sek|nok|dkk|inr|jpy|pln|sgd|nzd)"
_AFTER: Final = rf"(?:\s?(?:{_CODE}\b|dollars?\b|euros?\b|pounds\b|bucks\b|quid\b|francs\b|yen\b|[$€£]))"
_ONE: Final = r"(?:{sign}\s?|\b{code}\s?)?(?:{number}){scale}?"
_AMOUNT: Final = re.compile(
    rf"(?<![\w.,/])(?P<before1>{_SIGN}\s?|\b{_CODE}\s?)?(?P<first>{FIGURE}|{SPELLED})(?P<scale1>{_SCALE})?(?P<after1>{_AFTER})?"
    rf"(?:(?P<to>\s?-\s?|\s+to\s+|\s+and\s+|\s+or\s+)(?P<before2>{_SIGN}\s?|\b{_CODE}\s?)?(?P<second>{FIGURE}|{SPELLED})(?P<scale2>{_SCALE})?"
    rf"(?P<after2>{_AFTER})?)?(?![\w%])",
    re.I,
)
_MOVED: Final = re.compile(
    r"(?:cut|raised?|increased?|reduced|grew|went|up|down|rose|fell|moved)(?: \w+)? from\s*$", re.I
)
_PERIOD: Final = re.compile(
    r"\s*[,(]?\s*(?:(?:(?:per|a|an|each|every|/)\s?(?P<unit>year|annum|yr|y|month|mo|m|quarter|qtr|q|week|day|hour|seat|user|"
    r"licen[cs]e|head|agent|employee|person)\b)"
    r"|(?P<adverb>annually|yearly|monthly|quarterly|p\.?a\b|pcm\b|in total|overall|one-off|one-time|in all))",
    re.I,
)
_UNITS: Final = {
    "year": "year", "annum": "year", "yr": "year", "y": "year", "annually": "year", "yearly": "year", "p.a": "year",
    "pa": "year", "month": "month", "mo": "month", "m": "month", "monthly": "month", "pcm": "month",
    "quarter": "quarter", "qtr": "quarter", "q": "quarter", "quarterly": "quarter", "in total": "total",
    "overall": "total", "one-off": "total", "one-time": "total", "in all": "total",
}  # fmt: skip
PER_YEAR: Final = {"year": 1, "quarter": 4, "month": 12}


@dataclass(frozen=True, slots=True)
class Amount:
    """A number or a range with its place; `currency` and `period` are empty where nothing is said of them."""

    low: Decimal
    high: Decimal
    start: int
    end: int
    currency: str = ""
    period: str = ""  # year, quarter, month, total, or what it is for: seat, user, ...
    scaled: bool = False  # said with k, thousand, million
    doubt: str = ""
    spelled: bool = False

    @property
    def ranged(self) -> bool:
        return self.low != self.high


def plain(number: Decimal) -> int | float:
    return int(number) if number == number.to_integral_value() else float(number)


def shown(low: Decimal, high: Decimal) -> int | float | list[int] | list[float]:
    """A number, or the two ends of a range."""
    return plain(low) if low == high else [plain(low), plain(high)]  # type: ignore[return-value]


def amounts(read: str, start: int, end: int) -> Iterator[Amount]:
    """Every number in that range, with or without a currency."""
    for match in _AMOUNT.finditer(read, start, end):
        yield from _amounts(read, match, end)


def _amounts(read: str, match: re.Match[str], end: int) -> Iterator[Amount]:
    first = _number(match["first"], match["scale1"], match["before1"], match["after1"])
    if first is None:
        return
    if match["second"] is None:
        yield _with_period(read, match.start("first"), match.end(), end, [first], match, 1)
        return
    second = _number(match["second"], match["scale2"], match["before2"], match["after2"])
    joined = match["to"].strip()
    between = joined == "and" and read[max(0, match.start() - 9) : match.start()].lower().strip().endswith("between")
    moved = joined == "to" and _MOVED.search(read, max(0, match.start() - 24), match.start())
    if second is not None and moved:  # cut from 40k to 20k: the second one holds
        place = match.start("before2") if match["before2"] else match.start("second")
        yield _with_period(read, place, match.end(), end, [second], match, 2)
        return
    if (
        second is not None
        and (joined in ("-", "to", "or") or between)
        and not (joined == "or" and second[0] <= first[0])
    ):
        if match["scale2"] and not match["scale1"] and first[0] < second[0] and first[0] < 1000:
            first = (first[0] * _SCALES[match["scale2"].strip().lower()], first[1])  # 20-30k
        if first[0] <= second[0]:
            yield _with_period(read, match.start(), match.end(), end, [first, second], match, 2)
            return
    cut = match.end("after1") if match["after1"] else match.end("scale1") if match["scale1"] else match.end("first")
    yield _with_period(read, match.start(), cut, end, [first], match, 1)
    if second is not None:
        place = match.start("before2") if match["before2"] else match.start("second")
        yield _with_period(read, place, match.end(), end, [second], match, 2)


def _with_period(
    read: str, start: int, stop: int, end: int, numbers: list[tuple[Decimal, str]], match: re.Match[str], last: int
) -> Amount:
    period = _PERIOD.match(read, stop, end)
    unit = (period["unit"] or period["adverb"]).lower().rstrip(".") if period else ""
    if period and unit == "m" and "/" not in period[0]:
        period, unit = None, ""
    signs = [match[name] for name in ("before1", "after1", "before2", "after2") if match[name]]
    if len(numbers) == 1:
        signs = [match[name] for name in (f"before{last}", f"after{last}") if match[name]] or signs
    currency = next((_CURRENCIES[sign.strip().lower()] for sign in signs), "")
    scaled = bool(match["scale1"] or match["scale2"]) if len(numbers) == 2 else bool(match[f"scale{last}"])
    text = match["first" if last == 1 else "second"]
    doubt = next((doubt for _, doubt in numbers if doubt), "")
    lead = match["before1"] if last == 1 or len(numbers) == 2 else None
    return Amount(
        min(number for number, _ in numbers),
        max(number for number, _ in numbers),
        match.start() if lead else start,
        period.end() if period else stop,
        currency,
        _UNITS.get(unit, unit),
        scaled or any(word in text.lower() for word in _MULTIPLES),
        doubt,
        not text[0].isdigit(),
    )


def _number(text: str, scale: str | None, before: str | None, after: str | None) -> tuple[Decimal, str] | None:
    """The value, and a doubt where 1.500 may be one and a half or fifteen hundred."""
    times = _SCALES[scale.strip().lower()] if scale else 1
    if not text[0].isdigit():
        value = spelled(text)
        return None if value is None else (Decimal(value) * times, "")
    groups = re.split(r"[,.' ]", text)
    separators = re.sub(r"\d", "", text)
    if len(groups) == 1:
        return Decimal(text) * times, ""
    thousands = all(len(group) == 3 for group in groups[1:]) and len(set(separators)) == 1
    if thousands and not (len(groups) == 2 and scale):
        doubt = (
            "1.500 may be one and a half"
            if separators == "." and "€" not in f"{before}{after}" and not _euro(before, after)
            else ""
        )
        return Decimal("".join(groups)) * times, doubt
    if len(groups) == 2 and groups[0] and len(groups[1]) <= 4:
        return Decimal(f"{groups[0]}.{groups[1]}") * times, ""
    return Decimal("".join(groups[:-1]) + "." + groups[-1]) * times, ""


def _euro(before: str | None, after: str | None) -> bool:
    return any(word in f"{before} {after}".lower() for word in ("eur", "chf"))


def spelled(text: str) -> int | None:
    """A number in words: twelve, twenty-five, forty thousand, half a million; nothing for other words."""
    total, current, half = 0, 0, False
    words = re.split(r"[\s-]+", text.lower())
    for word in words:
        if word == "half":
            half = True
        elif word in _WORDS:
            current += _WORDS[word]
        elif word in _MULTIPLES:
            current = (current or 1) * _MULTIPLES[word]
        elif word != "a":
            return None
    total += current
    return total // 2 if half else total
