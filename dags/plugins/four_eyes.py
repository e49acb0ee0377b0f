"""The approval of an assessment: by one of the approvers who is not its author. A refusal is recorded and leaves a failed run."""

from typing import Any

from airflow.providers.standard.operators.hitl import ApprovalOperator
from airflow.sdk.exceptions import AirflowFailException


class FourEyesOperator(ApprovalOperator):
    """Waits for the decision on the draft that the task `compile` made. Only approvers other than the author can answer at all (403)."""

    def execute(self, context: Any) -> Any:
        from pipelines.core.settings import load_settings

        author = context["ti"].xcom_pull(task_ids="compile")["author"]
        others = [name for name in load_settings().approvers if name != author]
        if not others:
            raise AirflowFailException("Nobody may approve: the only approver compiled it. Let another analyst compile, or set STAS_APPROVERS.")
        self.assigned_users = [{"id": name, "name": name} for name in others]
        return super().execute(context)

    def execute_complete(self, context: Any, event: dict[str, Any]) -> Any:
        from pipelines import flow
        from pipelines.core.settings import load_settings

        if "error" not in event:
            compiled = context["ti"].xcom_pull(task_ids="compile")
            responder = (event.get("responded_by_user") or {}).get("name")
            if responder is None or responder == compiled["author"]:
                raise AirflowFailException("The decision has to be a second person's. Nothing was published.")
            if self.REJECT in event["chosen_options"]:
                settings = load_settings()
                reason = str((event.get("params_input") or {}).get("reason", ""))
                flow.reject(settings, flow.drafted(settings, compiled["id"]), responder, reason)
        return super().execute_complete(context, event)
