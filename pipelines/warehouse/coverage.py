"""Receives deliveries and current records; hands on who reported for which week, month or quarter, and who was silent; refuses nothing.

Silence is never a zero: `reported_zero` needs a delivery that covers the period and brought nothing.
"""

import duckdb
import pyarrow as pa

from pipelines.core.catalog import Feed

# Per cadence: the unit that is expected of, the days by which a delivery may stand within the next one and still be of the last (a weekly
# file is drawn up between Saturday and the Friday after), and the days after the end of a period during which it may still come.
CADENCES = {"weekly": ("week", 5, 17), "monthly": ("month", 20, 45), "quarterly": ("quarter", 45, 140)}
SHARE = 0.5  # of a usual period's records: with as many, a period without a delivery of its own was made up for by a later one


def write_coverage(con: duckdb.DuckDBPyConnection, feeds: dict[str, Feed]) -> None:
    """`feed_periods`: a state per feed and period of its cadence, up to the last one that any feed has reported; `feed_weeks`: the weekly ones.

    `reported` where records lie in a period that a delivery covers (of a window feed, all that it restates), or so many that a later one made
    up for it; `reported_zero` where the delivery that covers it brought none; `late` while it may still come; else `not_reported`, also
    where a few late records lie in a period that nobody covered.
    """
    rows = [
        {"feed": name, "center": feed.center, "table": feed.table, "mode": feed.change.mode, "cadence": feed.cadence}
        | dict(zip(("unit", "lag", "patience"), CADENCES[feed.cadence], strict=True))
        for name, feed in feeds.items()
    ]
    con.register("given_feeds", pa.Table.from_pylist(rows))
    con.execute(f"""CREATE TABLE feed_periods AS
        WITH days AS (
            SELECT feed, reported_on AS day FROM tips UNION ALL
            SELECT feed, occurred_on FROM incidents WHERE occurred_precision = 'day' UNION ALL
            SELECT feed, quarter_start FROM victim_services UNION ALL SELECT feed, month_start FROM training),
        filled AS (SELECT f.feed, date_trunc(f.unit, d.day)::DATE AS period, count(*) AS records
            FROM days AS d JOIN given_feeds AS f USING (feed) WHERE d.day IS NOT NULL GROUP BY ALL),
        own AS (SELECT f.feed, d.seq, date_trunc(f.unit, d.as_of - to_days(f.lag))::DATE AS period
            FROM deliveries AS d JOIN given_feeds AS f USING (feed) WHERE d.status = 'accepted'),
        spans AS (SELECT * FROM spans_tips UNION ALL SELECT * FROM spans_incidents),
        covered AS (SELECT o.feed, date_trunc('week', coalesce(s.first_day, o.period))::DATE AS first, o.period AS last
            FROM own AS o LEFT JOIN spans AS s ON s.feed = o.feed AND s.seq = o.seq),
        edges AS (SELECT f.unit, least(min(l.period), min(o.period)) AS first, max(o.period) AS last
            FROM given_feeds AS f LEFT JOIN filled AS l USING (feed) LEFT JOIN own AS o USING (feed) GROUP BY f.unit),
        periods AS (SELECT unit, unnest(generate_series(first, last, CASE unit WHEN 'week' THEN INTERVAL 7 DAY WHEN 'month' THEN INTERVAL 1 MONTH
            ELSE INTERVAL 3 MONTH END))::DATE AS period FROM edges WHERE last IS NOT NULL),
        known AS (
            SELECT f.*, p.period, (p.period + CASE f.unit WHEN 'week' THEN INTERVAL 7 DAY WHEN 'month' THEN INTERVAL 1 MONTH
                ELSE INTERVAL 3 MONTH END)::DATE AS ended, coalesce(l.records, 0) AS records,
                EXISTS (FROM covered AS c WHERE c.feed = f.feed AND p.period BETWEEN c.first AND c.last) AS is_covered,
                EXISTS (FROM own AS o WHERE o.feed = f.feed) AS has_begun
            FROM given_feeds AS f JOIN periods AS p USING (unit) LEFT JOIN filled AS l ON l.feed = f.feed AND l.period = p.period),
        usual AS (SELECT feed, median(records) AS records FROM known WHERE is_covered AND records > 0 GROUP BY feed),
        latest AS (SELECT max(as_of)::DATE AS day FROM deliveries WHERE status = 'accepted')
        SELECT k.feed, k.center, k."table", k.cadence, k.period, (k.ended + to_days(k.patience))::DATE AS expected_by, k.records,
            CASE WHEN k.is_covered AND k.records > 0 THEN 'reported' WHEN k.is_covered THEN 'reported_zero'
            WHEN k.records > 0 AND k.records >= {SHARE} * u.records THEN 'reported'
            WHEN k.has_begun AND (SELECT day FROM latest) < k.ended + to_days(k.patience) THEN 'late' ELSE 'not_reported' END AS state
        FROM known AS k LEFT JOIN usual AS u USING (feed) ORDER BY ALL""")
    con.execute("""CREATE TABLE feed_weeks AS SELECT feed, center, "table", period AS week, records, state FROM feed_periods
        WHERE cadence = 'weekly' ORDER BY ALL""")
