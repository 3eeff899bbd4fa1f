"""The ports to the outside world: tools that read and write, and channels that carry replies.

Everything above knows this module and no vendor (DESIGN §5). Outcomes are types: a write whose answer was lost is
`unknown`, never `failed`, because nobody may pay twice for a broken connection (R-A7, R-C6). Nothing here retries.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, Protocol

FactValue = str | int | bool | Mapping[str, str | int] | None
Json = Mapping[str, Any]

PerformedOutcome = Literal["succeeded", "refused", "failed", "timed_out", "unknown", "accepted"]


@dataclass(frozen=True, slots=True)
class ToolResult:
    """What a tool call came to.

    Attributes:
        outcome: `refused`: the other side said no; `failed`: known not to have happened; `timed_out`: a read without
            answer; `unknown`: a write was sent and nobody knows (reconcile it); `accepted`: taken, and answered later.
        result: JSON for the model and the console; strings are cleaned, amounts are minor units.
        facts: Keys and values that code read from the answer; policy may rely on them.
        code: Machine-readable reason unless succeeded.
        sentence: Our own words for it, safe to show.
        transient: Whether trying again later may well help.
        retry_after: Seconds the other side asked to wait.
        external_ref: For `accepted`: the other side's own name for it, by which its answer is found (R-A5).
    """

    outcome: PerformedOutcome
    result: Json = field(default_factory=dict[str, Any])
    facts: tuple[tuple[str, FactValue], ...] = ()
    code: str | None = None
    sentence: str | None = None
    transient: bool = False
    retry_after: float | None = None
    external_ref: str | None = None


@dataclass(frozen=True, slots=True)
class Happened:
    """A write of which no answer came did happen; `result` is what it answered."""

    result: ToolResult


@dataclass(frozen=True, slots=True)
class DidNotHappen:
    """It did not happen, and the other side promises read-your-writes. Only believe it after the attempt's deadline."""


@dataclass(frozen=True, slots=True)
class Unknown:
    """Nobody can tell now. `transient`: asking again later may help; otherwise it is a person's question."""

    code: str
    sentence: str
    transient: bool


Reconciled = Happened | DidNotHappen | Unknown


class Tools(Protocol):
    """The tools of a brand's systems. What each is allowed, needs and yields is declared in `workflows`."""

    async def perform(
        self, name: str, arguments: Json, *, idempotency_key: str | None, deadline: datetime, customer: str | None
    ) -> ToolResult:
        """Performs one call; never raises for anything the outside does.

        Args:
            name: The tool.
            arguments: As the model or a person gave them; validated here.
            idempotency_key: Required for writes; the same for every attempt.
            deadline: The answer must be there by then.
            customer: The shop's id of the conversation's authenticated customer, or none.
        """
        ...

    async def reconcile(self, name: str, arguments: Json, idempotency_key: str, *, deadline: datetime) -> Reconciled:
        """Finds out what became of a write."""
        ...


@dataclass(frozen=True, slots=True)
class Proven:
    """Both belong to one customer, who is named as the shop does."""

    customer: str


@dataclass(frozen=True, slots=True)
class NotProven:
    """They do not; nobody learns which of them is wrong, or whether either exists."""


@dataclass(frozen=True, slots=True)
class NotChecked:
    """It could not be found out."""

    code: str
    sentence: str


class Prover(Protocol):
    """Says whether an address and a reference belong to one customer."""

    async def owner(self, email: str, reference: str, *, deadline: datetime) -> Proven | NotProven | NotChecked:
        """Compares in a way that takes as long whatever is wrong; never raises for anything the outside does."""
        ...


@dataclass(frozen=True, slots=True)
class Sent:
    """The channel has the message; `provider_message` is its name for it."""

    provider_message: str


@dataclass(frozen=True, slots=True)
class NotSent:
    """The channel does not have it.

    Attributes:
        code: Machine-readable reason.
        sentence: Our own words for it.
        transient: Trying again with the same delivery id may help.
        retry_after: Seconds the channel asked to wait.
    """

    code: str
    sentence: str
    transient: bool
    retry_after: float | None = None


@dataclass(frozen=True, slots=True)
class SendUnknown:
    """It was handed over and no answer came: look it up by its delivery id before doing anything else."""

    code: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Stopped:
    """It was not handed over, because it was not wanted any more when its turn came."""


Delivery = Sent | NotSent | SendUnknown | Stopped
Still = Callable[[], Awaitable[bool]]
"""Whether it is still wanted: asked last thing before it leaves (R-A3)."""
SpokenBy = Literal["agent", "person", "system"]


class Channel(Protocol):
    """Carries replies to a customer, each once."""

    async def send(
        self,
        external_id: str,
        text: str,
        *,
        delivery_id: str,
        by: SpokenBy,
        deadline: datetime,
        still: Still | None = None,
    ) -> Delivery:
        """Sends a reply; the same `delivery_id` is delivered once however often it is sent.

        Args:
            external_id: The thread, as the channel names it.
            text: What is said, unchanged.
            delivery_id: The reply's name for ever.
            by: Who speaks.
            deadline: The answer must be there by then; nothing is begun after it.
            still: Asked right before it leaves, when nothing is left to wait for; a no is `Stopped`.
        """
        ...

    async def look_up(self, delivery_id: str, *, deadline: datetime) -> Delivery:
        """Whether a reply arrived: `Sent`, `NotSent` (read-your-writes promised) or `SendUnknown`."""
        ...
