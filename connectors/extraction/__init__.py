"""An optional reader of notes: any endpoint that speaks the OpenAI chat protocol, hosted or local.

It proposes field, value and quote; nothing here decides anything, and nothing but the endpoint is called. Whoever asks
must hold every answer against the text. Imports nothing of ours but base, policy and redact.
"""

from connectors.extraction.endpoint import ExtractionEndpoint, ExtractionSettings, FieldWanted, Said

__all__ = ["ExtractionEndpoint", "ExtractionSettings", "FieldWanted", "Said"]
