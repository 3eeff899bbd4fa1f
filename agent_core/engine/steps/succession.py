"""A run goes on as another one (DESIGN §3): plain, marked history instead of an edited transcript (R-A7, R-A8).

`continue_as` is the one way to do it, whatever the reason: too long, refused, another model, repaired. Nothing is fired
again: what the old run's calls came to is told as it stands in the log. It must never carry what a model said or thought.
"""

import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final, cast

from agent_core.boundary import marking
from agent_core.contract.bodies import BodyRef
from agent_core.contract.clock import iso
from agent_core.contract.events import CallAnswered, ModelSpoke, NoticeGiven, RunContinuedAs, RunEscalated
from agent_core.contract.ids import BodyId, RunId
from agent_core.contract.outcomes import ToolOutcome
from agent_core.conversation.plan import ContinueRun, FailRun, LeaveOutTurn
from agent_core.conversation.state import Entry, Run
from agent_core.conversation.successor import FAILED_OVER, MOST_LEFT_OUT, REFUSED, SPOKEN, TOO_LONG, carried, keep_newest
from agent_core.engine.common import Context, escalate, raise_ask, sentence
from agent_core.engine.readable import readable, readable_facts, unreadable
from agent_core.engine.session import Pending, Session, loose_json_body
from agent_core.engine.work import Work

MOST_HISTORY: Final = 24_000
"""Characters of what calls came to, in a successor that need not be short."""
MOST_SPOKEN: Final = 48_000
"""Bytes of what customer, colleagues and code said."""
_MOST_RESULT: Final = 4_000
_LEAST_ROOM: Final = 3_000
_LEAST_FACTS: Final = 20
_MOST_FACTS: Final = 150
_FACT: Final = 120
"""Characters of one fact, about."""


async def continue_run(context: Context, step: ContinueRun) -> Work:
    """Shorter, or answered by the brand's other model."""
    run = context.session.state.runs[step.run]
    said = sum(entry.body.size for entry in run.transcript)
    room = max(_LEAST_ROOM, said // 4) if step.code == TOO_LONG else None
    return Work(await continue_as(context, run, step.code, room=room, fallback=step.code == FAILED_OVER))


async def fail_run(context: Context, step: FailRun) -> Work:
    """The run cannot go on: its part goes to people."""
    return Work(escalate(context, step.run, step.code, failed=True))


async def leave_out_turn(context: Context, step: LeaveOutTurn) -> Work:
    """People take what the model refused; the run goes on without it, so that it does not refuse the next message too."""
    session = context.session
    run = session.state.runs[step.run]
    refused = _since_last_answer(run)
    pending = await continue_as(context, run, REFUSED, left_out=refused)
    session.plan(pending)
    event = RunEscalated(run=_successor_of(pending), code=REFUSED, sentence=sentence(REFUSED))
    ask = raise_ask(context, "escalation", f"run:{run.run}", REFUSED, run=event.run)
    session.plan(Pending((session.draft(event), session.draft(ask))))
    return Work(planned=True)


async def continue_as(
    context: Context,
    run: Run,
    code: str,
    *,
    room: int | None = None,
    left_out: tuple[BodyId, ...] = (),
    told: Mapping[str, str] | None = None,
    fallback: bool = False,
) -> Pending:
    """Everything that makes a run go on as another one: one event and the bodies it names.

    Args:
        context: What a step may use.
        run: The run, with no open call.
        code: Why.
        room: How much of what was said, and of what calls came to, may come along; in characters, each.
        left_out: Bodies of entries that stay behind.
        told: What is known by now of calls, by their id: it replaces the outcome on record (`succeeded`, `unknown`, …).
        fallback: The brand's other model answers from here on.

    Returns:
        What to append under the fence. The new run stands where the old one stood: due, working, in the same turn.
    """
    session = context.session
    most = MOST_SPOKEN if room is None else room
    gone = {entry.body.id: entry.kind for entry in await unreadable(session, run)}
    left_out = (*left_out, *(body for body, kind in gone.items() if kind in SPOKEN))[:MOST_LEFT_OUT]
    kept = keep_newest(run, characters=min(MOST_SPOKEN, most), left_out=left_out)
    along = frozenset(entry.body.id for entry in carried(run, since=kept.since, left_out=kept.left_out))
    calls = await _history(
        context, run, room=min(MOST_HISTORY, most), silent=frozenset(left_out), told=told or {}, along=along
    )
    beginning = run.transcript[0].body
    old = {"language": context.language} if beginning.id in gone else await session.json(beginning)
    number = max(int(name.removeprefix("r")) for name in session.state.runs) + 1
    facts = await readable_facts(session)
    count = max(_LEAST_FACTS, min(_MOST_FACTS, most // _FACT))
    newest = sorted(facts.items(), key=lambda item: item[1].source_seq)[-count:]
    began = {
        **old,
        "now": iso(session.now),
        "facts": [{"id": fact.id, "key": key, "value": fact.value} for key, fact in newest],
        "continues": {"run": run.run, "why": code, "messages_left_out": kept.dropped + len(left_out)},
    }
    body = loose_json_body("context", began)
    history = loose_json_body("notice", {"outcome": "continued", "by": "code", "earlier": calls}) if calls else None
    event = RunContinuedAs(
        run=run.run,
        successor=RunId(f"r{number}"),
        code=code,
        suffix=marking.new_suffix(secrets.token_bytes(marking.SUFFIX_BYTES)),
        context=body.ref,
        history=None if history is None else history.ref,
        since=kept.since,
        left_out=kept.left_out,
        fallback=fallback,
    )
    return Pending((session.draft(event),), (body, *([history] if history else [])))


def _successor_of(pending: Pending) -> RunId:
    event = pending.drafts[0].event
    assert isinstance(event, RunContinuedAs)
    return event.successor


def _since_last_answer(run: Run) -> tuple[BodyId, ...]:
    """What the model had not answered yet when it refused."""
    found: list[BodyId] = []
    for entry in reversed(run.transcript):
        if entry.kind == "assistant":
            break
        if entry.kind != "context":
            found.append(entry.body.id)
    return tuple(reversed(found))


async def _history(
    context: Context,
    run: Run,
    *,
    room: int,
    silent: frozenset[BodyId],
    told: Mapping[str, str],
    along: frozenset[BodyId],
) -> list[dict[str, Any]]:
    """What the calls of the run and of those before it came to, newest first as far as there is room.

    Every write is told, also when what it answered does not fit: that it was done must never be forgotten. A read that does
    not fit stays behind as if it had not been made. What people, a look-up or another system said about a call later is what
    it came to, where the notice that told it stays behind.

    Args:
        context: What a step may use.
        run: The run that is continued.
        room: How long it may be, in characters.
        silent: Results that are named without what they say.
        told: Outcomes that replace those on record.
        along: Bodies of what comes along.
    """
    session = context.session
    texts = await readable(session, (entry.body for entry in run.transcript if entry.kind in ("result", "notice")))
    pairs = await recorded_calls(session, run)
    rows: list[dict[str, Any]] = []
    for entry in run.transcript:
        if entry.kind == "result":
            row = await _row(session, pairs.get(entry.tool_use_id or ""), entry, texts.get(entry.body.id))
            if row["tool_use_id"] in told:
                row |= {"outcome": told[row["tool_use_id"]]}
            rows.append({**row, "result": None} if entry.body.id in silent else row)
        elif entry.kind == "notice" and entry.body.id in texts:
            rows.extend(json.loads(texts[entry.body.id]).get("earlier", ()))
    news = await _news(session, run)
    rows = [await _settled(session, row, news.get(row["tool_use_id"]), along, silent) for row in rows]
    kept: list[dict[str, Any]] = []
    offered = context.release_of(run).tools_of(run.workflow)
    for row in reversed(rows):
        if row["result"] is None or _size(row) > min(room, _MOST_RESULT):
            if not any(name == row["tool"] and tool.writes for name, tool in offered.items()):
                continue  # a read can be made again, and is better than half of an answer
            row = {key: value for key, value in row.items() if key != "facts"} | {"result": {"left_out": True}}
        room -= _size(row)
        kept.append(row)
    return list(reversed(kept))


@dataclass(frozen=True, slots=True)
class _Pair:
    """A call as the log recorded it, and how it ended."""

    tool: str
    arguments: BodyRef
    outcome: ToolOutcome | None = None


async def recorded_calls(session: Session, run: Run) -> dict[str, _Pair]:
    """What a run's model asked for and what came of it, by the call's id: never read back from what the model wrote."""
    pairs: dict[str, _Pair] = {}
    for record in await session.store.records(session.stream):
        event = record.event
        if isinstance(event, ModelSpoke) and event.run == run.run:
            pairs |= {named.tool_use_id: _Pair(named.tool, named.arguments) for named in event.calls}
        elif isinstance(event, CallAnswered) and event.run == run.run and event.tool_use_id in pairs:
            pairs[event.tool_use_id] = replace(pairs[event.tool_use_id], outcome=event.outcome)
    return pairs | {call.tool_use_id: _Pair(call.tool, call.arguments, call.outcome) for call in run.calls}


async def _row(session: Session, pair: _Pair | None, entry: Entry, text: str | None) -> dict[str, Any]:
    """One call of the history: what was asked, and what it came to as far as that can still be read."""
    given = {} if pair is None else await readable(session, (pair.arguments,))
    arguments = _object(next(iter(given.values()), None)) or {}
    row: dict[str, Any] = {
        "tool_use_id": entry.tool_use_id or "",
        "tool": "" if pair is None else pair.tool,
        "arguments": arguments,
        "outcome": "unknown" if pair is None or pair.outcome is None else pair.outcome,
        "result": None,
    }
    return row | (_object(text) or {})


async def _news(session: Session, run: Run) -> dict[str, NoticeGiven]:
    """What the run, or one that it continues, was told later about its calls, by the call's id: the newest of it."""
    heir = session.state.heir(run.run)
    events = (record.event for record in await session.store.records(session.stream))
    return {
        event.tool_use_id: event
        for event in events
        if isinstance(event, NoticeGiven) and session.state.heir(event.run) == heir
    }


async def _settled(
    session: Session,
    row: dict[str, Any],
    notice: NoticeGiven | None,
    along: frozenset[BodyId],
    silent: frozenset[BodyId],
) -> dict[str, Any]:
    """A call that was left open when it was answered, as it ended; `pending` for ever would be believed."""
    if notice is None or row["outcome"] not in _LEFT_OPEN or notice.notice.id in along:
        return row
    ended = {**{name: row[name] for name in ("tool_use_id", "tool", "arguments")}, "result": None}
    if notice.notice.id not in silent:
        found = await readable(session, (notice.notice,))
        ended |= _object(found.get(notice.notice.id)) or {}
    return {**ended, "tool_use_id": row["tool_use_id"], "outcome": notice.outcome}


_LEFT_OPEN: Final = frozenset({"pending", "unknown"})


def _object(text: str | None) -> dict[str, Any] | None:
    """A JSON object, if it is one."""
    try:
        value = None if text is None else json.loads(text)
    except ValueError:
        return None
    return cast("dict[str, Any]", value) if isinstance(value, dict) else None


def _size(row: Mapping[str, Any]) -> int:
    return len(json.dumps(row, ensure_ascii=False))
