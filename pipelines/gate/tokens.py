"""Receives texts; hands on their words as arrays: where each begins and ends, in which text it stands, and its bits; decides nothing.

All texts of a batch lie in one buffer of UTF-8, set apart by a separator that no text holds. A piece is a word and what stands behind it, up
to the next word, so that the pieces fill the buffer and Arrow can find the distinct ones without copying.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from pipelines.gate.lexicon import Lexicon

SEPARATOR = "\x1e"
Places = npt.NDArray[np.int64]
Bits = npt.NDArray[np.uint64]

_LETTER = np.zeros(256, bool)
_LETTER[list(b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_'")] = True
_LETTER[128:] = True


@dataclass(frozen=True)
class Tokens:
    """`data`: the buffer; `docs`: where each text begins, and one past the last; one entry per word in the rest.

    `lead` has the bits of what stands before the first word.
    """

    data: bytes
    docs: Places
    starts: Places
    ends: Places
    doc: Places
    bits: Bits
    lead: int


def tokenize(texts: list[str], lexicon: Lexicon) -> Tokens:
    """The words of some texts."""
    encoded = [text.encode() for text in texts]
    separator = SEPARATOR.encode()
    data = separator + separator.join(encoded) + separator
    lengths = np.fromiter(map(len, encoded), np.int64, len(encoded))
    docs = np.concatenate(([1], 1 + np.cumsum(lengths + 1)))
    letter = _LETTER[np.frombuffer(data, np.uint8)]
    edges = np.flatnonzero(letter[1:] != letter[:-1]) + 1
    starts, ends = edges[::2], edges[1::2]
    doc = np.repeat(np.arange(len(texts)), np.diff(np.searchsorted(starts, docs)))
    (lead,) = lexicon.flags([data[: starts[0]]]) if len(starts) else (0,)
    return Tokens(data, docs, starts, ends, doc, _look_up(data, starts, lexicon), lead)


def _look_up(data: bytes, starts: Places, lexicon: Lexicon) -> Bits:
    if not len(starts):
        return np.zeros(0, np.uint64)
    offsets = pa.py_buffer(np.append(starts, len(data)).astype(np.int32))
    pieces = pa.Array.from_buffers(pa.binary(), len(starts), [None, offsets, pa.py_buffer(data)]).dictionary_encode()
    known = np.array(lexicon.flags(pieces.dictionary.to_pylist()), np.uint64)
    bits: Bits = known[pieces.indices.to_numpy()]
    return bits
