"""What the words around a hit say about it: negation, doubt, supposition, memory, and films; and that nothing else does."""

import csv
import json
import subprocess
import sys
from itertools import product
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.cli.context import context
from pipelines.core.errors import ConfigFault, UsageError
from pipelines.core.settings import ROOT
from pipelines.indicators.context import Context, Reading, Sentence, load_rules
from pipelines.indicators.rules import AXES, Rules
from pipelines.indicators.text import folded, sentences
from tests.evaluation.context import CLASSES, f1, negex_cases, nubes_cases, ours

STAS = Path(sys.executable).with_name("stas")
CASES = list(csv.DictReader((Path(__file__).parent / "context" / "cases.csv").read_text(encoding="utf-8").splitlines()))
VALUES = sorted({(case["axis"], case["value"]) for case in CASES})


@pytest.fixture(scope="module")
def rules() -> Rules:
    return load_rules(ROOT / "schemas")


def judged(rules: Rules, marked: str) -> Context:
    """The context of what stands in brackets."""
    start, end = marked.index("["), marked.index("]") - 1
    return Reading(rules, folded(marked.replace("[", "", 1).replace("]", "", 1))).context(start, end)


@pytest.mark.parametrize(("axis", "value"), VALUES, ids=map("-".join, VALUES))
def test_an_axis_is_set_by_the_words_around_the_hit(rules: Rules, axis: str, value: str) -> None:
    """Each case has one hit, in brackets; the axis `all` means that nothing is set on any axis."""
    texts = [case["text"] for case in CASES if (case["axis"], case["value"]) == (axis, value)]
    found = {text: judged(rules, text) for text in texts}
    assert {t: c for t, c in found.items() if (c != Context() if axis == "all" else getattr(c, axis) != value)} == {}


def test_a_row_may_let_a_word_inside_the_hit_count_and_a_negation_never_does(rules: Rules) -> None:
    assert judged(rules, "He [might have her papers].").certainty == "hedged"
    assert judged(rules, "They [walked the street from 2006 to 2010].").temporality == "historical"
    assert judged(rules, "She is [not free to go].") == Context()


def test_some_anchors_speak_for_the_sentences_that_follow(rules: Rules) -> None:
    text = "Back then he had a house in the valley. He [locked us in]. Now he has moved."
    assert judged(rules, text).temporality == "historical"
    assert judged(rules, "Back then he had a house. Now he rents. He [locks her in].").temporality == "current"
    assert judged(rules, "He never hit her. He [locks her in].") == Context()


def test_many_hits_of_a_sentence_share_one_reading_and_do_not_change_each_other(rules: Rules) -> None:
    text = folded("No bruises, but he took her phone and he might hold her papers.")
    sentence = Sentence(rules, text)
    spans = [(text.index(part), text.index(part) + len(part)) for part in ("bruises", "took her phone", "hold her papers")]
    alone = [Sentence(rules, text).context(*span) for span in spans]
    assert [sentence.context(*span) for span in [*spans, *reversed(spans)]] == [*alone, *reversed(alone)]
    assert [(c.polarity, c.certainty) for c in alone] == [("negated", "certain"), ("affirmed", "certain"), ("affirmed", "hedged")]


@given(st.text(alphabet=st.sampled_from("aA nNoO\u00e1\u00d1.,;:?!'\"\n-()\u2019\u00bf\u0130\ufb01\u65e5019"), max_size=80))
@settings(max_examples=300, deadline=None)
def test_positions_hold_for_any_text(text: str) -> None:
    plain = folded(text)
    assert len(plain) == len(text)
    assert folded(plain) == plain
    spans = sentences(plain)
    assert [start for start, _ in spans] == ([0] if text else []) + [end for _, end in spans[:-1]]
    assert not text or spans[-1][1] == len(text)
    reading = Reading(load_rules(ROOT / "schemas"), plain)
    assert all(reading.context(place, place + 1) in {Context(*values) for values in product(*AXES.values())} for place in range(len(text)))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("RP saw approx. ten men. They left.", ["RP saw approx. ten men.", " They left."]),
        ("At 5 a.m. he came. Dr. Smith knows.", ["At 5 a.m. he came.", " Dr. Smith knows."]),
        ("He owes 3.5 thousand. She left", ["He owes 3.5 thousand.", " She left"]),
        ("He closed the door.She cried", ["He closed the door.", "She cried"]),
        ("1. He hit her. 2. He left.", ["1. He hit her.", " 2. He left."]),
        ("Denies:\n- debt\n- threats\nHe left", ["Denies:\n- debt\n- threats\n", "He left"]),
        ("Signs: 1. debt 2. threats", ["Signs: 1. debt 2. threats"]),
        ("Was she hit? No. He left.", ["Was she hit? No.", " He left."]),
        ("ya se fue!!! no vuelve", ["ya se fue!!!", " no vuelve"]),
    ],
)
def test_sentences_end_where_a_reader_ends_them(text: str, expected: list[str]) -> None:
    assert [text[start:end] for start, end in sentences(text)] == expected


@pytest.mark.parametrize(
    ("row", "named"),
    [
        ("never,en,polarity,maybe,before,", "value to be one of"),
        ("never,en,mood,negated,before,", "sets to be one of"),
        ("never,en,polarity,negated,above,", "direction to name some of"),
        ("never,en,polarity,negated,before,far", "reach to be blank"),
        ("Never,en,polarity,negated,before,", "small letters without accents"),
        ("never,fr,polarity,negated,before,", "language to be en or es"),
        ("but,en,stop,mood,before,", "value to name axes"),
        ("(never|not,en,polarity,negated,before,", "words and marks"),
        ("rule-out,en,polarity,negated,before,", "words and marks"),
        ("no,en,polarity,affirmed,before,", "another meaning in an earlier row"),
    ],
)
def test_a_row_that_cannot_be_meant_stops_the_run_and_is_named(tmp_path: Path, row: str, named: str) -> None:
    folder = tmp_path / "indicators"
    folder.mkdir()
    (folder / "context.csv").write_text(f"trigger,language,sets,value,direction,reach\nno,en,polarity,negated,before,\n{row}\n", encoding="utf-8")
    with pytest.raises(ConfigFault, match=r"context\.csv: row 3") as fault:
        load_rules(tmp_path)
    assert named in str(fault.value)


def test_the_command_gives_a_line_for_every_line(tmp_path: Path) -> None:
    text = "La dueña no le quitó el pasaporte."
    lines = [{"id": "a", "text": text, "start": 15, "end": 33, "lang": "es"}, {"id": 2, "text": text, "start": 9, "end": 99}, "[]", "{"]
    source, target = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    source.write_text("".join((line if isinstance(line, str) else json.dumps(line)) + "\n" for line in lines), encoding="utf-8")
    done = subprocess.run([str(STAS), "context", str(source), str(target)], capture_output=True, text=True, timeout=60, check=False)
    found = [json.loads(line) for line in target.read_text(encoding="utf-8").splitlines()]
    assert (done.returncode, len(found)) == (1, 4)
    assert found[0] == {"id": "a", "polarity": "negated", "certainty": "certain", "temporality": "current", "experiencer": "reported"}
    assert [line.get("id") for line in found] == ["a", 2, None, None] and all("line" in line["error"] for line in found[1:])
    assert text not in done.stderr + json.dumps(found[1:])
    with pytest.raises(UsageError, match="is not a file"):
        context(tmp_path / "no", target)


def test_on_sentences_of_others_whose_errors_nobody_has_looked_at(shared_data: Path) -> None:
    """Floors a little under the figures of `python -m tests.evaluation.context`, so that a worse trigger is noticed."""
    floors = {"negex": {"negation": 0.97, "hypothetical": 0.9}, "nubes": {"negation": 0.94, "uncertainty": 0.87}}
    sets = {
        "negex": negex_cases(shared_data / "deid" / "negex_dev.jsonl"),
        "nubes": nubes_cases(shared_data / "deid" / "nubes_es_sample009_010.jsonl"),
    }
    for name, cases in sets.items():
        part = [case for case in cases if case.half == "reporting"]
        contexts = ours(part)
        for kind, floor in floors[name].items():
            gold = np.array([kind in case.gold for case in part])
            assert f1(gold, np.array([CLASSES[kind](context) for context in contexts])) >= floor, (name, kind)
