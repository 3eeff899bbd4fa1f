"""What supervisors, leads and people on call live through, as the `.feature` files tell it (R-M2, R-M4, R-M5, R-M9)."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from console.state.app_state import AppState
from console.state.preferences import Preferences
from console.state.store import Store
from tests.console import made
from tests.console.audit_asked_for import AuditAskedFor
from tests.console.fake_core import AskedFor
from tests.console.fake_triage import TriageAsked
from tests.console.shown_window import shown_window
from tests.features.gherkin import Scenario, Steps, UnreadableFeature, scenarios
from tests.features.steps import STEPS, World

pytestmark = pytest.mark.qt
FILES = sorted(Path(__file__).parent.glob("*.feature"))
ALL = [one for path in FILES for one in scenarios(path)]


@pytest.fixture
def world(qapp: QApplication, qtbot: QtBot, tmp_path: Path) -> Iterator[World]:
    store = Store(AppState(now=made.NOW, preferences=Preferences(theme="light")))
    asked, audit, triage = AskedFor(), AuditAskedFor(), TriageAsked()
    with shown_window(qapp, qtbot, store, asked, audit=audit, triage=triage) as window:
        yield World(window, store, tmp_path, asked, audit, triage)


@pytest.mark.parametrize("scenario", [pytest.param(one, id=f"{one.file}: {one.title}") for one in ALL])
def test_it_happens_as_it_is_told(world: World, scenario: Scenario) -> None:
    STEPS.run(scenario, world)


def test_every_step_of_the_table_is_told_somewhere() -> None:
    told = {STEPS.known(line)[0] for one in ALL for line in one.steps}
    assert told == set(STEPS.table)


def _told(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "story.feature"
    path.write_text(text, encoding="utf-8")
    return path


def test_an_unknown_step_fails_before_anything_is_done(tmp_path: Path) -> None:
    steps: Steps[list[str]] = Steps()

    @steps.step("he adds {what}")
    def add(world: list[str], what: str) -> None:
        world.append(what)

    text = "Feature: x\n\nBackground:\n  Given he adds milk\n\nScenario: y\n  When he adds tea\n  Then {}\n"
    (good,) = scenarios(_told(tmp_path, text.format("he adds ice")))
    world: list[str] = []
    assert steps.table == {"he adds {what}": add}
    steps.run(good, world)
    assert world == ["milk", "tea", "ice"]
    (bad,) = scenarios(_told(tmp_path, text.format("he drinks")))
    with pytest.raises(UnreadableFeature, match="no step is “he drinks”"):
        steps.run(bad, world)
    assert world == ["milk", "tea", "ice"]


@pytest.mark.parametrize(
    "text",
    [
        "Feature: x\nScenario: y\n  Perhaps he adds tea\n",
        "Scenario: y\n  When he adds tea\n",
        "Feature: x\nScenario: y\n",
        "Feature: x\nScenario: y\n  When a\nScenario: y\n  When b\n",
        "Feature: x\n",
    ],
)
def test_what_is_not_understood_is_never_skipped(tmp_path: Path, text: str) -> None:
    with pytest.raises(UnreadableFeature):
        scenarios(_told(tmp_path, text))
