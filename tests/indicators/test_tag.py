"""A hit has a place and a context; a cue in a denial, a doubt, a memory or a film is not counted as a sign."""

import pyarrow as pa
import pytest

from pipelines.core.settings import ROOT
from pipelines.indicators.tag import Tagger, load_cues


@pytest.fixture(scope="module")
def tagger() -> Tagger:
    return Tagger.load(ROOT / "schemas")


def test_every_cue_finds_itself(tagger: Tagger) -> None:
    cues = load_cues(ROOT / "schemas")
    found = tagger.tag(pa.array([f"We saw: {cue.phrase}." for cue in cues])).to_pylist()
    for number, cue in enumerate(cues):
        assert any(hit["doc"] == number and hit["indicator"] == cue.indicator for hit in found), cue.id
    assert len({cue.indicator for cue in cues}) >= 60


@pytest.mark.parametrize(
    ("text", "axis", "value"),
    [
        ("The owner took his passport.", "polarity", "affirmed"),
        ("The owner never took his passport.", "polarity", "negated"),
        ("El dueño no le quitó el pasaporte.", "polarity", "negated"),
    ],
)
def test_context(tagger: Tagger, text: str, axis: str, value: str) -> None:
    hits = tagger.tag(pa.array([text])).to_pylist()
    assert hits and {hit[axis] for hit in hits} == {value}
    assert all(text[h["start"] : h["end"]].strip() for h in hits)


def test_the_same_texts_in_any_batches_give_the_same_hits(tagger: Tagger) -> None:
    texts = ["The owner took his passport.", None, "", "Nada.", "The owner never took his passport."] * 20
    whole = tagger.tag(pa.array(texts, pa.string())).to_pylist()
    parts = [{**hit, "doc": hit["doc"] + at} for at in range(0, 100, 7) for hit in tagger.tag(pa.array(texts[at : at + 7], pa.string())).to_pylist()]
    assert whole == parts
