"""Builds the large word lists of the gate from word lists whose licences permit it, and the list of names to keep apart from them.

`python -m tests.evaluation.vocabulary FOLDER`: the folder holds the unpacked Debian packages scowl, hunspell-es and wordnet-base and the
unpacked Python packages names, Faker and wordfreq (see schemas/vocabulary/README.md). The last one only tells which words are in use; nothing
of it is kept. The same packages give the same bytes. The project's own lists (domain.txt, medicine.txt, places.txt, proper.txt) are written by
hand and not touched.
"""

import csv
import sys
import tomllib
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from tests.evaluation.derivation import derived
from tests.evaluation.sources import LEAST, VOCABULARY, Weights, census, folded, frequencies, other_names, plurals, scowl, spanish, wordnet

BUDGET = 0.00908  # of all bearers of surnames: what name-like words that pass in small letters may come to
WEAK = 0.0005  # per cent: a Spanish word that so few bear as a surname is let through after a preposition
CLOSED = {
    "the",
    "la",
    "el",
    "los",
    "las",
    "de",
    "del",
    "lo",
    "le",
    "un",
    "una",
    "en",
    "con",
    "por",
    "para",
    "si",
    "no",
    "ni",
    "ya",
    "yo",
    "tu",
    "su",
    "mi",
    "me",
    "te",
    "se",
    "les",
    "an",
    "so",
    "do",
    "to",
    "in",
    "on",
    "as",
    "he",
    "she",
    "her",
    "him",
    "you",
    "my",
    "us",
    "we",
    "will",
    "can",
}
WANTED = 0.02  # per cent: a word of a cue is let through unless more bear it; then the words around it must show it
SMALL = 0.001  # per cent: a function word that so few bear is let through in any case
HEAVY = 0.006  # per cent: a surname that as many bear is not let through only because it is wanted


def roles(words: Iterable[str], english_zipf: Weights, spanish_zipf: Weights, parts: dict[str, set[str]], folder: Path) -> dict[str, str]:
    """What a word that is a name too may do: `plain` passes in small letters, `noun`, `weak`, `adjective`, `verb` in context, `never` not at all."""
    zipf = {word: max(english_zipf.get(word, 0), spanish_zipf.get(word, 0)) for word in english_zipf.keys() | spanish_zipf.keys()}
    syntax = tomllib.loads((VOCABULARY / "syntax.toml").read_text(encoding="utf-8"))
    small = {w for key in ("determiners", "functions", "pronouns") for w in syntax[key].split()}
    last, first = census(folder / "names")
    locales, accented = other_names(folder)
    curation = tomllib.loads((VOCABULARY / "curation.toml").read_text(encoding="utf-8"))
    listed = {key: set(text.split()) for key, text in curation.items()}
    total, spent = sum(last.values()), 0.0
    found: dict[str, str] = {}
    doubtful = []
    for word in words:
        plain = folded(word)
        surname, given, many = last.get(plain, 0.0), first.get(plain, 0.0), locales[plain]
        if not (surname or given or many) or (word in small and surname <= SMALL and given <= SMALL):
            continue
        if word != plain and word not in accented and zipf.get(word, 0) >= 2:
            found[word] = "plain"  # the accent sets it apart
        elif (word in listed["plain"] and surname < HEAVY) or (word in listed["wanted"] and surname < WANTED):
            found[word] = "plain"
            spent += surname / total
        elif word in CLOSED:
            found[word] = "plain"
        elif word in listed["never"] or (word not in listed["ordinary"] and _name_first(surname, given, many, zipf.get(word, 0))):
            found[word] = "never"
        else:
            doubtful.append(((surname + given / 4 + many * LEAST) / 10 ** zipf.get(word, 0), surname, word))
    for _, surname, word in sorted(doubtful):
        spent += surname / total
        light = surname <= WEAK and spanish_zipf.get(word, 0) >= max(2.5, english_zipf.get(word, 0) + 0.5)
        role = "adjective" if word in listed["adjectives"] else "verb" if word in listed["verbs"] else "weak" if light else "noun"
        more = {"adj": " adjective", "verb": " verb"} if surname < HEAVY and role in {"noun", "weak"} else {}
        found[word] = "plain" if spent <= BUDGET else role + "".join(more.get(part, "") for part in sorted(parts.get(word, ())))
    return found


def _name_first(surname: float, given: float, locales: int, zipf: float) -> bool:
    if zipf >= 5.5:
        return False
    return given >= 0.04 or surname >= 0.08 or 8 <= locales < 70 or (zipf < 4 and (surname >= 0.01 or given >= 0.004)) or (zipf < 3 and locales >= 2)


def main() -> None:
    """Write english.txt, spanish.txt, learned.txt, derived.txt and names.csv."""
    folder = Path(sys.argv[1])
    zipf_en, zipf_es = frequencies(folder, "en"), frequencies(folder, "es")
    parts = wordnet(folder)
    nouns = {word for word, kinds in parts.items() if "noun" in kinds}
    lists = {"english": scowl(folder, zipf_en) | parts.keys() | plurals(nouns, zipf_en), "spanish": spanish(folder, zipf_es)}
    own = {
        w for name in ("domain", "medicine", "places", "proper", "acronyms") for w in (VOCABULARY / f"{name}.txt").read_text(encoding="utf-8").split()
    }
    own |= {w for text in tomllib.loads((VOCABULARY / "syntax.toml").read_text(encoding="utf-8")).values() for w in text.split()}
    names = roles(lists["english"] | lists["spanish"], zipf_en, zipf_es, parts, folder)
    lists["learned"], lists["derived"] = derived((lists["english"] | lists["spanish"]) - names.keys(), (zipf_en, zipf_es))
    decided = roles(set().union(*lists.values()) | own, zipf_en, zipf_es, parts, folder)
    seen: set[str] = set()
    for name, words in lists.items():
        kept = sorted(w for w in words - seen if decided.get(w) != "never" and len(w) > 1 and (name in {"english", "spanish"} or w not in decided))
        seen |= set(kept)
        (VOCABULARY / f"{name}.txt").write_text("\n".join(kept) + "\n", encoding="utf-8")
    stored = seen | own
    with (VOCABULARY / "names.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("word", "role"))
        writer.writerows(sorted((w, r) for w, r in decided.items() if w in stored))
    print(Counter(decided.values()), {name: len(words) for name, words in lists.items()})


if __name__ == "__main__":
    main()
