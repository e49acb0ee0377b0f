"""Receives texts; hands on masked texts, the spans that were masked, and which texts are held back; lets no text pass unscanned.

The default is to replace, by a typed placeholder such as [PHONE]. A text is held, and given as null, when most of it would be masked, when a
cue such as "named" stands beside an unknown word in small letters, when it is too long, and on any error.
"""

import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache
from itertools import chain

import numpy as np
import pyarrow as pa

from pipelines.gate.addresses import address_rows
from pipelines.gate.bits import bit
from pipelines.gate.digits import code_rows, number_rows
from pipelines.gate.kinds import raised
from pipelines.gate.lexicon import lexicon
from pipelines.gate.names import judge
from pipelines.gate.patterns import PATTERNS, Patterns
from pipelines.gate.recognizers import installed
from pipelines.gate.shadow import Shadow, shadow_of
from pipelines.gate.tokens import Tokens, tokenize

MAX_LENGTH, MAX_SHARE = 20_000, 0.5  # characters, and the share of them
MAX_ROUNDS, BATCH = 6, 5_000  # BATCH texts at once: bounds the memory
SINGLE = 1_000  # rank of a word by itself, after patterns, addresses and numbers
SPELLED = 4  # number words, or single letters, in a text from which on it may spell an identifier
SPANS = pa.schema([("doc", pa.int32()), ("start", pa.int32()), ("end", pa.int32()), ("type", pa.string())])

Span = tuple[int, int, str]
_NAMING, _SPELLING = b" -.", b" -.,*/|~"  # what stands between the names of a name, and between its letters
_UNSEEN = "\u200b\u200c\u200d\u2060\ufeff\u00ad\u200e\u200f"  # harmless behind a word
_APOSTROPHES = str.maketrans(dict.fromkeys("’‘‛′´`ʼ＇", "'"))


@dataclass(frozen=True)
class Masked:
    """`texts` (null where held), `spans` (doc, start, end in code points of the original, type), `held`: reason codes or null."""

    texts: pa.Array
    spans: pa.Table
    held: pa.Array


@dataclass
class _Text:
    """One text on its way: as it came, what is left of it, what was found in it (places in the text as it came), and why it is held."""

    given: str
    clean: str
    spans: list[Span] = field(default_factory=list)
    held: str | None = None

    def mask(self, spans: list[Span]) -> None:
        """Mask spans of what is left; one that reaches over a placeholder takes in what that stands for."""
        if self.spans:
            starts, ends = _places(self.given, self.spans)
            spans = _united([*self.spans, *((starts[start], ends[end - 1], kind) for start, end, kind in spans)])
        self.spans = spans
        self.clean = "".join(part for part, *_ in _parts(self.given, spans))


def mask(texts: pa.Array) -> Masked:
    """Mask an array of texts; null stays null. `mask(mask(x).texts)` changes nothing."""
    given = texts.to_pylist()
    done: list[_Text | None] = [None] * len(given)
    filled = [place for place, text in enumerate(given) if text is not None]
    for start in range(0, len(filled), BATCH):
        places = filled[start : start + BATCH]
        for place, text in zip(places, _mask_safely([given[place] for place in places]), strict=True):
            done[place] = text
    return Masked(
        pa.array([text.clean if text and not text.held else None for text in done], pa.string()),
        _table(done),
        pa.array([text.held if text else None for text in done], pa.string()),
    )


def _table(done: list[_Text | None]) -> pa.Table:
    spans = [text.spans if text else [] for text in done]
    docs = np.repeat(np.arange(len(done)), [len(found) for found in spans])
    columns = zip(*chain.from_iterable(spans), strict=True) if len(docs) else ([], [], [])
    return pa.table([pa.array(values, field.type) for values, field in zip((docs, *columns), SPANS, strict=True)], schema=SPANS)


def mask_one(text: str) -> tuple[str | None, list[Span], str | None]:
    """The masked text, its spans, and the reason for holding it."""
    (done,) = _mask_safely([text])
    return (None if done.held else done.clean), done.spans, done.held


def _mask_safely(texts: list[str]) -> list[_Text]:
    """Mask a batch. What goes wrong costs its own text: a batch that fails is masked text by text, and a text that fails is held."""
    try:
        return _mask_batch(texts)
    except Exception:  # whatever it is, the text must not pass: it is quarantined as G-ERROR, counted, and past the feed's bound refuses the file
        if len(texts) == 1:
            return [_Text("", "", [], "G-ERROR")]
        return [done for text in texts for done in _mask_safely([text])]


def _mask_batch(texts: list[str]) -> list[_Text]:
    """Mask until nothing more is found, so that no identifier is left where two touched."""
    done = [_Text("", "", [], "G-LENGTH") if len(text) > MAX_LENGTH else _Text(text, text) for text in texts]
    pending = [text for text in done if not text.held]
    for attempt in range(MAX_ROUNDS):
        found = find([text.clean for text in pending])
        changed = []
        for text, (spans, unclear, settled) in zip(pending, found, strict=True):
            if not attempt:
                text.held = _reason(text.given, spans, unclear)
            if spans:
                text.mask(spans)
                if not settled and not text.held:
                    changed.append(text)
        pending = changed
        if not pending:
            return done
    for text in pending:
        text.held = "G-ERROR"
    return done


def _reason(text: str, spans: list[Span], unclear: bool) -> str | None:
    """Why a text cannot be masked safely, if so."""
    if sum(end - start for start, end, _ in spans) > MAX_SHARE * len(text):
        return "G-SHARE"
    return "G-CUE" if unclear else None


def find(texts: list[str]) -> list[tuple[list[Span], bool, bool]]:
    """For each text the spans of identifiers, in order and apart, the most specific kind of those that overlap; whether a cue is unclear; and
    whether masking them settles the text: where single unknown words alone are masked, a second look would find what the first one found."""
    if not texts:
        return []
    shadows = [shadow_of(text) for text in texts]
    tokens = tokenize([shadow.text for shadow in shadows], lexicon())
    verdict = judge(tokens)
    found: list[list[tuple[int, int, int, str]]] = [[] for _ in texts]
    _add_words(tokens, address_rows(tokens, verdict), len(PATTERNS), "ADDRESS", found)
    for first, last, kind in (*number_rows(tokens), *code_rows(tokens, verdict)):
        _add_words(tokens, [(first, last)], len(PATTERNS) + 1, kind, found)
    for kind, rows in (("NAME", np.flatnonzero(verdict.masked & verdict.name)), ("WORD", np.flatnonzero(verdict.masked & ~verdict.name))):
        numeric = tokens.bits[rows] & np.uint64(bit("DIGIT")) != 0
        _add_words(tokens, ((row, row) for row in rows[~numeric].tolist()), SINGLE, kind, found)
        _add_words(tokens, ((row, row) for row in rows[numeric].tolist()), SINGLE, "NUMBER", found)
    _add_patterns(tokens, found)
    _add_recognized(tokens, found)
    unclear = set(tokens.doc[verdict.unclear].tolist())
    unsettled = set(tokens.doc[verdict.known | (tokens.bits & np.uint64(bit("MARK")) != 0)].tolist())
    for doc, shadow in enumerate(shadows):
        if shadow.places is not None:
            _add_disguised(tokens, doc, shadow, texts[doc], found[doc])
    return [_finished(tokens, doc, spans, shadows[doc], doc in unclear, doc in unsettled) for doc, spans in enumerate(found)]


def _finished(
    tokens: Tokens, doc: int, spans: list[tuple[int, int, int, str]], shadow: Shadow, unclear: bool, unsettled: bool
) -> tuple[list[Span], bool, bool]:
    if not spans:
        return [], unclear, True
    merged = _merged(tokens, doc, spans)
    settled = not unsettled and shadow.places is None and len(merged) == len(spans) and all(span[2] == SINGLE for span in spans)
    made = _in_code_points(tokens, doc, merged)
    return made if shadow.places is None else _united([(*shadow.span(start, end), kind) for start, end, kind in made]), unclear, settled


def _add_disguised(tokens: Tokens, doc: int, shadow: Shadow, text: str, found: list[tuple[int, int, int, str]]) -> None:
    """Words that pass by their shadow alone: what is stored is the text as it came, and its words must stand in the vocabulary."""
    at, count = int(tokens.docs[doc]), 0
    for row in range(*np.searchsorted(tokens.doc, (doc, doc + 1)).tolist()):
        start, end = int(tokens.starts[row]), int(tokens.ends[row])
        count += len(tokens.data[at:start].decode())
        word = tokens.data[start:end].decode()
        first, last = shadow.span(count, count + len(word))
        if unicodedata.normalize("NFKC", text[first:last].rstrip(_UNSEEN).translate(_APOSTROPHES)) != word:
            found.append((start, end, SINGLE, "WORD"))
        at, count = end, count + len(word)


def _add_words(tokens: Tokens, rows: Iterable[tuple[int, int]], rank: int, kind: str, found: list[list[tuple[int, int, int, str]]]) -> None:
    for first, last in rows:
        end = int(tokens.ends[last])
        if rank == SINGLE and tokens.data[end - 2 : end] == b"'s" and end - 2 > tokens.starts[first]:
            end -= 2
        found[tokens.doc[first]].append((int(tokens.starts[first]), end, rank, kind))


def _add_patterns(tokens: Tokens, found: list[list[tuple[int, int, int, str]]]) -> None:
    """The patterns, in the texts that hold a digit, a sign or a word by which an identifier may be spelled."""
    triggered = np.bincount(tokens.doc[tokens.bits & np.uint64(bit("TRIGGER")) != 0], minlength=len(found)) > 0
    letters = (tokens.bits & np.uint64(bit("LETTER")) != 0) & (tokens.bits & np.uint64(bit("FUNCTION", "DETERMINER", "DIGIT")) == 0)
    for spelled in (tokens.bits & np.uint64(bit("NUMERAL")) != 0, letters):
        triggered |= np.bincount(tokens.doc[spelled], minlength=len(found)) >= SPELLED
    patterns = _patterns()
    for doc in np.flatnonzero(triggered).tolist():
        start, end = int(tokens.docs[doc]), int(tokens.docs[doc + 1]) - 1
        for first, last, rank, kind in patterns.spans(tokens.data[start:end]):
            found[doc].append((start + first, start + last, rank, kind))


def _add_recognized(tokens: Tokens, found: list[list[tuple[int, int, int, str]]]) -> None:
    """What installed recognizers find besides; they can only add."""
    for recognize in installed():
        for doc in range(len(found)):
            start, end = int(tokens.docs[doc]), int(tokens.docs[doc + 1]) - 1
            text = tokens.data[start:end].decode()
            for first, last in recognize(text):
                found[doc].append((start + len(text[:first].encode()), start + len(text[:last].encode()), SINGLE - 1, "NAME"))


def _merged(tokens: Tokens, doc: int, spans: list[tuple[int, int, int, str]]) -> list[Span]:
    """Spans of one text in order, apart from each other; names side by side are one."""
    merged: list[tuple[int, int, int, str]] = []
    for start, end, rank, kind in sorted(spans):
        last = merged[-1] if merged else None
        between = _SPELLING if end - start == 1 else _NAMING
        beside = last is not None and kind == last[3] == "NAME" and tokens.data[last[1] : start].strip(between) == b""
        if last is not None and (start < last[1] or beside):
            best = min((last[2], last[3]), (rank, kind))
            merged[-1] = (last[0], max(last[1], end), *best)
        else:
            merged.append((start, end, rank, kind))
    return [(start, end, raised(kind, tokens.data[start:end])) for start, end, _, kind in merged]


def _in_code_points(tokens: Tokens, doc: int, spans: list[Span]) -> list[Span]:
    """Places in the buffer as places in the text."""
    begin, end = int(tokens.docs[doc]), int(tokens.docs[doc + 1]) - 1
    data = tokens.data[begin:end]
    if data.isascii():
        return [(first - begin, last - begin, kind) for first, last, kind in spans]
    made, at, count = [], 0, 0
    for first, last, kind in spans:
        count += len(data[at : first - begin].decode())
        size = len(data[first - begin : last - begin].decode())
        made.append((count, count + size, kind))
        at, count = last - begin, count + size
    return made


def _parts(text: str, spans: list[Span]) -> Iterator[tuple[str, int, int]]:
    """The pieces of the masked text, and where in the text each stands; a placeholder keeps apart from letters and digits beside it."""
    at = 0
    for start, end, kind in spans:
        yield text[at:start], at, start
        lead = " " if start and text[start - 1].isalnum() else ""
        tail = " " if end < len(text) and text[end].isalnum() else ""
        yield f"{lead}[{kind}]{tail}", start, end
        at = end
    yield text[at:], at, len(text)


def _places(text: str, spans: list[Span]) -> tuple[list[int], list[int]]:
    """For each character of the masked text where in the text what it stands for begins and ends."""
    starts: list[int] = []
    ends: list[int] = []
    for number, (part, start, end) in enumerate(_parts(text, spans)):
        whole = number % 2
        starts += [start] * len(part) if whole else range(start, end)
        ends += [end] * len(part) if whole else range(start + 1, end + 1)
    return starts, ends


def _united(spans: list[Span]) -> list[Span]:
    """Spans in order and apart; of those that overlap the later found names the kind."""
    united: list[Span] = []
    for start, end, kind in sorted(spans, key=lambda span: span[:2]):
        if united and start < united[-1][1]:
            united[-1] = (united[-1][0], max(end, united[-1][1]), kind if end > united[-1][1] else united[-1][2])
        else:
            united.append((start, end, kind))
    return united


_patterns = cache(Patterns)
