"""Receives normalized records; hands on those that keep the contract of expectations/<table>.json; quarantines the others by rule.

The contract is a Great Expectations suite, run on a pandas frame of each batch. Its index of unexpected rows is the quarantine. A check
that cannot run is a fault of ours and stops the run: it never counts as passed.
"""

import json
import os
from collections.abc import Iterator
from datetime import timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa

from pipelines.core.errors import ConfigFault, SystemFault
from pipelines.core.handles import Normalized, Validated
from pipelines.core.schema import load_codes
from pipelines.core.settings import Settings

RESULT = {"result_format": "COMPLETE", "include_unexpected_rows": False}


def validate(settings: Settings, normalized: Normalized) -> Validated:
    """Check each batch against the table's suite."""
    return Validated(normalized.delivery, normalized.feed, normalized.account, normalized.raw, _stream(settings, normalized))


def load_suite(expectations: Path, schemas: Path, table: str) -> dict[str, Any]:
    """A suite as Great Expectations reads it; `meta.codes` names the code list that fills a value set. Raises ConfigFault."""
    path = expectations / f"{table}.json"
    try:
        suite: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        for number, expectation in enumerate(suite["expectations"], 1):
            meta = expectation["meta"]
            if "codes" in meta:
                expectation["kwargs"]["value_set"] = list(load_codes(schemas, meta["codes"]))
            if not meta["rule"]:
                raise ConfigFault(f"expectations/{path.name}: expectation {number} has no meta.rule")
    except (OSError, KeyError, json.JSONDecodeError) as error:
        raise ConfigFault(f"expectations/{path.name}: {type(error).__name__}: {error}") from None
    return suite


def _stream(settings: Settings, normalized: Normalized) -> Iterator[pa.RecordBatch]:
    batch_definition, compiled, used = _contract(settings.expectations, settings.schemas, normalized.feed.table)
    for batch in normalized.batches:
        frame = _frame(batch, used, normalized)
        bad = _unexpected(batch_definition, compiled, frame)
        if not bad:
            yield batch
            continue
        rows, uids = batch["source_row"], batch["record_uid"]
        for position, rules in sorted(bad.items()):
            for rule in rules:
                normalized.account.quarantine(rows[position].as_py(), "R-CHECK", rule, uids[position].as_py())
        keep = pa.array([i not in bad for i in range(batch.num_rows)])
        yield batch.filter(keep)


@lru_cache(maxsize=8)
def _contract(expectations: Path, schemas: Path, table: str) -> tuple[Any, Any, list[str]]:
    """A table's contract, compiled once per process: batch definition, suite, and the columns that it reads.

    The context is ephemeral: no files, no network, no progress bars.
    """
    os.environ["GX_ANALYTICS_ENABLED"] = "false"
    import great_expectations as gx

    suite = load_suite(expectations, schemas, table)
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False}  # type: ignore[assignment]  # a plain dict is accepted
    definition = context.data_sources.add_pandas("frames").add_dataframe_asset("batch").add_batch_definition_whole_dataframe("all")
    return definition, context.suites.add(gx.ExpectationSuite(name=suite["name"], expectations=suite["expectations"])), _columns(suite)


def _columns(suite: dict[str, Any]) -> list[str]:
    """The columns that the suite reads, once each."""
    keys = ("column", "column_A", "column_B")
    return list(dict.fromkeys(e["kwargs"][k] for e in suite["expectations"] for k in keys if k in e["kwargs"]))


def _frame(batch: pa.RecordBatch, used: list[str], normalized: Normalized) -> pd.DataFrame:
    """The used columns as pandas holds them cheaply, and the delivery's bounds as the columns `_earliest` and `_latest`."""
    columns: dict[str, Any] = {}
    for name in used:
        if name.startswith("_"):
            continue
        column = batch[name]
        if pa.types.is_date32(column.type):
            column = column.cast(pa.timestamp("s"))
        columns[name] = column.to_pandas()
    frame = pd.DataFrame(columns)
    # A day of grace: the sender's midnight and the one of UTC are not the same.
    frame["_latest"] = pd.Timestamp(normalized.delivery.as_of.date() + timedelta(days=1))
    frame["_earliest"] = pd.Timestamp(normalized.feed.bounds.earliest)
    return frame


def _unexpected(definition: Any, suite: Any, frame: pd.DataFrame) -> dict[int, list[str]]:
    """Position in the frame -> rules that do not hold there. Raises SystemFault when a check could not run."""
    found: dict[int, list[str]] = {}
    for result in definition.get_batch({"dataframe": frame}).validate(suite, result_format=RESULT).results:
        rule = result.expectation_config.meta["rule"]
        positions = result.result.get("unexpected_index_list") or []
        if not result.success and not positions:
            raise SystemFault(f"expectations/{suite.name}.json: rule {rule} could not be checked. Mend the rule; nothing was stored.")
        for position in positions:
            found.setdefault(int(position), []).append(rule)
    return found
