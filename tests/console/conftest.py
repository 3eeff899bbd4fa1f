"""What tests of widgets stand on. Qt is loaded only where a test asks for it: others of this folder run without."""

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from PySide6.QtWidgets import QApplication
    from pytestqt.qtbot import QtBot

    from console.theme.controller import Theme
    from tests.console.opened import Opened


@pytest.fixture
def theme(qapp: "QApplication") -> "Iterator[Theme]":
    """The light theme, at work in the application."""
    from console.theme.controller import Theme

    made = Theme("light")
    made.install(qapp)
    yield made
    made.deleteLater()


@pytest.fixture
def opened(qapp: "QApplication", qtbot: "QtBot") -> "Iterator[Opened]":
    """A window with a day's conversations."""
    from tests.console.opened import opened_window

    with opened_window(qapp, qtbot) as made:
        yield made
