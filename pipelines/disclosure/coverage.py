"""Receives the analysts' coverage; hands on what a release says of it: who reported, how long rows are held back; refuses nothing.

A center that was silent never shows as zero: where none of the feeds that a number rests on has reported, a zero becomes no number at all.
"""

from datetime import date

import duckdb

from pipelines.disclosure.primary import THRESHOLD

TABLE_OF = {"tips_by_week": "tips", "incidents_by_week": "incidents"}


def write_coverage(con: duckdb.DuckDBPyConnection, weeks: list[date]) -> None:
    """`coverage` and `quality`, from the database attached as `analyst`, and `cells` with `reporting` and `expected` feeds.

    A center has several feeds, so coverage is by kind of report, and its state is that of the feed that says least.
    """
    con.execute(
        """CREATE TABLE coverage AS SELECT center, "table", week, count(*) AS expected,
        count(*) FILTER (state IN ('reported', 'reported_zero')) AS reporting,
        CASE WHEN bool_or(state = 'not_reported') THEN 'not_reported' WHEN bool_or(state = 'late') THEN 'late'
        WHEN bool_or(state = 'reported') THEN 'reported' ELSE 'reported_zero' END AS state
        FROM analyst.feed_weeks WHERE week IN (SELECT unnest(?)) GROUP BY ALL ORDER BY ALL""",
        [weeks],
    )
    kinds = " ".join(f"WHEN '{name}' THEN '{kind}'" for name, kind in TABLE_OF.items())
    # A center without feeds of its own (UNK) rests on those of all.
    con.execute(f"""CREATE OR REPLACE TABLE cells AS
        WITH kinds AS (SELECT *, CASE "table" {kinds} END AS kind FROM cells),
        known AS (SELECT k.* EXCLUDE (kind), sum(v.reporting)::BIGINT AS reporting, sum(v.expected)::BIGINT AS expected
            FROM kinds AS k LEFT JOIN coverage AS v ON v.week = k.week AND v."table" = k.kind AND (k.center = v.center OR k.center = 'all'
                OR NOT EXISTS (FROM coverage AS o WHERE o.center = k.center AND o."table" = k.kind))
            GROUP BY ALL)
        SELECT * REPLACE (CASE WHEN n = 0 AND reporting = 0 THEN NULL ELSE n END AS n,
            CASE WHEN n = 0 AND reporting = 0 THEN NULL ELSE n_low END AS n_low) FROM known ORDER BY ALL""")
    # Of few rows only that there are some: a count that small stands nowhere in a release.
    con.execute(f"""CREATE TABLE quality AS SELECT q.center, f."table", CASE WHEN sum(q."rows") >= {THRESHOLD} THEN sum(q."rows")::VARCHAR
        ELSE '1 to {THRESHOLD - 1}' END AS held_rows, max(q.age_days) AS oldest_days, min(q.expires) AS next_expires
        FROM analyst.quarantine_ageing AS q JOIN (SELECT DISTINCT feed, "table" FROM analyst.feed_periods) AS f USING (feed)
        GROUP BY ALL ORDER BY ALL""")
