"""Amounts of money with their currency; nothing is converted without a rate that somebody gave."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Final

from babel.core import get_global

from syncer.core.identity.fold import fold

_SIGNS: Final = {
    **{"us$": "USD", "c$": "CAD", "ca$": "CAD", "a$": "AUD", "au$": "AUD", "nz$": "NZD", "s$": "SGD", "hk$": "HKD"},
    **{"r$": "BRL", "mx$": "MXN", "$": "USD", "€": "EUR", "£": "GBP", "¥": "JPY", "₹": "INR", "₩": "KRW", "₽": "RUB"},
    **{"zł": "PLN", "zl": "PLN", "₺": "TRY", "₪": "ILS", "฿": "THB", "₫": "VND", "₴": "UAH", "kč": "CZK", "kc": "CZK"},
    **{"euro": "EUR", "euros": "EUR", "dollar": "USD", "dollars": "USD", "pounds": "GBP", "fr": "CHF", "yen": "JPY"},
}
_SCALES: Final = {
    **dict.fromkeys(("k", "tsd", "thousand", "mille"), Decimal(1_000)),
    **dict.fromkeys(("m", "mm", "mn", "mio", "mil", "million", "millions", "millionen"), Decimal(1_000_000)),
    **dict.fromkeys(("b", "bn", "mrd", "billion", "billions", "milliarden"), Decimal(1_000_000_000)),
    **dict.fromkeys(("t", "tn", "trillion"), Decimal(1_000_000_000_000)),
}
_FIGURE: Final = re.compile(r"\d{1,3}(?:[,.'\u2019 ]\d{3})+(?:[.,]\d{1,2})?(?!\d)|\d{1,15}(?:[.,]\d{1,4})?(?!\d)")
_WORD: Final = re.compile(r"(?:[a-z]{1,2})?[$€£¥₹₩₽₺₪฿₫₴]|[^\W\d_]+")


@dataclass(frozen=True, slots=True)
class Money:
    """From `low` to `high`, equal for one figure; `currency` is an ISO 4217 code, "" where the text names none."""

    low: Decimal
    high: Decimal
    currency: str


class NoRateError(ValueError):
    """A conversion was asked for, and nobody gave the rate."""


def money(text: str) -> Money | None:
    """Reads `€1.5m`, `USD 10,000`, `1.234,56 EUR`, `$10-20 million`; None unless one or two figures stand there.

    A bare `$` is the US dollar, as both CRMs read it. Two currencies in one text are no amount.
    """
    plain = fold(text)
    figures = list(_FIGURE.finditer(plain))
    if not 1 <= len(figures) <= 2:
        return None
    found = {code for word in _WORD.findall(plain) if (code := _currency(word))}
    if len(found) > 1:
        return None
    scales = [_scale(plain[match.end() :]) for match in figures]
    amounts = [_decimal(match.group()) for match in figures]
    if len(scales) == 2 and scales[0] == 1 and amounts[0] < amounts[1] * scales[1]:
        scales[0] = scales[1] if amounts[0] < 1_000 else scales[0]  # the scale of a range stands once, at its end
    low, high = amounts[0] * scales[0], amounts[-1] * scales[-1]
    return Money(low, high, next(iter(found), "")) if low <= high else None


def converted(amount: Money, currency: str, rates: Mapping[tuple[str, str], Decimal]) -> Money:
    """The amount in another currency by the given rates (from, to). Raises NoRateError where there is none."""
    if amount.currency == currency:
        return amount
    rate = rates.get((amount.currency, currency))
    if rate is None:
        raise NoRateError(
            f"no rate from {amount.currency or 'an unnamed currency'} to {currency}: name one, or leave it"
        )
    return Money(amount.low * rate, amount.high * rate, currency)


def _currency(word: str) -> str:
    if word in _SIGNS:
        return _SIGNS[word]
    if word[-1] in "$€£¥₹₩₽₺₪฿₫₴":
        return _SIGNS[word[-1]]
    return word.upper() if len(word) == 3 and word.upper() in _codes() else ""


@lru_cache(maxsize=1)
def _codes() -> frozenset[str]:
    listed = get_global("territory_currencies").values()
    return frozenset(entry[0] for entries in listed for entry in entries)


def _scale(rest: str) -> Decimal:
    found = re.match(r"\s?([a-z]+)", rest)
    return _SCALES.get(found[1], Decimal(1)) if found else Decimal(1)


def _decimal(figure: str) -> Decimal:
    """Reads both ways of writing: the last mark is decimal, unless three digits follow or it stands more than once."""
    figure = re.sub(r"['\u2019 ]", "", figure)
    marks = [sign for sign in figure if sign in ".,"]
    if not marks:
        return Decimal(figure)
    last = figure.rfind(marks[-1])
    decimals = len(figure) - last - 1
    grouped = marks.count(marks[-1]) > 1 or (decimals == 3 and figure[:last] != "0" and len(set(marks)) == 1)
    if grouped:
        return Decimal(figure.replace(".", "").replace(",", ""))
    return Decimal(re.sub(r"[.,]", "", figure[:last]) + "." + figure[last + 1 :])
