"""Words for the branch codes of registers: what EDGAR calls a branch, and the codes of Companies House in words.

The British code is that of 2007; its first two digits are those of NACE. A code that is not here says nothing.
"""

from __future__ import annotations

import re
from typing import Final

_GROUP: Final = re.compile(r"^services\s*-\s*|(?<=[a-z])-(?=[a-z])", re.IGNORECASE)
_LESS: Final = re.compile(r",?\s*\b(?:nec|no[t]? elsewhere classified)\b\.?|\([^)]*\)", re.IGNORECASE)

_UK_CODES: Final = """
62011 Software|62012 Software|62020 IT services|62030 IT services|62090 IT services|58210 Software|58290 Software
63110 Hosting and data|63120 Internet|64191 Banking|64192 Banking|64209 Holding company|64999 Financial services
65110 Insurance|65120 Insurance|65202 Insurance|66220 Insurance|66300 Financial services|69101 Legal services
69102 Legal services|69201 Accounting|70221 Consulting|70229 Consulting|71129 Engineering|73110 Advertising
80200 Security systems|86101 Hospitals|86210 Medical practice|86900 Health care|52290 Logistics|47190 Retail
47910 Online retail|28990 Machinery|61100 Telecommunications|61200 Telecommunications|61900 Telecommunications
"""
_UK_DIVISIONS: Final = """
01 Agriculture|02 Forestry|05 Mining|06 Oil and gas|07 Mining|08 Mining|10 Food|11 Beverages|13 Textiles|14 Apparel
17 Paper|18 Printing|20 Chemicals|21 Pharmaceuticals|22 Plastics|24 Metals|25 Metals|26 Electronics|27 Electronics
28 Machinery|29 Automotive|30 Aerospace|31 Furniture|32 Manufacturing|35 Utilities|36 Utilities|38 Waste management
41 Construction|42 Construction|43 Construction|45 Automotive|46 Wholesale|47 Retail|49 Transport|50 Shipping
51 Airlines|52 Logistics|53 Logistics|55 Hotels|56 Restaurants|58 Publishing|59 Film|60 Broadcasting
61 Telecommunications|62 IT services|64 Financial services|65 Insurance|66 Financial services|68 Real estate
69 Professional services|70 Consulting|71 Engineering|72 Research|73 Advertising|78 Staffing|79 Travel|84 Government
85 Education|86 Health care|87 Health care|88 Social care|90 Arts|93 Sports
"""


def _table(listed: str) -> dict[str, str]:
    pairs = (item.strip().partition(" ") for item in listed.replace("\n", "|").split("|") if item.strip())
    return {code: words for code, _, words in pairs}


UK_CODES: Final = _table(_UK_CODES)
UK_DIVISIONS: Final = _table(_UK_DIVISIONS)


def of_uk_code(code: str) -> str:
    """`62012` is Software; empty for a code or division that is not in the tables."""
    return UK_CODES.get(code) or UK_DIVISIONS.get(code[:2], "") if re.fullmatch(r"[0-9]{5}", code) else ""


def of_sic_words(words: str) -> str:
    """`Services-Prepackaged Software` without the group in front, and without what is said in brackets."""
    return " ".join(_GROUP.sub(" ", _LESS.sub("", words)).split()).strip(" ,-")
