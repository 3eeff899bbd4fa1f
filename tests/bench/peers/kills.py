"""The same kill on both sides: SIGKILL right after an effect happened, before that was written down, at each of nine steps.

Then the process starts again, as a supervisor of processes would start it; then the customer writes once more, as customers
do. Both sides have the same model (it refuses a transcript that the Messages API would refuse), the same shop and the same
channel, each in a file that outlives the process, and both give shop and channel the same kind of idempotency key.

    python -m tests.bench.peers.kills      one line per kill

A process is forked per life, so that a kill costs no imports; it must never share a connection with another one.
"""

import json
import logging
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import structlog

from tests.bench.figure import Figure
from tests.bench.peers import killed_core, killed_graph
from tests.bench.peers.langgraph_peer import missing, version

STEPS = ("triage", "model", "get_order", "model", "list_payments", "model", "refund_payment", "model", "reply")
LIFE_SECONDS = 60


class Deadly:
    """Counts effects that have happened; the process dies at one of them, before anything else can run."""

    def __init__(self, at: int) -> None:
        self._at = at
        self._happened = 0

    def __call__(self) -> None:
        self._happened += 1
        if self._happened == self._at:
            os.kill(os.getpid(), signal.SIGKILL)


@dataclass(frozen=True)
class Outcome:
    """What became of one kill.

    Attributes:
        alone: The turn came to its reply after the restart, before anybody wrote again.
        answered: The customer's next message was answered.
        refunds: Refunds the shop made. One is right.
        repeated: An equal reply left more than once.
        poisoned: The stored transcript is one that the model's API refuses: nothing will ever be answered here.
    """

    step: str
    alone: bool
    answered: bool
    refunds: int
    repeated: bool
    poisoned: bool


@dataclass(frozen=True)
class Side:
    """One side: what its process does in each of its lives, and what is found on disk afterwards."""

    name: str
    first: Callable[[Path, Callable[[], None]], None]
    restart: Callable[[Path], None]
    write_again: Callable[[Path], None]
    look: Callable[[Path], "Found"]


Found = killed_graph.Found


def live(work: Callable[[], None]) -> int:
    """One life in a process of its own; answers its exit code, negative for a signal."""
    sys.stdout.flush()
    child = os.fork()
    if child == 0:
        code = 1
        try:
            signal.alarm(LIFE_SECONDS)
            work()
            code = 0
        finally:
            os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def killed(side: Side, folder: Path, at: int) -> Outcome:
    """Kills one life at a step, starts again, lets the customer write again."""
    folder.mkdir(parents=True)
    code = live(lambda: side.first(folder, Deadly(at)))
    assert code == -signal.SIGKILL, f"{side.name} at {at}: ended with {code}"
    live(lambda: side.restart(folder))
    restarted = side.look(folder)
    live(lambda: side.write_again(folder))
    found = side.look(folder)
    replies = found.replies
    return Outcome(
        step=f"{at} {STEPS[at - 1]}",
        alone=len(restarted.replies) == 1,
        answered=len(replies) > len(restarted.replies),
        refunds=found.refunds,
        repeated=len(set(replies)) < len(replies),
        poisoned=found.poisoned,
    )


def sides() -> tuple[Side, ...]:
    """Ours, and theirs."""
    ours = Side("Countersign", killed_core.first, killed_core.restart, killed_core.write_again, killed_core.look)
    theirs = Side(
        f"LangGraph {version()}", killed_graph.first, killed_graph.restart, killed_graph.write_again, killed_graph.look
    )
    return ours, theirs


def outcomes(folder: Path) -> dict[str, list[Outcome]]:
    """Every kill on every side."""
    return {
        side.name: [killed(side, folder / f"side{index}" / str(at), at) for at in range(1, len(STEPS) + 1)]
        for index, side in enumerate(sides())
    }


def figures(folder: Path) -> list[Figure]:
    """The sums, in a process that has not been anything else before it forks."""
    answer = subprocess.run(
        [sys.executable, "-m", "tests.bench.peers.kills", str(folder)], check=True, capture_output=True, text=True
    )
    found = {name: [Outcome(**each) for each in all_of] for name, all_of in json.loads(answer.stdout).items()}
    (ours, mine), (peer, theirs) = found.items()
    assert ours == "Countersign"
    counts: tuple[tuple[str, Callable[[Outcome], bool]], ...] = (
        ("recovered without help", lambda each: each.alone and not each.poisoned),
        ("next message answered", lambda each: each.answered),
        ("refund not made exactly once", lambda each: each.refunds != 1),
        ("a reply sent twice", lambda each: each.repeated),
        ("conversation poisoned", lambda each: each.poisoned),
    )
    return [
        Figure(f"kill -9 at each step: {name}", [_sum(mine, wanted)], f"of {len(STEPS)}", peer, [_sum(theirs, wanted)])
        for name, wanted in counts
    ]


def _sum(found: Sequence[Outcome], wanted: Callable[[Outcome], bool]) -> float:
    return float(sum(wanted(each) for each in found))


def main(arguments: Sequence[str]) -> int:
    """Prints a table, or with a folder JSON for `figures`."""
    if missing():
        print(missing())
        return 0
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    if arguments:
        found = outcomes(Path(arguments[0]))
        print(json.dumps({name: [vars(each) for each in all_of] for name, all_of in found.items()}))
        return 0
    with tempfile.TemporaryDirectory() as name:
        for side, all_of in outcomes(Path(name)).items():
            print(f"\n{side}\n{'killed after':<20} {'alone':<7} {'answered':<9} {'refunds':<8} {'repeated':<9} poisoned")
            for each in all_of:
                repeated, poisoned = _word(each.repeated), _word(each.poisoned)
                start = f"{each.step:<20} {_word(each.alone):<7} {_word(each.answered):<9} {each.refunds:<8}"
                print(f"{start} {repeated:<9} {poisoned}")
    return 0


def _word(value: bool) -> str:
    return "yes" if value else "no"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
