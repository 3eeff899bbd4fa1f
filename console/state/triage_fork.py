"""A turn that is run again in memory: from where, what is different, what came of it (R-M4). Pure.

It must never show an answer to anything but what was asked for last.
"""

from dataclasses import dataclass, replace
from typing import assert_never

from agent_core.contract.forking import ForkAnswer, ForkWanted
from agent_core.contract.ids import ConversationId


@dataclass(frozen=True, slots=True)
class Fork:
    """The slice.

    Attributes:
        conversation: Of which one; None before the first.
        position: The place the person stands on; the newest with None.
        wanted: What was asked for last.
        running: It is being run.
        problem: Why it could not be run, safe to show.
        answer: What came of it; None puts the points before the person again.
        number: Counts up with what is asked for.
    """

    conversation: ConversationId | None = None
    position: int | None = None
    wanted: ForkWanted | None = None
    running: bool = False
    problem: str = ""
    answer: ForkAnswer | None = None
    number: int = 0


@dataclass(frozen=True, slots=True)
class ForkPointChosen:
    """The person stands on a place of the log; what was run before is put away."""

    conversation: ConversationId
    position: int | None


@dataclass(frozen=True, slots=True)
class ForkSent:
    """A turn is being run again."""

    conversation: ConversationId
    wanted: ForkWanted


@dataclass(frozen=True, slots=True)
class ForkArrived:
    """What came of it, or why it could not be run."""

    number: int
    answer: ForkAnswer | None
    problem: str = ""


ForkHappening = ForkPointChosen | ForkSent | ForkArrived


def fork_reduced(fork: Fork, happening: ForkHappening) -> Fork:
    """The slice after something happened."""
    match happening:
        case ForkPointChosen(conversation, position):
            # A late answer must not open what was just put away.
            return Fork(conversation, position, number=fork.number + 1)
        case ForkSent(conversation, wanted):
            return Fork(conversation, wanted.position, wanted, running=True, number=fork.number + 1)
        case ForkArrived(number, answer, problem):
            return replace(fork, answer=answer, problem=problem, running=False) if number == fork.number else fork
        case _:
            assert_never(happening)
