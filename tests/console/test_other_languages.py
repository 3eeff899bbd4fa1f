"""The window in German and in a language half as long again: nothing is pushed out of its column or cut off (R-N3, R-M8)."""

from collections.abc import Iterator

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from console.language import catalogue
from console.language.pseudo import PSEUDO
from console.theme.controller import Theme
from console.widgets.button import Button, ButtonProps
from tests.console.shown_window import nothing_is_cut, shown_window
from tests.console.states import SCENES, begun

pytestmark = pytest.mark.qt
ALWAYS = {"live", "approvals", "settings", "triage"}
DRAWN = sorted(
    ALWAYS
    | {"log", "keys", "palette-recent", "edit", "route", "levels", "levels-raise", "handoff", "offline",
       "read-only-settings", "audit",
       "difference", "two-people", "toasts", "reported", "empty", "deny"}
    & SCENES.keys()
)  # fmt: skip


@pytest.fixture(params=["de", "pseudo"])
def language(request: pytest.FixtureRequest) -> Iterator[str]:
    tag = str(request.param)
    catalogue.use(PSEUDO) if tag == "pseudo" else catalogue.speak(tag)
    yield tag
    catalogue.speak("en")


@pytest.mark.parametrize("name", [one if one in ALWAYS else pytest.param(one, marks=pytest.mark.slow) for one in DRAWN])
def test_R_N3_no_state_is_pushed_out_of_its_place(qapp: QApplication, qtbot: QtBot, language: str, name: str) -> None:
    with shown_window(qapp, qtbot, begun("light")) as window:
        SCENES[name](window, window.store)
        window.refresh.flush()
        for _ in range(5):
            QApplication.processEvents()
        assert window.width() == 1_366
        nothing_is_cut(window)


def test_a_button_with_too_long_words_cuts_them_and_says_them_in_a_tooltip(qapp: QApplication, qtbot: QtBot) -> None:
    theme = Theme("light")
    theme.install(qapp)
    button = Button(theme, ButtonProps("Signieren und reparieren, so schnell es eben geht", "primary", "stethoscope", "X"))
    qtbot.addWidget(button)
    button.resize(400, 34)
    button.show()
    assert button.toolTip() == ""
    button.resize(140, 34)
    button.grab()
    assert "so schnell" in button.toolTip()
    theme.deleteLater()
