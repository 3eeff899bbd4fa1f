"""What can go wrong between a caller and the log, as types a caller can act on.

CountersignError
├── Conflict
│   ├── Stale            the fence moved: decide again
│   ├── Taken            a unique key is used already: this was done before
│   ├── DuplicateIntent  an equal action is open, of unknown outcome, or executed
│   └── StreamExists     somebody else created this log first
├── Invalid
│   └── EventTooLarge    an event above 8 KiB: put it into a body
├── NotFound
│   ├── NoSuchStream
│   └── BodyErased       the body was erased on purpose
├── Unavailable          `disk_full`, `store_busy`, `store_closed`: nothing was written, try again later
└── Unusable             `data_newer`, `data_in_use`, `data_read_only`
    └── Corrupt          stored bytes are not what was stored

Whatever is raised from an append, nothing of that append was written.
"""

from typing import Literal

from agent_core.contract.errors import Conflict, Invalid, NotFound, Unusable

StaleReason = Literal["epoch", "run", "paused", "scope"]
IntentState = Literal["open", "unknown", "executed"]


class Stale(Conflict):
    """A start was decided on a state that is no longer the newest (R-A3). Read again, decide again."""

    def __init__(self, reason: StaleReason, *, detail: str = "") -> None:
        super().__init__("stale", "Something newer happened in this conversation, so this was not started.", detail=detail)
        self.reason: StaleReason = reason


class Taken(Conflict):
    """A unique key is used already; `stream` and `seq` say where."""

    def __init__(self, key: str, stream: str, seq: int) -> None:
        super().__init__("taken", "This was already done once.", detail=f"{key} at {stream}:{seq}")
        self.key = key
        self.stream = stream
        self.seq = seq


class DuplicateIntent(Conflict):
    """An equal action exists: `holder` is the proposal or effect that has it, in `conversation` (R-C6)."""

    def __init__(self, intent_key: str, holder: str, conversation: str, state: IntentState) -> None:
        super().__init__(
            "duplicate_intent",
            "An equal action is already open, or was already carried out.",
            detail=f"{intent_key} held by {conversation}/{holder}: {state}",
        )
        self.intent_key = intent_key
        self.holder = holder
        self.conversation = conversation
        self.state: IntentState = state

    @property
    def proposal(self) -> str:
        """The holder, where it is a proposal."""
        return self.holder


class StreamExists(Conflict):
    """The log to be created is there already: append without `create`."""

    def __init__(self, stream: str) -> None:
        super().__init__("stream_exists", "This log exists already.", detail=stream)
        self.stream = stream


class NoSuchStream(NotFound):
    """No log of this id."""

    def __init__(self, stream: str) -> None:
        super().__init__("no_such_stream", "There is no such conversation.", detail=stream)


class EventTooLarge(Invalid):
    """An event may have 8 KiB of canonical JSON; what is longer belongs into a body."""

    def __init__(self, event_type: str, size: int) -> None:
        super().__init__("event_too_large", "This is too large to be stored as one event.", detail=f"{event_type}: {size}")
        self.size = size


class BodyErased(NotFound):
    """The body was erased on purpose (R-N5); the log that names it stays valid."""

    def __init__(self, body: str) -> None:
        super().__init__("body_erased", "This text was erased.", detail=body)


class Corrupt(Unusable):
    """Stored bytes are not the ones that were stored: a broken disk, or somebody wrote into the database."""

    def __init__(self, detail: str) -> None:
        super().__init__(
            "data_damaged",
            "Stored data does not match its own digest. Restore the data folder from a backup.",
            detail=detail,
        )
