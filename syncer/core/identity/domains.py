"""Which company a web or mail address belongs to: the registrable domain, and which domains are nobody's.

The public suffix list is the snapshot that comes with tldextract, private suffixes included (two tenants of one host
are two owners); nothing is ever fetched.
"""

from __future__ import annotations

import json
import re
from collections.abc import Set
from functools import lru_cache
from importlib.resources import files
from typing import Final

import tldextract

_SUFFIXES: Final = tldextract.TLDExtract(
    cache_dir=None, suffix_list_urls=(), fallback_to_snapshot=True, include_psl_private_domains=True
)
_LABEL: Final = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)")
_HOST_MAX: Final = 253
NOBODYS: Final[Set[str]] = frozenset()


@lru_cache(maxsize=262_144)
def registrable_domain(text: str) -> str:
    """`https://www.shop.acme.co.uk/x` -> `acme.co.uk`; "" for what is no public host (an IP, a bare word, a suffix)."""
    host = _host(text)
    return _SUFFIXES(host).top_domain_under_public_suffix if host else ""


def domain_label(domain: str) -> str:
    """The part that the owner chose: `acme` of `acme.co.uk`."""
    return domain.partition(".")[0]


def is_free_mail(domain: str, companies: Set[str] = NOBODYS) -> bool:
    """Whether a domain gives addresses to anybody: such a domain names no company, and says nothing against a match.

    `companies` are the domains that an admin knows to be companies although the list holds them.
    """
    return domain in _free_mail() and domain not in companies


def company_domain(text: str, companies: Set[str] = NOBODYS) -> str:
    """The registrable domain of a host or address if it names a company, else ""."""
    domain = registrable_domain(text)
    return "" if not domain or is_free_mail(domain, companies) else domain


def _host(text: str) -> str:
    """The host in ASCII, lower case; "" where there is none."""
    text = text.strip().lower().rpartition("://")[2]
    text = re.split(r"[/?#\\]", text, maxsplit=1)[0].rpartition("@")[2].partition(":")[0]
    host = text.strip(" .<>()\"',;")
    if not host.isascii():
        try:
            host = host.encode("idna").decode("ascii")
        except UnicodeError:
            return ""
    labels = host.split(".")
    if len(host) > _HOST_MAX or len(labels) < 2 or labels[-1].isdigit():
        return ""
    return host if all(map(_LABEL.fullmatch, labels)) else ""


@lru_cache(maxsize=1)
def _free_mail() -> Set[str]:
    return frozenset(json.loads(files(__package__).joinpath("data/free-email-domains.json").read_bytes()))
