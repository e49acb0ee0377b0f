"""The FBI's made-up test submissions give the counts that stand beside them."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

from pipelines.intake.formats.nibrs_flat import COLUMNS
from pipelines.intake.formats.segments import Lines


def test_the_flat_test_submission(read: Any, shared_data: Path) -> None:
    content = (shared_data / "real/nibrs/Test-Submission-1.txt").read_bytes()
    rows, account = read({"kind": "nibrs_flat"}, list(COLUMNS), content)
    good = [row for row in rows if not row["_broken"]]
    assert len(good) == len({row["incident_number"] for row in good}) == 211
    # One incident stands under two agencies with the same number and the same segments: it is counted once, and said so.
    assert [(row["_row"], row["_broken"]) for row in rows if row["_broken"]] == [(1127, "D-EXACT")]
    assert sum(len(json.loads(row["offence_codes"])) for row in rows) == 281
    codes = Counter(code for row in good for code in json.loads(row["offence_codes"]) if code in ("64A", "64B"))
    assert codes == {"64A": 4, "64B": 4}
    assert sum(bool({"64A", "64B"} & set(json.loads(row["offence_codes"]))) for row in good) == 7
    assert account.issues == [{"code": "I-SEGMENT", "level": "7", "segments": 12, "todo": "nothing: Group B arrests are no incidents"}]
    lines = Lines(content, 1)
    assert (lines.count, int((lines.lengths == 0).sum())) == (1400, 7)
    assert {row["_row"] for row in rows} == {i for i, line in enumerate(content.splitlines(), 1) if line[4:5] == b"1"}


def test_the_xml_sample(read: Any, shared_data: Path) -> None:
    content = (shared_data / "real/nibrs/nibrs_AllFields_Sample.xml").read_bytes()
    (row,), account = read({"kind": "nibrs_xml"}, list(COLUMNS), content)
    assert row["offence_codes"] == '["240"]'  # the 64A of the comment and of the arrest's charge is no offence
    assert (row["attempted"], row["locations"], row["action"], row["incident_date"]) == ('["A"]', '["58"]', "I", "20160219")
    assert (row["victim_types"], row["victim_ages"], row["arrestee_count"]) == ('["L","I"]', '["32","BB"]', "1")
    assert account.issues == []


def test_the_flat_file_does_not_depend_on_its_blocks(read: Any, shared_data: Path, monkeypatch: Any) -> None:
    content = (shared_data / "real/nibrs/Test-Submission-1.txt").read_bytes()
    whole, _ = read({"kind": "nibrs_flat"}, list(COLUMNS), content)
    monkeypatch.setattr("pipelines.intake.formats.nibrs_flat.BLOCK", 3_001)
    small, _ = read({"kind": "nibrs_flat"}, list(COLUMNS), content)
    scattered = b"".join(sorted(content.splitlines(keepends=True), key=lambda line: line[4:5]))
    sorted_, _ = read({"kind": "nibrs_flat"}, list(COLUMNS), scattered)
    assert small == whole
    plain = [sorted(json.dumps({k: v for k, v in row.items() if k != "_row" and k != "_broken"}) for row in rows) for rows in (whole, sorted_)]
    assert plain[0] == plain[1]  # also where an incident's segments stand apart
