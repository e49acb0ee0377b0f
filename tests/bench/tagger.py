"""`python -m tests.bench.tagger`: documents per CPU-second of the tagger, beside spaCy's bare tokenizer and a pipeline with ruler and negspaCy.

All in one run, one process, on the same varied texts: sentences of the public development sets, drawn without repetition, and of the evaluation
narratives, about 100 words a document. Ratios count; the seconds depend on the machine.
"""

import json
import os
from collections.abc import Callable
from pathlib import Path
from random import Random
from statistics import median
from time import process_time

import pyarrow as pa
import spacy

from pipelines.core.settings import ROOT
from pipelines.indicators.tag import Tagger
from tests.evaluation.peers import pipeline
from tests.evaluation.tagger import LANGUAGES, narratives

DATA = Path(os.environ.get("STAS_SHARED_DATA") or ROOT.parent / "shared" / "data") / "deid"
SETS = ("presidio_synth_v2", "negex_dev", "nubes_es_sample009_010")
WORDS = 100
ROUNDS = 3
SLOW = 100  # documents for the slow peer


def documents(seed: int = 7) -> list[str]:
    """Documents of about 100 words; one sentence in four is of a narrative, as in a stream of tips of which many say nothing."""
    common = {json.loads(line)["text"] for name in SETS for line in (DATA / f"{name}.jsonl").read_text("utf-8").splitlines()}
    told = {s for language in LANGUAGES for n in narratives("dev", language) for s in n["text"].split(". ")}
    random = Random(seed)
    sentences = [*random.sample(sorted(common), 3 * len(told)), *sorted(told)]
    random.shuffle(sentences)
    made, words = [""], 0
    for sentence in sentences:
        if words >= WORDS:
            made.append("")
            words = 0
        made[-1] += sentence.strip(". ") + ". "
        words += len(sentence.split())
    return made


def rate(work: Callable[[list[str]], object], texts: list[str]) -> float:
    """Documents per CPU-second, the median of the rounds."""
    found = []
    for _ in range(ROUNDS):
        start = process_time()
        work(texts)
        found.append(len(texts) / (process_time() - start))
    return median(found)


def main() -> None:
    texts = documents()
    tagger = Tagger.load(ROOT / "schemas")
    array = pa.array(texts)
    hits = len(tagger.tag(array))
    print(f"{len(texts)} documents, {sum(len(t.split()) for t in texts) / len(texts):.0f} words each, {hits / len(texts):.2f} hits each\n")
    ours = rate(lambda _: tagger.tag(array), texts)
    nlp = spacy.blank("en")
    bare = rate(lambda given: list(nlp.pipe(given)), texts)
    ruler = rate(lambda given: list(pipeline("en").pipe(given)), texts[:SLOW])
    print("| What | Documents per CPU-second | The tagger is |\n|---|---|---|")
    print(f"| the tagger | {ours:,.0f} | |")
    print(f"| spacy.blank, default cache | {bare:,.0f} | {ours / bare:.2f}x |")
    print(f"| entity ruler and negspaCy | {ruler:,.0f} | {ours / ruler:.1f}x |")


if __name__ == "__main__":
    main()
