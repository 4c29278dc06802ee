"""What a run needs to ask, listen, judge and hand over, put together from mappings and configuration."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import Any

from connectors.base import AuthError, Clock, Entropy
from connectors.enrichment.factory import PROVIDERS, connect
from connectors.enrichment.file import FileProvider, file_spec
from connectors.enrichment.provider import Provider
from syncer.config import Loaded
from syncer.config.notices import notice_channels
from syncer.core.hand_off_terms import HandOffPolicy
from syncer.core.qualification_terms import Definition
from syncer.core.waterfall.policy import EnrichmentPolicy, with_daily_caps
from syncer.engine.extraction import asker, extraction_endpoint
from syncer.engine.learning import learns_anew, lookalike_policy
from syncer.errors import DeniedError
from syncer.mapping.active import fields_to_judge_by
from syncer.mapping.calls import FILE as CALLS
from syncer.mapping.calls import load_calls
from syncer.mapping.enrichment import FILE as ENRICHMENT
from syncer.mapping.enrichment import load_enrichment
from syncer.mapping.hand_off import FILE as HAND_OFF
from syncer.mapping.hand_off import load_hand_off
from syncer.stages.hand_off_owed import open_hand_offs
from syncer.store.knowledge_rows import VerdictHistoryRow
from syncer.store.ports import Tx

Moved = Callable[[Tx, Sequence[VerdictHistoryRow]], None]


@contextmanager
def knowledge(loaded: Loaded, clock: Clock, entropy: Entropy) -> Iterator[dict[str, Any]]:
    """The parts of a Context that concern what is known, by their names there; closed at the end.

    A folder of mappings without one of the files, or without a definition, goes without that part. Raises
    InvalidFileError for broken files, SecretError, and DeniedError for a source that cannot be set up.
    """
    definition = loaded.definition()
    policy, hand_off = enrichment_policy(loaded), hand_off_policy(loaded, definition)
    with ExitStack() as opened:
        providers = {}
        for name, provider in _providers(loaded, policy, clock, entropy).items():
            providers[name] = opened.enter_context(closing(provider))
        channels = opened.enter_context(notice_channels(hand_off, loaded.folder, clock, entropy)) if hand_off else {}
        yield {
            "definition": definition,
            "policy": policy,
            "providers": providers,
            "hand_off_policy": hand_off,
            "channels": channels,
            "moved": _moved(definition, hand_off, clock),
            "lookalike": lookalike_policy(loaded),
            "learns_anew": learns_anew(loaded.config.schedule.infer, loaded.config.schedule.timezone),
            **_heard(loaded, opened, clock, entropy),
        }


def _heard(loaded: Loaded, opened: ExitStack, clock: Clock, entropy: Entropy) -> dict[str, Any]:
    """What is listened for, and the model that helps where the configuration wants it in every run."""
    folder = loaded.mappings_dir()
    calls = load_calls(folder) if (folder / CALLS).exists() else None
    if calls is None or not loaded.config.extraction.use:
        return {"hears": calls}
    endpoint = opened.enter_context(closing(extraction_endpoint(loaded, clock, entropy)))
    return {"hears": calls, "ask_model": asker(endpoint, calls)}


def enrichment_policy(loaded: Loaded) -> EnrichmentPolicy | None:
    """None where the mappings have none. The configuration's `daily_credits` bind as well: the smaller cap holds."""
    folder = loaded.mappings_dir()
    if not (folder / ENRICHMENT).exists():
        return None
    policy = load_enrichment(folder, fields_to_judge_by(folder, loaded.mappings()))
    caps = {name: one.daily_credits for name, one in loaded.config.enrichment.items() if one.daily_credits is not None}
    return with_daily_caps(policy, caps)


def hand_off_policy(loaded: Loaded, definition: Definition | None) -> HandOffPolicy | None:
    """None where nothing is judged, or the mappings say nothing of a hand-off."""
    folder = loaded.mappings_dir()
    if definition is None or not (folder / HAND_OFF).exists():
        return None
    return load_hand_off(folder, definition, fields_to_judge_by(folder, loaded.mappings()))


def _moved(definition: Definition | None, policy: HandOffPolicy | None, clock: Clock) -> Moved:
    def moved(tx: Tx, moves: Sequence[VerdictHistoryRow]) -> None:
        if definition is not None and policy is not None and moves:
            open_hand_offs(tx, moves, definition, policy, clock.now_ms())

    return moved


def _providers(
    loaded: Loaded, policy: EnrichmentPolicy | None, clock: Clock, entropy: Entropy
) -> Mapping[str, Provider]:
    """Those that the policy names and the configuration opens; a file is opened by being declared."""
    if policy is None:
        return {}
    found: dict[str, Provider] = {}
    opened = loaded.sources()
    for name, declared in policy.providers.items():
        if declared.kind == "file":
            spec = file_spec(declared.source)
            found[name] = FileProvider(name, spec, folder=Path(loaded.folder))
        elif name in opened and declared.kind in PROVIDERS:
            source = opened[name]
            try:
                found[name] = connect(
                    declared.kind, source.section, clock=clock, entropy=entropy, ca_bundle=source.ca_bundle
                )
            except AuthError as error:
                raise DeniedError("Configuration", error.message, error.action) from error
    return found
