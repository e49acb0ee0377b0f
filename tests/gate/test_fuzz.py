"""The gate on arbitrary input: no crash, nothing unscanned, a fixed point, spans that are what was masked, linear time."""

from itertools import islice

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import settings as example_settings
from hypothesis import strategies as st

from pipelines.gate.mask import mask
from tests.gate.fuzz import NASTY, PLANTED, SEED, UNITS, faults, growth, inputs

pytestmark = pytest.mark.slow

PIECES = st.one_of(st.text(max_size=30), st.sampled_from(NASTY), st.sampled_from(UNITS), st.from_regex(r"[0-9A-Za-z@. -]{1,20}", fullmatch=True))


def test_mutated_texts() -> None:
    assert faults(list(islice(inputs(SEED), 2_000))) == []


@example_settings(max_examples=150, deadline=None, derandomize=True, database=None)
@given(st.lists(st.lists(PIECES, max_size=12).map("".join), min_size=1, max_size=12))
def test_arbitrary_texts(texts: list[str]) -> None:
    assert faults([f"{text[: len(text) // 2]} {PLANTED} {text[len(text) // 2 :]}" for text in texts]) == []


def test_nothing_and_null() -> None:
    found = mask(pa.array([None, "", " "], pa.string()))
    assert (found.texts.to_pylist(), found.held.null_count, len(found.spans)) == ([None, "", " "], 3, 0)
    assert len(mask(pa.array([], pa.string())).texts) == 0


@pytest.mark.parametrize("unit", UNITS, ids=ascii)
def test_time_grows_with_length(unit: str) -> None:
    assert growth(unit) < 24
