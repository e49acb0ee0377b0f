"""Receives a changed taxonomy; hands on the hits of all retained narratives under it, and how each series changes; loses no old hit.

The former hits of a delivery are kept under canonical/hits_versions/taxonomy=<version>/. A delivery whose narratives were purged keeps the
hits that it has: their version says by which rules they were found.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from pipelines.core.crypto import SealedReader
from pipelines.core.duck import connect
from pipelines.core.files import commit, draft
from pipelines.core.receipts import read_receipts
from pipelines.core.settings import Settings
from pipelines.core.taxonomy import taxonomy_version
from pipelines.indicators.stage import KEYS, tag_batches
from pipelines.store import PARQUET
from pipelines.tiers import COUNTED

HITS = "canonical/hits"
FORMER = "canonical/hits_versions"


def retag(settings: Settings) -> dict[str, Any]:
    """Tag again; return version, deliveries that were tagged, deliveries without texts, and the series that changed (indicator, week,
    before, after: tips with a counted hit). Running it again changes nothing."""
    version = taxonomy_version(settings.schemas)
    tagged: list[tuple[Path, Path, Path]] = []
    without = 0
    for receipt in read_receipts(settings):
        if "hits" not in receipt["files"]:
            continue
        narratives = settings.path(receipt["files"]["narratives"])
        if not narratives.is_file():
            without += 1
            continue
        hits = settings.path(receipt["files"]["hits"])
        former = pq.read_table(hits)
        versions = set(former["taxonomy"].to_pylist())
        if versions == {version}:
            continue
        kept = settings.path(FORMER, f"taxonomy={'-'.join(sorted(versions)) or 'none'}", f"feed={receipt['feed']}", hits.name)
        _write(kept, former.schema, iter([former]))
        _write(hits, former.schema, _again(settings, narratives, receipt))
        tagged.append((settings.path(receipt["files"]["tips"]), kept, hits))
    return {"taxonomy": version, "tagged": len(tagged), "without_text": without, "series": _changes(settings, tagged)}


def _again(settings: Settings, narratives: Path, receipt: dict[str, Any]) -> Iterator[pa.Table]:
    """The hits of a delivery's texts, row group by row group."""
    sealed = SealedReader(settings, narratives)
    try:
        for batch in pq.ParquetFile(sealed).iter_batches(use_threads=False):
            table = pa.Table.from_batches([batch])
            for name in ("feed", "delivery_id"):
                table = table.append_column(name, pa.array([receipt[name]] * len(table), pa.string()))
            yield from (pa.Table.from_batches([found]) for found in tag_batches(settings.schemas, table.to_batches()))
    finally:
        sealed.close()


def _write(path: Path, schema: pa.Schema, tables: Iterator[pa.Table]) -> None:
    """Write hits beside the old file and let them replace it at once."""
    with draft(path.parent) as written:
        with pq.ParquetWriter(written, schema, use_dictionary=[name for name in schema.names if name not in KEYS], **PARQUET) as writer:
            for table in tables:
                writer.write_table(table.cast(schema))
        commit(written, path)


def _changes(settings: Settings, tagged: list[tuple[Path, Path, Path]]) -> list[dict[str, Any]]:
    """Tips per indicator and Pacific week before and after, where the two differ."""
    if not tagged:
        return []
    tips, before, after = ([str(path) for path in paths] for paths in zip(*tagged, strict=True))
    con = connect(settings)
    try:
        rows = con.execute(
            f"""WITH weeks AS (
                SELECT DISTINCT record_uid, date_trunc('week', reported_on)::DATE AS week FROM read_parquet($tips, hive_partitioning=false)),
            counted AS (
                SELECT indicator, record_uid, false AS new FROM read_parquet($before, hive_partitioning=false) WHERE {COUNTED}
                UNION ALL SELECT indicator, record_uid, true FROM read_parquet($after, hive_partitioning=false) WHERE {COUNTED})
            SELECT indicator, week, count(DISTINCT record_uid) FILTER (NOT new) AS before, count(DISTINCT record_uid) FILTER (new) AS after
            FROM counted JOIN weeks USING (record_uid) GROUP BY ALL HAVING before <> after ORDER BY ALL""",
            {"tips": tips, "before": before, "after": after},
        ).fetchall()
    finally:
        con.close()
    return [{"indicator": indicator, "week": str(week), "before": old, "after": new} for indicator, week, old, new in rows]
