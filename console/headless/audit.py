"""Audit's questions to a core, over its client: search, the past, reviews, verification, oversight.

Like the client it decides nothing. What is asked is what the contract names, so a saved search asks the same for ever.
"""

from urllib.parse import quote

from agent_core.contract.commands import CommandDone
from agent_core.contract.ids import ConversationId, EffectId
from agent_core.contract.looking_back import CallRequestShown, CallsAnswer, MomentShown
from agent_core.contract.oversight import OversightAnswer
from agent_core.contract.reviewing import ReviewCommand, ReviewQueue, ReviewsShown
from agent_core.contract.searching import SearchAnswer, SearchAsked, SearchFacets
from agent_core.contract.verification import VerificationShown, VerificationWanted
from console.headless.client import CoreClient


def _of(conversation: ConversationId) -> str:
    return f"/v1/conversations/{quote(conversation, safe='')}"


class AuditQueries:
    """The questions.

    Args:
        client: Signed in.
    """

    def __init__(self, client: CoreClient) -> None:
        self._client = client

    async def search(self, asked: SearchAsked) -> SearchAnswer:
        """A page of what was found; only what differs from an empty question travels."""
        return await self._client.query(SearchAnswer, "/v1/search", **asked.model_dump(mode="json", exclude_defaults=True))

    async def facets(self) -> SearchFacets:
        """What filters can be set to."""
        return await self._client.query(SearchFacets, "/v1/search/facets")

    async def moment(self, conversation: ConversationId, position: int) -> MomentShown:
        """A conversation as it was behind one event."""
        return await self._client.query(MomentShown, f"{_of(conversation)}/at", seq=position)

    async def calls(self, conversation: ConversationId) -> CallsAnswer:
        """Every call of a model in a conversation."""
        return await self._client.query(CallsAnswer, f"{_of(conversation)}/calls")

    async def request(self, conversation: ConversationId, effect: EffectId) -> CallRequestShown:
        """Exactly what a model saw in one call."""
        return await self._client.query(CallRequestShown, f"{_of(conversation)}/calls/{quote(effect, safe='')}/request")

    async def reviews(self, conversation: ConversationId) -> ReviewsShown:
        """What leads said about a conversation."""
        return await self._client.query(ReviewsShown, f"{_of(conversation)}/reviews")

    async def review_queue(self) -> ReviewQueue:
        """What is worth a look."""
        return await self._client.query(ReviewQueue, "/v1/reviews/next")

    async def review(self, command: ReviewCommand) -> CommandDone:
        """Note, score, or say that one has looked."""
        return await self._client.command(command)

    async def verification(self) -> VerificationShown:
        """How the newest verification stands."""
        return await self._client.query(VerificationShown, "/v1/audit/verification")

    async def verify(self) -> VerificationShown:
        """Begin one; a running one goes on."""
        return await self._client.tell(VerificationShown, "/v1/audit/verification", VerificationWanted())

    async def stop_verifying(self) -> VerificationShown:
        """Stop the one that runs."""
        return await self._client.tell(VerificationShown, "/v1/audit/verification", VerificationWanted(stop=True))

    async def oversight(self, days: int) -> OversightAnswer:
        """How people decided in the last days."""
        return await self._client.query(OversightAnswer, "/v1/oversight", days=days)
