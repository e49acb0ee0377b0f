"""`stas check` is what a provider runs before sending: offline, without a home or a key, and with the pipeline's verdict."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.intake.mutations import compare

Make = Callable[..., Any]
NUMBER = 42  # three of each feed
STAS = Path(sys.executable).with_name("stas")


def check(folder: Path, path: Path, *words: str) -> "subprocess.CompletedProcess[str]":
    """Run the command where no home and no key can be made."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("STAS")}
    environment |= {"HOME": "/nonexistent", "STAS_HOME": "/nonexistent/var", "TMPDIR": str(folder)}
    command = [str(STAS), "check", str(path), *words]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120, check=False)


@pytest.mark.slow
def test_check_says_what_the_pipeline_would(tmp_path: Path, la_rows: Make, to_csv: Make) -> None:
    path = tmp_path / "la_2026-08-22.csv"
    rows = la_rows(40)
    rows[6]["Status"] = "Placeholdername"
    path.write_bytes(to_csv(rows))
    (tmp_path / "work").mkdir()
    done = check(tmp_path / "work", path, "--feed", "jric_incidents")
    assert done.returncode == 0, done.stderr
    assert "40 rows = 39 accepted + 1 held back + 0 repeats + 0 refused" in done.stdout
    assert "R-CODE, Status: 1 rows (7)" in done.stdout and "Placeholdername" not in done.stdout + done.stderr
    path.write_bytes(to_csv(rows).replace(b"Mocodes", b"Victim Name", 1))
    other = tmp_path / "la_2026-08-29.csv"
    other.write_bytes(to_csv(la_rows(40)))
    refused = check(tmp_path / "work", path, str(other), "--feed", "jric_incidents", "--json")
    assert refused.returncode == 1
    receipt, good = json.loads(refused.stdout)
    assert (good["name"], good["error"], good["counts"]["accepted"]) == (other.name, None, 40)
    assert receipt["error"]["code"] == "E-DENIED" and "held_uids" not in receipt
    assert list((tmp_path / "work").iterdir()) == []  # nothing is left
    for words in (("--feed", "no_such_feed"), ()):
        assert check(tmp_path / "work", path, *words).returncode == 2


@pytest.mark.slow
def test_check_and_pipeline_agree_on_mutants() -> None:
    """5,000 are compared by `python -m tests.intake.mutations 5000`."""
    fared, disagreed = compare(NUMBER)
    assert disagreed == []
    assert fared.total() == NUMBER and fared["quarantined"] >= 7 and len(fared) >= 6, fared
