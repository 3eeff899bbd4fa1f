"""A row of the list, from the core's view (R-M1)."""

from datetime import datetime

from agent_core.contract.views import ConversationRow
from console import texts_listing, texts_time
from console.state.ages import ago, left
from console.widgets.conversation_list import ConversationRowProps

CHANNEL_ICONS = {"email": "mail", "webchat": "message-circle", "sms": "smartphone", "phone": "phone"}
_NEAR = 60 * 60


def intent_words(name: str) -> str:
    """An intent's id as words: `where_is_my_order` reads `Where is my order`."""
    return name.replace("_", " ").replace("-", " ").strip().capitalize()


def promise(due: datetime | None, now: datetime, *, broken: bool) -> tuple[str, bool]:
    """What breaches next, and whether it is broken already: nothing while the next clock is more than an hour away."""
    remaining = left(due, now)
    if broken or remaining == 0:
        return texts_listing.OVERDUE, True
    if remaining is None or remaining >= _NEAR:
        return "", False
    return texts_time.MINUTES.format(count=max(1, remaining // 60)), False


def row_props(
    row: ConversationRow, now: datetime, reason: str = "", here: tuple[str, ...] = (), paused: str = ""
) -> ConversationRowProps:
    """The props of a row.

    Args:
        row: As the core says.
        now: The present moment.
        reason: Why it needs a person, in a few words; it stands where the intents would.
        here: Who looks at it.
        paused: Which of its workflows are paused, in words.
    """
    clocks = [at for at in (row.next_breach, row.due_at) if at is not None]
    breach, breached = promise(min(clocks, default=None), now, broken=row.breached) if row.needs_person else ("", False)
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
        paused=paused,
    )
