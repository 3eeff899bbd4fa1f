"""The tour leads to a first countersignature of one's own, and out of the way (R-M8)."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QAbstractButton, QApplication
from pytestqt.qtbot import QtBot

from agent_core.contract.views import ApprovalGiven
from console import texts_tour
from console.shell.memory import Memory
from console.shell.window import MainWindow
from console.state.app_state import AppState
from console.state.happenings import FeedArrived, PreferencesChosen, SignedIn, WorkspaceChosen
from console.state.preferences import Preferences
from console.state.store import Store
from console.state.tour import STEPS, TourStep, tour_step
from tests.console import made
from tests.console.scene import asks, say
from tests.console.scenes_tour import MINE, NOBODY
from tests.console.shown_window import shown_window
from tests.console.states import SCENES, begun

pytestmark = pytest.mark.qt
EXPECTED: dict[str, TourStep] = {
    "tour-key": "key", "tour-approvals": "approvals", "tour-decide": "decide", "tour-undo": "undo", "tour-done": "done",
}  # fmt: skip


def button(window: MainWindow, words: str) -> QAbstractButton:
    return next(one for one in window.findChildren(QAbstractButton) if one.text() == words or one.accessibleName() == words)


@pytest.fixture
def window(qapp: QApplication, qtbot: QtBot) -> Iterator[MainWindow]:
    with shown_window(qapp, qtbot, begun("light")) as shown:
        yield shown


@pytest.mark.parametrize(("scene", "step"), EXPECTED.items())
def test_R_M8_each_step_follows_from_what_is(window: MainWindow, scene: str, step: TourStep) -> None:
    SCENES[scene](window, window.store)
    window.refresh.flush()
    assert (tour_step(window.store.state), window.tour.step) == (step, step)


def test_R_M8_the_tour_leads_on_and_can_be_left_at_any_step(window: MainWindow) -> None:
    SCENES["tour-approvals"](window, window.store)
    window.refresh.flush()
    button(window, texts_tour.ACTIONS["approvals"]).click()
    window.refresh.flush()
    assert (window.store.state.workspace, window.tour.step) == ("approvals", "decide")
    button(window, texts_tour.SKIP).click()
    assert (window.store.state.preferences.tour, window.tour.step) == (False, None)


def test_R_M8_there_is_no_tour_outside_a_sandbox_for_the_invited_or_after_its_end() -> None:
    store = begun("light")
    assert tour_step(store.state) is None
    say(store, PreferencesChosen(Preferences(tour=True)))
    assert tour_step(store.state) is not None
    say(store, SignedIn(NOBODY.model_copy(update={"may_enrol_first": False})))
    assert tour_step(store.state) is None
    core = made.answer().core
    assert core is not None
    say(store, SignedIn(made.session()))
    say(store, FeedArrived(made.answer(core=core.model_copy(update={"stand_in": False})), made.NOW))
    assert tour_step(store.state) is None


def test_R_M8_what_a_colleague_signed_is_not_ones_own_first_countersignature() -> None:
    store = begun("light")
    say(store, PreferencesChosen(Preferences(tour=True)), WorkspaceChosen("approvals"))
    hers = ApprovalGiven(operator=MINE.operator.__class__("o_ines"), name="Ines Roth", at=made.NOW)
    say(store, asks(made.ask(1, version=2, state="closed", approvals=(hers,), closed_by="person", closed_at=made.NOW)))
    assert tour_step(store.state) == "decide"


def test_every_step_has_its_words_and_its_place() -> None:
    steps = {step for together in STEPS for step in together}
    assert steps == set(texts_tour.TITLES) == set(texts_tour.WORDS) == set(texts_tour.ACTIONS)


def test_R_M8_the_tour_begins_at_the_first_start_and_not_again(tmp_path: Path) -> None:
    memory = Memory(tmp_path / "console.ini")
    first = memory.restored(AppState(now=made.NOW))
    assert first.preferences.tour
    memory.instance()
    store = Store(first)
    say(store, PreferencesChosen(Preferences(tour=False)))
    memory.keep(store.state)
    assert not Memory(tmp_path / "console.ini").restored(AppState(now=made.NOW)).preferences.tour
