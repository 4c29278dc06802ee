"""Accounts of one file that may be one company: pairs for a person to look at. Nothing is ever merged.

Splink compares them, on the normal forms that leads are matched by; it is an extra, and is loaded only here. How often
two records of one company agree is set; how often those of two companies do is counted in the file itself, by a sample
with a fixed seed, so that the same file gives the same pairs.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Mapping, Set
from dataclasses import dataclass
from typing import Any, Final

from syncer.core.identity.domains import NOBODYS
from syncer.core.identity.profiles import Profile, account_profile
from syncer.errors import UsageError

SEED: Final = 1
PAIRS_SAMPLED: Final = 1e6
SHOWN_FROM: Final = 0.6
_RECALL: Final = 0.7  # of one company's pairs, how many agree in domain or whole name
_EDGE: Final = 6  # letters of a name that two spellings of it share at one end
_COLUMNS: Final = ("unique_id", "name", "start", "ending", "domain", "label", "phone", "city", "country")
_SAYS: Final[Mapping[str, tuple[str, ...]]] = {
    "name": ("other name", "the names are alike", "the names are close", "same name"),
    "domain": ("other domain", "same domain"),
    "label": ("", "the domains are much alike"),
    "phone": ("", "same telephone number"),
    "city": ("other city", "same city"),
    "country": ("other country", "same country"),
}


@dataclass(frozen=True, slots=True)
class Doubled:
    """Two accounts that may be one; `score` is the chance that they are."""

    one: Profile
    other: Profile
    score: float
    reasons: tuple[str, ...]

    def as_json(self) -> dict[str, Any]:
        accounts = [{"account": each.id, "name": each.label} for each in (self.one, self.other)]
        return {"accounts": accounts, "score": self.score, "reasons": list(self.reasons)}


def duplicates(rows: Iterable[Mapping[str, str]], companies: Set[str] = NOBODYS) -> list[Doubled]:
    """The likeliest first. Raises UsageError where the extra is not installed."""
    profiles = {profile.id: profile for profile in (account_profile(row, companies) for row in rows)}
    if len(profiles) < 2:
        return []
    found = [_doubled(profiles, record) for record in _compared(list(profiles.values()))]
    return sorted(found, key=lambda pair: (-pair.score, pair.one.id, pair.other.id))


def _compared(profiles: list[Profile]) -> Iterator[Mapping[str, Any]]:
    try:
        import pyarrow as pa
        import splink.comparison_library as compare
        from splink import Linker, SettingsCreator, block_on
        from splink.backends.duckdb import DuckDBAPI
    except ImportError:
        raise UsageError(
            "SplinkMissing",
            "Finding duplicate accounts needs Splink, which is not installed.",
            'Install the extra: pip install "syncer[dedupe]".',
        ) from None
    logging.getLogger("splink").setLevel(logging.ERROR)
    table = pa.table({name: [_cell(profile, name) for profile in profiles] for name in _COLUMNS})
    name = compare.JaroWinklerAtThresholds("name", [0.95, 0.88])
    settings = SettingsCreator(
        link_type="dedupe_only",
        comparisons=[
            name.configure(m_probabilities=[0.7, 0.15, 0.1, 0.05], term_frequency_adjustments=True),
            compare.ExactMatch("domain").configure(m_probabilities=[0.6, 0.4]),
            compare.ExactMatch("label").configure(m_probabilities=[0.7, 0.3]),
            compare.ExactMatch("phone").configure(m_probabilities=[0.6, 0.4]),
            compare.ExactMatch("city").configure(m_probabilities=[0.8, 0.2]),
            compare.ExactMatch("country").configure(m_probabilities=[0.95, 0.05]),
        ],
        blocking_rules_to_generate_predictions=[
            *(block_on(column) for column in ("domain", "name", "label", "phone")),
            *(block_on(column, "country") for column in ("start", "ending")),
        ],
        retain_intermediate_calculation_columns=True,
    )
    backend = DuckDBAPI()
    linker = Linker(backend.register(table), settings, log_level=logging.ERROR)
    linker.training.estimate_probability_two_random_records_match([block_on("domain"), block_on("name")], _RECALL)
    linker.training.estimate_u_using_random_sampling(max_pairs=PAIRS_SAMPLED, seed=SEED)
    yield from linker.inference.predict(threshold_match_probability=SHOWN_FROM).as_record_list()


def _cell(profile: Profile, column: str) -> str | None:
    """A normal form; None where the account does not say."""
    compact = profile.compacts[0] if profile.compacts else ""
    cells = {
        "unique_id": profile.id,
        "name": compact,
        "start": compact[:_EDGE],
        "ending": compact[-_EDGE:],
        "domain": profile.domains[0] if profile.domains else "",
        "label": profile.labels[0] if profile.labels else "",
        "phone": profile.phone,
        "city": profile.city,
        "country": profile.country,
    }
    return cells[column] or None


def _doubled(profiles: Mapping[str, Profile], record: Mapping[str, Any]) -> Doubled:
    one, other = sorted((str(record["unique_id_l"]), str(record["unique_id_r"])))
    levels = {column: int(record[f"gamma_{column}"]) for column in _SAYS}
    told = [_SAYS[column][level] for column, level in levels.items() if level >= 0]
    agreeing = [text for text in told if text and not text.startswith("other")]
    against = [f"but {text}" for text in told if text.startswith("other")]
    score = round(float(record["match_probability"]), 4)
    return Doubled(profiles[one], profiles[other], score, (*agreeing, *against))
