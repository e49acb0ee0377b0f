"""Daily upkeep: what killed runs left is swept, raw deliveries and narratives are purged when their time is up, silent feeds are named,
and what is stored is looked over once more."""

from datetime import timedelta

from airflow.sdk import DAG, task
from airflow.sdk.exceptions import AirflowFailException
from airflow.timetables.trigger import CronTriggerTimetable

PACIFIC = "America/Los_Angeles"

with DAG(
    dag_id="upkeep",
    dag_display_name="Upkeep",
    description="Retention, leftovers, silent feeds, a second look at what is stored",
    schedule=CronTriggerTimetable("0 3 * * *", timezone=PACIFIC, run_immediately=timedelta(0)),
    catchup=False,
    max_active_runs=1,
    tags=["upkeep"],
    default_args={"retries": 1, "retry_delay": timedelta(minutes=5)},
) as dag:

    @task
    def purge() -> dict[str, int]:
        """Remove what may no longer be kept; the audit log says how much."""
        from pipelines import flow
        from pipelines.core.settings import load_settings

        return flow.purge(load_settings())

    @task(retries=0)
    def silence() -> None:
        """Fail, so that somebody looks, when a live feed has sent nothing for longer than its cadence allows. Nothing else waits for it."""
        from pipelines import flow
        from pipelines.core.settings import load_settings

        late = flow.late_feeds(load_settings())
        if late:
            raise AirflowFailException("Silence is not a zero.\n" + "\n".join(map(str, late)))

    @task(retries=0)
    def verify() -> None:
        """Fail when the stored texts hold what the gate should have masked. The log names kinds and places, never a value."""
        from collections import Counter

        from pipelines import flow
        from pipelines.core.settings import load_settings

        found = Counter((finding.kind, finding.file) for finding in flow.verify_store(load_settings()))
        if found:
            named = "; ".join(f"{number} x {kind} in {file}" for (kind, file), number in sorted(found.items())[:20])
            raise AirflowFailException(f"Identifiers may rest in the store: {named}. Run `stas verify-store` and call the privacy officer.")

    purge() >> verify()
    silence()
