"""What was left open is settled once, whoever else settles it at the same moment (R-A2, R-A6)."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

from agent_core.contract.actors import Agent, Person
from agent_core.contract.events import EffectFinished, EffectStarted, ReplySent
from agent_core.contract.ids import ConversationId, EffectId, OperatorId
from agent_core.engine.common import short_key
from agent_core.engine.session import ENGINE
from agent_core.engine.work import finish_key
from agent_core.store import Append, Appended, Draft, Fence
from tests.engine.harness import OTHER_ORDER
from tests.engine.stage import Stage, play

WHERE = f"Where is order {OTHER_ORDER}?"


async def left_open(stage: Stage) -> tuple[ConversationId, EffectId, EffectId]:
    """A crash has left a question to a model and a person's reply; the reply had arrived."""
    c = await stage.writes(WHERE, "1")
    await stage.settle(c)
    await stage.control(c, "human")
    await stage.says(c, "I look into it.")
    state = await stage.harness.state(c)
    asked, sent = EffectId(f"e{state.effects + 1}"), EffectId(f"e{state.effects + 2}")
    assert state.draft is not None
    delivery = short_key(c, "reply", str(state.draft.reply))
    deadline = stage.clock.at + timedelta(seconds=5)
    question = EffectStarted(effect=asked, kind="model", purpose="triage", turn=1, deadline=deadline)
    reply = EffectStarted(
        effect=sent, kind="reply", purpose="reply", turn=1, deadline=deadline, reply=state.draft.reply,
        idempotency_key=delivery,
    )  # fmt: skip
    heads = await stage.harness.store.read(lambda tx: tx.run_heads(c))
    fence = Fence(epoch=state.epoch, run_heads=heads, scopes={})
    await stage.harness.store.append(Append(c, [Draft(question, Agent()), Draft(reply, ENGINE)], fence=fence))
    await stage.harness.channel.send("t1", "I look into it.", delivery_id=delivery, by="person", deadline=stage.clock.at)
    return c, asked, sent


def meanwhile(stage: Stage, c: ConversationId, sent: EffectId) -> None:
    """Another worker, that had sent the reply, ends it right before the first thing that this one appends."""
    store = stage.harness.store
    append = store.append

    async def first(request: Append) -> Appended:
        store.append = append
        state = await stage.harness.state(c)
        assert state.sending is not None
        ended = EffectFinished(effect=sent, outcome="succeeded", settled_by="performed")
        arrived = ReplySent(reply=state.sending.reply, effect=sent, text=state.sending.text, provider_message="m1")
        drafts = [Draft(ended, ENGINE), Draft(arrived, Person(operator=OperatorId("sue")))]
        await append(Append(c, drafts, keys=(finish_key(c, sent),)))
        return await append(request)

    store.append = first


async def once(stage: Stage, c: ConversationId) -> None:
    state = await stage.harness.state(c)
    assert not state.open
    assert state.sending is None
    events: list[Any] = await stage.events(c, ReplySent)
    assert [e.reply for e in events] == [1, 2]


def test_R_A6_a_reply_that_another_worker_ends_meanwhile_is_settled_once(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        c, _, sent = await left_open(stage)
        meanwhile(stage, c, sent)
        await stage.settle(c)
        await once(stage, c)

    play(tmp_path, scene)


def test_R_A2_who_loses_the_race_for_the_last_end_looks_again(tmp_path: Path, expected_logs: Callable[..., None]) -> None:
    """The one who was faster may have died right after: then nobody else would."""
    expected_logs("agent_core.engine", "conversation_lost")

    async def scene(stage: Stage) -> None:
        c, asked, sent = await left_open(stage)
        ended = EffectFinished(effect=asked, outcome="interrupted", settled_by="recovered")
        await stage.harness.store.append(Append(c, [Draft(ended, ENGINE)], keys=(finish_key(c, asked),)))
        meanwhile(stage, c, sent)
        handled = await stage.harness.runner.handle(c)
        assert handled.next_due == stage.clock.at
        await stage.settle(c)
        await once(stage, c)

    play(tmp_path, scene)
