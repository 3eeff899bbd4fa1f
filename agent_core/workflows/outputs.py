"""The values a run must hand over with its answer, checked on every turn (R-B5, R-F3)."""

from agent_core.contract.answers import RunAnswer
from agent_core.workflows.workflow import Workflow


def missing_outputs(workflow: Workflow, answer: RunAnswer) -> tuple[str, ...]:
    """Names of required outputs that are missing, empty or not one of the values allowed.

    Only an `answered` run owes its outputs: one that asks or escalates says by that what it does not know.
    """
    if answer.phase != "answered":
        return ()
    wrong: list[str] = []
    for output in workflow.outputs:
        value = answer.outputs.get(output.name, "").strip()
        if (not value and output.required) or (value and output.values and value not in output.values):
            wrong.append(output.name)
    return tuple(wrong)
