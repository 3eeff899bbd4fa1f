"""Opening a run: what code tells it first, and the messages it hears (R-B2, R-B5).

The same for the router and for a person who overrides it: a run never knows who wanted it. It must never tell a run
anything that outsiders wrote but inside the blocks that are marked as theirs.
"""

import secrets
from collections.abc import Mapping, Sequence
from typing import Any

from agent_core.boundary import marking
from agent_core.contract.bodies import Body
from agent_core.contract.clock import iso
from agent_core.contract.events import RunInput, RunOpened, Told
from agent_core.contract.ids import RunId, WorkflowName
from agent_core.conversation.state import MessageSeen
from agent_core.engine.common import Context
from agent_core.engine.identity import customer_of
from agent_core.engine.session import json_body
from agent_core.workflows.release import Release

MOST_INPUTS = 20
"""Messages that one event brings into a run: an event is at most 8 KiB."""


def next_run(context: Context) -> int:
    """The number of the next run of the conversation."""
    return max((int(run.removeprefix("r")) for run in context.session.state.runs), default=0) + 1


async def run_opened(
    context: Context,
    run: RunId,
    workflow: WorkflowName,
    release: Release,
    *,
    turn: int,
    language: str,
    entities: Mapping[str, str] | None = None,
    words: Sequence[str] = (),
    told: tuple[Told, ...] = (),
    more: Mapping[str, Any] | None = None,
) -> tuple[RunOpened, Body]:
    """A new run, and the body of what it is told by code: when it is, who writes, which values belong to its part.

    Args:
        context: What a step may use.
        run: Its id.
        workflow: Whose instructions and tools it has.
        release: The release it is pinned to.
        turn: The turn it begins in.
        language: What it speaks.
        entities: Values of its own intent.
        words: The customer's words it rests on.
        told: What was sent to the customer before.
        more: Further entries of its context.
    """
    session = context.session
    facts = await session.facts()
    customer = {key.removeprefix("customer."): f.value for key, f in facts.items() if key.startswith("customer.")}
    body = json_body(
        "context",
        {
            "now": iso(session.now),
            "language": language,
            "customer": {"id": await customer_of(session), **customer},
            "entities": dict(entities or {}),
            "words": list(words),
            "facts": [{"id": f.id, "key": key, "value": f.value} for key, f in facts.items()],
            **(more or {}),
        },
    )
    opened = RunOpened(
        run=run,
        workflow=workflow,
        version=release.workflow(workflow).version,
        release=release.digest,
        suffix=marking.new_suffix(secrets.token_bytes(marking.SUFFIX_BYTES)),
        turn=turn,
        context=body.ref,
        told=told,
    )
    return opened, body


def inputs(context: Context, run: RunId, turn: int, *, since: int | None = None) -> list[RunInput]:
    """The messages a run has not heard yet: of this turn, and for a known run also those a person dealt with meanwhile.

    Args:
        context: What a step may use.
        run: The run; it need not be open yet.
        turn: The turn that brings them.
        since: `seq` behind which messages belong to its work; the turn's own beginning unless given.
    """
    state = context.session.state
    known = state.runs.get(run)
    begins = state.turn.after if since is None else min(since, state.turn.after)
    heard = {entry.body.id for entry in known.transcript} if known is not None else set[str]()
    last = max((m.seq for m in state.messages if m.text.id in heard), default=begins)
    after = min(last, begins) if known is not None else begins
    new = [
        m.text
        for m in state.messages
        if m.author == "customer" and after < m.seq <= state.turn.through and m.text.id not in heard and not m.gone
    ]
    if not new:  # the turn is taken again, because something else in it was taken back
        new = [m.text for m in turn_messages(context)]
    return [
        RunInput(run=run, turn=turn, messages=tuple(new[start : start + MOST_INPUTS]))
        for start in range(0, len(new), MOST_INPUTS)
    ]


def turn_messages(context: Context) -> list[MessageSeen]:
    """The customer's messages that the present turn took."""
    state = context.session.state
    taken = (m for m in state.messages if state.turn.after < m.seq <= state.turn.through)
    return [m for m in taken if m.author == "customer" and not m.gone]
