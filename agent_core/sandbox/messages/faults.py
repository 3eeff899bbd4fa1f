"""Faults on demand: which of the next requests go wrong, and how.

A fault is used up only by a request that follows the rules, so a malformed request never hides it. Never invents a fault by
itself: without an order nothing goes wrong.
"""

from dataclasses import dataclass, field, replace
from typing import Any, Literal, get_args

from agent_core.sandbox.messages.answer import Answer, Call, Say, cut
from agent_core.sandbox.messages.matching import Match, NotInFormat, match_from
from agent_core.sandbox.messages.problems import ApiProblem

Kind = Literal[
    "rate_limited",
    "overloaded",
    "server_error",
    "cut_stream",
    "max_tokens_in_call",
    "refusal",
    "slow",
    "malformed",
    "drop",
    "empty",
    "wrong_schema",
    "too_long",
    "over_long",
]
Style = Literal["drop", "end", "error"]

_OVER_LONG_CHARACTERS = 20_000

KINDS: tuple[Kind, ...] = get_args(Kind)
STYLES: tuple[Style, ...] = get_args(Style)


@dataclass(frozen=True)
class Fault:
    """One kind of failure for some of the next requests.

    Attributes:
        kind: What goes wrong.
        times: How many requests it hits.
        after: How many matching requests pass unharmed first.
        seconds: ``slow``: how long nothing is sent. ``rate_limited``: the ``retry-after`` header.
        style: ``cut_stream``: the connection breaks (``drop``), the stream just ends (``end``) or an error event comes
            (``error``).
        match: Which requests it is meant for.
    """

    kind: Kind
    times: int = 1
    after: int = 0
    seconds: float = 1.0
    style: Style = "drop"
    match: Match = field(default_factory=Match)

    def problem(self) -> ApiProblem | None:
        """The error answer of this fault, when it is one."""
        if self.kind == "rate_limited":
            return ApiProblem(
                429,
                "rate_limit_error",
                "This request would exceed your organization's rate limit of 50 requests per minute. "
                "For details, refer to: https://docs.claude.com/en/api/rate-limits.",
                {"retry-after": str(max(0, round(self.seconds))), "anthropic-ratelimit-requests-remaining": "0"},
            )
        if self.kind == "overloaded":
            return ApiProblem(529, "overloaded_error", "Overloaded")
        if self.kind == "too_long":
            return ApiProblem(400, "invalid_request_error", "prompt is too long: 1000001 tokens > 1000000 maximum")
        if self.kind == "server_error":
            return ApiProblem(500, "api_error", "Internal server error")
        return None

    def reshape(self, answer: Answer) -> Answer:
        """The answer as this fault leaves it; most faults leave it alone."""
        if self.kind == "refusal":
            return Answer((), "refusal", refusal_category="general_harms")
        if self.kind == "empty":
            return Answer((), "end_turn")
        if self.kind == "wrong_schema":
            return Answer((Say('{"unexpected": true}'),), "end_turn")
        if self.kind == "over_long":
            return Answer((Say("x" * _OVER_LONG_CHARACTERS),), "max_tokens")
        if self.kind == "max_tokens_in_call":
            calls = [index for index, block in enumerate(answer.blocks) if isinstance(block, Call)]
            if not calls:
                return replace(answer, stop_reason="max_tokens")
            block = answer.blocks[calls[-1]]
            shortened = cut(block, max(1, len(block.json) - 4)) if isinstance(block, Call) else block
            return Answer((*answer.blocks[: calls[-1]], shortened), "max_tokens")
        return answer


def fault_from(order: object, where: str = "fault") -> Fault:
    """Reads a fault from parsed JSON or YAML; a bare text is its kind.

    Raises:
        NotInFormat: Names ``where`` and what is wrong.
    """
    data: Any = {"kind": order} if isinstance(order, str) else order
    if not isinstance(data, dict):
        raise NotInFormat(f"{where}: expected an object with a kind")
    unknown = set(map(str, data)) - {"kind", "times", "after", "seconds", "style", "match"}
    if unknown:
        raise NotInFormat(f"{where}: unknown field {sorted(unknown)[0]!r}")
    if data.get("kind") not in KINDS:
        raise NotInFormat(f"{where}.kind: expected one of {', '.join(KINDS)}")
    for key, least in (("times", 1), ("after", 0)):
        value = data.get(key, least)
        if not isinstance(value, int) or isinstance(value, bool) or value < least:
            raise NotInFormat(f"{where}.{key}: expected a whole number of at least {least}")
    seconds = data.get("seconds", 1.0)
    if not isinstance(seconds, int | float) or isinstance(seconds, bool) or not 0 <= seconds <= 3600:
        raise NotInFormat(f"{where}.seconds: expected a number from 0 to 3600")
    if data.get("style", "drop") not in STYLES:
        raise NotInFormat(f"{where}.style: expected one of {', '.join(STYLES)}")
    return Fault(
        data["kind"],
        data.get("times", 1),
        data.get("after", 0),
        float(seconds),
        data.get("style", "drop"),
        match_from(data.get("match"), f"{where}.match"),
    )


class Faults:
    """The faults that are ordered and not yet used up, in the order they were given."""

    def __init__(self) -> None:
        self._armed: list[Fault] = []
        self.played: dict[str, int] = {}

    def arm(self, fault: Fault) -> None:
        """Orders a fault."""
        self._armed.append(fault)

    def clear(self) -> None:
        """Cancels every fault that is left."""
        self._armed.clear()

    def take(self, request: dict[str, Any]) -> Fault | None:
        """The fault that hits this request before an answer is made, if any; it is then one time nearer to its end.

        ``max_tokens_in_call`` and a cut stream need an answer of the right shape and are taken by :meth:`take_for`.
        """
        return self._take(request, None)

    def take_for(self, request: dict[str, Any], answer: Answer) -> Fault | None:
        """The fault that hits the answer of this request, if any."""
        return self._take(request, answer)

    def _take(self, request: dict[str, Any], answer: Answer | None) -> Fault | None:
        for index, fault in enumerate(self._armed):
            if not _fits(fault, request, answer) or not fault.match.accepts(request):
                continue
            if fault.after > 0:
                self._armed[index] = replace(fault, after=fault.after - 1)
                continue
            if fault.times > 1:
                self._armed[index] = replace(fault, times=fault.times - 1)
            else:
                del self._armed[index]
            self.played[fault.kind] = self.played.get(fault.kind, 0) + 1
            return fault
        return None

    def state(self) -> dict[str, Any]:
        """What is ordered and what was played, as JSON."""
        armed = [
            {"kind": fault.kind, "times": fault.times, "after": fault.after, "match": _asked(fault.match)}
            for fault in self._armed
        ]
        return {"armed": armed, "played": dict(self.played)}


def _fits(fault: Fault, request: dict[str, Any], answer: Answer | None) -> bool:
    if fault.kind == "max_tokens_in_call":
        return answer is not None and any(isinstance(block, Call) for block in answer.blocks)
    if answer is not None:
        return False
    return fault.kind != "cut_stream" or bool(request.get("stream"))


def _asked(match: Match) -> dict[str, Any]:
    conditions = {
        "model": match.model,
        "purpose": match.purpose,
        "contains": match.contains,
        "stream": match.stream,
    }
    return {key: value for key, value in conditions.items() if value is not None}
