"""The questions of one window: who is told the answer, and what becomes of words when a question goes (R-M2, R-M9).

A question about an ask that somebody else decides closes at once and says so; the keys its writer still presses are no
commands. It must never call an answer for a question that was left.
"""

from agent_core.contract.ids import AskId
from console.presenting.approval import unsent
from console.shell.kept_words import KeptWords
from console.shell.typing_on import TypingOn
from console.state.app_state import AppState
from console.state.deciding import undecided
from console.state.store import Store
from console.widgets.prompt_overlay import PromptOverlay, PromptProps
from console.workspaces.workspace import Answer


class Questions:
    """The questions.

    Args:
        prompt: Where they are put.
        store: The state.
        typing_on: Told when a question goes under somebody's hands.
    """

    def __init__(self, prompt: PromptOverlay, store: Store, typing_on: TypingOn) -> None:
        self._prompt = prompt
        self._store = store
        self._typing_on = typing_on
        self._asked: dict[str, tuple[PromptProps, Answer]] = {}
        self._kept = KeptWords()
        prompt.answered.connect(self._answered)
        prompt.dismissed.connect(self._dismissed)

    def ask(self, props: PromptProps, answer: Answer) -> None:
        """Put one; the answer is called when it is given, and not when it is dismissed."""
        self._prompt.ask(self._kept.again(props))
        self._asked[props.key] = props, answer

    def refresh(self, state: AppState) -> None:
        """A question about an ask that someone else has just answered has no meaning any more (R-M9)."""
        self._kept.refresh(state)
        current = self._prompt.current
        if current is None:
            return
        _, _, subject = current.partition(":")
        card = state.asks.get(AskId(subject))
        if card is not None and not undecided(card):
            if self._prompt.given():
                self._store.dispatch(unsent(card))
            self._typing_on.begin()
            self._prompt.close_prompt()

    def _answered(self, key: str, given: str) -> None:
        asked = self._asked.pop(key, None)
        if asked is not None:
            props, answer = asked
            self._kept.given(props, given, self._store.state)
            answer(given)

    def _dismissed(self, key: str) -> None:
        self._asked.pop(key, None)
