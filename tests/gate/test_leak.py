"""How many of those whose surname stands in a text would the gate give away: computed, not believed."""

import pytest

from tests.evaluation.leak import leak_bound


@pytest.mark.slow
def test_the_leak_bound_holds() -> None:
    pytest.importorskip("names", reason="needs the census list in the package `names` (make peers)")
    bounds = leak_bound()
    assert max(bounds["capitalised, mid-sentence"].values()) <= 0.001
    assert max(bounds["small letters, mid-sentence"].values()) <= 0.01
    assert max(bounds["start of a sentence"].values()) <= 0.01
