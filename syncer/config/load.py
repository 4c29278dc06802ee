"""Finds the configuration, reads it, and reports everything that is wrong with it at once."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from pydantic import ValidationError
from pydantic_settings.exceptions import SettingsError

from syncer.config.logins import HubSpotLogin, SalesforceLogin, hubspot_login, is_loopback, salesforce_login
from syncer.config.models import PREFIX, Config, ProviderSection, Section
from syncer.config.secrets import fetch, is_reference
from syncer.config.sources import Source, sources
from syncer.errors import ConfigError, FileProblem, did_you_mean
from syncer.mapping.active import active_definition
from syncer.mapping.load import Mappings, load_mappings
from syncer.mapping.refusals import problems_of
from syncer.mapping.toml_file import BrokenTomlError, Loc, TomlFile, read_toml

if TYPE_CHECKING:
    from syncer.core.qualification_terms import Definition
    from syncer.stages.context import Settings

NAMES: Final = ("config.toml", "config.example.toml")
_PASSWORD: Final = re.compile(r"[^/]+://[^/@]*:[^/]+@")
_URLS: Final = {"salesforce": ("login_url", "instance_url"), "hubspot": ("base_url",), "extraction": ("base_url",)}


@dataclass(frozen=True, slots=True)
class Loaded:
    """A configuration, the file it came from, and the folder that its relative paths count from."""

    config: Config
    path: Path
    folder: Path

    def state_url(self) -> str:
        """The address of the state; a relative SQLite path counts from the folder. Raises SecretError."""
        url = fetch(self.config.state.url, "[state] url", self.folder)
        head, separator, path = url.partition(":///")
        if head.startswith("sqlite") and separator and path and path != ":memory:" and not path.startswith("/"):
            return f"{head}:////{str(self.folder / path).lstrip('/')}"
        return url

    def mappings_dir(self) -> Path:
        """Beside the configuration, else in the working directory, else the one that ships."""
        named = Path(self.config.mappings.dir).expanduser()
        places = [self.folder / named, Path.cwd() / named]
        if self.config.mappings.dir == Config.model_fields["mappings"].default.dir:
            places.append(packaged("mappings"))
        return next((place for place in places if place.is_dir()), places[0])

    def mappings(self) -> Mappings:
        """The mapping files, with the engine's tie and region for fields that do not say. Raises MappingError."""
        return load_mappings(self.mappings_dir(), tie=self.config.engine.tie, region=self.config.engine.region)

    def definition(self) -> Definition | None:
        """The shared definition in force; None where there is none and none is named. Raises DefinitionError."""
        section = self.config.mappings
        named = "definition" in section.model_fields_set
        return active_definition(self.mappings_dir(), section.definition, self.mappings(), named=named)

    def sources(self) -> dict[str, Source]:
        """Who may be asked about companies. Raises SecretError, and TemporaryError (no sandbox)."""
        return sources(self.config, self.folder)

    def settings(self) -> Settings:
        """The limits of a run."""
        from syncer.stages.context import Settings

        return Settings(**self.config.engine.model_dump(), breaker=self.config.breaker.limits())

    def salesforce_login(self) -> SalesforceLogin:
        """How to reach Salesforce, secrets fetched. Raises SecretError, ConfigError, TemporaryError (no sandbox)."""
        return salesforce_login(self.config, self.folder, str(self.path))

    def hubspot_login(self) -> HubSpotLogin:
        """How to reach HubSpot, secrets fetched. Raises SecretError, ConfigError, TemporaryError (no sandbox)."""
        return hubspot_login(self.config, self.folder, str(self.path))


def packaged(name: str) -> Path:
    """What ships inside the package, or the same in a checkout."""
    inside = Path(str(files("syncer"))) / "_data" / name
    return inside if inside.exists() else Path(str(files("syncer"))).parent / name


def find_config(given: Path | None) -> Path:
    """The file asked for; else config.toml, else config.example.toml here; else the example that ships."""
    if given is not None:
        return given
    return next((path for name in NAMES if (path := Path(name)).is_file()), packaged(NAMES[1]))


def load_config(given: Path | None = None) -> Loaded:
    """Raises ConfigError with all problems. Fetches no secret and opens no connection."""
    path = find_config(given)
    try:
        file = read_toml(path)
    except BrokenTomlError as error:
        raise ConfigError([error.problem]) from None
    problems = list(_unknown_sections())
    config: Config | None = None
    try:
        config = Config(**file.data)
    except ValidationError as error:
        problems += problems_of(error, file, Config, hide=_is_secret, elsewhere=_variable)
    except SettingsError as error:
        problems.append(FileProblem("environment", 0, 0, "BadValue", f"{error}.", "Correct the variable."))
    problems += _literal_secrets(file)
    if config is not None:
        problems += _bad_urls(config, file)
    if problems or config is None:
        raise ConfigError(problems)
    shipped = given is None and path == packaged(NAMES[1])
    return Loaded(config, path, Path.cwd() if shipped else path.resolve().parent)


def _variable(loc: Loc) -> str:
    """The environment variable that set this, if one did."""
    wanted = PREFIX + "__".join(str(step) for step in loc).upper()
    return next((name for name in os.environ if name.upper() == wanted), "")


def _unknown_sections() -> Iterator[FileProblem]:
    for name in os.environ:
        section, separator, _rest = name.upper().removeprefix(PREFIX).partition("__")
        if name.upper().startswith(PREFIX) and separator and section.lower() not in Config.model_fields:
            near, action = did_you_mean(section.lower(), list(Config.model_fields), f"Unset {name}.")
            yield FileProblem(
                name, 0, 0, "UnknownKey", f'There is no section "{section.lower()}".', action, section, near
            )


def _secret_keys() -> Iterator[tuple[str, str]]:
    """Section and key of every secret."""
    models = {name: field.annotation for name, field in Config.model_fields.items()} | {"enrichment": ProviderSection}
    for section, model in models.items():
        if isinstance(model, type) and issubclass(model, Section):
            for name, field in model.model_fields.items():
                if "SecretStr" in str(field.annotation):
                    yield section, name


_SECRETS: Final = frozenset(_secret_keys())


def _is_secret(loc: Loc) -> bool:
    return len(loc) > 1 and ((loc[0], loc[-1]) in _SECRETS or loc == ("state", "url"))


def _literal_secrets(file: TomlFile) -> Iterator[FileProblem]:
    """Secrets written out in the file. What an environment variable holds is no part of the file, and is taken."""
    for section, values in _sections(file.data):
        local = _is_local(section[-1], values, file.data)
        for name, value in values.items():
            if (section[0], name) not in _SECRETS or not isinstance(value, str) or not value or is_reference(value):
                continue
            is_path = name == "private_key" and "PRIVATE KEY" not in value
            if not is_path and not local:
                yield _literal(file, (*section, name), f"[{'.'.join(section)}] {name} holds the secret itself.")
    url = _table(file.data, "state").get("url")
    if isinstance(url, str) and _PASSWORD.match(url) and not is_loopback(url):
        yield _literal(file, ("state", "url"), "[state] url holds a password.")


def _literal(file: TomlFile, loc: Loc, message: str) -> FileProblem:
    line, column = file.place(loc)
    action = "Take it out, make it anew if others could read the file, and write env:NAME, file:PATH or keyring:..."
    return FileProblem(file.path, line, column, "LiteralSecret", message, action)


def _table(data: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = data.get(name)
    return found if isinstance(found, Mapping) else {}


def _sections(data: Mapping[str, Any]) -> Iterator[tuple[tuple[str, ...], Mapping[str, Any]]]:
    for name in ("salesforce", "hubspot", "extraction", "web"):
        yield (name,), _table(data, name)
    for provider, values in _table(data, "enrichment").items():
        if isinstance(values, Mapping):
            yield ("enrichment", provider), values


def _is_local(section: str, values: Mapping[str, Any], data: Mapping[str, Any]) -> bool:
    names = _URLS.get(section, ("base_url",))
    overridden = [os.environ.get(f"{PREFIX}{section.upper()}__{name.upper()}") for name in names]
    urls = [url for url in (*overridden, *(values.get(name) for name in names)) if isinstance(url, str) and url]
    return all(map(is_loopback, urls)) if urls else "sandbox" in data and section in _URLS


def _bad_urls(config: Config, file: TomlFile) -> Iterator[FileProblem]:
    """Addresses that are none, that hold a log-in, or that would carry one in clear text to another machine."""
    for section, names in _URLS.items():
        for name in names:
            url = getattr(getattr(config, section), name)
            verdict = _verdict(url) if url is not None else None
            if verdict is not None:
                outside = _variable((section, name))
                line, column = (0, 0) if outside else file.place((section, name))
                problem, said, action, wrong = verdict
                yield FileProblem(
                    outside or file.path, line, column, problem, f"{section}.{name} {said}.", action, wrong
                )


def _verdict(url: str) -> tuple[str, str, str, str] | None:
    """Name, message, action and the wrong word; None for an address of use."""
    try:
        parts = urlsplit(url)
        named = bool(parts.hostname) and parts.port != 0
    except ValueError:
        return "BadValue", "is no web address", "Write https://...", ""
    if parts.username or parts.password:
        return "LiteralSecret", "holds a log-in", "Write the bare address; log-ins have keys of their own.", ""
    if parts.scheme not in ("http", "https") or not named:
        return "BadValue", "is no web address", "Write https://...", url
    if parts.scheme == "http" and not is_loopback(url):
        return "InsecureUrl", "would send the log-in in clear text", "Write https://...", url
    return None
