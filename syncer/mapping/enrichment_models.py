"""The shape of mappings/enrichment.toml: what pydantic checks, and what editors complete from."""

from __future__ import annotations

from typing import Annotated, Final, Literal

from pydantic import ConfigDict, Field, StringConstraints

from syncer.mapping.models import Entry, Word

KINDS: Final = (
    *("pdl", "apollo", "hunter", "builtwith", "gleif", "edgar", "companies_house", "dns", "job_boards", "site", "file"),
)
Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$")]
Credits = Annotated[float, Field(ge=0, le=1e9, allow_inf_nan=False, strict=False)]
Share = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False, strict=False)]
Positive = Annotated[float, Field(gt=0, le=1e9, allow_inf_nan=False, strict=False)]


class DefaultsEntry(Entry):
    """What holds for every field that does not say otherwise."""

    only_if_it_matters: bool = Field(
        True, description="Ask for a field only while a verdict depends on it; false: for every field that is missing."
    )
    min_confidence: Share = Field(0.6, description="How sure an answer must be before the waterfall stops.")
    ttl: str = Field("180d", description="How long an answer is fresh: 12h, 90d, 4w, 1y or never.")
    negative_ttl: str = Field("30d", description="How long a miss is remembered; doubled each time, up to 180 days.")
    currency: Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")] = Field(
        "USD", description="What amounts are kept in; others need a rate."
    )


class CapsEntry(Entry):
    """The most that may be spent, in credits; 0: nothing."""

    run: Credits | None = Field(None, description="In one run.")
    day: Credits | None = Field(None, description="In one day, UTC.")
    subject: Credits | None = Field(None, description="On one company or person in one run.")


class ColumnEntry(Entry):
    """One column of an export."""

    column: Word
    scale: Positive = Field(1.0, description="Numbers are multiplied with it: 1000 for revenue in thousands.")
    unit: str = Field("", description="Currency of an amount that does not name one.")


class KeyEntry(Entry):
    """The column that says which company a row is about."""

    column: Word
    as_: Literal["domain", "name", "registry_number", "company_number", "lei", "email"] = Field(
        alias="as", description="What it holds; the three kinds of numbers are those of public registers."
    )
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, populate_by_name=True)


class AsOfEntry(Entry):
    """Since when a row is so."""

    column: Word


class ProviderEntry(Entry):
    """One provider. Its address and key stand in the configuration, under [enrichment.NAME]."""

    kind: str = Field("", description=f"One of: {', '.join(KINDS)}. Default: the name.")
    cost: Credits | None = Field(None, description="Credits that a question costs at most. Default: as it is known.")
    caps: CapsEntry = Field(CapsEntry(), description="Caps of its own, beside those of [caps].")
    trust: Share = Field(1.0, description="Multiplied with the confidence of its answers.")
    path: Word | None = Field(None, description="file: CSV or Parquet; of a pattern with * the newest file counts.")
    key: KeyEntry | None = Field(None, description="file: the column that names the company.")
    map: dict[str, Word | ColumnEntry] | None = Field(None, description="file: field = column.")
    as_of: AsOfEntry | None = Field(None, description="file: the column with the date of a row. Default: of the file.")
    licence: str | None = Field(None, description="file: what its licence allows, for the record.")
    confidence: Share | None = Field(None, description="file: how sure its values are. Default: 0.7.")
    delimiter: Annotated[str, StringConstraints(min_length=1, max_length=1)] | None = Field(
        None, description="file: of a CSV. Default: found out."
    )
    encoding: str | None = Field(None, description="file: of a CSV. Default: found out.")


class FieldEntry(Entry):
    """One field: whom to ask, in which order, and when to stop."""

    waterfall: list[Word] = Field(min_length=1, description="Providers in the order in which they are asked.")
    ttl: str = Field("", description="As in [defaults].")
    min_confidence: Share | None = Field(None, description="As in [defaults].")
    agree: int = Field(1, ge=1, le=5, description="So many sources must agree before no more are asked.")
    agree_within: Share = Field(0.0, description="Numbers agree that differ by no more than this share.")
    union: bool = Field(False, description="All answers together count: lists of technologies.")
    always: bool = Field(False, description="Ask also where no verdict depends on it.")
    of: Literal["account", "person"] = Field("account", description="Whom the fact is about.")
    person: str = Field("", description="What the field is called on people who belong to no account yet.")


class EnrichmentFile(Entry):
    """mappings/enrichment.toml."""

    version: int = Field(ge=1, description="Count it up when the file changes.")
    defaults: DefaultsEntry = DefaultsEntry()
    caps: CapsEntry = Field(CapsEntry(), description="For all providers together. Default: 0 a run, 0 a day.")
    rates: dict[Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")], Positive] = Field(
        {}, description="What one unit of a currency is in that of [defaults]."
    )
    provider: dict[Name, ProviderEntry] = Field(min_length=1)
    field: dict[Name, FieldEntry] = Field(min_length=1)
