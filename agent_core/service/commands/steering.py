"""A person tells the agent something in private, and ends it again (R-E3, R-D2).

The words become a body, exactly as they came; the agent reads them in a block that outside text cannot imitate. Only while
the agent has the conversation: who has it themselves says it when they hand it back. Nothing of it is read by policy.
"""

from datetime import timedelta

from agent_core.contract.commands import CommandDone, EndSteering, Steer
from agent_core.contract.errors import Conflict, NotFound
from agent_core.contract.events import AgentSteered
from agent_core.conversation.steering import MOST_AT_ONCE
from agent_core.engine.readable import readable
from agent_core.engine.session import Remembered, Session
from agent_core.engine.steering import ending
from agent_core.service.commands.common import NOW, Order, comment_body, done, in_conversation
from agent_core.service.settled_append import Read
from agent_core.store import Append, Draft

_NOT_NOW = {
    "human": "{name} has this conversation. What the agent should know is said when it is handed back.",
    "awaiting_human": "This conversation waits for a person, and the agent does nothing in it. Hand it back with a note.",
    "quarantined": "This conversation is quarantined: the agent does nothing until on-call has looked.",
    "closed": "This conversation is closed.",
}


async def steer(order: Order, command: Steer) -> CommandDone:
    """Gives a private instruction. What the agent was doing without it is stopped and done again with it.

    Raises:
        Conflict: `not_in_agents_hands`; `run_over`; `too_many_instructions`.
        NotFound: `no_such_run`.
        Invalid: `unclean_comment`.
    """
    note = comment_body(command.note)
    assert note is not None
    operator = order.operator

    async def build(read: Read) -> Append:
        state = read.state
        if state.control != "agent":
            name = await order.name(state.operator) if state.operator is not None else "A person"
            raise Conflict("not_in_agents_hands", _NOT_NOW[state.control].format(name=name), detail=read.stream)
        if command.run is not None:
            if command.run not in state.runs:
                raise NotFound("no_such_run", "There is no such run in this conversation.", detail=command.run)
            if state.runs[state.heir(command.run)].phase in ("failed", "withdrawn"):
                raise Conflict("run_over", "This part is over: nobody works on it any more.", detail=command.run)
        if sum(not known.over for known in state.steering.values()) >= MOST_AT_ONCE:
            words = f"{MOST_AT_ONCE} private instructions hold here already. End one first."
            raise Conflict("too_many_instructions", words, detail=read.stream)
        event = AgentSteered(
            steering=f"s{len(state.steering) + 1}",
            operator=operator,
            note=note.ref,
            run=None if command.run is None else state.heir(command.run),
            until=order.means.clock() + timedelta(seconds=command.holds_s),
        )
        return Append(read.stream, [Draft(event, order.actor)], bodies=[note], keys=order.keys, wake=NOW)

    return done(await in_conversation(order, command.conversation, build))


async def end(order: Order, command: EndSteering) -> CommandDone:
    """Ends an instruction, whoever gave it; the agent is told.

    Raises:
        NotFound: `no_such_instruction`.
        Conflict: `instruction_over`.
    """
    operator = order.operator

    async def build(read: Read) -> Append:
        known = read.state.steering.get(command.steering)
        if known is None:
            raise NotFound("no_such_instruction", "There is no such instruction here.", detail=command.steering)
        if known.over:
            raise Conflict("instruction_over", "This instruction holds no longer already.", detail=command.steering)
        session = Session(order.means.store, read.stream, order.means.clock, Remembered(state=read.state))
        texts = await readable(session, (known.note,))
        event, notice = ending(known, texts.get(known.note.id), operator=operator)
        return Append(read.stream, [Draft(event, order.actor)], bodies=[notice], keys=order.keys, wake=NOW)

    return done(await in_conversation(order, command.conversation, build))
