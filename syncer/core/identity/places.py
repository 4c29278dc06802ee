"""Countries, states and cities in one form: ISO codes where there are some, folded words where there are none."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Final

from babel import Locale
from babel.core import get_global

from syncer.core.identity.fold import fold, squeezed
from syncer.core.identity.states import STATES

_LANGUAGES: Final = (
    *("en", "de", "fr", "es", "it", "pt", "nl", "sv", "da", "nb", "fi", "is", "pl", "cs", "sk", "sl", "hr", "sr", "bg"),
    *("ro", "hu", "el", "ru", "uk", "tr", "lt", "lv", "et", "ja", "zh", "zh_Hant", "ko", "he", "ar", "hi", "th", "vi"),
    "id",
)  # whose names of countries are read
_OTHERWISE: Final[Mapping[str, str]] = {
    "america": "US",
    "u s": "US",
    "u s a": "US",
    "the united states": "US",
    "united states of america": "US",
    "u k": "GB",
    "great britain": "GB",
    "britain": "GB",
    "england": "GB",
    "scotland": "GB",
    "wales": "GB",
    "northern ireland": "GB",
    "holland": "NL",
    "the netherlands": "NL",
    "korea": "KR",
    "republic of korea": "KR",
    "russian federation": "RU",
    "czech republic": "CZ",
    "viet nam": "VN",
    "uae": "AE",
    "republic of ireland": "IE",
    "eire": "IE",
    "prc": "CN",
    "peoples republic of china": "CN",
    "hong kong": "HK",
    "macau": "MO",
    "taiwan roc": "TW",
    "brd": "DE",
    "turkey": "TR",
    "ivory coast": "CI",
    "swaziland": "SZ",
    "burma": "MM",
    "macedonia": "MK",
}


@lru_cache(maxsize=16_384)
def country(text: str) -> str:
    """ISO 3166 code of two letters, from any ISO code or a name in many languages; "" for what is no country."""
    key = squeezed(text)
    if not key:
        return ""
    if key in _OTHERWISE:
        return _OTHERWISE[key]
    code = key.replace(" ", "").upper()
    if len(code) == 2 and code in _codes():
        return code
    if len(code) in (2, 3) and (known := get_global("territory_aliases").get(code)) and known[0] in _codes():
        return known[0]
    return _english().get(key) or _local_names().get(key, "")


def state(text: str, country_code: str = "") -> str:
    """The short code of a state or province of a country that abbreviates them (US, CA, AU), else the folded words."""
    key = squeezed(text)
    for known_country, states in STATES.items():
        if not country_code or country_code == known_country:
            code = key.replace(" ", "").upper()
            if code in states.values():
                return code
            if key in states:
                return states[key]
    return key


def city(text: str) -> str:
    """Folded words before the first comma or bracket; `St. Louis` equals `Saint Louis`."""
    folded = squeezed(fold(text).partition(",")[0].partition("(")[0])
    return " ".join({"st": "saint", "ste": "sainte", "ft": "fort", "mt": "mount"}.get(w, w) for w in folded.split())


@lru_cache(maxsize=1)
def _codes() -> frozenset[str]:
    named = Locale("en").territories
    return frozenset(code for code in named if len(code) == 2 and code.isalpha()) - {
        "EU",
        "EZ",
        "UN",
        "XA",
        "XB",
        "ZZ",
        "QO",
    }


@lru_cache(maxsize=1)
def _english() -> Mapping[str, str]:
    return _names_of("en")


@lru_cache(maxsize=1)
def _local_names() -> Mapping[str, str]:
    """Names in all languages that are read; where two languages mean two countries by one word, neither is meant."""
    known: dict[str, str] = {}
    for language in _LANGUAGES:
        for name, code in _names_of(language).items():
            known[name] = code if known.get(name, code) == code else ""
    return known


def _names_of(language: str) -> dict[str, str]:
    named = Locale.parse(language).territories
    return {squeezed(name): code for code, name in named.items() if code in _codes() and squeezed(name)}
