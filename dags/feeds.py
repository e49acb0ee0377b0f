"""One DAG per live feed: what is new is pulled, and admitted in parallel, a task per delivery under the delivery's name.

A backlog of many deliveries is one task, in which they share what a process and the contract cost once. A refused delivery stops nothing:
the others are stored and the feed's asset is updated first, then `outcome` fails and names the receipts to read; so it does for a file that
could not be had. A pool per center keeps a slow one from delaying the others.
"""

from datetime import date, timedelta
from typing import Any

from airflow.sdk import DAG, Asset, Connection, ExceptionRetryPolicy, Param, RetryAction, RetryRule, get_current_context, task
from airflow.sdk.exceptions import AirflowFailException, AirflowNotFoundException, AirflowSkipException
from airflow.timetables.trigger import CronTriggerTimetable
from alerts import tell

from pipelines.core.catalog import Feed, load_feeds
from pipelines.core.settings import ROOT

ALONE = 4  # deliveries: up to as many have a task each
PACIFIC = "America/Los_Angeles"
WEEK = timedelta(weeks=1)

DOC = """**{title}.** {notes}

| | |
|---|---|
| Sender | {center}; {owner}, {contact} |
| Comes | {cadence}, by {transport}; change mode `{mode}` |
| Receipts | `receipts/{name}/` (a page and JSON per delivery) |
| A file before it is sent | `stas check FILE --feed {name}`, or sent as `TEST_...` |

**Run again.** *Trigger* takes in what is new; with *Again*, also what was taken in before, if its date lies in the window. *Preview* checks and
stores nothing. *Backfill* takes in the deliveries of a range of weeks once more. The same bytes are the same delivery: nothing counts twice.

**If it is red.** `pull`: the sender's server; it is tried again by itself. `admit`: a fault of ours, the log says which file to mend.
`outcome`: a file was refused; its receipt says what the sender does next.
"""

# Theirs never gets here: it is a receipt. The network is worth a retry; a fault of ours is the same the next time.
RETRY = ExceptionRetryPolicy(
    rules=[
        RetryRule("pipelines.core.errors.SourceUnavailable", RetryAction.RETRY, reason="the sender's server; tried again"),
        RetryRule("pipelines.core.errors.StasError", RetryAction.FAIL, reason="a fault of ours; the same the next time"),
    ]
)
PARAMS = {
    "window_from": Param(None, type=["null", "string"], format="date", title="From", section="Which deliveries", description="Date of the delivery."),
    "window_to": Param(None, type=["null", "string"], format="date", title="To", section="Which deliveries", description="Inclusive."),
    "again": Param(False, type="boolean", title="Again", section="Which deliveries", description="Also take in what was taken in before."),
    "preview": Param(False, type="boolean", title="Preview", section="How", description="Check everything, store nothing."),
    "reason": Param("", type="string", title="Reason", section="Why", description="For Again: ten characters or more; it goes into the audit log."),
}


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


def choice(context: Any) -> tuple[bool, tuple[date | None, date | None]]:
    """Whether to take in again, and between which dates: what the form says, or the week that a backfill is of."""
    if context["dag_run"].run_type == "backfill":
        began, ended = (context[f"data_interval_{end}"].in_timezone(PACIFIC).date() for end in ("start", "end"))
        return True, (began + timedelta(days=1), ended)
    params = context["params"]
    if params["again"] and len(params["reason"].strip()) < 10:
        raise AirflowFailException("Again needs a reason of ten characters or more. Trigger the run once more and say why.")
    first, last = (date.fromisoformat(params[key]) if params[key] else None for key in ("window_from", "window_to"))
    return params["again"], (first, last)


def bring(feed: Feed, context: Any) -> list[tuple[str, str]]:
    """Pull; return the deliveries' ids and labels. What came does not wait for what could not be had, once the tries are used up."""
    from pipelines import flow
    from pipelines.core.errors import SourceUnavailable
    from pipelines.core.settings import load_settings

    settings = load_settings()
    again, within = choice(context)
    if again:
        user = context["dag_run"].triggering_user_name or "schedule"
        flow.note_rerun(settings, user, feed.name, context["run_id"], within, context["params"]["reason"])
    try:
        deliveries = flow.pull(settings, feed.name, source_for(settings, feed.name), again, within)
    except SourceUnavailable as fault:
        came = getattr(fault, "landed", ())
        if not came or context["ti"].try_number <= context["ti"].max_tries:
            raise
        context["ti"].xcom_push("left", type(fault).__name__)
        deliveries = [flow.landed(settings, feed.name, one) for one in came]
    return [(delivery.id, flow.label(settings, delivery)) for delivery in deliveries]


def grouped(deliveries: list[tuple[str, str]]) -> list[dict[str, Any]]:
    """A task per delivery under its name, or, of many, one task under the names of the first and the last."""
    if len(deliveries) > ALONE:
        return [{"ids": [one for one, _ in deliveries], "label": f"{deliveries[0][1]} … {deliveries[-1][1]} ({len(deliveries)})"}]
    return [{"ids": [one], "label": label} for one, label in deliveries]


def feed_dag(feed: Feed) -> DAG:
    """The DAG of one feed."""
    about = {**feed.model_dump(include={"name", "title", "notes", "center", "owner", "contact", "cadence"}), "transport": feed.transport.kind}
    with DAG(
        dag_id=feed.name,
        dag_display_name=f"{feed.title} ({feed.center})",
        description=f"{feed.center}: pull and admit {feed.table}, {feed.cadence}",
        doc_md=DOC.format(**about, mode=feed.change.mode),
        schedule=CronTriggerTimetable("0 6 * * 1", timezone=PACIFIC, interval=WEEK, run_immediately=timedelta(0)),
        catchup=False,
        max_active_runs=1,
        tags=["feed", feed.center, feed.table, feed.cadence],
        owner_links={feed.center: f"mailto:{feed.contact}"},
        params=PARAMS,
        default_args={
            "owner": feed.center,
            "retries": 3,
            "retry_delay": timedelta(seconds=30),
            "retry_exponential_backoff": True,
            "retry_policy": RETRY,
            "on_failure_callback": tell,
        },
    ) as dag:
        asset = Asset(f"stas://canonical/{feed.name}", group="canonical")

        @task(pool=feed.center)
        def pull() -> list[dict[str, Any]]:
            """Land what is new or asked for. Of a delivery nothing leaves this task but its id and its name, if it is one of the feed's."""
            deliveries = bring(feed, get_current_context())
            if not deliveries:
                raise AirflowSkipException("The sender has nothing new.")
            return grouped(deliveries)

        @task(pool=feed.center, map_index_template="{{ label }}")
        def admit(batch: dict[str, Any]) -> list[dict[str, Any]]:
            """Take deliveries to canonical Parquet and receipts; of a preview, to counts and reasons alone."""
            from pipelines import flow
            from pipelines.core.settings import load_settings

            context: Any = get_current_context()
            context["label"] = batch["label"]
            settings = load_settings()
            take = flow.preview_all if context["params"]["preview"] else flow.admit_all
            stored = take(settings, (flow.landed(settings, feed.name, one) for one in batch["ids"]))
            return [{"delivery_id": s.delivery.id, "status": s.status, **s.counts, "codes": list(s.codes)} for s in stored]

        @task(outlets=[asset])
        def count(admitted: Any, outlet_events: Any = None) -> list[dict[str, Any]]:
            """Add up the receipts, bring them up to date with each other, update the asset, and hand on what was refused."""
            from pipelines import flow
            from pipelines.core.settings import load_settings

            batches = list(admitted)
            stored = [row for batch in batches for row in ([batch] if isinstance(batch, dict) else batch)]
            counts = {key: sum(row[key] for row in stored) for key in ("received", "accepted", "quarantined", "duplicate", "refused")}
            if get_current_context()["params"]["preview"]:
                raise AirflowSkipException(f"A preview: nothing was stored. {len(stored)} deliveries: {counts}. The tasks of `admit` say more.")
            flow.review(load_settings(), feed.name)
            outlet_events[asset].extra = {"deliveries": len(stored), **counts}
            return [row for row in stored if row["status"] == "refused"]

        @task(retries=0)
        def outcome(refused: list[dict[str, Any]]) -> None:
            """Make a refused delivery, or one that could not be had, seen. The sender has to act, and nothing else waits for it."""
            context: Any = get_current_context()
            if refused:
                receipts = ", ".join(f"receipts/{feed.name}/{row['delivery_id']}.html" for row in refused)
                codes = ", ".join(sorted({code for row in refused for code in row["codes"] if code.startswith("E-")}))
                raise AirflowFailException(f"{len(refused)} refused ({codes}); the others are stored. Read {receipts} and tell the sender.")
            if left := context["ti"].xcom_pull(task_ids="pull", key="left"):
                raise AirflowFailException(f"Something was left at the sender's ({left}); what came is stored. The next run asks again.")

        outcome(count(admit.expand(batch=pull())))
    return dag


for _feed in load_feeds(ROOT / "schemas").values():
    if _feed.status == "live":
        globals()[_feed.name] = feed_dag(_feed)
