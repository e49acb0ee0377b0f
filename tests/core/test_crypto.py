"""A sealed file gives back what was written, from any offset, and nothing else than that."""

import io
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as example_settings
from hypothesis import strategies as st

from pipelines.core.crypto import CHUNK, TAG, SealedReader, SealedWriter
from pipelines.core.errors import SystemFault
from pipelines.core.settings import Settings


def seal(settings: Settings, path: Path, content: bytes, stable: bool = False, context: str = "landing:x") -> Path:
    with SealedWriter(settings, path, context, {"name": "a"}, stable) as file:
        file.write(content)
    return path


@pytest.mark.parametrize("size", [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK, 2 * CHUNK + 7])
def test_round_trip_at_the_edges_of_chunks(settings: Settings, tmp_path: Path, size: int) -> None:
    content = bytes(i % 251 for i in range(size))
    with SealedReader(settings, seal(settings, tmp_path / "f", content)) as file:
        assert (file.size, file.read(), file.meta) == (size, content, {"name": "a"})


@example_settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(place=st.integers(0, 2 * CHUNK + 99), length=st.integers(0, CHUNK + 5))
def test_any_part_can_be_read(settings: Settings, tmp_path: Path, place: int, length: int) -> None:
    content = bytes(range(256)) * (2 * CHUNK // 256) + b"end"
    path = tmp_path / "f"
    if not path.exists():
        seal(settings, path, content)
    with SealedReader(settings, path) as file:
        file.seek(place)
        expected = io.BytesIO(content)
        expected.seek(place)
        assert file.read(length) == expected.read(length)


def _flip(data: bytes, at: int) -> bytes:
    return data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]


@pytest.mark.parametrize("stable", [False, True])
def test_no_change_goes_unseen(settings: Settings, tmp_path: Path, stable: bool) -> None:
    path = seal(settings, tmp_path / "f", b"x" * (2 * CHUNK + 10), stable)
    good = path.read_bytes()
    head = len(good) - (2 * CHUNK + 10 + 3 * TAG)
    one, two = good[head : head + CHUNK + TAG], good[head + CHUNK + TAG : head + 2 * (CHUNK + TAG)]
    changed = {
        "a bit of the content": _flip(good, head + 5),
        "a bit of the last chunk": _flip(good, len(good) - 1),
        "a bit of the name": good.replace(b'"name": "a"', b'"name": "b"'),
        "the last chunk is gone": good[: head + 2 * (CHUNK + TAG)],
        "two chunks are swapped": good[:head] + two + one + good[head + 2 * (CHUNK + TAG) :],
        "a chunk is said twice": good + one,
        "cut in the middle": good[: len(good) // 2],
    }
    for what, content in changed.items():
        path.write_bytes(content)
        with pytest.raises(SystemFault), SealedReader(settings, path) as file:
            file.read()
            pytest.fail(what)


def test_stable_files_are_the_same_bytes_and_others_are_not(settings: Settings, tmp_path: Path) -> None:
    same = [seal(settings, tmp_path / f"s{i}", b"text", stable=True).read_bytes() for i in range(2)]
    assert same[0] == same[1]
    assert seal(settings, tmp_path / "o", b"text", stable=True, context="other").read_bytes()[-20:] != same[0][-20:]
    assert seal(settings, tmp_path / "r1", b"text").read_bytes() != seal(settings, tmp_path / "r2", b"text").read_bytes()


def test_another_key_opens_nothing(settings: Settings, tmp_path: Path) -> None:
    path = seal(settings, tmp_path / "f", b"text")
    with pytest.raises(SystemFault, match="altered"), SealedReader(Settings(settings.home, bytes(32)), path) as file:
        file.read()
