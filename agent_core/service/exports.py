"""A person takes a conversation with its proofs out of the house (R-N5): whoever may, on record, never in silence."""

from dataclasses import dataclass
from typing import Final

from agent_core.audit.exported import file_bytes
from agent_core.audit.exporting import export_conversation
from agent_core.audit.sequencer import Sequencer
from agent_core.contract.actors import Person
from agent_core.contract.errors import Forbidden
from agent_core.contract.ids import ConversationId
from agent_core.contract.statements import Role
from agent_core.service.commands.common import Means
from agent_core.service.in_view import in_view
from agent_core.service.sessions import Seat

EXPORTERS: Final[tuple[Role, ...]] = ("lead", "admin")


@dataclass(frozen=True, slots=True)
class ExportFile:
    """The file, and how it may be called."""

    name: str
    data: bytes


async def export(
    means: Means, audit: Sequencer, seat: Seat, conversation: ConversationId, against: int | None = None
) -> ExportFile:
    """The file of one conversation.

    Raises:
        Forbidden: `role_not_allowed`, or that nobody is signed in with a key.
        NotFound: `not_found`: there is none, or not for this session.
        Invalid: `no_such_size`.
        Unavailable: `not_checkpointed`, `too_busy`.
    """
    if seat.person().role not in EXPORTERS:
        raise Forbidden("role_not_allowed", "Only a lead or an admin exports a conversation.")
    await in_view(means.store, seat, conversation)
    ring = await means.people.keyring()
    by = Person(operator=seat.person().id)
    found = await export_conversation(means.store, audit, ring, conversation, by, against)
    return ExportFile(f"{conversation}.countersign.json", file_bytes(found))
