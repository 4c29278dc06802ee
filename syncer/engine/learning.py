"""What makes accounts alike, as the mappings of a configuration say, and when it is time to learn anew."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final

from syncer.config import Loaded
from syncer.config.schedule import Every, Schedule
from syncer.core.lookalike import Lookalike
from syncer.core.qualification_terms import STATUSES
from syncer.mapping.active import fields_to_judge_by
from syncer.mapping.lookalike import FILE, load_lookalike

DAY_MS: Final = 86_400_000


def lookalike_policy(loaded: Loaded) -> Lookalike | None:
    """None where the mappings have no lookalike.toml. Raises InvalidFileError for broken files."""
    folder = loaded.mappings_dir()
    if not (folder / FILE).exists():
        return None
    mappings = loaded.mappings()
    fields = {item.name for kind in mappings if kind.kind == "account" for item in kind.fields}
    return load_lookalike(folder, fields, set(fields_to_judge_by(folder, mappings)), STATUSES)


def learns_anew(schedule: Schedule, timezone: str) -> Callable[[int, int], bool]:
    """(when models were made, now) -> whether to learn anew: [schedule] infer, and once a day where it says nothing."""
    if schedule is None:
        return lambda made_ms, now_ms: now_ms - made_ms >= DAY_MS
    if isinstance(schedule, Every):
        return lambda made_ms, now_ms: now_ms - made_ms >= schedule.seconds * 1_000
    trigger = schedule.trigger(timezone)

    def due(made_ms: int, now_ms: int) -> bool:
        made = datetime.fromtimestamp(made_ms / 1_000, UTC)
        following = trigger.get_next_fire_time(made, made)
        return following is not None and following.timestamp() * 1_000 <= now_ms

    return due
