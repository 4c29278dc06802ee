"""What hand-off.toml says that is well formed and cannot be meant: hours that overlap, owners that nobody named."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, available_timezones

from syncer.core.hand_off_terms import THE_OWNER
from syncer.core.qualification_terms import Definition
from syncer.errors import FileProblem, did_you_mean
from syncer.mapping.hand_off_models import HandOffFile, NoticeEntry, OwnersEntry
from syncer.mapping.toml_file import Loc, TomlFile

WEEKDAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_LEAST_MINUTES: Final = 60  # of a week: with less nothing would ever be due
_REFERENCE: Final = re.compile(r"(env|file|keyring):.+")
_ADDRESS: Final = re.compile(r"[^@\s<>,;:\"()\[\]\\]+@[A-Za-z0-9.-]+")
_LOOPBACK: Final = re.compile(r"localhost|127\.\d+\.\d+\.\d+|::1")
# what each way needs and may have, besides what all have
_OF_HOW: Final = {
    "round robin": (("who",), ("who", "fallback")),
    "territory": (("territory", "fallback"), ("territory", "fallback")),
    "existing owner": (("fallback",), ("fallback",)),
}
_OF_CHANNEL: Final = {
    "slack": (("url",), ("url", "ca_bundle")),
    "webhook": (("url",), ("url", "secret", "ca_bundle")),
    "smtp": (("host", "from", "to"), ("host", "port", "tls", "user", "password", "from", "to", "ca_bundle")),
}
_KEYS_OF_HOW: Final = ("who", "territory", "fallback")
_KEYS_OF_CHANNEL: Final = ("url", "secret", "host", "port", "tls", "user", "password", "from", "to", "ca_bundle")


@dataclass(frozen=True, slots=True)
class _Report:
    """Makes problems of one file."""

    file: TomlFile

    def __call__(
        self, loc: Loc, name: str, message: str, action: str, wrong: str = "", near: str = "", *, key: bool = False
    ) -> FileProblem:
        return self.file.problem(loc, name, message, action, wrong, near, key=key)

    def unknown(self, loc: Loc, name: str, what: str, word: str, known: Sequence[str]) -> FileProblem:
        near, action = did_you_mean(word, known, f"Use one of: {', '.join(known)}." if known else "Declare it first.")
        return self(loc, name, f'"{word}" is no {what}.', action, word, near)


def sense_of_hand_off(
    file: TomlFile, model: HandOffFile, definition: Definition | None, known: Collection[str]
) -> Iterator[FileProblem]:
    """Everything that can be said about a file that is well formed."""
    report = _Report(file)
    yield from _calendar(report, model)
    yield from _twice(report, model)
    yield from _owners(report, model)
    yield from _statuses(report, model, definition)
    for place, entry in enumerate(model.notice):
        yield from _keys(report, ("notice", place), entry.channel, _OF_CHANNEL[entry.channel], _KEYS_OF_CHANNEL)
        yield from _notice(report, ("notice", place), entry)
    if known:
        for key in ("accepted", "rejected"):
            field = getattr(model.answers, key)
            if field not in known:
                yield report.unknown(("answers", key), "UnknownField", "field of a person", field, sorted(known))


def span_of(text: str) -> tuple[int, int] | None:
    """Minutes after midnight of "09:00-17:30"; None for what is no time of a day."""
    low, high = (int(part[:2]) * 60 + int(part[3:]) if int(part[3:]) < 60 else -1 for part in text.split("-"))
    return (low, high) if 0 <= low < high <= 1_440 else None


def _calendar(report: _Report, model: HandOffFile) -> Iterator[FileProblem]:
    zone = model.calendar.zone
    try:
        ZoneInfo(zone)
    except (KeyError, ValueError, OSError):
        near, action = did_you_mean(zone, sorted(available_timezones()), "Write one such as Europe/Berlin.")
        said = f'"{zone}" is no time zone.'
        yield report(("calendar", "zone"), "UnknownZone", said, action, zone, near)
    minutes = 0
    for day in WEEKDAYS:
        spans: list[tuple[int, int]] = []
        for number, text in enumerate(getattr(model.calendar.hours, day)):
            span = span_of(text)
            if span is None:
                said = f'"{text}" is no span of a day.'
                loc = ("calendar", "hours", day, number)
                yield report(loc, "BadHours", said, 'Write such as "09:00-17:30"; a day ends at 24:00.', text)
                minutes = _LEAST_MINUTES  # said enough about these hours
            else:
                spans.append(span)
        minutes += sum(high - low for low, high in spans)
        if any(first[1] > second[0] for first, second in pairwise(sorted(spans))):
            said = f"The hours of {day} overlap."
            yield report(("calendar", "hours", day), "BadHours", said, "Make one span of them.", day)
    if minutes < _LEAST_MINUTES:
        said = "The week has less than one hour: nothing would ever be due."
        yield report(("calendar", "hours"), "BadHours", said, 'Add such as mon = ["09:00-17:00"].')


def _twice(report: _Report, model: HandOffFile) -> Iterator[FileProblem]:
    for table in ("owners", "status", "notice"):
        seen: dict[str, int] = {}
        for place, entry in enumerate(getattr(model, table)):
            if entry.name in seen:
                line = report.file.place((table, seen[entry.name], "name"))[0]
                said = f'There is a {table} "{entry.name}" on line {line} already.'
                yield report((table, place, "name"), "DuplicateName", said, "Rename or remove one.", entry.name)
            seen.setdefault(entry.name, place)


def _owners(report: _Report, model: HandOffFile) -> Iterator[FileProblem]:
    named = {entry.name: entry for entry in model.owners}
    for place, entry in enumerate(model.owners):
        at = ("owners", place)
        yield from _keys(report, at, entry.how, _OF_HOW[entry.how], _KEYS_OF_HOW)
        if entry.fallback is not None and entry.fallback not in named:
            yield report.unknown((*at, "fallback"), "UnknownOwners", "name of owners", entry.fallback, list(named))
        elif _circles(entry, named):
            said = f'The fallbacks of "{entry.name}" lead back to it.'
            yield report((*at, "fallback"), "CircularFallback", said, "End them with a round robin.", entry.name)
        for number, rule in enumerate(entry.territory):
            if not (rule.country or rule.state or rule.industry):
                said = "This territory is the whole world: nothing after it would ever be asked."
                action = "Name a country, state or industry, or make it the fallback."
                yield report((*at, "territory", number), "MissingKey", said, action, "country")


def _circles(entry: OwnersEntry, named: dict[str, OwnersEntry]) -> bool:
    seen: set[str] = set()
    following: OwnersEntry | None = entry
    while following is not None and following.fallback:
        if following.name in seen:
            return entry.name in seen
        seen.add(following.name)
        following = named.get(following.fallback)
    return False


def _statuses(report: _Report, model: HandOffFile, definition: Definition | None) -> Iterator[FileProblem]:
    owners, notices = [one.name for one in model.owners], [one.name for one in model.notice]
    for place, entry in enumerate(model.status):
        at = ("status", place)
        if entry.owners not in owners:
            yield report.unknown((*at, "owners"), "UnknownOwners", "name of owners", entry.owners, owners)
        for number, name in enumerate(entry.notices):
            if name not in notices:
                yield report.unknown((*at, "notices", number), "UnknownNotice", "notice", name, notices)
    if definition is not None:
        yield from _sla(report, model, definition)


def _sla(report: _Report, model: HandOffFile, definition: Definition) -> Iterator[FileProblem]:
    """One file serves several definitions: a status without SLA there rests. That all of them rest is a mistake."""
    found = [definition.status(entry.name) for entry in model.status]
    if found and not any(status is not None and status.sla is not None for status in found):
        names = ", ".join(entry.name for entry in model.status)
        said = f"{definition.name} {definition.version} has an SLA for none of {names}: nothing is handed over."
        action = f"Add [status.sla] to one of them in {definition.path or 'the definition'}, or name others here."
        yield report(("status", 0, "name"), "MissingSla", said, action, model.status[0].name)


def _keys(
    report: _Report, at: Loc, word: str, of_word: tuple[Sequence[str], Sequence[str]], all_keys: Sequence[str]
) -> Iterator[FileProblem]:
    """Keys that are missing, or have no meaning here."""
    needed, allowed = of_word
    written = {loc[len(at)] for loc in report.file.keys if loc[: len(at)] == at and len(loc) > len(at)}
    for key in all_keys:
        if key in needed and key not in written:
            yield report(at, "MissingKey", f'The key "{key}" is missing.', f"Add {key} = ...", key)
        elif key in written and key not in allowed:
            said = f'"{key}" means nothing for {word}.'
            yield report((*at, key), "MisplacedKey", said, "Take it away.", key, key=True)


def _notice(report: _Report, at: Loc, entry: NoticeEntry) -> Iterator[FileProblem]:
    secrets = {"secret": entry.secret, "password": entry.password}
    secrets |= {"url": entry.url} if entry.channel == "slack" else {}
    for key, text in secrets.items():
        if text is not None and not _REFERENCE.fullmatch(text):
            said = f"{key} is a secret and written out."
            yield report((*at, key), "LiteralSecret", said, "Name it: env:NAME, file:PATH or keyring:SERVICE/NAME.")
    if entry.channel == "webhook" and entry.url is not None and not _REFERENCE.fullmatch(entry.url):
        yield from _url(report, (*at, "url"), entry.url)
    if entry.channel == "smtp" and entry.tls == "none" and not _LOOPBACK.fullmatch(entry.host or ""):
        said = "Mail would leave this machine in clear text."
        yield report((*at, "tls"), "InsecureUrl", said, 'Write tls = "starttls" or "implicit".', entry.tls)
    if (entry.user is None) != (entry.password is None):
        said = "A log-in needs user and password."
        yield report(at, "MissingKey", said, "Add the other one, or take both away.", "password")
    named = [(("from",), entry.from_)] if entry.from_ is not None else []
    for loc, text in [*named, *((("to", n), text) for n, text in enumerate(entry.to) if text != THE_OWNER)]:
        if not _ADDRESS.fullmatch(text):
            said = f'"{text}" is no e-mail address.'
            yield report((*at, *loc), "BadAddress", said, "Write it as name@example.com.", text)


def _url(report: _Report, loc: Loc, url: str) -> Iterator[FileProblem]:
    try:
        parts = urlsplit(url)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        usable = False
    if not usable:
        yield report(loc, "BadValue", "This is no web address.", "Write https://...")
    elif parts.username or parts.password:
        yield report(loc, "LiteralSecret", "The address holds a log-in.", "Name the whole address: env:NAME.")
    elif parts.scheme == "http" and not _LOOPBACK.fullmatch(parts.hostname or ""):
        yield report(loc, "InsecureUrl", "The address is not encrypted.", "Write https://...", url)
