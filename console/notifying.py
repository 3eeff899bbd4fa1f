"""Tells a person what happened while they looked elsewhere: in the window always, outside it as they chose (R-M8).

Things of one kind that come together are one notice, and a kind speaks again only after a while, so that a bad hour is a few
lines and no storm. What leaves the window says neither names nor amounts unless the person chose that. It must never be the
only place where something is to be seen: everything it tells stands in a list.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Protocol

from PySide6.QtCore import QObject, QTimer

from agent_core.contract.listing import ask_place_of
from agent_core.contract.views import AskCard
from console import texts_notices, words
from console.presenting.approval import headline
from console.state.ages import old
from console.state.app_state import AppState
from console.state.deciding import decided_by, undecided
from console.state.happenings import News
from console.state.occasions import Occasion, OccasionKind, Told, occasions, quiet_now, wanted
from console.state.selectors import count_undecided
from console.state.store import Store

GATHERS_MS = 400
"""What comes within this is told together."""
RESTS_MS = 20_000
"""A kind that was told is told again after this at the earliest."""


class Outside(Protocol):
    """A place outside the window where news can be shown."""

    @property
    def there(self) -> bool:
        """Whether this desktop has such a place."""
        ...

    def show(self, title: str, text: str) -> None:
        """Show news there."""
        ...

    def waiting(self, text: str) -> None:
        """Say how much waits, where that can be said quietly."""
        ...


class Notifying(QObject):
    """What one console tells its person.

    Args:
        store: The state, and where news goes.
        outside: Where it can be shown outside the window.
        in_front: Whether the person looks at the window now.
        clock: The time on this machine, for the quiet hours.
    """

    def __init__(self, store: Store, outside: Outside, in_front: Callable[[], bool], clock: Callable[[], datetime]) -> None:
        super().__init__()
        self._store = store
        self._outside = outside
        self._in_front = in_front
        self._clock = clock
        self._told = Told()
        self._gathered: dict[str, list[Occasion]] = {}
        self._resting: set[str] = set()
        self._gather = QTimer(self)
        self._gather.setSingleShot(True)
        self._gather.setInterval(GATHERS_MS)
        self._gather.timeout.connect(self.tell)
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.setInterval(RESTS_MS)
        self._rest.timeout.connect(self.rested)
        self._leave = store.listen(self._heard)

    def stop(self) -> None:
        """Tell nothing more."""
        self._leave()
        self._gather.stop()
        self._rest.stop()

    def _heard(self, before: AppState, after: AppState) -> None:
        self._told, found = occasions(self._told, before, after)
        for one in found:
            if wanted(after.preferences, one.kind):
                self._gathered.setdefault(_group(one.kind), []).append(one)
        if found and not self._gather.isActive():
            self._gather.start()
        if after.asks is not before.asks:
            count = count_undecided(after)
            self._outside.waiting(texts_notices.TRAY.of(count) if count else texts_notices.TRAY_CALM)

    def tell(self) -> None:
        """Tell what was gathered, but for kinds that spoke a moment ago."""
        self._gather.stop()
        for group in [one for one in self._gathered if one not in self._resting]:
            found = self._still_so(self._gathered.pop(group))
            if found:
                self._resting.add(group)
                self._rest.start()
                self._show(group, found)

    def rested(self) -> None:
        """Let every kind speak again, and tell what it kept back."""
        self._resting.clear()
        self.tell()

    def _still_so(self, found: list[Occasion]) -> list[Occasion]:
        """Without what is over by now; the most urgent first."""
        asks = self._store.state.asks
        kept = [
            one
            for one in found
            if one.card is None
            or one.kind in {"decided", "taken", "lapsed"}
            or (one.card.ask in asks and undecided(asks[one.card.ask]))
        ]
        kept.sort(key=lambda one: ask_place_of(one.card) if one.card is not None else ("", ""))
        return kept

    def _show(self, group: str, found: Sequence[Occasion]) -> None:
        state = self._store.state
        title, text = _inside(state, found)
        first = found[0].card
        if group != "core":  # the line tells of the core itself, where the person works
            # Whoever stands before the queue sees it there: under the bell is enough.
            quiet = group == "ask" and state.workspace == "approvals" and self._in_front()
            conversation = first.conversation if first is not None else None
            tone = "warn" if group == "breach" else "info"
            self._store.dispatch(News(f"notify:{group}", title, text, tone, conversation, quiet=quiet))
        if self._outside_now(state):
            named = state.preferences.outside_words and first is not None
            self._outside.show(title if named else _plain(found), text if named else texts_notices.OUTSIDE_WORDS)

    def _outside_now(self, state: AppState) -> bool:
        chosen = state.preferences
        if chosen.desktop == "never" or not self._outside.there or (chosen.desktop == "away" and self._in_front()):
            return False
        local = self._clock().astimezone()
        return not quiet_now(chosen, local.hour * 60 + local.minute)


def _group(kind: OccasionKind) -> str:
    return {"decided": "elsewhere", "taken": "elsewhere", "core_gone": "core", "core_back": "core"}.get(kind, kind)


def _inside(state: AppState, found: Sequence[Occasion]) -> tuple[str, str]:
    """Title and words as the window says it."""
    first, many = found[0], len(found)
    card = first.card
    if card is None:
        return _plain(found), ""
    match first.kind:
        case "ask" if many > 1:
            return texts_notices.SEVERAL_ASKS.of(many), texts_notices.SEVERAL_ASKS_WORDS.format(**_named(card))
        case "ask":
            return texts_notices.ONE_ASK.format(**_named(card)), words.ASK_KINDS.get(card.kind, "")
        case "breach" if many > 1:
            return texts_notices.SEVERAL_BREACHES.of(many), texts_notices.SEVERAL_ASKS_WORDS.format(**_named(card))
        case "breach":
            due = card.next_breach or card.expires_at
            return texts_notices.ONE_BREACH.format(minutes=old(state.now, due or state.now), **_named(card)), ""
        case "lapsed":
            said = texts_notices.SEVERAL_LAPSED.of(many) if many > 1 else texts_notices.LAPSED.format(**_named(card))
            return said, texts_notices.LAPSED_WORDS
        case _ if many > 1:
            return texts_notices.SEVERAL_ELSEWHERE.of(many), ""
        case "taken":
            return texts_notices.TAKEN_ELSEWHERE.format(name=card.claimed_name or words.A_COLLEAGUE, **_named(card)), ""
        case _:
            by = decided_by(card) or words.A_COLLEAGUE
            return texts_notices.DECIDED_ELSEWHERE.format(name=by, **_named(card)), card.closed_sentence or ""


def _named(card: AskCard) -> dict[str, str]:
    return {"what": headline(card), "who": card.customer_name}


def _plain(found: Sequence[Occasion]) -> str:
    """The same without a name or an amount: others may see this screen."""
    kind, many, card = found[-1].kind, len(found), found[0].card
    match kind:
        case "ask" if many == 1 and card is not None:
            return texts_notices.OUTSIDE_ASKS[card.kind]
        case "ask":
            return texts_notices.OUTSIDE_SEVERAL.of(many)
        case "breach":
            return texts_notices.OUTSIDE_BREACH.of(many)
        case "core_gone":
            return texts_notices.OUTSIDE_CORE_GONE
        case "core_back":
            return texts_notices.OUTSIDE_CORE_BACK
        case "lapsed":
            return texts_notices.SEVERAL_LAPSED.of(many)
        case _:
            return texts_notices.OUTSIDE_ELSEWHERE.of(many)
