"""The analysts' database: built anew, beside the current one, whenever any feed has stored something."""

from functools import reduce
from operator import or_

from airflow.sdk import DAG, Asset, task

from pipelines.core.catalog import load_feeds
from pipelines.core.settings import ROOT

FEEDS = [Asset(f"stas://canonical/{name}", group="canonical") for name, feed in load_feeds(ROOT / "schemas").items() if feed.status == "live"]
WAREHOUSE = Asset("stas://warehouse", group="warehouse")

with DAG(
    dag_id="warehouse",
    dag_display_name="Analysts' database",
    description="Link, aggregate, and replace the snapshot at once",
    schedule=reduce(or_, FEEDS),
    catchup=False,
    max_active_runs=1,
    tags=["warehouse"],
) as dag:

    @task(outlets=[WAREHOUSE], retries=1)
    def build(outlet_events: object = None) -> str:
        """Rebuild from everything stored; open readers keep the snapshot that they have."""
        from pipelines import flow
        from pipelines.core.settings import load_settings

        warehouse = flow.build(load_settings())
        outlet_events[WAREHOUSE].extra = {"snapshot": warehouse.snapshot}  # type: ignore[index]
        return warehouse.snapshot

    build()
