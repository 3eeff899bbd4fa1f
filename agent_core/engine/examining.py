"""A conversation in quarantine as on-call is shown it: which runs are damaged, which calls are open, what is known of them.

Only reads the log. What it finds has a digest, and a repair is built on exactly that: what was shown and signed is what is
done, or nothing is. What waits for a person's yes is no damage and is never in here (R-A8).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

from agent_core.contract.canonical import digest
from agent_core.contract.errors import CountersignError, Unavailable
from agent_core.contract.ids import ProposalId, RunId, ToolName
from agent_core.contract.repairing import CallAnswerWord
from agent_core.conversation.health.findings import Finding
from agent_core.conversation.state import Call, OpenEffect, Run, State
from agent_core.engine.common import Context
from agent_core.engine.readable import unreadable
from agent_core.engine.requests import faults, run_request
from agent_core.models.port import ModelRequest

Stand = Literal["never_sent", "ended_without_success", "on_its_way"]

_EVERY: Final[tuple[CallAnswerWord, ...]] = ("executed", "not_executed", "unknown")


@dataclass(frozen=True, slots=True)
class OpenCall:
    """A call without a result, or an approved action on its way; `key` names it."""

    key: str
    run: RunId
    tool: str
    writes: bool
    stand: Stand
    attempts: int
    call: Call | None = None
    effect: OpenEffect | None = None
    proposal: ProposalId | None = None

    @property
    def allowed(self) -> tuple[CallAnswerWord, ...]:
        """What may be said about it: only of what was sent is it possible that nobody knows."""
        if not self.writes:
            return ("not_executed",)
        return _EVERY if self.stand == "on_its_way" else ("executed", "not_executed")

    @property
    def presumed(self) -> CallAnswerWord:
        """What the record alone suggests."""
        return "unknown" if self.stand == "on_its_way" and self.writes else "not_executed"


@dataclass(frozen=True, slots=True)
class Broken:
    """A run that must go on as another one, and why."""

    run: RunId
    why: str
    findings: tuple[Finding, ...] = ()
    request: ModelRequest | None = None


@dataclass(frozen=True, slots=True)
class Examined:
    """Everything a repair is about. `digest` names it."""

    calls: tuple[OpenCall, ...]
    runs: tuple[Broken, ...]
    digest: str
    under_way: bool
    """Something was sent a moment ago and may still be answered: nothing is repaired before its deadline has passed."""


async def examine(context: Context) -> Examined:
    """What is wrong, and what is open."""
    state = context.session.state
    calls = open_calls(context)
    runs = await _broken(context, calls)
    now = context.session.now
    waiting = any(call.effect is not None and call.writes and call.effect.deadline > now for call in calls)
    return Examined(calls, runs, _digest(state, calls, runs), waiting)


def open_calls(context: Context) -> tuple[OpenCall, ...]:
    """Calls of live runs that have no result, and approved actions of which nobody knows yet what became."""
    state = context.session.state
    found: list[OpenCall] = []
    for run in _live(state):
        for call in run.open_calls:
            mine = (run.run, call.tool_use_id)
            performing = (e for e in state.open.values() if e.purpose == "tool" and (e.run, e.tool_use_id) == mine)
            effect = next(performing, None)
            stand: Stand = "on_its_way" if effect else "ended_without_success" if call.attempts else "never_sent"
            writes = call.writes or _writes(context, run, call.tool)
            key = f"{run.run}/{call.tool_use_id}"
            found.append(OpenCall(key, run.run, call.tool, writes, stand, call.attempts, call, effect))
    for effect in state.open.values():
        if effect.purpose == "approved_tool" and effect.proposal is not None and effect.run is not None:
            approved = OpenCall(
                key=effect.proposal,
                run=effect.run,
                tool=str(effect.tool),
                writes=True,
                stand="on_its_way",
                attempts=effect.attempt,
                effect=effect,
                proposal=effect.proposal,
            )
            found.append(approved)
    return tuple(found)


def _live(state: State) -> tuple[Run, ...]:
    return tuple(run for run in state.runs.values() if run.phase not in ("failed", "withdrawn"))


def _writes(context: Context, run: Run, tool: str) -> bool:
    offered = context.release_of(run).tools_of(run.workflow)
    declared = offered.get(ToolName(tool))
    return declared is not None and declared.writes


async def _broken(context: Context, calls: Sequence[OpenCall]) -> tuple[Broken, ...]:
    state = context.session.state
    held = state.quarantine
    waiting = {call.run for call in calls if call.call is not None}
    found: list[Broken] = []
    for run in _live(state):
        if run.run in waiting:
            found.append(Broken(run.run, "open_calls"))
            continue
        try:
            request = await run_request(context, run)
        except Unavailable:
            raise  # a disk that fails for a moment has damaged nothing
        except (CountersignError, KeyError, ValueError, TypeError, AttributeError):
            why = "unreadable" if await unreadable(context.session, run) else "damaged"
            found.append(Broken(run.run, why))
            continue
        findings = faults(request)
        if findings:
            found.append(Broken(run.run, "damaged", findings, request))
        elif held is not None and held.run == run.run:
            found.append(Broken(run.run, "refused", (), request))
    if found or (held is not None and held.cause == "provider"):
        return tuple(found)  # a question without a transcript is made anew in any case
    spoken = (run for run in _live(state) if any(entry.kind == "assistant" for entry in run.transcript))
    return tuple(Broken(run.run, "all") for run in spoken)


def _digest(state: State, calls: Sequence[OpenCall], runs: Sequence[Broken]) -> str:
    """What is shown, without what changes by itself: a claim of the ask or a clock makes no other repair of it."""
    return digest(
        {
            "conversation": state.conversation,
            "since": 0 if state.quarantine is None else state.quarantine.since,
            "seen_through": state.last_customer_seq,
            "epoch": state.epoch,
            "calls": [[c.key, c.stand, c.attempts, "" if c.effect is None else c.effect.effect] for c in calls],
            "runs": [[b.run, b.why, len(state.runs[b.run].transcript)] for b in runs],
        }
    )
