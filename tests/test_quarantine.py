"""Held rows are sealed, dated and owned; a look is on a terminal alone and noted; a replay after a fix counts every record once."""

import json
import os
import pty
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest

from pipelines import audit, flow
from pipelines.core.errors import UsageError
from pipelines.core.files import place_of
from pipelines.core.receipts import read_receipts
from pipelines.core.settings import Settings
from pipelines.quarantine import expire, list_held

pytestmark = pytest.mark.slow

Make = Callable[..., Any]
SECRET = "Placeholdername"
TEXT = "The workers say that the boss promised good pay then kept it all, and that they had to pay for the job placement."


@pytest.fixture
def mended(settings: Settings, tmp_path: Path) -> Settings:
    """The same home after the owner of jric_incidents has added the status `XX` to the feed's file."""
    schemas = tmp_path / "schemas"
    shutil.copytree(settings.schemas, schemas)
    feed = schemas / "feeds" / "jric_incidents.toml"
    text = feed.read_text(encoding="utf-8")
    assert 'values = { IC = "open"' in text
    feed.write_text(text.replace('values = { IC = "open"', 'values = { XX = "open", IC = "open"'), encoding="utf-8")
    return replace(settings, schemas=schemas)


def current(settings: Settings, table: str = "incidents") -> list[Any]:
    """The current records as they are counted, without what names the row."""
    flow.build(settings)
    with duckdb.connect(str(settings.path("warehouse", "analyst.duckdb")), read_only=True) as con:
        return con.execute(f"SELECT * FROM {table} ORDER BY record_uid").fetchall()


def test_a_replay_gives_what_a_first_admission_under_the_mended_feed_gives(
    admit: Make, la_rows: Make, to_csv: Make, settings: Settings, mended: Settings, tmp_path: Path
) -> None:
    rows = la_rows(100)
    rows[3]["Status"] = rows[7]["Status"] = "XX"
    rows[8] = rows[7]  # a held row that stands twice
    rows[11] = rows[10]
    rows[20]["DATE OCC"] = "13/45/2026 00:00"
    content = to_csv(rows)
    lines = content.splitlines(keepends=True)
    lines[2] = lines[2].replace(b",503,", b",503,1,", 1)  # row 2 cannot be read: what comes after it is numbered all the same
    before = admit("jric_incidents", b"".join(lines))
    assert before["counts"] == {"received": 100, "accepted": 94, "quarantined": 5, "duplicate": 1, "refused": 0}
    place_of(settings, "landing", "jric_incidents", before["delivery_id"]).unlink()  # the raw bytes are long gone
    held = place_of(settings, "quarantine", "jric_incidents", before["delivery_id"])
    os.utime(held, (1_780_000_000, 1_780_000_000))
    told, counts = flow.replay(mended, "jric_incidents", before["delivery_id"], "analyst")
    assert (told, counts) == (before["counts"], {"received": 100, "accepted": 96, "quarantined": 2, "duplicate": 2, "refused": 0})
    (receipt,) = read_receipts(mended)
    assert {(r["reason"], tuple(r["row_numbers"])) for r in receipt["reasons"]} == {("D-EXACT", (9, 12)), ("R-COLUMNS", (2,)), ("R-DATE", (21,))}
    assert held.stat().st_mtime == 1_780_000_000  # a replay does not prolong how long rows are kept
    fresh = replace(mended, home=tmp_path / "fresh")
    fresh.home.mkdir()
    again = _admit(fresh, "jric_incidents", b"".join(lines))
    assert again["counts"] == counts
    assert current(fresh) == current(mended)
    for _ in range(2):  # and once more: nothing is counted twice
        assert flow.replay(mended, "jric_incidents", before["delivery_id"], "analyst")[1] == counts
    assert current(fresh) == current(mended)
    assert audit.entries(mended)[-1]["action"] == "quarantine replayed"


def test_a_replay_that_was_killed_before_its_receipt_is_repeated_without_harm(
    admit: Make, la_rows: Make, to_csv: Make, settings: Settings, mended: Settings
) -> None:
    rows = la_rows(30)
    rows[3]["Status"] = "XX"
    receipt = admit("jric_incidents", to_csv(rows))
    place = {kind: place_of(settings, kind, "jric_incidents", receipt["delivery_id"]) for kind in ("quarantine", "receipts")}
    kept = {kind: path.read_bytes() for kind, path in place.items()}
    counts = flow.replay(mended, "jric_incidents", receipt["delivery_id"], "analyst")[1]
    for kind, content in kept.items():  # as a run that was killed between the records and the receipt leaves it
        place[kind].write_bytes(content)
    assert flow.replay(mended, "jric_incidents", receipt["delivery_id"], "analyst")[1] == counts
    assert counts["accepted"] == len(current(mended)) == 30


def test_tips_are_replayed_with_their_texts_and_hits(admit: Make, tip: Make, to_ndjson: Make, settings: Settings, tmp_path: Path) -> None:
    receipt = admit("stac_tips", to_ndjson([*(tip(i, text=TEXT) for i in range(20)), tip(90, venue="new_kind", text=TEXT)]))
    assert receipt["counts"]["quarantined"] == 1
    schemas = tmp_path / "schemas"
    shutil.copytree(settings.schemas, schemas)
    with (schemas / "codes" / "venues.csv").open("a", encoding="utf-8") as codes:
        codes.write("new_kind" + "," * 9 + "\n")
    mended = replace(settings, schemas=schemas)
    counts = flow.replay(mended, "stac_tips", receipt["delivery_id"], "analyst")[1]
    assert (counts["accepted"], counts["quarantined"]) == (21, 0)
    assert len(current(mended, "tips")) == 21
    with duckdb.connect(str(mended.path("warehouse", "analyst.duckdb")), read_only=True) as con:
        (records, hits) = con.execute("SELECT count(DISTINCT record_uid), count(*) FROM hits").fetchall()[0]
    assert records == 21 and hits % 21 == 0  # each of them tells the same, and the new one too
    assert not place_of(mended, "quarantine", "stac_tips", receipt["delivery_id"]).exists()


def test_ages_owners_and_expiry(admit: Make, la_rows: Make, to_csv: Make, settings: Settings) -> None:
    rows = la_rows(30)
    rows[3]["Status"] = SECRET
    one = admit("jric_incidents", to_csv(rows), name="a_2026-08-22.csv")
    (held,) = list_held(settings, date(2026, 9, 1))
    assert (held["rows"], held["age_days"], str(held["expires"])) == (1, 10, "2026-09-21")
    assert held["reasons"] == {"R-CODE Status": 1} and "JRIC" in held["owner"] and SECRET not in str(held)
    flow.build(settings)
    with duckdb.connect(str(settings.path("warehouse", "analyst.duckdb")), read_only=True) as con:
        ageing = con.execute('SELECT feed, reason, "where", "rows", age_days, owner FROM quarantine_ageing').fetchall()
    assert ageing == [("jric_incidents", "R-CODE", "Status", 1, 0, held["owner"])]
    assert expire(settings, date(2026, 9, 20), "owner") == []
    assert [gone["delivery_id"] for gone in expire(settings, date(2026, 9, 21), "owner")] == [one["delivery_id"]]
    assert list_held(settings, date(2026, 9, 22)) == []
    with pytest.raises(UsageError, match="quarantine"):
        flow.replay(settings, "jric_incidents", one["delivery_id"], "owner")


def test_what_is_superseded_is_not_replayed(admit: Make, la_rows: Make, to_csv: Make, settings: Settings, mended: Settings) -> None:
    rows = la_rows(30)
    rows[3]["Status"] = "XX"
    first = admit("jric_incidents", to_csv(rows), name="a_2026-08-22.csv")
    rows[3]["Status"] = "IC"
    _admit(settings, "jric_incidents", to_csv(rows), "a_2026-08-22.csv", datetime(2026, 9, 2, tzinfo=UTC))
    with pytest.raises(UsageError, match="not counted any more"):
        flow.replay(mended, "jric_incidents", first["delivery_id"], "analyst")
    assert len(current(mended)) == 30


@pytest.mark.slow
def test_held_rows_are_shown_on_a_terminal_and_nowhere_else(admit: Make, la_rows: Make, to_csv: Make, settings: Settings) -> None:
    rows = la_rows(30)
    rows[3]["Status"] = SECRET
    one = admit("jric_incidents", to_csv(rows))["delivery_id"]
    command = [str(Path(sys.executable).with_name("stas")), "quarantine", "show", "jric_incidents", one]
    environment = os.environ | {"STAS_HOME": str(settings.home), "STAS_KEY": settings.key.hex()}
    piped = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert piped.returncode == 2 and SECRET not in piped.stdout + piped.stderr and "terminal" in piped.stderr
    assert audit.entries(settings) == []
    other = subprocess.run(command, env=environment | {"STAS_KEY": "00" * 32}, capture_output=True, text=True, timeout=60, check=False)
    assert other.returncode == 3  # whoever has not the key sees nothing
    master, slave = pty.openpty()
    with subprocess.Popen(command, env=environment, stdout=slave, stderr=slave) as process:
        os.close(slave)
        seen = b""
        try:
            while block := os.read(master, 4096):
                seen += block
        except OSError:  # the terminal's other end is closed
            pass
    os.close(master)
    assert process.returncode == 0 and SECRET.encode() in seen and b"row 4" in seen
    (entry,) = audit.entries(settings)
    assert (entry["action"], entry["rows"]) == ("quarantine shown", 1) and SECRET not in json.dumps(entry)


@pytest.mark.slow
def test_the_command_lists_replays_and_expires(admit: Make, la_rows: Make, to_csv: Make, settings: Settings) -> None:
    rows = la_rows(30)
    rows[3]["Status"] = SECRET
    one = admit("jric_incidents", to_csv(rows))["delivery_id"]
    environment = os.environ | {"STAS_HOME": str(settings.home), "STAS_KEY": settings.key.hex()}

    def stas(*words: str) -> "subprocess.CompletedProcess[str]":
        command = [str(Path(sys.executable).with_name("stas")), "quarantine", *words]
        return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120, check=False)

    (held,) = json.loads(stas("list", "--json").stdout)
    assert (held["feed"], held["delivery_id"], held["rows"], held["standing"]) == ("jric_incidents", one, 1, "counted")
    (replayed,) = json.loads(stas("replay", "jric_incidents", "--json").stdout)
    assert replayed["before"] == replayed["after"]  # nothing was mended, so nothing changes
    hasty = stas("expire", "jric_incidents", one, "--reason", "why not")
    assert hasty.returncode == 2 and "ten characters" in hasty.stderr
    assert stas("expire", "jric_incidents", one, "--reason", "The owner has decided.").returncode == 0
    assert json.loads(stas("list", "--json").stdout) == []
    assert audit.entries(settings)[-1]["reason"] == "The owner has decided."


def _admit(settings: Settings, feed: str, content: bytes, name: str = "x.csv", arrived: datetime = datetime(2026, 9, 1, tzinfo=UTC)) -> Any:
    from tests.conftest import admit_as

    return admit_as(settings, feed, content, name, arrived=arrived)
