"""What Audit needs of a core, as a protocol: questions that change nothing, and the few deeds that a person signs."""

from typing import Protocol

from agent_core.contract.checkpoints import AlarmShown
from agent_core.contract.commands import CommandDone
from agent_core.contract.erasing import ErasurePreview, ErasureWanted
from agent_core.contract.events import ErasureReason
from agent_core.contract.ids import ConversationId, EffectId
from agent_core.contract.looking_back import CallRequestShown, CallsAnswer, MomentShown
from agent_core.contract.oversight import OversightAnswer
from agent_core.contract.reviewing import ReviewCommand, ReviewQueue, ReviewsShown
from agent_core.contract.searching import SearchAnswer, SearchAsked, SearchFacets
from agent_core.contract.verification import VerificationShown
from agent_core.contract.views import ConversationDetail
from console.state.app_state import LogStanding


class AuditCore(Protocol):
    """A core that answers for its past. Every method raises `ConsoleError`; what is signed raises `NoKey` as well."""

    async def search(self, asked: SearchAsked) -> SearchAnswer:
        """A page of what was found."""
        ...

    async def facets(self) -> SearchFacets:
        """What filters can be set to."""
        ...

    async def detail(self, conversation: ConversationId) -> ConversationDetail:
        """A conversation as it is now."""
        ...

    async def moment(self, conversation: ConversationId, position: int) -> MomentShown:
        """A conversation as it was behind one event."""
        ...

    async def calls(self, conversation: ConversationId) -> CallsAnswer:
        """Every call of a model in a conversation."""
        ...

    async def request(self, conversation: ConversationId, effect: EffectId) -> CallRequestShown:
        """Exactly what a model saw in one call, verified."""
        ...

    async def reviews(self, conversation: ConversationId) -> ReviewsShown:
        """What leads said about a conversation, and the rubric."""
        ...

    async def review_queue(self) -> ReviewQueue:
        """What is worth a look."""
        ...

    async def review(self, command: ReviewCommand) -> CommandDone:
        """Note, score, or say that one has looked."""
        ...

    async def verification(self) -> VerificationShown:
        """How the newest verification stands."""
        ...

    async def verify(self) -> VerificationShown:
        """Begin one; a running one goes on."""
        ...

    async def stop_verifying(self) -> VerificationShown:
        """Stop the one that runs."""
        ...

    async def oversight(self, days: int) -> OversightAnswer:
        """How people decided in the last days."""
        ...

    async def export(self, conversation: ConversationId) -> bytes:
        """A conversation with its proofs, as a file; that it left is on record."""
        ...

    async def erasure_preview(self, wanted: ErasureWanted) -> ErasurePreview:
        """What an erasure would take and leave; nothing is done."""
        ...

    async def erase(self, shown: ErasurePreview, reason: ErasureReason) -> CommandDone:
        """Erase exactly what was shown; signed."""
        ...

    async def acknowledge(self, alarm: AlarmShown, comment: str) -> CommandDone:
        """An admin knows why the log is another one; signed."""
        ...

    async def witness(self) -> LogStanding:
        """What comparing the core's newest checkpoint with the last one seen here came to."""
        ...

    async def take_on_log(self) -> LogStanding:
        """A person here knows why: what the core shows counts on this console from now on."""
        ...
