"""Whatever a text holds, the gate does not fail, lets nothing pass unscanned, and takes time in proportion to its length.

`python -m tests.gate.fuzz` tries 100,000 inputs of a seeded mutator, of characters, bytes and words; another number can be given.
"""

import sys
import time
from collections.abc import Iterator
from itertools import islice
from random import Random

import pyarrow as pa

from pipelines.gate.mask import mask
from tests.gate.evasion import cases
from tests.gate.ordinary import sentences

SEED, BATCH = 20261125, 2_000
PLANTED = "415-555-0123"  # stands alone in every input: where it comes out again, nothing was scanned
# fmt: off
NASTY = (
    "\x00", "\x1b", "\x7f", "\u0301", "\u0336" * 9, "\u200b", "\u200d", "\u202e", "\u2066", "\ufeff", "\u00ad", "\ufffd", "\ue000", "\U0010ffff",
    "\u2028", "\r", "\n\n\n", "\t", " " * 40, "😀", "👩‍👩‍👧", "4️⃣", "🇲🇽", "ﬁ", "ß", "İ", "ǅ", "ﷺ", "㍿", "½", "①", "𝟜", "٤", "〇", "Ⅷ",
    "е", "[", "]", "[PHONE]", "[NAME]", "[NAME", "[[", "[X:1]", "<b>", "&#52;", "%34", "\\u0034", "'", '"', "\\", "/", "@", "..", "--", "__",
    "#", "((((", "$", "(?:", "{0}", "%s", "1" * 300, "one " * 30, "a" * 700, "A " * 50, "Mr. ", "calle ", "dot ", "arroba ", "double ",
    "Apt ", "DOB ", "\ud7ff", "e\u0301" * 20,
)
# What could make a careless pattern look back again and again.
UNITS = (
    "1", "a", "A", "á", " ", "-", "_", ".", "@", "[", "(", "'", "\n", "\u200b", "\u0301", "①", "4️⃣", "1-", "1 ", "a@", "a.", "@a.",
    "one ", "uno y ", "A ", "A-", "A. ", "Mr. ", "123 A ", "calle A ", "1/", "0 0", "double ", "a at a dot ", "www.", "http://", "x1", "Aa ",
    "l1O0", "$1,", "[NAME] ", "A as in ",
)
# fmt: on


def inputs(seed: int) -> Iterator[str]:
    """Endless: texts of the evasive and the ordinary kind, torn, doubled, spliced and peppered; each with the planted number between blanks."""
    random = Random(f"{seed}:fuzz")
    stock = [case.text for case in cases(2, seed)] + list(sentences(300, seed))
    while True:
        text = random.choice(stock)
        for _ in range(random.randrange(0, 7)):
            text = random.choice((_spliced, _torn, _doubled, _peppered, _bytes, _noise, _shuffled))(random, text, stock)
        at = random.randrange(len(text) + 1)
        yield f"{text[:at]} {PLANTED} {text[at:]}"


def _spliced(random: Random, text: str, stock: list[str]) -> str:
    other = random.choice(stock)
    return text[: random.randrange(len(text) + 1)] + other[random.randrange(len(other)) :]


def _torn(random: Random, text: str, _: list[str]) -> str:
    start, end = sorted(random.randrange(len(text) + 1) for _ in range(2))
    return text[:start] + text[end:]


def _doubled(random: Random, text: str, _: list[str]) -> str:
    start, end = sorted(random.randrange(len(text) + 1) for _ in range(2))
    return text[:end] + text[start : start + 80] * random.randrange(1, 6) + text[end:]


def _peppered(random: Random, text: str, _: list[str]) -> str:
    for _ in range(random.randrange(1, 6)):
        at = random.randrange(len(text) + 1)
        text = text[:at] + random.choice(NASTY) + text[at:]
    return text


def _bytes(random: Random, text: str, _: list[str]) -> str:
    raw = bytearray(text.encode())
    for _ in range(random.randrange(1, 9)):
        if raw:
            raw[random.randrange(len(raw))] = random.randrange(256)
    return raw.decode("utf-8", random.choice(("replace", "ignore")))


def _noise(random: Random, text: str, _: list[str]) -> str:
    most = random.choice((0x7F, 0x24F, 0xD7FF, 0x1FFFF))
    drawn = (random.randrange(1, most) for _ in range(random.randrange(1, 60)))
    return text + "".join(chr(c) for c in drawn if not 0xD800 <= c <= 0xDFFF)


def _shuffled(random: Random, text: str, _: list[str]) -> str:
    words = text.split(" ")
    random.shuffle(words)
    return random.choice((" ", "  ", "\n", "-", "")).join(words)


def faults(texts: list[str]) -> list[str]:
    """What is wrong with what the gate made of these texts: nothing, or a line per fault with the text's Python notation."""
    try:
        first = mask(pa.array(texts, pa.string()))
    except Exception as error:  # any exception at all is what is looked for
        if len(texts) > 1:
            half = len(texts) // 2
            return faults(texts[:half]) + faults(texts[half:])
        return [f"{type(error).__name__}: {texts[0]!r}"]
    out, held = first.texts.to_pylist(), first.held.to_pylist()
    if not len(out) == len(held) == len(texts):
        return [f"{len(texts)} texts went in, {len(out)} came out, {len(held)} verdicts"]
    wrong = [f"neither text nor reason, or both: {t!r}" for t, o, h in zip(texts, out, held, strict=True) if (o is None) == (h is None)]
    wrong += [f"passed unscanned: {t!r}" for t, o in zip(texts, out, strict=True) if o is not None and "555-0123" in o]
    spans: dict[int, list[tuple[int, int, str]]] = {}
    for span in first.spans.to_pylist():
        spans.setdefault(span["doc"], []).append((span["start"], span["end"], span["type"]))
    for number, (text, masked) in enumerate(zip(texts, out, strict=True)):
        if masked is not None and _bare(_replaced(text, spans.get(number, []))) != _bare(masked):
            wrong.append(f"the spans are not what was masked: {text!r}")
    passed = [o for o in out if o is not None]
    second = mask(pa.array(passed, pa.string()))
    again = zip(passed, second.texts.to_pylist(), second.held.to_pylist(), strict=True)
    return wrong + [f"no fixed point ({held}): {once!r} became {twice!r}" for once, twice, held in again if once != twice]


def _replaced(text: str, spans: list[tuple[int, int, str]]) -> str:
    """The text with each span replaced by its placeholder, from the last to the first."""
    for start, end, kind in sorted(spans, reverse=True):
        text = f"{text[:start]}[{kind}]{text[end:]}"
    return text


def _bare(text: str) -> str:
    """Without blanks: a placeholder may be set apart by some."""
    return "".join(text.split())


def growth(unit: str, length: int = 2_500, repeats: int = 3) -> float:
    """CPU time of eight times as many characters over that of `length`: 8 where time is linear, 64 where it is quadratic."""
    short, long = ((unit * (size // len(unit) + 1))[:size] for size in (length, 8 * length))
    return _spent(long, repeats) / max(_spent(short, repeats), 0.001)


def _spent(text: str, repeats: int) -> float:
    taken = []
    for _ in range(repeats):
        began = time.process_time()
        mask(pa.array([text]))
        taken.append(time.process_time() - began)
    return min(taken)


def main(number: int) -> int:
    """Try so many inputs; print the faults; say how many there were."""
    source, bad, done = inputs(SEED), 0, 0
    while texts := list(islice(source, min(BATCH, number - done))):
        for fault in faults(texts):
            bad += 1
            print(fault[:600], flush=True)
        done += len(texts)
    slow = {unit: round(ratio) for unit in UNITS if (ratio := growth(unit)) > 24}
    print(f"{done} inputs, {bad} faults; not linear: {slow or 'none'}")
    return bad + len(slow)


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000) > 0)
