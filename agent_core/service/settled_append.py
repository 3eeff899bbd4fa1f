"""Appending what was decided on a state, only if that state is still the newest: read, build, append, else once more.

For commands and inbound messages, whose checks read the whole conversation. Effects have their fence; this is the same rule
for what is not an effect. What the tables do not allow is refused, and the refusal is on record (R-A1). It must never append
something that was built on an older log.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace

from agent_core.contract.errors import Conflict, Unavailable
from agent_core.contract.events import Recorded, TransitionRefused
from agent_core.contract.ids import StreamId
from agent_core.conversation.evolve import fold
from agent_core.conversation.standing import refusal
from agent_core.conversation.state import State
from agent_core.engine.foreseen import foreseen
from agent_core.service.folded import Folded
from agent_core.store import Append, Appended, Draft, ReadTx, Store, StreamExists

_TRIES = 25
_CODE = "not_possible"
_SENTENCE = "That is not possible in the state this conversation is in."


@dataclass(frozen=True, slots=True)
class Read:
    """A log as it was read, and what it folds to. Without records where only the state was asked for."""

    stream: StreamId
    records: tuple[Recorded, ...]
    state: State

    @property
    def seq(self) -> int:
        """The newest event."""
        return self.state.seq


class Moved(Conflict):
    """What was read is not the newest any more: it is read and built again."""

    def __init__(self, stream: StreamId) -> None:
        super().__init__("moved", "Something newer happened. Try again.", detail=stream)


async def read_log(store: Store, stream: StreamId) -> Read:
    """The log and its state, as of now."""
    records = await store.records(stream)
    return Read(stream, records, fold(records))


async def append_on_newest(
    store: Store, stream: StreamId, build: Callable[[Read], Awaitable[Append]], *, folded: Folded | None = None
) -> tuple[Read, Appended]:
    """Reads, builds and appends; reads again when something came between.

    Args:
        store: The log.
        stream: The conversation.
        build: Makes the append from what was read; raises to refuse.
        folded: Where the state is kept; then only that is read, and no records.

    Returns:
        What it was decided on, and what stands in the log now.

    Raises:
        CountersignError: What `build` or the store raises.
        Conflict: `not_possible`: a table does not allow it where things stand; that was recorded.
        Unavailable: `too_busy` when the conversation moved every time.
    """
    for _ in range(_TRIES):
        read = await read_log(store, stream) if folded is None else Read(stream, (), await folded.newest(stream))
        wanted = await build(read)

        def unmoved(tx: ReadTx, read: Read = read) -> None:
            head = tx.head(stream)
            if (0 if head is None else head.seq) != read.seq:
                raise Moved(stream)

        refused = _refused(read, wanted.drafts, store)
        try:
            if refused is not None:
                await store.append(Append(stream, [refused], checks=(unmoved,)))
                raise Conflict(_CODE, _SENTENCE, detail=f"{stream} {refused.event}"[:300])
            appended = await store.append(replace(wanted, checks=(*wanted.checks, unmoved)))
            if folded is not None:
                folded.appended(stream, read.state, appended.records)
            return read, appended
        except (Moved, StreamExists):
            continue
    raise Unavailable("too_busy", "Too much happens in this conversation at this moment. Try again.", detail=stream)


def _refused(read: Read, drafts: Sequence[Draft], store: Store) -> Draft | None:
    """What goes on record instead of the drafts, when a table does not allow one of them."""
    state = read.state
    for draft in drafts:
        found = refusal(state, draft.event, draft.actor)
        if found is not None:
            event = TransitionRefused(
                machine=found.machine,
                subject=found.subject[:200],
                now=found.now,
                wanted=found.event[:100],
                code=_CODE,
                sentence=_SENTENCE,
            )
            return Draft(event, draft.actor)
        state = foreseen(state, (draft,), read.stream, store.clock())
    return None
