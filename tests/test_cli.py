"""The command as its users call it: exit codes, one line for an error, JSON that can be read."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from pipelines.samples import write_deliveries

STAS = Path(sys.executable).with_name("stas")


@pytest.fixture
def stas(tmp_path: Path) -> "Stas":
    return Stas(tmp_path)


class Stas:
    """The command in a home of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.environment = os.environ | {"STAS_HOME": str(folder / "home"), "STAS_KEY": bytes(range(32)).hex()}

    def __call__(self, *words: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run([str(STAS), *words], env=self.environment, capture_output=True, text=True, timeout=120, check=False)


@pytest.mark.slow
def test_run_and_query(stas: Stas) -> None:
    write_deliveries(stas.folder / "in", weeks=2)
    done = stas("run", "--from", str(stas.folder / "in"), "--json")
    assert done.returncode == 0, done.stderr
    assert len(json.loads(done.stdout)["deliveries"]) == 25  # twelve weekly feeds, and a month of training
    asked = stas("query", "SELECT count(*) AS n FROM deliveries", "--json")
    assert json.loads(asked.stdout) == [{"n": 25}]
    wrong = stas("query", "DELETE FROM deliveries")
    assert (wrong.returncode, len(wrong.stderr.strip().splitlines())) == (2, 1)
    outside = stas("query", "SELECT * FROM read_csv('/etc/passwd')")
    assert outside.returncode == 2 and "root" not in outside.stderr


@pytest.mark.slow
def test_a_refused_delivery_is_exit_code_1_and_the_others_are_stored(stas: Stas) -> None:
    write_deliveries(stas.folder / "in", weeks=1)
    (stas.folder / "in" / "jric_incidents" / "la_incidents_2026-10-01.csv").write_text("Victim Name\nPlaceholdername\n")
    done = stas("run", "jric_incidents", "ncric_incidents", "--from", str(stas.folder / "in"), "--json")
    assert done.returncode == 1
    statuses = [d["status"] for d in json.loads(done.stdout)["deliveries"]]
    assert sorted(statuses) == ["accepted"] * 2 + ["refused"]
    assert "Placeholdername" not in done.stdout + done.stderr


def test_errors_are_one_line_that_says_what_to_do(stas: Stas) -> None:
    for words in (("run", "no_such_feed"), ("run", "--from", "/no/such/folder"), ("query", "SELECT 1"), ("feeds", "explain", "no_such_feed")):
        done = stas(*words)
        assert done.returncode == 2, words
        assert done.stderr.startswith("stas: ") and len(done.stderr.strip().splitlines()) == 1


def test_the_feeds_explain_themselves(stas: Stas) -> None:
    assert set(json.loads(stas("feeds", "list", "--json").stdout)) >= {"ncric_incidents", "ccic_tips", "vsb_services"}
    assert "SELECT" in stas("feeds", "explain", "ncric_incidents").stdout
    assert json.loads(stas("feeds", "show", "stac_tips").stdout)["change"] == {"mode": "action"}
