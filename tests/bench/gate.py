"""The gate's speed on one core beside its peer and the bare tokenizer of spaCy, on varied text, in CPU-seconds of one run.

Template text would flatter whoever remembers words, so the texts are drawn word by word from the large English list by Zipf's law: 100 words
each, tens of thousands of distinct ones, one text in twelve with a number or a name that must go. The figure that matters is the ratio.
"""

import time
from collections.abc import Callable, Iterable
from pathlib import Path
from random import Random

import pyarrow as pa

VOCABULARY = Path(__file__).resolve().parents[2] / "schemas" / "vocabulary"
TEXTS, WORDS, FEW = 10_000, 100, 100
COMMON = [
    "the",
    "a",
    "of",
    "and",
    "to",
    "in",
    "she",
    "he",
    "they",
    "was",
    "is",
    "were",
    "at",
    "for",
    "with",
    "on",
    "her",
    "his",
    "them",
    "that",
    "not",
    "had",
    "has",
    "said",
    "from",
    "by",
    "who",
    "when",
    "there",
    "no",
    "one",
    "work",
    "house",
]
RESIDUE = ("Call 415-555-01{n:02d}.", "Write to worker{n}@example.org.", "They live at {n} Example Street Apt 4.", "Ask for Mrs. Placeholdername.")


def texts(count: int, seed: int) -> list[str]:
    """Seeded texts of 100 words."""
    random = Random(seed)
    rare = (VOCABULARY / "english.txt").read_text(encoding="utf-8").split()
    names = {line.split(",")[0] for line in (VOCABULARY / "names.csv").read_text(encoding="utf-8").splitlines()}
    rare = [word for word in rare if word not in names and "'" not in word]
    random.shuffle(rare)
    weights = [1 / (rank + 30) for rank in range(len(rare))]
    made = []
    drawn = iter(random.choices(rare, weights, k=count * WORDS))
    for _ in range(count):
        words = [random.choice(COMMON) if random.random() < 0.45 else next(drawn) for _ in range(WORDS)]
        for start in range(0, WORDS, 12):
            words[start] = words[start].capitalize()
            words[min(start + 11, WORDS - 1)] += "."
        if random.random() < 1 / 12:
            words.append(random.choice(RESIDUE).format(n=random.randrange(10, 100)))
        made.append(" ".join(words))
    return made


def rate(work: Callable[[], object], count: int) -> float:
    """Texts per CPU-second."""
    before = time.process_time()
    work()
    return count / (time.process_time() - before)


def drain(items: Iterable[object]) -> None:
    """Take everything from an iterator."""
    for _ in items:
        pass


def main() -> None:
    """Print one row per competitor: texts per CPU-second, and how many times slower than the gate."""
    import spacy

    from pipelines.gate.mask import mask
    from tests.evaluation.gate import Presidio

    given = texts(TEXTS, 2026)
    mask(pa.array(texts(500, 1)))  # imports, lists
    nlp, peer = spacy.blank("en"), Presidio()
    rounds = []
    for number in range(3):
        part = texts(TEXTS, 2027 + number)  # other texts each time: nothing is remembered but words
        rounds.append(
            {
                "gate": rate(lambda part=part: mask(pa.array(part)), len(part)),
                "spacy.blank tokenizer": rate(lambda part=part: drain(nlp.pipe(part[:2_000])), 2_000),
                "presidio-analyzer without a model": rate(lambda part=part: peer(part[:FEW], "en"), FEW),
            }
        )
    distinct = len({word for text in given for word in text.split()})
    print(f"{distinct:,} distinct words in {TEXTS:,} texts\n")
    print("| Who | Texts per CPU-second | The gate is |\n|---|---|---|")
    for who in rounds[0]:
        ratios = sorted(r["gate"] / r[who] for r in rounds)
        print(f"| {who} | {sorted(r[who] for r in rounds)[1]:,.0f} | {ratios[1]:.1f}x |")


if __name__ == "__main__":
    main()
