"""What the builder of the vocabulary reads: the unpacked packages, word for word. Nothing here decides what may pass."""

import gzip
import re
import unicodedata
from collections import Counter
from pathlib import Path

import msgspec

VOCABULARY = Path(__file__).resolve().parents[2] / "schemas" / "vocabulary"
DIALECTS = {"english", "american", "british", "british_z", "variant_1"}
COMMON, RARE = 70, 80  # sizes of SCOWL: up to 70 for a large dictionary, up to 80 only where the word is in use
LEAST = 0.0002  # per cent: a name at the foot of the census list, which rounds to 0.000
Weights = dict[str, float]


def folded(word: str) -> str:
    """Lower-case without accents."""
    return "".join(c for c in unicodedata.normalize("NFD", word.casefold()) if not unicodedata.combining(c))


def scowl(folder: Path, frequency: Weights) -> set[str]:
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


def wordnet(folder: Path) -> dict[str, set[str]]:
    """Words of WordNet that are written in small letters, also those of which a term of several words is made -> their parts of speech.

    The files keep the case of a word (wndb(5WN)): what names a person, a place or a genus has a capital letter and is left out.
    """
    found: dict[str, set[str]] = {}
    for part in ("noun", "verb", "adj", "adv"):
        for line in (folder / "usr" / "share" / "wordnet" / f"data.{part}").read_text(encoding="ascii").splitlines():
            if line.startswith("  "):
                continue  # the licence stands at the head of each file
            fields = line.split(" ")
            for term in fields[4 : 4 + 2 * int(fields[3], 16) : 2]:
                words = re.sub(r"\([a-z]+\)$", "", term).replace("-", "_").split("_")
                if term == term.lower():
                    for word in words:
                        if word.isalpha() and len(word) > 2:
                            found.setdefault(word, set()).update([part] if len(words) == 1 else ())
    return found


def plurals(nouns: set[str], frequency: Weights) -> set[str]:
    """Regular plurals of nouns that are in use."""
    made = {re.sub(r"(?:(?<=[^aeiou])y|(?<=s|x|z)|(?<=[cs]h))$", lambda m: "ie" if m[0] else "e", noun) + "s" for noun in nouns}
    return {word for word in made if word in frequency}


def spanish(folder: Path, frequency: Weights) -> set[str]:
    """Lower-case words of hunspell-es with their inflections, and the same without accents, as they are often typed."""
    base = folder / "usr" / "share" / "hunspell" / "es_ES"
    rules = _affixes(base.with_suffix(".aff"))
    found: set[str] = set()
    for line in base.with_suffix(".dic").read_text(encoding="utf-8").splitlines()[1:]:
        word, _, flags = line.strip().partition("/")
        if word.islower():
            found |= _inflected(word, flags, rules, frequency)
    return found | {unaccented(w) for w in found}


def unaccented(word: str) -> str:
    """A Spanish word as it is often typed: without accents, but with its ñ."""
    return "".join("ñ" if c == "ñ" else folded(c) for c in word)


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
