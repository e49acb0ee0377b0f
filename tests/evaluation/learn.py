"""`python -m tests.evaluation.learn`: learns schemas/indicators/weights.csv from labelled sentences; `--check` tries it on each author in turn.

What is learnt from: the bank (tests/evaluation/bank), the half `dev` of the narratives, and the taxonomy's own examples, of which each is said to
be a hit or a miss of one indicator alone. The halves `third` and `held` are never learnt from. A sentence carries an indicator if it holds at
least half of a labelled phrase, whatever is said about the phrase; whether it denies what it carries is learnt by itself, of all indicators at once.
"""

import csv
import sys
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

import numpy as np

from pipelines.core.settings import ROOT
from pipelines.indicators.classifier import BIAS, DENIED, Pieces, features
from pipelines.indicators.encode import BREAKS, TOKENS
from pipelines.indicators.excluded import load_excluded
from pipelines.indicators.lexicon import Lexicon
from pipelines.indicators.text import folded

SCHEMAS = ROOT / "schemas"
WEIGHTS = SCHEMAS / "indicators" / "weights.csv"
LANGUAGES = ("en", "es")
COST, FOR_ONE = 20.0, 5  # of the regression; a sentence that carries an indicator weighs as much as so many that do not
OF_EXAMPLE = 3  # what one of the taxonomy's own examples weighs
SCALE = 0.1  # of a feature that stands in a fraction 1/e of all sentences: the rarer, the more it tells
LEAST_SEEN, LEAST_LABELS = 2, 5  # sentences with a feature, sentences with a label
LEAST_WEIGHT = 20  # hundredths of a logit: what weighs less is left out, and the others are learnt anew without it


class Sentence(NamedTuple):
    """Its features, the indicators that it carries, those of them that it denies, its author, and the one indicator that it was labelled for,
    if it was for one alone.
    """

    features: list[str]
    labels: frozenset[str]
    denied: frozenset[str]
    author: str
    only: str = ""


def sentences() -> list[Sentence]:
    """All labelled sentences."""
    from tests.evaluation.markup import bank
    from tests.evaluation.tagger import narratives

    pieces = Pieces(Lexicon(SCHEMAS / "indicators").misspelled, load_excluded(SCHEMAS))
    found = []
    for language in LANGUAGES:
        for one in [*bank(language), *narratives("dev", language)]:
            author = f"{language} {one['id'].split('_')[1] if ':' in one['id'] else 'dev'}"
            found += [Sentence(*cut, author) for cut in _cut(one["text"], one["hits"], pieces)]
        with (SCHEMAS / "indicators" / f"examples_{language}.csv").open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                labels = frozenset([row["indicator"]] if row["kind"] == "hit" else [])
                found += [Sentence(given, labels, frozenset(), "examples", row["indicator"]) for given, _, _ in _cut(row["sentence"], [], pieces)]
    return found


def _cut(text: str, hits: Iterable[dict[str, Any]], pieces: Pieces) -> Iterator[tuple[list[str], frozenset[str], frozenset[str]]]:
    """The sentences of a text as the tagger cuts it: features, labels, and those denied."""
    plain = folded(text)
    ends = [*(m.end() for m in BREAKS.finditer(plain)), len(plain)]
    for start, end in zip([0, *ends], ends, strict=False):
        words = [pieces[word] for word in TOKENS.findall(plain, start, end) if not BREAKS.fullmatch(word)]
        held = [h for h in hits if 2 * (min(h["end"], end) - max(h["start"], start)) >= h["end"] - h["start"]]
        if any(words):
            denied = frozenset(h["indicator"] for h in held if h["polarity"] == "negated")
            yield list(dict.fromkeys(features(words))), frozenset(h["indicator"] for h in held), denied


def learn(given: list[Sentence]) -> dict[tuple[str, str], int]:
    """(indicator, feature) -> hundredths of a logit."""
    from sklearn.feature_extraction.text import CountVectorizer

    counter = CountVectorizer(analyzer=lambda sentence: sentence.features[1:], binary=True, min_df=LEAST_SEEN, dtype=float)  # without the bias
    matrix = counter.fit_transform(given)
    names = counter.get_feature_names_out()
    worth = SCALE * np.sqrt(np.log(len(given) / np.asarray(matrix.sum(axis=0)).ravel()))
    matrix = matrix.multiply(worth).tocsr()
    weights: dict[tuple[str, str], int] = {}
    for indicator in sorted({DENIED, *(label for sentence in given for label in sentence.labels)}):
        pairs = [(row, carried) for row, sentence in enumerate(given) for carried in _says(sentence, indicator)]
        rows, carried = (np.array(column) for column in zip(*pairs, strict=True))
        if carried.sum() < LEAST_LABELS:
            continue
        share = np.array([OF_EXAMPLE if given[row].only else 1 for row in rows])
        told, _ = _fit(matrix[rows], carried, share)
        kept = np.flatnonzero(np.abs(told * worth) >= LEAST_WEIGHT / 100)
        told, bias = _fit(matrix[rows][:, kept], carried, share)
        weights[indicator, BIAS] = round(100 * bias)
        weights |= {(indicator, names[i]): round(100 * weight) for i, weight in zip(kept, told * worth[kept], strict=True)}
    return {key: weight for key, weight in weights.items() if weight}


def _says(sentence: Sentence, indicator: str) -> list[bool]:
    """Whether a sentence carries an indicator, if it is labelled for it; for DENIED, whether it denies each of those that it carries."""
    if indicator == DENIED:
        return [label in sentence.denied for label in sorted(sentence.labels)]
    return [indicator in sentence.labels] if sentence.only in ("", indicator) else []


def _fit(matrix: Any, carried: Any, share: Any) -> tuple[Any, float]:
    """Coefficients and intercept."""
    from sklearn.linear_model import LogisticRegression

    model = LogisticRegression(C=COST, class_weight={False: 1, True: FOR_ONE}, solver="liblinear", tol=1e-4, max_iter=500)
    model.fit(matrix, carried, share)
    return model.coef_[0], float(model.intercept_[0])


def check(given: list[Sentence]) -> None:
    """Precision and recall of the classifier alone on the sentences of each author, learnt from all others."""
    print("| Author | Sentences | Labels | Precision, recall at 0 | at -100 | at -200 |\n|---|---|---|---|---|---|")
    for author in sorted({sentence.author for sentence in given} - {"examples"}):
        aside = [sentence for sentence in given if sentence.author == author]
        weights = learn([sentence for sentence in given if sentence.author != author])
        indicators = sorted({indicator for indicator, _ in weights})
        scores = [{one: sum(weights.get((one, f), 0) for f in sentence.features) for one in indicators} for sentence in aside]
        labels, shown = sum(len(sentence.labels) for sentence in aside), []
        for least in (0, -100, -200):
            told = [{one for one, score in row.items() if score >= least} for row in scores]
            right = sum(len(found & sentence.labels) for found, sentence in zip(told, aside, strict=True))
            shown.append(f"{right / max(1, sum(map(len, told))):.2f}, {right / max(1, labels):.2f}")
        print(f"| {author} | {len(aside)} | {labels} | {' | '.join(shown)} |", flush=True)


def main() -> None:
    """Learn and write, or check."""
    given = sentences()
    if "--check" in sys.argv:
        check(given)
        return
    with WEIGHTS.open("w", encoding="utf-8", newline="") as file:
        out = csv.writer(file, lineterminator="\n")
        out.writerow(("indicator", "feature", "weight"))
        out.writerows((indicator, feature, weight) for (indicator, feature), weight in sorted(learn(given).items()))


if __name__ == "__main__":
    main()
