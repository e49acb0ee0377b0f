"""`make eval-tagger`: the tagger on narratives that someone else wrote and labelled, beside its peers, as a Markdown table.

`--write` also writes the figures by indicator, which the validity cards show, and the page of the cards. The half `held` decides, and `third`,
narratives by other authors still; `dev` was seen while cues were written and is learnt from, so its figures flatter, and so do those of `bank`
(tests/evaluation/markup.py). `python -m tests.evaluation.learn --check` gives what the classifier alone makes of each author whom it has not read.
"""

import csv
import json
import sys
from functools import partial
from pathlib import Path
from typing import Any

import pyarrow as pa

from pipelines.cards import FIGURES, cards_page
from pipelines.core.settings import ROOT
from pipelines.indicators.tag import Tagger
from tests.evaluation.markup import bank
from tests.evaluation.peers import keywords, ruler
from tests.evaluation.scoring import AXES, Counts, Find, Found, score, shown, wilson

NARRATIVES = Path(__file__).with_name("narratives")
SCHEMAS = ROOT / "schemas"
FIGURES_FILE = SCHEMAS / "indicators" / "evaluation.csv"
PAGE = ROOT / "docs" / "indicators.md"
LANGUAGES = ("en", "es")


def narratives(half: str, language: str) -> list[dict[str, Any]]:
    """The labelled narratives of one set, or none."""
    if half == "bank":
        return bank(language)
    path = NARRATIVES / f"{half}_{language}.jsonl"
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()] if path.is_file() else []


def tagged(texts: list[str]) -> list[list[Found]]:
    """What the tagger finds in each text."""
    made: list[list[Found]] = [[] for _ in texts]
    for hit in Tagger.load(SCHEMAS).tag(pa.array(texts, pa.string())).to_pylist():
        made[hit["doc"]].append(hit)
    return made


def line(half: str, language: str, name: str, counts: Counts) -> str:
    """One row of the table."""
    axes = (shown(counts.axes[axis], counts.right) for axis in AXES)
    return f"| {half} | {language} | {name} | {shown(*counts.precision)} | {shown(*counts.recall)} | {' | '.join(axes)} |"


def write(each: dict[str, dict[str, Counts]]) -> None:
    """The figures by indicator and language, and the cards."""

    def parts(right: int, of: int) -> list[str]:
        return [f"{value:.2f}" for value in wilson(right, of)] if of else ["", "", ""]

    with FIGURES_FILE.open("w", encoding="utf-8", newline="") as file:
        out = csv.writer(file, lineterminator="\n")
        out.writerow(("indicator", *FIGURES))
        for language, by in each.items():
            for indicator, counts in sorted(by.items()):
                out.writerow((indicator, language, counts.recall[1], *parts(*counts.precision), *parts(*counts.recall)))
    PAGE.write_text(cards_page(SCHEMAS), encoding="utf-8")


def main() -> None:
    """All sets that are there, both languages, the tagger and its peers."""
    print(f"| Half | Language | Tagger | Precision | Recall | {' | '.join(AXES)} |\n|{'---|' * (5 + len(AXES))}")
    each: dict[str, dict[str, Counts]] = {}
    for half in ("bank", "dev", "third", "held"):
        for language in LANGUAGES:
            if not (given := narratives(half, language)):
                continue
            peers: dict[str, Find] = {"phrases": partial(keywords, language), "entity ruler, negspaCy": partial(ruler, language)}
            finders: dict[str, Find] = {"ours": tagged} | ({} if half == "bank" else peers)
            for name, find in finders.items():
                whole, by = score(given, find)
                print(line(half, language, name, whole), flush=True)
                if name == "ours":
                    each[language] = by  # the untouched half where it is there
    if "--write" in sys.argv:
        write(each)


if __name__ == "__main__":
    main()
