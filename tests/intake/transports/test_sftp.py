"""SFTP against a real server: keys, host keys, lines that break, files that change, names that lead elsewhere."""

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import asyncssh
import pytest

from pipelines import flow
from pipelines.core.catalog import feed_named
from pipelines.core.errors import FileUnsettled, PullIncomplete, SourceUnavailable, SystemFault
from pipelines.core.settings import ROOT, Settings
from pipelines.intake.transports import Known, attempts, sftp

pytestmark = pytest.mark.slow

FEED = "ncric_tips"
A, B, C = (f"NCRIC_TIPS_2026-10-{day}.csv" for day in ("05", "12", "19"))
SIZE = 3_000_000


def landed(settings: Settings) -> list[Path]:
    return [path for path in settings.path("landing").rglob("*") if path.is_file()]


def test_what_is_new_comes_oldest_first_and_once(settings: Settings, ssh: Any, put: Any, content: Any) -> None:
    files = [put(FEED, name, size) for name, size in ((B, SIZE), (A, 0), (C, 1))]
    put(FEED, f"{C}.part"), put(FEED, ".hidden.csv"), put(FEED, f"~${C}")
    with ssh(FEED) as source:
        found = flow.pull(settings, FEED, source)
        assert [d.name for d in found] == [A, B, C]
        assert {d.name: content(d) for d in found} == {path.name: path.read_bytes() for path in files}
        stamps = {path: path.stat().st_mtime_ns for path in landed(settings)}
        assert flow.pull(settings, FEED, source) == found  # they wait for admission, and nothing was fetched again
        assert {path: path.stat().st_mtime_ns for path in landed(settings)} == stamps
        for delivery in found:
            flow.admit(settings, delivery)
        assert flow.pull(settings, FEED, source) == []
        assert [d.name for d in flow.pull(settings, FEED, source, again=True)] == [A, B, C]


def test_a_transfer_goes_on_where_the_line_broke(settings: Settings, ssh: Any, put: Any, content: Any, line: Any) -> None:
    file = put(FEED, A, SIZE)
    with ssh(FEED) as source:
        line.budgets = [1_000_000, 700_000, 200_000]
        [delivery] = flow.pull(settings, FEED, line.to(source))
    assert content(delivery) == file.read_bytes()
    assert line.budgets == [] and line.brought < 1.6 * SIZE


def test_a_file_that_never_comes_through_is_left_and_the_others_come(settings: Settings, ssh: Any, put: Any, content: Any, line: Any) -> None:
    big, small = put(FEED, A, SIZE), put(FEED, B)
    with ssh(FEED) as source:
        line.budgets = [100_000] * (attempts.TRIES)
        with pytest.raises(PullIncomplete, match=A) as fault:
            flow.pull(settings, FEED, line.to(source))
        assert [flow.landed(settings, FEED, one).name for one in fault.value.landed] == [B]
        assert len(landed(settings)) == 1
        found = flow.pull(settings, FEED, line.to(source))
    assert [content(d) for d in found] == [big.read_bytes(), small.read_bytes()]


def test_a_wrong_host_key_stops_before_anything_is_sent(settings: Settings, ssh: Any, put: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    put(FEED, A)
    asked: list[str] = []
    monkeypatch.setattr("pipelines.samples.servers.sftp._Accounts.begin_auth", lambda self, username: asked.append(username) or True)
    for kind in ("ssh-ed25519", "ecdsa-sha2-nistp256", "ssh-rsa"):
        other = asyncssh.generate_private_key(kind).export_public_key().decode()
        with ssh(FEED) as source, pytest.raises(SystemFault, match="Nothing was sent") as fault:
            flow.pull(settings, FEED, replace(source, hostkey=other))
        assert not isinstance(fault.value, SourceUnavailable)
    assert asked == []
    with ssh(FEED) as source:
        for missing in (None, "", "ssh-ed25519", "ssh-ed25519 !!!", "nonsense AAAA"):
            with pytest.raises(SystemFault, match="STAS_HOSTKEY_NCRIC_TIPS"):
                flow.pull(settings, FEED, replace(source, hostkey=missing))
        assert asked == [] and not landed(settings)
        assert len(flow.pull(settings, FEED, source)) == 1
    assert asked == [FEED]


def test_a_refused_key_a_missing_key_and_a_missing_folder_stop_loudly(settings: Settings, ssh: Any, put: Any, tmp_path: Path) -> None:
    put(FEED, A)
    other = tmp_path / "other.key"
    other.write_bytes(asyncssh.generate_private_key("ssh-ed25519").export_private_key())
    with ssh(FEED) as source:
        with pytest.raises(SystemFault, match="refused our key"):
            flow.pull(settings, FEED, replace(source, keyfile=str(other)))
        for missing in (None, str(tmp_path / "none"), str(tmp_path / "root" / FEED / A)):
            with pytest.raises(SystemFault, match="STAS_KEYFILE_NCRIC_TIPS"):
                flow.pull(settings, FEED, replace(source, keyfile=missing))
        with pytest.raises(SystemFault, match="sftp://user@host"):
            flow.pull(settings, FEED, replace(source, address="https://example.org"))
        (tmp_path / "accounts" / FEED / "outgoing" / "tips").unlink()
        with pytest.raises(SystemFault, match="no folder 'outgoing/tips'"):
            flow.pull(settings, FEED, source)


def test_a_file_that_is_still_written_is_left_for_the_next_run(settings: Settings, ssh: Any, put: Any, content: Any, growing: Any) -> None:
    one, other = put(FEED, A, SIZE), put(FEED, B)
    with ssh(FEED) as source:
        with growing(one), pytest.raises(PullIncomplete, match=f"{A} changed"):
            flow.pull(settings, FEED, source)
        assert [d.name for d in (flow.landed(settings, FEED, path.name) for path in landed(settings))] == [B]
        found = flow.pull(settings, FEED, source)
    assert [content(d) for d in found] == [one.read_bytes(), other.read_bytes()]


@pytest.mark.parametrize("change", ["time", "replaced", "removed"])
def test_a_file_that_changes_while_it_is_read_is_seen(settings: Settings, ssh: Any, put: Any, change: str) -> None:
    path = put(FEED, A, SIZE)
    with ssh(FEED) as source:
        arrivals = sftp.arrivals(feed_named(ROOT / "schemas", FEED), source, Known())
        arrival = next(arrivals)
        with pytest.raises(FileUnsettled, match=r"next run|rename"), arrival.open() as blocks:
            next(blocks)
            if change == "time":
                os.utime(path, (1_790_000_000, 1_790_000_000))
            elif change == "replaced":
                put(FEED, "new", SIZE + 1).replace(path)
            else:
                path.unlink()
            for _ in blocks:
                pass
        arrivals.close()


def test_a_server_that_is_away_and_comes_back_costs_nothing(settings: Settings, ssh: Any, put: Any, content: Any, line: Any) -> None:
    first = put(FEED, A)
    with ssh(FEED) as source:
        ours = line.to(source)
        flow.admit(settings, flow.pull(settings, FEED, ours)[0])
    with pytest.raises(SourceUnavailable, match="later run"):
        flow.pull(settings, FEED, ours)
    second = put(FEED, B)
    with ssh(FEED) as source:
        line.to(source)
        [delivery] = flow.pull(settings, FEED, ours)
    assert (delivery.name, content(delivery)) == (B, second.read_bytes())
    assert first.exists()


def test_hostile_names_are_refused_with_a_receipt_and_nothing_of_them_is_read(
    settings: Settings, ssh: Any, put: Any, admit_all: Callable[..., list[dict[str, Any]]]
) -> None:
    good = put(FEED, A)
    folder = os.fsencode(good.parent)
    for name in (b"..\\x.csv", b"a\nb.csv", b"\xff\xfe.csv", "‮vsc.csv".encode()):
        with open(os.path.join(folder, name), "wb") as file:  # noqa: PTH118, PTH123  bytes, which Path does not take
            file.write(b"Placeholdername")
    with ssh(FEED) as source:
        receipts = admit_all(FEED, source)
        assert flow.pull(settings, FEED, source) == []
    refused = [r for r in receipts if r["name"].startswith("unsafe name ")]
    assert len(refused) == 4 and {r["error"]["code"] for r in refused} == {"E-NAME"}
    assert len({r["delivery_id"] for r in refused}) == 4
    assert not any(b"Placeholdername" in path.read_bytes() for path in settings.home.rglob("*") if path.is_file())


def test_a_file_of_the_same_second_that_grew_is_fetched_again(settings: Settings, ssh: Any, put: Any, content: Any) -> None:
    path = put(FEED, A)
    os.utime(path, (1_790_000_000, 1_790_000_000))
    with ssh(FEED) as source:
        flow.admit(settings, flow.pull(settings, FEED, source)[0])
        path.write_bytes(path.read_bytes() + b"the rest")
        os.utime(path, (1_790_000_000, 1_790_000_000))
        [delivery] = flow.pull(settings, FEED, source)
    assert content(delivery) == path.read_bytes()
