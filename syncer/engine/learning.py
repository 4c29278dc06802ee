"""What makes accounts alike, as the mappings of a configuration say."""

from __future__ import annotations

from syncer.config import Loaded
from syncer.core.lookalike import Lookalike
from syncer.core.qualification_terms import STATUSES
from syncer.mapping.active import fields_to_judge_by
from syncer.mapping.lookalike import FILE, load_lookalike


def lookalike_policy(loaded: Loaded) -> Lookalike | None:
    """None where the mappings have no lookalike.toml. Raises InvalidFileError for broken files."""
    folder = loaded.mappings_dir()
    if not (folder / FILE).exists():
        return None
    mappings = loaded.mappings()
    fields = {item.name for kind in mappings if kind.kind == "account" for item in kind.fields}
    return load_lookalike(folder, fields, set(fields_to_judge_by(folder, mappings)), STATUSES)
