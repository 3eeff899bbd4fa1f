"""Triage's deeds: read by themselves while somebody looks, files in a thread, nothing repaired but what was shown (R-M4)."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path

import pytest

from agent_core.contract.forking import ForkWanted
from agent_core.contract.triage import MOST_FILE
from console.state.app_state import AppState
from console.state.happenings import (
    ConnectionChanged,
    FeedArrived,
    Happening,
    SignedIn,
    Ticked,
    WorkspaceChosen,
)
from console.state.ports import RefusedByCore, Unreachable
from console.state.store import Store
from console.state.triage import FileChosen, LookArrived, TriageChosen
from console.tasks import Tasks
from console.triage_deeds import READ_AGAIN, TRY_AGAIN, TriageActs
from tests.console import made
from tests.console import made_triage as triage
from tests.console.fake_triage import FakeTriage

CALL = f"r1/{triage.CALL}"


class Desk:
    """A store, a core in memory, and the deeds."""

    def __init__(self) -> None:
        self.store = Store(AppState(now=made.NOW))
        self.core = FakeTriage()
        self.problems: list[BaseException] = []
        self.tasks = Tasks(self.problems.append)
        self.acts = TriageActs(self.store, self.core, self.tasks)

    async def settle(self) -> None:
        """Wait until nothing is under way."""
        while self.tasks._tasks:  # pyright: ignore[reportPrivateUsage] - a test waits for the end of everything
            await asyncio.wait(set(self.tasks._tasks))  # pyright: ignore[reportPrivateUsage] - as above
        assert not self.problems

    async def say(self, *happenings: Happening) -> None:
        for one in happenings:
            self.store.dispatch(one)
        await self.settle()

    async def open(self) -> None:
        live = ConnectionChanged("live", made.NOW)
        await self.say(SignedIn(made.session(role="on_call")), live, WorkspaceChosen("triage"))

    def asked(self, what: str) -> int:
        return sum(one[0] == what for one in self.core.called)


def _names(folder: Path) -> list[str]:
    return sorted(one.name for one in folder.iterdir())


def at_a_desk(story: Callable[[Desk], Awaitable[None]]) -> None:
    async def run() -> None:
        desk = Desk()
        await story(desk)
        desk.acts.close()
        await desk.tasks.close()

    asyncio.run(run())


def test_the_list_is_read_when_somebody_comes_and_again_only_after_a_while() -> None:
    async def story(desk: Desk) -> None:
        await desk.say(SignedIn(made.session()), ConnectionChanged("live", made.NOW))
        assert desk.asked("triage") == 0
        await desk.open()
        assert desk.asked("triage") == 1
        await desk.say(Ticked(made.NOW + timedelta(seconds=1)))
        assert desk.asked("triage") == 1
        await desk.say(Ticked(made.NOW + READ_AGAIN))
        assert desk.asked("triage") == 2
        await desk.say(WorkspaceChosen("live"), Ticked(made.NOW + READ_AGAIN * 3))
        assert desk.asked("triage") == 2

    at_a_desk(story)


def test_what_failed_is_said_and_tried_again() -> None:
    async def story(desk: Desk) -> None:
        desk.core.refuse.append(Unreachable("away", "The core does not answer."))
        await desk.open()
        assert (desk.store.state.triage.reading, desk.store.state.triage.problem) == ("failed", "The core does not answer.")
        await desk.say(Ticked(made.NOW + TRY_AGAIN))
        assert desk.store.state.triage.reading == "shown"

    at_a_desk(story)


def test_what_the_core_refuses_is_not_asked_for_all_the_time_and_at_once_by_a_new_session() -> None:
    async def story(desk: Desk) -> None:
        desk.core.refuse.append(RefusedByCore("role_not_allowed", "Not your role."))
        await desk.open()
        await desk.say(Ticked(made.NOW + TRY_AGAIN))
        assert desk.asked("triage") == 1
        await desk.say(SignedIn(made.session(role="admin")))
        assert desk.asked("triage") == 2
        assert desk.store.state.triage.reading == "shown"

    at_a_desk(story)


def test_the_looked_at_conversation_is_read_again_when_the_feed_says_that_it_moved() -> None:
    async def story(desk: Desk) -> None:
        await desk.open()
        await desk.say(TriageChosen(triage.chosen()))
        assert desk.asked("look") == 1
        await desk.say(Ticked(made.NOW + timedelta(seconds=5)))
        assert desk.asked("look") == 1
        moved = made.answer(reset=False, rows=(), asks=(), core=None, changed=((triage.chosen(), 25),))
        await desk.say(FeedArrived(moved, made.NOW), Ticked(made.NOW + timedelta(seconds=9)))
        assert desk.asked("look") >= 2

    at_a_desk(story)


def test_R_C4_a_repair_is_of_what_was_shown_when_it_was_asked_for_and_sent_once() -> None:
    async def story(desk: Desk) -> None:
        await desk.open()
        await desk.say(TriageChosen(triage.chosen()), LookArrived(triage.look()))
        newer = triage.look(plan=made.digest("newer"))
        await desk.say(LookArrived(newer))
        desk.acts.repair_shown(triage.look(), {CALL: "executed"}, "seen in the shop")
        desk.acts.repair_shown(triage.look(), {CALL: "executed"}, "seen in the shop")
        await desk.settle()
        assert [one for one in desk.core.called if one[0] == "repair"] == [
            ("repair", made.digest("plan"), {CALL: "executed"}, "seen in the shop")
        ]
        assert desk.store.state.triage.healed == triage.chosen()

    at_a_desk(story)


def test_a_refused_repair_says_why_and_is_looked_at_anew() -> None:
    async def story(desk: Desk) -> None:
        await desk.open()
        await desk.say(TriageChosen(triage.chosen()), LookArrived(triage.look()))
        before = desk.asked("look")
        desk.core.refuse.append(RefusedByCore("moved", "It has changed since."))
        desk.acts.repair_shown(triage.look(), {}, "")
        await desk.settle()
        assert desk.store.state.notices[-1].title == "It has changed since."
        assert desk.store.state.triage.healed is None
        assert str(triage.chosen()) not in desk.store.state.pending
        assert desk.asked("look") == before + 1

    at_a_desk(story)


def test_only_what_can_be_asked_is_asked_and_what_could_not_be_is_no_longer_waited_for() -> None:
    async def story(desk: Desk) -> None:
        await desk.open()
        mute = triage.call(can_ask=False).model_copy(
            update={"call": triage.call().call.model_copy(update={"key": "r1/mute"})}
        )
        desk.core.shown = triage.look(calls=(triage.call(), mute))
        await desk.say(TriageChosen(triage.chosen()))
        desk.acts.ask_systems(())
        desk.core.refuse.append(Unreachable("away", "The core does not answer."))
        await desk.settle()
        looked = desk.store.state.triage.looked_at
        assert looked is not None
        assert looked.asking == frozenset()
        desk.acts.ask_systems((CALL, "r1/mute"))
        await desk.settle()
        assert [one[1] for one in desk.core.called if one[0] == "reconcile"] == [(CALL,), (CALL,)]

    at_a_desk(story)


def test_a_dropped_file_is_diagnosed_said_about_saved_and_let_go(tmp_path: Path) -> None:
    source, target = tmp_path / "thread.json", tmp_path / "out.json"
    source.write_bytes(b'{"messages": []}')

    async def story(desk: Desk) -> None:
        await desk.open()
        desk.acts.diagnose(source)
        await desk.settle()
        file = desk.store.state.triage.file
        assert file is not None
        assert (file.name, file.reading) == ("thread.json", "shown")
        desk.acts.say_of_file(triage.CALL, "executed")
        await desk.settle()
        diagnosed = [one for one in desk.core.called if one[0] == "diagnose"]
        assert diagnosed[-1] == ("diagnose", b'{"messages": []}', {triage.CALL: "executed"})
        desk.acts.save_repaired(target)
        await desk.settle()
        assert target.read_text(encoding="utf-8") == triage.diagnosed().repaired
        assert _names(tmp_path) == ["out.json", "thread.json"]
        saved = desk.store.state.triage.file
        assert saved is not None
        assert saved.saved == "out.json"
        assert desk.acts.holding == len(b'{"messages": []}')
        await desk.say(FileChosen(False))
        assert desk.acts.holding == 0
        desk.acts.say_of_file(triage.CALL, "unknown")
        await desk.settle()
        assert desk.asked("diagnose") == 2

    at_a_desk(story)


@pytest.mark.parametrize("kind", ["huge", "folder", "gone"])
def test_a_file_that_cannot_be_sent_is_said_to_be_so_and_never_leaves(kind: str, tmp_path: Path) -> None:
    path = tmp_path / "file.json"
    if kind == "huge":
        with path.open("wb") as file:
            file.truncate(MOST_FILE + 1)
    elif kind == "folder":
        path.mkdir()

    async def story(desk: Desk) -> None:
        await desk.open()
        desk.acts.diagnose(path)
        await desk.settle()
        file = desk.store.state.triage.file
        assert file is not None
        assert file.reading == "failed"
        assert "file.json" in file.problem
        assert str(tmp_path) not in file.problem
        assert desk.asked("diagnose") == 0

    at_a_desk(story)


def test_a_file_that_cannot_be_written_is_said_and_leaves_nothing_behind(tmp_path: Path) -> None:
    source = tmp_path / "thread.json"
    source.write_bytes(b"{}")

    async def story(desk: Desk) -> None:
        await desk.open()
        desk.acts.diagnose(source)
        await desk.settle()
        desk.acts.save_repaired(tmp_path / "no" / "such" / "folder.json")
        await desk.settle()
        assert desk.store.state.notices[-1].tone == "danger"
        assert _names(tmp_path) == ["thread.json"]

    at_a_desk(story)


def test_a_turn_is_run_again_once_at_a_time_and_a_refusal_is_said() -> None:
    async def story(desk: Desk) -> None:
        await desk.open()
        await desk.say(TriageChosen(triage.chosen()))
        desk.acts.fork(ForkWanted(position=9))
        desk.acts.fork(ForkWanted(position=17))
        await desk.settle()
        assert [one[1] for one in desk.core.called if one[0] == "fork"] == [ForkWanted(position=9)]
        assert desk.store.state.triage.fork.answer == triage.forked()
        desk.core.refuse.append(RefusedByCore("paused", "The brand is paused."))
        desk.acts.fork(ForkWanted(position=17, live_model=True))
        await desk.settle()
        assert desk.store.state.triage.fork.problem == "The brand is paused."

    at_a_desk(story)
