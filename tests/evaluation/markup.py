"""Labelled texts as their authors write them: one a line, `[[phrase|DOC-01]]` around what carries an indicator; brackets may nest.

After a label stand modifiers: `:n` negated, `:d` hedged, `:h` hypothetical, `:p` historical, `:o` another experiencer; several labels are
separated by commas. The bank (tests/evaluation/bank) holds, per language and author, single sentences (a to c) and short narratives (d and later),
of which many use an indicator's words without carrying it. Rules may be tuned on it, and the classifier is learnt from it; the narratives that
measure both are by other authors.
"""

import re
from pathlib import Path
from typing import Any

BANK = Path(__file__).with_name("bank")
END = re.compile(r"\|([A-Z]{3}-\d\d(?::[ndhpo])*(?:,[A-Z]{3}-\d\d(?::[ndhpo])*)*)\]\]")
DEFAULT = {"polarity": "affirmed", "certainty": "certain", "temporality": "current", "experiencer": "reported"}
MODIFIERS = {
    "n": ("polarity", "negated"),
    "d": ("certainty", "hedged"),
    "h": ("certainty", "hypothetical"),
    "p": ("temporality", "historical"),
    "o": ("experiencer", "other"),
}


def parse(line: str) -> tuple[str, list[dict[str, Any]]]:
    """The text and its labels in order of start (code points). Raises ValueError where the markup does not close."""
    text, hits, opened, at = "", [], [], 0
    while at < len(line):
        if line.startswith("[[", at):
            opened.append(len(text))
            at += 2
        elif opened and (end := END.match(line, at)):
            start = opened.pop()
            for label in end[1].split(","):
                indicator, *modifiers = label.split(":")
                hits.append({"indicator": indicator, "start": start, "end": len(text)} | DEFAULT | dict(MODIFIERS[one] for one in modifiers))
            at = end.end()
        else:
            text += line[at]
            at += 1
    if opened or "]]" in text:
        raise ValueError(f"the markup does not close: {line[:60]!r}")
    return text, sorted(hits, key=lambda hit: (hit["start"], hit["end"], hit["indicator"]))


def bank(language: str) -> list[dict[str, Any]]:
    """The sentences of a language, as narratives: id, lang, text, hits."""
    found = []
    for path in sorted(BANK.glob(f"{language}_*.txt")):
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            text, hits = parse(line)
            found.append({"id": f"{path.stem}:{number}", "lang": language, "text": text, "hits": hits})
    return found
