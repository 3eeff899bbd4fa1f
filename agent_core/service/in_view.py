"""The one question before anything else is read of a conversation: is it one of this session's brands' (R-C1)?

It is asked of the stream's own row, in one statement, whatever the answer: a conversation of another brand costs exactly
what one that does not exist costs, and is refused in the same words. Nobody may fold or verify a log before it was asked.
"""

from agent_core.contract.errors import NotFound
from agent_core.contract.ids import StreamId
from agent_core.service.sessions import Seat
from agent_core.store import Store, StreamHead


async def in_view(store: Store, seat: Seat, stream: StreamId) -> StreamHead:
    """The head of a conversation that this session may see.

    Raises:
        NotFound: `not_found`: no such conversation, or not for this session.
    """
    head = await store.head(stream)
    if not shows(seat, head):
        raise NotFound("not_found", "There is no such thing here.", detail=stream)
    assert head is not None
    return head


def shows(seat: Seat, head: StreamHead | None) -> bool:
    """Whether this is a conversation, and of a brand of the session."""
    return head is not None and head.kind == "conversation" and seat.sees(head.brand)
