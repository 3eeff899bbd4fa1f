"""In which situation an approval card is: one frozen value per situation, so that none can be half of two.

Pure values without Qt. What can be pressed follows from the situation and nothing else.
"""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Waiting:
    """Anyone who may can decide; others may be looking; `mine`: this person said that they are on it."""

    looking: tuple[str, ...] = ()
    mine: bool = False


@dataclass(frozen=True, slots=True)
class Armed:
    """The first of two presses was made, because much is at stake: what the second one will do."""

    words: str


@dataclass(frozen=True, slots=True)
class LookAgain:
    """The customer wrote after this card was shown; one key says it was seen."""

    words: str


@dataclass(frozen=True, slots=True)
class Claimed:
    """Someone else holds it."""

    by: str
    until: str = ""


@dataclass(frozen=True, slots=True)
class Sending:
    """The decision is being signed and sent; nothing can be pressed."""

    verb: str


@dataclass(frozen=True, slots=True)
class Executing:
    """It was decided and is being done; nothing can be pressed."""

    words: str


@dataclass(frozen=True, slots=True)
class UndoCountdown:
    """The decision is stored and leaves in some seconds; only its author can recall it.

    `held`: agents are stopped, so that it stays until they work again, and can be recalled for as long.
    """

    verb: str
    seconds: int
    held: bool = False


@dataclass(frozen=True, slots=True)
class Closed:
    """It ended: how, by whom or what, and when."""

    outcome: str
    by: str
    when: str
    good: bool = True


@dataclass(frozen=True, slots=True)
class ReadOnly:
    """This person or this machine cannot decide: why, and what to do about it."""

    reason: str


ApprovalState = Waiting | Armed | LookAgain | Claimed | Sending | Executing | UndoCountdown | Closed | ReadOnly

Verb = Literal[
    "approve", "confirm_executed", "repair", "resolve", "edit", "confirm_not_executed", "still_unknown", "deny", "ask_back",
    "escalate", "take_over",
]  # fmt: skip
VERBS: tuple[Verb, ...] = (
    "approve", "confirm_executed", "repair", "resolve", "edit", "confirm_not_executed", "still_unknown", "deny", "ask_back",
    "escalate", "take_over",
)  # fmt: skip

OF_A_PROPOSAL: frozenset[Verb] = frozenset({"approve", "edit", "deny", "ask_back", "take_over"})
"""What is offered about a proposed action."""


def allowed(state: ApprovalState, offered: frozenset[Verb]) -> frozenset[Verb]:
    """Return which verbs can be used in a situation, of those the core offers this person."""
    match state:
        case Waiting() | Armed():
            return offered
        case LookAgain():
            # Approving waits for a look; saying no or asking is never in a hurry's way.
            return offered - {"approve", "confirm_executed", "confirm_not_executed"}
        case Claimed() | Sending() | Executing() | UndoCountdown() | Closed() | ReadOnly():
            return frozenset()
