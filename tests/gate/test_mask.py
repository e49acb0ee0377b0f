"""The gate masks what identifies, leaves what does not, and lets nothing pass unscanned."""

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import settings as example_settings
from hypothesis import strategies as st

from pipelines.gate import mask as module
from pipelines.gate.mask import MAX_LENGTH, mask, mask_one

CATCHES = [
    ("Call him at (415) 555-0133.", "[PHONE]", "555"),
    ("Call 415.555.0133 now.", "[PHONE]", "555"),
    ("Her cell is +1 213 555 0188.", "[PHONE]", "0188"),
    ("Reach her on four one five five five five zero one two three.", "[PHONE]", "four one"),
    ("Write to worker.one@example.org today.", "[EMAIL]", "example"),
    ("Write to worker at example dot org today.", "[EMAIL]", "example"),
    ("See www.example.org/ads for it.", "[URL]", "example"),
    ("Her handle is @sample_user1.", "[HANDLE]", "sample"),
    ("The SSN is 000-12-3456.", "[SSN]", "3456"),
    ("The card is 4111 1111 1111 1111.", "[CARD]", "4111"),
    ("The card is 4111111111111111.", "[CARD]", "4111"),
    ("He drives a car with plate 8ABC123.", "[PLATE]", "8ABC"),
    ("She was born on 03/04/1999.", "[DOB]", "1999"),
    ("They live at 123 Example Street Apt 4.", "[ADDRESS]", "Example"),
    ("Viven en la calle Ejemplo 123.", "[ADDRESS]", "Ejemplo"),
    ("Ask for Mrs. Placeholdername there.", "[NAME]", "Placeholder"),
    ("The manager, Nombreficticia, keeps the keys.", "[NAME]", "Nombre"),
    ("Se llama nombreficticia.", "[NAME]", "nombre"),
    ("Call 415\u200b555\u200b0133 please.", "[PHONE]", "0133"),
    ("Call \uff14\uff11\uff15-555-0133 please.", "[PHONE]", "0133"),
]
PASSES = [
    "The workers sleep in the back of the restaurant. The owner keeps their passports.",
    "She is 16 years old and was told she owes 500 dollars.",
    "Los trabajadores viven en el almacén y no pueden salir.",
    "A man drove three women to a motel near the airport in Fresno.",
]


@pytest.mark.parametrize(("text", "kind", "gone"), CATCHES)
def test_catches(text: str, kind: str, gone: str) -> None:
    clean, spans, reason = mask_one(text + " The workers sleep in the back of the restaurant.")
    assert reason is None and clean is not None
    assert kind in clean and gone not in clean
    assert spans


@pytest.mark.parametrize("text", PASSES)
def test_passes(text: str) -> None:
    assert mask_one(text) == (text, [], None)


@example_settings(max_examples=300, deadline=None)
@given(st.text(max_size=200))
def test_masking_twice_changes_nothing(text: str) -> None:
    clean, _, reason = mask_one(text)
    if clean is not None:
        assert mask_one(clean)[0] == clean
    else:
        assert reason


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("word " * MAX_LENGTH, "G-LENGTH"),
        ("the man at the house told her that she owes him all of the money", "G-CUE"),
        ("415-555-0133 415-555-0134 ok", "G-SHARE"),
    ],
)
def test_what_cannot_be_masked_safely_is_held(text: str, reason: str) -> None:
    assert (mask_one(text)[0], mask_one(text)[2]) == (None, reason)


def test_whatever_goes_wrong_the_text_is_held(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(text: str) -> None:
        raise RuntimeError(text)

    monkeypatch.setattr(module, "find", fail)
    masked = mask(pa.array(["The owner keeps 415-555-0133.", None]))
    assert masked.texts.to_pylist() == [None, None]
    assert masked.held.to_pylist() == ["G-ERROR", None]


def test_spans_are_places_in_the_text_as_it_came() -> None:
    text = "Los trabajadores dieron este número: 415-555-0133 al ﬁn"
    (span,) = mask(pa.array([text])).spans.to_pylist()
    assert (text[span["start"] : span["end"]], span["type"]) == ("415-555-0133", "PHONE")
