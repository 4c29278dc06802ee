"""The seeded companies as public registers hold them: legal name, numbers, branch codes, and namesakes beside them."""

from __future__ import annotations

from typing import Final

from sandbox.population.world import Company

_FORMS: Final = {
    "US": "Inc.", "CA": "Corporation", "GB": "Limited", "IE": "Limited", "DE": "GmbH", "FR": "SAS", "SE": "AB",
}  # fmt: skip
_STATES: Final = {"California": "CA", "Texas": "TX", "Massachusetts": "MA", "New York": "NY"}

# SIC code and its words as EDGAR has them, and the UK's code, by trade.
BRANCHES: Final = {
    "IT security": ("7372", "Services-Prepackaged Software", "62090"),
    "Software": ("7372", "Services-Prepackaged Software", "62012"),
    "IT services": ("7373", "Services-Computer Integrated Systems Design", "62020"),
    "Telecommunications": ("4813", "Telephone Communications (No Radiotelephone)", "61900"),
    "Banking": ("6022", "State Commercial Banks", "64191"),
    "Insurance": ("6331", "Fire, Marine & Casualty Insurance", "65120"),
    "Health care": ("8062", "Services-General Medical & Surgical Hospitals, NEC", "86101"),
    "Retail": ("5331", "Retail-Variety Stores", "47190"),
    "Manufacturing": ("3560", "General Industrial Machinery & Equipment", "28990"),
    "Logistics": ("4731", "Arrangement of Transportation of Freight & Cargo", "52290"),
}


def legal_name(company: Company, word: str = "") -> str:
    """The name with its legal form; `word` stands before the form: how a relative of the company is called."""
    middle = f" {word}" if word else ""
    return f"{company.name}{middle} {_FORMS[company.place.code]}"


def state_code(company: Company) -> str:
    """`CA`; empty outside the United States and Canada."""
    return {"US": _STATES.get(company.place.state, ""), "CA": "ON"}.get(company.place.code, "")


def lei(seed: int, number: int, kind: str = "H") -> str:
    """20 characters whose check digits are right (ISO 17442: the number modulo 97 is 1); `kind` is one letter."""
    stem = f"5299{seed % 100:02d}{kind}{number:011d}"
    digits = "".join(str(int(sign, 36)) for sign in f"{stem}00")
    return f"{stem}{98 - int(digits) % 97:02d}"


def lei_company(seed: int, text: str) -> int | None:
    """The number of the company that bears this identifier itself; None where no company could."""
    if len(text) != 20 or not text[7:18].isdecimal() or text != lei(seed, int(text[7:18])):
        return None
    return int(text[7:18])


def cik(seed: int, number: int) -> int:
    """A number of the American regulator: distinct for each company."""
    return 1_000_000 + (number * 7_919 + seed) % 900_000 + 900_000 * (number // 900_000)


def uk_number(seed: int, number: int) -> str:
    """Eight digits from which `uk_company` finds the company again."""
    return f"{(number * 31 + seed * 1_009 + 3_000_000) % 100_000_000:08d}"


def uk_company(seed: int, text: str) -> int | None:
    """The company's number in the world; None where no company could have this one."""
    if len(text) != 8 or not (text.isascii() and text.isdecimal()):
        return None
    number, rest = divmod((int(text) - seed * 1_009 - 3_000_000) % 100_000_000, 31)
    return None if rest else number
