"""The form that stops a workflow, and the question that lets it work again: what stops stands beside the choice (R-M3).

Pure. It must never let a workflow be stopped of which the core has not said what stops.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from agent_core.contract.ids import WorkflowName
from agent_core.contract.stopping import MOST_COUNTED, PausedWorkflow, WorkflowReach
from console import texts_stopping as texts
from console.presenting.stopping import by_whom
from console.shell.form import FormField, FormFollows, FormLine, FormProps, Given
from console.widgets.check_row import CheckProps
from console.widgets.prompt_overlay import PromptProps

FIELD: Final = "workflow"


def resume_question(key: str, one: PausedWorkflow, now: datetime) -> PromptProps:
    """Whether it is to work again; its answer is signed."""
    title, words = texts.RESUME_TITLE.format(workflow=one.title), f"{by_whom(one, now)}. {texts.RESUME_WORDS}"
    return PromptProps(key, title, words, texts.RESUME_YES, "accent", "play")


def stop_form(
    key: str, brand: str, workflows: Sequence[WorkflowReach], chosen: WorkflowName | None, now: datetime
) -> FormProps:
    """Which workflow is to stop, with what stops beside it."""
    choices = tuple(
        CheckProps(
            one.workflow, one.title, "" if one.paused is None else by_whom(one.paused, now), enabled=one.paused is None
        )
        for one in workflows
    )
    free = [one.workflow for one in workflows if one.paused is None]
    given = (chosen,) if chosen is not None and chosen in free else ()
    field = FormField(FIELD, texts.WHICH, "one", choices, given, required=True)
    return FormProps(
        key, texts.TITLE.format(brand=brand), texts.WORDS, (field,), texts.YES, "warn", "octagon-pause", texts.FOLLOWS,
        follows(workflows, {FIELD: given}),
    )  # fmt: skip


def chosen_in(given: Given) -> WorkflowName | None:
    """The workflow that is chosen."""
    said = given.get(FIELD, ())
    return WorkflowName(said[0]) if said else None


def follows(workflows: Sequence[WorkflowReach], given: Given) -> FormFollows:
    """What would stop."""
    wanted = chosen_in(given)
    one = next((each for each in workflows if each.workflow == wanted), None)
    if one is None:
        return FormFollows(ready=False, note=texts.NOT_CHOSEN if workflows else texts.NOTHING_TO_PAUSE, of=given)
    if one.paused is not None:
        return FormFollows(ready=False, note=texts.ALREADY, of=given)
    approvals = texts.APPROVALS.of(one.asks) if one.asks else texts.NO_APPROVAL
    lines = (
        FormLine(_conversations(one.conversations), icon="messages-square", tone="warn" if one.conversations else None),
        FormLine(approvals, texts.APPROVALS_BELOW if one.asks else "", "shield-alert", "warn" if one.asks else None),
        FormLine(texts.NOTHING_NEW, texts.NOTHING_NEW_BELOW, "octagon-pause"),
        FormLine(texts.CUSTOMERS, texts.CUSTOMERS_BELOW, "users"),
    )
    return FormFollows(lines, ready=True, note=texts.NOTE, of=given)


def _conversations(count: int) -> str:
    if count >= MOST_COUNTED:
        return texts.MOST.format(count=MOST_COUNTED)
    return texts.CONVERSATIONS.of(count) if count else texts.NO_CONVERSATION
