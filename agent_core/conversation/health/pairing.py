"""Whether every call has exactly one result right behind it, and every result its call: both directions, whole history.

A call and all non-assistant messages up to the next assistant message are one stretch; a fault is named once, by what most
likely happened to it, so that one repair answers one finding. It must never take a waiting approval or a call that is
being carried out for damage. Source: the provider's error texts on `tool_use` and `tool_result`.
"""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final, cast

from agent_core.conversation.health.catalogue import finding
from agent_core.conversation.health.findings import Aside, Finding, SideEffect
from agent_core.conversation.health.shapes import MCP, is_server_result
from agent_core.conversation.health.tools import Kind, kind_of, worst
from agent_core.conversation.health.view import SERVER_CALLS, Block, Turn, View, text_of

_CUT_HERE: Final = re.compile(
    r"truncat|trimmed|condens|compact(?:ed|ion)|earlier (?:messages|conversation|turns)"
    r"|messages? (?:were |was )?(?:omitted|removed)",
    re.IGNORECASE,
)
"""Words with which programs mark that they have cut a history."""


@dataclass(slots=True)
class Pairing:
    """The findings, and the messages whose order they explain already."""

    findings: list[Finding] = field(default_factory=list[Finding])
    explained: set[int] = field(default_factory=set[int])


@dataclass(slots=True)
class _History:
    """Where every call and every result stands."""

    called: dict[str, list[int]] = field(default_factory=dict[str, list[int]])
    answered: dict[str, list[int]] = field(default_factory=dict[str, list[int]])


def pairing(view: View, aside: Aside) -> Pairing:
    """Everything about calls and results."""
    turns = view.turns
    history = _History()
    for index, turn in enumerate(turns):
        if turn.role == "assistant":
            for _, call, _ in turn.calls:
                history.called.setdefault(call, []).append(index)
        elif turn.role == "user":
            for _, call in turn.results:
                history.answered.setdefault(call, []).append(index)
    result = Pairing()
    stretch = _Stretch(turns, aside, history, result)
    start = 0
    while start < len(turns):
        end = start + 1
        while end < len(turns) and turns[end].role != "assistant":
            end += 1
        stretch.read(start, end)
        start = end
    result.findings.extend(_same_ids(turns))
    if view.may_hold("_tool_"):
        result.findings.extend(_server_pairs(turns, aside))
    return result


class _Stretch:
    """Judges one assistant message and what follows it until the next."""

    def __init__(self, turns: list[Turn], aside: Aside, history: _History, result: Pairing) -> None:
        self._turns = turns
        self._aside = aside
        self._history = history
        self._result = result
        self._carried: dict[str, int] = {}
        """Calls of earlier assistant messages right before this one whose results stand behind it."""
        self._run_end = 0
        """Index behind the run of assistant messages that was counted last; each run is counted once."""
        self._run_results: set[str] = set()
        self._run_calls: Counter[str] = Counter()

    def read(self, start: int, end: int) -> None:
        """Judges the stretch `start`..`end`; `start` may be a user message only at the head of the history."""
        turn = self._turns[start]
        if turn.role != "assistant":
            self._orphans(range(start, end), None, {})
            return
        calls = {call: name for _, call, name in turn.calls}
        if end == start + 1 and end < len(self._turns):
            self._carry(start, calls)
        carried, self._carried = (self._carried, {}) if end > start + 1 else ({}, self._carried)
        if not calls and not carried and not any(self._turns[index].results for index in range(start + 1, end)):
            return
        self._orphans(range(start + 1, end), start, {**dict.fromkeys(carried, ""), **calls})
        if carried:
            self._add("consecutive_same_role:splits_tool_pair", start, None, tuple(carried))
            self._result.explained.update(range(min(carried.values()), start + 1))
        if calls:
            self._calls(start, end, calls)

    def _carry(self, start: int, calls: dict[str, str]) -> None:
        """Finds calls that another assistant message cut off from the results that follow that one."""
        if start >= self._run_end:
            self._count_run(start)
        self._run_calls.subtract(call for _, call, _ in self._turns[start].calls)
        self._carried.update({c: start for c in calls if c in self._run_results and self._run_calls[c] == 0})

    def _count_run(self, start: int) -> None:
        turns = self._turns
        after = start + 1
        while after < len(turns) and turns[after].role == "assistant":
            after += 1
        first = turns[after].results if after < len(turns) and turns[after].role == "user" else []
        self._run_end = after
        self._run_results = {call for _, call in first}
        self._run_calls = Counter(call for index in range(start, after) for _, call, _ in turns[index].calls)

    def _calls(self, start: int, end: int, calls: dict[str, str]) -> None:
        turns = self._turns
        first = turns[start + 1] if start + 1 < end else None
        here = {call for _, call in first.results} if first is not None and first.role == "user" else set[str]()
        if first is not None and here & calls.keys():
            self._order(start + 1, first, calls)
        missing = [call for call in calls if call not in here and call not in self._carried]
        elsewhere: dict[str, int] = {}
        for index in range(start + 2, end):
            if turns[index].role == "user":
                for _, call in turns[index].results:
                    elsewhere.setdefault(call, index)
        moved = [call for call in missing if call in elsewhere]
        if moved:
            self._moved(start, moved, elsewhere, calls)
        gone = [call for call in missing if call not in elsewhere and not self._comes_later(call, end)]
        waiting = [call for call in gone if (known := self._aside.outcomes.get(call)) is not None and known.waits]
        for call in waiting:
            approval = self._aside.outcomes[call].what == "pending"
            self._add(f"dangling_tool_use:{'awaiting_approval' if approval else 'in_flight'}", start, None, (call,))
        gone = [call for call in gone if call not in waiting]
        if waiting:
            self._result.explained.update(range(start, end))
        if gone:
            self._gone(start, end, gone, calls, partial=bool(here & calls.keys() or moved))

    def _order(self, index: int, turn: Turn, calls: dict[str, str]) -> None:
        if turn.results[-1][0] == len(turn.results) - 1:
            return
        late: list[tuple[int, str]] = []
        places = {position for position, _ in turn.results}
        gap = next((position for position in range(len(turn.blocks)) if position not in places), len(turn.blocks))
        for position, call in turn.results:
            if position > gap and call in calls:
                late.append((position, call))
        if late:
            name = "tool_result_not_first" if gap == 0 else "tool_results_not_contiguous"
            self._add(name, index, late[0][0], tuple(dict.fromkeys(call for _, call in late)))

    def _moved(self, start: int, moved: list[str], elsewhere: dict[str, int], calls: dict[str, str]) -> None:
        """Results that stand in the right stretch, but not in its first message."""
        turns = self._turns
        until = max(elsewhere[call] for call in moved)
        between = range(start + 1, until)
        self._result.explained.update(range(start, until + 1))
        ids = tuple(moved)
        system = next((index for index in between if turns[index].role == "system"), None)
        if system is not None:
            self._add("system_message_splits_tool_pair", system, None, ids)
        elif all(_only_results(turns[index], calls) for index in between):
            block = next(position for position, call in turns[until].results if call in moved)
            self._add("tool_results_not_contiguous", until, block, ids)
        else:
            self._add("interleaved_customer_message", start, None, ids)

    def _gone(self, start: int, end: int, gone: list[str], calls: dict[str, str], *, partial: bool) -> None:
        turns = self._turns
        kinds: dict[str, Kind] = {call: kind_of(calls[call], self._aside.tools) for call in gone}
        effect = worst(kinds.values())
        ids = tuple(gone)
        cut = end == start + 1 or _CUT_HERE.search(text_of(turns[start + 1])) is not None
        if end == len(turns) and end == start + 1:
            self._add("dangling_tool_use:tail", start, None, ids, effect)
        elif partial:
            self._add("parallel_partial_results", start, None, ids, effect)
        elif cut:
            self._add("truncation_dropped_tool_result", start, None, ids, effect)
        elif end < len(turns):
            self._add("dangling_tool_use:mid_history_after_resume", start, None, ids, effect)
        else:
            reads = tuple(call for call in gone if kinds[call] == "read")
            if reads:
                self._add("dangling_tool_use:crash_after_call_read_only", start, None, reads)
            if len(reads) < len(gone):
                others = tuple(call for call in gone if call not in reads)
                self._add("dangling_tool_use:write_outcome_unknown", start, None, others, effect)
        self._result.explained.update(range(start, end + 1))

    def _comes_later(self, call: str, end: int) -> bool:
        """A result of this call stands in a later stretch, where it is reported as late."""
        at = self._history.answered.get(call, [])
        return bool(at) and at[-1] >= end and self._history.called[call][-1] < end

    def _orphans(self, indexes: range, caller: int | None, calls: dict[str, str]) -> None:
        seen: dict[str, int] = {}
        allowed: dict[str, int] = {}
        if caller is not None:
            for _, call, _ in self._turns[caller].calls:
                allowed[call] = allowed.get(call, 0) + 1
        for index in indexes:
            turn = self._turns[index]
            if turn.role != "user":
                continue
            for position, call in turn.results:
                if call in calls:
                    seen[call] = seen.get(call, 0) + 1
                    if seen[call] > allowed.get(call, 1):
                        self._add("duplicate_tool_result", index, position, (call,))
                else:
                    self._add(f"orphan_tool_result:{self._cause(call, index, caller)}", index, position, (call,))

    def _cause(self, call: str, index: int, caller: int | None) -> str:
        called = self._history.called.get(call)
        if called is not None:
            return "late_async_result" if called[0] < index else "before_its_call"
        if caller is None:
            return "head_truncated"
        return "unknown_id" if self._turns[caller].calls else "history_edited"

    def _add(
        self, diagnosis: str, message: int, block: int | None, ids: tuple[str, ...], effect: SideEffect = "none"
    ) -> None:
        self._result.findings.append(finding(diagnosis, message, block, ids, effect=effect))


def _only_results(turn: Turn, calls: dict[str, str]) -> bool:
    return bool(turn.results) and len(turn.results) == len(turn.blocks) and all(call in calls for _, call in turn.results)


def _same_ids(turns: list[Turn]) -> Iterator[Finding]:
    seen: set[str] = set()
    for index, turn in enumerate(turns):
        if turn.role != "assistant":
            continue
        for position, call, _ in turn.calls:
            if call in seen:
                yield finding("duplicate_tool_use_id", index, position, (call,))
            seen.add(call)


def _server_pairs(turns: list[Turn], aside: Aside) -> Iterator[Finding]:
    """Calls and results of tools the provider runs: both stand in assistant turns, the call first.

    A result may come turns later: a turn was paused, or a program the provider runs has called tools of ours meanwhile.
    """
    open_calls: dict[str, tuple[int, int, Block]] = {}
    known: set[str] = set()
    for index, turn in enumerate(turns):
        for position, block in enumerate(turn.blocks):
            kind = None if block is None else block.get("type")
            if block is None or not isinstance(kind, str):
                continue
            if turn.role != "assistant":
                # A result in the wrong turn is a result all the same: `blocks` has named it.
                if kind in MCP and isinstance(call := block.get("tool_use_id"), str):
                    open_calls.pop(call, None)
            elif kind in SERVER_CALLS:
                call = block.get("id")
                if isinstance(call, str):
                    known.add(call)
                    open_calls[call] = (index, position, block)
            elif is_server_result(kind):
                call = block.get("tool_use_id")
                if not isinstance(call, str) or call not in known:
                    cause = ":mcp" if kind in MCP else ""
                    ids = (call,) if isinstance(call, str) else ()
                    yield finding(f"orphan_server_tool_result{cause}", index, position, ids)
                else:
                    open_calls.pop(call, None)
    going_on = _going_on(turns) if open_calls else 0
    latest = max((index for index, turn in enumerate(turns) if turn.role == "assistant"), default=-1)
    running = _running(turns[latest]) if open_calls else set[str]()
    for call, (index, position, block) in open_calls.items():
        if index < going_on or (index < latest and call not in running):
            yield _dangling(call, index, position, block, aside)


def _dangling(call: str, index: int, position: int, block: Block, aside: Aside) -> Finding:
    """The provider's own tools change nothing outside; what is called over MCP may write."""
    if block.get("type") not in MCP:
        return finding("dangling_server_tool_use", index, position, (call,))
    effect = worst([kind_of(str(block.get("name")), aside.tools)])
    return finding("dangling_server_tool_use:mcp", index, position, (call,), effect=effect)


def _running(turn: Turn) -> set[str]:
    """The programs of the provider that a turn's calls were made by: they are still running."""
    callers = (block.get("caller") for block in turn.blocks if block is not None and block.get("type") == "tool_use")
    named = (cast("Block", caller).get("tool_id") for caller in callers if isinstance(caller, dict))
    return {call for call in named if isinstance(call, str)}


def _going_on(turns: list[Turn]) -> int:
    """Where the exchange begins that the request goes on with: its last turns of calls and results, or a paused one."""
    first = len(turns)
    for index in range(len(turns) - 1, -1, -1):
        turn = turns[index]
        if turn.role == "assistant" and (turn.calls or index == len(turns) - 1):
            first = index
        elif turn.role != "system" and not turn.results:
            break
    return first
