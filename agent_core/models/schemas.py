"""The JSON schemas sent with a request, in the subset the provider takes (R-F3).

They come from the contract's answer classes, so the words exist once. An object of free names is not in the subset: a
run's outputs are therefore named one by one, from its workflow. It must never bound anything: bounds are checked by code
when the answer is read.
"""

from collections.abc import Sequence
from typing import Any

from agent_core.contract.answers import ReplyDraft, RunAnswer, TriageResult, json_schema


def triage_schema() -> dict[str, Any]:
    """The schema of a triage answer."""
    return json_schema(TriageResult)


def run_answer_schema(outputs: Sequence[str]) -> dict[str, Any]:
    """The schema of a run's answer.

    Args:
        outputs: Names of the workflow's required outputs; each is a text that may be left out while the run still asks.
    """
    schema = json_schema(RunAnswer)
    schema["properties"]["outputs"] = {
        "type": "object",
        "properties": {name: {"type": "string"} for name in outputs},
        "required": [],
        "additionalProperties": False,
    }
    return schema


def draft_schema() -> dict[str, Any]:
    """The schema of a composed reply."""
    return json_schema(ReplyDraft)
