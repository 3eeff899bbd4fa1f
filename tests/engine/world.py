"""The world outside a test's engine, without a socket: the brain as a model, the shop as tools, a channel that keeps all.

What happened stands in files, and survives the death of the process. `point` is called around every effect, so that a test
can end the process there.
"""

import hashlib
import json
import sqlite3
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from agent_core.contract.events.effects import Usage
from agent_core.models.port import ModelAnswer, ModelRequest
from agent_core.sandbox.messages.answer import Call, Say
from agent_core.sandbox.messages.brain import Brain
from agent_core.sandbox.messages.literal import LiteralBrain
from agent_core.sandbox.messages.rules import check_request
from agent_core.sandbox.shop.world import ShopWorld
from agent_core.sandbox.wire import Refusal
from agent_core.systems.port import Delivery, DidNotHappen, Happened, NotSent, Reconciled, Sent, Still, Stopped, ToolResult
from agent_core.systems.tallying import CannotTell, Told
from tests.engine import desk

Point = Callable[[str], None]

Around = Callable[[str, Callable[[], ToolResult]], Awaitable[ToolResult]]
"""Stands between the engine and a tool: performs it, or fails in some way."""


def nowhere(name: str) -> None:
    """The point at which nothing happens."""


class BrainModel:
    """The sandbox's literal brain as a model client, behind the stand-in's strict rules."""

    def __init__(self, point: Point = nowhere, brain: Brain | None = None) -> None:
        self.requests: list[ModelRequest] = []
        self._brain = brain or LiteralBrain()
        self._point = point

    async def answer(self, request: ModelRequest, *, deadline_seconds: float) -> ModelAnswer:
        self._point(f"before model {request.purpose}")
        self.requests.append(request)
        blocks = self.thinks(request.request_bytes())
        self._point(f"after model {request.purpose}")
        return answered(blocks, request.model)

    def thinks(self, body: bytes) -> list[dict[str, Any]]:
        """The blocks with which a request is answered, if the provider would take it."""
        checked = check_request(json.loads(body), {"anthropic-version": "2026-10-21"})
        blocks: list[dict[str, Any]] = []
        for number, block in enumerate(self._brain.think(checked, 1).blocks):
            if isinstance(block, Say):
                blocks.append({"type": "text", "text": block.text})
            elif isinstance(block, Call):
                call = block.id or f"toolu_{hashlib.sha256(body).hexdigest()[:12]}_{number}"
                blocks.append({"type": "tool_use", "id": call, "name": block.tool, "input": block.arguments})
        return blocks

    async def close(self) -> None:
        """Nothing to close."""


def answered(blocks: Sequence[Mapping[str, Any]], model: str) -> ModelAnswer:
    """A whole answer of these blocks."""
    stop = "tool_use" if any(block["type"] == "tool_use" for block in blocks) else "end_turn"
    return ModelAnswer(tuple(blocks), stop, Usage(input_tokens=10, output_tokens=5), model)


LOST = ToolResult("unknown", code="lost", sentence="No answer came.", transient=True)


class WorldTools:
    """The shop's own world as tools, without a socket."""

    def __init__(self, world: ShopWorld, point: Point = nowhere) -> None:
        self.world = world
        self.calls: list[tuple[str, str | None]] = []
        self.around: Around | None = None
        self.looked_up: Callable[[Reconciled], Reconciled] | None = None
        self.tallied: Callable[[Told | CannotTell], Awaitable[Told | CannotTell]] | None = None
        """What becomes of the shop's word about a customer's day, on its way here."""
        self._point = point

    def loses_one(self, tool: str, *, arrives: bool) -> None:
        """The next call of this tool gets no answer, whether or not it arrives at the shop; those after it do."""

        async def around(name: str, perform: Callable[[], ToolResult]) -> ToolResult:
            if name != tool:
                return perform()
            self.around = None
            if arrives:
                perform()
            return LOST

        self.around = around

    async def perform(
        self,
        name: str,
        arguments: Mapping[str, Any],
        *,
        idempotency_key: str | None,
        deadline: datetime,
        customer: str | None,
    ) -> ToolResult:
        self._point(f"before {name}")
        self.calls.append((name, idempotency_key))
        if self.around is not None:
            result = await self.around(name, lambda: self._perform(name, dict(arguments), idempotency_key))
        else:
            result = self._perform(name, dict(arguments), idempotency_key)
        self._point(f"after {name}")
        return result

    def _perform(self, name: str, arguments: dict[str, Any], key: str | None) -> ToolResult:
        if name in desk.TOOLS:
            return desk.perform(self.world, name, arguments, key)
        order_id = arguments.get("order_id", "")
        try:
            self.world.order(order_id)
        except Refusal as refusal:
            return ToolResult("refused", code=refusal.code, sentence="There is no such order.")
        if name == "get_order":
            order = self.world.order(order_id)
            facts = (
                (f"order.{order_id}.status", order["status"]),
                (f"order.{order_id}.customer", order["customer_id"]),
                (f"order.{order_id}.total", order["total"]),
            )
            found = {"order_id": order_id, "status": order["status"], "total": order["total"]}
            return ToolResult("succeeded", found, facts)
        if name == "list_payments":
            return self._payments(order_id)
        if name == "track_order":
            parcels = [
                {"tracking": p["tracking"], "carrier": p["carrier"], "status": p["status"], "last_event": "under way",
                 "place": "Leipzig", "eta": p.get("eta"), "delivered_at": p.get("delivered_at")}
                for p in self.world.parcels_of(order_id)
            ]  # fmt: skip
            return ToolResult("succeeded", {"parcels": parcels})
        assert name == "refund_payment"
        assert key is not None
        try:
            refund, _ = self.world.refund(
                arguments["payment_id"],
                amount_minor=arguments["amount_minor"],
                currency=arguments["currency"],
                reason=arguments["reason"],
                idempotency_key=key,
            )
        except Refusal as refusal:
            return ToolResult("refused", code=refusal.code, sentence="The shop refused it.")
        return self.refunded(refund)

    def _payments(self, order_id: str) -> ToolResult:
        payments = self.world.payments_of(order_id)
        shown = [
            {"payment_id": p["id"], "amount_minor": p["amount_minor"], "currency": p["currency"],
             "refunded_minor": p["refunded_minor"], "refundable_minor": p["refundable_minor"], "method": p["method"],
             "captured_at": p["captured_at"]}
            for p in payments
        ]  # fmt: skip
        facts: list[tuple[str, Any]] = []
        for payment in payments:
            for field in ("refundable", "refunded", "amount"):
                key = f"payment.{payment['id']}.{field}"
                facts.append((key, payment["amount_minor" if field == "amount" else f"{field}_minor"]))
            facts.append((f"payment.{payment['id']}.order", order_id))
            facts.append((f"payment.{payment['id']}.currency", payment["currency"]))
            facts.append((f"payment.{payment['id']}.method", payment["method"]))
        return ToolResult("succeeded", {"payments": shown}, tuple(facts))

    def refunded(self, refund: dict[str, Any]) -> ToolResult:
        result = {
            "refund_id": refund["id"], "status": refund["status"], "amount_minor": refund["amount_minor"],
            "currency": refund["currency"],
        }  # fmt: skip
        return ToolResult("succeeded", result, ((f"refund.{refund['id']}.status", refund["status"]),))

    async def reconcile(
        self, name: str, arguments: Mapping[str, Any], idempotency_key: str, *, deadline: datetime
    ) -> Reconciled:
        if name in desk.TOOLS:
            return desk.reconciled(self.world, name, idempotency_key)
        found = self.world.refunds(idempotency_key=idempotency_key)
        truth = Happened(self.refunded(found[0])) if found else DidNotHappen()
        return self.looked_up(truth) if self.looked_up is not None else truth

    async def tally(
        self, tool: str, *, customer: str, currency: str, since: datetime, until: datetime, deadline: datetime
    ) -> Told | CannotTell:
        self._point("before tally")
        found = desk.given(self.world, customer, currency, since, until)
        result = found if self.tallied is None else await self.tallied(found)
        self._point("after tally")
        return result


class FileChannel:
    """A channel that keeps each delivery once, in a file."""

    def __init__(self, path: Path, point: Point = nowhere) -> None:
        self._path = path
        self._point = point
        self.before: Callable[[str], Awaitable[Delivery | None]] | None = None
        self.in_line: Callable[[], Awaitable[None]] | None = None
        """What a reply waits for before it can leave."""
        self._run("CREATE TABLE IF NOT EXISTS sent(delivery TEXT PRIMARY KEY, thread TEXT, text TEXT, by TEXT)")

    async def send(
        self,
        external_id: str,
        text: str,
        *,
        delivery_id: str,
        by: str,
        deadline: datetime,
        still: Still | None = None,
    ) -> Delivery:
        self._point("before send")
        if self.in_line is not None:
            await self.in_line()
        if still is not None and not await still():
            return Stopped()
        if self.before is not None and (instead := await self.before(text)) is not None:
            return instead
        self._run("INSERT OR IGNORE INTO sent VALUES(?, ?, ?, ?)", delivery_id, external_id, text, by)
        self._point("after send")
        return Sent(delivery_id)

    async def look_up(self, delivery_id: str, *, deadline: datetime) -> Delivery:
        rows = self._run("SELECT delivery FROM sent WHERE delivery = ?", delivery_id)
        return Sent(delivery_id) if rows else NotSent("not_found", "It is not there.", transient=False)

    def sent(self) -> list[tuple[str, str]]:
        """Text and speaker of everything that arrived, in order."""
        return [(row[0], row[1]) for row in self._run("SELECT text, by FROM sent ORDER BY rowid")]

    def _run(self, statement: str, *values: str) -> list[Any]:
        connection = sqlite3.connect(self._path, isolation_level=None)
        try:
            return connection.execute(statement, values).fetchall()
        finally:
            connection.close()
