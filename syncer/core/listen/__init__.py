"""Hears facts in what people said: calls, meetings, notes, form answers. Pure: text and declarations in, findings out.

`extract` is the rule extractor, `verify` holds a model's answers against the text. Text is data: an instruction in it
is a quote like any other. Every finding stands on a verbatim quote. Imports nothing of ours outside this folder.
"""

from syncer.core.listen.declared import Calls, Fact, FactType, Objection, Tool
from syncer.core.listen.extract import extract
from syncer.core.listen.findings import Finding, Heard, Modality, Status
from syncer.core.listen.text import visible_text
from syncer.core.listen.verify import Answer, verify

__all__ = [
    "Answer",
    "Calls",
    "Fact",
    "FactType",
    "Finding",
    "Heard",
    "Modality",
    "Objection",
    "Status",
    "Tool",
    "extract",
    "verify",
    "visible_text",
]
