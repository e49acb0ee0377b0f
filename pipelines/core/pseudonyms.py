"""Receives ids of the senders' records; hands on pseudonyms that are stable and cannot be turned back without the key.

AES-256-CMAC (NIST SP 800-38B, RFC 4493) of the id under a key of the feed: 128 bits, as 32 hexadecimal digits. It is computed for all ids
of a batch at once, block by block: a MAC per call would cost more than reading, checking and storing the records together.
"""

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

BLOCK = 16
Bytes = npt.NDArray[np.uint8]


def pseudonyms(key: bytes, ids: pa.Array) -> pa.Array:
    """Pseudonyms of texts, as an array of strings; null stays null. `key` has 32 bytes."""
    if ids.null_count == len(ids):
        return pa.nulls(len(ids), pa.string())
    macs = cmac(key, ids.fill_null(""))
    offsets = np.arange(len(ids) + 1, dtype=np.int32) * 2 * BLOCK
    found = pa.StringArray.from_buffers(len(ids), pa.py_buffer(offsets), pa.py_buffer(macs.tobytes().hex().encode()))
    return found if not ids.null_count else pa.compute.if_else(ids.is_valid(), found, None)


def cmac(key: bytes, texts: pa.Array) -> Bytes:
    """AES-CMAC of each UTF-8 text: (n, 16) bytes."""
    encrypt = Cipher(algorithms.AES(key), modes.ECB()).encryptor().update  # noqa: S305  ECB of single blocks is what CMAC is made of
    first = _doubled(int.from_bytes(encrypt(bytes(BLOCK)), "big"))
    whole, padded = (np.frombuffer(k.to_bytes(BLOCK, "big"), np.uint8) for k in (first, _doubled(first)))
    blocks, lengths = _blocks(texts)
    last = np.maximum(1, -(-lengths // BLOCK)) - 1
    full = (lengths > 0) & (lengths % BLOCK == 0)
    blocks[np.arange(len(texts)), last] ^= np.where(full[:, None], whole, padded)
    state: Bytes = np.zeros((len(texts), BLOCK), np.uint8)
    for number in range(blocks.shape[1]):
        running = last >= number  # shorter texts are done
        state[running] = np.frombuffer(encrypt((state[running] ^ blocks[running, number]).tobytes()), np.uint8).reshape(-1, BLOCK)
    return state


def _blocks(texts: pa.Array) -> tuple[Bytes, npt.NDArray[np.int64]]:
    """The texts' bytes in blocks, each followed by the padding 10*: (n, most blocks, 16), and their lengths."""
    _, offset_buffer, data = texts.buffers()
    offsets = np.frombuffer(offset_buffer, np.int32)[texts.offset : texts.offset + len(texts) + 1].astype(np.int64)
    lengths = np.diff(offsets)
    width = max(1, -(-int(lengths.max()) // BLOCK)) * BLOCK
    matrix: Bytes = np.zeros((len(texts), width + 1), np.uint8)
    inside = np.arange(width) < lengths[:, None]
    content = np.frombuffer(data, np.uint8)[offsets[0] : offsets[-1]] if data is not None else np.empty(0, np.uint8)
    matrix[:, :width][inside] = content
    matrix[np.arange(len(texts)), lengths] = 0x80
    return np.ascontiguousarray(matrix[:, :width]).reshape(len(texts), -1, BLOCK), lengths


def _doubled(value: int) -> int:
    """Multiplication by x in GF(2^128) (RFC 4493, section 2.3)."""
    return (value << 1) & ((1 << 128) - 1) ^ (0x87 if value >> 127 else 0)
