"""What a console remembers between starts: size, panes, theme, filters. A plain settings file, never a secret (R-M8).

It must never hold anything a customer wrote, and a broken file must never keep the console from starting.
"""

import re
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from PySide6.QtCore import QByteArray, QSettings
from PySide6.QtWidgets import QSplitter, QWidget

from agent_core.contract.ids import AskId, BrandId, ConversationId, StreamId, random_id
from agent_core.contract.listing import EVERYTHING, RowFilter
from console.shell import kept_searches
from console.state.app_state import WORKSPACES, AppState
from console.state.audit import Audit
from console.state.buckets import BUCKETS
from console.state.finding import KEPT, Finding, Visited, finding_reduced
from console.state.listing import MOST_VIEWS, Narrowing, SavedView
from console.state.preferences import SETTINGS, changed, spelled
from console.state.searching import Search
from console.state.view_text import LONGEST, as_text, from_text

_ID = re.compile(r"[a-z]{1,4}_[A-Za-z0-9_-]{1,100}")
_PLACE = re.compile(r"[a-z]{2,20}:[A-Za-z0-9_:.-]{0,120}")
_LONGEST_PLACE = 160
_NOW = "now"
_Word = TypeVar("_Word", bound=str)


class Memory:
    """The settings file of one installation.

    Args:
        path: The file; its folder is made when something is written.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._settings = QSettings(str(path), QSettings.Format.IniFormat)

    def _word(self, key: str) -> str:
        value = self._settings.value(key, "")
        return value if isinstance(value, str) else ""

    def instance(self) -> str:
        """The name of this installation, as statements carry it; made once."""
        found = self._word("instance")
        if not found:
            found = random_id("console")
            self._settings.setValue("instance", found)
        return found

    def resting(self) -> bool:
        """Whether somebody signed out here and nobody has signed in since."""
        return self._word("signed_out") == "yes"

    def rest(self, resting: bool) -> None:
        """Write down at once that somebody signed out, or in: whoever opens the console next is not them by mistake."""
        self._settings.setValue("signed_out", "yes" if resting else "")
        self._settings.sync()

    def restored(self, state: AppState) -> AppState:
        """A first state with what was remembered, the tour where nothing was; unknown words are ignored."""
        chosen = state.preferences if self.path.is_file() else replace(state.preferences, tour=True)
        for one in SETTINGS:
            chosen = changed(chosen, one.key, self._word(one.key))
        return AppState(
            now=state.now,
            workspace=self._one_of("workspace", WORKSPACES, state.workspace),
            bucket=self._one_of("bucket", BUCKETS, state.bucket),
            brand=BrandId(self._word("brand")) if self._word("brand") else None,
            narrowing=Narrowing(wanted=self._filter(), views=self._views()),
            preferences=chosen,
            wanted=self._conversation(),
            ask=AskId(self._id("ask")) if self._id("ask") else None,
            finding=Finding(recent=self._recent()),
            audit=Audit(search=Search(saved=kept_searches.read(self._word("searches")))),
        )

    def _id(self, key: str) -> str:
        """An id; anything else in its place is nothing."""
        found = self._word(key)
        return found if _ID.fullmatch(found) else ""

    def _conversation(self) -> ConversationId | None:
        found = self._id("conversation")
        return ConversationId(StreamId(found)) if found else None

    def _recent(self) -> tuple[str, ...]:
        """Places of the palette; only what could have been written here."""
        finding = Finding()
        for key in reversed(self._word("recent").split("\n")[:KEPT]):
            if _PLACE.fullmatch(key):
                finding = finding_reduced(finding, Visited(key))
        return finding.recent

    def _filter(self) -> RowFilter:
        """How the list was narrowed when the window was closed."""
        view = from_text(self._word("filter")[:LONGEST])
        return view.wanted if view is not None else EVERYTHING

    def place(self) -> str:
        """Where the open conversation was scrolled to: the key of a block; empty for its end."""
        found = self._word("place")
        return found if len(found) <= _LONGEST_PLACE and found.isprintable() else ""

    def _views(self) -> tuple[SavedView, ...]:
        """Saved lists; what cannot be read is left out."""
        lines = self._word("views")[: MOST_VIEWS * LONGEST].split("\n")
        read = (from_text(line) for line in lines[:MOST_VIEWS])
        return tuple(view for view in read if view is not None)

    def _one_of(self, key: str, known: tuple[_Word, ...], otherwise: _Word) -> _Word:
        found = self._word(key)
        return next((one for one in known if one == found), otherwise)

    def keep(self, state: AppState) -> None:
        """Write down what is worth remembering of a state."""
        for one in SETTINGS:
            self._settings.setValue(one.key, spelled(state.preferences, one.key))
        self._settings.setValue("workspace", state.workspace)
        self._settings.setValue("bucket", state.bucket)
        self._settings.setValue("brand", state.brand or "")
        self._settings.setValue("conversation", state.wanted or "")
        self._settings.setValue("ask", state.ask or "")
        self._settings.setValue("recent", "\n".join(state.finding.recent))
        self._settings.setValue("filter", as_text(SavedView(_NOW, state.narrowing.wanted)))
        self._settings.setValue("searches", kept_searches.written(state.audit.search.saved))
        self._settings.setValue("views", "\n".join(as_text(view) for view in state.narrowing.views))

    def keep_layout(self, window: QWidget, splitters: dict[str, QSplitter], place: str = "") -> None:
        """Write down the size of the window and of its panes, and where the open conversation is scrolled to."""
        self._settings.setValue("place", place)
        self._settings.setValue("window", window.saveGeometry())
        for name, splitter in splitters.items():
            self._settings.setValue(f"panes/{name}", splitter.saveState())
        self._settings.sync()

    def restore_window(self, window: QWidget) -> bool:
        """Give the window its old size; return whether there was one."""
        value = self._settings.value("window")
        return isinstance(value, QByteArray) and not value.isEmpty() and window.restoreGeometry(value)

    def restore_panes(self, name: str, splitter: QSplitter) -> bool:
        """Give panes their old sizes; return whether there were any."""
        value = self._settings.value(f"panes/{name}")
        return isinstance(value, QByteArray) and not value.isEmpty() and splitter.restoreState(value)
