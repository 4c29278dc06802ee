"""States and provinces that people write as a code or in full, by country."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

_US: Final = (
    "AL Alabama, AK Alaska, AZ Arizona, AR Arkansas, CA California, CO Colorado, CT Connecticut, DE Delaware, DC "
    "District of Columbia, FL Florida, GA Georgia, HI Hawaii, ID Idaho, IL Illinois, IN Indiana, IA Iowa, KS "
    "Kansas, KY Kentucky, LA Louisiana, ME Maine, MD Maryland, MA Massachusetts, MI Michigan, MN Minnesota, MS "
    "Mississippi, MO Missouri, MT Montana, NE Nebraska, NV Nevada, NH New Hampshire, NJ New Jersey, NM New "
    "Mexico, NY New York, NC North Carolina, ND North Dakota, OH Ohio, OK Oklahoma, OR Oregon, PA Pennsylvania, "
    "RI Rhode Island, SC South Carolina, SD South Dakota, TN Tennessee, TX Texas, UT Utah, VT Vermont, VA "
    "Virginia, WA Washington, WV West Virginia, WI Wisconsin, WY Wyoming, PR Puerto Rico "
)
_CA: Final = (
    "AB Alberta, BC British Columbia, MB Manitoba, NB New Brunswick, NL Newfoundland and Labrador, NS Nova "
    "Scotia, ON Ontario, PE Prince Edward Island, QC Quebec, SK Saskatchewan, NT Northwest Territories, NU "
    "Nunavut, YT Yukon "
)
_AU: Final = (
    "NSW New South Wales, VIC Victoria, QLD Queensland, SA South Australia, WA Western Australia, TAS Tasmania, "
    "ACT Australian Capital Territory, NT Northern Territory "
)


def _table(listed: str) -> Mapping[str, str]:
    """Name in lower case -> code."""
    pairs = (item.strip().partition(" ") for item in listed.split(","))
    return {name.lower(): code for code, _, name in pairs}


STATES: Final[Mapping[str, Mapping[str, str]]] = {"US": _table(_US), "CA": _table(_CA), "AU": _table(_AU)}
