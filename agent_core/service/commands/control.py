"""Who has the conversation: take over, hand to the team, hand back, and the person's own words (R-E3, R-M3).

Each of these moves the fence, so nothing the agent decided before may start any more. What a person writes goes the same way
as every reply: drafted in the log, sent by the engine once.
"""

from agent_core.boundary.sources import read
from agent_core.contract.asks import Ask
from agent_core.contract.bodies import new_body
from agent_core.contract.commands import CommandDone, HandBack, HandToTeam, PersonReply, TakeOver
from agent_core.contract.errors import Conflict, Invalid
from agent_core.contract.events import AnyEvent, AskRaised, ControlChanged, ReplyDrafted
from agent_core.contract.ids import ask_id
from agent_core.engine.placing import placed
from agent_core.engine.reply_context import MOST_FINDINGS, flagged_reply
from agent_core.guardrails.reply import codes
from agent_core.service.commands.asks import resolved
from agent_core.service.commands.common import NOW, Order, comment_body, done, in_conversation
from agent_core.service.reply_checks import findings, warnings
from agent_core.service.settled_append import Read
from agent_core.store import Append, Draft


async def take_over(order: Order, command: TakeOver) -> CommandDone:
    """A person has the conversation from now on; what was escalated is theirs and no longer asked.

    Raises:
        Conflict: `already_taken`: somebody has it; the sentence says who.
    """
    said = comment_body(command.comment, command.comment_salt)

    async def build(read: Read) -> Append:
        state = read.state
        if state.control == "human":
            who = "You already have" if state.operator == order.operator else f"{await order.name(state.operator)} has"
            raise Conflict("already_taken", f"{who} this conversation.", detail=read.stream)
        words = "A person took over."
        events: list[AnyEvent] = [
            ControlChanged(
                to="human",
                code="taken_over",
                sentence=words,
                operator=order.operator,
                comment=None if said is None else said.ref,
            )
        ]
        open_asks = [a for a in state.asks.values() if not a.resolved and a.ask.kind in ("escalation", "quarantine")]
        events.extend(resolved(order, known, "take_over", "taken_over", words) for known in open_asks)
        drafts = [Draft(event, order.actor) for event in events]
        return Append(read.stream, drafts, bodies=[said] if said else [], keys=order.keys, wake=NOW)

    return done(await in_conversation(order, command.conversation, build))


async def hand_to_team(order: Order, command: HandToTeam) -> CommandDone:
    """The agent stops here and a person is wanted, without anybody owning it yet.

    Raises:
        Conflict: `not_possible`.
    """
    said = comment_body(command.comment, command.comment_salt)

    async def build(read: Read) -> Append:
        state = read.state
        if state.control == "awaiting_human":
            raise Conflict("not_possible", "This conversation already waits for a person.", detail=read.stream)
        events: list[AnyEvent] = [
            ControlChanged(
                to="awaiting_human",
                code="handed_to_team",
                sentence="A person stopped the agent here and asked the team.",
                operator=order.operator,
                comment=None if said is None else said.ref,
            )
        ]
        if not any(a.ask.kind == "escalation" and not a.resolved for a in state.asks.values()):
            brand = order.means.shelf.active(state.brand).release.brand
            events.append(AskRaised(ask=placed(_team_ask(order, read), brand, state.turn.language)))
        drafts = [Draft(event, order.actor) for event in events]
        return Append(read.stream, drafts, bodies=[said] if said else [], keys=order.keys, wake=NOW)

    return done(await in_conversation(order, command.conversation, build))


async def hand_back(order: Order, command: HandBack) -> CommandDone:
    """The agent goes on, with the person's note.

    Raises:
        Conflict: `not_possible`, `not_yours` when somebody else has it, `needs_repair` when it is quarantined.
    """
    note = comment_body(command.note)

    async def build(read: Read) -> Append:
        state = read.state
        if state.control == "quarantined":
            raise Conflict("needs_repair", "This conversation is quarantined. Take it over, or have on-call repair it.")
        if state.control == "human" and state.operator not in (None, order.operator):
            raise Conflict("not_yours", f"{await order.name(state.operator)} has this conversation.", detail=read.stream)
        words = "A person handed the conversation back to the agent."
        events: list[AnyEvent] = [
            ControlChanged(
                to="agent",
                code="handed_back",
                sentence=words,
                operator=order.operator,
                comment=None if note is None else note.ref,
            )
        ]
        waiting = [a for a in state.asks.values() if not a.resolved and a.ask.kind == "escalation"]
        events.extend(resolved(order, known, "resolve", "handed_back", words) for known in waiting)
        drafts = [Draft(event, order.actor) for event in events]
        return Append(read.stream, drafts, bodies=[note] if note else [], keys=order.keys, wake=NOW)

    return done(await in_conversation(order, command.conversation, build))


async def reply(order: Order, command: PersonReply) -> CommandDone:
    """The person in control writes to the customer. What the checks find is a warning, and on record (R-F2).

    Raises:
        Conflict: `not_in_control`, or `still_sending` while an earlier reply is on its way.
        Invalid: `empty_reply`.
    """
    text = read("person", command.text).text.strip()
    if not text:
        raise Invalid("empty_reply", "There is nothing to send.")
    body, means = new_body("reply", text), order.means
    said = list(warnings(()))

    async def build(read: Read) -> Append:
        state = read.state
        if state.control != "human" or state.operator not in (None, order.operator):
            raise Conflict("not_in_control", "Take the conversation over before you write in it.", detail=read.stream)
        sending = any(effect.kind == "reply" for effect in state.open.values())
        if sending or (state.draft is not None and state.draft.made_by == "person"):
            raise Conflict("still_sending", "Your last reply is still on its way. Send this one in a moment.")
        release = means.shelf.active(state.brand).release
        found = await findings(means.store, read.stream, state, release, means.clock, text)
        drafted = ReplyDrafted(
            reply=state.replies + 1,
            turn=state.turn.turn,
            epoch=state.epoch,
            text=body.ref,
            covers=(),
            made_by="person",
            release=release.digest,
            findings=codes(found)[:MOST_FINDINGS],
        )
        events: list[AnyEvent] = [drafted]
        bodies = [body]
        if found:
            flagged, evidence = flagged_reply(found, text, turn=state.turn.turn, by="person", became="sent")
            events.append(flagged)
            bodies.append(evidence)
        said[:] = warnings(found)
        drafts = [Draft(event, order.actor) for event in events]
        return Append(read.stream, drafts, bodies=bodies, keys=order.keys, wake=NOW)

    records = await in_conversation(order, command.conversation, build)
    return done(records).model_copy(update={"warnings": tuple(said)})


def _team_ask(order: Order, read: Read) -> Ask:
    state = read.state
    assert state.conversation is not None
    return Ask(
        id=ask_id(read.stream, "escalation", f"team:{read.seq}"),
        kind="escalation",
        brand=state.brand,
        conversation=state.conversation,
        code="handed_to_team",
        sentence="A colleague asks the team to take this conversation.",
        priority=3,
        verbs=("take_over", "resolve"),
        roles=("supervisor", "lead", "on_call", "admin"),
        raised_at=order.means.clock(),
    )
