"""The weekly assessment: compiled by one, approved by another, published as it was read. By schedule on Mondays, or by hand for any week."""

from datetime import timedelta
from typing import Any

import pendulum
from airflow.sdk import DAG, Asset, Param, get_current_context, task
from airflow.timetables.trigger import CronTriggerTimetable
from four_eyes import FourEyesOperator

PACIFIC = "America/Los_Angeles"
RELEASES = Asset("stas://releases", group="releases")

with DAG(
    dag_id="assessment",
    dag_display_name="Weekly assessment",
    description="Disclosure control, compile, approve (four eyes), publish",
    schedule=CronTriggerTimetable("0 9 * * 1", timezone=PACIFIC, run_immediately=timedelta(0)),
    catchup=False,
    max_active_runs=4,
    tags=["assessment"],
    params={
        "week": Param(None, type=["null", "string"], format="date", title="Week", description="Its Monday; by default the last whole week."),
        "audience": Param("programs", enum=["programs"], title="Audience"),
    },
) as dag:

    @task
    def compile() -> dict[str, str]:
        """Pass the week through disclosure control and write the draft. The author is whoever started the run."""
        from datetime import date

        from pipelines import flow
        from pipelines.core.settings import load_settings

        context: Any = get_current_context()
        monday = pendulum.now(PACIFIC).start_of("week").subtract(weeks=1).date()
        week = date.fromisoformat(context["params"]["week"]) if context["params"]["week"] else date(monday.year, monday.month, monday.day)
        author = context["dag_run"].triggering_user_name or "schedule"
        settings = load_settings()
        draft = flow.compile_assessment(settings, flow.current(settings), week, context["params"]["audience"], author)
        return {"id": draft.id, "digest": draft.digest, "author": draft.author, "page": f"drafts/{draft.id}/index.html"}

    approve = FourEyesOperator(
        task_id="approve",
        subject="Publish the assessment {{ ti.xcom_pull(task_ids='compile')['id'] }}?",
        body="Read `{{ ti.xcom_pull(task_ids='compile')['page'] }}`. Compiled by {{ ti.xcom_pull(task_ids='compile')['author'] }}; "
        "manifest SHA-256 {{ ti.xcom_pull(task_ids='compile')['digest'] }}.",
        params={"reason": Param("", type="string", title="Reason", description="Why it is refused; it goes into the audit log.")},
        fail_on_reject=True,
        response_timeout=timedelta(days=6),
    )

    @task(outlets=[RELEASES])
    def publish(compiled: dict[str, str]) -> str:
        """Publish exactly what was approved."""
        from dataclasses import replace

        from pipelines import flow
        from pipelines.core.settings import load_settings

        context: Any = get_current_context()
        approver = context["ti"].xcom_pull(task_ids="approve")["responded_by_user"]["name"]
        settings = load_settings()
        draft = replace(flow.drafted(settings, compiled["id"]), digest=compiled["digest"])
        return flow.publish(settings, draft, approver).id

    compiled = compile()
    compiled >> approve >> publish(compiled)
