"""One really executed path through every workflow of a brand folder, against the sandbox, before it may go live (R-A9).

A core of its own, in a folder that is gone afterwards, with stand-ins over real sockets: customers of the sandbox write what
the workflow says its customers write, and the log tells what happened. Nothing of the real installation is touched: no
connection, no key, no log. It must never decide what a workflow should do; only whether it can be walked at all.
"""

import asyncio
import contextlib
import json
import re
import tempfile
from collections.abc import AsyncGenerator, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import httpx
from pydantic import JsonValue

from agent_core.contract.bodies import Body
from agent_core.contract.events import (
    AskRaised,
    ControlChanged,
    ModelSpoke,
    Recorded,
    ReplyDropped,
    ReplySent,
    RunAnswered,
    RunEscalated,
    RunFailed,
    RunOpened,
    Triaged,
)
from agent_core.contract.ids import BrandId, ConversationId, RunId, WorkflowName, conversation_id
from agent_core.conversation.evolve import fold
from agent_core.conversation.state import State
from agent_core.sandbox.shop.people import KnownOrder, KnownPerson
from agent_core.service.api import create_app
from agent_core.service.composition import Core
from agent_core.service.preflight_examples import Casting, unlike
from agent_core.service.preflight_report import PreflightFinding, PreflightReport, Severity, Walked
from agent_core.service.resting import resting
from agent_core.service.serving import served
from agent_core.service.settings import SandboxSettings, Settings
from agent_core.service.settled_append import read_log
from agent_core.workflows.release import Release
from agent_core.workflows.workflow import Example, Step, Workflow

CHANNEL: Final = "chat"
PEOPLE: Final = 60
CUSTOMERS: Final = 10
"""Customers who write about one workflow in one language: few enough to be quick, different enough to reach its steps."""
PATIENCE: Final = 60.0
"""Seconds after which a conversation that has not come to rest counts as stuck."""
_AT_ONCE: Final = 12
_POLL: Final = 0.05
_CANNOT_GO_ON: Final = frozenset(
    {"workflow_unreadable", "tool_unavailable", "no_step_applied", "not_run_repeatedly", "reply_not_allowed"}
)
"""Reasons that mean: the workflow cannot be followed, or its own words are not allowed by its own brand."""
_OPENINGS: Final[Mapping[str, str]] = {"en": "Hello, please help me", "de": "Guten Tag, bitte helfen Sie mir"}
_ANSWERS: Final[Mapping[str, tuple[str, str]]] = {
    "en": ("Yes, please.", "No thanks, rather not."), "de": ("Ja, gern.", "Nein danke, doch nicht."),
}  # fmt: skip
"""A yes and a no; three of four customers say yes."""
_PLACEHOLDER: Final = re.compile(r"\\\{[^{}]*\\\}")


@dataclass(slots=True)
class _Walk:
    """What is gathered about one workflow."""

    workflow: Workflow
    conversations: int = 0
    runs: int = 0
    languages: set[str] = field(default_factory=set[str])
    steps: set[str] = field(default_factory=set[str])
    outcomes: dict[str, int] = field(default_factory=dict[str, int])
    faults: dict[str, str] = field(default_factory=dict[str, str])
    unlike: list[str] = field(default_factory=list[str])
    unplayed: list[int] = field(default_factory=list[int])


@dataclass(frozen=True, slots=True)
class _Line:
    """One customer's message about one workflow."""

    workflow: WorkflowName
    language: str
    person: KnownPerson
    says: tuple[str, ...]
    """What they write, a later line each time they are asked something."""
    example: Example | None = None


async def preflight(folder: Path, release: Release, *, only: Collection[str] = ()) -> PreflightReport:
    """Walks every workflow of a brand folder.

    Args:
        folder: The folder the release was read from.
        release: The release; every finding is about it.
        only: Names of the workflows to walk, for somebody who is writing one; none means all of them.

    Raises:
        Unusable: The sandbox cannot start on this machine.
    """
    walked = [workflow for workflow in release.workflows.values() if not only or workflow.name in only]
    walks = {WorkflowName(workflow.name): _Walk(workflow) for workflow in walked}
    with tempfile.TemporaryDirectory(prefix="countersign-preflight-") as place:
        settings = Settings(
            data=Path(place) / "data",
            config=Path(place) / "config",
            brands=(folder,),
            sandbox=SandboxSettings(people=PEOPLE),
            preflight=False,
        )
        async with Core.open(settings) as core, served(create_app(core)) as at:
            assert core.sandbox is not None
            await core.sandbox.point_at(at.base_url)
            people = await asyncio.to_thread(core.sandbox.shop_of(release.brand.name).people)
            lines = [*_examples(release, walks.values(), people)]
            lines += [line for workflow in walked for line in _lines(release, workflow, people)]
            await _play(core, release.brand.name, lines, walks)
    return _report(release, walks)


def _lines(release: Release, workflow: Workflow, people: Sequence[KnownPerson]) -> Iterator[_Line]:
    """What customers write about a workflow, in each language of the brand, about orders that differ."""
    phrases = [phrase for intent in workflow.intents for phrase in intent.phrases]
    subscribed = any(release.tools[name].resource_type == "Subscription" for name in workflow.tools)
    chosen = list(_subscribers(people) if subscribed else _different(people))[:CUSTOMERS]
    for turn, language in enumerate(release.brand.languages):
        opening = _OPENINGS.get(language, "")
        for number, (person, order) in enumerate(chosen):
            words = [opening, phrases[(number + turn) % len(phrases)]]
            # Every second customer tells everything, in every second language the other ones; the rest leave out what a
            # workflow may have to ask for, and one in five tells nothing at all.
            everything = (number + turn) % 2 == 0
            names = workflow.entities if everything else () if subscribed else workflow.entities[:1]
            told = [_entity(release, name, order) for name in names] if (number + turn) % 5 != 4 else []
            yes_or_no = _ANSWERS.get(language, _ANSWERS["en"])[number % 4 == 3]
            yield _Line(
                WorkflowName(workflow.name),
                language,
                person,
                (
                    " ".join(word for word in (*words, *told) if word) + ".",
                    yes_or_no if told or not names else f"{yes_or_no} {_entity(release, names[0], order)}",
                ),
            )


def _examples(release: Release, walks: Iterable[_Walk], people: Sequence[KnownPerson]) -> Iterator[_Line]:
    """The workflows' own examples, each played by somebody whom it fits."""
    casting = Casting(people[::-1])
    for walk in walks:
        for number, example in enumerate(walk.workflow.examples, 1):
            cast = casting.of(example)
            if cast is None:
                walk.unplayed.append(number)
                continue
            language = example.language or release.brand.default_language
            yield _Line(WorkflowName(walk.workflow.name), language, cast.person, cast.says, example)


def _subscribers(people: Sequence[KnownPerson]) -> Iterator[tuple[KnownPerson, KnownOrder]]:
    """Customers with no, one and several subscriptions in turns."""
    rows = [[p for p in people if p.orders and min(len(p.plans), 2) == count] for count in (1, 0, 2)]
    for depth in range(max(map(len, rows), default=0)):
        yield from ((row[depth], row[depth].orders[0]) for row in rows if depth < len(row))


def _different(people: Sequence[KnownPerson]) -> Iterator[tuple[KnownPerson, KnownOrder]]:
    """A customer for each kind of order there is, then more of each."""
    kinds: dict[tuple[str, bool, bool], list[tuple[KnownPerson, KnownOrder]]] = {}
    for person in people:
        for order in person.orders:
            kinds.setdefault((order.status, order.charged_twice, order.refundable_minor > 0), []).append((person, order))
    rows = list(kinds.values())
    for depth in range(max(map(len, rows), default=0)):
        yield from (row[depth] for row in rows if depth < len(row))


def _entity(release: Release, name: str, order: KnownOrder) -> str:
    entity = release.brand.entities[name]
    return order.id if re.fullmatch(entity.pattern, order.id, re.IGNORECASE) else entity.example


async def _play(core: Core, brand: BrandId, lines: Iterable[_Line], walks: Mapping[WorkflowName, _Walk]) -> None:
    room = asyncio.Semaphore(_AT_ONCE)
    async with _customers(core, brand) as write, asyncio.TaskGroup() as group:

        async def one(number: int, line: _Line) -> None:
            async with room:
                name = f"preflight-{number}"
                stream = conversation_id(brand, CHANNEL, name, secret=core.store.secret)
                walk = walks[line.workflow]
                walk.conversations += 1
                for said, text in enumerate(line.says, 1):
                    await write(name, line, text)
                    rested = await _rested(core, stream, said)
                    if rested is None:
                        walk.faults["stuck"] = f"A conversation did not come to rest within {PATIENCE:.0f} seconds."
                    if rested is None or not any(run.phase == "asking" for run in rested.runs.values()):
                        break
                await _learn(core, stream, walk)
                if line.example is not None:
                    await _compare(core, stream, line, line.example, walk)

        for number, line in enumerate(lines):
            group.create_task(one(number, line), name=f"preflight {number}")


@contextlib.asynccontextmanager
async def _customers(core: Core, brand: BrandId) -> "AsyncGenerator[Any]":
    """A function by which customers of the sandbox write."""
    assert core.sandbox is not None
    connection = core.sandbox.connections[brand]
    headers = {"authorization": f"Bearer {connection.channel_token.get_secret_value()}"}
    # A connection of its own for each message: one that is kept may be closed by the other side as it is used again.
    limits = httpx.Limits(max_keepalive_connections=0)
    async with httpx.AsyncClient(trust_env=False, timeout=60, headers=headers, limits=limits) as client:

        async def write(conversation: str, line: _Line, text: str) -> None:
            person = line.person
            customer = {"id": person.id, "name": person.name, "email": person.email, "authenticated": True}
            body = {
                "conversation": conversation, "channel": CHANNEL, "customer": customer, "text": text,
                "language": line.language,
            }  # fmt: skip
            answer = await client.post(f"{connection.channel_url}/_sandbox/messages", json=body)
            answer.raise_for_status()

        yield write


async def _rested(core: Core, stream: ConversationId, messages: int) -> State | None:
    """The conversation once it has come to rest after so many messages; None when it does not."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(PATIENCE):
            while True:
                if await core.store.head(stream) is not None:
                    state = (await read_log(core.store, stream)).state
                    busy = state.open or any(run.phase == "working" for run in state.runs.values())
                    heard = len(state.messages) >= messages and state.turn.through >= state.messages[-1].seq
                    if heard and resting(state) != "working" and not busy:
                        return state
                await asyncio.sleep(_POLL)
    return None


async def _compare(core: Core, stream: ConversationId, line: _Line, example: Example, walk: _Walk) -> None:
    """Whether an example ended as it says."""
    records = await core.store.records(stream)
    refs = [
        r.event.answer for r in records if isinstance(r.event, RunAnswered | RunEscalated) and r.event.answer is not None
    ]
    different = unlike(example, walk.workflow, records, fold(records), await core.store.bodies(refs))
    if different is not None:
        number = walk.workflow.examples.index(example) + 1
        walk.unlike.append(f"Example {number} (“{line.says[0][:80]}”) is not met: {different}.")


async def _learn(core: Core, stream: ConversationId, walk: _Walk) -> None:
    """Reads from one conversation's log what became of its run of this workflow."""
    if await core.store.head(stream) is None:
        walk.faults["nothing_arrived"] = "A customer's message never reached the core."
        return
    records = await core.store.records(stream)
    state = fold(records)
    mine = {r.event.run for r in records if isinstance(r.event, RunOpened) and r.event.workflow == walk.workflow.name}
    walk.runs += len(mine)
    language = next((r.event.language for r in records if isinstance(r.event, Triaged)), "und")
    spoken = [r.event for r in records if isinstance(r.event, ModelSpoke) and r.event.run in mine]
    answers = [r.event for r in records if isinstance(r.event, RunAnswered | RunEscalated) and r.event.run in mine]
    wanted = [call.arguments for event in spoken for call in event.calls]
    wanted += [event.answer for event in answers if event.answer is not None]
    bodies = await core.store.bodies(wanted)
    for event in spoken:
        for call in event.calls:
            walk.steps.update(_called(walk.workflow, call.tool, bodies.get(call.arguments.id)))
    for run in (state.runs[run] for run in mine if run in state.runs):
        walk.languages.add(language)
        phase = f"escalated as {run.escalation}" if run.phase == "escalated" else run.phase.replace("_", " ")
        walk.outcomes[phase] = walk.outcomes.get(phase, 0) + 1
    for event in answers:
        walk.steps.update(_said(walk.workflow, None if event.answer is None else bodies.get(event.answer.id)))
        if isinstance(event, RunEscalated):
            walk.steps.update(step.id for step in walk.workflow.steps if step.escalate == event.code)
    _faults(records, mine, walk)


def _faults(records: Sequence[Recorded], mine: set[RunId], walk: _Walk) -> None:
    """What must never happen on any path."""
    told = False
    for event in (record.event for record in records):
        match event:
            case RunFailed() if event.run in mine:
                walk.faults[event.code] = event.sentence
            case RunEscalated() if event.run in mine and event.code in _CANNOT_GO_ON:
                walk.faults[event.code] = f"A run ended because its workflow cannot be followed. {event.sentence}"
            case ControlChanged(to="quarantined"):
                walk.faults[event.code] = event.sentence
            case ReplyDropped():
                walk.faults[event.code] = event.sentence
            case ReplySent() | AskRaised():
                told = True
            case _:
                pass
    if mine and not told:
        walk.faults["nobody_told"] = "A run came to an end, and neither the customer nor a person was told."


def _called(workflow: Workflow, tool: str, arguments: Body | None) -> Iterator[str]:
    """The steps a call may have come from: same tool, and every fixed argument equal."""
    given: Any = {} if arguments is None else json.loads(arguments.text)
    for step in workflow.steps:
        if step.call == tool and all(given.get(name) == value for name, value in _fixed(step)):
            yield step.id


def _fixed(step: Step) -> Iterator[tuple[str, JsonValue]]:
    for name, value in step.arguments.items():
        if "{" not in json.dumps(value):
            yield name, value


def _said(workflow: Workflow, answer: Body | None) -> Iterator[str]:
    """The steps whose words stand in a run's answer."""
    if answer is None:
        return
    told: Any = json.loads(answer.text)
    texts = [str(point.get("text", "")) for point in told.get("points") or () if isinstance(point, dict)]
    texts.extend(str(told[name]) for name in ("question",) if told.get(name))
    for step in workflow.steps:
        patterns = [_pattern(text) for name in ("say", "ask", "pending", "done", "denied", "failed")
                    for text in (getattr(step, name) or {}).values()]  # fmt: skip
        if any(pattern.fullmatch(text.strip()) for pattern in patterns for text in texts):
            yield step.id


def _pattern(text: str) -> re.Pattern[str]:
    return re.compile(_PLACEHOLDER.sub(".{0,500}?", re.escape(text.strip())), re.DOTALL)


def _report(release: Release, walks: Mapping[WorkflowName, _Walk]) -> PreflightReport:
    findings: list[PreflightFinding] = []
    walked: list[Walked] = []
    for name, walk in sorted(walks.items()):
        missed = tuple(step.id for step in walk.workflow.steps if step.id not in walk.steps)
        walked.append(
            Walked(
                workflow=name,
                conversations=walk.conversations,
                runs=walk.runs,
                languages=tuple(sorted(walk.languages)),
                steps=tuple(step.id for step in walk.workflow.steps if step.id in walk.steps),
                missed=missed,
                outcomes=dict(sorted(walk.outcomes.items())),
            )
        )
        findings.extend(_findings(release, walk, missed))
    return PreflightReport(brand=release.brand.name, release=release.digest, walked=tuple(walked), findings=tuple(findings))


def _findings(release: Release, walk: _Walk, missed: tuple[str, ...]) -> Iterator[PreflightFinding]:
    def finding(severity: Severity, code: str, message: str) -> PreflightFinding:
        return PreflightFinding(workflow=walk.workflow.name, severity=severity, code=code, message=message[:400])

    for code, sentence in sorted(walk.faults.items()):
        yield finding("error", code, sentence)
    for sentence in walk.unlike:
        yield finding("error", "example_not_met", sentence)
    for number in walk.unplayed:
        yield finding("warning", "example_not_played", f"Example {number} fits no customer of the sandbox.")
    if not walk.runs:
        yield finding(
            "error", "never_reached", f"{walk.conversations} customers wrote its own phrases, and none of them led to it."
        )
        return
    if not walk.steps:
        yield finding("error", "nothing_executed", "Its runs executed none of its steps.")
    for language in release.brand.languages:
        if language not in walk.languages:
            yield finding("warning", "language_not_walked", f"No run of it settled in `{language}`.")
    guards = {step.id: step.when for step in walk.workflow.steps}
    for step_id in missed:
        why = f"no customer of the sandbox met `{guards[step_id]}`" if guards[step_id] else "no path came here"
        yield finding("warning", "step_not_walked", f"The step `{step_id}` was not executed: {why}.")
