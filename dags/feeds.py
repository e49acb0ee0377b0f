"""One DAG per live feed: what is new is pulled, and admitted in parallel, a task per delivery.

A first pull of many deliveries is split into at most BATCHES tasks. A refused delivery stops nothing: the others are stored and the feed's
asset is updated first, then `refusals` fails and names the receipts to read. So it is with a file that could not be fetched.
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
    """The Airflow connection that bears the feed's name, else what the environment says.

    fs     extra path                                   https  host, port, schema (a path below it), password (the token), extra ca
    sftp   login, host, port, extra key_file, host_key  aws    login, password (the access key), extra endpoint_url, bucket, ca
    """
    from pipelines.core.errors import SystemFault
    from pipelines.intake.source import source_of

    try:
        return _source(Connection.get(feed))
    except AirflowNotFoundException:
        return source_of(settings, feed)
    except KeyError as missing:
        raise SystemFault(f"{feed}: the connection {feed} lacks the extra {missing}.") from None


def _source(connection: Connection) -> Any:
    from pipelines.intake.source import Source

    extra, host = connection.extra_dejson, f"{connection.host}:{connection.port}" if connection.port else connection.host
    match connection.conn_type:
        case "fs":
            return Source(extra["path"], transport="folder")
        case "sftp" | "ssh":
            return Source(f"sftp://{connection.login}@{host}", keyfile=extra["key_file"], hostkey=extra["host_key"])
        case "aws":
            address = f"{extra['endpoint_url'].rstrip('/')}/{extra['bucket']}"
            return Source(address, access=connection.login or "", secret=connection.password or "", ca=extra.get("ca"))
        case _:
            address = f"https://{host}/{connection.schema or ''}".rstrip("/")
            return Source(address, token=connection.password or "", ca=extra.get("ca"))


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
            """Land what is new. Nothing of a delivery but its id leaves this task. What cannot be had is tried again, then left and named."""
            from pipelines import flow
            from pipelines.core.errors import PullIncomplete, SourceUnavailable, SystemFault
            from pipelines.core.settings import load_settings

            settings, context = load_settings(), get_current_context()
            left, run = "", context["ti"]
            try:
                deliveries = flow.pull(settings, feed.name, source_for(settings, feed.name), context["params"]["again"])
            except PullIncomplete as fault:
                if run.try_number <= run.max_tries:
                    raise
                left, deliveries = str(fault), [flow.landed(settings, feed.name, one) for one in fault.landed]
            except SourceUnavailable:
                raise
            except SystemFault as fault:  # another try would find the same
                raise AirflowFailException(str(fault)) from None
            run.xcom_push("left", left)
            if not deliveries and left:
                raise AirflowFailException(left)
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
        def refusals(refused: list[str], left: str) -> None:
            """Make seen what was refused or left at the sender's. Somebody has to act, and nothing else waits for it."""
            receipts = ", ".join(f"receipts/{feed.name}/{one}.json" for one in refused)
            found = [f"{len(refused)} refused; the others are stored. Read {receipts} and tell the sender."] if refused else []
            if found or left:
                raise AirflowFailException(" ".join([*found, left]))

        pulled = pull()
        refusals(count(admit.expand(batch=pulled)), pulled["left"])
    return dag


for _feed in load_feeds(ROOT / "schemas").values():
    if _feed.status == "live":
        globals()[_feed.name] = feed_dag(_feed)
