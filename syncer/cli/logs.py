"""Logs go to stderr, quiet by default: what a person needs to know is in the output of the command."""

from __future__ import annotations

import logging
import re
import sys
from typing import Any

import structlog

_EMAIL = re.compile(r"([A-Za-z0-9._%+-])[A-Za-z0-9._%+-]*@([A-Za-z0-9.-]+)")


def configure_logs(level: str = "warning", form: str = "console") -> None:
    """Structured lines on stderr; e-mail addresses are masked, whatever writes them."""
    renderer: Any = (
        structlog.processors.JSONRenderer()
        if form == "json"
        else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    )
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _masked,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level.upper()]),
        logger_factory=lambda *_: structlog.PrintLogger(
            sys.stderr
        ),  # as it is then: a caller may have put another there
        cache_logger_on_first_use=False,
    )


def _masked(_logger: Any, _method: str, event: dict[str, Any]) -> dict[str, Any]:
    return {name: _EMAIL.sub(r"\1***@\2", value) if isinstance(value, str) else value for name, value in event.items()}
