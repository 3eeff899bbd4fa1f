"""The request of a run: made anew from its stored transcript each time, byte for byte the same (R-B3, R-B5, R-A8).

It must never look at anything but the log and the release that the run is pinned to.
"""

import json

from agent_core.conversation.health.diagnosing import errors
from agent_core.conversation.health.findings import Finding
from agent_core.conversation.state import Run
from agent_core.conversation.transcript import beside, build_messages
from agent_core.engine.common import Context
from agent_core.engine.marks import BoundaryMarks
from agent_core.models.port import ModelRequest
from agent_core.workflows import prompt


def faults(request: ModelRequest) -> tuple[Finding, ...]:
    """What is wrong with a request, looked for in the very text that would be sent."""
    try:
        wire = request.request_text()
    except (ValueError, TypeError, RecursionError):
        wire = None  # it cannot be written: the check says why
    return errors(request.request_body(), wire=wire)


MOST_RUN_TOKENS = 4000
LARGER = 4
"""How much more room an answer gets that was cut off."""


async def run_request(context: Context, run: Run, *, larger: bool = False) -> ModelRequest:
    """The run's next request: its workflow's instructions first, its tools only, its transcript as it grew (R-B3, R-B5)."""
    session = context.session
    release = context.release_of(run)
    workflow = context.workflow_of(run)
    inputs = {entry.body.id for entry in run.transcript if entry.kind == "input"}
    named = beside(message for message in session.state.messages if message.text.id in inputs)
    texts = await session.texts((*(entry.body for entry in run.transcript), *named))
    told = await session.json(run.transcript[0].body)
    return ModelRequest(
        purpose="run",
        model=context.brand.model_name("small" if workflow.model == "small" else "standard", fallback=run.fallback),
        system=prompt.run_system(release, run.workflow, told["language"]),
        tools=prompt.tool_schemas(release, run.workflow),
        messages=build_messages(run, session.state.messages, texts, BoundaryMarks(), json.loads, session.blocks),
        output_schema=prompt.answer_schema_of(release, run.workflow),
        max_tokens=LARGER * MOST_RUN_TOKENS if larger else MOST_RUN_TOKENS,
    )
