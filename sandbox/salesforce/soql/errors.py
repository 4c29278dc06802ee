"""Refusals of a query in the server's words: the line, a caret under the token, row and column, and what is wrong."""

from __future__ import annotations

from typing import Final

from sandbox.kernel import Refusal

MALFORMED, FIELD, TYPE = "MALFORMED_QUERY", "INVALID_FIELD", "INVALID_TYPE"
_AROUND: Final = 80  # characters of the line shown on each side of the token
_REFERENCE: Final = "Please reference your WSDL or the describe call for the appropriate names."


def at_token(code: str, text: str, at: int, why: str) -> Refusal:
    """The refusal that points at an offset of the query."""
    start = text.rfind("\n", 0, at) + 1
    end = text.find("\n", at)
    row, column = text.count("\n", 0, at) + 1, at - start + 1
    left = max(start, at - _AROUND)
    line = text[left : min(len(text) if end < 0 else end, at + _AROUND)]
    caret = " " * (at - left) + "^"
    return Refusal(400, code, f"\n{line}\n{caret}\nERROR at Row:{row}:Column:{column}\n{why}")


def unexpected(text: str, at: int, token: str) -> Refusal:
    return at_token(MALFORMED, text, at, f"unexpected token: '{token}'")


def malformed(why: str) -> Refusal:
    return Refusal(400, MALFORMED, why)


def no_column(text: str, at: int, field: str, entity: str) -> Refusal:
    """A hidden field answers the same as one that does not exist."""
    why = (
        f"No such column '{field}' on entity '{entity}'. If you are attempting to use a custom field, be sure to "
        f"append the '__c' after the custom field name. {_REFERENCE}"
    )
    return at_token(FIELD, text, at, why)


def no_relationship(text: str, at: int, name: str) -> Refusal:
    why = (
        f"Didn't understand relationship '{name}' in field path. If you are attempting to use a custom relationship, "
        f"be sure to append the '__r' after the custom relationship name. {_REFERENCE}"
    )
    return at_token(FIELD, text, at, why)


def no_child(text: str, at: int, name: str) -> Refusal:
    why = (
        f"Didn't understand relationship '{name}' in FROM part of query call. If you are attempting to use a custom "
        f"relationship, be sure to append the '__r' after the custom relationship name. {_REFERENCE}"
    )
    return at_token(TYPE, text, at, why)


def no_type(text: str, at: int, name: str) -> Refusal:
    why = (
        f"sObject type '{name}' is not supported. If you are attempting to use a custom object, be sure to append the "
        f"'__c' after the entity name. {_REFERENCE}"
    )
    return at_token(TYPE, text, at, why)


def bad_field(text: str, at: int, why: str) -> Refusal:
    return at_token(FIELD, text, at, why)
