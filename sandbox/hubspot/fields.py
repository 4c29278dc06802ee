"""Reading a body of unknown shape: each function gives the type it promises, or refuses in the portal's words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sandbox.hubspot.errors import bad_json


def objects(body: Mapping[str, Any], name: str) -> list[dict[str, Any]]:
    """A list of objects; empty when it is left out. Raises PortalRefusal 400, as all of these do."""
    given = body.get(name)
    if given is None:
        return []
    if not isinstance(given, list) or not all(isinstance(each, dict) for each in given):
        raise bad_json(f"{name} must be a list of objects")
    return given


def mapping(body: Mapping[str, Any], name: str) -> dict[str, Any]:
    given = body.get(name)
    if given is None:
        return {}
    if not isinstance(given, dict):
        raise bad_json(f"{name} must be an object")
    return given


def values(body: Mapping[str, Any], name: str) -> list[Any]:
    """A list of plain values."""
    given = body.get(name)
    if given is None:
        return []
    if not isinstance(given, list) or any(isinstance(each, dict | list) for each in given):
        raise bad_json(f"{name} must be a list of plain values")
    return given


def names(body: Mapping[str, Any], name: str) -> list[str]:
    given = values(body, name)
    if not all(isinstance(each, str) for each in given):
        raise bad_json(f"{name} must be a list of names")
    return given


def name_or_none(body: Mapping[str, Any], name: str) -> str | None:
    given = body.get(name)
    if given is not None and not isinstance(given, str):
        raise bad_json(f"{name} must be a text")
    return given or None


def whole(body: Mapping[str, Any], name: str, default: int) -> int:
    """An integer, or the text of one."""
    given = body.get(name)
    if given is None or given == "":
        return default
    try:
        return int(given)
    except (TypeError, ValueError, OverflowError) as error:
        raise bad_json(f"{name} must be an integer") from error
