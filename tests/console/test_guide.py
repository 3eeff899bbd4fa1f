"""The user guide: every page opens, names only what there is, and nothing it shows comes from anywhere else (R-M8)."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QTextDocument
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from console.shell.guide_pages import HELP, guide_pages, picture_file
from console.shell.window import MainWindow
from console.state.app_state import AppState, Preferences, WorkspaceKey
from console.state.happenings import WorkspaceChosen
from console.state.store import Store
from console.theme.assets import AssetMissing
from tests.console import made
from tests.console.guide_pictures import SHOTS, THEMES
from tests.console.shown_window import shown_window

pytestmark = pytest.mark.qt

PICTURE = re.compile(r"!\[([^\]]*)\]\(([^)]+)\)")
LINK = re.compile(r"(?<!!)\[[^\]]+\]\(([^)]+)\)")


@pytest.fixture
def window(qapp: QApplication, qtbot: QtBot) -> Iterator[MainWindow]:
    with shown_window(qapp, qtbot, Store(AppState(now=made.NOW, preferences=Preferences(theme="light")))) as shown:
        yield shown


@pytest.mark.parametrize("language", ["en", "de"])
def test_every_page_has_a_title_and_pictures_and_links_that_are_there(language: str) -> None:
    pages = guide_pages(language)
    assert {file.name for file in (HELP / language).iterdir()} == {file.name for file in (HELP / "en").iterdir()}
    assert len({page.key for page in pages}) == len(pages) >= 10
    names = {f"{at:02}-{page.key}.md" for at, page in enumerate(pages, 1)}
    for page in pages:
        assert page.text.startswith(f"# {page.title}\n")
        for words, name in PICTURE.findall(page.text):
            assert words, f"{page.key}: a picture without words for who cannot see it"
            assert all(picture_file(name, theme) for theme in THEMES), f"{page.key}: {name}"
        for link in LINK.findall(page.text):
            assert link in names, f"{page.key}: {link}"


def test_every_picture_is_used_and_can_be_taken_again() -> None:
    used = {Path(name).name for page in guide_pages() for _, name in PICTURE.findall(page.text)}
    assert used == {f"guide-{name}-light.png" for name in SHOTS}
    there = {file.name for file in (HELP / "images").glob("guide-*.png")}
    assert there == {f"guide-{name}-{theme}.png" for name in SHOTS for theme in THEMES}


@pytest.mark.parametrize(
    "name", ["https://example.org/a.png", "/etc/passwd", "../../pyproject.toml", "..", "", "images", "\x00", "file:///a.png"]
)
def test_R_M8_a_picture_of_the_guide_is_a_file_of_the_guide_or_nothing(name: str, window: MainWindow) -> None:
    assert picture_file(name.replace("\x00", "x"), "light") is None
    kind = QTextDocument.ResourceType.ImageResource
    assert window.guide.text.loadResource(kind.value, QUrl(name)) is None


def test_a_page_that_a_language_has_not_is_shown_in_english(tmp_path: Path) -> None:
    texts = (
        ("en", "01-start.md", "# Start\n"),
        ("en", "02-live.md", "# Live\n"),
        ("de", "02-live.md", "# Live auf Deutsch\n"),
        ("de", "09-more.md", "# Nur hier\n"),
    )
    for place, name, text in texts:
        (tmp_path / place).mkdir(exist_ok=True)
        (tmp_path / place / name).write_text(text, encoding="utf-8")
    assert [page.title for page in guide_pages("de", tmp_path)] == ["Start", "Live auf Deutsch"]
    assert [page.title for page in guide_pages("xx", tmp_path)] == ["Start", "Live"]
    with pytest.raises(AssetMissing):
        guide_pages("de", tmp_path / "nowhere")


@pytest.mark.parametrize(("place", "page"), [("live", "live"), ("triage", "triage"), ("releases", "start")])
def test_R_M8_F1_opens_the_page_about_where_one_is(window: MainWindow, place: WorkspaceKey, page: str) -> None:
    window.store.dispatch(WorkspaceChosen(place))
    window.refresh.flush()
    QTest.keyClick(window, Qt.Key.Key_F1)
    assert (window.guide.isVisible(), window.guide.shown) == (True, page)
    QTest.keyClick(window.guide.text, Qt.Key.Key_Escape)
    assert not window.guide.isVisible()


def test_R_M8_the_guide_is_read_by_keyboard_and_from_the_palette(window: MainWindow) -> None:
    window.carry_out("guide:approvals")
    assert window.guide.shown == "approvals"
    assert window.guide.text.accessibleName() == "Page: Approvals"
    QTest.keyClick(window.guide.text, Qt.Key.Key_Down, Qt.KeyboardModifier.ControlModifier)
    assert window.guide.shown == "triage"
    window.guide.text.anchorClicked.emit(QUrl("03-approvals.md"))
    assert window.guide.shown == "approvals"
    window.guide.text.anchorClicked.emit(QUrl("https://example.org/03-approvals.html"))
    assert window.guide.shown == "approvals"
    assert [line.key for line in window.guide.lines()][:2] == ["guide:start", "guide:live"]
