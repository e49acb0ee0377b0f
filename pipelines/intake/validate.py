"""Receives normalized records; hands on those that keep the contract of expectations/<table>.json; quarantines the others by rule.

The contract is a Great Expectations suite, run on a pandas frame of each batch. Its index of unexpected rows is the quarantine. A check
that cannot run is a fault of ours and stops the run: it never counts as passed. A run of the suite has a price whatever the number of
rows (a third of a second of CPU), so small deliveries are checked together; every rule is about one row, so each gets the verdict it
would get alone.
"""

import json
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from itertools import chain, islice
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa

from pipelines.core.errors import ConfigFault, DataRefused, SystemFault
from pipelines.core.handles import Normalized, Validated
from pipelines.core.schema import load_codes
from pipelines.core.settings import Settings
from pipelines.intake.formats import BATCH_BYTES

TOGETHER = 30_000  # rows: small deliveries are checked together up to as many, or to BATCH_BYTES
RESULT = {"result_format": "COMPLETE", "include_unexpected_rows": False}


def validate(settings: Settings, deliveries: Iterable[Normalized]) -> Iterator[Validated]:
    """Check each delivery's batches against its table's suite; deliveries come out in the order in which they went in."""
    waiting: list[_Drawn] = []
    for normalized in deliveries:
        drawn = _draw(normalized)
        if waiting and (drawn.table != waiting[0].table or sum(one.rows for one in waiting) + drawn.rows > TOGETHER):
            yield from _checked(settings, waiting)
            waiting = []
        waiting.append(drawn)
        if drawn.open or sum(one.bytes for one in waiting) > BATCH_BYTES:
            yield from _checked(settings, waiting)
            waiting = []
    yield from _checked(settings, waiting)


@dataclass
class _Drawn:
    """The first batch of a delivery, if there is one, and what drawing it further gave: more batches, the end, or its refusal."""

    normalized: Normalized
    first: list[pa.RecordBatch]
    rest: Iterator[pa.RecordBatch]
    open: bool = False

    @property
    def table(self) -> str:
        return self.normalized.feed.table

    @property
    def rows(self) -> int:
        return sum(batch.num_rows for batch in self.first)

    @property
    def bytes(self) -> int:
        return sum(batch.nbytes for batch in self.first)


def _draw(normalized: Normalized) -> _Drawn:
    """Read a delivery up to its second batch. A refusal on the way is kept, and raised when the delivery's own turn comes."""
    first: list[pa.RecordBatch] = []
    try:
        for batch in normalized.batches:
            if first:
                return _Drawn(normalized, first, chain([batch], normalized.batches), open=True)
            first.append(batch)
    except DataRefused as reason:
        return _Drawn(normalized, first, _refuse(reason))
    return _Drawn(normalized, first, iter(()))


def _refuse(reason: DataRefused) -> Iterator[pa.RecordBatch]:
    raise reason
    yield


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


def _checked(settings: Settings, waiting: list[_Drawn]) -> Iterator[Validated]:
    """Check first batches together, and what is left of a delivery in its turn."""
    batches = [(batch, drawn.normalized) for drawn in waiting for batch in drawn.first]
    kept = iter(_check(settings, batches) if batches else ())
    for drawn in waiting:
        n = drawn.normalized
        rest = (batch for more in drawn.rest for batch in _check(settings, [(more, n)]))
        yield Validated(n.delivery, n.feed, n.account, n.raw, chain(list(islice(kept, len(drawn.first))), rest))


def _check(settings: Settings, batches: list[tuple[pa.RecordBatch, Normalized]]) -> list[pa.RecordBatch]:
    """Each batch without the rows that break a rule; these are entered in its delivery's account."""
    definition, suite, used = _contract(settings.expectations, settings.schemas, batches[0][1].feed.table)
    frames = [_frame(batch, used, normalized) for batch, normalized in batches]
    bad = _unexpected(definition, suite, frames[0] if len(frames) == 1 else pd.concat(frames, ignore_index=True))
    kept, start = [], 0
    for batch, normalized in batches:
        here = {position - start: rules for position, rules in sorted(bad.items()) if start <= position < start + batch.num_rows}
        start += batch.num_rows
        for position, rules in here.items():
            for rule in rules:
                row, uid = (batch[name][position].as_py() for name in ("source_row", "record_uid"))
                normalized.account.quarantine(row, "R-CHECK", rule, uid)
        kept.append(batch.filter(pa.array([i not in here for i in range(batch.num_rows)])) if here else batch)
    return kept


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
