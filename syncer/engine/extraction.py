"""The optional model that proposes what a text says, from the configuration: what it says is held against the text."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from connectors.base import Clock, Entropy
from connectors.extraction import ExtractionEndpoint, ExtractionSettings, FieldWanted
from connectors.policy import RetryPolicy
from syncer.config import Loaded
from syncer.config.secrets import fetch
from syncer.core.listen import Answer, Calls
from syncer.errors import UsageError


def extraction_endpoint(loaded: Loaded, clock: Clock, entropy: Entropy) -> ExtractionEndpoint:
    """Nothing is sent yet. Raises UsageError where no model is configured, and SecretError."""
    section = loaded.config.extraction
    if not section.base_url or not section.model:
        raise UsageError("NoModel", "No model is configured.", "Set [extraction] base_url, model and api_key.")
    key = section.api_key.get_secret_value() if section.api_key else ""
    settings = ExtractionSettings(
        section.base_url,
        section.model,
        fetch(key, "[extraction] api_key", loaded.folder) if key else "",
        section.ca_bundle,
        longest_s=2 * section.timeout_s,
        policy=RetryPolicy(attempts=3, timeout_s=(5.0, section.timeout_s)),
    )
    return ExtractionEndpoint(settings, clock, entropy)


def asker(endpoint: ExtractionEndpoint, calls: Calls) -> Callable[[str], Sequence[Answer]]:
    """Asks for the declared facts of one text; the answers are unchecked. What it returns raises RemoteError."""
    wanted = [FieldWanted(fact.name, calls.wanted(fact)) for fact in calls.facts]

    def ask(text: str) -> list[Answer]:
        return [Answer(said.field, said.value, said.quote) for said in endpoint.ask(text, wanted)]

    return ask
