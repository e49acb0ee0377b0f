"""Receives a lemma and its language; hands on its forms in folded letters, by rule; what no rule gives stands in inflection.csv.

A rule may give a form that nobody writes (`controled`): that costs nothing, and finds misspellings.
"""

from itertools import product

VOWELS = "aeiou"
PRESENT = {
    "ar": ("o", "as", "a", "amos", "an", "ais"),
    "er": ("o", "es", "e", "emos", "en", "eis"),
    "ir": ("o", "es", "e", "imos", "en", "is"),
}
SUBJUNCTIVE = {"ar": ("e", "es", "emos", "en"), "er": ("a", "as", "amos", "an"), "ir": ("a", "as", "amos", "an")}
PAST = {
    "ar": ("e", "aste", "o", "amos", "aron", "aba", "abas", "abamos", "aban", "ara", "aran", "aras", "aramos", "ase", "asen", "ando"),
    "er": ("i", "iste", "io", "imos", "ieron", "ia", "ias", "iamos", "ian", "iera", "ieran", "ieras", "ieramos", "iese", "iesen", "iendo"),
}
FUTURE = ("e", "as", "a", "emos", "an", "ia", "ias", "iamos", "ian")
ENDS_OF_PARTICIPLES = ("o", "a", "os", "as")
SOUND = {"ar": {"c": "qu", "g": "gu", "z": "c"}, "er": {"c": "z", "g": "j"}, "ir": {"c": "z", "g": "j"}}


def verb(language: str, lemma: str, stems: tuple[str, ...] = (), given: tuple[str, ...] = ()) -> set[str]:
    """All forms of a verb. `stems`: changed stems (muev); `given`: further forms."""
    return {lemma, *given, *(_spanish_verb(lemma, stems) if language == "es" else _english_verb(lemma, bool(given)))}


def plural(language: str, word: str) -> set[str]:
    """A noun and its plural."""
    if language == "es":
        return {word, word + ("s" if word[-1] in VOWELS else "es"), word[:-1] + "ces" if word.endswith("z") else word}
    return {word, _with_s(word), word + "s"}


def genders(word: str) -> set[str]:
    """A Spanish adjective or noun, given without its ending, in both genders and numbers."""
    return {word + end for end in ENDS_OF_PARTICIPLES}


def _with_s(word: str) -> str:
    if word.endswith("y") and word[-2] not in VOWELS:
        return word[:-1] + "ies"
    return word + ("es" if word.endswith(("s", "x", "z", "ch", "sh", "o")) else "s")


def _english_verb(lemma: str, irregular: bool) -> set[str]:
    stems = {lemma}
    if lemma.endswith("e") and not lemma.endswith("ee"):
        stems = {lemma[:-1]}
    elif lemma.endswith("y") and lemma[-2] not in VOWELS:
        return {_with_s(lemma), lemma + "ing", lemma[:-1] + "ied"}
    elif lemma[-1] not in VOWELS + "wxy" and lemma[-2] in VOWELS and lemma[-3:-2] not in tuple(VOWELS):
        stems |= {lemma + lemma[-1]}
    endings = ("ing",) if irregular else ("ing", "ed")
    return {_with_s(lemma)} | {stem + end for stem, end in product(stems, endings)}


def _spanish_verb(lemma: str, stems: tuple[str, ...]) -> set[str]:
    stem, kind = lemma[:-2], lemma[-2:]
    if not stem or kind not in PRESENT:
        return set()  # ir: all of its forms are given
    past = PAST["ar" if kind == "ar" else "er"]
    forms = {stem + end for end in (*PRESENT[kind], *past, *SUBJUNCTIVE[kind])}
    forms |= {lemma + end for end in FUTURE}
    forms |= {stem + ("ad" if kind == "ar" else "id") + end for end in ENDS_OF_PARTICIPLES}
    softened = stem[:-1] + SOUND[kind].get(stem[-1], stem[-1])
    forms |= {softened + end for end in (*SUBJUNCTIVE[kind], "e" if kind == "ar" else "o")}
    if stem[-1] in VOWELS and kind != "ar":  # leer: leyo, leyendo
        forms |= {stem + end for end in ("yo", "yeron", "yendo", "yera", "yeran")}
    for changed in stems:
        soft = changed[:-1] + SOUND[kind].get(changed[-1], changed[-1])
        forms |= {changed + end for end in PRESENT[kind]} | {soft + end for end in SUBJUNCTIVE[kind]}
        if kind == "ir":
            forms |= {changed + end for end in ("io", "ieron", "iendo", "iera", "ieran", "iese")}
    return forms
