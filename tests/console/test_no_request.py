"""No outside text makes a request: a listener, a watched file and a watched browser see nothing of what is drawn (R-D1).

Every text with a space in it that reaches a scene is turned into bait first. A web picture would knock at the listener, a
file would be opened under the eyes of the kernel, an address would be handed to the desktop. That each of these would be
seen is itself tested.
"""

import ctypes
import dataclasses
import os
import socket
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import BaseModel
from PySide6.QtCore import QPoint, QUrl
from PySide6.QtGui import QColor, QDesktopServices, QImage
from PySide6.QtWidgets import QApplication, QLabel, QToolTip, QWidget

from console.state.store import Store
from console.theme.controller import Theme
from tests.console.states import SCENES, draw

pytestmark = [
    pytest.mark.qt,
    pytest.mark.skipif(sys.platform != "linux", reason="files are watched by inotify"),
]
SAMPLE = ("hostile", "toasts", "mail", "triage-hostile", "audit-hostile", "handoff")
"""The others run where the slow tests do."""
_OPENED = 0x20  # IN_OPEN
_SIZE = (1_366, 768, 1.0)


class Watch:
    """A listener for the web, a file nobody may open, and the desktop's browser."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.listener.setblocking(False)
        self.file = folder / "bait.png"
        picture = QImage(8, 8, QImage.Format.Format_RGB32)
        picture.fill(QColor("#ff00fe"))
        picture.save(str(self.file))
        libc = ctypes.CDLL(None, use_errno=True)
        self.notes = libc.inotify_init1(os.O_NONBLOCK)
        assert libc.inotify_add_watch(self.notes, os.fsencode(self.file), _OPENED) >= 0
        self.handed_on: list[str] = []

        def hand_on(address: QUrl) -> bool:
            self.handed_on.append(address.toString())
            return True

        monkeypatch.setattr(QDesktopServices, "openUrl", hand_on)

    def bait(self) -> str:
        web = f"http://127.0.0.1:{self.listener.getsockname()[1]}"
        return (
            f"<img src='{web}/a.png'><link rel='stylesheet' href='{web}/b.css'><p style=\"background:url('{web}/c')\">"
            f"<img src='{self.file.as_uri()}'><img src='{self.file}'><img src='//127.0.0.1/share/d.png'>"
            f"<img src='\\\\127.0.0.1\\share\\e.png'><a href='{web}/f'>here</a> ![x]({web}/g.png) {web}/h </p>"
        )

    def seen(self) -> list[str]:
        """What came to light since the last time one asked."""
        found = list(self.handed_on)
        self.handed_on.clear()
        try:
            self.listener.accept()[0].close()
            found.append("a connection")
        except BlockingIOError:
            pass
        try:
            os.read(self.notes, 4_096)
            found.append("the file was opened")
        except BlockingIOError:
            pass
        return found


@pytest.fixture
def watch(qapp: QApplication, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Watch]:
    one = Watch(tmp_path, monkeypatch)
    yield one
    one.listener.close()
    os.close(one.notes)


def baited(value: object, bait: str) -> object:
    """The same, with every text that has a space in it begun with bait."""
    if isinstance(value, str):
        return f"{bait} {value}" if " " in value else value
    if isinstance(value, tuple) and type(value) is tuple:
        return tuple(baited(one, bait) for one in value)
    if isinstance(value, BaseModel):
        return value.model_copy(update={name: baited(getattr(value, name), bait) for name in type(value).model_fields})
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        changes = {one.name: baited(getattr(value, one.name), bait) for one in dataclasses.fields(value) if one.init}
        return dataclasses.replace(value, **changes)
    return value


@pytest.mark.parametrize("name", [one if one in SAMPLE else pytest.param(one, marks=pytest.mark.slow) for one in SCENES])
def test_R_D1_no_text_of_a_scene_makes_a_request(
    qapp: QApplication, watch: Watch, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str
) -> None:
    theme = Theme("light")
    theme.install(qapp)
    bait, told = watch.bait(), Store.dispatch
    reached: list[bool] = []

    def dispatch(store: Store, happening: object) -> None:
        rude = baited(happening, bait)
        reached.append(rude != happening)
        told(store, rude)  # pyright: ignore[reportArgumentType] - of the same type as it came

    monkeypatch.setattr(Store, "dispatch", dispatch)
    scene = SCENES[name]

    def with_tooltips(window: QWidget, store: Store) -> None:
        scene(window, store)  # pyright: ignore[reportArgumentType] - the window of the states
        for tip in {one.toolTip() for one in window.findChildren(QWidget) if bait[:20] in one.toolTip()}:
            QToolTip.showText(QPoint(10, 10), tip, window)
            qapp.processEvents()
        QToolTip.hideText()

    monkeypatch.setitem(SCENES, name, with_tooltips)
    draw(qapp, theme, name, _SIZE, tmp_path / "drawn.png")
    assert any(reached)
    assert watch.seen() == []
    theme.deleteLater()


def test_each_kind_of_request_would_be_seen(qapp: QApplication, watch: Watch) -> None:
    label = QLabel(f"<img src='{watch.file}'>")
    label.show()
    qapp.processEvents()
    label.close()
    label.deleteLater()
    assert watch.seen() == ["the file was opened"]
    socket.create_connection(watch.listener.getsockname()).close()
    QDesktopServices.openUrl(QUrl("http://shop.example/"))
    assert watch.seen() == ["http://shop.example/", "a connection"]
    assert watch.seen() == []
