"""The channel over HTTP: customers and people write on the control side, the core replies on the ``/v1`` side.

Why it exists: messages in and replies out must cross a real socket with a real signature (R-I3). The paths, fields and
promises are described in ``agent_core/sandbox/README.md``. It must never send a webhook anywhere but to this machine.
"""

import asyncio
import base64
import contextlib
import ipaddress
import re
import secrets
from collections.abc import AsyncGenerator
from typing import Any, cast
from urllib.parse import urlsplit

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp

from agent_core.sandbox.channel.ledger import ChannelLedger, ReplyAuthor
from agent_core.sandbox.channel.postman import Backoff, Mishaps, Postman
from agent_core.sandbox.channel.webhooks import webhook_key
from agent_core.sandbox.clock import Clock, iso, system_clock
from agent_core.sandbox.faults import FaultBook, FaultGate
from agent_core.sandbox.wire import (
    MAX_BODY_BYTES,
    BearerGate,
    Refusal,
    answer_health,
    answer_not_found,
    answer_refusal,
    answer_wrong_method,
    idempotency_key,
    int_field,
    json_answer,
    number_field,
    read_json,
    text_field,
)

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,99}")
_AUTHORS: tuple[ReplyAuthor, ...] = ("agent", "person", "system")
LONGEST_WAIT_SECONDS = 30.0
MAX_REPLY_CHARACTERS = 100_000


def create_channel_app(
    *,
    secret: str,
    core_url: str | None,
    token: str,
    brand: str = "northwind",
    ledger: ChannelLedger | None = None,
    backoff: Backoff | None = None,
    faults: FaultBook | None = None,
    clock: Clock = system_clock,
) -> ASGIApp:
    """Builds the channel's ASGI application.

    Args:
        secret: ``whsec_…``, the webhook secret shared with the core.
        core_url: The core's base URL on this machine, or None to keep everything until ``POST /_sandbox/core``.
        token: The bearer token every request must carry, the core's replies too.
        brand: The brand in the webhook's path ``/v1/inbound/{brand}/{channel}``.
        ledger: The stored side, closed by the caller; one in memory by default.
        backoff: Waits between attempts.
        faults: Faults to play on ``/v1`` paths.
        clock: The channel's clock.

    Raises:
        ValueError: The secret, the brand or the core's URL has the wrong form.
    """
    webhook_key(secret)
    if not _NAME.fullmatch(brand):
        raise ValueError("a brand is a short name of letters, digits and -._:")
    if core_url is not None:
        core_url = loopback_url(core_url)
    kept = ledger or ChannelLedger.open(None, clock)
    book = faults or FaultBook(clock)
    channel = _Channel(kept, secret, core_url, brand, backoff or Backoff(), clock)

    @contextlib.asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncGenerator[None]:
        running = asyncio.create_task(channel.postman.run(), name="channel-postman")
        try:
            yield
        finally:
            running.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await running
            if ledger is None:
                kept.close()

    routes = [
        Route("/_sandbox/health", answer_health),
        Route("/_sandbox/messages", channel.customer_writes, methods=["POST"]),
        Route("/_sandbox/edits", channel.message_changes, methods=["POST"]),
        Route("/_sandbox/deletions", channel.message_changes, methods=["POST"]),
        Route("/_sandbox/closings", channel.people_close, methods=["POST"]),
        Route("/_sandbox/person-replies", channel.person_writes, methods=["POST"]),
        Route("/_sandbox/core", channel.point_at_core, methods=["POST"]),
        Route("/_sandbox/delivery", channel.arm_mishaps, methods=["POST"]),
        Route("/_sandbox/outbox", channel.show_outbox),
        *book.routes(),
        Route("/v1/conversations", channel.list_conversations),
        Route("/v1/conversations/{id}", channel.show_conversation),
        Route("/v1/conversations/{id}/messages", channel.take_reply, methods=["POST"]),
        Route("/v1/conversations/{id}/messages", channel.list_messages, methods=["GET"]),
        Route("/v1/messages", channel.find_delivery),
    ]
    app = Starlette(
        routes=routes,
        lifespan=lifespan,
        exception_handlers={Refusal: answer_refusal, 404: answer_not_found, 405: answer_wrong_method},
    )
    return FaultGate(BearerGate(app, token), book)


def loopback_url(url: str) -> str:
    """Answers ``url`` without trailing slash when it is plain HTTP on this machine.

    Raises:
        ValueError: It is anything else.
    """
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
        good = parts.scheme == "http" and not (parts.query or parts.fragment or parts.username) and parts.port != 0
        good = good and (host == "localhost" or ipaddress.ip_address(host).is_loopback)
    except ValueError:
        good = False
    if not good:
        raise ValueError("the core's URL must read like http://127.0.0.1:8400")
    return url.rstrip("/")


class _Channel:
    """The endpoints."""

    def __init__(
        self, ledger: ChannelLedger, secret: str, core_url: str | None, brand: str, backoff: Backoff, clock: Clock
    ) -> None:
        self._ledger = ledger
        self._brand = brand
        self._clock = clock
        self._news = asyncio.Event()
        self.postman = Postman(ledger, secret=secret, core_url=core_url, backoff=backoff, clock=clock)

    # -- the control side -------------------------------------------------------------------------------------------------

    async def customer_writes(self, request: Request) -> Response:
        """``POST /_sandbox/messages``: a customer writes; 202 with the event's id, delivered as soon as possible."""
        body = await read_json(request)
        kind = text_field(body, "channel", default="chat", limit=20)
        if kind not in {"chat", "email"}:
            raise Refusal(422, "invalid_field", "channel must be chat or email.")
        conversation = text_field(body, "conversation", default=f"cv_{secrets.token_hex(8)}")
        if not _NAME.fullmatch(conversation):
            raise Refusal(422, "invalid_field", "conversation must be a short name of letters, digits and -._:.")
        customer = _customer(body.get("customer"))
        text = text_field(body, "text", limit=MAX_BODY_BYTES, storable=False)
        subject = text_field(body, "subject", limit=1_000, storable=False) if "subject" in body else None
        extra: dict[str, Any] = {} if subject is None else {"subject": subject}
        if "language" in body:
            extra["language"] = text_field(body, "language", limit=35)
        raw = _raw_mail(body, kind)
        with self._ledger.transaction():
            self._ledger.begin_or_check(conversation, kind, customer, subject)
            message = self._ledger.say(conversation, "customer", text)
            event = self._event(conversation, kind, customer, message, extra)
            if raw is not None:
                # The mail is the message: words that stood beside it could say something else.
                event["email"] = {"raw": raw}
                event["message"] = {"id": message["id"]}
            self.postman.post(event, f"/v1/inbound/{self._brand}/{kind}")
        self._tell()
        return json_answer({"event_id": event["id"], "conversation": conversation, "message": message}, 202)

    async def message_changes(self, request: Request) -> Response:
        """``POST /_sandbox/edits {conversation, message, text}``, ``…/deletions {conversation, message}``."""
        body = await read_json(request)
        conversation = self._ledger.conversation(text_field(body, "conversation"))
        edited = request.url.path.endswith("edits")
        text = text_field(body, "text", limit=MAX_BODY_BYTES, storable=False) if edited else ""
        with self._ledger.transaction():
            message = self._ledger.change(conversation["id"], text_field(body, "message"), text if edited else None)
            event = self._event(conversation["id"], conversation["channel"], conversation["customer"], message, {})
            event["type"] = "message.updated" if edited else "message.deleted"
            if message["by"] == "person":
                event["author"] = {"kind": "person"} | message["person"]
            if not edited:
                event["message"] = {"id": message["id"]}
            self.postman.post(event, f"/v1/inbound/{self._brand}/{conversation['channel']}")
        self._tell()
        return json_answer({"event_id": event["id"]}, 202)

    async def people_close(self, request: Request) -> Response:
        """``POST /_sandbox/closings {conversation, person: {id, name}}``: a colleague closes it in the channel itself."""
        body = await read_json(request)
        conversation = self._ledger.conversation(text_field(body, "conversation"))
        event: dict[str, Any] = {
            "type": "conversation.closed",
            "id": f"evt_{secrets.token_hex(12)}",
            "occurred_at": iso(self._clock()),
            "conversation": {"id": conversation["id"], "channel": conversation["channel"]},
            "author": {"kind": "person"} | _person(body),
        }
        self.postman.post(event, f"/v1/inbound/{self._brand}/{conversation['channel']}")
        return json_answer({"event_id": event["id"]}, 202)

    async def person_writes(self, request: Request) -> Response:
        """``POST /_sandbox/person-replies``: a colleague answers in the channel itself; the core hears of it."""
        body = await read_json(request)
        conversation = self._ledger.conversation(text_field(body, "conversation"))
        person = _person(body)
        text = text_field(body, "text", limit=MAX_REPLY_CHARACTERS, storable=False)
        with self._ledger.transaction():
            message = self._ledger.say(conversation["id"], "person", text, person=person)
            event = self._event(conversation["id"], conversation["channel"], conversation["customer"], message, {})
            event["author"] = {"kind": "person"} | person
            self.postman.post(event, f"/v1/inbound/{self._brand}/{conversation['channel']}")
        self._tell()
        return json_answer({"event_id": event["id"], "message": message}, 202)

    async def point_at_core(self, request: Request) -> Response:
        """``POST /_sandbox/core {"core_url": …|null}``: where events go; what waits goes at once."""
        value: Any = (await read_json(request)).get("core_url")
        if value is not None and not isinstance(value, str):
            raise Refusal(422, "invalid_field", "core_url must be a text or null.")
        try:
            self.postman.point_at(None if value is None else loopback_url(value))
        except ValueError as error:
            raise Refusal(422, "invalid_field", f"{error}.") from None
        return json_answer({"core_url": self.postman.core_url})

    async def arm_mishaps(self, request: Request) -> Response:
        """``POST /_sandbox/delivery``: duplicates, races, delays and reordering for the next events."""
        body = await read_json(request)
        flags = {name: body.get(name, False) for name in ("race", "reorder")}
        if any(not isinstance(flag, bool) for flag in flags.values()):
            raise Refusal(422, "invalid_field", "race and reorder must be true or false.")
        times, duplicate = int_field(body, "times", default=1), int_field(body, "duplicate", default=0)
        if not 1 <= times <= 1_000 or not 0 <= duplicate <= 100:
            raise Refusal(422, "invalid_field", "times must be 1 to 1000 and duplicate 0 to 100.")
        delay = number_field(body, "delay_seconds", default=5.0 if flags["reorder"] else 0.0)
        self.postman.arm(Mishaps(times, duplicate, flags["race"], delay, flags["reorder"]))
        return json_answer({"times": times, "duplicate": duplicate, "delay_seconds": delay} | flags, 201)

    async def show_outbox(self, _request: Request) -> Response:
        """``GET /_sandbox/outbox``: what the core has not yet taken."""
        return json_answer(self._ledger.outbox())

    # -- the core's side --------------------------------------------------------------------------------------------------

    async def take_reply(self, request: Request) -> Response:
        """``POST /v1/conversations/{id}/messages``: 201 the first time, 200 for the same delivery again."""
        key = idempotency_key(request)
        body = await read_json(request)
        by: ReplyAuthor | None = next((author for author in _AUTHORS if author == body.get("by")), None)
        if by is None:
            raise Refusal(422, "invalid_field", "by must be agent, person or system.")
        text = text_field(body, "text", limit=MAX_REPLY_CHARACTERS)
        if not text.strip():
            raise Refusal(422, "invalid_field", "text must not be empty.")
        message, made = self._ledger.reply(request.path_params["id"], by, text, key)
        self._tell()
        return json_answer(message, 201 if made else 200)

    async def find_delivery(self, request: Request) -> Response:
        """``GET /v1/messages?delivery_id=``: read-your-writes."""
        delivery = request.query_params.get("delivery_id", "")
        if not delivery:
            raise Refusal(422, "invalid_field", "delivery_id is needed.")
        return json_answer({"messages": self._ledger.delivered(delivery)})

    async def list_conversations(self, _request: Request) -> Response:
        """``GET /v1/conversations``."""
        return json_answer({"conversations": self._ledger.conversations()})

    async def show_conversation(self, request: Request) -> Response:
        """``GET /v1/conversations/{id}``."""
        return json_answer(self._ledger.conversation(request.path_params["id"]))

    async def list_messages(self, request: Request) -> Response:
        """``GET /v1/conversations/{id}/messages?after=SEQ&wait=SECONDS``: waits for news when asked to."""
        query = request.query_params
        try:
            after, wait = int(query.get("after", "0")), float(query.get("wait", "0"))
        except ValueError:
            raise Refusal(422, "invalid_field", "after and wait must be numbers.") from None
        if not 0 <= wait <= LONGEST_WAIT_SECONDS or not 0 <= after < 2**62:
            raise Refusal(422, "invalid_field", f"wait must be 0 to {LONGEST_WAIT_SECONDS:.0f} and after 0 or more.")
        messages = self._ledger.messages(request.path_params["id"], after)
        if wait and not messages:
            await self._wait_for_news(request, after, wait)
            messages = self._ledger.messages(request.path_params["id"], after)
        return json_answer({"messages": messages})

    # -- inside -----------------------------------------------------------------------------------------------------------

    async def _wait_for_news(self, request: Request, after: int, seconds: float) -> None:
        """Returns when the conversation has news, when ``seconds`` are over, or when the reader has left."""

        async def news() -> None:
            while not self._ledger.messages(request.path_params["id"], after):
                await self._news.wait()

        async def leaving() -> None:
            while (await request.receive())["type"] != "http.disconnect":
                pass

        waiting = {asyncio.create_task(news()), asyncio.create_task(leaving())}
        try:
            await asyncio.wait(waiting, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in waiting:
                task.cancel()
            await asyncio.wait(waiting)

    def _tell(self) -> None:
        # Everybody who waits holds the old event; those who come later wait for the next one.
        self._news.set()
        self._news = asyncio.Event()

    def _event(
        self, conversation: str, kind: str, customer: dict[str, Any], message: dict[str, Any], extra: dict[str, Any]
    ) -> dict[str, Any]:
        return {
            "type": "message.created",
            "id": f"evt_{secrets.token_hex(12)}",
            "occurred_at": iso(self._clock()),
            "conversation": {"id": conversation, "channel": kind},
            "customer": customer,
            "message": {"id": message["id"], "text": message["text"]} | extra,
        }


def _raw_mail(body: dict[str, Any], kind: str) -> str | None:
    """The base64 of a whole mail, when the customer's program has made one."""
    if "raw" not in body:
        return None
    raw = text_field(body, "raw", limit=MAX_BODY_BYTES)
    try:
        base64.b64decode(raw, validate=True)
    except ValueError:
        raise Refusal(422, "invalid_field", "raw must be the base64 of a mail.") from None
    if kind != "email":
        raise Refusal(422, "invalid_field", "raw is for the channel email only.")
    return raw


def _person(body: dict[str, Any]) -> dict[str, str]:
    """The colleague a request names."""
    given: Any = body.get("person")
    if not isinstance(given, dict):
        raise Refusal(422, "invalid_field", "person must be an object with id and name.")
    fields = cast("dict[str, Any]", given)
    return {name: text_field(fields, name, limit=200) for name in ("id", "name")}


def _customer(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise Refusal(422, "invalid_field", "customer must be an object.")
    fields = cast("dict[str, Any]", value)
    authenticated = fields.get("authenticated", False)
    if not isinstance(authenticated, bool):
        raise Refusal(422, "invalid_field", "customer.authenticated must be true or false.")
    texts = {name: text_field(fields, name, limit=500) for name in ("id", "name", "email")}
    return texts | {"authenticated": authenticated}
