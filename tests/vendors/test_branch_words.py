"""Every word that a register's branch code becomes is a word that the worker can place."""

from __future__ import annotations

import pytest

from connectors.enrichment.branches import UK_CODES, UK_DIVISIONS, US_CODES, US_GROUPS, of_sic, of_uk_code
from syncer.core.identity.industries import industry

WORDS = sorted({word for table in (UK_CODES, UK_DIVISIONS, US_CODES, US_GROUPS) for word in table.values()})


@pytest.mark.parametrize("word", WORDS)
def test_words_of_branches_can_be_placed(word: str) -> None:
    assert industry(word) is not None, word


@pytest.mark.parametrize(
    ("code", "words", "said"),
    [
        ("7372", "Services-Prepackaged Software", "Software"),
        ("4813", "Telephone Communications (No Radiotelephone)", "Telecommunications"),
        ("8062", "Services-General Medical & Surgical Hospitals, NEC", "Health care"),
        ("9999", "Services-Odd Things, NEC", "Odd Things"),
        ("", "", ""),
    ],
)
def test_codes_of_the_american_register_go_before_its_words(code: str, words: str, said: str) -> None:
    assert of_sic(code, words) == said


@pytest.mark.parametrize(
    ("code", "said"), [("62012", "Software"), ("62999", "IT services"), ("620", ""), ("00000", "")]
)
def test_codes_of_the_british_register_are_read_by_their_division_where_they_are_rare(code: str, said: str) -> None:
    assert of_uk_code(code) == said
