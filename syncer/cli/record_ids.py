"""Ids as people copy them: Salesforce's pages and reports show 15 characters, the state knows all 18."""

from __future__ import annotations

import re
from typing import Final

import typer

_SHORT: Final = re.compile(r"(?=.*[0-9])[A-Za-z0-9]{15}", re.ASCII)


def full_id(text: str) -> str:
    """The 18 characters of a Salesforce id that was given with 15; everything else as it is."""
    if not _SHORT.fullmatch(text):
        return text
    from connectors.salesforce.ids import to18

    return to18(text)


SUBJECT: Final = typer.Argument(
    metavar="SUBJECT",
    callback=full_id,
    help="An e-mail address, a domain, a Salesforce id (15 or 18 characters), hs:123, or our id.",
)
