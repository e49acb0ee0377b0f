"""What the words around a hit say about it: negation, doubt, supposition, memory, and films; and that nothing else does."""

import json
import subprocess
import sys
from itertools import product
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.core.errors import ConfigFault
from pipelines.core.settings import ROOT
from pipelines.indicators.context import Context, Reading, Sentence, load_rules
from pipelines.indicators.rules import AXES, Rules
from pipelines.indicators.text import folded, sentences
from tests.evaluation.context import CLASSES, f1, negex_cases, nubes_cases, ours

STAS = Path(sys.executable).with_name("stas")
NEGATED = [
    "He denies that he [took her phone].",
    "She says nobody [took her phone].",
    "Nobody ever hit, threatened or [locked her in].",
    "No [bruises], burns, or cuts.",
    "No bruises, burns, or [cuts].",
    "Denies: weapons, drugs, [debt].",
    "Denies:\n- weapons\n- [debt]\n- drugs",
    "Neg for [restraint marks].",
    "Exam was -ve for [bruising].",
    "[Restraint marks]: none.",
    "[Weapons] - none",
    "[Debt bondage] was ruled out.",
    "The report of [a locked room] was not substantiated.",
    "[Locked in]? No.",
    "She was asked whether he [held her papers], she said no.",
    "They have not been [hit].",
    "didnt [take her passport]",
    "It is not true that she [owes him money].",
    "He [kept her papers], she was asked, which she denied.",
    "No one at the site has ever been [threatened].",
    "w/o [bruises]",
    "Nunca le [quitaron el pasaporte].",
    "La señora niega que le [quiten el pasaporte].",
    "no le [quitaron el pasaporte]",
    "Nadie la [encierra].",
    "Sin [golpes] visibles.",
    "Ninguno refirió [amenazas], retención de papeles ni deudas.",
    "Ninguno refirió amenazas, retención de papeles ni [deudas].",
    "No le pegan ni la [encierran].",
    "Se descartó [servidumbre por deudas].",
    "[Amenazas]: niega.",
    "Dice q no la [encierran].",
    "RP states que no le [quitan el dinero].",
    "Ella dijo que nobody [took her phone].",
    "Tampoco le [retienen la visa].",
]
AFFIRMED = [
    "He is not only rude, he [took her phone].",
    "No doubt he [took her phone].",
    "No change since the last visit: he [locks her in].",
    "No injuries, but he [took her phone].",
    "She does not complain, however they [lock her in].",
    "She did not see the man who [took her phone].",
    "She can't leave because he [took her passport].",
    "No matter what she says he [locks her in].",
    "She is [not allowed to leave].",
    "They are [never allowed to go out alone].",
    "The door is not without [a padlock].",
    "He did not deny that he [took her phone].",
    "Nobody denied that they [lock the door].",
    "She is not hurt and is [locked in].",
    "He didn't pay her, he [took her phone] too.",
    "No solo le grita, le [quitó el pasaporte].",
    "No tiene golpes pero le [quitaron el pasaporte].",
    "No es su hija sino que la [tiene encerrada].",
    "Sin duda la [tienen encerrada].",
    "No es que no le [quiten el dinero].",
    "El dueño no negó que le [quitó el pasaporte].",
    "Aunque no le pega, la [encierra] de noche.",
    "Sin embargo la [encierran].",
    "No se queja porque la [amenazan].",
    "No, la [encierran] todas las noches.",
]
HEDGED = [
    "He might have [taken her phone].",
    "RP thinks that she is [locked in].",
    "Poss [debt bondage].",
    "r/o [debt bondage]",
    "Not certain whether he [took her phone].",
    "I'm not sure but he [took her phone].",
    "I suspect that they [lock her in].",
    "It looks like he [holds her papers].",
    "He [holds her papers], I think.",
    "He allegedly [took her phone].",
    "[Debt bondage] cannot be ruled out.",
    "It is unclear if they [lock her in].",
    "A lo mejor la [encierran].",
    "Creo que le [quitaron el pasaporte].",
    "Parece que la [tienen encerrada].",
    "Posible [servidumbre por deudas].",
    "No estoy seguro de que la [encierren].",
    "Capaz que la [encierran].",
    "Tal vez le [quiten el dinero].",
    "No se descarta [servidumbre por deudas].",
    "La [encierran], creo.",
    "quiza la [encierran]",
]
HYPOTHETICAL = [
    "If he ever [took her phone], would that count?",
    "Do you know whether they [lock the doors]?",
    "What should I do if a student is [locked in]?",
    "In case of [debt bondage] call us.",
    "Evaluate for [restraint marks].",
    "Is it legal to [hold a passport]?",
    "Call us if you see [restraint marks] or bruises.",
    "Please check if he [holds her papers].",
    "Should she be [locked in], call 911.",
    "En caso de que la [encierren], ¿a quién llamo?",
    "Si llegara a [quitarle el pasaporte], avísenos.",
    "¿Es legal que le [quiten el pasaporte]?",
    "Quisiera saber si la [encierran].",
    "Qué hacer si alguien está [encerrado].",
    "si alguna vez le [quitan el pasaporte]",
]
HISTORICAL = [
    "Two years ago he [took her phone].",
    "At a previous job they [took her passport].",
    "h/o [debt bondage]",
    "History of [debt bondage].",
    "s/p [assault]",
    "He used to [lock her in].",
    "In 2014 she was [locked in].",
    "She was [locked in] in 2014.",
    "He [took her phone] last year.",
    "When I was a child they [locked us in].",
    "Hace dos años le [quitaron el pasaporte].",
    "Le [quitaron el pasaporte] hace tres años.",
    "En su trabajo anterior la [encerraban].",
    "Antecedente de [servidumbre por deudas].",
    "En 2019 la [encerraron].",
    "el año pasado la [encerraron]",
]
CURRENT = [
    "In 2014 she came here, but now he [locks her in].",
    "He was used to [locking her in].",
    "She used to be free, now he [took her phone].",
    "Hace dos años vino y ahora la [encierran].",
    "She has a one-week history of [being locked in].",
]
OTHER = [
    "In the movie he [took her phone].",
    "Our training slides show [a locked room].",
    "The article says the owner [took their passports].",
    "The brochure lists [debt bondage].",
    "The policy draft says staff may not [hold passports].",
    "I read a novel in which he [locks her in].",
    "En la película la [encierran].",
    "Vi en las noticias que los [tenían encerrados].",
    "En el curso nos hablaron de [servidumbre por deudas].",
    "El folleto menciona la [retención de papeles].",
    "Family history of [injury].",
]
REPORTED = [
    "He runs a training center and [took her phone].",
    "He teaches for a living and [took her phone].",
    "Of course he [took her phone].",
    "My neighbor [took her phone].",
]
CASES = [
    *(("polarity", "negated", text) for text in NEGATED),
    *(("polarity", "affirmed", text) for text in AFFIRMED),
    *(("certainty", "hedged", text) for text in HEDGED),
    *(("certainty", "hypothetical", text) for text in HYPOTHETICAL),
    *(("temporality", "historical", text) for text in HISTORICAL),
    *(("temporality", "current", text) for text in CURRENT),
    *(("experiencer", "other", text) for text in OTHER),
    *(("experiencer", "reported", text) for text in REPORTED),
]


@pytest.fixture(scope="module")
def rules() -> Rules:
    return load_rules(ROOT / "schemas")


def judged(rules: Rules, marked: str) -> Context:
    """The context of what stands in brackets."""
    start, end = marked.index("["), marked.index("]") - 1
    return Reading(rules, folded(marked.replace("[", "", 1).replace("]", "", 1))).context(start, end)


@pytest.mark.parametrize(("axis", "value", "marked"), CASES, ids=[text for _, _, text in CASES])
def test_an_axis_is_set_by_the_words_around_the_hit(rules: Rules, axis: str, value: str, marked: str) -> None:
    assert getattr(judged(rules, marked), axis) == value


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
    assert subprocess.run([str(STAS), "context", str(tmp_path / "no"), str(target)], capture_output=True, timeout=60, check=False).returncode == 2


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
