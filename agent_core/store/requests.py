"""What a caller asks of the log, as plain frozen values. Building one does nothing; `Store.append` does it, all or nothing.

This module must never touch a database.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import IntEnum
from typing import Literal, Protocol

from agent_core.contract.actors import Actor
from agent_core.contract.bodies import Body
from agent_core.contract.events import AnyEvent, Recorded
from agent_core.contract.ids import BrandId, RunId, StreamId
from agent_core.store.reading import ReadTx


class Priority(IntEnum):
    """Whose wake goes first. Ageing lets nobody wait for ever."""

    COMMAND = 0
    """A person's command."""
    CUSTOMER = 1
    """A customer waits."""
    ANSWER = 2
    """Something outside answered."""
    TIMER = 3
    BACKGROUND = 4


@dataclass(frozen=True, slots=True)
class Draft:
    """An event to be appended. `run` defaults to the event's own `run`, and moves that run's head."""

    event: AnyEvent
    actor: Actor
    run: RunId | None = None


@dataclass(frozen=True, slots=True)
class Fence:
    """What a start was decided on (DESIGN §1.4). Compared with the state *before* the transaction.

    Attributes:
        epoch: The stream's epoch.
        run_heads: `seq` of the last event of each named run; 0 for a run without events.
        scopes: Epoch of each named scope (`global`, `brand:NAME`); 0 for one never moved. A paused one is stale, too.
            A workflow's needs no place here: its brand's epoch moves with it.
        read: `seq` of the last event that was read before deciding, if everything up to it was. Where the stream still ends
            with it, nothing has moved any run, and their heads are not looked up.
    """

    epoch: int
    run_heads: Mapping[RunId, int] = field(default_factory=dict[RunId, int])
    scopes: Mapping[str, int] = field(default_factory=dict[str, int])
    read: int | None = None


@dataclass(frozen=True, slots=True)
class NewStream:
    """Creates the stream in the same transaction."""

    kind: Literal["conversation", "brand", "core"]
    brand: BrandId | None


@dataclass(frozen=True, slots=True)
class WakeRequest:
    """Look at this conversation: now, or not before `due`."""

    priority: Priority = Priority.CUSTOMER
    due: datetime | None = None


@dataclass(frozen=True, slots=True)
class LookEnd:
    """Ends a look in the same instant, if nothing came meanwhile: neither a wake nor an event.

    Attributes:
        owner: Who looks.
        generation: The wake's, as it was claimed.
        after: `seq` of the log that the end was decided on.
        next_due: When to look again if nobody wakes it; None: not by itself.
        priority: Of that look.
    """

    owner: str
    generation: int
    after: int
    next_due: datetime | None
    priority: Priority = Priority.TIMER


@dataclass(frozen=True, slots=True)
class IntentClaim:
    """An effect that writes without a proposal takes its intent. Proposals take theirs by being appended."""

    intent_key: str
    resource: str
    holder: str


@dataclass(frozen=True, slots=True)
class IntentEnd:
    """What became of a claimed intent. `ended`: it did not happen, the intent is free again."""

    holder: str
    state: Literal["executed", "unknown", "ended"]


@dataclass(frozen=True, slots=True)
class Erasure:
    """Bodies of this stream lose text and salt in the same instant (R-N5).

    Attributes:
        kinds: Only these kinds; none means the whole conversation: every kind that may go, its timers, and the names of
            what its finished actions were about. Bodies that the append itself brings are left alone.
    """

    kinds: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Append:
    """One step of one stream: events and everything that must be true in the same instant.

    Attributes:
        drafts: Events in order; may be empty (only the wake, the timers, … are stored then).
        bodies: Bodies the events name.
        fence: Needed by every `EffectStarted`; never given for outcomes.
        create: The stream is new; `StreamExists` if somebody was faster.
        wake: Wakes this stream's conversation in the same transaction.
        also_wake: Other streams to wake, with the same priority (or `BACKGROUND`).
        wake_scopes: Every conversation of these scopes is woken (a resume); of a workflow's, every one of its brand.
        timers: A patch: name -> due, or None to remove. Names not mentioned stay.
        keys: Unique keys taken by this append; `Taken` when one is used.
        moves_scope: Scopes whose epoch is bumped.
        scope_paused: Scope -> paused from now on; bumps its epoch as well, and of a workflow its brand's.
        intents: Intents taken by effects.
        intent_ends: Intents settled by effects.
        repeats: Intent keys of which an *executed* equal one may be repeated (a person has seen it).
        tallies: Counter key -> amount to add, e.g. approved money per operator and day, in minor units. Whoever else adds to
            the same counters waits, so no two checks are held against one state of them.
        erases: Bodies that are erased with it.
        ends: Ends the look that this is the last append of; refused silently when something came meanwhile.
        checks: Run in order in this transaction, before anything is written; raise a `CountersignError` to abort.
    """

    stream: StreamId
    drafts: Sequence[Draft] = ()
    bodies: Sequence[Body] = ()
    fence: Fence | None = None
    create: NewStream | None = None
    wake: WakeRequest | None = None
    also_wake: Sequence[StreamId] = ()
    wake_scopes: Sequence[str] = ()
    timers: Mapping[str, datetime | None] = field(default_factory=dict[str, datetime | None])
    keys: Sequence[str] = ()
    moves_scope: Sequence[str] = ()
    scope_paused: Mapping[str, bool] = field(default_factory=dict[str, bool])
    intents: Sequence[IntentClaim] = ()
    intent_ends: Sequence[IntentEnd] = ()
    repeats: Sequence[str] = ()
    tallies: Mapping[str, int] = field(default_factory=dict[str, int])
    erases: Erasure | None = None
    ends: LookEnd | None = None
    checks: Sequence[Callable[[ReadTx], None]] = ()


@dataclass(frozen=True, slots=True)
class Appended:
    """The records as they now stand in the log: equal to what a later read returns. `ended`: the look ended with them."""

    records: tuple[Recorded, ...]
    ended: bool = False


@dataclass(frozen=True, slots=True)
class Committed:
    """What listeners are told, after COMMIT has returned. `scopes` are those whose epoch moved."""

    records: tuple[Recorded, ...]
    woken: tuple[StreamId, ...]
    scopes: tuple[str, ...]
    scheduled: bool
    """Something is to be done later or now: timers or wakes changed."""


class Observer(Protocol):
    """Sees every append right before and right after its COMMIT, on the writer's thread. For crash tests and traces."""

    def before_commit(self, append: Append) -> None:
        """Everything is written and nothing is committed."""
        ...

    def after_commit(self, append: Append) -> None:
        """It is durable; nobody has been told yet."""
        ...
