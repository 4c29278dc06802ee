"""Canonical equality of raw values of one mapped field."""

from __future__ import annotations

from syncer.core.canon import canoniser
from syncer.core.fields import FieldType, KindMap, SideName
from syncer.core.values import Raw, UncanonicalError


def same_value(kind: KindMap, side: SideName, name: str, a: Raw, b: Raw) -> bool:
    """Whether two raw values of that side mean the same; references are compared by id."""
    if a == b:
        return True
    item = kind.field_named(name)
    if item.type is FieldType.REFERENCE:
        return (a or None) == (b or None)
    canon = canoniser(item, side)
    try:
        return canon(a) == canon(b)
    except UncanonicalError:
        return False
