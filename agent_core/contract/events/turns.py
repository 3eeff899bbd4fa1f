"""A turn: from what the customer wrote to the runs that work on it."""

from typing import Literal

from pydantic import Field

from agent_core.contract.answers import Sentiment, Urgency
from agent_core.contract.base import Code, Event, Sentence, Value
from agent_core.contract.bodies import BodyRef
from agent_core.contract.facts import Percent
from agent_core.contract.ids import BodyId, ReleaseDigest, RunId, WorkflowName


class TurnOpened(Event):
    """The turn takes every message up to `through`; several quick messages make one turn."""

    type: Literal["turn_opened"] = "turn_opened"
    release: ReleaseDigest | None = None
    """The active release, by whose pace, routing and checks the turn goes (R-H4)."""
    turn: int = Field(ge=1)
    through: int


class IntentNamed(Value):
    """An intent of this message, checked to be one the release knows."""

    id: str = Field(max_length=64)
    confidence_percent: Percent


class Triaged(Event):
    """What triage found, checked by code: unknown intents are gone, quoted words really occur (R-B1, R-F3)."""

    type: Literal["triaged"] = "triaged"
    turn: int
    intents: tuple[IntentNamed, ...]
    category: str = Field(max_length=40)
    urgency: Urgency
    sentiment: Sentiment
    complexity: Literal["simple", "complex"]
    language: str = Field(max_length=8)
    legal: bool
    safety: bool
    clear: bool
    detail: BodyRef
    """The whole checked `TriageResult`, with quotes, entities and the question."""


class TopicsFound(Event):
    """The brand has more intents than one question can list: triage was asked for topics first (R-B1). Intents come next."""

    type: Literal["topics_found"] = "topics_found"
    turn: int
    topics: tuple[Code, ...] = Field(max_length=12)


class RunRouted(Value):
    """A run that works on this turn: opened now, or continued."""

    run: RunId
    workflow: WorkflowName
    new: bool


class Routed(Event):
    """Code decided which runs work on the turn, and what goes to people instead (R-B2, R-B6)."""

    type: Literal["routed"] = "routed"
    turn: int
    runs: tuple[RunRouted, ...]
    to_people: tuple[Code, ...] = ()
    """Reason codes of what no run may handle; each becomes an ask."""
    rule: Code
    language: str = Field(max_length=8)
    asks: bool = False
    """What is said is one precise question (R-B9)."""
    says_by: Literal["brand", "model"] | None = None
    """Whose words `says` are: a fixed text of the brand's, or triage's own question (R-J1)."""
    says: BodyRef | None = None
    """A fixed text or a question the customer gets where no run answers."""


class Told(Value):
    """Words that were sent to the customer before a run was opened."""

    by: Literal["agent", "person", "system"]
    text: BodyRef


class RunOpened(Event):
    """A workflow starts to work. Its text is pinned by `release`; `suffix` marks outside text for its model (R-D2)."""

    type: Literal["run_opened"] = "run_opened"
    run: RunId
    workflow: WorkflowName
    version: int
    release: ReleaseDigest
    suffix: str = Field(pattern=r"^[a-z2-7]{16}$")
    turn: int
    context: BodyRef
    told: tuple[Told, ...] = Field(max_length=12, default=())
    """What was sent to the customer before, where a person opened the run in the midst of a conversation (R-B7)."""


class RunContinuedAs(Event):
    """A run goes on as another one with a transcript of its own: never is a transcript edited (DESIGN §3).

    The new run has the same workflow and release. Its transcript begins with `context`, then `history`: one notice with what
    every call of the old one came to. Then follow, unchanged and in order, what the customer, colleagues and code said from
    `since` on, without what is `left_out`. What the model itself said or thought does not come along.

    Attributes:
        code: Why: too long, refused, repaired, another model.
        since: Older words of the transcript stay behind; 0 keeps all.
        left_out: Bodies that stay behind though they are newer.
        fallback: It is answered by the brand's other model from here on.
    """

    type: Literal["run_continued_as"] = "run_continued_as"
    run: RunId
    successor: RunId
    code: Code
    suffix: str = Field(pattern=r"^[a-z2-7]{16}$")
    context: BodyRef
    history: BodyRef | None = None
    since: int = Field(ge=0, default=0)
    left_out: tuple[BodyId, ...] = Field(max_length=40, default=())
    fallback: bool = False


class RunInput(Event):
    """Messages enter a run's transcript: the next user turn of that run."""

    type: Literal["run_input"] = "run_input"
    run: RunId
    turn: int
    messages: tuple[BodyRef, ...]


class RunAnswered(Event):
    """A run settled for now: answered, or asking the customer. The points are in the body."""

    type: Literal["run_answered"] = "run_answered"
    run: RunId
    phase: Literal["answered", "asking"]
    answer: BodyRef
    points: int = Field(ge=0)
    question: bool


class RunEscalated(Event):
    """This part goes to a person; the other runs go on (R-B2, R-E1). `answer` holds what may still be said."""

    type: Literal["run_escalated"] = "run_escalated"
    run: RunId
    code: Code
    sentence: Sentence
    answer: BodyRef | None = None


class RunFailed(Event):
    """This run cannot go on and was not meant to: a bug, a model that never gave a valid answer."""

    type: Literal["run_failed"] = "run_failed"
    run: RunId
    code: Code
    sentence: Sentence
