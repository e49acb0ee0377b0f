"""Bad input costs its own row or file, with a reason and exact counts. Each case says what is sent and what the receipt has to say."""

import gzip
import io
import json
import shutil
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pipelines import flow
from pipelines.core.crypto import SealedReader
from pipelines.core.settings import Settings
from tests.conftest import admit_as

pytestmark = pytest.mark.slow

SECRET = "Placeholdername"  # stands in bad cells; no receipt may repeat it
Make = Callable[..., Any]


def refused_files(good: bytes) -> dict[str, tuple[bytes, str]]:
    """Name -> (bytes, code) of files that are refused whole."""
    zipped = io.BytesIO()
    with zipfile.ZipFile(zipped, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("x.csv", b"0" * 50_000_000)
    header, _, rest = good.partition(b"\n")
    return {
        "nothing": (b"", "E-EMPTY"),
        "blank lines alone": (b"\n\n\n", "E-EMPTY"),
        "a header alone": (header + b"\n", "E-EMPTY"),
        "no header": (rest, "E-HEADER"),
        "another feed's template": (b"row_id,incident_date,incident_category,latitude,longitude\n1,2,3,4,5\n", "E-HEADER"),
        "a missing column": (good.replace(b"Crm Cd,", b"Crime,", 1), "E-TEMPLATE"),
        "a column twice": (good.replace(b"TIME OCC", b"DATE OCC", 1), "E-HEADER"),
        "ten thousand columns": (header + b"".join(b",c%d" % i for i in range(10_000)) + b"\n" + rest, "E-HEADER"),
        "a column of names": (good.replace(b"Mocodes", b"Victim Name", 1), "E-DENIED"),
        "a column of birth dates": (good.replace(b"Mocodes", b"DOB", 1), "E-DENIED"),
        "semicolons": (good.replace(b",", b";"), "E-HEADER"),
        "UTF-16": (good.decode().encode("utf-16"), "E-ENCODING"),
        "a header in another encoding": (good.replace(b"Mocodes", b"Mocod\xe9s", 1), "E-ENCODING"),
        "NUL bytes": (good + b"\x00" * 100, "E-BINARY"),
        "NUL bytes far inside": (good * 3 + b"1\x002,", "E-BINARY"),
        "a gzip file": (gzip.compress(good), "E-COMPRESSED"),
        "a zip bomb": (zipped.getvalue(), "E-COMPRESSED"),
        "a gzip bomb": (gzip.compress(b"\n" * 50_000_000), "E-COMPRESSED"),
        "random bytes": (bytes((i * 197 + 31) % 255 + 1 for i in range(5000)), "E-ENCODING"),
        "one line of 200 MB": (b"x" * 200_000_000, "E-HEADER"),
        "cut off inside a row": (good[: len(good) - 40], "E-SYNTAX"),
        "cut off inside quotes": (good + b'260009999,"03/05/2026 00:00', "E-SYNTAX"),
        "mixed newlines": (good.replace(b"\n", b"\r\n").replace(b"\r\n", b"\n", 4), "E-SYNTAX"),
        "a row of 100 MB": (good + b'"' + b"x" * 100_000_000 + b'"\n', "E-SYNTAX"),
        "a quote that swallows 12 MB": (good + b'260009999,"' + (b"a" * 999 + b"\n") * 12_000, "E-SYNTAX"),
        "a quote that swallows good rows": (good + b'260009999,"\n' + good.partition(b"\n")[2] * 8_000, "E-SYNTAX"),
    }


NAMES = list(refused_files(b"DR_NO,x\n1,2\n"))


@pytest.mark.parametrize("case", NAMES)
def test_a_bad_file_is_refused_whole(case: str, admit: Make, la_rows: Make, to_csv: Make, settings: Settings) -> None:
    content, code = refused_files(to_csv(la_rows(12)))[case]
    receipt = admit("jric_incidents", content)
    assert (receipt["status"], receipt["error"]["code"]) == ("refused", code)
    assert receipt["error"]["message"] and receipt["error"]["todo"]
    assert receipt["counts"]["accepted"] == receipt["records"] == 0
    assert not list(settings.home.glob("canonical/**/*.parquet"))


def test_a_wrong_name_is_refused(admit: Make, la_rows: Make, to_csv: Make) -> None:
    assert admit("jric_incidents", to_csv(la_rows(3)), name="report.doc")["error"]["code"] == "E-NAME"


def test_too_large_a_file_is_refused(settings: Settings, tmp_path: Path, la_rows: Make, to_csv: Make) -> None:
    schemas = tmp_path / "schemas"
    shutil.copytree(settings.schemas, schemas)
    feed = schemas / "feeds" / "jric_incidents.toml"
    feed.write_text(feed.read_text(encoding="utf-8").replace("[bounds]\n", "[bounds]\nmax_bytes = 1000\n"), encoding="utf-8")
    receipt = admit_as(replace(settings, schemas=schemas), "jric_incidents", to_csv(la_rows(30)), "x.csv")
    assert receipt["error"]["code"] == "E-SIZE"


BAD_ROWS: dict[str, tuple[dict[str, str], str, str]] = {
    "a date that does not exist": ({"DATE OCC": "02/30/2026 00:00"}, "R-DATE", "DATE OCC"),
    "a date of another dialect": ({"DATE OCC": "2026-03-04"}, "R-DATE", "DATE OCC"),
    "words for a date": ({"Date Rptd": SECRET}, "R-DATE", "Date Rptd"),
    "a date in the future": ({"DATE OCC": "03/04/2031 00:00", "Date Rptd": "03/05/2031 00:00"}, "R-CHECK", "occurred_not_after_delivery"),
    "a date before the feed began": ({"DATE OCC": "03/04/1931 00:00"}, "R-CHECK", "occurred_not_before_feed_begins"),
    "reported before it happened": ({"DATE OCC": "03/09/2026 00:00"}, "R-CHECK", "reported_not_before_it_occurred"),
    "no id": ({"DR_NO": ""}, "R-KEY", "DR_NO"),
    "an id of letters": ({"DR_NO": SECRET}, "R-KEY", "DR_NO"),
    "an unknown status": ({"Status": SECRET}, "R-CODE", "Status"),
    "an age of letters": ({"Vict Age": SECRET}, "R-CODE", "Vict Age"),
    "a new code that speaks of trafficking": ({"Crm Cd": "999"}, "R-CODE", "Crm Cd, Crm Cd Desc"),
}


@pytest.mark.parametrize("case", BAD_ROWS)
def test_a_bad_row_is_quarantined_alone(case: str, admit: Make, la_rows: Make, to_csv: Make, settings: Settings) -> None:
    values, code, where = BAD_ROWS[case]
    rows = la_rows(30)
    rows[6] |= values
    receipt = admit("jric_incidents", to_csv(rows))
    assert receipt["counts"] == {"received": 30, "accepted": 29, "quarantined": 1, "duplicate": 0, "refused": 0}
    assert {"reason": code, "where": where, "rows": 1, "row_numbers": [7]} in receipt["reasons"]
    assert SECRET not in json.dumps(receipt)
    kept = quarantined(settings, "jric_incidents")
    assert [row["row"] for row in kept] == [7]
    assert json.loads(kept[0]["content"])["Premis Cd"] == "503"  # as it was sent, sealed: nothing is lost


def quarantined(settings: Settings, feed: str) -> list[dict[str, Any]]:
    import pyarrow.parquet as pq

    (path,) = settings.home.glob(f"quarantine/{feed}/*.parquet")
    assert SECRET.encode() not in path.read_bytes()
    with SealedReader(settings, path) as file:
        rows: list[dict[str, Any]] = pq.read_table(file).to_pylist()
    return rows


BAD_LINES = {
    "a column too many": (b",503,", b",503,1,", "R-COLUMNS"),
    "a column too few": (b",503,", b",", "R-COLUMNS"),
    "a stray quote": (b",503,", b',"5"03,', "R-QUOTE"),
    "other bytes": (b",503,", b",5\xff\xfe3,", "R-ENCODING"),
    "a row of 3 MB": (b",503,", b"," + b"5" * 3_000_000 + b",", "R-LENGTH"),
}


@pytest.mark.parametrize("case", BAD_LINES)
def test_an_unreadable_row_is_quarantined_alone(case: str, admit: Make, la_rows: Make, to_csv: Make, settings: Settings) -> None:
    good, bad, code = BAD_LINES[case]
    lines = to_csv(la_rows(30)).splitlines(keepends=True)
    lines[9] = lines[9].replace(good, bad, 1)
    receipt = admit("jric_incidents", b"".join(lines))
    assert receipt["counts"] == {"received": 30, "accepted": 29, "quarantined": 1, "duplicate": 0, "refused": 0}
    assert receipt["reasons"] == [{"reason": code, "where": "", "rows": 1, "row_numbers": [9]}]
    assert [row["row"] for row in quarantined(settings, "jric_incidents")] == [9]


def test_an_extra_column_is_an_issue_and_costs_nothing(admit: Make, la_rows: Make, to_csv: Make) -> None:
    rows = [row | {"Beat": "4"} for row in la_rows(5)]
    receipt = admit("jric_incidents", to_csv(rows))
    assert receipt["counts"]["accepted"] == 5
    assert [(issue["code"], issue["column"]) for issue in receipt["issues"]] == [("I-COLUMN", "Beat")]


def test_ids_given_twice(admit: Make, la_rows: Make, to_csv: Make) -> None:
    rows = la_rows(40)
    rows[10] = dict(rows[4])  # the same again
    rows[21] = rows[20] | {"Crm Cd": "624", "Crm Cd Desc": "BATTERY"}  # the same id, another record
    rows[21]["DR_NO"] = rows[20]["DR_NO"]
    receipt = admit("jric_incidents", to_csv(rows))
    assert receipt["counts"] == {"received": 40, "accepted": 37, "quarantined": 2, "duplicate": 1, "refused": 0}
    assert receipt["records"] == 37
    assert [(r["reason"], r["row_numbers"]) for r in receipt["reasons"]] == [("D-EXACT", [11]), ("R-CONFLICT", [21, 22])]


def test_too_many_bad_rows_refuse_the_file(admit: Make, la_rows: Make, to_csv: Make) -> None:
    receipt = admit("jric_incidents", to_csv(la_rows(20) + la_rows(5, **{"Status": "??"})))
    assert receipt["error"]["code"] == "E-BADSHARE"
    assert receipt["counts"] == {"received": 25, "accepted": 0, "quarantined": 0, "duplicate": 0, "refused": 25}
    assert receipt["reasons"][0]["row_numbers"] == [21, 22, 23, 24, 25]


TIPS_REFUSED: dict[str, tuple[bytes, str]] = {
    "not JSON": (b"a,b,c\n1,2,3\n", "E-SYNTAX"),
    "one JSON list": (b'[{"id": 1}]\n', "E-SYNTAX"),
    "a bomb of brackets": (b"[" * 1_500_000 + b"\n", "E-SYNTAX"),
    "objects without ids": (b'{"name": 1}\n', "E-TEMPLATE"),
    "nothing": (b"", "E-EMPTY"),
}


@pytest.mark.parametrize("case", TIPS_REFUSED)
def test_bad_json_is_refused(case: str, admit: Make) -> None:
    content, code = TIPS_REFUSED[case]
    assert admit("stac_tips", content)["error"]["code"] == code


@pytest.mark.slow
def test_bad_json_rows_are_quarantined_alone(admit: Make, tip: Make, to_ndjson: Make) -> None:
    lines = to_ndjson([tip(i) for i in range(40)]).splitlines(keepends=True)
    lines[3] = b'{"id": "ST-1", "action"\n'
    lines[7] = b'{"id": ' + b'{"a":' * 100_000 + b"1" + b"}" * 100_000 + b"}\n"
    lines[11] = to_ndjson([tip(11, means=["debt_bondage", "no such means"])])
    lines[15] = to_ndjson([tip(15, received="yesterday")])
    receipt = admit("stac_tips", b"".join(lines))
    assert receipt["counts"] == {"received": 40, "accepted": 36, "quarantined": 4, "duplicate": 0, "refused": 0}
    found = {(r["reason"], r["where"]): r["row_numbers"] for r in receipt["reasons"]}
    assert found == {("R-JSON", ""): [4], ("R-DEPTH", ""): [8], ("R-CODE", "means"): [12], ("R-DATE", "received"): [16]}


def test_a_denied_key_deep_inside_refuses_the_delivery(admit: Make, tip: Make, to_ndjson: Make) -> None:
    receipt = admit("stac_tips", to_ndjson([tip(1), tip(2, person={"age_band": "18-24", "minor": "no", "first_name": SECRET})]))
    assert receipt["error"]["code"] == "E-DENIED"
    assert SECRET not in json.dumps(receipt)


def test_texts_that_cannot_be_masked_are_held(admit: Make, tip: Make, to_ndjson: Make) -> None:
    texts = ["x" * 20_001, "415-555-0123 415-555-0124", "the man is named quxorvan and takes all of the money from her"]
    receipt = admit("stac_tips", to_ndjson([tip(i) for i in range(40)] + [tip(90 + i, text=text) for i, text in enumerate(texts)]))
    assert receipt["counts"]["quarantined"] == 3
    assert {r["reason"] for r in receipt["reasons"]} == {"G-LENGTH", "G-SHARE", "G-CUE"}


def test_the_other_feeds_run_on(admit: Make, la_rows: Make, to_csv: Make, tip: Make, to_ndjson: Make, settings: Settings) -> None:
    assert admit("jric_incidents", b"\x00")["status"] == "refused"
    assert admit("stac_tips", to_ndjson([tip(1)]))["status"] == "accepted"
    warehouse = flow.build(settings)
    import duckdb

    with duckdb.connect(str(warehouse.path), read_only=True) as con:
        assert con.execute("SELECT count(*) FROM tips").fetchall() == [(1,)]
        assert con.execute("SELECT feed, status FROM deliveries ORDER BY 1").fetchall() == [("jric_incidents", "refused"), ("stac_tips", "accepted")]
