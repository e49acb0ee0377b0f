"""`stas sample --serve`: every feed that comes over a network, from its real server to the landing folder, byte for byte."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pipelines import flow
from pipelines.core.catalog import load_feeds
from pipelines.core.settings import ROOT, Settings
from pipelines.intake.source import source_of

pytestmark = pytest.mark.slow
WEEKS = 5
FEEDS = {name: feed for name, feed in load_feeds(ROOT / "schemas").items() if feed.transport.kind != "folder"}


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("all")


@pytest.fixture(scope="module")
def served(tree: Path, servers: Any) -> Iterator[dict[str, str]]:
    with servers(tree, weeks=WEEKS) as environment:
        yield environment


def test_there_is_a_feed_of_every_kind_of_transport() -> None:
    assert {feed.transport.kind for feed in FEEDS.values()} == {"sftp", "s3", "https"}
    assert {getattr(feed.transport, "style", None) for feed in FEEDS.values()} == {None, "api", "files"}


@pytest.mark.parametrize("feed", FEEDS)
def test_all_deliveries_of_a_feed_land_as_they_were_sent(settings: Settings, tree: Path, served: dict[str, str], content: Any, feed: str) -> None:
    found = flow.pull(settings, feed, source_of(settings, feed, served))
    sent = {path.name: path for path in (tree / feed).iterdir()}
    assert {d.name for d in found} == set(sent) and found
    assert [d.as_of for d in found] == sorted(d.as_of for d in found)
    for delivery in found:
        path = sent[delivery.name]
        assert int(delivery.received_at.timestamp()) == int(path.stat().st_mtime)
        if getattr(FEEDS[feed].transport, "style", "") == "api":
            lines = [json.loads(line) for line in content(delivery).splitlines()]
            assert lines == [json.loads(line) for line in path.read_bytes().splitlines()]
        else:
            assert content(delivery) == path.read_bytes()


def test_what_the_servers_say_of_their_feeds_is_the_owners_alone(tree: Path, served: dict[str, str]) -> None:
    assert {f"STAS_SOURCE_{name.upper()}" for name in FEEDS} <= set(served)
    assert all("127.0.0.1:" in value for name, value in served.items() if name.startswith("STAS_SOURCE"))
    private = [path for path in (tree / ".servers").rglob("*") if path.is_file() and not path.is_symlink() and path.name != "log"]
    assert private and all(path.stat().st_mode & 0o077 == 0 for path in private if path.suffix in (".env", ".key"))
