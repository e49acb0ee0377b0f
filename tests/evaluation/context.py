"""`python -m tests.evaluation.context`: the context rules on sentences none of us wrote, beside negspaCy on the same ones, as Markdown tables.

Triggers were tuned on one half of each set, chosen by a seeded hash of the sentence (NegEx) or document (NUBes); nobody has looked at the errors of
the other half, the reporting half. Intervals: 95 %, percentile bootstrap over distinct sentences. Give a folder of labelled narratives
({"text", "hits": [...]}, one a line, *.jsonl) to see also how often each axis is right on them, with Wilson intervals.
"""

import hashlib
import json
import os
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from pipelines.core.settings import ROOT
from pipelines.indicators.context import Context, Reading, load_rules
from pipelines.indicators.text import folded

DATA = Path(os.environ.get("STAS_SHARED_DATA") or ROOT.parent / "shared" / "data") / "deid"
SEED = 20261125
ROUNDS = 1000
ENTITIES = {"DISO", "PROC", "SUBS", "BODY", "OTHER"}
AXES = ("polarity", "certainty", "temporality", "experiencer")
# What others report for these sets, from their own runs on the whole of them.
PUBLISHED = {
    ("negex", "negation"): "NegEx .947 (its README), medspaCy ConText .929",
    ("negex", "historical"): "medspaCy ConText .632",
    ("negex", "hypothetical"): "medspaCy ConText .809",
    ("nubes", "negation"): "NegEx-MES word lists .869",
    ("nubes", "uncertainty"): "20 cues .792",
}


class Case(NamedTuple):
    """A span in a text, and which of the classes of its set it belongs to."""

    text: str
    start: int
    end: int
    gold: frozenset[str]
    half: str


CLASSES: dict[str, Callable[[Context], bool]] = {
    "negation": lambda c: c.polarity == "negated",
    "historical": lambda c: c.temporality == "historical",
    "hypothetical": lambda c: c.certainty == "hypothetical",
    "uncertainty": lambda c: c.certainty == "hedged",
}
SETS = {"negex": ("negation", "historical", "hypothetical"), "nubes": ("negation", "uncertainty")}


def half_of(key: str) -> str:
    """The half that a sentence or document belongs to, from its hash: no run and no order changes it."""
    return "tuning" if hashlib.sha256(f"{SEED}:{key}".encode()).digest()[0] % 2 == 0 else "reporting"


def negex_cases(path: Path) -> Iterator[Case]:
    """The NegEx sentences whose concept could be located."""
    for row in _rows(path):
        labels = {"Negated": "negation", "Historical": "historical", "Not particular": "hypothetical"}
        gold = frozenset(labels[row[key]] for key in ("negation", "temporality") if row[key] in labels)
        for span in row["spans"]:
            yield Case(row["text"], span["start"], span["end"], gold, half_of(" ".join(row["text"].lower().split())))


def nubes_cases(path: Path) -> Iterator[Case]:
    """The entities of NUBes: negated or uncertain where a cue's scope holds them, affirmed elsewhere."""
    for row in _rows(path):
        spans = {span["id"]: span for span in row["spans"]}
        scopes = []
        for relation in row["relations"]:
            kind, cue, scope = relation.split()
            if kind in ("Scope", "DiscScope"):
                name = "negation" if spans[cue[5:]]["type"].startswith("Neg") else "uncertainty"
                scopes.append((name, spans[scope[5:]]))
        for span in row["spans"]:
            if span["type"] in ENTITIES:
                gold = frozenset(name for name, scope in scopes if scope["start"] <= span["start"] and span["end"] <= scope["end"])
                yield Case(row["text"], span["start"], span["end"], gold, half_of(row["doc"]))


def _rows(path: Path) -> Iterator[dict[str, Any]]:
    with path.open(encoding="utf-8") as file:
        yield from map(json.loads, file)


def ours(cases: list[Case]) -> list[Context]:
    """The project's rules."""
    rules = load_rules(ROOT / "schemas")
    return [Reading(rules, folded(case.text)).context(case.start, case.end) for case in cases]


def negspacy(cases: list[Case], language: str) -> list[Context]:
    """negspaCy with the terms that suit it best here, given the same span and the text as one sentence. It knows negation alone."""
    import spacy
    from negspacy.negation import Negex
    from negspacy.termsets import termset

    nlp = spacy.blank(language)
    judge = Negex(nlp, "negex", termset({"en": "en", "es": "es_clinical"}[language]).get_patterns())
    found = []
    for case in cases:
        doc = nlp(case.text)
        for token in doc:
            token.is_sent_start = token.i == 0
        span = doc.char_span(case.start, case.end, label="HIT", alignment_mode="expand")
        doc.ents = [span]
        judge(doc)
        found.append(Context("negated" if doc.ents[0]._.negex else "affirmed"))
    return found


def f1(gold: np.ndarray, found: np.ndarray) -> float:
    """F1 of two arrays of booleans; 0 where there is neither."""
    both = 2 * int((gold & found).sum())
    total = int(gold.sum() + found.sum())
    return both / total if total else 0.0


def measured(cases: list[Case], contexts: list[Context], name: str) -> str:
    """Precision, recall and F1 of one class, with the interval of F1."""
    gold = np.array([name in case.gold for case in cases])
    found = np.array([CLASSES[name](context) for context in contexts])
    hits = int((gold & found).sum())
    _, group = np.unique([case.text for case in cases], return_inverse=True)
    counts = np.zeros((group.max() + 1, 3))
    np.add.at(counts, group, np.stack([gold & found, gold, found], 1))
    draws = np.random.default_rng(SEED).integers(0, len(counts), (ROUNDS, len(counts)))
    sums = counts[draws].sum(1)
    low, high = np.percentile(2 * sums[:, 0] / np.maximum(sums[:, 1] + sums[:, 2], 1), [2.5, 97.5])
    precision, recall = hits / max(int(found.sum()), 1), hits / max(int(gold.sum()), 1)
    return f"{f1(gold, found):.3f} [{low:.3f}, {high:.3f}] (P {precision:.3f}, R {recall:.3f}, n {int(gold.sum())})"


def wilson(hits: int, total: int) -> str:
    """A share with its 95 % Wilson interval."""
    share, z = hits / total, 1.96
    centre, spread = share + z * z / (2 * total), z * (share * (1 - share) / total + z * z / (4 * total * total)) ** 0.5
    return f"{share:.3f} [{(centre - spread) / (1 + z * z / total):.3f}, {(centre + spread) / (1 + z * z / total):.3f}] (n {total})"


def narratives(folder: Path) -> Iterator[str]:
    """How often each axis is right on the labelled spans of each file."""
    rules = load_rules(ROOT / "schemas")
    for path in sorted(folder.glob("*.jsonl")):
        pairs = []
        for row in _rows(path):
            reading = Reading(rules, folded(row["text"]))
            pairs += [(hit, reading.context(hit["start"], hit["end"])) for hit in row["hits"]]
        for axis in AXES:
            yield f"| {path.stem} | {axis} | {wilson(sum(hit[axis] == getattr(context, axis) for hit, context in pairs), len(pairs))} |"


def speed(cases: list[Case], judge: Callable[[list[Case]], object]) -> float:
    """Sentences per CPU second, each sentence once."""
    once = list({case.text: case for case in cases}.values())
    judge(once[:1])  # loads the rules
    began = time.process_time()
    judge(once)
    return len(once) / (time.process_time() - began)


def main(folder: Path | None = None) -> None:
    """Both sets, both halves, us and the peers; then narratives, where a folder of them is given."""
    found = {"negex": list(negex_cases(DATA / "negex_dev.jsonl")), "nubes": list(nubes_cases(DATA / "nubes_es_sample009_010.jsonl"))}
    print("| Set | Half | Class | F1, ours | F1, negspaCy | Published, whole set |\n|---|---|---|---|---|---|")
    for name, cases in found.items():
        language = {"negex": "en", "nubes": "es"}[name]
        for half in ("tuning", "reporting"):
            part = [case for case in cases if case.half == half]
            us, them = ours(part), negspacy(part, language)
            for kind in SETS[name]:
                peer = measured(part, them, kind) if kind == "negation" else "-"
                print(f"| {name} | {half} | {kind} | {measured(part, us, kind)} | {peer} | {PUBLISHED[name, kind]} |", flush=True)
    print("\n| Set | Sentences/s of one core, ours | negspaCy with its tokenizer |\n|---|---|---|")
    for name, cases in found.items():
        language = {"negex": "en", "nubes": "es"}[name]
        print(f"| {name} | {speed(cases, ours):,.0f} | {speed(cases, lambda part, at=language: negspacy(part, at)):,.0f} |")
    if folder:
        print("\n| Narratives | Axis | Right |\n|---|---|---|", *narratives(folder), sep="\n")


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:2]))
