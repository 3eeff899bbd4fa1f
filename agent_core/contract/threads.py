"""How the outside names a conversation: the channel's id of the thread, and of the customer.

Either may be an address, a telephone number or a Message-ID, so they stand in an erasable body and never in an event, an id
or a key (R-N5). What must be found again by them is keyed with the store's secret, see `ids.keyed`.
"""

from pydantic import Field

from agent_core.contract.base import Value
from agent_core.contract.bodies import Body, new_body
from agent_core.contract.canonical import canonical


class Thread(Value):
    """The channel's own ids, as the boundary let them in."""

    external_id: str = Field(max_length=200)
    customer: str = Field(max_length=200)


def thread_body(thread: Thread) -> Body:
    """The body that a conversation's first event names."""
    return new_body("context", canonical(thread.model_dump(mode="json")).decode())


def read_thread(text: str) -> Thread:
    """The thread in a body's text.

    Raises:
        ValueError: The text is none.
    """
    return Thread.model_validate_json(text)
