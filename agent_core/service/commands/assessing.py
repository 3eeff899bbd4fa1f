"""A person says that what they were handed is wrong (R-E3): one command, kept beside what it corrects.

What they saw is built again from the log as far as they had read it, so nothing a console sends is believed about it. It
must never change anything in the conversation: it is evaluation data, and proposed knowledge, for later.
"""

from agent_core.contract.bodies import Body, new_body
from agent_core.contract.canonical import canonical
from agent_core.contract.commands import CommandDone, FlagAssessment
from agent_core.contract.errors import Conflict, Invalid
from agent_core.contract.events import AssessmentFlagged
from agent_core.conversation.evolve import fold
from agent_core.escalation.packet import packet
from agent_core.service.commands.common import Order, comment_body, done, in_conversation
from agent_core.service.handing import facts_of, reasons_of, titles_of
from agent_core.service.projection.story import Story, read_story
from agent_core.service.settled_append import Read
from agent_core.store import Append, Draft

MOST_HERE = 200
"""Corrections of one conversation."""


async def flag_assessment(order: Order, command: FlagAssessment) -> CommandDone:
    """Keeps a correction.

    Raises:
        Invalid: `not_seen`: the conversation is not that long; `unclean_comment`.
        Conflict: `too_many_corrections`.
    """
    said = comment_body(command.correction)
    assert said is not None
    operator = order.operator

    async def build(read: Read) -> Append:
        if command.seen > read.seq:
            raise Invalid("not_seen", "The conversation is not that long yet.")
        if sum(isinstance(record.event, AssessmentFlagged) for record in read.records) >= MOST_HERE:
            raise Conflict("too_many_corrections", "This conversation has been corrected too often.", detail=read.stream)
        shown = await _shown(order, read, command.seen)
        event = AssessmentFlagged(
            operator=operator,
            part=command.part,
            wrong=command.wrong,
            seen=command.seen,
            shown=shown.ref,
            comment=said.ref,
        )
        return Append(read.stream, [Draft(event, order.actor)], bodies=[shown, said], keys=order.keys)

    return done(await in_conversation(order, command.conversation, build))


async def _shown(order: Order, read: Read, seen: int) -> Body:
    """What the packet was for somebody who had read so far."""
    whole = await read_story(order.means.store, read.stream)
    records = tuple(record for record in whole.records if record.seq <= seen)
    story = Story(whole.stream, records, fold(records), whole.texts)
    triaged = story.state.turn.triaged
    facts = facts_of(story, titles_of(order.means, story.state.brand))
    value = {
        "bullets": [bullet.model_dump(mode="json") for bullet in packet(facts)],
        "reasons": list(reasons_of(story)),
        "intents": [] if triaged is None else [intent.id for intent in triaged.intents],
        "workflows": list(dict.fromkeys(str(run.workflow) for run in story.state.runs.values())),
    }
    return new_body("evidence", canonical(value).decode())
