"""What a model saw in a call: every call of the conversation, every part of the request, and whether it is what was sent.

Texts are shown whole up to a bound, as plain text, nothing hidden (R-M5, R-H3, R-D1).
"""

from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QPlainTextEdit, QSplitter, QStackedWidget, QVBoxLayout, QWidget

from agent_core.contract.looking_back import CallRequestShown, ModelCallShown
from console import strings, texts_audit
from console.presenting.looking_back import call_props, parts, verdict
from console.state.app_state import AppState
from console.theme.controller import Theme
from console.theme.fonts import MONO, SMALL_MEDIUM, TITLE, font
from console.widgets.audit.hit_list import HitList, HitProps, HitsModel
from console.widgets.banner import Banner, BannerProps
from console.widgets.button import Button, ButtonProps
from console.widgets.empty_state import EmptyState, EmptyStateProps
from console.widgets.pane import Pane
from console.widgets.plain_label import PlainLabel
from console.widgets.visible_text import visible
from console.workspaces.audit_deeds import AuditDeeds

_LONGEST: Final = 400_000
"""Characters of one part that are shown; a whole request is in the export."""


class _Sent(QPlainTextEdit):
    """The text; Escape leads back to its parts instead of out of the workspace."""

    left = Signal()

    def keyPressEvent(self, event: QKeyEvent) -> None:  # Qt's name
        if event.key() == Qt.Key.Key_Escape:
            self.left.emit()
            return
        super().keyPressEvent(event)


class SeenPage(Pane):
    """The page.

    Signals:
        left: The person wants the transcript again.
    """

    left = Signal()

    def __init__(self, theme: Theme, deeds: AuditDeeds, parent: QWidget | None = None) -> None:
        super().__init__(theme, "surface", frozenset(), parent)
        self._deeds = deeds
        self._request: CallRequestShown | None = None
        self._texts: tuple[str, ...] = ()
        self._asked_for: str | None = None
        self._following = False
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self._head(theme))
        self.split = QSplitter(Qt.Orientation.Horizontal)
        self.split.setHandleWidth(1)
        self.split.setChildrenCollapsible(False)
        column.addWidget(self.split, 1)
        self.calls_model: HitsModel[ModelCallShown] = HitsModel(call_props, self)
        self.calls = HitList(theme)
        self.calls.setAccessibleName(texts_audit.CALLS)
        self.calls.show_model(self.calls_model)
        self.calls.chosen.connect(self._choose_call)
        self.calls.opened.connect(self._to_parts)
        self.split.addWidget(self._list(theme, self.calls, 230))
        self._right = QStackedWidget()
        self.split.addWidget(self._right)
        self.split.setStretchFactor(1, 1)
        self._none = EmptyState(theme, EmptyStateProps("bot", "", texts_audit.CALLS_NONE, "neutral"))
        self._choose = EmptyState(theme, EmptyStateProps("bot", "", texts_audit.CALL_CHOOSE))
        self._reading = EmptyState(theme, EmptyStateProps("loader-circle", "", texts_audit.CALL_READING, "neutral"))
        self._problem = PlainLabel(theme, "", tone="danger", wrap=True)
        self._problem.setContentsMargins(60, 60, 60, 60)
        self._sent = self._sent_pane(theme)
        for one in (self._none, self._choose, self._reading, self._problem, self._sent):
            self._right.addWidget(one)

    def _head(self, theme: Theme) -> QWidget:
        head = Pane(theme, "surface", frozenset({"bottom"}))
        row = QHBoxLayout(head)
        row.setContentsMargins(20, 10, 14, 10)
        row.setSpacing(10)
        row.addWidget(PlainLabel(theme, texts_audit.SEEN_BY_MODEL, TITLE))
        self._count = PlainLabel(theme, "", SMALL_MEDIUM, ink="quiet")
        row.addWidget(self._count, 1)
        back = Button(theme, ButtonProps(texts_audit.BACK_TO_TRANSCRIPT, key="Esc"))
        back.clicked.connect(self.left)
        row.addWidget(back)
        return head

    def _list(self, theme: Theme, shown: HitList, width: int) -> QWidget:
        pane = Pane(theme, "surface", frozenset())
        pane.setMinimumWidth(width)
        column = QVBoxLayout(pane)
        column.setContentsMargins(0, 8, 0, 0)
        column.addWidget(shown)
        return pane

    def _sent_pane(self, theme: Theme) -> QWidget:
        pane = QWidget()
        column = QVBoxLayout(pane)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        self._verdict = QVBoxLayout()
        self._verdict.setContentsMargins(16, 10, 16, 8)
        self._banner: Banner | None = None
        column.addLayout(self._verdict)
        both = QSplitter(Qt.Orientation.Horizontal)
        both.setHandleWidth(1)
        both.setChildrenCollapsible(False)
        self.parts_model: HitsModel[HitProps] = HitsModel(lambda props: props, self)
        self.parts = HitList(theme)
        self.parts.setAccessibleName(texts_audit.PARTS_SENT)
        self.parts.show_model(self.parts_model)
        self.parts.chosen.connect(self._choose_part)
        self.parts.opened.connect(self._to_text)
        both.addWidget(self._list(theme, self.parts, 200))
        self.text = _Sent()
        self.text.left.connect(self.back)
        self.text.setReadOnly(True)
        self.text.setProperty("bare", True)
        self.text.setFont(font(MONO))
        self.text.setFrameShape(QPlainTextEdit.Shape.NoFrame)
        self.text.setTabChangesFocus(True)
        self.text.setAccessibleName(texts_audit.SENT_TEXT)
        self.text.document().setDocumentMargin(16)
        both.addWidget(self.text)
        both.setStretchFactor(1, 1)
        both.setSizes([250, 600])
        column.addWidget(both, 1)
        return pane

    # -- the state -----------------------------------------------------------------------------------------------------

    def show_page(self) -> None:
        """Begin with the calls of the open conversation."""
        self._asked_for = None
        self.calls.setFocus()

    def refresh(self, state: AppState) -> None:
        """Show the state."""
        past = state.audit.past
        if past.conversation is not None and past.conversation != self._asked_for:
            self._asked_for = past.conversation
            self._deeds.read_calls()
        calls = past.calls.calls if past.calls is not None else ()
        self._count.setText(texts_audit.CALLS_COUNT.of(len(calls)) if past.calls is not None else strings.LOADING)
        self._following = True
        self.calls_model.set_hits(calls, past.calls)
        at = next((number for number, call in enumerate(calls) if call.effect == past.wanted), -1)
        self.calls.stand_on(at)
        self._following = False
        request = past.request
        why = past.problems.get("request", "") or past.problems.get("calls", "")
        if request is not None and past.wanted is not None:
            self._show(request)
            self._right.setCurrentWidget(self._sent)
        elif why:
            self._problem.setText(texts_audit.NOT_READ.format(why=why))
            self._right.setCurrentWidget(self._problem)
        elif past.wanted is not None or past.calls is None:
            self._right.setCurrentWidget(self._reading)
        else:
            self._right.setCurrentWidget(self._choose if calls else self._none)

    def _show(self, request: CallRequestShown) -> None:
        if request is self._request:
            return
        self._request = request
        title, said, tone, icon = verdict(request)
        if self._banner is not None:
            self._verdict.removeWidget(self._banner)
            self._banner.hide()
            self._banner.deleteLater()
        self._banner = Banner(self.theme, BannerProps(icon, tone, title, said))
        self._verdict.addWidget(self._banner)
        made = parts(request)
        self._texts = tuple(said for _, said in made)
        self.parts_model.set_hits(tuple(props for props, _ in made), request)
        last = max((at for at, (props, _) in enumerate(made) if props.key.startswith("message:")), default=0)
        self.parts.stand_on(last)
        self._choose_part(last)

    def _choose_call(self, row: int) -> None:
        if not self._following:
            self._deeds.show_call(self.calls_model.hits[row].effect)

    def _choose_part(self, row: int) -> None:
        if 0 <= row < len(self._texts):
            self.text.setPlainText(visible(self._texts[row], _LONGEST))

    # -- the person ----------------------------------------------------------------------------------------------------

    def step(self, rows: int) -> None:
        """Move in the list that has the keyboard, else among the calls."""
        (self.parts if self.parts.hasFocus() else self.calls).step(rows)

    def _to_parts(self, _row: int) -> None:
        self.parts.setFocus()

    def _to_text(self, _row: int) -> None:
        self.text.setFocus()

    def back(self) -> bool:
        """One step back: from the text to its parts, from these to the calls; False when that was all."""
        if self.text.hasFocus():
            self.parts.setFocus()
        elif self.parts.hasFocus():
            self.calls.setFocus()
        else:
            return False
        return True
