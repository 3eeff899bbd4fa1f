"""Which block paints which item: the one place where every kind of item must appear.

Pyright proves that none is forgotten.
"""

from typing import assert_never

from console.widgets.transcript.block import Block
from console.widgets.transcript.cards import ProposalBlock, ToolCallBlock
from console.widgets.transcript.items import (
    AgentMessage,
    BesideMark,
    CustomerMessage,
    DayDivider,
    GuardrailMark,
    NoticeMark,
    PersonMessage,
    ProposalCard,
    RoutingMark,
    StrippedMark,
    SystemMessage,
    ToolCallCard,
    TranscriptItem,
)
from console.widgets.transcript.marks import BesideBlock, DayBlock, MarkBlock
from console.widgets.transcript.messages import MessageBlock


def block_for(item: TranscriptItem) -> Block:
    """Return the block that paints an item."""
    match item:
        case DayDivider():
            return DayBlock(item)
        case CustomerMessage() | AgentMessage() | PersonMessage() | SystemMessage():
            return MessageBlock(item)
        case RoutingMark() | NoticeMark() | GuardrailMark() | StrippedMark():
            return MarkBlock(item)
        case BesideMark():
            return BesideBlock(item)
        case ToolCallCard():
            return ToolCallBlock(item)
        case ProposalCard():
            return ProposalBlock(item)
        case _:
            assert_never(item)
