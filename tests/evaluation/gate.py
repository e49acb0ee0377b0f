"""`make eval-gate`: the gate and its peer on the development sets, with 95 % intervals, and the leak bound; as Markdown tables.

Each set is cut in two by a seeded hash of its template (the text without its spans) or of its case: `dev`, which may be looked into, and
`aside`, which is only ever counted. The peer is presidio-analyzer without a model. Recall counts a span as found when enough of it is masked:
90 % of the characters of a structured identifier, 80 % of an address, any word of a name. Proportions come with Wilson's interval.
"""

import hashlib
import json
import re
import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from math import sqrt
from pathlib import Path
from typing import Any

import pyarrow as pa

ROOT = Path(__file__).resolve().parents[2]
SHARED = ROOT.parent / "shared" / "data"
SEED = "stas-gate-2026"
Span = tuple[int, int]
Finder = Callable[[list[str], str], list[list[Span]]]

STRUCTURED = {
    *("CREDIT_CARD", "PHONE_NUMBER", "EMAIL_ADDRESS", "DOMAIN_NAME", "IBAN_CODE", "US_SSN", "IP_ADDRESS", "US_DRIVER_LICENSE"),
    *("CORREO_ELECTRONICO", "NUMERO_TELEFONO", "NUMERO_FAX", "ID_SUJETO_ASISTENCIA", "ID_ASEGURAMIENTO", "ID_TITULACION_PERSONAL_SANITARIO"),
    *("ID_CONTACTO_ASISTENCIAL", "PHONE", "HANDLE", "ANUM", "BANK", "PLATE", "DOB", "DL", "EMAIL", "VIN", "SSN", "GPS", "MAC", "URL", "CC", "IP"),
}
NAMES = {"PERSON", "NOMBRE_SUJETO_ASISTENCIA", "NOMBRE_PERSONAL_SANITARIO"}
ADDRESSES = {"STREET_ADDRESS", "CALLE", "ADDR"}
GROUPS = {**dict.fromkeys(STRUCTURED, "structured"), **dict.fromkeys(NAMES, "names"), **dict.fromkeys(ADDRESSES, "addresses")}
COVER = {"structured": 0.9, "addresses": 0.8, "names": 0.0}
SETS = {"presidio_synth_v2": "en", "meddocan_es_train": "es", "synthetic_tips_3k_template": "en", "negex_dev": "en", "nubes_es_sample009_010": "es"}


@dataclass(frozen=True)
class Record:
    """A text with its spans: (start, end, type), and the half it belongs to."""

    text: str
    spans: tuple[tuple[int, int, str], ...]
    language: str
    half: str


def load(name: str, folder: Path = SHARED / "deid") -> list[Record]:
    """One development set, each record with its half."""
    records = []
    for line in (folder / f"{name}.jsonl").read_text(encoding="utf-8").splitlines():
        given: dict[str, Any] = json.loads(line)
        spans = sorted((s["start"], s["end"], s["type"]) for s in given["spans"])
        key = given["id"] if name.startswith("meddocan") else given["doc"] if "doc" in given else _template(given["text"], spans)
        digest = hashlib.sha256(f"{SEED} {key}".encode()).digest()
        if name.startswith(("negex", "nubes")):
            spans = []  # concepts and cues, not identifiers
        records.append(Record(given["text"], tuple(spans), given.get("lang", SETS[name]), "aside" if digest[0] % 2 else "dev"))
    return records


def _template(text: str, spans: list[tuple[int, int, str]]) -> str:
    parts, at = [], 0
    for start, end, kind in spans:
        if start >= at:
            parts += [text[at:start], f"<{kind}>"]
            at = end
    return "".join([*parts, text[at:]])


def ours(texts: list[str], language: str) -> list[list[Span]]:
    """What the gate masks."""
    from pipelines.gate.mask import mask

    found: list[list[Span]] = [[] for _ in texts]
    for row in mask(pa.array(texts, pa.string())).spans.to_pylist():
        found[row["doc"]].append((row["start"], row["end"]))
    return found


class Presidio:
    """The peer: presidio-analyzer with its pattern recognizers on a blank spaCy pipeline, every score accepted."""

    def __init__(self) -> None:
        import logging

        import spacy
        import tldextract
        from presidio_analyzer import AnalyzerEngine, RecognizerRegistry
        from presidio_analyzer.nlp_engine import SpacyNlpEngine

        tldextract.tldextract.TLD_EXTRACTOR = tldextract.TLDExtract(suffix_list_urls=())
        tldextract.extract = tldextract.tldextract.TLD_EXTRACTOR
        logging.getLogger("presidio-analyzer").setLevel(logging.ERROR)
        self._engines = {}
        for language in ("en", "es"):
            engine = SpacyNlpEngine(models=[{"lang_code": language, "model_name": "blank"}])
            engine.nlp = {language: spacy.blank(language)}
            registry = RecognizerRegistry(supported_languages=[language])
            registry.load_predefined_recognizers(languages=[language])
            registry.remove_recognizer("SpacyRecognizer")
            self._engines[language] = AnalyzerEngine(nlp_engine=engine, registry=registry, supported_languages=[language])

    def __call__(self, texts: list[str], language: str) -> list[list[Span]]:
        """What the peer would mask."""
        engine = self._engines[language]
        return [[(r.start, r.end) for r in engine.analyze(text, language, score_threshold=0)] for text in texts]


def wilson(hits: int, total: int, z: float = 1.96) -> tuple[float, float]:
    """Wilson's score interval of a proportion (Wilson 1927)."""
    if not total:
        return 0.0, 1.0
    share, square = hits / total, z * z
    middle, reach = share + square / (2 * total), z * sqrt(share * (1 - share) / total + square / (4 * total * total))
    return max(0.0, (middle - reach) / (1 + square / total)), min(1.0, (middle + reach) / (1 + square / total))


def covered(spans: Iterable[Span], start: int, end: int) -> int:
    """How many characters of [start, end) the spans, apart from each other, cover."""
    return sum(max(0, min(end, b) - max(start, a)) for a, b in spans)


def united(spans: Iterable[Span]) -> list[Span]:
    """The same places as spans apart from each other."""
    merged: list[Span] = []
    for start, end in sorted(spans):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def score(records: list[Record], found: list[list[Span]], misses: list[str] | None = None) -> dict[str, Counter[str]]:
    """Hits and totals per half and measure: `structured`, `names`, `addresses`, each also by type, and `masked without cause` in words."""
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for record, given in zip(records, found, strict=True):
        spans = united(given)
        tally = counts[record.half]
        for start, end, kind in record.spans:
            group = GROUPS.get(kind)
            if group is None or (group == "structured" and not re.search(r"[\d@]|\.\w", record.text[start:end]) and kind.startswith("ID_")):
                continue  # some descriptions, such as "casada", are labelled as record numbers
            share = covered(spans, start, end) / (end - start)
            hit = share > 0 if group == "names" else share >= COVER[group]
            for key in (group, f"{group}: {kind}"):
                tally[f"{key}|total"] += 1
                tally[f"{key}|hits"] += hit
            if not hit and misses is not None and record.half == "dev":
                misses.append(f"{kind}: {record.text[max(0, start - 30) : end + 20]!r} <- {record.text[start:end]!r}")
        labelled = united((s, e) for s, e, _ in record.spans)
        for word in re.finditer(r"\w+", record.text):
            if not covered(labelled, *word.span()):
                masked = covered(spans, *word.span()) > 0
                tally["masked without cause|total"] += 1
                tally["masked without cause|hits"] += masked
                if masked and misses is not None and record.half == "dev":
                    misses.append(f"OVER: {word[0]} <- {record.text[max(0, word.start() - 25) : word.end() + 20]!r}")
    return counts


def run(finder: Finder, records: list[Record]) -> list[list[Span]]:
    """What a finder finds, language by language."""
    found: list[list[Span]] = [[] for _ in records]
    for language in ("en", "es"):
        places = [i for i, record in enumerate(records) if record.language == language]
        for place, spans in zip(places, finder([records[i].text for i in places], language), strict=True):
            found[place] = spans
    return found


def lines(name: str, who: str, counts: dict[str, Counter[str]], detail: bool = False) -> list[str]:
    """Table rows: one per measure."""
    keys = sorted({key.rpartition("|")[0] for tally in counts.values() for key in tally})
    rows = []
    for key in keys:
        if ":" in key and not detail:
            continue
        cells = []
        for half in ("dev", "aside"):
            hits, total = counts[half][f"{key}|hits"], counts[half][f"{key}|total"]
            low, high = wilson(hits, total)
            cells.append(f"{hits / max(1, total):.4f} ({low:.4f}-{high:.4f}, n={total:,})")
        rows.append(f"| {name} | {key} | {who} | {' | '.join(cells)} |")
    return rows


def main() -> None:
    """Print everything."""
    detail = "--detail" in sys.argv
    print("| Set | Measure | Who | Development half | Half set aside |\n|---|---|---|---|---|")
    peer = None if "--alone" in sys.argv else Presidio()
    for name in SETS:
        records = load(name)
        print("\n".join(lines(name, "gate", score(records, run(ours, records)), detail)), flush=True)
        if peer:
            print("\n".join(lines(name, "presidio", score(records, run(peer, records)), detail)), flush=True)
    from tests.evaluation.leak import leak_bound

    print("\n| Surname | Sentence | Share of its bearers that would pass |\n|---|---|---|")
    for place, frames in leak_bound().items():
        print("\n".join(f"| {place} | {frame} | {share:.3%} |" for frame, share in frames.items()))


if __name__ == "__main__":
    main()
