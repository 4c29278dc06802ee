"""E-mail addresses and telephone numbers in one form."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import phonenumbers

from syncer.core.identity.domains import registrable_domain

_ADDRESS: Final = re.compile(r"([^\s@<>,;:\"()\[\]\\]{1,64})@([^\s@<>,;:\"()\[\]\\/]{1,253})")
_DOTS_MEAN_NOTHING: Final = frozenset(("gmail.com", "googlemail.com"))
_EXTENSION: Final = re.compile(r"(?:ext\.?|extension|;ext=|x|#|durchwahl)\s*\d{1,7}\s*$", re.IGNORECASE)
_LONGEST: Final = 400
_TAIL: Final = 9  # digits that tell one line from another whatever stands before: trunk zero, country code


@dataclass(frozen=True, slots=True)
class Email:
    """`address` is what to write to; `mailbox` is the same for all spellings of one mailbox (tags and dots removed)."""

    address: str
    mailbox: str
    domain: str  # registrable; "" where the host is not public


def email(text: str) -> Email | None:
    """Reads `Ann <Ann+news@Acme.com>` as well as the bare address; None unless there is exactly one."""
    found = _ADDRESS.findall(text[:_LONGEST])
    if len(found) != 1:
        return None
    local, host = found[0][0].lower(), found[0][1].lower().strip(".")
    if "." not in host or not local.strip("."):
        return None
    box = local.partition("+")[0] or local
    if host in _DOTS_MEAN_NOTHING:
        box, mail_host = box.replace(".", "") or box, "gmail.com"
    else:
        mail_host = host
    return Email(f"{local}@{host}", f"{box}@{mail_host}", registrable_domain(host))


@lru_cache(maxsize=65_536)
def phone(text: str, country: str = "") -> str:
    """E.164, with `;ext=` for an extension; "" for what cannot be a number, or needs a country that is not given."""
    try:
        number = phonenumbers.parse(text[:_LONGEST], country or None)
    except phonenumbers.NumberParseException:
        return ""
    if not phonenumbers.is_possible_number(number):
        return ""
    plain = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    return f"{plain};ext={number.extension}" if number.extension else plain


def phone_tail(text: str) -> str:
    """The last nine digits without the extension: equal for one line however it is written; "" if there are fewer."""
    digits = "".join(sign for sign in _EXTENSION.sub("", text[:_LONGEST]) if sign.isascii() and sign.isdigit())
    tail = digits[-_TAIL:]
    return tail if len(tail) == _TAIL and len(set(tail)) > 2 else ""
