"""The routes. Thin: each finds the session, asks one part of the core, and answers a type of the contract (R-A10).

Every route but health and the webhooks needs a session. Errors have one shape. It must never answer a stack trace, an
outside string in an error, or anything to a browser of another origin.
"""

import contextlib
from typing import Annotated, TypeVar

import structlog
from fastapi import APIRouter, FastAPI, Header, Query, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp

from agent_core.contract.assessing import AssessmentsAnswer
from agent_core.contract.base import Instant
from agent_core.contract.checked_replies import CheckedReply, CheckReply, ReplyChecksAnswer
from agent_core.contract.checkpoints import CheckpointAnswer, ConsistencyAnswer
from agent_core.contract.commands import Challenge, Command, CommandDone, EmbeddedSignIn, Repair, Session, SignIn
from agent_core.contract.detections import DetectionsAnswer
from agent_core.contract.editing import EditAsked, EditPreview
from agent_core.contract.errors import CountersignError, ErrorAnswer, ErrorBody, Invalid, NotFound, Unavailable
from agent_core.contract.events import MOST_WORKFLOWS
from agent_core.contract.evidence_of_authority import AuthorityEvidenceAnswer
from agent_core.contract.handing import HandoffPacket
from agent_core.contract.ids import AskId, ConversationId
from agent_core.contract.integrations import IntegrationsAnswer
from agent_core.contract.merkle import LARGEST_SIZE
from agent_core.contract.overriding import OverridePreview, OverridesAnswer
from agent_core.contract.queues import MOST_BREACHES, BreachesAnswer, QueuesAnswer
from agent_core.contract.repairing import RepairShown
from agent_core.contract.views import (
    AskCard,
    ConversationDetail,
    CoreShown,
    FeedAnswer,
)
from agent_core.service import (
    assessments,
    authority_evidence,
    commands,
    edit_previews,
    handing,
    overrides,
    queues,
    repairs,
    reply_checks,
)
from agent_core.service.acting_routes import acting_routes
from agent_core.service.answers import AsksAnswer, CallbackTaken, Health, InboundStatus, InboundTaken, Message
from agent_core.service.audit_routes import audit_routes
from agent_core.service.commands import anchoring
from agent_core.service.composition import Core
from agent_core.service.doorway import Doorway, request_id
from agent_core.service.feed import MOST_WAIT, Begin, Feed, LogShown
from agent_core.service.leaving_routes import leaving_routes
from agent_core.service.level_routes import level_routes
from agent_core.service.listing_routes import listing_routes
from agent_core.service.operator_routes import operator_routes
from agent_core.service.outliving import StillSeated
from agent_core.service.presence_routes import presence_routes
from agent_core.service.route_table import put_in
from agent_core.service.seating import DECLARED, REFUSALS, Seated, Token, asking
from agent_core.service.sessions import NotSignedIn
from agent_core.service.stop_routes import stop_routes
from agent_core.service.triage_routes import triage_routes

log = structlog.get_logger(__name__)

_Found = TypeVar("_Found")


def create_app(core: Core) -> ASGIApp:
    """The application of a running core."""
    app = FastAPI(
        title="Countersign core",
        version=core.instance.version,
        description="Commands, queries and one feed, for people who supervise agents.",
        docs_url=None,
        redoc_url=None,
        openapi_url="/v1/openapi.json",
    )
    app.state.core = core
    app.add_exception_handler(CountersignError, _refused)
    app.add_exception_handler(RequestValidationError, _malformed)
    app.add_exception_handler(HTTPException, _http)
    put_in(
        app,
        _doors(core),
        listing_routes(core),
        presence_routes(core),
        _queries(core),
        _replies(core),
        _handing(core),
        _editing(core),
        _routing(core),
        _repairs(core),
        operator_routes(core),
        _audit(core),
        leaving_routes(core),
        level_routes(core),
        stop_routes(core),
        audit_routes(core),
        triage_routes(core),
        acting_routes(core),
    )
    return Doorway(StillSeated(app, core.desk))


def answer_error(request: Request, status: int, code: str, message: str) -> JSONResponse:
    """The one error shape of the API."""
    body = ErrorAnswer(error=ErrorBody(code=code, message=message, request_id=request_id(request.scope)))
    return JSONResponse(body.model_dump(), status_code=status)


async def _refused(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, CountersignError)
    if error.status >= 500:
        log.warning("answered_error", code=error.code, detail=error.detail, path=request.url.path)
    else:
        log.info("refused", code=error.code, detail=error.detail, path=request.url.path)
    answer = answer_error(request, error.status, error.code, error.message)
    if isinstance(error, Unavailable):
        answer.headers["retry-after"] = str(error.retry_after)
    return answer


async def _malformed(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    first = error.errors()[0] if error.errors() else {}
    # Names of our own fields only: what was sent is never repeated.
    where = ".".join(str(part) for part in first.get("loc", ())[:4] if isinstance(part, str) and part.isidentifier())
    words = "The body is not JSON." if first.get("type") == "json_invalid" else "A field is missing or has the wrong form."
    log.info("malformed", where=where[:80], type=str(first.get("type"))[:60], path=request.url.path)
    return answer_error(request, 422, "malformed", f"{words} ({where[:80]})" if where else words)


async def _http(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    codes = {404: ("not_found", "There is no such thing here."), 405: ("wrong_method", "This cannot be asked in that way.")}
    code, message = codes.get(error.status_code, ("refused", "The request was refused."))
    return answer_error(request, error.status_code, code, message)


def _doors(core: Core) -> APIRouter:
    """Health, sign-in and the webhooks: what needs no session."""
    routes = APIRouter(prefix="/v1", responses=REFUSALS)

    @routes.get("/health", responses=DECLARED)
    async def health() -> Health:
        return Health(core=core.instance.core, version=core.instance.version)

    @routes.post("/challenge")
    async def challenge(request: Request, token: Token) -> Challenge:
        seated = False
        if token:
            with contextlib.suppress(NotSignedIn):  # whoever is not signed in asks in order to be
                await core.desk.seat(token, await asking(request))
                seated = True
        return core.desk.challenge(seated=seated).model_copy(update={"anchor": anchoring.shown(core.means)})

    @routes.post("/sessions")
    async def sign_in(body: SignIn) -> Session:
        return await core.desk.sign_in(body.envelope)

    @routes.post("/sessions/embedded")
    async def sign_in_embedded(body: EmbeddedSignIn) -> Session:
        return await core.desk.sign_in_embedded(body.token, body.session_key)

    @routes.post("/inbound/{brand}/{channel}")
    async def inbound(brand: str, channel: str, request: Request) -> InboundTaken:
        taken = await core.entrance.take(brand, channel, request.headers, request.stream())
        return InboundTaken(duplicate=taken.duplicate, with_people=taken.with_people)

    @routes.post("/callbacks/{brand}/{system}")
    async def callback(brand: str, system: str, request: Request) -> CallbackTaken:
        taken = await core.callbacks.take(brand, system, request.headers, request.stream())
        return CallbackTaken(duplicate=taken.duplicate, late=taken.late)

    @routes.get("/inbound/{brand}/{channel}/{event_id}")
    async def inbound_status(brand: str, channel: str, event_id: str, request: Request) -> InboundStatus:
        return InboundStatus(state=await core.entrance.status(brand, channel, event_id, request.headers))

    del health, challenge, sign_in, sign_in_embedded, inbound, callback, inbound_status
    return routes


def _queries(core: Core) -> APIRouter:
    """Everything that needs a session."""
    routes = APIRouter(prefix="/v1", responses=REFUSALS)
    feed = Feed(core)

    @routes.get("/sessions/current")
    async def current(seat: Seated, token: Token) -> Session:
        return await core.desk.shown(seat, token)

    @routes.delete("/sessions/current")
    async def sign_out(seat: Seated, everywhere: bool = False) -> Message:
        await core.presence.leave(seat.session)
        core.desk.sign_out(seat, everywhere=everywhere)
        return Message()

    @routes.post("/sessions/renew")
    async def renew(request: Request, token: Token) -> Session:
        return await core.desk.renew(token, await asking(request))

    @routes.get("/feed")
    async def changes(
        seat: Seated,
        after: Annotated[str | None, Query(max_length=400)] = None,
        wait: Annotated[float, Query(ge=0, le=MOST_WAIT)] = 0,
        present: Annotated[str | None, Query(max_length=16)] = None,
        begin: Begin = "all",
    ) -> FeedAnswer:
        return await feed.changes(seat, after, wait, present, begin)

    @routes.get("/core")
    async def shown(seat: Seated) -> CoreShown:
        return await feed.core_shown(seat)

    @routes.get("/conversations/{conversation}", response_model=ConversationDetail | Message)
    async def detail(seat: Seated, conversation: str, after_version: Annotated[int, Query(ge=0)] = 0) -> Response:
        page = _there(await feed.detail(seat, ConversationId(conversation), after_version))  # pyright: ignore[reportArgumentType] - from the wire
        return Response(page or Message().model_dump_json(), media_type="application/json")

    @routes.get("/conversations/{conversation}/log")
    async def raw(
        seat: Seated,
        conversation: str,
        after: Annotated[int, Query(ge=0)] = 0,
        limit: Annotated[int, Query(ge=1, le=2000)] = 500,
    ) -> LogShown:
        return _there(await feed.log(seat, ConversationId(conversation), after, limit))  # pyright: ignore[reportArgumentType] - from the wire

    @routes.get("/asks")
    async def asks(
        seat: Seated,
        brand: Annotated[str | None, Query(max_length=64)] = None,
        queue: Annotated[str | None, Query(max_length=64)] = None,
        language: Annotated[str | None, Query(max_length=8)] = None,
        assigned: Annotated[str | None, Query(max_length=64)] = None,
    ) -> AsksAnswer:
        me = None if seat.operator is None else seat.operator.id
        found = await feed.asks(seat)
        return AsksAnswer(asks=queues.chosen(found, brand=brand, queue=queue, language=language, assigned=assigned, me=me))

    @routes.get("/asks/{ask}")
    async def ask(seat: Seated, ask: str) -> AskCard:
        return _there(await feed.ask(seat, AskId(ask)))

    @routes.get("/detections")
    async def detections(seat: Seated, days: Annotated[int, Query(ge=1, le=366)] = 30) -> DetectionsAnswer:
        return await feed.detections(seat, days)

    @routes.get("/integrations")
    async def integrations(seat: Seated) -> IntegrationsAnswer:
        return feed.integrations(seat)

    @routes.post("/commands")
    async def command(
        seat: Seated, body: Command, idempotency_key: Annotated[str, Header(min_length=1, max_length=100)]
    ) -> CommandDone:
        return await commands.carry_out(core.means, seat, body, idempotency_key)

    del (
        current,
        sign_out,
        renew,
        changes,
        shown,
        detail,
        raw,
        asks,
        ask,
        detections,
        integrations,
        command,
    )
    return routes


def _editing(core: Core) -> APIRouter:
    """What a change of a proposal would come to (R-C3)."""
    routes = APIRouter(prefix="/v1", responses=REFUSALS)

    @routes.post("/conversations/{conversation}/asks/{ask}/edit-preview")
    async def edit_preview(seat: Seated, conversation: str, ask: str, body: EditAsked) -> EditPreview:
        return await edit_previews.preview(core.means, seat, ConversationId(conversation), AskId(ask), body.arguments)  # pyright: ignore[reportArgumentType] - from the wire

    del edit_preview
    return routes


def _routing(core: Core) -> APIRouter:
    """What people may change about the routing, and what they did (R-B7)."""
    routes = APIRouter(prefix="/v1", responses=REFUSALS)
    feed = Feed(core)

    @routes.get("/conversations/{conversation}/override-preview")
    async def override_preview(
        seat: Seated,
        conversation: str,
        workflows: Annotated[str, Query(max_length=1000)] = "",
        queue: Annotated[str | None, Query(max_length=64)] = None,
    ) -> OverridePreview:
        names = [name for name in workflows.split(",") if name][:MOST_WORKFLOWS]
        return await overrides.preview(core.means, seat, ConversationId(conversation), names, queue)  # pyright: ignore[reportArgumentType] - from the wire

    @routes.get("/overrides")
    async def routing_overrides(
        seat: Seated,
        after: Annotated[str | None, Query(max_length=200)] = None,
        limit: Annotated[int, Query(ge=1, le=500)] = 100,
    ) -> OverridesAnswer:
        return await feed.overrides(seat, after, limit)

    del override_preview, routing_overrides
    return routes


def _repairs(core: Core) -> APIRouter:
    """Conversations in quarantine, for on-call: look, and repair (R-A8)."""
    routes = APIRouter(prefix="/v1", responses=REFUSALS)

    @routes.get("/conversations/{conversation}/repair")
    async def repair_shown(seat: Seated, conversation: str) -> RepairShown:
        return await repairs.shown(core.means, seat, ConversationId(conversation))  # pyright: ignore[reportArgumentType] - from the wire

    @routes.post("/conversations/{conversation}/repair")
    async def repair(
        seat: Seated,
        conversation: str,
        body: Repair,
        idempotency_key: Annotated[str, Header(min_length=1, max_length=100)],
    ) -> CommandDone:
        if body.conversation != conversation:
            raise Invalid("other_conversation", "The repair is about another conversation than this one.")
        return await commands.carry_out(core.means, seat, body, idempotency_key)

    del repair_shown, repair
    return routes


def _replies(core: Core) -> APIRouter:
    """What stands against words for a customer."""
    routes = APIRouter(prefix="/v1", responses=REFUSALS)

    @routes.get("/reply-checks")
    async def checked(seat: Seated, days: Annotated[int, Query(ge=1, le=366)] = 30) -> ReplyChecksAnswer:
        return await reply_checks.counted(core.means, seat.brands(core.shelf.names()), days)

    @routes.post("/conversations/{conversation}/check-reply")
    async def check_reply(seat: Seated, conversation: str, body: CheckReply) -> CheckedReply:
        return await reply_checks.check(core.means, seat, ConversationId(conversation), body.text)  # pyright: ignore[reportArgumentType] - from the wire

    del checked, check_reply
    return routes


def _handing(core: Core) -> APIRouter:
    """What a person must know before they go on with a conversation."""
    routes = APIRouter(prefix="/v1", responses=REFUSALS)

    @routes.get("/conversations/{conversation}/packet")
    async def handoff_packet(
        seat: Seated, conversation: str, language: Annotated[str, Query(max_length=8)] = "en"
    ) -> HandoffPacket:
        return await handing.packet_of(core.means, seat, ConversationId(conversation), language)  # pyright: ignore[reportArgumentType] - from the wire

    @routes.get("/assessments")
    async def flagged_assessments(
        seat: Seated,
        after: Annotated[str | None, Query(max_length=200)] = None,
        limit: Annotated[int, Query(ge=1, le=500)] = 100,
    ) -> AssessmentsAnswer:
        return await assessments.listed(core.means, seat.brands(core.shelf.names()), after, limit)

    @routes.get("/authority/evidence")
    async def evidence_of_authority(
        seat: Seated,
        brand: Annotated[str | None, Query(max_length=64)] = None,
        workflow: Annotated[str | None, Query(max_length=64)] = None,
        days: Annotated[int, Query(ge=1, le=400)] = 30,
        since: Instant | None = None,
        until: Instant | None = None,
    ) -> AuthorityEvidenceAnswer:
        brands = [each for each in seat.brands(core.shelf.names()) if brand in (None, each)]
        return await authority_evidence.evidence(core.means, brands, days, since, until, workflow)

    @routes.get("/queues")
    async def queues_shown(seat: Seated, days: Annotated[int, Query(ge=1, le=90)] = 7) -> QueuesAnswer:
        return await queues.shown(core.means, seat.brands(core.shelf.names()), days)

    @routes.get("/queues/next")
    async def breaching(
        seat: Seated,
        queue: Annotated[str | None, Query(max_length=64)] = None,
        language: Annotated[str | None, Query(max_length=8)] = None,
        limit: Annotated[int, Query(ge=1, le=MOST_BREACHES)] = 100,
    ) -> BreachesAnswer:
        brands = seat.brands(core.shelf.names())
        return await queues.breaching(core.means, brands, queue=queue, language=language, limit=limit)

    del handoff_packet, flagged_assessments, evidence_of_authority, queues_shown, breaching
    return routes


def _audit(core: Core) -> APIRouter:
    """The log's own checkpoints, for everybody who may see anything: consoles are its witnesses (R-M9).

    How many events a core has is told to every session, whatever its brands: a witness must know what it is a witness of.
    """
    routes = APIRouter(prefix="/v1/audit", responses=REFUSALS)

    @routes.get("/checkpoint")
    async def audit_checkpoint(_seat: Seated) -> CheckpointAnswer:
        return await core.audit.checkpoint()

    @routes.get("/consistency")
    async def audit_consistency(
        _seat: Seated,
        old: Annotated[int, Query(alias="from", ge=0, le=LARGEST_SIZE)],
        new: Annotated[int, Query(alias="to", ge=0, le=LARGEST_SIZE)],
    ) -> ConsistencyAnswer:
        return await core.audit.consistency(old, new)

    del audit_checkpoint, audit_consistency
    return routes


def _there(found: _Found | None) -> _Found:
    if found is None:
        raise NotFound("not_found", "There is no such thing here.")
    return found
