"""Golden cases: a folder each, with what is sent (`input`), how it is read, and the rows and issues that have to come of it (`case.json`)."""

import json
from pathlib import Path
from typing import Any

import pytest

CASES = sorted((Path(__file__).parent / "cases").glob("*/*/case.json"))


@pytest.mark.parametrize("path", CASES, ids=lambda p: "/".join(p.parts[-3:-1]))
def test_a_golden_case(path: Path, read: Any) -> None:
    case = json.loads(path.read_text(encoding="utf-8"))
    rows, account = read(case["format"], case["columns"], (path.parent / "input").read_bytes(), ignore=case.get("ignore"))
    kept = ["_row", "_broken", *case["columns"]] if rows and "_row" in rows[0] else ["_broken", *case["columns"]]
    assert [[row[name] for name in kept] for row in rows] == case["rows"]
    assert [issue["code"] for issue in account.issues] == case.get("issues", [])
    assert account.zero == case.get("zero", False)


def test_every_format_has_a_case() -> None:
    assert {path.parts[-3] for path in CASES} == {"csv", "ndjson", "xlsx", "nibrs_flat", "nibrs_xml", "xml"}
