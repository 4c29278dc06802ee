"""Codes of countries, states and provinces as registers write them, and what they stand for."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Final

from babel import Locale

_US: Final = (
    "AL Alabama|AK Alaska|AZ Arizona|AR Arkansas|CA California|CO Colorado|CT Connecticut|DE Delaware|"
    "DC District of Columbia|FL Florida|GA Georgia|HI Hawaii|ID Idaho|IL Illinois|IN Indiana|IA Iowa|KS Kansas|"
    "KY Kentucky|LA Louisiana|ME Maine|MD Maryland|MA Massachusetts|MI Michigan|MN Minnesota|MS Mississippi|"
    "MO Missouri|MT Montana|NE Nebraska|NV Nevada|NH New Hampshire|NJ New Jersey|NM New Mexico|NY New York|"
    "NC North Carolina|ND North Dakota|OH Ohio|OK Oklahoma|OR Oregon|PA Pennsylvania|PR Puerto Rico|RI Rhode Island|"
    "SC South Carolina|SD South Dakota|TN Tennessee|TX Texas|UT Utah|VT Vermont|VA Virginia|WA Washington|"
    "WV West Virginia|WI Wisconsin|WY Wyoming"
)
_CA: Final = (
    "AB Alberta|BC British Columbia|MB Manitoba|NB New Brunswick|NL Newfoundland and Labrador|NS Nova Scotia|"
    "NT Northwest Territories|NU Nunavut|ON Ontario|PE Prince Edward Island|QC Quebec|SK Saskatchewan|YT Yukon"
)
STATES: Final[Mapping[str, Mapping[str, str]]] = {
    country: {code: name for code, _, name in (item.partition(" ") for item in listed.split("|"))}
    for country, listed in (("US", _US), ("CA", _CA))
}
_SAID_OTHERWISE: Final = {
    "usa": "US", "united states of america": "US", "uk": "GB", "england": "GB", "scotland": "GB", "wales": "GB",
    "northern ireland": "GB", "great britain": "GB", "england & wales": "GB", "england and wales": "GB",
    "republic of ireland": "IE", "eire": "IE", "czech republic": "CZ", "the netherlands": "NL", "holland": "NL",
}  # fmt: skip


def state_name(country: str, code: str) -> str:
    """`US-CA` or `CA` in `US` is California; a code that is not in the tables is left as it is."""
    return STATES.get(country, {}).get(code.rpartition("-")[2], "" if "-" in code else code)


def country_code(text: str) -> str:
    """ISO 3166 alpha-2 of an English country name or of a code; empty where it is neither."""
    wanted = " ".join(text.split())
    if len(wanted) == 2 and wanted.upper() in _territories().values():
        return wanted.upper()
    return _SAID_OTHERWISE.get(wanted.lower()) or _territories().get(wanted.lower(), "")


@lru_cache(maxsize=1)
def _territories() -> Mapping[str, str]:
    names = Locale("en").territories
    return {name.lower(): code for code, name in names.items() if len(code) == 2 and code.isalpha() and code != "ZZ"}
