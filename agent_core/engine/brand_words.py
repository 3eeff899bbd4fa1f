"""What the brand itself says to a customer, outside of any run: drafted here, sent like every reply.

The words are people's own; it must never hold anything a model wrote.
"""

from agent_core.contract.bodies import Body, new_body
from agent_core.contract.events import ReplyDrafted
from agent_core.engine.common import Context


def brand_says(context: Context, text: str, *, held: bool = False) -> tuple[ReplyDrafted, Body]:
    """The draft of a fixed text, and its body.

    Args:
        context: The look.
        text: The whole reply, as the customer reads it.
        held: It leaves although the conversation is quarantined.
    """
    state = context.session.state
    body = new_body("reply", text)
    drafted = ReplyDrafted(
        reply=state.replies + 1,
        turn=state.turn.turn,
        epoch=state.epoch,
        text=body.ref,
        covers=(),
        made_by="fixed_text",
        release=context.brand.release.digest,
        held=held,
    )
    return drafted, body
