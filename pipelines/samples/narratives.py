"""Simulated narratives: composed of the frames in frames_<language>.toml, with the words of words.toml put in."""

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

FOLDER = Path(__file__).parent
DIGITS = ("zero", "one", "two", "three", "four")
ASIDES = ("negated", "hedged", "historical", "other")
RESIDUE = 0.08  # of the texts hold an identifier that should not be there
# Indicators by the form of exploitation that their family speaks of; the others fit every form.
SEX, LABOR = ("SEX", "MIN-01", "MIN-02", "MIN-05", "MIN-06", "REC-04", "REC-09"), ("LAB", "WAG", "DEB-02", "MOV-02", "MOV-04", "MIN-03", "MIN-04")
PLAIN = ("NEG", "URG")


@dataclass(frozen=True)
class Narrative:
    """A text, the indicators that it means to tell of, and the identifiers that were put into it."""

    text: str
    intents: tuple[str, ...]
    planted: tuple[str, ...]


@cache
def frames(language: str) -> dict[str, Any]:
    """The frames of a language."""
    return tomllib.loads((FOLDER / f"frames_{language}.toml").read_text(encoding="utf-8"))


def every_frame(language: str) -> list[str]:
    """All sentence frames of a language, whatever they mean."""
    given = frames(language)
    meant = [text for table in ("affirmed", *ASIDES) for texts in given[table].values() for text in texts]
    return [*given["openings"], *given["ordinary"], *given["endings"], *meant]


@cache
def words() -> dict[str, Any]:
    """The words that frames leave open, and the weights."""
    return tomllib.loads((FOLDER / "words.toml").read_text(encoding="utf-8"))


@cache
def fitting(language: str, form: str) -> tuple[str, ...]:
    """The indicators that a tip about a form may tell of."""
    names = [name for name in frames(language)["affirmed"] if not name.startswith(PLAIN)]
    if form == "sex":
        names = [name for name in names if not name.startswith(LABOR)]
    elif form == "labor":
        names = [name for name in names if not name.startswith(SEX)]
    elif form == "unspecified":
        names = [name for name in names if not name.startswith((*SEX, *LABOR))]
    return tuple(names)


def compose(random: Random, language: str, form: str) -> Narrative:
    """An opening, ordinary content and indicators in any order, at times an aside or an ending."""
    intents = random.sample(fitting(language, form), random.choice((0, 1, 1, 2, 2, 3)))
    return _told(random, language, intents, aside=True)


def retold(random: Random, language: str, narrative: Narrative) -> Narrative:
    """The same as another person tells it: the same indicators in other words, and other things around them."""
    return _told(random, language, [name for name in narrative.intents if ":" not in name], aside=False)


def _told(random: Random, language: str, affirmed: list[str], aside: bool) -> Narrative:
    given = frames(language)
    intents, sentences = list(affirmed), [random.choice(given["affirmed"][name]) for name in affirmed]
    for table, share in (*((aside, 0.06) for aside in ASIDES), ("affirmed", 0.12)):
        if aside and random.random() < share:
            name = random.choice([n for n in given[table] if table != "affirmed" or n.startswith(PLAIN)])
            if name not in intents:
                intents.append(name if table == "affirmed" else f"{name}:{table}")
                sentences.append(random.choice(given[table][name]))
    sentences += random.sample(given["ordinary"], random.choice((1, 2, 2, 3)))
    random.shuffle(sentences)
    if random.random() < 0.6:
        sentences.append(random.choice(given["endings"]))
    planted = ""
    if random.random() < RESIDUE:
        _, sentence, planted = random.choice(words()[language]["residue"])
        sentences.append(sentence)
    return _filled(random, language, " ".join([random.choice(given["openings"]), *sentences]), intents, planted)


def _filled(random: Random, language: str, text: str, intents: list[str], planted: str) -> Narrative:
    values = {name: random.choice(words()[language][name]) for name in ("job", "spot", "when")}
    values |= {"n": str(random.randrange(2, 9)), "nn": str(random.randrange(10, 100)), "d": str(random.randrange(1, 10))}
    values |= {"dw": random.choice(DIGITS)}
    return Narrative(text.format(**values), tuple(intents), (planted.format(**values),) if planted else ())
