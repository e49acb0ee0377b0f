"""Builds the large word lists of the gate from word lists whose licences permit it, and lists of names to keep apart from them.

`python -m tests.evaluation.vocabulary FOLDER`: the folder holds the unpacked Debian packages scowl and hunspell-es and the unpacked Python
packages names, Faker and wordfreq (see schemas/vocabulary/README.md). The last one only ranks words; nothing of it is kept. The same
packages give the same bytes. The project's own lists (domain.txt, places.txt, proper.txt) are written by hand and not touched.
"""

import csv
import gzip
import re
import sys
import tomllib
import unicodedata
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import msgspec

VOCABULARY = Path(__file__).resolve().parents[2] / "schemas" / "vocabulary"
DIALECTS = {"english", "american", "british", "british_z", "variant_1"}
COMMON, RARE = 70, 80  # sizes of SCOWL: up to 70 for a large dictionary, up to 80 only where the word is in use
BUDGET = 0.0085  # of all bearers of surnames: what name-like words that pass in small letters may come to
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
LEAST = 0.0002  # per cent: a name at the foot of the census list, which rounds to 0.000
Weights = dict[str, float]


def folded(word: str) -> str:
    """Lower-case without accents."""
    return "".join(c for c in unicodedata.normalize("NFD", word.casefold()) if not unicodedata.combining(c))


def english(folder: Path, frequency: Weights) -> set[str]:
    """Lower-case words of SCOWL, American and British."""
    found = set()
    for path in sorted(folder.glob("usr/share/dict/scowl/*-*.*")):
        if not re.search(r"-(?:words|contractions)\.", path.name):
            continue
        dialect, size = path.name.split("-")[0], int(path.suffix[1:])
        if dialect in DIALECTS and size <= RARE:
            words = path.read_text(encoding="latin-1").split()
            found |= {w for w in words if w == w.lower() and (size <= COMMON or frequency.get(w, 0) >= 2)}
    return {w for w in found if not w.endswith("'s")}


def spanish(folder: Path, frequency: Weights) -> set[str]:
    """Lower-case words of hunspell-es with their inflections, and the same without accents, as they are often typed."""
    base = folder / "usr" / "share" / "hunspell" / "es_ES"
    rules = _affixes(base.with_suffix(".aff"))
    found: set[str] = set()
    for line in base.with_suffix(".dic").read_text(encoding="utf-8").splitlines()[1:]:
        word, _, flags = line.strip().partition("/")
        if word.islower():
            found |= _inflected(word, flags, rules, frequency)
    return found | {"".join("ñ" if c == "ñ" else folded(c) for c in w) for w in found}


Rule = tuple[str, str, str, re.Pattern[str], str]


def _affixes(path: Path) -> dict[str, list[Rule]]:
    """Flag -> (SFX or PFX, what is taken off, what is put on, where, further flags)."""
    rules: dict[str, list[Rule]] = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        part = line.split()
        if len(part) >= 5 and part[0] in {"SFX", "PFX"}:
            add, _, more = part[3].partition("/")
            condition = re.compile(part[4] + "$" if part[0] == "SFX" else "^" + part[4])
            rules.setdefault(part[1], []).append((part[0], *("" if p == "0" else p for p in (part[2], add)), condition, more))
    return rules


def _inflected(word: str, flags: str, rules: dict[str, list[Rule]], frequency: Weights) -> set[str]:
    """A word and what its flags make of it: plurals and genders always, the rest where it is in use."""
    in_use = frequency.get(word, 0) >= 2.5
    made, forms = [(word, flags)], {word}
    while made:
        stem, wanted = made.pop()
        for kind, strip, add, condition, more in (rule for flag in wanted for rule in rules.get(flag, ())):
            if not condition.search(stem):
                continue
            form = stem[: len(stem) - len(strip)] + add if kind == "SFX" else add + stem[len(strip) :]
            kept = ("S" in wanted and add in {"s", "es"}) or form in frequency or (in_use and kind == "SFX" and not _peninsular(form))
            if kept and form not in forms and len(forms) < 3000:
                forms.add(form)
                made.append((form, more if kind == "SFX" else "".join(f for f in flags if rules.get(f, [("PFX",)])[0][0] == "SFX")))
    return forms


def _peninsular(form: str) -> bool:
    """Forms of vosotros and vos that are rare in America."""
    return form.endswith(("áis", "éis", "asteis", "isteis", "arais", "erais", "aseis", "eseis")) and len(form) > 5


SUFFIXES = re.compile(
    r".{3,}(?:ations?|itis|osis|oses|omas?|emias?|urias?|algias?|ectomy|ectomies|otomy|ostomy|oscopy|ography|ograms?|opathy|opathies|ologist|ology|ically|"
    r"ing|ized|ised|izing|ness|less|able|ably|ular|itis|azole|mycin|cillin|statin|olol|sartan|prazole|"
    r"ción|ciones|cion|sión|siones|sion|ías?|icos?|icas?|ados?|adas?|idos?|idas?|mente|ales|al|ares|ivos?|ivas?|osos?|osas?|orios?|orias?|grama|gramas|scopia|scopias|"
    r"tomía|tomia|ectomía|ectomia|patía|patia|grafía|grafia|logía|logia|emia|uria|algia|itis|oma|omas|azol|micina|cilina|statina|olol|sartán|sartan|prazol|pina|tina|"
    r"mina|lina|dina|sona|ona|ato|atos|ente|entes|ante|antes|ancia|encia|dad|dades|ismo|ista|istas|able|ables|ible|ibles)"
)
PREFIXES = re.compile(
    r"(?:non|un|re|anti|hyper|hypo|intra|inter|sub|post|pre|over|under|multi|semi|micro|macro|bi|tri|poly|mono|trans|retro|para|peri|endo|extra|super|mini|mega|auto|"
    r"co|counter|cyber|ex|des|in|im|hiper|hipo|supra|ultra|pluri|neuro|cardio|gastro|hemo|electro|radio|foto|video|tele)(.{4,})"
)


def further(known: set[str], frequencies_of: Iterable[Weights]) -> set[str]:
    """Words of wordfreq that look like English or Spanish derivations, or are a prefix and a known word. Names are told from them by `roles`."""
    found = set()
    for frequency in frequencies_of:
        for word in frequency:
            if len(word) >= 6 and word.isalpha() and word not in known:
                match = PREFIXES.fullmatch(word)
                if SUFFIXES.fullmatch(word) or (match and match[1] in known):
                    found.add(word)
    return found


def own_writing() -> set[str]:
    """The words of the project's cues and of the simulated tips."""
    with (VOCABULARY.parent / "indicators" / "taxonomy.csv").open(encoding="utf-8", newline="") as file:
        text = " ".join(f"{row['cues_en']} {row['cues_es']} {row['label']}" for row in csv.DictReader(file))
    tips = tomllib.loads((VOCABULARY.parents[1] / "pipelines" / "samples" / "tips.toml").read_text(encoding="utf-8"))
    text += " ".join(sentence for language in ("en", "es") for sentences in tips[language].values() for sentence in sentences)
    return set(re.findall(r"[^\W\d_]+", text.lower()))


def census(folder: Path) -> tuple[Weights, Weights]:
    """Surnames and first names of the 1990 census with their share in per cent (public domain; as the package `names` carries them)."""
    last = {line.split()[0].lower(): max(float(line.split()[1]), LEAST) for line in _lines(folder / "dist.all.last")}
    first: Counter[str] = Counter()
    for name in ("dist.female.first", "dist.male.first"):
        for line in _lines(folder / name):
            first[line.split()[0].lower()] += max(float(line.split()[1]), LEAST)  # type: ignore[assignment]
    return last, dict(first)


def _lines(path: Path) -> list[str]:
    return path.read_text(encoding="ascii").splitlines()


def other_names(folder: Path) -> tuple[Counter[str], set[str]]:
    """Names of Faker's locales in Latin letters: in how many locales each stands (accents folded), and those written with accents."""
    found: dict[str, set[str]] = {}
    accented = set()
    for path in sorted(folder.glob("faker/providers/person/*/__init__.py")):
        for word in set(re.findall(r"\"([^\W\d_][^\W\d_'’ -]+)(?:[ -]([^\W\d_]+))?\"", path.read_text(encoding="utf-8"))):
            for part in filter(None, word):
                if folded(part).isascii() and part[0].isupper():
                    found.setdefault(folded(part), set()).add(path.parent.name)
                    accented |= {part.casefold()} - {folded(part)}
    return Counter({name: len(places) for name, places in found.items()}), accented


def frequencies(folder: Path, language: str) -> Weights:
    """Zipf frequencies (log10 per thousand million words) of wordfreq's large list."""
    bins = msgspec.msgpack.decode(gzip.decompress((folder / "wordfreq" / "data" / f"large_{language}.msgpack.gz").read_bytes()))[1:]
    return {word: 9 - place / 100 for place, words in enumerate(bins) for word in words}


def roles(words: Iterable[str], english_zipf: Weights, spanish_zipf: Weights, folder: Path) -> dict[str, str]:
    """What a word that is a name too may do: `plain` passes in small letters, `noun`, `weak`, `adjective`, `verb` in context, `never` not at all."""
    zipf = {word: max(english_zipf.get(word, 0), spanish_zipf.get(word, 0)) for word in english_zipf.keys() | spanish_zipf.keys()}
    cues = own_writing()
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
        elif (word in listed["plain"] and surname < HEAVY) or (word in cues and surname < WANTED):
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
        found[word] = "plain" if spent <= BUDGET else role
    return found


def _name_first(surname: float, given: float, locales: int, zipf: float) -> bool:
    if zipf >= 5.5:
        return False
    return given >= 0.04 or surname >= 0.08 or 8 <= locales < 70 or (zipf < 4 and (surname >= 0.01 or given >= 0.004)) or (zipf < 3 and locales >= 2)


def main() -> None:
    """Write english.txt, spanish.txt, derived.txt and names.csv."""
    folder = Path(sys.argv[1])
    zipf_en, zipf_es = frequencies(folder, "en"), frequencies(folder, "es")
    lists = {"english": english(folder, zipf_en), "spanish": spanish(folder, zipf_es)}
    lists["derived"] = further(lists["english"] | lists["spanish"], (zipf_en, zipf_es))
    own = {w for name in ("domain", "places", "proper", "acronyms") for w in (VOCABULARY / f"{name}.txt").read_text(encoding="utf-8").split()}
    own |= {w for text in tomllib.loads((VOCABULARY / "syntax.toml").read_text(encoding="utf-8")).values() for w in text.split()}
    decided = roles(set().union(*lists.values()) | own, zipf_en, zipf_es, folder)
    seen: set[str] = set()
    for name, words in lists.items():
        kept = sorted(w for w in words - seen if decided.get(w) != "never" and len(w) > 1 and (name != "derived" or w not in decided))
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
