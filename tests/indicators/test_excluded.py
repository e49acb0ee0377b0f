"""What must never be an indicator changes nothing, and no cue can come to rest on it."""

import csv
import json
import re
import shutil
from pathlib import Path

import pytest

from pipelines.core.errors import ConfigFault
from pipelines.core.settings import ROOT
from pipelines.indicators.excluded import blind_words, load_excluded
from pipelines.indicators.tag import Tagger
from pipelines.indicators.text import folded

SCHEMAS = ROOT / "schemas"
HOSTS = [
    ("The {} owner took her passport and the {} women are not allowed to leave.", {"DOC-01", "RES-01"}),
    ("El patrón {} le quitó el pasaporte a la muchacha {} y no la deja salir.", {"DOC-01", "RES-01"}),
]


def _found(text: str) -> list[tuple[str, ...]]:
    hits = Tagger.load(SCHEMAS).tag_one(text)
    return sorted((hit.indicator, hit.polarity, hit.certainty, hit.temporality, hit.experiencer) for hit in hits)


@pytest.mark.parametrize("host", HOSTS, ids=("en", "es"))
def test_no_excluded_word_put_into_a_text_changes_its_hits(host: tuple[str, set[str]]) -> None:
    text, expected = host
    plain = _found(text.replace("{} ", "").replace(" {}", ""))
    assert {hit[0] for hit in plain} >= expected
    assert {word: _found(text.format(word, word)) for word in sorted(blind_words(SCHEMAS))} == dict.fromkeys(sorted(blind_words(SCHEMAS)), plain)


@pytest.mark.slow
def test_taking_excluded_words_out_of_narratives_or_swapping_them_changes_no_hit() -> None:
    words = blind_words(SCHEMAS)
    expression = re.compile(r"(?<![\w'])(?:" + "|".join(sorted(words, key=len, reverse=True)) + r")(?!\w)")
    changed = 0
    for path in sorted((ROOT / "tests" / "evaluation" / "narratives").glob("*.jsonl")):
        for line in path.read_text(encoding="utf-8").splitlines():
            text = folded(json.loads(line)["text"])
            if expression.search(text):
                changed += 1
                assert _found(expression.sub("", text)) == _found(text) == _found(expression.sub("zapotec", text))
    assert changed >= 10


def test_a_cue_that_rests_on_an_excluded_word_fails_to_load(tmp_path: Path) -> None:
    schemas = tmp_path / "schemas"
    shutil.copytree(SCHEMAS, schemas)
    with (schemas / "indicators" / "cues_en.csv").open("a", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerow(("RES-09", "cue", "an undocumented woman"))
    with pytest.raises(ConfigFault, match=r"'undocumented' is excluded and RES-09 has no exception"):
        Tagger(schemas)


def test_a_threat_to_use_status_is_an_indicator_and_status_is_none() -> None:
    assert "THR-03" in load_excluded(SCHEMAS)["immigration"]
    assert ("THR-03", "affirmed", "certain", "current", "reported") in _found("He threatened to call immigration on her.")
    assert _found("She is an undocumented Guatemalan woman who crossed the border and works in a massage salon.") == []


@pytest.mark.parametrize(
    ("pattern", "message"),
    [
        ("..3 passport", "begins with a word"),
        ("take~ ..", "does not end with a gap"),
        ("take~ {nosuchlist}", "there is no list 'nosuchlist'"),
        ("Take the passport", "not in the pattern language"),
    ],
)
def test_a_cue_outside_the_pattern_language_fails_to_load_and_says_where(tmp_path: Path, pattern: str, message: str) -> None:
    schemas = tmp_path / "schemas"
    shutil.copytree(SCHEMAS, schemas)
    (schemas / "indicators" / "cues_en.csv").write_text(f"indicator,kind,pattern\nDOC-01,cue,{pattern}\n", encoding="utf-8")
    with pytest.raises(ConfigFault, match="cues_en.csv: row 2: .*" + message):
        Tagger(schemas)
