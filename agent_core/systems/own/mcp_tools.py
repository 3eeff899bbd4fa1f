"""The tools of one MCP server as `Tools`: what it answers is read by our schema and becomes our outcomes (R-B3, R-A7).

A server says what it likes, so only what the brand declared counts: read or write, facts, result. It must never call a write
failed of which nobody knows what became, and never show what a server says as our own words.
"""

import asyncio
import json
from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from agent_core.boundary.sources import read, read_json
from agent_core.contract.clock import Clock
from agent_core.systems.integrations import Integrations, Operation
from agent_core.systems.own.mcp_server import McpServer, NotConnected
from agent_core.systems.own.results import at_path, read_result
from agent_core.systems.port import DidNotHappen, Happened, Json, Reconciled, ToolResult, Unknown
from agent_core.workflows.outside import McpCall
from agent_core.workflows.tools import ToolDeclaration, argument_faults

if TYPE_CHECKING:
    from mcp_types import CallToolResult

    from agent_core.systems.breaker import Verdict

_STOPPED: Final = "What this tool says of itself is not what was agreed to, so it is not used. Nothing was sent."
_NOT_AGREED: Final = "The server's answer was not in the agreed form."
_LOST: Final = "The connection to the server was lost."
_SLOW: Final = "The server did not answer in time."
_AWAY: Final = "The server cannot be reached. Nothing was sent."
_NOT_TAKEN: Final = "The server did not take this call."


class McpTools:
    """The `Tools` of one server.

    Args:
        server: The connection; somebody else keeps it.
        tools: Declarations by name.
        clock: The present moment.
        fares: How the brand's systems fare.
    """

    def __init__(self, server: McpServer, tools: Mapping[str, ToolDeclaration], clock: Clock, fares: Integrations) -> None:
        self._server = server
        self._tools = tools
        self._clock = clock
        self._fares = fares

    async def perform(
        self, name: str, arguments: Json, *, idempotency_key: str | None, deadline: datetime, customer: str | None
    ) -> ToolResult:
        """Performs one call; see `Tools`.

        Raises:
            ValueError: A write without a key: the caller's mistake, never the outside's.
        """
        tool = self._tools[name]
        call = tool.mcp
        assert call is not None
        if tool.writes and not idempotency_key:
            raise ValueError("a write needs an idempotency key")
        if argument_faults(tool, dict(arguments)):
            return ToolResult("refused", code="bad_arguments", sentence="The arguments are not those of this tool.")
        sent = dict(arguments)
        if call.customer_argument is not None:
            if customer is None:
                return ToolResult("refused", code="customer_unknown", sentence="It is not known who the customer is.")
            sent[call.customer_argument] = customer
        if call.key_argument is not None and idempotency_key is not None:
            sent[call.key_argument] = idempotency_key
        seconds = min((deadline - self._clock()).total_seconds(), float(tool.timeout_s))
        answer = await self._ask(call.tool, sent, seconds, "write" if tool.writes else "read")
        if isinstance(answer, ToolResult):
            return answer
        return _outcome(tool, arguments, answer)

    async def reconcile(self, name: str, arguments: Json, idempotency_key: str, *, deadline: datetime) -> Reconciled:
        """Asks the server's own tool for it what became of a write, where there is one."""
        tool = self._tools[name]
        assert tool.mcp is not None
        way = tool.mcp.reconcile
        if way is None:
            return Unknown("not_reconcilable", "This server cannot be asked what became of it.", transient=False)
        seconds = (deadline - self._clock()).total_seconds()
        answer = await self._ask(way.tool, {way.key_argument: idempotency_key}, seconds, "read")
        if isinstance(answer, ToolResult):
            return Unknown(answer.code or "failed", answer.sentence or "", transient=answer.transient)
        if answer.is_error:
            return Unknown("tool_error", "The server could not say what became of it.", transient=True)
        there = said(answer)
        found = there if way.found is None else at_path(there, way.found)
        thing = next(iter(found), None) if isinstance(found, list) else found  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType] - any JSON
        if not thing:
            if way.not_found == "did_not_happen":
                return DidNotHappen()
            return Unknown("not_found", "The server shows nothing of it, which proves nothing.", transient=False)
        return Happened(read_result(tool, arguments, thing) or ToolResult("succeeded"))

    async def _ask(
        self, tool: str, arguments: Mapping[str, Any], seconds: float, operation: Operation
    ) -> "CallToolResult | ToolResult":
        """One exchange with the server, or what became of it instead."""
        held = self._fares.enter(self._server.name, operation)
        if held is not None:
            return ToolResult("failed", code="integration_down", sentence=_AWAY, transient=True, retry_after=held.seconds)
        verdict: tuple[Verdict, str | None] = ("neutral", None)
        try:
            answer, verdict = await self._exchange(tool, arguments, max(seconds, 0.0), writes=operation == "write")
        finally:
            self._fares.left(self._server.name, operation, *verdict)
        return answer

    async def _exchange(
        self, tool: str, arguments: Mapping[str, Any], seconds: float, *, writes: bool
    ) -> "tuple[CallToolResult | ToolResult, tuple[Verdict, str | None]]":
        lost = ToolResult("unknown" if writes else "failed", code="connection_lost", sentence=_LOST, transient=True)
        try:
            return await self._server.call(tool, arguments, seconds=seconds), ("ok", None)
        except NotConnected as error:
            if str(error) == "tool_stopped":
                return ToolResult("failed", code="tool_stopped", sentence=_STOPPED), ("neutral", None)
            away = ToolResult("failed", code="not_reached", sentence=_AWAY, transient=True)
            return away, ("failed", "not_reached")
        except TimeoutError:
            outcome = "unknown" if writes else "timed_out"
            return ToolResult(outcome, code="timed_out", sentence=_SLOW, transient=True), ("failed", "timed_out")
        except asyncio.CancelledError:
            raise
        except Exception as error:  # noqa: BLE001 - the library raises what a foreign answer makes of it: not as agreed
            code = _protocol_code(error)
            if code == "not_taken":
                return ToolResult("refused", code="not_taken", sentence=_NOT_TAKEN), ("ok", None)
            if code is not None:
                return lost, ("failed", code)
            outcome = "unknown" if writes else "failed"
            return ToolResult(outcome, code="bad_result", sentence=_NOT_AGREED), ("failed", "bad_result")


def _protocol_code(error: Exception) -> str | None:
    """What an error of the protocol means; None when it is none. Whoever asks has a connection, so the library is there."""
    from mcp import MCPError
    from mcp_types import CONNECTION_CLOSED, INVALID_PARAMS, METHOD_NOT_FOUND

    if not isinstance(error, MCPError):
        return None
    if error.error.code in (INVALID_PARAMS, METHOD_NOT_FOUND):
        return "not_taken"
    return "connection_lost" if error.error.code == CONNECTION_CLOSED else "system_error"


def _text_of(answer: "CallToolResult") -> str:
    from mcp_types import TextContent

    return "\n".join(part.text for part in answer.content if isinstance(part, TextContent))


def said(answer: "CallToolResult") -> dict[str, Any]:
    """What a server answered, clean: its structured content, else its text as JSON, else its text under `text`."""
    value: Any = answer.structured_content
    if value is None:
        text = _text_of(answer)
        try:
            value = json.loads(text)
        except (ValueError, RecursionError):
            value = {"text": text}
    if isinstance(value, list):
        value = {"items": value}  # pyright: ignore[reportUnknownVariableType] - any JSON list
    return read_json("tool_answer", value).value if isinstance(value, dict) else {}


def _outcome(tool: ToolDeclaration, arguments: Json, answer: "CallToolResult") -> ToolResult:
    if answer.is_error:
        text = _text_of(answer)
        words = {"error": read("tool_error", text).text} if text else {}
        outcome = "refused" if tool.writes else "failed"
        return ToolResult(outcome, words, code="tool_error", sentence="The server says that it could not do this.")
    result = read_result(tool, arguments, said(answer))
    if result is not None:
        return result
    return ToolResult("unknown" if tool.writes else "failed", code="bad_result", sentence=_NOT_AGREED)


def pins_of(calls: list[McpCall]) -> dict[str, str]:
    """The server's tools that are used, each with the digest that was agreed to."""
    pins = {call.tool: call.digest for call in calls if call.digest is not None}
    ways = (call.reconcile for call in calls if call.reconcile is not None)
    return pins | {way.tool: way.digest for way in ways if way.digest is not None}
