"""Receives a warehouse; hands it on with `links`: pairs of reports that tell of the same event, with the evidence; merges no records.

The one rule so far: two current reports whose masked texts are word for word the same. A link only groups reports for a second count.
"""

from pipelines.core.duck import connect
from pipelines.core.handles import Linked, Warehouse
from pipelines.core.settings import Settings


def link(settings: Settings, warehouse: Warehouse) -> Linked:
    """Write `links` (pairs in a chain, so that n equal reports have n-1) and `clusters` (the smallest pseudonym names the event)."""
    con = connect(settings, str(warehouse.path))
    try:
        con.execute("""CREATE TABLE links AS
            SELECT a.record_uid AS record_a, a.other AS record_b, 1.0 AS score, ['same_text'] AS evidence, a.cluster, 'rule' AS decided_by,
            true AS reversible
            FROM (SELECT record_uid, lead(record_uid) OVER w AS other, min(record_uid) OVER (PARTITION BY narrative_digest) AS cluster
                  FROM tips WHERE narrative_digest IS NOT NULL WINDOW w AS (PARTITION BY narrative_digest ORDER BY record_uid)) AS a
            WHERE other IS NOT NULL ORDER BY ALL""")
        con.execute("""CREATE TABLE clusters AS SELECT record_uid, min(cluster) AS cluster FROM (
            SELECT record_a AS record_uid, cluster FROM links UNION SELECT record_b, cluster FROM links) GROUP BY 1 ORDER BY ALL""")
    finally:
        con.close()
    return Linked(warehouse.path, warehouse.snapshot)
