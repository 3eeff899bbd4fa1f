"""The row of a conversation that cannot be shown: it stands among what needs people, and says so (R-A9, R-N6).

Made of nothing but where the damage stands, for nothing else of it can be trusted. The next record of the conversation that
can be shown again takes its place. It must never hold an outside word.
"""

from datetime import datetime
from typing import Final

from agent_core.contract.ids import BrandId, ConversationId, StreamId
from agent_core.contract.views import ConversationRow
from agent_core.service.projection.rows import placed_row
from agent_core.service.projection.views import Placed

WORDS: Final = "This conversation cannot be shown: its log is damaged, or a view of it failed. Somebody on call must look."


def unshown_row(stream: StreamId, brand: BrandId, seq: int, at: datetime, position: int) -> Placed:
    """A row that names the conversation and asks for a person."""
    row = ConversationRow(
        conversation=ConversationId(stream),
        version=seq,
        brand=brand,
        channel="",
        customer_name="",
        snippet=WORDS,
        snippet_by="system",
        label="quarantined",
        owner="nobody",
        owner_name=None,
        intents=(),
        needs_person=True,
        asks=("quarantine",),
        urgency="normal",
        sentiment="neutral",
        language="",
        money=None,
        tool_failing=False,
        verified=False,
        messages=0,
        last_at=at,
        waiting_since=at,
        due_at=None,
    )
    return placed_row(row, position)
