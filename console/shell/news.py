"""What happened lately: said over a list while it is new, kept under the bell, one press from what it is about (R-M8).

It must never be said twice, and never stand over what is decided.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from PySide6.QtWidgets import QWidget

from agent_core.contract.ids import ConversationId
from console import texts_shell, words
from console.presenting import clock
from console.shell.sheet import Sheet, SheetLine, SheetProps
from console.state.app_state import AppState, Notice
from console.state.happenings import NoticesSeen
from console.state.store import Store
from console.theme.controller import Theme
from console.widgets.toast import ToastProps, ToastStack

if TYPE_CHECKING:
    from console.theme.tokens import Tone

_REPORTED: Final = frozenset({"unexpected", "crashed"})
"""News about errors: where their reports lie is one press away."""


class News:
    """The news of one window.

    Args:
        theme: Its colours.
        window: What it floats in.
        store: What happened.
        sheet: Where all of it is shown, for the bell.
        part: What it may stand over.
        opens: Shows a conversation.
        reports: Shows where reports of errors lie.
    """

    def __init__(
        self,
        theme: Theme,
        window: QWidget,
        store: Store,
        sheet: Sheet,
        part: Callable[[], QWidget | None],
        *,
        opens: Callable[[ConversationId], None],
        reports: Callable[[], None],
    ) -> None:
        self._store = store
        self._sheet = sheet
        self._opens = opens
        self._reports = reports
        self._told = store.state.numbered
        self.toasts = ToastStack(theme, window, part)
        self.toasts.acted.connect(self._acted)

    def refresh(self, state: AppState) -> None:
        """Say what is new and wanted."""
        for notice in state.notices:
            unwanted = notice.quiet or (notice.key == "line" and not state.preferences.notify_core)
            if notice.number > self._told and not unwanted:
                self._say(notice)
        self._told = max(self._told, state.numbered)

    def whisper(self, said: str) -> None:
        """Say something that is no news, where the person looks, and to a screen reader."""
        self.toasts.show_toast(ToastProps("whisper", said, "", "neutral"))

    def show_all(self) -> None:
        """Show what happened lately, newest first."""
        tones: dict[str, Tone | None] = {"neutral": None}
        lines = tuple(
            SheetLine(
                one.title, clock.at(one.at) if one.at is not None else "", one.words, icon="info",
                tone=tones.get(one.tone, one.tone), key=_leads_to(one),
            )
            for one in reversed(self._store.state.notices)
        )  # fmt: skip
        self._store.dispatch(NoticesSeen())
        self._sheet.show_sheet(SheetProps(words.NOTICES_TITLE, "", lines, words.NO_NOTICES))

    def stop(self) -> None:
        """Take back everything that is said at this moment."""
        for key in tuple(self.toasts.keys()):
            self.toasts.dismiss(key)

    def _say(self, notice: Notice) -> None:
        tone: Tone = notice.tone
        action = words.REVIEW if notice.conversation is not None else ""
        if notice.key in _REPORTED:
            action = texts_shell.OPEN_REPORTS
        self.toasts.show_toast(ToastProps(notice.key, notice.title, notice.words, tone, action))

    def _acted(self, key: str) -> None:
        if key in _REPORTED:
            self._reports()
        notice = next((one for one in self._store.state.notices if one.key == key), None)
        if notice is not None and notice.conversation is not None:
            self._opens(notice.conversation)


def _leads_to(notice: Notice) -> str:
    """What a line under the bell opens, as a key of the palette; empty for nothing."""
    if notice.key in _REPORTED:
        return "reports:"
    return f"conversation:{notice.conversation}" if notice.conversation else ""
