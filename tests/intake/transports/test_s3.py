"""S3 against a real server that checks signatures and permissions: what is new, lines that break, objects that change, keys that are wrong."""

import logging
import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pipelines import flow
from pipelines.core.catalog import feed_named
from pipelines.core.errors import FileUnsettled, PullIncomplete, SourceUnavailable, SystemFault
from pipelines.core.settings import ROOT, Settings
from pipelines.intake.source import Source, source_of
from pipelines.intake.transports import Known, attempts, s3
from pipelines.samples.servers.tls import make_certificates

pytestmark = pytest.mark.slow  # the server takes about five seconds to start
FEED, OTHER = "jric_tips", "sdlecc_tips"
A, B = (f"jric-tips-2026-10-{day}.ndjson" for day in ("05", "12"))
SIZE = 3_000_000


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("s3")


@pytest.fixture(scope="module")
def served(tree: Path, servers: Any) -> Iterator[dict[str, str]]:
    """A server of its own process for both feeds of this kind."""
    with servers(tree, FEED, OTHER) as environment:
        yield environment


@pytest.fixture
def source(served: dict[str, str], tree: Path, settings: Settings) -> Source:
    for path in (tree / FEED).iterdir():
        path.unlink()
    return source_of(settings, FEED, served)


@pytest.fixture
def root(tree: Path) -> Path:
    return tree


def landed(settings: Settings) -> list[Path]:
    return [path for path in settings.path("landing").rglob("*") if path.is_file()]


def test_objects_come_byte_for_byte_and_an_unchanged_one_is_not_fetched_again(settings: Settings, source: Source, put: Any, content: Any) -> None:
    assert flow.pull(settings, FEED, source) == []  # a prefix without objects is no fault
    files = [put(FEED, A, SIZE), put(FEED, B, 0)]
    put(FEED, f"{A}.part")
    found = flow.pull(settings, FEED, source)
    assert [(d.name, content(d)) for d in found] == [(path.name, path.read_bytes()) for path in files]
    assert [d.received_at.timestamp() for d in found] == [int(path.stat().st_mtime) for path in files]
    for delivery in found:
        flow.admit(settings, delivery)
    os.utime(files[0], (1_790_000_000, 1_790_000_000))  # put again as it was: a new time, the same ETag
    assert flow.pull(settings, FEED, source) == []
    files[0].write_bytes(b"corrected")
    [delivery] = flow.pull(settings, FEED, source)
    assert (delivery.name, content(delivery)) == (A, b"corrected")


def test_a_transfer_goes_on_where_the_line_broke(settings: Settings, source: Source, put: Any, content: Any, line: Any) -> None:
    file = put(FEED, A, SIZE)
    line.budgets = [None, 1_500_000, 300_000]
    [delivery] = flow.pull(settings, FEED, line.to(source))
    assert content(delivery) == file.read_bytes()
    assert line.budgets == []


def test_an_object_that_never_comes_through_is_left(settings: Settings, source: Source, put: Any, content: Any, line: Any) -> None:
    big, small = put(FEED, A, SIZE), put(FEED, B)
    line.budgets = [None, None, *[100_000] * (2 * attempts.TRIES)]
    with pytest.raises(PullIncomplete, match=f"{A}: gave up"):
        flow.pull(settings, FEED, line.to(source))
    line.budgets.clear()
    assert [content(d) for d in flow.pull(settings, FEED, line.to(source))] == [big.read_bytes(), small.read_bytes()]


@pytest.mark.parametrize("change", ["replaced", "removed"])
def test_an_object_that_changes_while_it_is_read_is_left(settings: Settings, source: Source, put: Any, content: Any, change: str) -> None:
    path = put(FEED, A, 5 * SIZE)
    feed = feed_named(ROOT / "schemas", FEED)
    arrival = next(s3.arrivals(feed, source, Known()))
    with pytest.raises(FileUnsettled, match="next run"), arrival.open() as blocks:
        next(blocks)
        path.unlink() if change == "removed" else path.write_bytes(b"x" * 5 * SIZE)
        list(s3.arrivals(feed, source, Known()))  # the server looks at the tree when it is asked for a list
        for _ in blocks:
            pass
    assert [content(d) for d in flow.pull(settings, FEED, source)] == ([] if change == "removed" else [path.read_bytes()])


def test_wrong_keys_a_wrong_ca_and_a_missing_bucket_stop_loudly(
    settings: Settings, source: Source, served: dict[str, str], put: Any, tmp_path: Path
) -> None:
    put(FEED, A)
    other, _, _ = make_certificates(tmp_path / "other")
    stranger = source_of(settings, OTHER, served)
    for bad, message in (
        (replace(source, secret="wrong-secret"), "refused the access key"),
        (replace(source, access="AKIAAAAAAAAAAAAAAAAA"), "refused the access key"),
        (replace(source, access=stranger.access, secret=stranger.secret), "refused the access key"),
        (replace(source, secret=""), "STAS_ACCESS_JRIC_TIPS"),
        (replace(source, ca=str(other)), "not signed"),
        (replace(source, address=source.address.replace("https", "http")), "https://endpoint/bucket"),
        (replace(source, address=source.address.rpartition("/")[0]), "https://endpoint/bucket"),
    ):
        with pytest.raises(SystemFault, match=message) as fault:
            flow.pull(settings, FEED, bad)
        assert not isinstance(fault.value, SourceUnavailable), message
        assert "wrong-secret" not in f"{fault.value!r}{fault.value.__cause__!r}"
    assert not landed(settings)
    assert [d.name for d in flow.pull(settings, FEED, source)] == [A]


def test_a_server_that_is_away_is_a_fault_that_a_later_run_mends(settings: Settings, source: Source, put: Any, content: Any, line: Any) -> None:
    file = put(FEED, A)
    ours, port = line.to(source), line.upstream
    line.upstream = 1
    with pytest.raises(SourceUnavailable, match="later run"):
        flow.pull(settings, FEED, ours)
    line.upstream = port
    assert [content(d) for d in flow.pull(settings, FEED, ours)] == [file.read_bytes()]


def test_hostile_names_are_refused_and_deeper_objects_left_alone(settings: Settings, source: Source, put: Any, tree: Path, admit_all: Any) -> None:
    put(FEED, A), put(FEED, "a\nb.ndjson"), put(FEED, "..\\x.ndjson")
    (tree / FEED / "archive").mkdir()
    (tree / FEED / "archive" / A).write_bytes(b"x")
    try:
        receipts = admit_all(FEED, source)
    finally:
        (tree / FEED / "archive" / A).unlink()
        (tree / FEED / "archive").rmdir()
    assert sorted(r["error"]["code"] for r in receipts if r["name"].startswith("unsafe name ")) == ["E-NAME"] * 2
    assert len(receipts) == 3


def test_no_secret_stands_in_a_log(settings: Settings, source: Source, put: Any, caplog: pytest.LogCaptureFixture) -> None:
    put(FEED, A)
    with caplog.at_level(logging.DEBUG):
        assert len(flow.pull(settings, FEED, source)) == 1
    assert caplog.text
    assert source.secret not in caplog.text and source.secret not in repr(source) and source.access not in repr(source)
