"""One DAG per live feed: what is new is pulled, and admitted in parallel, a task per delivery.

A first pull of many deliveries is split into at most BATCHES tasks. A refused delivery stops nothing: the others are stored and the feed's
asset is updated first, then `refusals` fails and names the receipts to read.
"""

from datetime import timedelta
from typing import Any

from airflow.sdk import DAG, Asset, Connection, Param, get_current_context, task
from airflow.sdk.exceptions import AirflowFailException, AirflowNotFoundException, AirflowSkipException
from airflow.timetables.trigger import CronTriggerTimetable

from pipelines.core.catalog import Feed, load_feeds
from pipelines.core.settings import ROOT

BATCHES = 6
PACIFIC = "America/Los_Angeles"


def source_for(settings: Any, feed: str) -> Any:
    """The Airflow connection that bears the feed's name, else what the environment says."""
    from pipelines.intake.source import Source, source_of

    try:
        connection = Connection.get(feed)
    except AirflowNotFoundException:
        return source_of(settings, feed)
    extra = connection.extra_dejson
    if "path" in extra:
        return Source(extra["path"])
    return Source(f"https://{connection.host}:{connection.port or 443}", connection.password or "", extra.get("ca"))


def feed_dag(feed: Feed) -> DAG:
    """The DAG of one feed; `again` takes in once more what the sender still has."""
    with DAG(
        dag_id=feed.name,
        dag_display_name=f"{feed.title} ({feed.center})",
        description=f"{feed.center}: pull and admit {feed.table}",
        doc_md=f"**{feed.title}.** {feed.notes}\n\nOwner: {feed.owner}, {feed.contact}. Change mode: `{feed.change.mode}`.",
        schedule=CronTriggerTimetable("0 6 * * 1", timezone=PACIFIC, run_immediately=timedelta(0)),
        catchup=False,
        max_active_runs=1,
        tags=["feed", feed.center, feed.table],
        params={"again": Param(False, type="boolean", title="Again", description="Also take in what was admitted before.")},
        default_args={"owner": feed.center, "retries": 2, "retry_delay": timedelta(seconds=20), "retry_exponential_backoff": True},
    ) as dag:
        asset = Asset(f"stas://canonical/{feed.name}", group="canonical")

        @task
        def pull() -> list[dict[str, Any]]:
            """Land what is new. Nothing of a delivery but its id leaves this task."""
            from pipelines import flow
            from pipelines.core.settings import load_settings

            settings = load_settings()
            deliveries = flow.pull(settings, feed.name, source_for(settings, feed.name), get_current_context()["params"]["again"])
            if not deliveries:
                raise AirflowSkipException("The sender has nothing new.")
            size = -(-len(deliveries) // BATCHES)
            groups = [[d.id for d in deliveries[i : i + size]] for i in range(0, len(deliveries), size)]
            return [{"ids": ids, "label": ids[0] if len(ids) == 1 else f"{ids[0]} … {ids[-1]} ({len(ids)})"} for ids in groups]

        @task(map_index_template="{{ label }}")
        def admit(batch: dict[str, Any]) -> list[dict[str, Any]]:
            """Take the deliveries of one batch to canonical Parquet and receipts."""
            from pipelines import flow
            from pipelines.core.settings import load_settings

            get_current_context()["label"] = batch["label"]
            settings = load_settings()
            stored = [flow.admit(settings, flow.landed(settings, feed.name, one)) for one in batch["ids"]]
            return [{"delivery_id": s.delivery.id, "status": s.status, **s.counts} for s in stored]

        @task(outlets=[asset])
        def count(outcome: Any, outlet_events: Any = None) -> list[str]:
            """Add up the receipts, update the asset, and hand on the refused deliveries."""
            batches = list(outcome)
            stored = [row for batch in batches for row in ([batch] if isinstance(batch, dict) else batch)]
            counts = {key: sum(row[key] for row in stored) for key in ("received", "accepted", "quarantined", "duplicate", "refused")}
            outlet_events[asset].extra = {"deliveries": len(stored), **counts}
            return [row["delivery_id"] for row in stored if row["status"] == "refused"]

        @task(retries=0)
        def refusals(refused: list[str]) -> None:
            """Make a refused delivery seen. The sender has to act, and nothing else waits for it."""
            if refused:
                receipts = ", ".join(f"receipts/{feed.name}/{one}.json" for one in refused)
                raise AirflowFailException(f"{len(refused)} refused; the others are stored. Read {receipts} and tell the sender.")

        refusals(count(admit.expand(batch=pull())))
    return dag


for _feed in load_feeds(ROOT / "schemas").values():
    if _feed.status == "live":
        globals()[_feed.name] = feed_dag(_feed)
