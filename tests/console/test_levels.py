"""How far workflows may go, in Settings: seen with its evidence, lowered by one, raised by two, taken back (R-C8)."""

import asyncio
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from agent_core.contract.clock import system_clock
from agent_core.contract.ids import BrandId, WorkflowName
from agent_core.contract.statements import ConsoleIdentity
from console import texts_levels
from console.connected import Connected
from console.headless.client import CoreClient
from console.levels_deeds import LevelsPerson
from console.presenting.levels import levels_props
from console.shell.finder import everything
from console.shell.window import MainWindow
from console.state.app_state import AppState, Keyring
from console.state.happenings import ConnectionChanged, KeyringKnown, SignedIn, SignedOut, Ticked, WorkspaceChosen
from console.state.levels import (
    EvidenceArrived,
    EvidenceWanted,
    LevelForeseen,
    LevelsArrived,
    LevelsKnown,
    LevelThoughtOf,
    LevelWanted,
    levels_reduced,
)
from console.state.store import Store
from console.tasks import Tasks
from console.theme.controller import Theme
from console.widgets.button import Button
from console.widgets.check_row import CheckRow
from tests.console import made, scenes_levels
from tests.console.core_beside import kept_by
from tests.console.fake_core import AskedFor
from tests.console.levels_asked_for import LevelsAskedFor
from tests.console.people_asked_for import PeopleAskedFor
from tests.console.scene import say
from tests.console.scenes_levels import ADDRESS, EVIDENCE, LEVELS, REFUND, WAITING, preview
from tests.console.shown_window import shown_window
from tests.console.states import begun
from tests.service.scene import NORTHWIND, scene

CTRL = Qt.KeyboardModifier.ControlModifier


def test_evidence_of_another_period_and_previews_of_another_change_are_not_shown() -> None:
    known = levels_reduced(LevelsKnown(), EvidenceWanted("7"))
    assert levels_reduced(known, EvidenceArrived("30", EVIDENCE)).evidence is None
    assert levels_reduced(known, EvidenceArrived("7", EVIDENCE)).evidence is EVIDENCE
    wanted = LevelWanted(made.BRAND, REFUND, "low_risk")
    other = LevelWanted(made.BRAND, REFUND, "read_only")
    shown = preview(REFUND, "read_only", "approval_gated")
    known = levels_reduced(known, LevelThoughtOf(wanted))
    assert levels_reduced(known, LevelForeseen(other, shown)).preview is None


def test_what_was_read_stays_beside_the_reason_why_it_was_not_read_again() -> None:
    known = levels_reduced(LevelsKnown(), LevelsArrived((LEVELS,)))
    known = levels_reduced(known, LevelsArrived(None, "The core does not answer."))
    assert (known.brands, known.problem) == ((LEVELS,), "The core does not answer.")


def _shown(role: str | None = "lead", *more: object) -> AppState:
    store = begun("light")
    session = made.session(role=role) if role is not None else made.session(operator=None, role=None)
    say(store, SignedIn(session), LevelsArrived((LEVELS,)), EvidenceArrived("30", EVIDENCE), *more)  # pyright: ignore[reportArgumentType] - happenings
    return store.state


def test_R_C8_each_workflow_stands_with_its_level_who_signed_and_how_it_fared() -> None:
    ((_, cards),) = levels_props(_shown()).brands
    refund, address, status = cards
    assert (refund.ladder.now, refund.ladder.declared) == (0, 2)
    assert refund.signed.startswith("Signed by Mira Duarte")
    assert "Mira Duarte and Ines Roth" in address.signed
    assert status.signed == texts_levels.BY_FILE
    figures = {one.label: one.value for one in refund.figures[0].figures}
    assert figures == {
        "Proposed": "1,204", "Approved unchanged": "1,011", "Changed by people": "61", "Denied": "97", "Done alone": "0",
        "Undone later": "4", "Refused by code": "38", "Median decision": "24\u00a0s", "Approved unopened": "12",
    }  # fmt: skip
    assert [one.tool for one in address.figures] == ["Update shipping address", "Hold shipment"]
    assert status.none == texts_levels.NO_EVIDENCE


def test_R_C8_only_those_who_sign_levels_have_buttons_and_nobody_signs_twice() -> None:
    deeds: Callable[[AppState], list[str]] = lambda state: [  # noqa: E731 - one line, three uses
        deed.key
        for _, cards in levels_props(state).brands
        for card in cards
        for deed in (*card.deeds, *(deed for note in card.notes for deed in note.deeds))
    ]
    assert deeds(_shown()) == ["change", "change", "sign", "take_back", "change"]
    assert deeds(_shown("supervisor")) == []
    assert deeds(_shown(None)) == []
    assert deeds(_shown("lead", ConnectionChanged("offline", made.NOW, "The core does not answer."))) == []
    mine = WAITING.model_copy(update={"operator": made.ME})
    rows = tuple(row.model_copy(update={"waiting": mine if row.waiting else None}) for row in LEVELS.workflows)
    assert deeds(_shown("lead", LevelsArrived((LEVELS.model_copy(update={"workflows": rows}),)))).count("sign") == 0
    assert deeds(_shown("lead", Ticked(made.NOW + timedelta(minutes=30)))).count("sign") == 0, "it has run out"


def test_who_signs_out_leaves_no_levels_behind() -> None:
    store = begun("light")
    say(store, LevelsArrived((LEVELS,)), SignedOut(resting=True))
    assert store.state.levels == LevelsKnown()


def test_the_palette_goes_to_the_levels() -> None:
    assert "setting:levels" in {line.key for line in everything(_shown())}


@pytest.fixture
def window(qapp: QApplication, qtbot: QtBot) -> Iterator[tuple[MainWindow, LevelsAskedFor]]:
    store = begun("light")
    deeds = LevelsAskedFor(store)
    with shown_window(qapp, qtbot, store, people=PeopleAskedFor(), levels=deeds) as shown:
        scenes_levels.SCENES["levels"](shown, store)
        yield shown, deeds


def _button(window: MainWindow, spoken: str) -> Button:
    QApplication.processEvents()
    found = window.settings.levels.findChildren(Button)
    return next(one for one in found if one.accessibleName().startswith(spoken) and one.isVisible())


def _choose(window: MainWindow, level: str) -> None:
    row = next(one for one in window.form.findChildren(CheckRow) if one.props.key == level and one.isVisible())
    row.setFocus()
    QTest.keyClick(row, Qt.Key.Key_Space)


@pytest.mark.qt
def test_R_C8_nothing_is_signed_before_what_would_change_is_shown(window: tuple[MainWindow, LevelsAskedFor]) -> None:
    shown, deeds = window
    assert ("read",) in deeds.asked
    assert ("evidence", "30") in deeds.asked
    _button(shown, "Change the level of Refund an order").click()
    assert deeds.asked[-1] == ("foresee", "read_only")
    _choose(shown, "low_risk")
    assert deeds.asked[-1] == ("foresee", "low_risk")
    QTest.keyClick(shown.form, Qt.Key.Key_Return, CTRL)
    assert deeds.asked[-1] == ("foresee", "low_risk"), "nothing is known of it yet"
    wanted = LevelWanted(made.BRAND, REFUND, "low_risk")
    foreseen = preview(REFUND, "low_risk", "read_only")
    say(shown.store, LevelForeseen(LevelWanted(made.BRAND, REFUND, "read_only"), foreseen))
    shown.refresh.flush()
    QTest.keyClick(shown.form, Qt.Key.Key_Return, CTRL)
    assert deeds.asked[-1] == ("foresee", "low_risk"), "that was another level"
    say(shown.store, LevelForeseen(wanted, foreseen), Ticked(made.NOW + timedelta(seconds=1)))
    shown.refresh.flush()
    assert shown.form.isVisible(), "time that passes closes no form"
    shown.form.write("comment", "It fared well.")
    shown.form.pause_over()
    assert deeds.asked[-1] == ("foresee", "low_risk"), "words are no other level"
    QTest.keyClick(shown.form, Qt.Key.Key_Return, CTRL)
    assert deeds.asked[-1] == ("sign", foreseen, "It fared well.")


@pytest.mark.qt
def test_R_C8_when_somebody_signs_meanwhile_the_change_is_foreseen_anew(window: tuple[MainWindow, LevelsAskedFor]) -> None:
    shown, deeds = window
    _button(shown, "Look at and sign the level of Change a delivery address").click()
    assert deeds.asked[-1] == ("foresee", "autonomous")
    wanted = LevelWanted(made.BRAND, ADDRESS, "autonomous")
    say(shown.store, LevelForeseen(wanted, preview(ADDRESS, "autonomous", "approval_gated", first=WAITING.statement)))
    shown.refresh.flush()
    before = len(deeds.asked)
    rows = tuple(row.model_copy(update={"waiting": None}) for row in LEVELS.workflows)
    say(shown.store, LevelsArrived((LEVELS.model_copy(update={"workflows": rows}),)))
    shown.refresh.flush()
    assert deeds.asked[before:] == [("foresee", "autonomous")]
    QTest.keyClick(shown.form, Qt.Key.Key_Return, CTRL)
    assert deeds.asked[before:] == [("foresee", "autonomous")]


@pytest.mark.qt
def test_R_C8_a_waiting_signature_is_taken_back_after_a_yes(window: tuple[MainWindow, LevelsAskedFor]) -> None:
    shown, deeds = window
    button = _button(shown, "Take back the signature under the level of Change a delivery address")
    button.click()
    assert shown.prompt.current is not None
    QTest.keyClick(QApplication.focusWidget() or shown, Qt.Key.Key_Return)
    assert deeds.asked[-1] == ("take_back", made.BRAND, ADDRESS, WAITING.statement)


@pytest.mark.qt
def test_the_keyboard_stays_where_it_was_when_numbers_move(window: tuple[MainWindow, LevelsAskedFor]) -> None:
    shown, deeds = window
    _button(shown, "Change the level of Where is my order").setFocus()
    fewer = EVIDENCE.model_copy(update={"evidence": EVIDENCE.evidence[:1]})
    say(shown.store, EvidenceArrived("30", fewer))
    shown.refresh.flush()
    focused = QApplication.focusWidget()
    assert focused is not None
    assert focused.accessibleName().startswith("Change the level of Where is my order")
    shown.settings.levels.periods.setFocus()
    QTest.keyClick(shown.settings.levels.periods, Qt.Key.Key_Right)
    assert deeds.asked[-1] == ("evidence", "90")


class Person:
    """A person at a console of their own, over a real core: the real window and the real deeds."""

    def __init__(self, client: CoreClient, core: str) -> None:
        assert client.session is not None
        self.failed: list[BaseException] = []
        self.tasks = Tasks(self.failed.append)
        self.store = Store(AppState(now=system_clock()))
        line = Connected(kept_by(client.signer, core), ConsoleIdentity(version="0.1.0", instance="x"), system_clock)
        line.attach(client, core, None)
        self.theme = Theme("light")
        deeds = LevelsPerson(self.store, line, self.tasks)
        self.window = MainWindow(self.theme, self.store, AskedFor(), levels=deeds, people=PeopleAskedFor())
        self.window.resize(1_366, 768)
        self.window.show()
        say(
            self.store, KeyringKnown(Keyring(usable=True, kind="memory", sentence="In memory.")), SignedIn(client.session),
            ConnectionChanged("live", system_clock()), WorkspaceChosen("settings"),
        )  # fmt: skip
        self.window.refresh.flush()

    async def until(self, holds: Callable[[LevelsKnown], bool]) -> None:
        """Wait until the state is so."""
        changed = asyncio.Event()
        stop = self.store.listen(lambda _before, _after: changed.set())
        try:
            async with asyncio.timeout(300):
                while not holds(self.store.state.levels):
                    changed.clear()
                    await changed.wait()
        finally:
            stop()
        self.window.refresh.flush()

    def level(self) -> str:
        """The level that is shown."""
        row = self.store.state.levels.row(NORTHWIND, REFUND)
        return "" if row is None else row.level

    async def sign(self, spoken: str, level: str) -> None:
        """Press a button, choose a level where it is another, wait for what would follow, and sign it."""
        _button(self.window, spoken).click()
        _choose(self.window, level)
        wanted = LevelWanted(BrandId(NORTHWIND), WorkflowName(REFUND), level)  # pyright: ignore[reportArgumentType] - a level
        await self.until(lambda known: known.wanted == wanted and known.preview is not None)
        QTest.keyClick(self.window.form, Qt.Key.Key_Return, CTRL)

    async def close(self) -> None:
        """Put it away."""
        await self.tasks.close()
        self.window.stop()
        self.window.close()
        self.window.deleteLater()
        self.theme.deleteLater()
        assert self.failed == []


@pytest.mark.qt
@pytest.mark.usefixtures("qapp")
def test_R_C8_one_person_lowers_a_level_and_two_raise_it_over_a_real_core(tmp_path: Path) -> None:
    async def run() -> None:
        async with scene(tmp_path) as it:
            admin = await it.admin()
            lead, _ = await it.colleague(admin, "Lee Lead", role="lead")
            core = it.core.instance.core
            lee, ada = Person(lead, core), Person(admin[0], core)
            try:
                await lee.until(lambda known: known.row(NORTHWIND, REFUND) is not None)
                row = lee.store.state.levels.row(NORTHWIND, REFUND)
                assert row is not None
                change = texts_levels.CHANGE_SPOKEN.format(workflow=row.title)
                await lee.sign(change, "read_only")
                await lee.until(lambda _known: lee.level() == "read_only")
                await lee.sign(change, "approval_gated")

                def waits(known: LevelsKnown) -> bool:
                    found = known.row(NORTHWIND, REFUND)
                    return found is not None and found.waiting is not None

                await lee.until(waits)
                assert lee.level() == "read_only"
                ada.window.levels.read()
                await ada.until(waits)
                await ada.sign(texts_levels.SIGN_SPOKEN.format(workflow=row.title), "approval_gated")
                await ada.until(lambda _known: ada.level() == "approval_gated")
                held = ada.store.state.levels.row(NORTHWIND, REFUND)
                assert held is not None
                assert (len(held.by), held.waiting) == (2, None)
            finally:
                await lee.close()
                await ada.close()

    asyncio.run(run())
