"""Admits the simulated centers' deliveries without Airflow and holds what came of them against the ground truth: every row, every value.

    python -m tests.feeds.truth 156 [FEED...]      three years of all feeds; exit code 1 and the first differences if a row is not explained

The expected pseudonyms come from the `cryptography` package's CMAC, so that nothing is compared with itself.
"""

import json
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.cmac import CMAC

from pipelines import flow
from pipelines.core.catalog import feed_named
from pipelines.core.crypto import SealedReader
from pipelines.core.handles import Delivery
from pipelines.core.settings import Settings
from pipelines.intake.pull import land
from pipelines.intake.transports import Arrival
from pipelines.learned import LEARNED
from pipelines.samples import SEED, YEARS_3, mondays_of, sent_deliveries
from pipelines.samples.centers import CALENDARS
from pipelines.samples.dialects.san_francisco import withdrawn
from pipelines.samples.sent import Line, Sent, back

NOT_COMPARED = {"record_uid", "feed", "delivery_id", "source_row", "narrative_digest", "narrative"}
WORDS = 24  # a text with fewer may be too short to be linked by
SHOWN = 50  # row numbers that a receipt lists for a reason
ISSUES = {"ccic_incidents": {"I-SEGMENT", "I-ZERO"}, "ociac_incidents": {"I-SEGMENT", "I-ZERO", "I-REPORT"}, "sdlecc_incidents": {"I-COLUMN"}}
ISSUES |= {"stac_incidents": {"I-COLUMN"}, "sdlecc_tips": {"I-MISSING"}}  # a week without corrections has no time of one


@dataclass
class Findings:
    """How many rows were explained, and what was not: an empty list of differences is what is hoped for."""

    rows: Counter[str] = field(default_factory=Counter)
    deliveries: int = 0
    differences: list[str] = field(default_factory=list)

    def expect(self, where: str, found: Any, expected: Any) -> None:
        """Note a difference."""
        if found != expected:
            self.differences.append(f"{where}: expected {expected!r}, found {found!r}")


def pseudonym(settings: Settings, feed: str, key: str) -> str:
    """What a record's id becomes."""
    mac = CMAC(AES(settings.subkey(f"record_uid:{feed}")))
    mac.update(key.encode())
    return mac.finalize().hex()


def land_sent(settings: Settings, sent: Sent) -> Delivery:
    """Land a delivery as if it had just arrived."""

    @contextmanager
    def blocks() -> Iterator[Iterator[bytes]]:
        yield iter([sent.content])

    feed = feed_named(settings.schemas, sent.feed)
    as_of = datetime.combine(sent.drawn_up, datetime.min.time(), sent.modified.tzinfo)
    arrival = Arrival(sent.name, as_of, sent.modified, len(sent.content), blocks)
    return land(settings, feed, arrival)


def compare(settings: Settings, receipt: dict[str, Any], sent: Sent, findings: Findings) -> None:
    """Compare what came of one delivery: its receipt, its records and its texts."""
    where = f"{sent.feed} {sent.name}"
    findings.deliveries += 1
    counts = receipt["counts"]
    if sent.code or receipt["error"]:
        findings.expect(f"{where} error", receipt["error"] and receipt["error"]["code"], sent.code or None)
        findings.expect(f"{where} files", receipt["files"], {})
        findings.rows["refused"] += len(sent.lines)
        return
    expected = Counter(line.outcome for line in sent.lines)
    findings.rows.update(expected)
    named = {"received": len(sent.lines), "refused": 0, **{k: expected[k] for k in ("accepted", "quarantined", "duplicate")}}
    findings.expect(f"{where} counts", counts, named)
    findings.expect(f"{where} issues", {issue["code"] for issue in receipt["issues"]} - {*LEARNED, *ISSUES.get(sent.feed, ())}, set())
    _compare_reasons(receipt, sent, where, findings)
    _compare_records(settings, receipt, sent, where, findings)
    _look_for_planted(settings, receipt, sent, where, findings)


def _compare_reasons(receipt: dict[str, Any], sent: Sent, where: str, findings: Findings) -> None:
    expected: dict[str, set[int]] = defaultdict(set)
    for row, line in zip(sent.rows, sent.lines, strict=True):
        if line.outcome != "accepted":
            expected[line.reason].add(row)
    found: dict[str, set[int]] = defaultdict(set)
    for reason in receipt["reasons"]:
        found[reason["reason"]] |= set(reason["row_numbers"])
    for reason in {*expected, *found}:
        if len(expected[reason]) <= SHOWN:
            findings.expect(f"{where} {reason}", sorted(found[reason]), sorted(expected[reason]))


def _compare_records(settings: Settings, receipt: dict[str, Any], sent: Sent, where: str, findings: Findings) -> None:
    """By row of the file; where a record stands in several, by its first one."""
    merged = feed_named(settings.schemas, sent.feed).record.row_key is not None
    expected: dict[int, Line] = {}
    first: set[str] = set()
    for row, line in zip(sent.rows, sent.lines, strict=True):
        if line.outcome == "accepted" and not (merged and line.key in first):
            first.add(line.key)
            expected[row] = line
    table = feed_named(settings.schemas, sent.feed).table
    path = settings.path(receipt["files"][table])
    found = {record["source_row"]: record for record in pq.read_table(path).to_pylist()}
    findings.expect(f"{where} rows", sorted(found), sorted(expected))
    for row in found.keys() & expected.keys():
        line, record = expected[row], found[row]
        findings.expect(f"{where} row {row} id", record["record_uid"], pseudonym(settings, sent.feed, line.key))
        kept = {name: value for name, value in record.items() if name not in NOT_COMPARED}
        if "means_of_control" in kept:
            kept["means_of_control"] = list(kept["means_of_control"])
        truth = {name: value for name, value in line.record.items() if name not in NOT_COMPARED}
        if kept != truth:
            names = [name for name in {**kept, **truth} if kept.get(name, "?") != truth.get(name, "?")]
            findings.expect(f"{where} row {row}", {n: kept.get(n, "absent") for n in names}, {n: truth.get(n, "absent") for n in names})


def _look_for_planted(settings: Settings, receipt: dict[str, Any], sent: Sent, where: str, findings: Findings) -> None:
    """No identifier that was put into a text is left in it."""
    if "narratives" not in receipt["files"]:
        return
    with SealedReader(settings, settings.path(receipt["files"]["narratives"])) as file:
        texts = {record["source_row"]: record["narrative"] for record in pq.read_table(file).to_pylist()}
    for row, line in zip(sent.rows, sent.lines, strict=True):
        for planted in line.planted:
            findings.expect(f"{where} row {row} planted", planted in texts.get(row, ""), False)


def check_state(settings: Settings, deliveries: Iterable[Sent], findings: Findings) -> None:
    """Build the analysts' database, and compare what is current with the truth played through in order, and the weeks' states."""
    current: dict[str, dict[str, dict[str, Any]]] = defaultdict(dict)
    covered = set()
    for sent in sorted(deliveries, key=lambda sent: (sent.drawn_up, sent.name)):
        if sent.code:
            continue
        covered.add((sent.feed, sent.drawn_up - timedelta(days=7)))
        for line in sent.lines:
            if line.outcome == "accepted":
                uid = pseudonym(settings, sent.feed, line.key)
                current[sent.feed].pop(uid, None)
                if line.record.get("action") != "delete":
                    current[sent.feed][uid] = line.record
        if sent.feed == "ncric_incidents":
            gone = withdrawn(SEED, sent.drawn_up - timedelta(days=7))
            current[sent.feed].pop(pseudonym(settings, sent.feed, gone), None)
    with duckdb.connect(str(flow.build(settings).path), read_only=True) as con:
        for table in ("tips", "incidents", "victim_services", "training"):
            _compare_current(con.sql(f"SELECT * FROM {table}").to_arrow_table(), table, settings, current, findings)
        _compare_links(dict(con.execute("SELECT record_uid, cluster FROM clusters").fetchall()), settings, deliveries, current, findings)
        states = {(feed, week): state for feed, week, state in con.execute("SELECT feed, week, state FROM feed_weeks").fetchall()}
    for feed, calendar in CALENDARS.items():
        for week in {week for _, week in covered}:
            state = states.get((feed, week))
            if back(week) in calendar.silent and (feed, week) not in covered and feed != "ncric_incidents":
                findings.expect(f"{feed} {week} silent", state == "reported_zero", False)
            if back(week) in calendar.zero and (feed, week) in covered:
                findings.expect(f"{feed} {week} zero", state in ("reported_zero", "reported"), True)


def _compare_links(
    clusters: dict[str, str], settings: Settings, deliveries: Iterable[Sent], current: dict[str, dict[str, Any]], findings: Findings
) -> None:
    """Reports of one event in the same words are linked across centers, and counted in `rows` as linked."""
    events: dict[tuple[str, str], set[str]] = defaultdict(set)
    for sent in deliveries:
        for line in sent.lines:
            uid = pseudonym(settings, sent.feed, line.key)
            if line.event and uid in current[sent.feed]:
                text = " ".join(str(line.record["narrative"]).replace("’", "'").split())
                if len(text.split()) >= WORDS and "'" not in text:
                    events[(line.event, text)].add(uid)
    for event, uids in events.items():
        if len(uids) > 1:
            findings.rows["linked"] += 1
            findings.expect(f"event {event[0]} linked", len({clusters.get(uid, uid) for uid in uids}), 1)


def _compare_current(found: pa.Table, table: str, settings: Settings, current: dict[str, dict[str, Any]], findings: Findings) -> None:
    records = {(row["feed"], row["record_uid"]): row for row in found.to_pylist()}
    feeds = {feed for feed in current if feed_named(settings.schemas, feed).table == table}
    expected = {(feed, uid): record for feed in feeds for uid, record in current[feed].items()}
    findings.expect(f"{table}: current but not expected", sorted(records.keys() - expected.keys())[:3], [])
    findings.expect(f"{table}: expected but not current", sorted(expected.keys() - records.keys())[:3], [])
    for key in records.keys() & expected.keys():
        truth = {name: value for name, value in expected[key].items() if name not in {*NOT_COMPARED, "action"}}
        findings.expect(f"{table} {key}", {name: records[key][name] for name in truth}, truth)


def run(settings: Settings, deliveries: list[Sent]) -> Findings:
    """Check every delivery and the state that they leave."""
    findings = Findings()
    for sent, stored in zip(deliveries, flow.admit_all(settings, (land_sent(settings, sent) for sent in deliveries)), strict=True):
        compare(settings, json.loads(stored.receipt.read_text(encoding="utf-8")), sent, findings)
    check_state(settings, deliveries, findings)
    return findings


def of_weeks(weeks: Iterable[date], feeds: tuple[str, ...] = ()) -> list[Sent]:
    """The deliveries of chosen weeks."""
    from pipelines.samples.centers import FEEDS

    return [sent for feed in feeds or sorted(FEEDS) for monday in sorted(weeks) for sent in FEEDS[feed](SEED, monday)]


def main() -> int:
    """All feeds, or those named, over so many weeks."""
    weeks, feeds = int(sys.argv[1]) if len(sys.argv) > 1 else YEARS_3, tuple(sys.argv[2:])
    began = time.process_time()
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "home"
        home.mkdir()
        findings = run(Settings(home=home, key=bytes(range(32))), list(sent_deliveries(weeks, SEED, feeds)))
    for difference in findings.differences[:40]:
        print(difference)
    spent = time.process_time() - began
    print(f"{findings.deliveries} deliveries of {len(mondays_of(weeks))} weeks: {dict(findings.rows)}")
    print(f"{len(findings.differences)} differences, {spent:.0f} CPU-seconds")
    return 1 if findings.differences else 0


if __name__ == "__main__":
    sys.exit(main())
