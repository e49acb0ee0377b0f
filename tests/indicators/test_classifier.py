"""What a sentence says as a whole: sums are exact however sentences are put together, excluded words weigh nothing, and the weights are today's."""

import csv
from collections import Counter
from random import Random

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.core.settings import ROOT
from pipelines.core.taxonomy import load_indicators
from pipelines.indicators.classifier import BIAS, DENIED, RULED_OUT, Classifier, Pieces, _best_run, features
from pipelines.indicators.excluded import load_excluded
from pipelines.indicators.lexicon import Lexicon
from pipelines.indicators.tag import Tagger
from pipelines.indicators.text import folded
from tests.evaluation.learn import LEAST_SEEN, WEIGHTS, _cut, sentences

SCHEMAS = ROOT / "schemas"


@pytest.fixture(scope="module")
def classifier() -> Classifier:
    return Classifier(WEIGHTS)


def test_a_sum_is_that_of_the_file_whatever_stands_beside_a_sentence(classifier: Classifier) -> None:
    with WEIGHTS.open(encoding="utf-8", newline="") as file:
        weights = {(row["indicator"], row["feature"]): int(row["weight"]) for row in csv.DictReader(file)}
    random = Random(5)
    texts = [["they", "kept", "my", "passp"], [], ["", "owes", "", "the", "boss", "money"], ["they", "they", "they"], ["no", "tengo", "mi", "pasap"]]
    alone = [classifier.scores([one])[0] for one in texts]
    for _ in range(5):
        order = random.choices(range(len(texts)), k=40)
        together = classifier.scores([texts[i] for i in order])
        assert all((row == alone[i]).all() for row, i in zip(together, order, strict=True))
    for one, row in zip(texts, alone, strict=True):
        expected = [sum(weights.get((indicator, f), 0) for f in set(features(one))) for indicator in classifier.indicators]
        assert row.tolist() == expected
    assert np.issubdtype(alone[0].dtype, np.integer)


def test_an_excluded_word_is_as_if_it_were_not_there() -> None:
    excluded = load_excluded(SCHEMAS)
    pieces = Pieces({}, excluded)
    assert len(excluded) > 100 and {pieces[word] for word in excluded} == {""}
    assert list(features([pieces[word] for word in ("the", sorted(excluded)[0], "workers")])) == [BIAS, "the", "worke", "the worke"]


def test_numbers_are_told_by_their_kind() -> None:
    pieces = Pieces({}, ())
    words = ("3", "15", "40", "1,200", "$5", "$1.200.000", "10:30", "$25.50")
    assert [pieces[word] for word in words] == ["#few", "#minor", "#tens", "#many", "$few", "$few", "#time", "$tens"]
    assert [pieces[word] for word in ("m²", "³", "٣", "1٣")] == ["m²", "³", "#few", "#minor"]


@pytest.mark.slow
@settings(max_examples=20, deadline=None, derandomize=True)
@given(st.lists(st.text(max_size=80), min_size=20))
def test_no_text_ends_the_tagging(texts: list[str]) -> None:
    found = Tagger.load(SCHEMAS).tag(pa.array(texts, pa.string())).to_pylist()
    assert all(0 <= hit["start"] < hit["end"] <= len(texts[hit["doc"]]) for hit in found)


@pytest.mark.parametrize(("worth", "run"), [([], (0, 0)), ([-1, -2], (0, 0)), ([1, -3, 2, 2, -1, 3, -9, 4], (2, 6)), ([0, 2, 0], (1, 2))])
def test_the_evidence_is_the_run_of_words_that_weighs_most(worth: list[float], run: tuple[int, int]) -> None:
    assert _best_run(worth) == run


def test_the_weights_are_learnt_from_the_sentences_that_are_there(classifier: Classifier) -> None:
    seen = Counter(feature for sentence in sentences() for feature in sentence.features)
    with WEIGHTS.open(encoding="utf-8", newline="") as file:
        used = {row["feature"] for row in csv.DictReader(file)}
    assert {feature for feature in used if seen[feature] < LEAST_SEEN} == set()
    assert set(classifier.indicators) <= {DENIED, *load_indicators(SCHEMAS)}


def test_what_is_learnt_from_is_what_the_tagger_sees() -> None:
    tagger, own = Tagger.load(SCHEMAS), Pieces(Lexicon(SCHEMAS / "indicators").misspelled, load_excluded(SCHEMAS))
    texts = [sentence["text"] for language in ("en", "es") for sentence in _dev(language)]
    assert len(texts) > 200
    for text in texts:
        pieces: list[list[str]] = []
        tagger._read(folded(text), [], pieces)
        assert [list(dict.fromkeys(features(one))) for one in pieces if any(one)] == [given for given, _, _ in _cut(text, [], own)]


def test_a_cue_is_not_tried_where_its_sentence_speaks_against_it(classifier: Classifier) -> None:
    scores = classifier.scores([["kept", "my", "passp"], ["the", "weath", "was", "cold"], ["kept", "my", "passp"]])
    possible = classifier.possible(scores)
    for label, indicator in enumerate(classifier.indicators):
        assert [bool(possible[indicator] >> number & 1) for number in range(3)] == (scores[:, label] >= RULED_OUT).tolist()
    assert possible["DOC-01"] == 0b101


def test_a_whole_sentence_may_deny_without_a_no() -> None:
    found = Tagger.load(SCHEMAS).tag_one("Entran y salen cuando quieren.")
    assert [(hit.indicator, hit.cue, hit.polarity) for hit in found] == [("RES-01", "RES-01.words", "negated")]


def test_a_sentence_may_tell_without_a_cue_and_its_hit_has_a_place() -> None:
    texts = [sentence["text"] for language in ("en", "es") for sentence in _dev(language)]
    found = [hit for hit in Tagger.load(SCHEMAS).tag(pa.array(texts)).to_pylist() if hit["cue"].endswith(".words")]
    assert len(found) > 20
    places = [texts[hit["doc"]][hit["start"] : hit["end"]] for hit in found]
    assert all(place == place.strip() != "" and "\n" not in place for place in places)


def _dev(language: str) -> list[dict[str, str]]:
    from tests.evaluation.tagger import narratives

    return narratives("dev", language)
