"""The markup of labelled texts, and that every sentence of the bank is written in it."""

import pytest

from pipelines.core.settings import ROOT
from pipelines.core.taxonomy import load_indicators
from tests.evaluation.markup import bank, parse


def test_phrases_nest_and_carry_modifiers() -> None:
    text, hits = parse("He [[sold the [[papers|DOC-01:n:p]] back|MOV-07,DEB-02:d]] to her.")
    assert text == "He sold the papers back to her."
    found = [(hit["indicator"], text[hit["start"] : hit["end"]], hit["polarity"], hit["certainty"], hit["temporality"]) for hit in hits]
    assert found == [
        ("DEB-02", "sold the papers back", "affirmed", "hedged", "current"),
        ("MOV-07", "sold the papers back", "affirmed", "certain", "current"),
        ("DOC-01", "papers", "negated", "certain", "historical"),
    ]


def test_markup_that_does_not_close_is_an_error() -> None:
    with pytest.raises(ValueError, match="does not close"):
        parse("He [[keeps the papers.")


@pytest.mark.parametrize("language", ["en", "es"])
def test_the_bank_names_every_indicator_and_holds_sentences_without_any(language: str) -> None:
    sentences = bank(language)
    named = {hit["indicator"] for sentence in sentences for hit in sentence["hits"]}
    assert named <= load_indicators(ROOT / "schemas").keys() and len(named) > 80
    assert len({sentence["text"] for sentence in sentences}) == len(sentences) > 2_000
    assert sum(not sentence["hits"] for sentence in sentences) > 400
