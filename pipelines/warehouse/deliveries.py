"""Receives the receipts; hands on `deliveries`, `quality`, `quarantine_ageing`, `findings`, and schemas/ as `codes`, `counties`."""

from datetime import date, datetime, timedelta
from typing import Any

import duckdb
import pyarrow as pa

from pipelines.core.catalog import Feed
from pipelines.core.files import place_of
from pipelines.core.receipts import Standing
from pipelines.core.schema import load_codes, load_table
from pipelines.core.settings import Settings

COUNTS = ("received", "accepted", "quarantined", "duplicate", "refused")
TEXTS = ("feed", "delivery_id", "as_of", "received_at", "status", "replaced_by")
AGEING = pa.schema(
    [
        ("feed", pa.string()),
        ("center", pa.string()),
        ("delivery_id", pa.string()),
        ("reason", pa.string()),
        ("where", pa.string()),
        ("rows", pa.int64()),
        ("held_since", pa.date32()),
        ("age_days", pa.int64()),
        ("expires", pa.date32()),
        ("owner", pa.string()),
    ]
)
FINDINGS = pa.schema([("feed", pa.string()), ("delivery_id", pa.string()), ("column", pa.string()), ("kind", pa.string()), ("n", pa.int64())])


def write_deliveries(con: duckdb.DuckDBPyConnection, receipts: list[dict[str, Any]], standing: dict[tuple[str, str], Standing]) -> None:
    """`deliveries`: one row per receipt, with its standing as `status` (`accepted` is what counts), numbered per feed by the date that
    orders them; `quality`: what was held back and why.
    """
    rows = []
    for r in receipts:
        state, by = standing[r["feed"], r["delivery_id"]]
        status = "accepted" if state == "counted" else state
        rows.append({**r, **r["counts"], "status": status, "replaced_by": by})
    numbers = [(key, pa.int64()) for key in ("records", *COUNTS)]
    schema = pa.schema([*((key, pa.string()) for key in TEXTS), *numbers, ("held_uids", pa.list_(pa.string()))])
    con.register("given", pa.Table.from_pylist(rows, schema=schema))
    con.execute("""CREATE TABLE deliveries AS SELECT * REPLACE (as_of::TIMESTAMPTZ::TIMESTAMP AS as_of, received_at::TIMESTAMPTZ::TIMESTAMP
        AS received_at), row_number() OVER (PARTITION BY feed, status ORDER BY as_of, received_at, delivery_id) AS seq
        FROM given ORDER BY feed, delivery_id""")
    reasons = [{"feed": r["feed"], "delivery_id": r["delivery_id"], **reason} for r in receipts for reason in r["reasons"]]
    quality = pa.schema([("feed", pa.string()), ("delivery_id", pa.string()), ("reason", pa.string()), ("where", pa.string()), ("rows", pa.int64())])
    con.register("given_reasons", pa.Table.from_pylist(reasons, schema=quality))
    con.execute("CREATE TABLE quality AS SELECT * FROM given_reasons ORDER BY ALL")


def write_quarantine(con: duckdb.DuckDBPyConnection, settings: Settings, feeds: dict[str, Feed], counted: list[dict[str, Any]]) -> None:
    """`quarantine_ageing`: what is held, why, for how long (in days, up to the latest delivery of all), until when, and who decides."""
    latest = max((_day(r) for r in counted), default=date.min)
    rows = []
    for r in counted:
        feed = feeds[r["feed"]]
        if not place_of(settings, "quarantine", feed.name, r["delivery_id"]).exists():
            continue  # nothing was held, or its time was up
        key = {"feed": feed.name, "center": feed.center, "delivery_id": r["delivery_id"], "owner": feed.owner, "held_since": _day(r)}
        key |= {"age_days": (latest - _day(r)).days, "expires": _day(r) + timedelta(days=settings.narrative_days)}
        rows += [{**reason, **key} for reason in r["reasons"] if not reason["reason"].startswith("D-")]
    con.register("given_held", pa.Table.from_pylist(rows, schema=AGEING))
    con.execute("CREATE TABLE quarantine_ageing AS SELECT * FROM given_held ORDER BY ALL")


def write_findings(con: duckdb.DuckDBPyConnection, settings: Settings, feeds: dict[str, Feed], counted: list[dict[str, Any]]) -> None:
    """`findings`: for the privacy officer and the sender, how often the gate masked what: feed, last week that the delivery covers, column,
    kind, spans. Never a value; documents that were held back are in `quality`.
    """
    texts = {n: ", ".join(c.name for c in load_table(settings.schemas, f.table).columns if c.risk == "text") for n, f in feeds.items()}
    rows = [
        {"feed": r["feed"], "delivery_id": r["delivery_id"], "column": texts[r["feed"]], "kind": kind, "n": n}
        for r in counted
        for kind, n in r["findings"].items()
    ]
    con.register("given_findings", pa.Table.from_pylist(rows, schema=FINDINGS))
    con.execute("""CREATE TABLE findings AS SELECT feed, date_trunc('week', as_of - INTERVAL 1 DAY)::DATE AS week, "column", kind,
        sum(n)::BIGINT AS n FROM given_findings JOIN deliveries USING (feed, delivery_id) GROUP BY ALL ORDER BY ALL""")


def write_codes(con: duckdb.DuckDBPyConnection, settings: Settings) -> None:
    """`codes` and `counties` (dated areas), from schemas/."""
    lists = sorted(path.stem for path in (settings.schemas / "codes").glob("*.csv"))
    codes = [{"list": n, "code": c, "label": row.get("label", "")} for n in lists for c, row in load_codes(settings.schemas, n).items()]
    con.register("given_codes", pa.Table.from_pylist(codes))
    con.execute("CREATE TABLE codes AS SELECT * FROM given_codes ORDER BY ALL")
    con.register("given_counties", pa.Table.from_pylist(list(load_codes(settings.schemas, "counties").values())))
    con.execute("""CREATE TABLE counties AS SELECT code AS county_fips, label AS county, responsible_center, valid_from::DATE AS valid_from,
        nullif(valid_to, '')::DATE AS valid_to, pop2020::BIGINT AS population_2020 FROM given_counties ORDER BY ALL""")


def _day(receipt: dict[str, Any]) -> date:
    return datetime.fromisoformat(receipt["as_of"]).date()
