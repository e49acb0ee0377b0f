"""Receives texts; hands on masked texts, the spans that were masked, and which texts are held back; lets no text pass unscanned.

The default is to replace: every identifier becomes a typed placeholder such as [PHONE]. A text is held, and given as null, when most of
it would be masked, when its letter case hides names, when it is too long, and on any error.
"""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pyarrow as pa

from pipelines.gate.names import case_tells_nothing, load_vocabulary, name_spans
from pipelines.gate.patterns import Patterns
from pipelines.gate.shadow import shadow_of

VOCABULARY = Path(__file__).resolve().parents[2] / "schemas" / "vocabulary"
MAX_LENGTH = 20_000  # characters
MAX_SHARE = 0.5  # of the characters
SPANS = pa.schema([("doc", pa.int32()), ("start", pa.int32()), ("end", pa.int32()), ("type", pa.string())])

Span = tuple[int, int, str]


@dataclass(frozen=True)
class Masked:
    """`texts` (null where held), `spans` (doc, start, end in code points of the original, type), `held`: reason codes or null."""

    texts: pa.Array
    spans: pa.Table
    held: pa.Array


def mask(texts: pa.Array) -> Masked:
    """Mask an array of texts; null stays null. `mask(mask(x).texts)` changes nothing."""
    masked: list[str | None] = []
    held: list[str | None] = []
    found: list[tuple[int, int, int, str]] = []
    for doc, text in enumerate(texts.to_pylist()):
        clean, spans, reason = (None, [], None) if text is None else _mask_safely(text)
        masked.append(clean)
        held.append(reason)
        found.extend((doc, *span) for span in spans)
    columns = [pa.array([row[i] for row in found], field.type) for i, field in enumerate(SPANS)]
    return Masked(pa.array(masked, pa.string()), pa.Table.from_arrays(columns, schema=SPANS), pa.array(held, pa.string()))


def _mask_safely(text: str) -> tuple[str | None, list[Span], str | None]:
    """The masked text, its spans, and the reason for holding it. Whatever goes wrong, the text is held."""
    try:
        return mask_one(text)
    except Exception:
        return None, [], "G-ERROR"


def mask_one(text: str) -> tuple[str | None, list[Span], str | None]:
    """Mask one text. Masking is repeated until nothing is found, so that no identifier is left where two touched."""
    if len(text) > MAX_LENGTH:
        return None, [], "G-LENGTH"
    if case_tells_nothing(text):
        return None, [], "G-CUE"
    spans = find(text)
    if sum(end - start for start, end, _ in spans) > MAX_SHARE * len(text):
        return None, spans, "G-SHARE"
    clean = _replaced(text, spans)
    for _ in range(5):
        more = find(clean)
        if not more:
            return clean, spans, None
        clean = _replaced(clean, more)
    return None, spans, "G-ERROR"


def find(text: str) -> list[Span]:
    """Spans of identifiers: in order, apart from each other, the most specific kind of those that overlap."""
    patterns, vocabulary = _tools()
    shadow = shadow_of(text)
    given = [*patterns.spans(shadow.text), *((start, end, "NAME") for start, end in name_spans(shadow.text, vocabulary))]
    ranked = sorted((*shadow.span(start, end), rank, kind) for rank, (start, end, kind) in enumerate(given))
    merged: list[tuple[int, int, int, str]] = []
    for span in ranked:
        if merged and span[0] < merged[-1][1]:
            last = merged[-1]
            merged[-1] = (last[0], max(last[1], span[1]), *min(last[2:], span[2:]))
        else:
            merged.append(span)
    return [(start, end, kind) for start, end, _, kind in merged]


def _replaced(text: str, spans: list[Span]) -> str:
    parts, at = [], 0
    for start, end, kind in spans:
        lead = " " if start and text[start - 1].isalnum() else ""
        parts += [text[at:start], lead, f"[{kind}]", " " if text[end:] and text[end].isalnum() else ""]
        at = end
    return "".join([*parts, text[at:]])


@cache
def _tools() -> tuple[Patterns, frozenset[str]]:
    return Patterns(), load_vocabulary(VOCABULARY)
