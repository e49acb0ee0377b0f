"""The peers of the tagger: phrases found as they stand, and spaCy's entity ruler with negspaCy's negation. Both get the draft's cue phrases."""

import csv
from functools import cache
from pathlib import Path
from typing import Any

from tests.evaluation.scoring import Found

CUES = Path(__file__).with_name("draft_cues.csv")
PLAIN = {"certainty": "certain", "temporality": "current", "experiencer": "reported"}


@cache
def phrases(language: str) -> tuple[tuple[str, str], ...]:
    """Phrase and indicator."""
    with CUES.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return tuple((phrase.strip().lower(), row["indicator"]) for row in rows for phrase in row[f"cues_{language}"].split(";"))


def keywords(language: str, texts: list[str]) -> list[list[Found]]:
    """Each phrase wherever it stands; everything is affirmed."""
    made = []
    for text in map(str.lower, texts):
        found = []
        for phrase, indicator in phrases(language):
            start = text.find(phrase)
            if start >= 0:
                found.append({"indicator": indicator, "start": start, "end": start + len(phrase), "polarity": "affirmed", **PLAIN})
        made.append(found)
    return made


@cache
def pipeline(language: str) -> Any:
    """A blank spaCy pipeline: sentencizer, entity ruler over lower-case phrases and, in English, negspaCy."""
    import spacy

    nlp = spacy.blank(language)
    nlp.add_pipe("sentencizer")
    ruler = nlp.add_pipe("entity_ruler", config={"phrase_matcher_attr": "LOWER"})
    ruler.add_patterns([{"label": indicator, "pattern": phrase} for phrase, indicator in phrases(language)])
    if language == "en":
        import negspacy.negation  # noqa: F401  # registers the component

        nlp.add_pipe("negex", config={"ent_types": sorted({indicator for _, indicator in phrases(language)})})
    return nlp


def ruler(language: str, texts: list[str]) -> list[list[Found]]:
    """What the pipeline finds; its negation is English alone."""
    return [
        [
            {
                "indicator": ent.label_,
                "start": ent.start_char,
                "end": ent.end_char,
                "polarity": "negated" if language == "en" and ent._.negex else "affirmed",
                **PLAIN,
            }
            for ent in doc.ents
        ]
        for doc in pipeline(language).pipe(texts)
    ]
