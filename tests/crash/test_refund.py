"""The core dies at any point of a refund conversation, is started again, and nobody can tell afterwards (R-A2, R-C6).

`test_exits` lets every story die on a loop of its own; this one dies on asyncio's, with files and threads as they are. The
fast sample takes every fourteenth point and one of each kind around a write or a reply; `make crash` takes every point,
pairs of deaths, and kills at moments nobody chose.
"""

import asyncio
import json
import os
import random
import subprocess
import sys
from collections.abc import Generator, Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import SimpleQueue
from typing import Final as Constant

import pytest

from tests.crash.final import Final, look

ROOT = Path(__file__).resolve().parents[2]
CHILDREN: Constant = 1 if "PYTEST_XDIST_WORKER" in os.environ else 3
"""More gain nothing where both processors are busy with tests already."""
EVERY: Constant = 14
OFFSET: Constant = 2
WEIGHTY: Constant = ("refund_payment", "send", "countersigned", "reply_sent", "effect_finished,proposal_settled")

pytestmark = pytest.mark.skipif(os.name != "posix", reason="plays are forked")


class Nursery:
    """A few processes that bear plays; see `nursery.py`."""

    def __init__(self) -> None:
        self._free: SimpleQueue[subprocess.Popen[str]] = SimpleQueue()
        self._all: list[subprocess.Popen[str]] = []
        for _ in range(CHILDREN):
            command = [sys.executable, "-m", "tests.crash.nursery"]
            process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
            self._all.append(process)
            self._free.put(process)

    def play(self, folder: Path, *, die_at: int = 0, kill_at: int = 0) -> tuple[int, list[str]]:
        """Exit code, and the points passed."""
        process = self._free.get()
        try:
            assert process.stdin is not None
            assert process.stdout is not None
            process.stdin.write(f"{folder} {die_at} {kill_at}\n")
            process.stdin.flush()
            code, *passed = json.loads(process.stdout.readline())
        finally:
            self._free.put(process)
        return code, passed

    def close(self) -> None:
        """Ends the processes."""
        for process in self._all:
            with process:
                assert process.stdin is not None
                process.stdin.close()
                process.wait(timeout=300)


@pytest.fixture(scope="module")
def nursery() -> Generator[Nursery]:
    made = Nursery()
    yield made
    made.close()


@pytest.fixture(scope="module")
def undisturbed(nursery: Nursery, tmp_path_factory: pytest.TempPathFactory) -> tuple[Final, tuple[str, ...]]:
    """What the play comes to when nothing dies, and the names of its points."""
    folder = tmp_path_factory.mktemp("whole")
    code, passed = nursery.play(folder)
    assert code == 0, passed[-1]
    return asyncio.run(look(folder)), tuple(passed)


def play_until_done(nursery: Nursery, folder: Path, *dies: tuple[int, int]) -> list[str]:
    """Plays with each death, then to the end; returns where it died."""
    folder.mkdir()
    died: list[str] = []
    for die_at, kill_at in dies:
        code, passed = nursery.play(folder, die_at=die_at, kill_at=kill_at)
        assert code in (0, 9, -9), f"after {died}: {passed[-1:]}"
        died.append(passed[-1] if passed else "with nothing left to do")  # the death before came after the last thing
        if code == 0:
            break
    code, passed = nursery.play(folder)
    assert code == 0, f"after {died}: {passed[-1]}"
    return died


def check(nursery: Nursery, base: Path, whole: Final, plans: Iterable[tuple[tuple[int, int], ...]]) -> list[str]:
    """Plays every plan in a folder of its own; every one must come to the same end. Returns where each died."""

    def one(numbered: tuple[int, tuple[tuple[int, int], ...]]) -> str:
        number, plan = numbered
        folder = base / f"play{number}"
        died = "; ".join(play_until_done(nursery, folder, *plan))
        final = asyncio.run(look(folder))
        assert len(final.refunds) == 1, f"{died}: {final.refunds}"
        assert len(final.texts) == len(whole.texts), f"{died}: {final.texts}"
        assert final == whole, died
        return died

    with ThreadPoolExecutor(CHILDREN) as pool:
        return list(pool.map(one, enumerate(plans)))


def test_R_A2_a_death_at_any_sampled_point_leaves_one_refund_and_each_reply_once(
    nursery: Nursery, undisturbed: tuple[Final, tuple[str, ...]], tmp_path: Path
) -> None:
    whole, names = undisturbed
    kinds = {name.split(" ", 1)[1]: k for k, name in enumerate(names, 1)}
    weighty = {name: k for name, k in kinds.items() if any(word in name for word in WEIGHTY)}
    points = sorted({*range(OFFSET, len(names) + 1, EVERY), *weighty.values()})
    died = check(nursery, tmp_path, whole, [((k, 0),) for k in points])
    assert len(died) == len(points) >= 12
    for word in WEIGHTY:
        assert any(word in name for name in died), word


@pytest.mark.slow
def test_R_A2_a_death_at_every_point_leaves_one_refund_and_each_reply_once(
    nursery: Nursery, undisturbed: tuple[Final, tuple[str, ...]], tmp_path: Path
) -> None:
    whole, names = undisturbed
    points = range(1, len(names) + 1)
    died = check(nursery, tmp_path, whole, [((k, 0),) for k in points])
    assert len(died) == len(points) >= 60
    for word in WEIGHTY:
        assert any(word in name for name in died), word


@pytest.mark.slow
def test_R_A2_a_second_death_while_recovering_changes_nothing(
    nursery: Nursery, undisturbed: tuple[Final, tuple[str, ...]], tmp_path: Path
) -> None:
    whole, names = undisturbed
    chosen = random.Random(20261121)
    plans = [((chosen.randrange(1, len(names)), 0), (chosen.randrange(1, 25), 0)) for _ in range(40)]
    assert len(check(nursery, tmp_path, whole, plans)) == len(plans)


@pytest.mark.slow
def test_R_A2_kills_at_moments_nobody_chose_change_nothing(
    nursery: Nursery, undisturbed: tuple[Final, tuple[str, ...]], tmp_path: Path
) -> None:
    whole, names = undisturbed
    chosen = random.Random(4)
    plans = [tuple((0, chosen.randrange(1, len(names))) for _ in range(chosen.randrange(1, 4))) for _ in range(40)]
    assert len(check(nursery, tmp_path, whole, plans)) == len(plans)
