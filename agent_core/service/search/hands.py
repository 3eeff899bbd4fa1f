"""Who really replied in a conversation, and whether a person had a hand in it: what search filters by (R-J1).

Pure, over the log. A review, a look and a note among colleagues are no part of the work: they touch nothing. Everything else
that a person did does, so that what is called automated is never more than that.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from agent_core.contract.actors import Person, PersonForAgent
from agent_core.contract.events import (
    AskAssigned,
    AskClaimed,
    AskReleased,
    AssessmentFlagged,
    BodiesErased,
    ControlChanged,
    ConversationExported,
    ErasureOrdered,
    MessageReceived,
    Recorded,
    ReplySent,
    ReviewFinished,
    ReviewNoted,
    ReviewScored,
    TransitionRefused,
)
from agent_core.contract.searching import Handled, Replied

NO_PART_OF_THE_WORK: Final = (
    ReviewNoted, ReviewScored, ReviewFinished, AssessmentFlagged, AskClaimed, AskReleased, AskAssigned,
    ConversationExported, ErasureOrdered, BodiesErased, TransitionRefused,
)  # fmt: skip
"""What a person may do about a conversation without having a hand in it."""


@dataclass(frozen=True, slots=True)
class Hands:
    """Who replied, and whether a person had a hand in it."""

    replied: Replied
    handled: Handled


def hands_in(records: Iterable[Recorded]) -> Hands:
    """Whose work a conversation was."""
    agent = person = touched = closed = False
    for record in records:
        event = record.event
        by_person = isinstance(record.actor, Person | PersonForAgent)
        touched = touched or (by_person and not isinstance(event, NO_PART_OF_THE_WORK))
        match event:
            case ReplySent():
                agent = agent or record.actor.kind in ("agent", "person_for_agent")
                person = person or record.actor.kind == "person"
            case MessageReceived(author="person"):
                person = touched = True
            case ControlChanged() as changed:
                closed = changed.to == "closed"
            case _:
                pass
    return Hands(_replied(agent=agent, person=person, closed=closed), _handled(agent=agent, touched=touched))


def _replied(*, agent: bool, person: bool, closed: bool) -> Replied:
    if agent and person:
        return "agent_and_person"
    if agent or person:
        return "agent_alone" if agent else "person_alone"
    return "closed_without_reply" if closed else "nobody"


def _handled(*, agent: bool, touched: bool) -> Handled:
    if touched:
        return "touched"
    return "automated" if agent else "neither"
