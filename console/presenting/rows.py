"""A row of the list, from the core's view (R-M1)."""

from datetime import datetime

from agent_core.contract.views import ConversationRow
from console.state.ages import ago, left
from console.widgets.conversation_list import ConversationRowProps

CHANNEL_ICONS = {"email": "mail", "webchat": "message-circle", "sms": "smartphone", "phone": "phone"}
_NEAR = 15 * 60


def intent_words(name: str) -> str:
    """An intent's id as words: `where_is_my_order` reads `Where is my order`."""
    return name.replace("_", " ").replace("-", " ").strip().capitalize()


def row_props(row: ConversationRow, now: datetime, reason: str = "", here: tuple[str, ...] = ()) -> ConversationRowProps:
    """The props of a row.

    Args:
        row: As the core says.
        now: The present moment.
        reason: Why it needs a person, in a few words; it stands where the intents would.
        here: Who looks at it.
    """
    due = left(row.due_at, now)
    breach, breached = "", False
    if due is not None and row.needs_person and due < _NEAR:
        breached = due == 0
        breach = "overdue" if breached else f"{max(1, due // 60)}\u00a0min"
    intents = reason or " · ".join(intent_words(name) for name in row.intents)
    return ConversationRowProps(
        id=row.conversation,
        name=row.customer_name,
        snippet=row.snippet,
        state=row.label,
        intents=intents,
        waiting=ago(row.waiting_since or row.last_at, now),
        channel=CHANNEL_ICONS.get(row.channel, "message-circle"),
        unread=row.needs_person,
        owner=row.owner_name or "",
        breach=breach,
        breached=breached,
        here=", ".join(here),
    )
