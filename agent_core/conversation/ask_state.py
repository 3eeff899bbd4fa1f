"""An ask as folded: who holds it, what people asked the agent about it, whether anything is left to do. Plain values."""

from dataclasses import dataclass
from datetime import datetime

from agent_core.contract.asks import Ask
from agent_core.contract.bodies import BodyRef
from agent_core.contract.ids import OperatorId, RunId
from agent_core.contract.missed import Missed
from agent_core.contract.outcomes import Clock


@dataclass(frozen=True, slots=True)
class Failing:
    """What went wrong with one question to a model since it last gave a usable answer (R-A7).

    Attributes:
        codes: Of every attempt that failed, in order.
        interrupted: Attempts that a crash cut.
        since: When the first one failed.
        retry_at: When the next attempt is due; none when another attempt is pointless.
        said: What the provider said about a request that it called malformed.
    """

    codes: tuple[str, ...] = ()
    interrupted: int = 0
    since: datetime | None = None
    retry_at: datetime | None = None
    said: BodyRef | None = None


NO_FAILURE = Failing()
"""Nothing went wrong so far."""


@dataclass(frozen=True, slots=True)
class Question:
    """A person's question to the agent about what it proposed.

    Attributes:
        run: The run that proposed it; its heir answers.
        failing: How asking its model fails at the moment.
        over: Answered, or given up.
    """

    operator: OperatorId
    text: BodyRef
    asked_at: datetime
    run: RunId
    failing: Failing = NO_FAILURE
    over: bool = False
    answer: BodyRef | None = None
    sentence: str = ""


@dataclass(frozen=True, slots=True)
class AskState:
    """An ask, who holds it, and whether anything is left to do."""

    ask: Ask
    holder: OperatorId | None = None
    until: datetime | None = None
    resolved: bool = False
    looked: bool = False
    """Somebody has claimed it since it came into its queue."""
    looked_at: datetime | None = None
    """When somebody claimed it for the first time."""
    assigned: OperatorId | None = None
    """Whose it is meant to be, whoever is on it."""
    breached: tuple[Clock, ...] = ()
    """Clocks of its present queue that ran out."""
    missed: tuple[Missed, ...] = ()
    """Every clock that ran out since it was raised, also in queues it has left."""
    told: bool = False
    """The customer was told that it takes longer."""
    taken_from: OperatorId | None = None
    """Who had it before its holder took it, and why that was."""
    claim_comment: BodyRef | None = None
    escalated_by: OperatorId | None = None
    """Who sent it up last, with the note that they wrote."""
    escalation_note: BodyRef | None = None
    questions: tuple[Question, ...] = ()
    """What people asked the agent about it; only the newest can still be without an end."""

    @property
    def question(self) -> Question | None:
        """The question that waits for the agent's answer."""
        return next((each for each in self.questions[-1:] if not each.over), None)
