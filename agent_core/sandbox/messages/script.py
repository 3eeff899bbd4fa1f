"""Scripted mode: the answers are written down beforehand, one turn for each request.

A request nobody expected and a turn nobody asked for are both failures: a test that passes with either proves nothing. The
format is described in the README beside this file. A script never falls back to the brain.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, get_args

import yaml

from agent_core.sandbox.errors import ScriptInvalid
from agent_core.sandbox.messages.answer import Answer, Block, Call, Say, StopReason, Think
from agent_core.sandbox.messages.faults import Fault, fault_from
from agent_core.sandbox.messages.matching import Match, NotInFormat, match_from, purpose_of

Order = Literal["sequence", "any"]

MARK = "sandbox script: unexpected request"
"""Every 400 for an unexpected request begins with these words."""

_STOP_REASONS: tuple[str, ...] = get_args(StopReason)


@dataclass(frozen=True)
class Turn:
    """One scripted answer.

    Attributes:
        answer: What to say; may be empty when the fault is the answer.
        match: Which request it expects.
        fault: A fault played with this answer.
        times: How many requests it answers.
        optional: May be left over.
    """

    answer: Answer = field(default_factory=lambda: Answer(()))
    match: Match = field(default_factory=Match)
    fault: Fault | None = None
    times: int = 1
    optional: bool = False


class ScriptFailed(AssertionError):
    """A script was not played as written."""


class Script:
    """The scripted turns and what has become of them.

    With ``order="sequence"`` each request must fit the next turn (an optional turn may be skipped); with ``order="any"``
    the first turn that fits is taken, for requests that may arrive in any order.
    """

    def __init__(self, turns: Iterable[Turn], order: Order = "sequence") -> None:
        self.turns = tuple(turns)
        self.order: Order = order
        self.failures: list[str] = []
        self._left = [turn.times for turn in self.turns]

    def take(self, request: dict[str, Any]) -> Turn | None:
        """The turn that answers a request, used up once; None and a recorded failure when nothing fits."""
        reasons: list[str] = []
        for index, turn in enumerate(self.turns):
            if not self._left[index]:
                continue
            miss = turn.match.misses(request)
            if miss is None:
                if self.order == "sequence":
                    self._skip_before(index)
                self._left[index] -= 1
                return turn
            reasons.append(f"turn {index + 1}: {miss}")
            if self.order == "sequence" and not turn.optional:
                break
        what = f"a request for {request.get('model')} ({purpose_of(request)})"
        self.failures.append(f"{MARK}: {what}; " + ("; ".join(reasons) if reasons else "no turn is left"))
        return None

    def _skip_before(self, index: int) -> None:
        for earlier in range(index):
            self._left[earlier] = 0

    def unconsumed(self) -> list[int]:
        """Numbers, from 1, of the turns that are still owed and not optional."""
        return [
            index + 1
            for index, (turn, left) in enumerate(zip(self.turns, self._left, strict=True))
            if left and not turn.optional
        ]

    @property
    def fulfilled(self) -> bool:
        """Whether every turn was used and no request was unexpected."""
        return not self.failures and not self.unconsumed()

    def require_fulfilled(self) -> None:
        """Raises when the script was not played as written.

        Raises:
            ScriptFailed: Names every failure and every turn that is left.
        """
        if not self.fulfilled:
            left = [f"turn {number} was never asked for" for number in self.unconsumed()]
            raise ScriptFailed("; ".join([*self.failures, *left]))

    def state(self) -> dict[str, Any]:
        """Where the script stands, as JSON."""
        return {
            "order": self.order,
            "turns": len(self.turns),
            "unconsumed": self.unconsumed(),
            "failures": list(self.failures),
            "fulfilled": self.fulfilled,
        }

    @classmethod
    def load(cls, path: Path) -> "Script":
        """Reads a script from a YAML or JSON file.

        Raises:
            ScriptInvalid: Unreadable, or not in the documented format; names the file and the place.
        """
        try:
            text = path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise ScriptInvalid(f"The script {path.name} cannot be read.", str(error)) from error
        try:
            data = json.loads(text) if path.suffix == ".json" else yaml.load(text, Loader=yaml.CSafeLoader)
        except (ValueError, yaml.YAMLError) as error:
            reason = " ".join(str(error).split())
            raise ScriptInvalid(f"The script {path.name} is not valid: {reason}", str(error)) from error
        try:
            return cls.parse(data)
        except ValueError as error:
            raise ScriptInvalid(f"The script {path.name} is not valid: {error}", str(error)) from error

    @classmethod
    def parse(cls, written: object) -> "Script":
        """Reads a script from parsed JSON or YAML.

        Raises:
            NotInFormat: Names the place and what is wrong.
        """
        data: Any = {"turns": written} if isinstance(written, list) else written
        if not isinstance(data, dict) or not isinstance(data.get("turns"), list):
            raise NotInFormat("turns: expected a list of turns")
        _refuse_unknown(data, {"turns", "order"}, "script")
        order = data.get("order", "sequence")
        if order not in get_args(Order):
            raise NotInFormat("order: expected sequence or any")
        return cls([_turn(item, f"turns[{index}]") for index, item in enumerate(data["turns"], 1)], order)


def _refuse_unknown(data: Mapping[Any, Any], known: set[str], where: str) -> None:
    unknown = sorted(set(map(str, data)) - known)
    if unknown:
        raise NotInFormat(f"{where}: unknown field {unknown[0]!r}")


def _turn(data: object, where: str) -> Turn:
    if not isinstance(data, dict):
        raise NotInFormat(f"{where}: expected an object")
    _refuse_unknown(data, {"match", "answer", "stop_reason", "fault", "times", "optional"}, where)
    blocks = data.get("answer", [])
    if not isinstance(blocks, list):
        raise NotInFormat(f"{where}.answer: expected a list of blocks")
    fault = fault_from(data["fault"], f"{where}.fault") if data.get("fault") is not None else None
    if not blocks and fault is None and data.get("stop_reason") is None:
        raise NotInFormat(f"{where}: needs an answer, a stop_reason or a fault")
    reason = data.get("stop_reason")
    if reason is not None and reason not in _STOP_REASONS:
        raise NotInFormat(f"{where}.stop_reason: expected one of {', '.join(_STOP_REASONS)}")
    times = data.get("times", 1)
    if not isinstance(times, int) or isinstance(times, bool) or times < 1:
        raise NotInFormat(f"{where}.times: expected a whole number of at least 1")
    if not isinstance(data.get("optional", False), bool):
        raise NotInFormat(f"{where}.optional: expected true or false")
    answer = Answer(tuple(_block(block, f"{where}.answer[{index}]") for index, block in enumerate(blocks, 1)), reason)
    return Turn(answer, match_from(data.get("match"), f"{where}.match"), fault, times, data.get("optional", False))


def _block(data: object, where: str) -> Block:
    if isinstance(data, str):
        return Say(data)
    if not isinstance(data, dict) or len(data) != 1:
        raise NotInFormat(f"{where}: expected a text or one of text, json, tool_use, thinking")
    kind, value = next(iter(data.items()))
    if kind == "json":
        # YAML reads bare dates as dates; a script means the text that was written.
        return Say(json.dumps(value, ensure_ascii=False, default=str))
    if kind in {"text", "thinking"}:
        if not isinstance(value, str) or not value:
            raise NotInFormat(f"{where}.{kind}: expected a text that is not empty")
        return Say(value) if kind == "text" else Think(value)
    if kind != "tool_use" or not isinstance(value, dict):
        raise NotInFormat(f"{where}: expected a text or one of text, json, tool_use, thinking")
    _refuse_unknown(value, {"name", "input", "id"}, f"{where}.tool_use")
    if not isinstance(value.get("name"), str):
        raise NotInFormat(f"{where}.tool_use.name: expected a text")
    if not isinstance(value.get("input", {}), dict):
        raise NotInFormat(f"{where}.tool_use.input: expected an object")
    if not isinstance(value.get("id"), str | None):
        raise NotInFormat(f"{where}.tool_use.id: expected a text")
    return Call(value["name"], value.get("input", {}), value.get("id"))
