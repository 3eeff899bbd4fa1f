"""The tools of one HTTP system that a brand declared: asked by template, answered by schema (R-B3, R-A7, R-C6).

Which failure means what is the same for every system (`systems.outcomes`) unless the declaration says otherwise. It must
never call a write failed because its answer was not as agreed: then it was performed, or nobody knows.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final

from agent_core.boundary.sources import read_json
from agent_core.contract.clock import Clock
from agent_core.contract.errors import Invalid
from agent_core.systems.outcomes import read_failure, refusal_code, write_failure
from agent_core.systems.own.requests import NotSaid, path_of, placed, query_of, request_of
from agent_core.systems.own.results import at_path, read_result
from agent_core.systems.port import DidNotHappen, Happened, Json, Reconciled, ToolResult, Unknown
from agent_core.systems.transport import Reply, Site, Trouble
from agent_core.workflows.outside import HttpCall, LaterAnswer, Reconcile
from agent_core.workflows.tools import ToolDeclaration, argument_faults

_MOST_REF: Final = 200


class HttpTools:
    """The `Tools` of one system, of which some answer later (`LateTools`).

    Args:
        site: Where the system is.
        tools: Its declarations by name.
        clock: The present moment.
    """

    def __init__(self, site: Site, tools: Mapping[str, ToolDeclaration], clock: Clock) -> None:
        self._site = site
        self._tools = tools
        self._clock = clock

    @property
    def late_systems(self) -> frozenset[str]:
        """This system, when one of its tools answers later; see `LateTools`."""
        later = any(tool.http is not None and tool.http.later is not None for tool in self._tools.values())
        return frozenset({self._site.name}) if later else frozenset()

    def system_of(self, tool: str) -> str:
        """This system performs every tool of it."""
        del tool
        return self._site.name

    async def perform(
        self, name: str, arguments: Json, *, idempotency_key: str | None, deadline: datetime, customer: str | None
    ) -> ToolResult:
        """Performs one call; see `Tools`.

        Raises:
            ValueError: A write without a key: the caller's mistake, never the outside's.
        """
        tool, call = self._call(name)
        if tool.writes and not idempotency_key:
            raise ValueError("a write needs an idempotency key")
        if argument_faults(tool, dict(arguments)):
            return ToolResult("refused", code="bad_arguments", sentence="The arguments are not those of this tool.")
        try:
            request = request_of(call, arguments, customer=customer, key=idempotency_key)
        except NotSaid as missing:
            if str(missing) == "customer":
                return ToolResult("refused", code="customer_unknown", sentence="It is not known who the customer is.")
            return ToolResult("refused", code="bad_arguments", sentence="The call does not name what it is about.")
        answer = await self._site.ask(
            request.method,
            request.path,
            operation="write" if tool.writes else "read",
            deadline=min(deadline, self._clock() + timedelta(seconds=tool.timeout_s)),
            query=request.query,
            body=request.body,
            headers=request.headers,
            shown=call.path,
        )
        return self._outcome(tool, call, arguments, answer)

    async def reconcile(self, name: str, arguments: Json, idempotency_key: str, *, deadline: datetime) -> Reconciled:
        """Finds out what became of a write, in the way the declaration says."""
        tool, call = self._call(name)
        way = call.reconcile
        if way is None:
            return Unknown("not_reconcilable", "This system cannot be asked what became of it.", transient=False)
        given = {**arguments, "idempotency_key": idempotency_key}
        try:
            path, query = path_of(way.path, given), query_of(way.query, given)
            where = {field: placed(text, given) for field, text in way.where.items()}
        except NotSaid:
            return Unknown("bad_arguments", "The recorded arguments do not name it.", transient=False)
        answer = await self._site.ask("GET", path, operation="read", deadline=deadline, query=query, shown=way.path)
        if isinstance(answer, Reply) and answer.status == 404:
            return _absent(way)
        if isinstance(answer, Trouble) or not answer.good:
            failure = read_failure(answer)
            return Unknown(failure.code or "failed", failure.sentence or "", transient=failure.transient)
        found = _found(way, where, answer.body)
        if found is None:
            return _absent(way)
        # It is there, whatever it looks like: only what is as declared is told of it.
        return Happened(self._good(tool, call, arguments, found) or ToolResult("succeeded"))

    # -- answers that come later ------------------------------------------------------------------------------------------

    def read_answer(self, name: str, arguments: Json, answer: Mapping[str, Any]) -> ToolResult:
        """What a callback says; see `LateTools`.

        Raises:
            Invalid: `bad_answer`: it is not as declared.
        """
        tool, call = self._call(name)
        clean = read_json("tool_answer", dict(answer)).value
        read = None if call.later is None else self._good(tool, call, arguments, clean)
        if read is None:
            raise Invalid("bad_answer", "The answer was not in the agreed form.", detail=name)
        return read

    async def look_up_answer(self, name: str, arguments: Json, ref: str, *, deadline: datetime) -> ToolResult:
        """Asks how far it is; see `LateTools`."""
        _, call = self._call(name)
        if call.later is None:
            return ToolResult("failed", code="look_up_impossible", sentence="This system is not asked again.")
        path = path_of(call.later.path, {**arguments, "reference": ref})
        answer = await self._site.ask("GET", path, operation="read", deadline=deadline, query={}, shown=call.later.path)
        if isinstance(answer, Trouble) or not answer.good:
            failure = read_failure(answer)
            return replace(failure, code=f"look_up_{failure.code or 'failed'}"[:64])
        return self.read_answer(name, arguments, answer.body)

    # -- inside -----------------------------------------------------------------------------------------------------------

    def _call(self, name: str) -> tuple[ToolDeclaration, HttpCall]:
        tool = self._tools[name]
        assert tool.http is not None
        return tool, tool.http

    def _outcome(self, tool: ToolDeclaration, call: HttpCall, arguments: Json, answer: Reply | Trouble) -> ToolResult:
        if isinstance(answer, Reply) and answer.good and answer.status not in _named(call):
            good = self._good(tool, call, arguments, answer.body)
            if good is not None:
                return good
            if tool.writes:
                return ToolResult("unknown", code="bad_result", sentence=_TOOK_IT)
            return ToolResult("failed", code="bad_result", sentence=_NOT_AGREED)
        if isinstance(answer, Reply) and answer.status in _named(call):
            return _as_declared(call, answer, writes=tool.writes)
        failure = write_failure(answer) if tool.writes else read_failure(answer)
        if isinstance(answer, Trouble) and answer.code == "address_not_allowed":
            return replace(failure, transient=False)
        if failure.outcome == "refused" and isinstance(answer, Reply):
            return replace(failure, code=_own_code(call, answer))
        return failure

    def _good(self, tool: ToolDeclaration, call: HttpCall, arguments: Json, answer: Any) -> ToolResult | None:
        read = read_result(tool, arguments, answer)
        if read is None or call.later is None:
            return read
        return _later(call.later, read, answer)


_TOOK_IT: Final = "The other system took it, but its answer was not in the agreed form."
_NOT_AGREED: Final = "The other system's answer was not in the agreed form."


def _named(call: HttpCall) -> tuple[int, ...]:
    said = call.failures
    return (*said.transient, *said.refused, *said.unknown)


def _as_declared(call: HttpCall, answer: Reply, *, writes: bool) -> ToolResult:
    """A status of which the declaration says what it means."""
    said = call.failures
    if answer.status in said.unknown and writes:
        words = "The other system does not say whether it was done."
        return ToolResult("unknown", code="system_error", sentence=words, transient=True, retry_after=answer.retry_after)
    if answer.status in said.refused:
        return ToolResult("refused", code=_own_code(call, answer), sentence="The other system refused this.")
    words = "The other system could not do it now."
    return ToolResult("failed", code="unavailable", sentence=words, transient=True, retry_after=answer.retry_after)


def _own_code(call: HttpCall, answer: Reply) -> str:
    """The other side's reason, where it has the form of a code; its own words are nobody's to read."""
    said = at_path(answer.body, call.failures.code)
    return refusal_code(Reply(answer.status, {"error": {"code": said}}))


def _later(later: LaterAnswer, read: ToolResult, answer: Any) -> ToolResult | None:
    """How far a call is that was taken."""
    status = at_path(answer, later.status)
    if status in later.open:
        ref = at_path(answer, later.reference)
        named = str(ref) if isinstance(ref, str | int) and not isinstance(ref, bool) else ""
        if not 0 < len(named) <= _MOST_REF:
            return None
        return ToolResult("accepted", read.result, external_ref=named)
    if status in later.refused:
        return ToolResult("refused", read.result, code="declined", sentence="The other system will not do this.")
    return read


def _absent(way: Reconcile) -> Reconciled:
    if way.not_found == "did_not_happen":
        return DidNotHappen()
    return Unknown("not_found", "The other system shows nothing of it, which proves nothing.", transient=False)


def _found(way: Reconcile, where: Mapping[str, str], answer: Mapping[str, Any]) -> Any:
    """The thing that is ours in an answer; none when there is none."""
    there = answer if way.found is None else at_path(answer, way.found)
    things: list[Any] = there if isinstance(there, list) else [] if there is None else [there]  # pyright: ignore[reportUnknownVariableType] - any JSON
    return next((each for each in things if all(_is(at_path(each, field), text) for field, text in where.items())), None)


def _is(value: Any, text: str) -> bool:
    return isinstance(value, str | int) and not isinstance(value, bool) and str(value) == text
