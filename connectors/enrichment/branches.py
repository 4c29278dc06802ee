"""Words for the branch codes of registers: those of EDGAR (SIC of 1987) and those of Companies House.

The British code is that of 2007; its first two digits are those of NACE. A code that is not here says nothing.
"""

from __future__ import annotations

import re
from typing import Final

_GROUP: Final = re.compile(r"^services\s*-\s*|(?<=[a-z])-(?=[a-z])", re.IGNORECASE)
_LESS: Final = re.compile(r",?\s*\b(?:nec|no[t]? elsewhere classified)\b\.?|\([^)]*\)", re.IGNORECASE)

_UK_CODES: Final = """
62011 Software|62012 Software|62020 IT services|62030 IT services|62090 IT services|58210 Software|58290 Software
63110 Hosting and data|63120 Internet|64191 Banking|64192 Banking|64999 Financial services
65110 Insurance|65120 Insurance|65202 Insurance|66220 Insurance|66300 Financial services|69101 Legal services
69102 Legal services|69201 Accounting|70221 Consulting|70229 Consulting|71129 Engineering and research|73110 Advertising
86101 Hospitals|86210 Medical practice|86900 Health care|52290 Logistics|47190 Retail
47910 Online retail|28990 Machinery|61100 Telecommunications|61200 Telecommunications|61900 Telecommunications
"""
_UK_DIVISIONS: Final = """
01 Agriculture|02 Forestry|05 Mining|06 Oil and gas|07 Mining|08 Mining|10 Food|11 Beverages|13 Textiles|14 Apparel
17 Paper|18 Media|20 Chemicals|21 Pharmaceuticals|22 Plastics|24 Metals|25 Metals|26 Electronics|27 Electronics
28 Machinery|29 Automotive|30 Aerospace|31 Consumer goods|32 Manufacturing|35 Utilities|36 Utilities|38 Utilities
41 Construction|42 Construction|43 Construction|45 Automotive|46 Wholesale|47 Retail|49 Logistics|50 Shipping
51 Airlines|52 Logistics|53 Logistics|55 Hotels|56 Restaurants|58 Publishing|59 Film|60 Broadcasting
61 Telecommunications|62 IT services|64 Financial services|65 Insurance|66 Financial services|68 Real estate
70 Consulting|71 Engineering and research|72 Research|73 Advertising|78 Staffing|79 Travel|84 Government
85 Education|86 Health care|87 Health care|88 Health care|90 Arts|93 Sports
"""
_US_CODES: Final = """
7370 IT services|7371 Software|7372 Software|7373 IT services|7374 Hosting and data|7377 IT services|7311 Advertising
2834 Pharmaceuticals|2836 Biotechnology|3571 Computer hardware|3572 Computer hardware
3576 Computer hardware|3577 Computer hardware|3674 Semiconductors|3711 Automotive|3714 Automotive|3721 Aerospace
3760 Aerospace|3841 Medical devices|3845 Medical devices|4841 Media|5045 Wholesale|5961 Online retail
6798 Real estate|7389 Business services|8111 Legal services|8700 Engineering and research|8742 Consulting
"""
_US_GROUPS: Final = """
01 Agriculture|02 Agriculture|10 Mining|12 Mining|13 Oil and gas|14 Mining|15 Construction|16 Construction
17 Construction|20 Food|21 Consumer goods|22 Textiles|23 Apparel|25 Consumer goods|26 Paper|27 Publishing|28 Chemicals
29 Oil and gas|30 Plastics|33 Metals|34 Metals|35 Machinery|36 Electronics|37 Automotive|38 Electronics
39 Manufacturing|40 Logistics|42 Logistics|44 Shipping|45 Airlines|47 Logistics|48 Telecommunications|49 Utilities
50 Wholesale|51 Wholesale|52 Retail|53 Retail|54 Retail|55 Retail|56 Retail|57 Retail|58 Restaurants|59 Retail
60 Banking|61 Financial services|62 Capital markets|63 Insurance|64 Insurance|65 Real estate|67 Financial services
70 Hotels|78 Film|79 Arts|80 Health care|82 Education|83 Health care|87 Engineering and research
"""


def _table(listed: str) -> dict[str, str]:
    pairs = (item.strip().partition(" ") for item in listed.replace("\n", "|").split("|") if item.strip())
    return {code: words for code, _, words in pairs}


UK_CODES: Final = _table(_UK_CODES)
UK_DIVISIONS: Final = _table(_UK_DIVISIONS)
US_CODES: Final = _table(_US_CODES)
US_GROUPS: Final = _table(_US_GROUPS)


def of_uk_code(code: str) -> str:
    """`62012` is Software; empty for a code or division that is not in the tables."""
    return UK_CODES.get(code) or UK_DIVISIONS.get(code[:2], "") if re.fullmatch(r"[0-9]{5}", code) else ""


def of_sic(code: str, words: str) -> str:
    """7372 is Software; of a code that is not in the tables the register's own words, less what is in brackets."""
    known = US_CODES.get(code) or US_GROUPS.get(code[:2]) if re.fullmatch(r"[0-9]{4}", code) else None
    return known or " ".join(_GROUP.sub(" ", _LESS.sub("", words)).split()).strip(" ,-")
