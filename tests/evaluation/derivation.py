"""Words that follow from known ones by rule, as far as they are in use: derivations, Greek and Latin compounds, Spanish forms of English terms.

Every word is made here, of words of the other lists and of forms.toml, which is written for this project; the frequencies only tell
which of what can be made is in use. A word that is also borne as a name is told by `roles` in vocabulary.py.
"""

import re
import tomllib
from collections.abc import Iterable, Iterator
from pathlib import Path

import re2

from tests.evaluation.sources import Weights, folded


def _bare(ending: str) -> str:
    return "" if ending == "-" else ending


PREFIXES = re.compile(
    r"(?:anti|auto|bi|cardio|co|counter|cyber|des|electro|endo|ex|extra|foto|gastro|hemo|hiper|hipo|hyper|hypo|im|in|inter|"
    r"intra|live|macro|mega|micro|mini|mono|multi|neuro|non|over|para|peri|photo|pluri|poly|post|pre|radio|re|retro|semi|"
    r"sub|super|supra|tele|trans|tri|ultra|un|under|video|web)(.{4,})"
)
_PARTS = tomllib.loads(Path(__file__).with_name("forms.toml").read_text(encoding="utf-8"))
FAMILIES = tuple(tuple(line.split()) for line in _PARTS["families"].split("\n") if line)
_FORMS, _CLOSINGS = ("|".join(sorted(set(_PARTS[key].split()), key=lambda part: (-len(part), part))) for key in ("forms", "closings"))
_COMPOUND = f"(?:(?:{_FORMS})[aeiou]?){{1,4}}(?:{_CLOSINGS})"
# Stems of international non-proprietary names (WHO, The use of stems in the selection of INN), English and Spanish.
_SUBSTANCE = (
    r"[a-z]{4,}(?:azepam|azolam|barbital|bital|caine|caina|cillin|cilina|cycline|ciclina|cef[a-z]{3,}|conazole?|dipine?|dipino|dopa|dronate|dronato|floxacino?|"
    r"gliptina?|glitazone?|glitazona|glipizide|lukast|mab|mycin|micina|nidazole?|olol|oxetine?|oxetina|parina?|parin|peridone?|peridona|prazole?|pril|profeno?|sartane?|"
    r"semide?|semida|setrona?|sone|sona|solone|solona|statina?|terol|thiazide|tiazida|tidine|tidina|triptana?|triptyline|triptilina|vastatina?|vir|xabana?|zosina?|zosin)"
)
_LEARNED = re2.compile(f"{_COMPOUND}|{_SUBSTANCE}")
LETTERS = tuple(tuple(line.split()) for line in _PARTS["letters"].split("\n") if line)
SPELLINGS = tuple((_bare(ending), others) for ending, *others in (line.split() for line in _PARTS["spellings"].split("\n") if line))


def derived(known: set[str], frequencies_of: Iterable[Weights]) -> tuple[set[str], set[str]]:
    """What can be made and is in use: learned terms, which nobody is called, and what follows from known words, of which none may be a name."""
    cognates = {form for word in known if word.isascii() and len(word) > 5 for form in _in_spanish(word)}
    candidates = {word for frequency in frequencies_of for word in frequency if len(word) >= 6 and word.isalpha() and word not in known}
    learned = {word for word in candidates if len(word) >= 8 and _LEARNED.fullmatch(folded(word))}
    return learned, {word for word in candidates - learned if folded(word) in cognates or _follows(word, known)}


def _follows(word: str, known: set[str]) -> bool:
    match = PREFIXES.fullmatch(word)
    if match and (match[1] in known or any(stem in known for stem in _relatives(match[1]))):
        return True
    return any(other in known for other in _relatives(word))


def _relatives(word: str) -> Iterator[str]:
    """The words of one stem with a word."""
    for family in FAMILIES:
        for ending in family:
            stem = word.removesuffix(_bare(ending))
            if len(stem) >= 4 and (not _bare(ending) or stem != word):
                yield from (stem + _bare(other) for other in family if other != ending)


def _in_spanish(word: str) -> Iterator[str]:
    plain = word
    for pattern, replacement in LETTERS:
        plain = re.sub(pattern, replacement, plain)
    for ending, others in SPELLINGS:
        if plain.endswith(ending):
            yield from (plain[: len(plain) - len(ending)] + other for other in others)
