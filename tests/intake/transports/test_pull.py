"""What holds for every transport: a full disk, a run that is killed, one source that is down, and secrets that show nowhere."""

import logging
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from pipelines import flow
from pipelines.core.catalog import feed_named
from pipelines.core.errors import SystemFault
from pipelines.core.files import DRAFT
from pipelines.core.settings import ROOT, Settings
from pipelines.intake.source import Source, source_of
from pipelines.intake.transports.listing import is_safe
from pipelines.runner import run_feeds

FEED = "ncric_tips"
A, B = "NCRIC_TIPS_2026-10-05.csv", "NCRIC_TIPS_2026-10-12.csv"
CHILD = """
import resource, sys
from pathlib import Path
from pipelines import flow
from pipelines.core.settings import Settings
from pipelines.intake.source import source_of
if int(sys.argv[3]):
    resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[3]),) * 2)
settings = Settings(home=Path(sys.argv[1]), key=bytes(range(32)))
print([d.name for d in flow.pull(settings, sys.argv[2], source_of(settings, sys.argv[2]))])
"""


def child(settings: Settings, source: Source, limit: int = 0) -> "subprocess.Popen[str]":
    """A process that pulls the feed; it can write files of at most `limit` bytes."""
    given = {"SOURCE": source.address, "KEYFILE": source.keyfile, "HOSTKEY": source.hostkey}
    environment = os.environ | {f"STAS_{name}_{FEED.upper()}": value for name, value in given.items() if value}
    words = [sys.executable, "-W", "error", "-c", CHILD, str(settings.home), FEED, str(limit)]
    return subprocess.Popen(words, env=environment, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True)


def files(settings: Settings) -> list[Path]:
    return [path for path in settings.home.rglob("*") if path.is_file()]


def test_a_full_disk_is_said_and_leaves_nothing_half_written(settings: Settings, ssh: Any, put: Any, content: Any) -> None:
    small, big = put(FEED, A, 1000), put(FEED, B, 5_000_000)
    with ssh(FEED) as source:
        _, said = (done := child(settings, source, limit=2_000_000)).communicate(timeout=60)
        assert done.returncode == 1
        last = said.strip().splitlines()[-1]
        assert last == f"pipelines.core.errors.DiskFull: {FEED}: the disk of the landing folder is full; {B} was not kept. Free space and run again."
        assert "Exception ignored" not in said
        assert [path.parent.name for path in files(settings)] == [FEED]  # the first delivery, and no draft
        assert [content(d) for d in flow.pull(settings, FEED, source)] == [small.read_bytes(), big.read_bytes()]


@pytest.mark.slow
def test_a_run_that_is_killed_while_it_fetches_costs_nothing(settings: Settings, ssh: Any, put: Any, content: Any, line: Any) -> None:
    small, big = put(FEED, A, 1000), put(FEED, B, 5_000_000)
    with ssh(FEED) as source:
        line.hold, line.budgets = True, [3_000_000]
        running = child(settings, line.to(source))
        deadline = time.monotonic() + 60
        while line.brought < 3_000_000 and time.monotonic() < deadline:
            time.sleep(0.05)
        os.killpg(running.pid, signal.SIGKILL)
        running.communicate()
        assert line.brought >= 3_000_000
        assert [path for path in files(settings) if not path.name.startswith(DRAFT)] == [
            flow.landed(settings, FEED, path.name).path for path in files(settings) if not path.name.startswith(DRAFT)
        ]
        assert [content(d) for d in flow.pull(settings, FEED, source)] == [small.read_bytes(), big.read_bytes()]


@pytest.mark.slow  # the database is built
def test_one_source_that_is_down_delays_no_other(settings: Settings, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from pipelines.samples import write_deliveries

    write_deliveries(root, weeks=1)
    monkeypatch.setenv("STAS_INBOX", str(root))
    for feed, address in (("stac_tips", "https://127.0.0.1:1"), ("ncric_tips", "sftp://x@127.0.0.1:1"), ("jric_tips", "https://127.0.0.1:1/b")):
        for name, value in {"SOURCE": address, "ACCESS": "a", "SECRET": "b"}.items():
            monkeypatch.setenv(f"STAS_{name}_{feed.upper()}", value)
    outcome = run_feeds(settings, ["stac_tips", "ncric_tips", "jric_tips", "ncric_incidents"], None, again=False, quiet=True)
    assert [row["feed"] for row in outcome["deliveries"]] == ["ncric_incidents"]
    assert set(outcome["faults"]) == {"stac_tips", "ncric_tips", "jric_tips"}
    assert Path(outcome["warehouse"]).is_file()


def test_no_secret_stands_in_a_log_or_a_representation(
    settings: Settings, web: Any, ssh: Any, put: Any, tip: Any, to_ndjson: Any, root: Path, caplog: pytest.LogCaptureFixture
) -> None:
    put(FEED, A)
    put("stac_tips", "tips_2026-10-05.ndjson").write_bytes(to_ndjson([tip()]))
    with caplog.at_level(logging.DEBUG), web("stac_tips") as https, ssh(FEED) as sftp:
        assert len(flow.pull(settings, "stac_tips", https)) == len(flow.pull(settings, FEED, sftp)) == 1
    key = Path(str(sftp.keyfile)).read_text().splitlines()[2]
    assert https.token and key and caplog.text
    for secret in (https.token, key):
        assert secret not in caplog.text and secret not in repr(https) + repr(sftp)


@pytest.mark.parametrize("address", ["https://user:hidden@127.0.0.1", "sftp://user:hidden@127.0.0.1", "https://127.0.0.1/x?sig=hidden"])
def test_an_address_with_a_secret_in_it_is_refused_and_not_repeated(settings: Settings, address: str) -> None:
    with pytest.raises(SystemFault, match="Give credentials by themselves") as fault:
        source_of(settings, FEED, {"STAS_SOURCE_NCRIC_TIPS": address})
    assert "hidden" not in str(fault.value)


def test_the_environment_names_a_source(settings: Settings) -> None:
    given = {f"STAS_{name}_NCRIC_TIPS": f"sftp://u@h/{name}" if name == "SOURCE" else name for name in ("SOURCE", "KEYFILE", "HOSTKEY", "CA")}
    assert source_of(settings, FEED, given) == Source("sftp://u@h/SOURCE", keyfile="KEYFILE", hostkey="HOSTKEY", ca="CA")
    assert source_of(settings, FEED, {"STAS_SOURCE_NCRIC_TIPS": "/some/folder"}).transport == "folder"
    assert source_of(settings, FEED, {"STAS_INBOX": "/in"}) == Source(f"/in/{FEED}", transport="folder")
    assert source_of(settings, FEED, {"STAS_TOKEN_NCRIC_TIPS": "", "STAS_SOURCE_NCRIC_TIPS": ""}).transport == "folder"


def test_names_that_a_file_may_have() -> None:
    for name in ("x.csv", "CCIC tips 2026-10-05 b_zero.xlsx", "año.csv", "..x", "a" * 255):
        assert is_safe(name), name
    for name in ("", ".", "..", "../x", "a/b", "a\\b", "a\0b", "a\nb", "\udcff.csv", "\u202ex.csv", "a" * 256, "ñ" * 128):
        assert not is_safe(name), name


def test_a_delivery_over_the_size_is_cut_off_refused_and_not_fetched_again(
    settings: Settings, ssh: Any, put: Any, monkeypatch: Any, admit_all: Any
) -> None:
    put(FEED, A, 3_000_000)
    limited = feed_named(ROOT / "schemas", FEED)
    limited = limited.model_copy(update={"bounds": limited.bounds.model_copy(update={"max_bytes": 1_000_000})})
    monkeypatch.setattr("pipelines.flow.feed_named", lambda schemas, name: limited)
    monkeypatch.setattr("pipelines.intake.normalize.feed_named", lambda schemas, name: limited)
    with ssh(FEED) as source:
        [receipt] = admit_all(FEED, source)
        assert receipt["error"]["code"] == "E-SIZE" and receipt["size"] < 2_000_000
        assert flow.pull(settings, FEED, source) == []
