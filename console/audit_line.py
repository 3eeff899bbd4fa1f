"""Audit's questions and deeds over the console's one line to a core (`console.state.audit_port`)."""

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
from console.connected import Connected
from console.headless.audit import AuditQueries
from console.state import sentences
from console.state.app_state import LogStanding
from console.state.ports import SessionEnded
from console.telling import told


class AuditLine:
    """The line.

    Args:
        connected: The console's line; the core behind it may come and go.
    """

    def __init__(self, connected: Connected) -> None:
        self._connected = connected

    def _asks(self) -> AuditQueries:
        return AuditQueries(self._connected.client)

    async def detail(self, conversation: ConversationId) -> ConversationDetail:
        """A conversation as it is now."""
        return await self._connected.detail(conversation)

    async def search(self, asked: SearchAsked) -> SearchAnswer:
        """A page of what was found."""
        with told():
            return await self._asks().search(asked)

    async def facets(self) -> SearchFacets:
        """What filters can be set to."""
        with told():
            return await self._asks().facets()

    async def moment(self, conversation: ConversationId, position: int) -> MomentShown:
        """A conversation as it was behind one event."""
        with told():
            return await self._asks().moment(conversation, position)

    async def calls(self, conversation: ConversationId) -> CallsAnswer:
        """Every call of a model in a conversation."""
        with told():
            return await self._asks().calls(conversation)

    async def request(self, conversation: ConversationId, effect: EffectId) -> CallRequestShown:
        """Exactly what a model saw in one call, verified."""
        with told():
            return await self._asks().request(conversation, effect)

    async def reviews(self, conversation: ConversationId) -> ReviewsShown:
        """What leads said about a conversation, and the rubric."""
        with told():
            return await self._asks().reviews(conversation)

    async def review_queue(self) -> ReviewQueue:
        """What is worth a look."""
        with told():
            return await self._asks().review_queue()

    async def review(self, command: ReviewCommand) -> CommandDone:
        """Note, score, or say that one has looked."""
        with told():
            return await self._asks().review(command)

    async def verification(self) -> VerificationShown:
        """How the newest verification stands."""
        with told():
            return await self._asks().verification()

    async def verify(self) -> VerificationShown:
        """Begin one; a running one goes on."""
        with told():
            return await self._asks().verify()

    async def stop_verifying(self) -> VerificationShown:
        """Stop the one that runs."""
        with told():
            return await self._asks().stop_verifying()

    async def oversight(self, days: int) -> OversightAnswer:
        """How people decided in the last days."""
        with told():
            return await self._asks().oversight(days)

    async def export(self, conversation: ConversationId) -> bytes:
        """A conversation with its proofs, as a file."""
        with told():
            return await self._connected.client.export(conversation)

    async def erasure_preview(self, wanted: ErasureWanted) -> ErasurePreview:
        """What an erasure would take and leave."""
        with told():
            return await self._connected.client.erasure_preview(wanted)

    async def erase(self, shown: ErasurePreview, reason: ErasureReason) -> CommandDone:
        """Erase exactly what was shown; signed."""
        with told():
            return await self._connected.client.erase(shown, reason)

    async def acknowledge(self, alarm: AlarmShown, comment: str) -> CommandDone:
        """An admin knows why the log is another one; signed."""
        with told():
            client = self._connected.client
            if client.session is None:
                raise SessionEnded("not_signed_in", sentences.READ_ONLY_SESSION)
            return await client.acknowledge_audit(alarm, client.session.core, comment=comment)

    async def witness(self) -> LogStanding:
        """What comparing the core's newest checkpoint with the last one seen here came to."""
        return await self._connected.witness()

    async def take_on_log(self) -> LogStanding:
        """A person here knows why: what the core shows counts on this console from now on."""
        self._connected.accept_log()
        return await self._connected.witness()
