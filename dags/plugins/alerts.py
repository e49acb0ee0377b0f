"""What is said when a task fails: the run, the stage and the codes of what went wrong, in the task's log and the audit log; never a value."""

import logging
from typing import Any

log = logging.getLogger(__name__)


def tell(context: Any) -> None:
    """The failure callback of every feed's tasks."""
    from pipelines import flow
    from pipelines.core.settings import load_settings

    ti = context["task_instance"]
    codes = flow.note_failure(load_settings(), f"{ti.dag_id}/{ti.run_id}", ti.task_id, context.get("exception"))
    log.error("failed: run %s of %s, stage %s, codes %s", ti.run_id, ti.dag_id, ti.task_id, ", ".join(codes))
