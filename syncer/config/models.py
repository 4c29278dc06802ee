"""The shape of the configuration, section by section, with what holds where nothing is said."""

from __future__ import annotations

from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, PlainValidator, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from syncer.config.schedule import Every, Schedule, parse_schedule
from syncer.core.breaker import BreakerLimits, Limit
from syncer.core.fields import SideName

PREFIX: Final = "SYNCER_"
When = Annotated[Schedule, PlainValidator(parse_schedule)]
Share = Annotated[float, Field(gt=0, le=1)]
_BREAKER: Final = BreakerLimits()


class Section(BaseModel):
    """Unknown keys are errors; secrets never show."""

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True, hide_input_in_errors=True)


class StateSection(Section):
    url: str = Field("sqlite:///var/syncer.db", repr=False)  # may hold a password


class SalesforceSection(Section):
    login_url: str | None = None
    instance_url: str | None = None
    api_version: str | None = None
    auth: Literal["jwt", "client_credentials", "token", "refresh_token"] | None = None
    client_id: str | None = None
    client_secret: SecretStr | None = None
    private_key: SecretStr | None = None  # a PEM file, or a reference
    username: str | None = None
    access_token: SecretStr | None = None
    refresh_token: SecretStr | None = None
    audience: str | None = None
    ca_bundle: str | None = None
    api_share: Share = 0.8
    threads: int = Field(4, ge=1, le=16)

    @field_validator("api_version")
    @classmethod
    def _version(cls, given: str | None) -> str | None:
        """Both `v66.0` and `66.0` are written in the wild."""
        if given is None:
            return None
        number = given.removeprefix("v")
        if not number.replace(".", "", 1).isdigit():
            raise ValueError("write a version such as 66.0")
        return number if "." in number else f"{number}.0"


class HubSpotSection(Section):
    base_url: str | None = None
    access_token: SecretStr | None = None
    client_id: str | None = None
    client_secret: SecretStr | None = None
    refresh_token: SecretStr | None = None
    ca_bundle: str | None = None
    api_share: Share = 0.8
    calls_per_10_s: int = Field(100, ge=1)


class ProviderSection(Section):
    base_url: str | None = None
    api_key: SecretStr | None = None
    contact: str | None = None  # an e-mail address, which public registers want to know
    rules: str | None = None  # site: a file of fingerprints in place of our own
    ca_bundle: str | None = None
    daily_credits: int | None = Field(None, ge=0)  # None: the caps of enrichment.toml alone


class ExtractionSection(Section):
    """A model that may propose what a text says. `use`: in every run; else only where a command asks for it."""

    use: bool = False
    base_url: str | None = None
    model: str | None = None
    api_key: SecretStr | None = None
    ca_bundle: str | None = None
    timeout_s: float = Field(60.0, gt=0, le=600)

    @model_validator(mode="after")
    def _complete(self) -> ExtractionSection:
        if self.use and not (self.base_url and self.model):
            raise ValueError("use = true needs base_url and model")
        return self


class MappingsSection(Section):
    dir: str = "mappings"
    definition: str = "true-lead"


class ScheduleSection(Section):
    timezone: str = "UTC"
    sync: When = Every(300)
    listen: When = None
    infer: When = None
    audit: When = Field(default_factory=lambda: parse_schedule("0 3 * * *"))

    @field_validator("timezone")
    @classmethod
    def _known(cls, given: str) -> str:
        from zoneinfo import ZoneInfo

        try:
            ZoneInfo(given)
        except (KeyError, ValueError, OSError):
            raise ValueError(f'"{given}" is no time zone such as Europe/Berlin') from None
        return given


class LimitEntry(Section):
    floor: int = Field(ge=0)
    share: float = Field(ge=0, le=1)


def _entry(limit: Limit) -> LimitEntry:
    return LimitEntry(floor=limit.floor, share=limit.share)


class BreakerSection(Section):
    enabled: bool = _BREAKER.enabled
    delete: LimitEntry = _entry(_BREAKER.delete)
    clear: LimitEntry = _entry(_BREAKER.clear)
    overwrite: LimitEntry = _entry(_BREAKER.overwrite)
    create: LimitEntry = _entry(_BREAKER.create)
    same_value: LimitEntry = _entry(_BREAKER.same_value)
    all_changed: LimitEntry = _entry(_BREAKER.all_changed)

    def limits(self) -> BreakerLimits:
        entries = {name: getattr(self, name) for name in type(self).model_fields if name != "enabled"}
        return BreakerLimits(self.enabled, **{name: Limit(entry.floor, entry.share) for name, entry in entries.items()})


class WebSection(Section):
    bind: Annotated[str, Field(pattern=r"^(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+):[0-9]{1,5}$")] = "127.0.0.1:8710"
    auth: SecretStr | None = None


class LogSection(Section):
    level: Literal["debug", "info", "warning", "error"] = "info"
    format: Literal["console", "json"] = "console"


class OverlapEntry(Section):
    left: int = Field(600_000, ge=0)
    right: int = Field(600_000, ge=0)


class EngineSection(Section):
    """Limits of a run, named as the stages name them; milliseconds where the name ends so."""

    overlap_ms: OverlapEntry = OverlapEntry()
    zombie_wait_ms: int = Field(120_000, ge=0)
    cool_down_ms: int = Field(2_000, ge=0)
    batch_size: int = Field(500, ge=1)
    backfill_pages: int = Field(200, ge=1)
    verify_batch: int = Field(200, ge=1)
    attempts_max: int = Field(6, ge=1)
    rounds_max: int = Field(6, ge=1)
    retry_first_ms: int = Field(60_000, ge=0)
    retry_last_ms: int = Field(86_400_000, ge=0)
    loop_window_ms: int = Field(21_600_000, ge=0)
    loop_max: int = Field(5, ge=2)
    hold_expires_ms: int = Field(86_400_000, ge=0)
    enrich_ms: int = Field(120_000, ge=0)
    delete_policy: Literal["unlink"] = "unlink"
    tie: SideName = "left"
    skew_ms: int = Field(1_000, ge=0)
    region: Annotated[str, Field(pattern="^[A-Z]{2}$")] = "US"


class SandboxSection(Section):
    file: str


class Config(BaseSettings):
    """The whole configuration; environment variables such as SYNCER_SALESFORCE__INSTANCE_URL come before the file."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        env_nested_delimiter="__",
        extra="forbid",
        frozen=True,
        hide_input_in_errors=True,
    )

    state: StateSection = StateSection()
    salesforce: SalesforceSection = SalesforceSection()
    hubspot: HubSpotSection = HubSpotSection()
    enrichment: dict[str, ProviderSection] = {}
    extraction: ExtractionSection = ExtractionSection()
    mappings: MappingsSection = MappingsSection()
    schedule: ScheduleSection = Field(default_factory=ScheduleSection)
    breaker: BreakerSection = BreakerSection()
    web: WebSection = WebSection()
    log: LogSection = LogSection()
    engine: EngineSection = EngineSection()
    sandbox: SandboxSection | None = None

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return env_settings, init_settings
