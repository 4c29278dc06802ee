"""Canonical values: what two sides are compared by.

A canonical value is None (BLANK), str, bool, int, Decimal, or a frozenset of str (multi-select). Dates are ISO text,
instants are integers (ms, UTC), references are link ids. MISSING means "no base yet", which is not BLANK.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from enum import Enum
from typing import Final

Raw = str | int | float | bool | None  # as the vendor's JSON had it
Lookup = Mapping[str, str]  # raw id -> canonical: link id of an account, e-mail address of an owner
Canonical = None | str | bool | int | Decimal | frozenset[str]


class Missing(Enum):
    """The type of MISSING, so that `match` and `is` work and JSON can never produce it by accident."""

    MISSING = "missing"


MISSING: Final = Missing.MISSING
BLANK: Final = None
Base = Canonical | Missing


class UncanonicalError(ValueError):
    """A raw value that its declared type cannot read; the message names the value's type, never the value."""


class UnmappableError(ValueError):
    """A canonical value that the target field cannot hold; `reason` is a code such as too_long or unknown_option."""

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason
