"""What a person's choice of workflows changes on a live conversation, before it is confirmed (R-B7).

Pure: the same comparison makes the preview and the change itself, so what was shown is what happens.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from agent_core.contract.ids import RunId, WorkflowName
from agent_core.contract.outcomes import RunPhase

OVER: Final[frozenset[RunPhase]] = frozenset({"failed", "withdrawn"})
"""Phases in which a run works no more, whoever wants it to."""


@dataclass(frozen=True, slots=True)
class LiveRun:
    """A run of the conversation. `tools`: what it can reach by the release it is pinned to."""

    run: RunId
    workflow: WorkflowName
    phase: RunPhase
    tools: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Change:
    """What becomes of the set of runs.

    Attributes:
        staying: Runs that go on, one for each wanted workflow that has one; the newest where it has several.
        entering: Wanted workflows that have none, or whose run had given up: such a run leaves, and another begins with
            everything that is known.
        leaving: Runs that work no more, in any phase but the last two.
        gained: Tools that become reachable -> the workflows through which, in order.
        lost: Tools that nobody reaches any more -> the workflows through which they were.
    """

    staying: tuple[LiveRun, ...]
    entering: tuple[WorkflowName, ...]
    leaving: tuple[LiveRun, ...]
    gained: Mapping[str, tuple[WorkflowName, ...]]
    lost: Mapping[str, tuple[WorkflowName, ...]]


def change(
    runs: Iterable[LiveRun],
    wanted: Sequence[WorkflowName],
    tools_of: Callable[[WorkflowName], Iterable[str]],
) -> Change:
    """Compares what works with what is wanted.

    Args:
        runs: Every run of the conversation, oldest first.
        wanted: The workflows that shall work from here on, in order.
        tools_of: The tools of a workflow of the active release, for those that enter.
    """
    live = [run for run in runs if run.phase not in OVER]
    newest = {run.workflow: run for run in live if run.phase != "escalated"}
    wanted = tuple(dict.fromkeys(wanted))
    staying = tuple(newest[name] for name in wanted if name in newest)
    entering = tuple(name for name in wanted if name not in newest)
    kept = {run.run for run in staying}
    leaving = tuple(run for run in live if run.run not in kept)
    before = _reach((run.workflow, run.tools) for run in live)
    after = _reach([*((run.workflow, run.tools) for run in staying), *((name, tools_of(name)) for name in entering)])
    return Change(
        staying=staying,
        entering=entering,
        leaving=leaving,
        gained={tool: through for tool, through in after.items() if tool not in before},
        lost={tool: through for tool, through in before.items() if tool not in after},
    )


def _reach(parts: Iterable[tuple[WorkflowName, Iterable[str]]]) -> dict[str, tuple[WorkflowName, ...]]:
    found: dict[str, tuple[WorkflowName, ...]] = {}
    for workflow, tools in parts:
        for tool in tools:
            found[tool] = tuple(dict.fromkeys((*found.get(tool, ()), workflow)))
    return dict(sorted(found.items()))
