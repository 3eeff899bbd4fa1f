"""The user guide over the window: pages on the left, the chosen one on the right, read from this installation (R-M8).

It must never fetch anything: pictures are files of the guide, and a link leads to another page or nowhere.
"""

from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import (
    QImage,
    QImageReader,
    QKeyEvent,
    QResizeEvent,
    QTextBlockFormat,
    QTextCharFormat,
    QTextCursor,
    QTextDocument,
    QTextImageFormat,
)
from PySide6.QtWidgets import QHBoxLayout, QListWidget, QListWidgetItem, QTextBrowser, QVBoxLayout, QWidget

from console import strings, texts_guide, words
from console.shell.guide_pages import FIRST, GuidePage, picture_file
from console.shell.overlay import Overlay
from console.shell.palette import PaletteLine
from console.theme.controller import Theme
from console.theme.fonts import BODY, CAPTION, HEADING, READING, TITLE, Face, font
from console.widgets.button import Button, ButtonProps
from console.widgets.painting import colour
from console.widgets.plain_label import PlainLabel

_WIDTH, _HEIGHT = 1_060, 660
_PAGES_WIDE = 216
_HEADINGS: dict[int, tuple[Face, int]] = {1: (Face(22, 700), 0), 2: (HEADING, 22), 3: (TITLE, 14)}
"""Face and room above, in pixels, by level."""
_LINE_PERCENT = 138


class GuideText(QTextBrowser):
    """One page, in the house's type.

    Args:
        theme: The theme.
    """

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._page: GuidePage | None = None
        self.setOpenLinks(False)
        self.setOpenExternalLinks(False)
        self.setObjectName("guide-text")
        self.setFrameShape(QTextBrowser.Shape.NoFrame)
        self.setFont(font(READING))
        self.document().setDocumentMargin(4)
        theme.changed.connect(self._redraw)

    def show_page(self, page: GuidePage) -> None:
        """Show a page from its beginning."""
        self._page = page
        self.setAccessibleName(texts_guide.PAGE_SPOKEN.format(title=page.title))
        self._redraw()
        self.moveCursor(QTextCursor.MoveOperation.Start)
        self.verticalScrollBar().setValue(0)

    def loadResource(self, kind: int, name: QUrl | str) -> object:  # Qt's name
        """A picture of the guide, as wide as the page at most; nothing else exists."""
        del kind
        said = name.toString() if isinstance(name, QUrl) else name
        file = picture_file(said, self._theme.name)
        return QImage(str(file)) if file is not None else None

    def keyPressEvent(self, event: QKeyEvent) -> None:  # Qt's name
        if _turns(event):
            event.ignore()  # the guide's own: another page
        else:
            super().keyPressEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:  # Qt's name
        super().resizeEvent(event)
        self._fit_pictures()

    def _redraw(self) -> None:
        if self._page is None:
            return
        where = self.verticalScrollBar().value()
        document = self.document()
        document.clear()
        features = QTextDocument.MarkdownFeature.MarkdownDialectGitHub | QTextDocument.MarkdownFeature.MarkdownNoHTML
        document.setMarkdown(self._page.text, features)
        self._set_type()
        self._fit_pictures()
        self.verticalScrollBar().setValue(where)

    def _set_type(self) -> None:
        tokens = self._theme.tokens
        block = self.document().begin()
        while block.isValid():
            cursor = QTextCursor(block)
            layout = QTextBlockFormat()
            layout.setLineHeight(_LINE_PERCENT, QTextBlockFormat.LineHeightTypes.ProportionalHeight.value)
            level = block.blockFormat().headingLevel()
            inside = QTextCharFormat()
            inside.setForeground(colour(tokens.text))
            if level:
                face, above = _HEADINGS.get(level, _HEADINGS[3])
                layout.setTopMargin(above)
                layout.setBottomMargin(6)
                inside.setFont(font(face))
            else:
                layout.setTopMargin(4)
                layout.setBottomMargin(4)
            cursor.mergeBlockFormat(layout)
            cursor.movePosition(QTextCursor.MoveOperation.EndOfBlock, QTextCursor.MoveMode.KeepAnchor)
            if level:
                cursor.setCharFormat(inside)  # not merged: the size that Markdown gave it would stay
            else:
                cursor.mergeCharFormat(inside)
            block = block.next()
        self._set_keys()

    def _set_keys(self) -> None:
        """What is written between backticks: a key or a command, in the other face."""
        tokens = self._theme.tokens
        block = self.document().begin()
        while block.isValid():
            spans: list[tuple[int, int, QTextCharFormat]] = []
            walk = block.begin()
            while not walk.atEnd():
                part = walk.fragment()
                shape = part.charFormat()
                said = QTextCharFormat()
                if shape.isAnchor():
                    said.setForeground(colour(tokens.accent.text))
                    spans.append((part.position(), part.length(), said))
                elif shape.fontFixedPitch() and not shape.isImageFormat():
                    said.setFont(font(Face(12, 500, mono=True)))
                    said.setBackground(colour(tokens.sunken))
                    spans.append((part.position(), part.length(), said))
                walk += 1
            for start, length, said in spans:
                cursor = QTextCursor(self.document())
                cursor.setPosition(start)
                cursor.setPosition(start + length, QTextCursor.MoveMode.KeepAnchor)
                cursor.mergeCharFormat(said)
            block = block.next()

    def _fit_pictures(self) -> None:
        room = self.viewport().width() - 24
        if room <= 0:
            return
        document = self.document()
        block = document.begin()
        while block.isValid():
            walk = block.begin()
            while not walk.atEnd():
                part = walk.fragment()
                shape = part.charFormat()
                if shape.isImageFormat():
                    self._fit(part.position(), shape.toImageFormat(), room)
                walk += 1
            block = block.next()

    def _fit(self, position: int, shape: QTextImageFormat, room: int) -> None:
        file = picture_file(shape.name(), self._theme.name)
        # Of the file's head: no picture is decoded to know how wide it is.
        wide = QImageReader(str(file)).size().width() if file is not None else 0
        wanted = min(room, wide)
        if wanted <= 0 or int(shape.width()) == wanted:
            return
        shape.setWidth(wanted)
        cursor = QTextCursor(self.document())
        cursor.setPosition(position)
        cursor.setPosition(position + 1, QTextCursor.MoveMode.KeepAnchor)
        cursor.setCharFormat(shape)


def _turns(event: QKeyEvent) -> int:
    """How many pages a key turns; 0 for every other key."""
    turned = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1}.get(Qt.Key(event.key()), 0)
    return turned if event.modifiers() & Qt.KeyboardModifier.ControlModifier else 0


class Guide(Overlay):
    """The guide.

    Args:
        theme: The theme.
        window: What it lies over.
        pages: Its pages, in their order.
    """

    def __init__(self, theme: Theme, window: QWidget, pages: tuple[GuidePage, ...]) -> None:
        super().__init__(theme, window, _WIDTH, _HEIGHT)
        self.setAccessibleName(texts_guide.SPOKEN)
        self._pages = pages
        self.text = GuideText(theme)
        self.text.anchorClicked.connect(self._follow)
        self.list = QListWidget()
        self.list.setObjectName("guide-pages")
        self.list.setAccessibleName(texts_guide.PAGES_SPOKEN)
        self.list.setFont(font(BODY))
        self.list.setFixedWidth(_PAGES_WIDE)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        for page in pages:
            QListWidgetItem(page.title, self.list)
        self.list.currentRowChanged.connect(self._turn)
        self._lay_out()

    def first_focus(self) -> QWidget:
        return self.text

    def show_page(self, key: str) -> None:
        """Open the guide at a page; at its first one when there is none of that name."""
        keys = [page.key for page in self._pages]
        at = keys.index(key) if key in keys else keys.index(FIRST) if FIRST in keys else 0
        self.list.setCurrentRow(at)
        self.open()
        self._turn(at)

    def lines(self) -> tuple[PaletteLine, ...]:
        """A line of the palette for each page."""
        return tuple(
            PaletteLine(
                f"guide:{page.key}", texts_guide.OPEN.format(title=page.title), words.GO, "book-open", "F1" if not at else ""
            )
            for at, page in enumerate(self._pages)
        )

    @property
    def shown(self) -> str:
        """The page that is open."""
        return self._pages[self.list.currentRow()].key

    def keyPressEvent(self, event: QKeyEvent) -> None:  # Qt's name
        step = _turns(event)
        if step:
            self.list.setCurrentRow((self.list.currentRow() + step) % len(self._pages))
            event.accept()
            return
        super().keyPressEvent(event)

    def _lay_out(self) -> None:
        content = QWidget()
        outer = QVBoxLayout(content)
        outer.setContentsMargins(24, 16, 12, 14)
        outer.setSpacing(10)
        head = QHBoxLayout()
        head.addWidget(PlainLabel(self.theme, texts_guide.TITLE, TITLE))
        head.addWidget(PlainLabel(self.theme, texts_guide.HINT, CAPTION, ink="quiet"), 1)
        close = Button(self.theme, ButtonProps("", "ghost", "x", spoken=strings.DISMISS, small=True))
        close.clicked.connect(self.close_overlay)
        head.addWidget(close)
        outer.addLayout(head)
        row = QHBoxLayout()
        row.setSpacing(18)
        row.addWidget(self.list)
        row.addWidget(self.text, 1)
        outer.addLayout(row, 1)
        self.column.addWidget(content)

    def _turn(self, row: int) -> None:
        if 0 <= row < len(self._pages):
            self.text.show_page(self._pages[row])

    def _follow(self, link: QUrl) -> None:
        """A link to another page, `03-approvals.md`; there is nowhere else to go."""
        name = link.path().rpartition("/")[2]
        keys = [page.key for page in self._pages]
        key = name.removesuffix(".md")[3:]
        if name.endswith(".md") and key in keys:
            self.list.setCurrentRow(keys.index(key))
