"""A conversation of hundreds of turns, folded from events that are made here: no store, no model, no clock.

For what must hold however long the history is. Every event goes through the real fold, so a log like this is one that the
tables allow.
"""

import asyncio
import json
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

from agent_core.contract.actors import Actor, Agent, Customer, Person, System
from agent_core.contract.bodies import BodyKind, BodyRef, new_body
from agent_core.contract.events import (
    AnyEvent,
    CallAnswered,
    CallJudged,
    CallNamed,
    ControlChanged,
    ConversationOpened,
    MessageReceived,
    ModelSpoke,
    ReplyDrafted,
    ReplySent,
    Routed,
    RunAnswered,
    RunInput,
    RunOpened,
    RunRouted,
    TurnOpened,
)  # fmt: skip
from agent_core.contract.ids import BodyId, BrandId, EffectId, MessageId, OperatorId, RunId, StreamId, WorkflowName
from agent_core.conversation.state import Run, State
from agent_core.engine.foreseen import foreseen
from agent_core.engine.requests import run_request
from agent_core.models.port import ModelRequest
from agent_core.store import Draft
from agent_core.workflows.release import Release
from agent_core.workflows.workflow import Workflow

START = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
STREAM = StreamId("c_long")
SUE = OperatorId("sue")
CODE = System(part="engine")
PERSON = Person(operator=SUE)
HELPED = {"phase": "answered", "points": [], "question": None, "outputs": {}, "beliefs": [], "escalation": None}


class LongConversation:
    """A log that grows turn by turn."""

    def __init__(self, release: Release, workflow: str) -> None:
        self.release = release
        self.state = State()
        self.texts: dict[BodyId, str] = {}
        self.run = RunId("r1")
        self._said = 0
        self._blocks: dict[tuple[str, BodyId], str] = {}
        thread = self.body("context", {"external_id": "t", "customer": "cus_1"})
        self.happens(ConversationOpened(brand=BrandId("northwind"), channel="chat", thread=thread))
        self._workflow = WorkflowName(workflow)

    def body(self, kind: BodyKind, value: Any) -> BodyRef:
        """Stores a body."""
        made = new_body(kind, value if isinstance(value, str) else json.dumps(value))
        self.texts[made.id] = made.text
        return made.ref

    def happens(self, event: AnyEvent, actor: Actor = CODE) -> None:
        """Folds an event; one the tables do not allow fails the test."""
        at = START + timedelta(seconds=self.state.seq)
        self.state = foreseen(self.state, (Draft(event, actor),), STREAM, at)
        assert not self.state.damaged, event

    def opens(self, run: RunId, workflow: str, *, suffix: str = "a" * 16) -> None:
        """A run begins."""
        flow = self.release.workflow(workflow)
        context = self.body("context", {"now": "2026-11-21T09:00:00Z", "language": "en", "customer": {"id": "cus_1"}})
        self.happens(
            RunOpened(
                run=run, workflow=flow.name, version=flow.version, release=self.release.digest, suffix=suffix,
                turn=self.state.turn.turn, context=context,
            )
        )  # fmt: skip

    def asks(self, text: str) -> BodyRef:
        """The customer writes, and a turn takes it."""
        words = self.body("message", text)
        number = len(self.state.messages) + 1
        message = MessageReceived(message=MessageId(f"m_{number}"), raw=words, text=words, occurred_at=START)
        self.happens(message, Customer())
        self.happens(TurnOpened(turn=self.state.turn.turn + 1, through=self.state.seq))
        return words

    def turn(self, text: str) -> None:
        """A whole turn: asked, one refused call, answered, sent."""
        words = self.asks(text)
        new = self.run not in self.state.runs
        turn = self.state.turn.turn
        routed = RunRouted(run=self.run, workflow=self._workflow, new=new)
        self.happens(Routed(turn=turn, runs=(routed,), rule="workflows", language="en"))
        if new:
            self.opens(self.run, self._workflow)
        self.happens(RunInput(run=self.run, turn=turn, messages=(words,)))
        self.answers(f"Answer {turn} about the order, in a sentence as long as such answers are.")

    def answers(self, text: str) -> None:
        """The run's model calls a tool that is refused, and answers; the reply leaves."""
        self._said += 1
        use = f"toolu_{self._said}"
        call = [{"type": "tool_use", "id": use, "name": "get_order", "input": {"order_id": "NW-10023"}}]
        arguments = self.body("arguments", {"order_id": "NW-10023"})
        named = (CallNamed(tool_use_id=use, tool="get_order", arguments=arguments),)
        agent = Agent(run=self.run)
        said = self.body("model_message", call)
        effect = EffectId(f"e{self._said}")
        self.happens(ModelSpoke(run=self.run, effect=effect, content=said, stop="tool_use", calls=named), agent)
        judged = CallJudged(
            run=self.run, tool_use_id=use, tool="get_order", verdict="forbid", writes=False, code="no_such_order",
            sentence="There is no such order.", policy_digest="0" * 64,
        )  # fmt: skip
        self.happens(judged)
        result = self.body("result", {"outcome": "refused", "reason": "There is no such order."})
        self.happens(CallAnswered(run=self.run, tool_use_id=use, outcome="refused", result=result))
        answer = {**HELPED, "points": [{"text": text, "fact_ids": []}]}
        said = self.body("model_message", [{"type": "text", "text": json.dumps(answer)}])
        self.happens(ModelSpoke(run=self.run, effect=effect, content=said, stop="end"), agent)
        kept = self.body("answer", answer)
        self.happens(RunAnswered(run=self.run, phase="answered", answer=kept, points=1, question=False), agent)
        self.sends(text)

    def sends(self, text: str, *, person: bool = False) -> None:
        """A reply leaves."""
        reply, words = self.state.replies + 1, self.body("reply", text)
        made = ReplyDrafted(
            reply=reply, turn=self.state.turn.turn, epoch=self.state.epoch, text=words, covers=() if person else (self.run,),
            made_by="person" if person else "one_run",
        )  # fmt: skip
        actor: Actor = PERSON if person else Agent(run=self.run)
        self.happens(made, actor)
        self.happens(ReplySent(reply=reply, effect=EffectId(f"e{self._said}"), text=words), actor)

    def taken_over(self) -> None:
        """A person takes over, answers, and hands back with a note."""
        self.asks("May I speak to a person?")
        taken = ControlChanged(to="human", code="taken_over", sentence="A person took over.", operator=SUE)
        self.happens(taken, PERSON)
        self.sends("This is Sue. I have looked at it.", person=True)
        note = self.body("comment", "They have been promised nothing.")
        back = ControlChanged(to="agent", code="handed_back", sentence="Handed back.", operator=SUE, comment=note)
        self.happens(back, PERSON)

    def request(self) -> ModelRequest:
        """The run's next request, made by the very function that sends it."""

        async def texts(refs: Iterable[BodyRef]) -> dict[BodyId, str]:
            return {ref.id: self.texts[ref.id] for ref in refs}

        async def value(ref: BodyRef) -> Any:
            return json.loads(self.texts[ref.id])

        def release_of(_run: Run) -> Release:
            return self.release

        def workflow_of(run: Run) -> Workflow:
            return self.release.workflow(run.workflow)

        def model_name(alias: str, **_: bool) -> str:
            return alias

        session = SimpleNamespace(state=self.state, texts=texts, json=value, blocks=self._blocks)
        brand = SimpleNamespace(model_name=model_name)
        context: Any = SimpleNamespace(session=session, release_of=release_of, workflow_of=workflow_of, brand=brand)
        return asyncio.run(run_request(context, self.state.runs[self.run]))
