"""The independent checker finds what was planted in every kind of place, and in a store that the flow wrote it finds nothing."""

import base64
import gzip
import json
import os
import sqlite3
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipelines import flow
from pipelines.core.crypto import SealedWriter
from pipelines.core.errors import SystemFault, UsageError
from pipelines.core.settings import ROOT, Settings
from pipelines.gate.verify.disk import PIECE
from pipelines.gate.verify.text import load_vocabulary, remains, unknown_words
from pipelines.runner import run_feeds
from pipelines.samples import LAST_WEEK, write_deliveries
from tests.gate.fuzz import UNITS
from tests.gate.ordinary import FILLERS, sentences

CANARY = "Zelmaro Fictonéz-77"
IDENTIFIERS = {
    "Call 415-555-0123 now.": "NUMBER",
    "Call 4 1 5 * 5 5 5 * 0 1 2 3 now.": "NUMBER",
    "Llamar al cuatro uno cinco cinco cinco cinco cero uno dos tres.": "NUMBER",
    "Call ４１５５５５０１２３ or nobody.": "NUMBER",
    "It is double five, triple five, zero nine.": "NUMBER",
    "The card is 4111 1111 1111 1111.": "NUMBER",
    "Write to someone@example.org.": "EMAIL",
    "Write to someone arroba example punto org.": "EMAIL",
    "Look for @sample_user there.": "HANDLE",
    "See hxxps://example.org today.": "LINK",
    "The plate is 8QBC123.": "CODE",
    "The spot is 37.16319 north.": "COORDINATES",
    "It is 123 Example Street.": "ADDRESS",
    "Vive en la calle Ejemplo 123.": "ADDRESS",
    "He was born on 03/04/1999.": "BIRTH",
    "Ask Mrs. Placeholdername about it.": "NAME",
    "Se llama Nombreficticia y espera.": "NAME",
    "Her name: M-A-R-I-V-E-L-A.": "SPELLED",
}


@pytest.fixture
def store(settings: Settings) -> Settings:
    """A home with two weeks of the simulated centers, counted, and a draft."""
    write_deliveries(settings.path("inbox"), weeks=2)
    run_feeds(settings, [], settings.path("inbox"), again=False, quiet=True)
    flow.compile_assessment(settings, flow.current(settings), LAST_WEEK, "programs", "analyst")
    return settings


def narrative(settings: Settings, *texts: str) -> Path:
    """Seal texts as a delivery's narratives."""
    path = settings.path("narratives", "feed=stac_tips", "planted.parquet")
    path.parent.mkdir(parents=True, exist_ok=True)
    table = pa.table({"record_uid": ["0" * 32] * len(texts), "source_row": range(1, len(texts) + 1), "narrative": texts})
    with SealedWriter(settings, path, "narratives:stac_tips:planted", stable=True) as sealed:
        pq.write_table(table, sealed, compression="zstd")
    return path


def write(path: Path, content: bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def sqlite_file(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    con = sqlite3.connect(path)
    con.execute("CREATE TABLE xcom (value JSON)")
    con.executemany("INSERT INTO xcom VALUES (?)", [(json.dumps({"note": "x" * 9000 + CANARY, "n": n}),) for n in range(3)])
    con.commit()
    con.close()
    return path


def duckdb_file(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    con = duckdb.connect(str(path))
    con.execute("CREATE TABLE t AS SELECT 'a common beginning of every value ' || i AS v FROM range(50000) AS r(i)")
    con.execute("INSERT INTO t VALUES ('a common beginning of every value ' || ?)", [CANARY])
    con.close()
    return path


def parquet_file(path: Path, **options: object) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    values = [f"value {i % 40}" for i in range(5000)]
    values[4321] = CANARY
    pq.write_table(pa.table({"n": range(5000), "v": [[v] for v in values] if options.pop("nested", False) else values}), path, **options)
    return path


def zip_file(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("sheet.xml", "<c>" + CANARY + "</c>")
    return path


PLACES: dict[str, Callable[[Settings], Path]] = {
    "a log": lambda s: write(s.path("airflow", "logs", "task.log"), b"row: " + CANARY.encode()),
    "a log in capitals": lambda s: write(s.path("airflow", "logs", "task.log"), CANARY.upper().encode()),
    "a log, decomposed": lambda s: write(s.path("airflow", "logs", "task.log"), b"e\xcc\x81".join(CANARY.encode().split("é".encode()))),
    "UTF-16": lambda s: write(s.path("receipts", "x.json"), b"x" + CANARY.lower().encode("utf-16-be")),
    "escaped JSON": lambda s: write(s.path("receipts", "x.json"), json.dumps({"v": CANARY}).encode()),
    "hexadecimal": lambda s: write(s.path("audit", "log.jsonl"), b'{"v": "' + CANARY.encode().hex().upper().encode() + b'"}'),
    "base64": lambda s: write(s.path("releases", "page.html"), base64.b64encode(b"ab" + CANARY.encode() + b"cde")),
    "base64 for addresses": lambda s: write(s.path("releases", "page.html"), base64.urlsafe_b64encode(b"a" + CANARY.encode())),
    "gzip": lambda s: write(s.path("airflow", "logs", "old.gz"), gzip.compress(b"x" * 999 + CANARY.encode())),
    "zip": lambda s: zip_file(s.path("releases", "book.xlsx")),
    "a dictionary page": lambda s: parquet_file(s.path("canonical", "tips", "a.parquet"), compression="zstd"),
    "a plain page": lambda s: parquet_file(s.path("canonical", "tips", "a.parquet"), compression="zstd", use_dictionary=False),
    "a page of another codec": lambda s: parquet_file(s.path("canonical", "tips", "a.parquet"), compression="snappy", nested=True),
    "a list": lambda s: parquet_file(s.path("canonical", "tips", "a.parquet"), compression="gzip", nested=True),
    "a draft that was left": lambda s: write(s.path("canonical", "tips", ".draft-1"), b"PAR1" + CANARY.encode()),
    "DuckDB": lambda s: duckdb_file(s.path("warehouse", "analyst.duckdb")),
    "XCom": lambda s: sqlite_file(s.path("airflow", "airflow.db")),
    "where two pieces meet": lambda s: write(s.path("landing", "f", "d"), bytes(PIECE - 9) + CANARY.encode()),
    "a name": lambda s: write(s.path("landing", "f", CANARY), b"sealed"),
    "a narrative": lambda s: narrative(s, f"The boss is {CANARY}."),
    "a sealed file's head": lambda s: write(s.path("landing", "f", "d"), b'STAS1\x00\x00\x00{"meta": {"name": "' + CANARY.encode() + b'"}}'),
}


@pytest.mark.parametrize("place", PLACES)
def test_a_canary_is_found_and_never_repeated(place: str, settings: Settings) -> None:
    path = PLACES[place](settings)
    found = [f for f in flow.verify_store(settings, ["Never Planted Value", CANARY]) if f.kind.startswith("CANARY")]
    assert {f.kind for f in found} == {"CANARY-2"}
    expected = path.relative_to(settings.home)
    assert {f.file for f in found} == {str(expected) if CANARY not in expected.name else str(expected.with_name("(name withheld)"))}
    assert not any("fictonéz" in str(f).casefold() for f in found)


def test_a_statistic_is_found(settings: Settings) -> None:
    path = settings.path("canonical", "tips", "a.parquet")
    path.parent.mkdir(parents=True)
    pq.write_table(pa.table({"v": [CANARY]}), path, compression="none", use_dictionary=False, write_statistics=True, store_schema=False)
    data = path.read_bytes()
    spare = data.count(CANARY.encode()) - 1
    path.write_bytes(data.replace(CANARY.encode(), b"_" * len(CANARY.encode()), spare))  # the footer's alone stays
    assert spare and data.rindex(CANARY.encode()) > pq.read_metadata(path).row_group(0).column(0).total_compressed_size
    assert [f.place.split(",")[0] for f in flow.verify_store(settings, [CANARY])] == ["file"]


def test_a_short_canary_is_refused(settings: Settings) -> None:
    with pytest.raises(UsageError, match="Canary 2 is shorter"):
        flow.verify_store(settings, ["long enough", "abc"])


@pytest.mark.slow
def test_a_store_that_the_flow_wrote_holds_nothing(store: Settings) -> None:
    assert flow.verify_store(store, ["Placeholdername", "Nombreficticia", "@example.org", "415-555-01", "213-555-01", "sample_user"]) == []


def test_an_altered_narrative_stops_the_check(settings: Settings) -> None:
    path = narrative(settings, "The owner keeps their passports.")
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(data)
    with pytest.raises(SystemFault, match="altered"):
        flow.verify_store(settings)


def test_what_the_gate_missed_is_named_by_kind_and_row(settings: Settings) -> None:
    narrative(settings, "The owner keeps their passports.", "Ask Mrs. Placeholdername.", "Call [PHONE] or 415-555-0123.")
    found = {(f.kind, f.place) for f in flow.verify_store(settings)}
    assert {("NAME", "row 2"), ("UNKNOWN-WORD", "row 2"), ("NUMBER", "row 3")} <= found
    assert not any(place == "row 1" for _, place in found)
    assert "Placeholdername" not in str(flow.verify_store(settings))


@pytest.mark.parametrize("text", IDENTIFIERS)
def test_its_own_rules_see_plain_identifiers(text: str) -> None:
    assert IDENTIFIERS[text] in remains(text)


def test_its_own_rules_leave_ordinary_numbers_and_placeholders_alone() -> None:
    masked = ["Call [PHONE] or [EMAIL].", "He was born on [DOB] and lives at [ADDRESS].", "Ask Mrs. [NAME], room 12, 555 [PHONE] 0123."]
    assert [text for text in (*masked, *sentences(3000, 5), *FILLERS["en"], *FILLERS["es"]) if remains(text)] == []


def test_its_own_rules_take_time_in_proportion_to_the_length() -> None:
    def spent(text: str) -> float:
        began = time.process_time()
        remains(text)
        return time.process_time() - began

    texts = {unit: [(unit * n)[:n] for n in (1_000, 8_000)] for unit in (*UNITS, "§", "a_", "a_a-", "2019-", "twenty ")}
    assert {unit: grown for unit, (short, long) in texts.items() if (grown := spent(long) / max(spent(short), 0.002)) > 24} == {}


def test_a_token_is_known_whole_or_in_all_its_parts() -> None:
    known = frozenset({"woman", "well", "known", "d", "o", "o'clock", "s", "owner", "años"})
    texts = ["WELL-known owner’s woman", "at o'clock", "A\u0303 [NAME] woman", "años -owner- 24-well 8pm", "known-unknown", "an\u0303os", "Ма", ""]
    assert unknown_words(pa.array(texts), known) == [1, 2, 4, 6]
    assert unknown_words(pa.array([], pa.string()), known) == []
    assert len(load_vocabulary(ROOT / "schemas")) > 500


def test_it_loads_nothing_of_the_gate() -> None:
    code = "import sys, pipelines.gate.verify; print(*(m for m in sys.modules if m.startswith(('pipelines.gate.', 'spacy', 're2'))))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=60, check=True)
    loaded = done.stdout.split()
    assert loaded and all(name.startswith("pipelines.gate.verify") for name in loaded)


@pytest.mark.slow
def test_the_command_fails_on_findings_and_says_where(tmp_path: Path) -> None:
    home = tmp_path / "home"
    settings = Settings(home, bytes(range(32)))
    narrative(settings, "Ask Mrs. Placeholdername.")
    (tmp_path / "canaries").write_text("Placeholdername\n", encoding="utf-8")
    environment = os.environ | {"STAS_HOME": str(home), "STAS_KEY": settings.key.hex()}
    command = [str(Path(sys.executable).with_name("stas")), "verify-store", "--canaries", str(tmp_path / "canaries"), "--json"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 1, done.stderr
    assert {f["kind"] for f in json.loads(done.stdout)} == {"NAME", "UNKNOWN-WORD", "CANARY-1"}
    assert "Placeholdername" not in done.stdout + done.stderr
    next(settings.path("narratives").rglob("*.parquet")).unlink()
    assert subprocess.run(command, env=environment, capture_output=True, timeout=60, check=False).returncode == 0


def test_the_inbox_is_the_senders_and_links_are_not_followed(settings: Settings) -> None:
    write(settings.path("inbox", "stac_tips", "tips.ndjson"), CANARY.encode())
    settings.path("audit").mkdir()
    settings.path("audit", "gone").symlink_to(settings.path("nowhere"))
    assert flow.verify_store(settings, [CANARY]) == []
