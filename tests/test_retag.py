"""A changed taxonomy tags what is retained again, keeps the old hits under their version, and says how the series change."""

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from pipelines import flow
from pipelines.core.settings import Settings
from pipelines.core.taxonomy import taxonomy_version
from pipelines.retag import FORMER, retag

pytestmark = pytest.mark.slow

Make = Callable[..., Any]


def test_retagging(settings: Settings, admit: Make, tip: Make, to_ndjson: Make, tmp_path: Path) -> None:
    first = admit("stac_tips", to_ndjson([tip(1), tip(2, text="The workers were seen near the blue door of a shop by the river at noon.")]))
    hits = settings.path(first["files"]["hits"])
    old = pq.read_table(hits).to_pylist()
    assert old and retag(settings)["tagged"] == 0

    schemas = tmp_path / "schemas"
    shutil.copytree(settings.schemas, schemas)
    with (schemas / "indicators" / "cues_en.csv").open("a", encoding="utf-8") as file:
        file.write("RES-05,cue,blue door\n")
    changed = replace(settings, schemas=schemas)
    outcome = retag(changed)
    assert outcome["taxonomy"] == taxonomy_version(schemas) != taxonomy_version(settings.schemas)
    assert outcome["tagged"] == 1 and outcome["without_text"] == 0
    assert outcome["series"] == [{"indicator": "RES-05", "week": "2026-08-17", "before": 0, "after": 1}]
    new = pq.read_table(hits).to_pylist()
    assert {hit["taxonomy"] for hit in new} == {outcome["taxonomy"]} and len(new) == len(old) + 1
    (kept,) = settings.path(FORMER).rglob("*.parquet")
    assert pq.read_table(kept, partitioning=None).to_pylist() == old
    assert retag(changed)["tagged"] == 0

    settings.path(first["files"]["narratives"]).unlink()
    assert retag(settings) == {"taxonomy": taxonomy_version(settings.schemas), "tagged": 0, "without_text": 1, "series": []}
    assert pq.read_table(hits).to_pylist() == new


def test_the_analysts_database_has_tiers_and_cards(settings: Settings, admit: Make, tip: Make, to_ndjson: Make) -> None:
    admit("stac_tips", to_ndjson([tip(1), tip(2, text="The street light at the corner is broken since last week and nobody mends it.")]))
    flow.build(settings)
    from pipelines.warehouse import run_query

    assert [row[0] for row in run_query(settings, "SELECT tier FROM tiers ORDER BY tier")[1]] == [0, 2]
    assert run_query(settings, "SELECT count(DISTINCT indicator) FROM indicator_cards")[1] == [(88,)]
