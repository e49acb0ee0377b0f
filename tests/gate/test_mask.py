"""The gate masks what identifies, leaves what does not, and lets nothing pass unscanned."""

import csv
import tomllib
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import settings as example_settings
from hypothesis import strategies as st

from pipelines.gate import mask as module
from pipelines.gate.mask import MAX_LENGTH, mask, mask_one
from pipelines.indicators.tag import Tagger

ROOT = Path(__file__).resolve().parents[2]
ORDINARY = " The workers sleep in the back of the restaurant, and the owner keeps the keys of all the doors in a drawer."
CATCHES = [
    ("Call him at (415) 555-0133.", "[PHONE]", "555"),
    ("Call 415.555.0133 now.", "[PHONE]", "555"),
    ("Her cell is +1 213 555 0188.", "[PHONE]", "0188"),
    ("Call her on four one five five five five zero one two three.", "[PHONE]", "four one"),
    ("Llama al cuatro uno cinco, cinco cinco cinco, cero uno dos tres.", "[PHONE]", "cuatro"),
    ("Call 4 1 5 / 5 5 5 / 0 1 2 3 today.", "[PHONE]", "5 5"),
    ("Call double five five then oh one two three then four one five.", "[PHONE]", "double"),
    ("Call 4l5-5S5-O1Z3 today.", "[PHONE]", "5S5"),
    (
        "Call 4\u20e31\u20e35\u20e3 5\u20e35\u20e35\ufe0f\u20e3 0\u20e31\u20e32\u20e33\u20e3 please.",
        "[PHONE]",
        "\u20e3",
    ),
    ("Call 31two two34 five five.", "[NUMBER]", "two34"),
    ("Write to worker.one@example.org today.", "[EMAIL]", "example"),
    ("Write to worker at example dot org today.", "[EMAIL]", "example"),
    ("Escribir a aviso arroba ejemplo punto org hoy.", "[EMAIL]", "ejemplo"),
    ("Write to worker (at) example [dot] org today.", "[EMAIL]", "example"),
    ("See www.example.org/ads for it.", "[URL]", "example"),
    ("Her handle is @sample_user1.", "[HANDLE]", "sample"),
    ("The SSN is 000-12-3456.", "[SSN]", "3456"),
    ("The card is 4111 1111 1111 1111.", "[CARD]", "4111"),
    ("The card is 4111111111111111.", "[", "4111"),
    ("He drives a car with plate 8ABC123.", "[PLATE]", "8ABC"),
    ("The plate is 8 A B C 1 2 3 today.", "[", "B C"),
    ("She was born on 03/04/1999.", "[DOB]", "1999"),
    ("Nació el 3 de abril de 1999.", "[DOB]", "1999"),
    ("The VIN is 1M8GDM9A X KP 042788.", "[", "042788"),
    ("They live at 123 Example Street Apt 4, Fresno, CA 93701.", "[ADDRESS]", "Apt"),
    ("Viven en la calle Ejemplo 123, piso 2.", "[ADDRESS]", "piso"),
    ("Viven en la avenida de los Ejemplos número 123.", "[ADDRESS]", "Ejemplos"),
    ("Ask for Mrs. Placeholdername there.", "[NAME]", "Placeholder"),
    ("The manager, Nombreficticia, keeps the keys.", "[NAME]", "Nombre"),
    ("The manager is nombreficticia and he keeps the keys.", "[WORD]", "nombre"),
    ("She says that Brown keeps the money.", "[NAME]", "Brown"),
    ("She says that brown keeps the money.", "[WORD]", "brown"),
    ("Officer Hall took the call.", "[NAME]", "Hall"),
    ("We met Rosa de la Cruz there.", "[NAME]", "Cruz"),
    ("Her name is S-A-M-P-L-E.", "[NAME]", "M-P"),
    ("Call 415\u200b555\u200b0133 please.", "[PHONE]", "0133"),
    ("Call \uff14\uff11\uff15-555-0133 please.", "[PHONE]", "0133"),
    ("The manager, N\u043embre\u0301ficticia, keeps the keys.", "[NAME]", "ficticia"),
]
PASSES = [
    "The workers sleep in the back of the restaurant. The owner keeps their passports.",
    "She is 16 years old and was told she owes 500 dollars, then $12,000.",
    "Los trabajadores viven en el almacén y no pueden salir.",
    "A man drove three women to a motel near the airport in Fresno.",
    "A young woman with brown hair got out of a white van in May. She speaks no English.",
    "La mujer joven salió de una camioneta blanca el lunes y no tenía su pasaporte.",
    "They work 14 hours a day, 7 days a week, and in 2019 it was the same in Santa Clara County.",
    "The hall was dark, the hill is behind the church, and the FBI was told.",
]


@pytest.mark.parametrize(("text", "kind", "gone"), CATCHES)
def test_catches(text: str, kind: str, gone: str) -> None:
    clean, spans, reason = mask_one(text + ORDINARY)
    assert reason is None and clean is not None
    assert kind in clean and gone not in clean
    assert spans


@pytest.mark.parametrize("text", PASSES)
def test_passes(text: str) -> None:
    assert mask_one(text) == (text, [], None)


@pytest.mark.parametrize("language", ["en", "es"])
def test_no_sentence_of_the_simulated_tips_is_masked(language: str) -> None:
    folder = ROOT / "pipelines" / "samples"
    frames, words = (tomllib.loads((folder / f"{name}.toml").read_text(encoding="utf-8")) for name in (f"frames_{language}", "words"))
    sentences = []
    for number, sentence in enumerate(_sentences(frames)):
        for slot in ("job", "spot", "when"):
            sentence = sentence.replace(f"{{{slot}}}", words[language][slot][number % len(words[language][slot])])
        sentences.append(sentence.replace("{n}", str(3 + number % 20)))
    assert len(sentences) > 400 and not any("{" in sentence for sentence in sentences)
    assert mask(pa.array(sentences)).texts.to_pylist() == sentences


def _sentences(frames: object) -> Iterator[str]:
    """All texts in a tree of tables and lists."""
    if isinstance(frames, str):
        yield frames
    else:
        for part in frames.values() if isinstance(frames, dict) else frames:  # type: ignore[attr-defined]  # a TOML table or array
            yield from _sentences(part)


def _indicators(tagger: Tagger, text: str) -> list[str]:
    return sorted({hit.indicator for hit in tagger.tag_one(text)})


@pytest.mark.slow
@pytest.mark.parametrize("language", ["en", "es"])
def test_no_indicator_is_lost_by_masking(language: str) -> None:
    with (ROOT / "schemas" / "indicators" / f"examples_{language}.csv").open(encoding="utf-8", newline="") as file:
        examples = [row["sentence"] for row in csv.DictReader(file) if row["kind"] == "hit"]
    assert len(examples) > 200
    tagger = Tagger(ROOT / "schemas")
    masked = [text or "" for text in mask(pa.array(examples)).texts.to_pylist()]
    lost = [text for text, clean in zip(examples, masked, strict=True) if clean != text and _indicators(tagger, clean) != _indicators(tagger, text)]
    # A word that many bear as a name (rice, day, duran) is masked where nothing around it shows that it is a word: the leak bound goes first.
    assert len(lost) <= len(examples) // 200, lost


@example_settings(max_examples=300, deadline=None)
@given(st.text(max_size=200))
def test_masking_twice_changes_nothing(text: str) -> None:
    clean, _, reason = mask_one(text)
    if clean is not None:
        assert mask_one(clean)[0] == clean
    else:
        assert reason


PIECES = st.sampled_from(
    [
        *(
            "Brown",
            "brown",
            "John",
            "de",
            "la",
            "van",
            "white",
            "Street",
            "12",
            "4155",
            "550133",
            "-",
            ".",
            ", ",
            "\n",
            "@",
            "dot",
            "at",
        ),
        *(
            "example",
            "org",
            "named",
            "Mr.",
            "[NAME]",
            "five",
            "uno",
            "dash",
            "calle",
            "Ejemplo",
            "A",
            "b",
            "may",
            "May",
            "hall",
            "the",
            "of",
        ),
        *("plate", "8ABC123", "$", "#", "(", ")", "May 3", "FBI", "se llama", "ñandú", "\u200b", "’", "“"),
    ]
)


@pytest.mark.slow
@example_settings(max_examples=400, deadline=None)
@given(st.lists(PIECES, max_size=25), st.sampled_from(["", " "]))
def test_masking_twice_changes_nothing_in_what_looks_like_identifiers(pieces: list[str], between: str) -> None:
    clean, spans, reason = mask_one(between.join(pieces) + ORDINARY)
    assert (clean is None) == (reason is not None)
    assert all(a[1] <= b[0] for a, b in pairwise(spans))
    if clean is not None:
        assert mask_one(clean)[0] == clean


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("word " * MAX_LENGTH, "G-LENGTH"),
        ("She is called something else but her friend is named nombreficticia apellidoficticio here." + ORDINARY, "G-CUE"),
        ("415-555-0133 415-555-0134 ok", "G-SHARE"),
    ],
)
def test_what_cannot_be_masked_safely_is_held(text: str, reason: str) -> None:
    assert (mask_one(text)[0], mask_one(text)[2]) == (None, reason)


def test_whatever_goes_wrong_costs_its_own_text(monkeypatch: pytest.MonkeyPatch) -> None:
    find = module.find

    def fail(texts: list[str]) -> object:
        if any("555" in text for text in texts):
            raise RuntimeError
        return find(texts)

    monkeypatch.setattr(module, "find", fail)
    masked = mask(pa.array(["The owner keeps 415-555-0133.", None, "The owner keeps the keys."]))
    assert masked.texts.to_pylist() == [None, None, "The owner keeps the keys."]
    assert masked.held.to_pylist() == ["G-ERROR", None, None]


@pytest.mark.parametrize(
    ("text", "wanted", "kind"),
    [
        ("Los trabajadores dieron este número: 415-555-0133 al ﬁn", "415-555-0133", "PHONE"),
        ("“¿Quién?” — dijo; el correo es aviso@example.org…", "aviso@example.org", "EMAIL"),
        ("Zero\u200b width and 4\u200b15-555-01\u200b33 here", "4\u200b15-555-01\u200b33", "PHONE"),
    ],
)
def test_spans_are_places_in_the_text_as_it_came(text: str, wanted: str, kind: str) -> None:
    (span,) = mask(pa.array([text])).spans.to_pylist()
    assert (text[span["start"] : span["end"]], span["type"]) == (wanted, kind)


def test_texts_are_masked_alike_in_any_company() -> None:
    texts = [text + ORDINARY for text, _, _ in CATCHES] + PASSES
    together = mask(pa.array(texts)).texts.to_pylist()
    assert together == [mask_one(text)[0] for text in texts]
