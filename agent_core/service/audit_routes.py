"""Routes of Audit: looking back, searching, reviewing, measuring, verifying. Thin, like all routes (R-M5)."""

from typing import Annotated

from fastapi import APIRouter, Path, Query

from agent_core.contract.base import Instant
from agent_core.contract.ids import ConversationId, EffectId, StreamId
from agent_core.contract.looking_back import CallRequestShown, CallsAnswer, MomentShown
from agent_core.contract.oversight import OversightAnswer
from agent_core.contract.reviewing import MOST_QUEUED, ReviewQueue, ReviewsShown
from agent_core.contract.searching import SearchAnswer, SearchAsked, SearchFacets
from agent_core.contract.verification import VerificationShown, VerificationWanted
from agent_core.service import model_calls, oversight, reviews
from agent_core.service.composition import Core
from agent_core.service.moments import Moments
from agent_core.service.seating import REFUSALS, Seated

Conversation = Annotated[str, Path(max_length=120)]


def audit_routes(core: Core) -> APIRouter:
    """Routes for those who find, understand and prove what happened."""
    routes = APIRouter(prefix="/v1", responses=REFUSALS)
    moments = Moments(core.store, core.projector, core.people, core.shelf)

    @routes.get("/conversations/{conversation}/calls")
    async def model_calls_shown(seat: Seated, conversation: Conversation) -> CallsAnswer:
        return await model_calls.calls(core.store, seat, _named(conversation))

    @routes.get("/conversations/{conversation}/calls/{effect}/request")
    async def model_request(
        seat: Seated, conversation: Conversation, effect: Annotated[str, Path(max_length=80)], raw: bool = False
    ) -> CallRequestShown:
        return await model_calls.request(core.store, seat, _named(conversation), EffectId(effect), raw=raw)

    @routes.get("/conversations/{conversation}/at")
    async def moment(
        seat: Seated,
        conversation: Conversation,
        seq: Annotated[int | None, Query(ge=1, le=2**31)] = None,
        time: Instant | None = None,
    ) -> MomentShown:
        return await moments.at(seat, _named(conversation), seq, time)

    @routes.get("/search")
    async def search(seat: Seated, asked: Annotated[SearchAsked, Query()]) -> SearchAnswer:
        return await core.search.answer(seat, asked, core.shelf.names())

    @routes.get("/search/facets")
    async def search_facets(seat: Seated) -> SearchFacets:
        return await core.search.facets(seat, core.shelf.names())

    @routes.get("/conversations/{conversation}/reviews")
    async def reviews_shown(seat: Seated, conversation: Conversation) -> ReviewsShown:
        return await reviews.shown(core.means, core.projector, seat, _named(conversation))

    @routes.get("/reviews/next")
    async def review_queue(
        seat: Seated,
        brand: Annotated[str | None, Query(max_length=64)] = None,
        workflow: Annotated[str | None, Query(max_length=64)] = None,
        days: Annotated[int, Query(ge=1, le=400)] = reviews.DAYS,
        limit: Annotated[int, Query(ge=1, le=MOST_QUEUED)] = 20,
    ) -> ReviewQueue:
        return await reviews.queue(core.means, core.search, seat, brand, workflow, days, limit)

    @routes.get("/oversight")
    async def measured_oversight(
        seat: Seated,
        brand: Annotated[str | None, Query(max_length=64)] = None,
        workflow: Annotated[str | None, Query(max_length=64)] = None,
        operator: Annotated[str | None, Query(max_length=64)] = None,
        days: Annotated[int, Query(ge=1, le=400)] = 30,
        since: Instant | None = None,
        until: Instant | None = None,
    ) -> OversightAnswer:
        brands = [each for each in seat.brands(core.shelf.names()) if brand in (None, each)]
        return await oversight.oversight(core.means, brands, days, since, until, workflow=workflow, operator=operator)

    @routes.get("/audit/verification")
    async def verification_shown(seat: Seated) -> VerificationShown:
        return await core.verification.shown(seat)

    @routes.post("/audit/verification")
    async def verification_wanted(seat: Seated, body: VerificationWanted) -> VerificationShown:
        return await (core.verification.cancel(seat) if body.stop else core.verification.begin(seat))

    del verification_shown, verification_wanted
    del reviews_shown, review_queue, measured_oversight
    del model_calls_shown, model_request, moment, search, search_facets
    return routes


def _named(conversation: str) -> ConversationId:
    return ConversationId(StreamId(conversation))
