"""A customer who writes where everything was erased begins anew: the thread's next conversation, with no memory (R-N5).

The channel goes on calling its thread as before, and that name is kept nowhere in the clear. So the conversations of a
thread are numbered: the first one that is not erased, or about to be, is the present one.
"""

from collections.abc import Callable

from agent_core.contract.ids import BrandId, ConversationId, StreamId, conversation_id
from agent_core.conversation.erasing import over
from agent_core.conversation.state import State
from agent_core.engine.steps.erasing import erased_key
from agent_core.store import ReadTx


class ErasedMeanwhile(Exception):
    """The conversation was erased, or is about to be: look for the present one again."""


def present(
    tx: ReadTx, brand: BrandId, channel: str, thread: str, *, secret: bytes
) -> tuple[ConversationId, ConversationId | None]:
    """The conversation a thread is at now, and the one right before it, which is erased; none when it is the first.

    Args:
        tx: One instant.
        brand: Whose channel.
        channel: The channel's name.
        thread: As the channel calls it.
        secret: The installation's own.
    """
    before: ConversationId | None = None
    again = 0
    while True:
        stream = conversation_id(brand, channel, thread, secret=secret, again=again)
        if not tx.unique_key_exists(erased_key(stream)):
            return stream, before
        before = stream
        again += 1


def still_there(stream: StreamId) -> Callable[[ReadTx], None]:
    """A check of an append that was not built on the newest log.

    Raises:
        ErasedMeanwhile: Nothing may enter any more.
    """

    def check(tx: ReadTx) -> None:
        if tx.unique_key_exists(erased_key(stream)):
            raise ErasedMeanwhile

    return check


def refuse_erased(state: State) -> None:
    """Raises where nothing may enter any more.

    Raises:
        ErasedMeanwhile: An erasure was ordered since the conversation was looked for.
    """
    if over(state):
        raise ErasedMeanwhile
