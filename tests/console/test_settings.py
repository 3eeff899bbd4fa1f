"""Settings are declared once: kept, shown, found and set from one table (R-M8)."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QWidget
from pytestqt.qtbot import QtBot

from console import texts_settings
from console.app import Console, Launch, application
from console.headless.keys import MemoryKeyStore
from console.language import catalogue, po
from console.presenting import declared
from console.shell.memory import Memory
from console.state.app_state import AppState
from console.state.happenings import PreferencesChosen
from console.state.preferences import (
    SETTINGS,
    Amount,
    Choice,
    Preferences,
    changed,
    default,
    minutes_of,
    setting,
    understood,
)
from console.theme.controller import Theme
from console.theme.motion import Motion
from console.widgets.toast import ToastProps, ToastStack
from console.widgets.toggle import Toggle
from console.workspaces.declared import Declared
from tests.console import made

pytestmark = pytest.mark.qt


def test_R_M8_every_declared_setting_has_its_words() -> None:
    keys = {one.key for one in SETTINGS}
    assert keys == set(texts_settings.LABELS) == set(texts_settings.WHY)
    assert {one.section for one in SETTINGS} == set(texts_settings.SECTIONS)
    for one in SETTINGS:
        if isinstance(one.kind, Choice):
            assert set(one.kind.options) == set(texts_settings.CHOICES[one.key])
        elif not declared.options(one):
            assert texts_settings.NOT_UNDERSTOOD[one.key]
        assert not one.needs or one.needs in keys


def test_every_setting_as_it_is_spelled_is_understood_again() -> None:
    for one in SETTINGS:
        word = default(one.key)
        assert understood(one.key, word)
        assert changed(Preferences(), one.key, word) == Preferences()


@pytest.mark.parametrize(
    ("key", "word"),
    [
        ("theme", "purple"), ("theme", ""), ("quiet", "yes"), ("confirm_from_minor", "-1"), ("confirm_from_minor", "٣"),
        ("confirm_from_minor", "9" * 11), ("quiet_from", "24:00"), ("quiet_from", "7:61"), ("language", "../../etc"),
        ("language", ""), ("nothing", "on"),
    ],
)  # fmt: skip
def test_a_word_that_means_nothing_changes_nothing(key: str, word: str) -> None:
    assert changed(Preferences(), key, word) == Preferences()
    assert not understood(key, word)


def test_a_time_of_day_is_read_as_people_write_it() -> None:
    assert [minutes_of(one) for one in ("7:30", "07.30", "22", " 0:00 ", "x", "1:2:3")] == [450, 450, 1320, 0, None, None]


def test_what_was_set_is_remembered_and_a_broken_file_is_no_harm(tmp_path: Path, qapp: QApplication) -> None:
    path = tmp_path / "console.ini"
    kept = Preferences("dark", 5_000, "de", "reduced", quiet=True, quiet_from=90, desktop="never", notify_core=False)
    memory = Memory(path)
    memory.keep(AppState(now=made.NOW, preferences=kept))
    memory.keep_layout(_nothing(), {})
    assert Memory(path).restored(AppState(now=made.NOW)).preferences == kept
    path.write_text("[General]\ntheme=purple\nquiet_from=99:99\nconfirm_from_minor=@Invalid()\n", encoding="utf-8")
    assert Memory(path).restored(AppState(now=made.NOW)).preferences == Preferences()


def _nothing() -> QWidget:
    return QWidget()


@pytest.fixture
def page(qapp: QApplication, qtbot: QtBot) -> Iterator[Declared]:
    theme = Theme("light")
    theme.install(qapp)
    made_page = Declared(theme, Preferences(quiet=True))
    qtbot.addWidget(made_page)
    made_page.resize(820, 900)
    with qtbot.waitExposed(made_page):
        made_page.show()
    yield made_page
    theme.deleteLater()


def _field(page: Declared, key: str) -> QLineEdit:
    field = page.rows[key].control
    assert isinstance(field, QLineEdit)
    return field


def test_a_switch_a_choice_and_a_field_tell_what_is_wanted(page: Declared) -> None:
    wanted: list[tuple[str, str]] = []

    def told(key: str, word: str) -> None:
        wanted.append((key, word))

    page.chosen.connect(told)
    switch = page.rows["notify_asks"].control
    assert isinstance(switch, Toggle)
    assert switch.accessibleName() == "Something waits for you: On"
    QTest.keyClick(switch, Qt.Key.Key_Space)
    QTest.keyClick(page.rows["theme"].control, Qt.Key.Key_Right)
    amount = _field(page, "confirm_from_minor")
    amount.selectAll()
    QTest.keyClicks(amount, "1,250.50")
    QTest.keyClick(amount, Qt.Key.Key_Return)
    assert wanted == [("notify_asks", "off"), ("theme", "light"), ("confirm_from_minor", "125050")]


def test_what_is_not_understood_is_said_and_changes_nothing(page: Declared) -> None:
    wanted: list[str] = []

    def told(key: str, _word: str) -> None:
        wanted.append(key)

    page.chosen.connect(told)
    field = _field(page, "quiet_from")
    field.selectAll()
    QTest.keyClicks(field, "25:00")
    QTest.keyClick(field, Qt.Key.Key_Return)
    assert not wanted
    assert page.rows["quiet_from"].problem.text() == texts_settings.NOT_UNDERSTOOD["quiet_from"]
    assert field.text() == "22:00"
    QTest.keyClicks(field, "9")
    QTest.keyClick(field, Qt.Key.Key_Escape)
    assert field.text() == "22:00"


def test_what_means_nothing_without_its_switch_is_off(page: Declared) -> None:
    assert page.rows["quiet_from"].control.isEnabled()
    page.refresh(Preferences(quiet=False))
    assert not page.rows["quiet_from"].control.isEnabled()


def test_settings_are_found_by_what_they_are_for(page: Declared) -> None:
    assert page.narrow("screen")
    assert [key for key, row in page.rows.items() if not row.isHidden()] == ["outside_words"]
    assert not page.narrow("zebra")
    assert page.narrow("")
    assert not any(row.isHidden() for row in page.rows.values())


def test_an_amount_is_read_in_the_signs_of_the_language(tmp_path: Path) -> None:
    amount = setting("confirm_from_minor")
    assert amount is not None
    assert isinstance(amount.kind, Amount)
    assert [declared.word_of(amount, one) for one in ("1,250.50", "12", "0,5", "abc")] == ["125050", "1200", "50", ""]
    entry = po.Entry("texts_numbers.A_NUMBER", "1,234.5", "", ("1.234,5",))
    (tmp_path / "xx.po").write_text(po.write({"X-Name": "xx"}, [entry]), encoding="utf-8")
    try:
        catalogue.speak("xx", tmp_path)
        assert [declared.word_of(amount, one) for one in ("1.250,50", "1.250", "12,5")] == ["125050", "125000", "1250"]
        assert declared.shown(Preferences(confirm_from_minor=125_050), amount) == "1.250,50"
    finally:
        catalogue.speak("en")


def test_R_M8_with_motion_reduced_news_stays_and_nothing_blinks(qapp: QApplication, qtbot: QtBot) -> None:
    theme = Theme("light")
    theme.install(qapp)
    before = QApplication.cursorFlashTime()
    window = _nothing()
    qtbot.addWidget(window)
    stack = ToastStack(theme, window)
    try:
        theme.move("reduced")
        assert (theme.still, QApplication.cursorFlashTime()) == (True, 0)
        stack.show_toast(ToastProps("a", "It happened"))
        assert not stack.leaving("a")
        theme.move("full")
        assert (theme.still, QApplication.cursorFlashTime()) == (False, before)
        stack.show_toast(ToastProps("a", "It happened"))
        assert stack.leaving("a")
    finally:
        stack.dismiss("a")
        theme.deleteLater()


def test_motion_follows_the_desktop_unless_somebody_chose(qapp: QApplication) -> None:
    asked: list[int] = []

    def still() -> bool:
        asked.append(1)
        return True

    motion = Motion("full", still)
    assert (motion.reduced, asked) == (False, [])
    motion.choose("system")
    motion.choose("system")
    assert (motion.reduced, asked) == (True, [1])
    motion.choose("full")


async def test_another_language_is_spoken_at_once_in_the_same_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    entry = po.Entry("words.NO_MATCH", "No conversation matches this search. Esc empties it.", "", ("Nichts gefunden.",))
    (tmp_path / "xx.po").write_text(po.write({"X-Name": "xx"}, [entry]), encoding="utf-8")

    def spoken(choice: str, _system: object) -> str:
        return choice

    monkeypatch.setattr(catalogue, "chosen", spoken)
    monkeypatch.setattr(catalogue.speak, "__defaults__", (tmp_path,))
    console = Console(application(), Launch(settings_file=tmp_path / "console.ini", keys=MemoryKeyStore()))
    console.open()
    before, size, gone = console.window, console.window.size(), asyncio.Event()
    before.destroyed.connect(gone.set)
    before.live.conversation.composer.write("half a sent")
    try:
        console.store.dispatch(PreferencesChosen(Preferences(language="xx")))
        async with asyncio.timeout(300):
            await gone.wait()
        assert catalogue.spoken() == "xx"
        assert console.window.isVisible()
        assert console.window.size() == size
        assert console.window.live.conversation.composer.text() == "half a sent"
    finally:
        catalogue.speak("en")
        console.window.stop()
        console.window.hide()
        console.window.deleteLater()
        await console.connected.close()
