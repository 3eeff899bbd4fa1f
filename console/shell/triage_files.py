"""Files and Triage: dropped anywhere on the window, opened by a dialog, saved by one (R-M4).

The dialogs never block the loop: they are opened and answer by signal. Whatever is dropped, only the first local file is
taken, and nothing of it runs. It must never read a file by itself.
"""

from pathlib import Path

from PySide6.QtCore import QEvent, QMimeData, QObject, QRectF, Qt
from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent, QDropEvent, QPaintEvent
from PySide6.QtWidgets import QFileDialog, QWidget

from console import texts_triage as texts
from console.state.happenings import News, WorkspaceChosen
from console.state.store import Store
from console.theme.controller import Theme
from console.theme.fonts import BODY, TITLE
from console.theme.icons import paint_icon
from console.widgets.painting import CENTRE, begin, box, faded, text
from console.widgets.themed import ThemedWidget
from console.workspaces.triage_deeds import TriageDeeds


def dropped_file(data: QMimeData) -> tuple[Path | None, int]:
    """The first local file that is dropped, and how many there are."""
    files = [Path(url.toLocalFile()) for url in data.urls() if url.isLocalFile()] if data.hasUrls() else []
    return (files[0] if files else None), len(files)


class DropPlane(ThemedWidget):
    """Lies over the window while a file is dragged over it, and takes it."""

    def __init__(self, theme: Theme, window: QWidget, files: "TriageFiles") -> None:
        super().__init__(theme, window)
        self._files = files
        self.setAcceptDrops(True)
        self.setAccessibleName(texts.DROP_HERE)
        self.hide()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:  # Qt's name
        event.acceptProposedAction()

    def dragLeaveEvent(self, _event: QDragLeaveEvent) -> None:  # Qt's name
        self.hide()

    def dropEvent(self, event: QDropEvent) -> None:  # Qt's name
        self.hide()
        path, count = dropped_file(event.mimeData())
        if path is not None:
            event.acceptProposedAction()
            self._files.take(path, count)

    def paintEvent(self, _event: QPaintEvent) -> None:  # Qt's name
        painter = begin(self)
        tokens = self.tokens
        painter.fillRect(self.rect(), faded("#05070C", 90 if tokens.name == "light" else 150))
        room = QRectF(self.width() / 2 - 230, self.height() / 2 - 90, 460, 180)
        box(painter, room, 16, tokens.raised, tokens.accent.solid, 2.0)
        middle = room.center().x()
        paint_icon(painter, QRectF(middle - 18, room.y() + 34, 36, 36), "file-search", tokens.accent.text, 1.8)
        text(painter, QRectF(room.x(), room.y() + 84, room.width(), 26), texts.DROP_HERE, TITLE, tokens.text, CENTRE)
        text(painter, QRectF(room.x(), room.y() + 114, room.width(), 22), texts.DROP_WORDS, BODY, tokens.text_soft, CENTRE)
        painter.end()


class TriageFiles(QObject):
    """What becomes of files in one window.

    Args:
        theme: Where colours come from.
        window: The window.
        store: The state.
        acts: What a person can ask for in Triage.
    """

    def __init__(self, theme: Theme, window: QWidget, store: Store, acts: TriageDeeds) -> None:
        super().__init__(window)
        self._window = window
        self._store = store
        self._acts = acts
        self.plane = DropPlane(theme, window, self)
        self.dialog: QFileDialog | None = None
        window.setAcceptDrops(True)
        window.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # Qt's name
        if watched is self._window and isinstance(event, QDragEnterEvent) and event.type() == QEvent.Type.DragEnter:
            if dropped_file(event.mimeData())[0] is None:
                return False
            self.plane.setGeometry(self._window.rect())
            self.plane.show()
            self.plane.raise_()
            event.acceptProposedAction()
            return True
        if watched is self._window and isinstance(event, QDropEvent) and event.type() == QEvent.Type.Drop:
            self.plane.dropEvent(event)
            return True
        return False

    def take(self, path: Path, count: int = 1) -> None:
        """Diagnose a file, and show it in Triage."""
        if count > 1:
            self._store.dispatch(News("one-file", texts.ONE_FILE.format(name=path.name)))
        self._store.dispatch(WorkspaceChosen("triage"))
        self._acts.diagnose(path)

    def open_file(self) -> None:
        """Ask which file is to be diagnosed."""
        dialog = self._dialog(texts.OPEN_TITLE)
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.setNameFilter(texts.FILE_FILTER)
        dialog.fileSelected.connect(self._chosen)
        dialog.open()

    def save_file(self, name: str) -> None:
        """Ask where the repaired form is to be saved."""
        dialog = self._dialog(texts.SAVE_TITLE)
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.selectFile(name)
        dialog.fileSelected.connect(self._saves)
        dialog.open()

    def _chosen(self, name: str) -> None:
        self.take(Path(name))

    def _saves(self, name: str) -> None:
        self._acts.save_repaired(Path(name))

    def _dialog(self, title: str) -> QFileDialog:
        if self.dialog is not None:
            self.dialog.close()
        dialog = QFileDialog(self._window, title)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setWindowModality(Qt.WindowModality.WindowModal)
        dialog.destroyed.connect(self._gone)
        self.dialog = dialog
        return dialog

    def _gone(self) -> None:
        self.dialog = None

    def stop(self) -> None:
        """Close what is open."""
        if self.dialog is not None:
            self.dialog.close()
