"""The published NIBRS test submissions run through the live feeds: their incidents, their trafficking incidents, and agencies elsewhere."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pytest

from pipelines import flow
from pipelines.core.settings import Settings


@pytest.mark.slow
def test_the_test_submissions_give_their_incidents(admit: Callable[..., dict[str, Any]], settings: Settings, shared_data: Path) -> None:
    folder = shared_data / "real/nibrs"
    flat = admit("ccic_incidents", (folder / "Test-Submission-1.txt").read_bytes(), name="CCIC_NIBRS_2026-08-22.txt")
    assert (flat["records"], flat["counts"]["quarantined"], flat["error"]) == (211, 0, None)
    assert [(issue["code"], issue["level"], issue["segments"]) for issue in flat["issues"]] == [("I-SEGMENT", "7", 12)]
    xml = admit("ociac_incidents", (folder / "nibrs_AllFields_Sample.xml").read_bytes(), name="oc-nibrs-2026-08-22.xml")
    assert (xml["records"], xml["counts"]["quarantined"], xml["error"]) == (1, 0, None)
    with duckdb.connect(str(flow.build(settings).path), read_only=True) as con:
        forms = con.execute("SELECT feed, exploitation_form, count(*) FROM incidents GROUP BY ALL ORDER BY ALL").fetchall()
        places = con.execute("SELECT DISTINCT county_fips, place_precision, responsible_center FROM incidents").fetchall()
    # 64A in four incidents and 64B in four, one of which has both; an arrestee's charge of 64A in the XML is no offence.
    expected = {"both": 1, "labor": 3, "sex": 3, "none": 204}
    assert forms == [("ccic_incidents", form, n) for form, n in sorted(expected.items())] + [("ociac_incidents", "none", 1)]
    assert places == [(None, "outside", "UNK")]
