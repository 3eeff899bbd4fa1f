"""Something comes between two steps of a worker, at a step the test names; then everybody goes on, and all is judged."""

import functools
import re
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any, Final

from agent_core.contract.errors import CountersignError
from agent_core.contract.events import (
    NoticeGiven,
    Recorded,
    ReplyDrafted,
    ReplySent,
    TurnOpened,
)
from agent_core.contract.ids import CORE_STREAM, ConversationId, WorkflowName
from agent_core.conversation.evolve import fold
from agent_core.conversation.machines import SETTLED
from agent_core.conversation.state import State
from agent_core.service.brands import activate
from agent_core.store import GLOBAL_SCOPE, Append, brand_scope, workflow_scope
from tests.conversation.departures import departures_of
from tests.crash.checker import check
from tests.engine.harness import ORDER, OTHER_ORDER, northwind
from tests.stepping.branding import gate_for
from tests.stepping.core import NORTHWIND, Core
from tests.stepping.loop import Step
from tests.stepping.outsiders import Outsiders
from tests.stepping.play import Play, playing

FIRST: Final = f"Please refund order {ORDER}. Where is order {OTHER_ORDER}?"
LATER: Final = f"And where is order {ORDER}?"
THREAD: Final = "t1"
REFUNDS: Final = workflow_scope(NORTHWIND, WorkflowName("refund_order"))
BOTH_AGAIN: Final = f"Please refund order {ORDER}. And where is order {OTHER_ORDER} now?"
PERSON: Final = "A colleague of mine looks at this now."
NARROWER: Final = """
@id("smaller-alone") @why("Nothing above 15.00 is refunded alone")
forbid (principal, action == Action::"refund_payment.execute", resource is Order)
when { context.arguments.amountMinor > 1500 };
"""


class Scene:
    """One conversation, from its first message to a refund, and whatever comes between."""

    def __init__(self, play: Play) -> None:
        self.play = play
        self.people = Outsiders(play)
        self.conv: ConversationId = play.core.conversation(THREAD)

    @property
    def core(self) -> Core:
        return self.play.core

    def now(self) -> State:
        return self.play.state(self.conv)

    def decide(self, wanted: str = "approve") -> None:
        """A supervisor decides what waits, while everybody goes on."""
        state = self.now()
        for known in state.open_proposals():
            if not known.complete and known.effect is None:
                self.play.run(self.people.decides("sue", self.conv, wanted, card=(state, known)))

    def stop(self, scope: str, *, paused: bool) -> None:
        """The stop switch, as `Pause` and `Resume` append it."""
        wake = () if paused else (scope,)
        append = Append(CORE_STREAM, scope_paused={scope: paused}, wake_scopes=wake)
        self.play.between(self.core.store.append(append))


Between = Callable[[Scene], Coroutine[Any, Any, object]]


async def message(scene: Scene) -> None:
    await scene.people.writes(THREAD, LATER, "later1")


async def two_messages(scene: Scene) -> None:
    await scene.people.writes(THREAD, LATER, "later1")
    await scene.people.writes(THREAD, "Please hurry!", "later2")


async def takeover(scene: Scene) -> None:
    await scene.people.takes_over("leo", scene.conv)


async def person_in_the_channel(scene: Scene) -> None:
    await scene.people.writes(THREAD, PERSON, "person1", by="person")


async def stopped_here(scene: Scene) -> None:
    await scene.people.stops_here("leo", scene.conv)


async def brand_paused(scene: Scene) -> None:
    await scene.core.store.append(Append(CORE_STREAM, scope_paused={brand_scope(NORTHWIND): True}))


async def all_stopped(scene: Scene) -> None:
    await scene.core.store.append(Append(CORE_STREAM, scope_paused={GLOBAL_SCOPE: True}))


async def workflow_paused(scene: Scene) -> None:
    await scene.core.store.append(Append(CORE_STREAM, scope_paused={REFUNDS: True}))


async def other_policy(scene: Scene) -> None:
    """Another policy is active from now on, as an activation makes it."""
    at_work = scene.core.shelf.active(NORTHWIND)
    gate = gate_for(northwind().policy_text + NARROWER)
    scene.core.shelf.put(replace(at_work, gate=gate))
    await activate(scene.core.store, at_work.release, gate)


async def _decided(scene: Scene, wanted: str) -> None:
    state = await scene.people.state(scene.conv)
    for known in state.open_proposals():
        if not known.complete:
            await scene.people.decides("leo", scene.conv, wanted, card=(state, known))


async def approved(scene: Scene) -> None:
    await _decided(scene, "approve")


async def denied(scene: Scene) -> None:
    await _decided(scene, "deny")


async def recalled(scene: Scene) -> None:
    state = await scene.people.state(scene.conv)
    for known in state.open_proposals():
        if known.approvals:
            await scene.people.recalls("sue", scene.conv, known)


BETWEEN: Final[dict[str, Between]] = {
    "a message": message,
    "two quick messages": two_messages,
    "a takeover": takeover,
    "a person in the channel": person_in_the_channel,
    "the agent is stopped here": stopped_here,
    "the brand is paused": brand_paused,
    "everything is stopped": all_stopped,
    "a workflow is paused": workflow_paused,
    "another policy": other_policy,
    "an approval": approved,
    "a denial": denied,
    "a recall": recalled,
}


@dataclass(frozen=True)
class Outcome:
    """What one play came to."""

    steps: int
    point: str
    problems: tuple[str, ...]
    happened: bool


def points() -> list[str]:
    """The name of every step a worker takes in the undisturbed scene: every await point there is, by being passed."""
    _warm()
    names: list[str] = []
    with playing() as play:
        scene = Scene(play)

        def passed(step: Step) -> None:
            if step.owner.endswith("/w1"):
                names.append(play.world.point)

        play.loop.before_step = passed
        _whole(scene)
    return names


@functools.cache
def _warm() -> None:
    """What a process loads the first time it is used is some steps more in its first scene, and only there."""
    with playing() as play:
        _whole(Scene(play))


def play_one(at: int, what: str) -> Outcome:
    """Plays the scene; `what` comes right before the worker's step number `at`."""
    with playing() as play:
        scene = Scene(play)
        count, point = 0, ""

        def passed(step: Step) -> None:
            nonlocal count, point
            if not step.owner.endswith("/w1"):
                return
            if count == at and not point:
                point = play.world.point
                play.world.book.note("between", what_comes=what, point=point)
                play.between(BETWEEN[what](scene))
            count += 1

        play.loop.before_step = passed
        problems: list[str] = []
        try:
            _whole(scene)
            problems += _while_stopped(scene)
            play.loop.before_step = None
            _afterwards(scene)
            problems += _judged(scene, what)
        except (AssertionError, CountersignError) as error:
            problems.append(f"{type(error).__name__}: {error}")
        problems += [f"{each.get('message')}: {each.get('exception')!r}" for each in play.loop.errors]
        return Outcome(count, point, tuple(problems), bool(point))


def _whole(scene: Scene) -> None:
    scene.play.run(scene.people.writes(THREAD, FIRST, "first"))
    scene.play.settle()
    scene.decide()
    scene.play.settle()


def _while_stopped(scene: Scene) -> list[str]:
    """While a person has it, or all is stopped, the customer writes and nobody of ours answers."""
    state = scene.now()
    paused = {name for name, row in scene.play.between(scene.core.store.scopes()).items() if row.paused}
    if state.control == "agent" and not paused:
        return []
    if paused == {REFUNDS}:
        return _others_go_on(scene)
    before = len(scene.play.world.channel.delivered)
    scene.play.run(scene.people.writes(THREAD, "Is it done?", "meanwhile"))
    scene.play.settle(within=600)
    after = len(scene.play.world.channel.delivered)
    return [] if after == before else [f"{after - before} replies while stopped"]


def _others_go_on(scene: Scene) -> list[str]:
    """While one workflow is paused, a customer who writes about both hears of the other, once, and nothing is refunded."""
    payment = scene.play.shop.payments_of(ORDER)[0]["id"]
    before, refunds = len(scene.play.world.channel.delivered), scene.play.shop.refunds(payment_id=payment)
    scene.play.run(scene.people.writes(THREAD, BOTH_AGAIN, "meanwhile"))
    scene.play.settle(within=600)
    said = len(scene.play.world.channel.delivered) - before
    problems = [] if said == 1 else [f"{said} replies while a workflow is paused"]
    if scene.play.shop.refunds(payment_id=payment) != refunds:
        problems.append("a refund while its workflow was paused")
    return problems


def _afterwards(scene: Scene) -> None:
    """Everything is handed back and resumed, and what waits is decided: then all must come to an end."""
    for scope in (brand_scope(NORTHWIND), GLOBAL_SCOPE, REFUNDS):
        scene.stop(scope, paused=False)
    for _ in range(4):
        state = scene.now()
        if state.control != "agent":
            who = state.operator or "leo"
            scene.play.run(scene.people.hands_back(who, scene.conv))
        scene.play.settle()
        scene.decide()
        scene.play.settle()
        state = scene.now()
        if state.control == "agent" and not state.open_proposals():
            return


def _judged(scene: Scene, what: str) -> list[str]:
    records = scene.play.log(scene.conv)
    state = fold(records)
    problems = [*check(scene.play.world.book.lines), *departures_of(records)]
    problems += [f"invalid request: {each}" for each in scene.play.world.model.invalid]
    if state.damaged:
        problems.append("damaged")
    if state.open:
        problems.append(f"open: {dict(state.open)}")
    if state.control == "agent":
        if state.waiting or not state.turn.answered or any(run.phase not in SETTLED for run in state.runs.values()):
            problems.append(f"stuck: {[m.seq for m in state.waiting]} {[(r.run, r.phase) for r in state.runs.values()]}")
        if any(run.answer_phase is not None for run in state.runs.values()):
            problems.append("something is left unsaid")
    problems += [] if what == "a workflow is paused" else _one_reply_a_turn(records)  # what waited is said later
    problems += _done_is_known(scene, state)
    if what == "two quick messages":
        problems += _one_turn_for_both(records)
    return problems


def _one_reply_a_turn(records: tuple[Recorded, ...]) -> list[str]:
    """One reply answers everything: a second one of the same turn only when its runs were told something new."""
    problems: list[str] = []
    sent = {r.event.reply for r in records if isinstance(r.event, ReplySent)}
    news, said = True, set[int]()
    for record in records:
        event = record.event
        if isinstance(event, NoticeGiven):
            news = True
        elif isinstance(event, ReplyDrafted) and event.reply in sent and event.made_by != "person":
            if event.turn in said and not news:
                problems.append(f"a second reply in turn {event.turn}: {event.reply}")
            said.add(event.turn)
            news = False
    return problems


def _one_turn_for_both(records: tuple[Recorded, ...]) -> list[str]:
    """Messages that came between the same two steps are taken by the same turn."""
    seqs = [r.seq for r in records if r.event.type == "message_received"]
    turns = [r.event.through for r in records if isinstance(r.event, TurnOpened)]
    pair = next(((a, b) for a, b in pairwise(seqs) if b == a + 1), None)
    return [] if pair is None or pair[0] not in turns else [f"messages {pair} made two turns"]


def _done_is_known(scene: Scene, state: State) -> list[str]:
    """What was done stays done and stands in its run's transcript; what was cut has an answer there that says so."""
    problems: list[str] = []
    refunded = scene.play.shop.refunds(payment_id=scene.play.shop.payments_of(ORDER)[0]["id"])
    if refunded and "refund_payment" not in state.actions:
        problems.append("the refund is not known as done")
    for run in state.runs.values():
        spoken = [entry for entry in run.transcript if entry.kind == "assistant"]
        if run.open_calls and run.phase in ("working", "answered", "asking"):
            problems.append(f"{run.run}: {len(run.open_calls)} calls of {len(spoken)} messages were never answered")
    return problems


def shown(at: int, what: str, outcome: Outcome) -> str:
    """A failure, in the words with which it can be played again."""
    problems = re.sub(r"\s+", " ", "; ".join(outcome.problems))
    return f"play_one({at}, {what!r}) after {outcome.point!r}: {problems[:1500]}"
