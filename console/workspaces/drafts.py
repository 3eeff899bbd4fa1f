"""What a person has half written, by what it is for: a conversation, and whether its customer or its agent reads it (R-E3).

Whoever looks elsewhere finds their words again, and words for the agent never stand in a field that writes to the customer.
In memory only. It must never let words go that nobody took: not when they were refused, and not when a check held them
back while their writer looked elsewhere.
"""

from dataclasses import dataclass
from typing import Final

from agent_core.contract.ids import ConversationId
from console.state.app_state import AppState
from console.state.selectors import was_refused

_MOST: Final = 50

_Place = tuple[ConversationId, str]


@dataclass(frozen=True, slots=True)
class _Sent:
    text: str
    numbered: int
    """News told before it was sent."""


class Drafts:
    """The drafts of one window; the field itself holds the newest words of the place it stands at."""

    def __init__(self) -> None:
        self._kept: dict[_Place, str] = {}
        self._sent: dict[_Place, _Sent] = {}
        self._at: _Place | None = None
        self._numbered = 0

    def sent(self, conversation: ConversationId, mode: str, text: str) -> None:
        """Words are on their way; they stay until it is known what became of them."""
        self._sent[conversation, mode] = _Sent(text, self._numbered)

    def settled(self, state: AppState, text: str) -> str:
        """What the field says after what was sent was taken, or was not: taken words go, wherever they are kept."""
        self._numbered = state.numbered
        for place, sent in tuple(self._sent.items()):
            conversation, _ = place
            if f"reply:{conversation}" in state.pending:
                continue
            del self._sent[place]
            doubted = state.doubted
            held = doubted is not None and (doubted.conversation, doubted.text) == (conversation, sent.text)
            if held or was_refused(state, f"reply:{conversation}", sent.numbered):
                continue
            if place == self._at:
                text = "" if text == sent.text else text
            elif self._kept.get(place) == sent.text:
                del self._kept[place]
        return text

    def turned(self, conversation: ConversationId, mode: str, text: str) -> str:
        """What the field says for a conversation and who will read it; what it says now is kept for where it stands now.

        Where nobody can write at the moment (`closed`), the words of that conversation stay where they are.
        """
        if self._at is not None and self._at[0] == conversation and mode in (self._at[1], "closed"):
            return text
        self._keep(text)
        self._at = None if mode == "closed" else (conversation, mode)
        return self._kept.pop(self._at, "") if self._at is not None else ""

    def carried(self, old: "Drafts", text: str) -> str:
        """Take over the drafts of a window that goes, and answer what the field says; `text` is what the old one said."""
        old._keep(text)
        self._kept, self._sent = dict(old._kept), dict(old._sent)
        return text if old._at == self._at or self._at is None else self._kept.pop(self._at, "")

    def forget(self) -> None:
        """Their writer has signed out."""
        self._kept.clear()
        self._sent.clear()
        self._at = None

    def _keep(self, text: str) -> None:
        if self._at is None:
            return
        self._kept.pop(self._at, None)
        if text.strip():
            self._kept[self._at] = text
            while len(self._kept) > _MOST:
                del self._kept[next(iter(self._kept))]
