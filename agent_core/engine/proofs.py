"""What a workflow wants proven before a call, read from the log: sent replies and the customer's own messages (R-B4).

It must never take a model's word for anything: the only thing a model gives is a quote, and that is looked for.
"""

import re
from collections.abc import Mapping
from typing import Final

from pydantic import JsonValue

from agent_core.contract.ids import ToolName
from agent_core.conversation.proof import Missing, Said, confirmed, delivered
from agent_core.conversation.state import Run
from agent_core.engine.common import Context
from agent_core.workflows.workflow import Proof, Workflow

_ONE: Final = re.compile(r"\{[^{}|]+\}")
_NOT_OFFERED = Missing(
    "offer_not_delivered",
    "The question of step `{step}` has not been asked yet, word for word; nothing was done.",
)


async def missing_proof(context: Context, run: Run, tool: ToolName, arguments: Mapping[str, JsonValue]) -> Missing | None:
    """What is missing before this call may be made; None when nothing is, or when nothing is wanted."""
    for proof in _wanted(context, run, tool):
        missing = await _missing(context, run, proof, arguments)
        if missing is not None:
            return missing
    return None


async def is_confirmed(context: Context, run: Run, tool: ToolName, arguments: Mapping[str, JsonValue]) -> bool:
    """Whether the workflow wants proof for this call, and all of it is there: policy's `customerConfirmed`."""
    return bool(_wanted(context, run, tool)) and await missing_proof(context, run, tool, arguments) is None


def _wanted(context: Context, run: Run, tool: ToolName) -> tuple[Proof, ...]:
    return tuple(proof for proof in context.workflow_of(run).proofs if proof.tool == tool)


async def _missing(context: Context, run: Run, proof: Proof, arguments: Mapping[str, JsonValue]) -> Missing | None:
    session = context.session
    state = session.state
    step = context.workflow_of(run).step(proof.offer)
    heir = state.heir(run.run)
    entries = {
        entry.seq: entry.body
        for each in state.runs.values()
        if state.heir(each.run) == heir
        for entry in (*each.transcript, *each.later)
        if entry.kind == "sent"
    }
    heard = [message for message in state.messages if message.author == "customer" and not message.gone]
    texts = await session.texts((*entries.values(), *(message.text for message in heard)))
    at = delivered(
        (step.ask or {}).values() if step is not None else (),
        [Said(seq, texts[body.id]) for seq, body in entries.items()],
        _filled(context.workflow_of(run), proof.tool, arguments),
    )
    if at is None:
        return Missing(_NOT_OFFERED.code, _NOT_OFFERED.sentence.format(step=proof.offer))
    declared = context.release_of(run).tools_of(run.workflow).get(ToolName(proof.tool))
    quote = arguments.get(declared.confirmation) if declared is not None and declared.confirmation else None
    return confirmed(str(quote) if quote is not None else None, at, [Said(m.seq, texts[m.text.id]) for m in heard])


def _filled(workflow: Workflow, tool: ToolName, arguments: Mapping[str, JsonValue]) -> dict[str, str]:
    """What the placeholders stand for that the steps fill this call with: an offer that names one must have named this."""
    return {
        given[1:-1]: str(arguments[name])
        for step in workflow.steps
        if step.call == tool
        for name, given in step.arguments.items()
        if isinstance(given, str) and _ONE.fullmatch(given) and name in arguments
    }
