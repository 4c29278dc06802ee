"""Takes secrets and personal addresses out of text before it reaches a log, an error or a file."""

from __future__ import annotations

import re
from typing import Final

MASK: Final = "***"
_LONGEST: Final = 2_000  # characters of a foreign body that an error text may carry

_PATTERNS: Final = (
    (re.compile(r"(?i)\b(bearer|basic)\s+[\w.~+/!=-]{8,}"), rf"\1 {MASK}"),
    (re.compile(r"\b00D\w{12,15}![\w.]+"), MASK),  # Salesforce session ids
    (re.compile(r"\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*"), MASK),  # JSON web tokens
    (re.compile(r"\bpat-[a-z]{2}\d-[\w-]{8,}"), MASK),  # HubSpot private app tokens
    (
        re.compile(
            r"""(?ix)(["']?\b(?:access_token|refresh_token|client_secret|assertion|password|sessionId|token|hapikey)["']?
            \s*[=:]\s*["']?)[^\s"'&,;}]+"""
        ),
        rf"\1{MASK}",
    ),
    (re.compile(r"-----BEGIN [A-Z ]+-----.*?(?:-----END [A-Z ]+-----|\Z)", re.DOTALL), MASK),
    (re.compile(r"[\w.+%'-]+@((?:[\w-]+\.)+[A-Za-z]{2,})"), rf"{MASK}@\1"),
)


def redact(text: str) -> str:
    """The text without tokens, keys and the local part of e-mail addresses, cut to a readable length."""
    text = text[:_LONGEST]
    for pattern, replacement in _PATTERNS:
        text = pattern.sub(replacement, text)
    return text
