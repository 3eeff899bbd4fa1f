"""Words a person gave to a question and that came to nothing: they stand there again when it is asked again (R-M2).

A denial whose reason was written while the core went away, or a colleague took the ask, is not written twice. In memory
only, and gone when its owner signs out. It must never keep what was sent, and never anything secret.
"""

from dataclasses import replace

from console.state.app_state import AppState
from console.state.selectors import was_refused
from console.widgets.prompt_overlay import PromptProps


class KeptWords:
    """The words of one window, by the question they were given to."""

    def __init__(self) -> None:
        self._given: dict[str, tuple[str, int]] = {}
        self._kept: dict[str, str] = {}

    def given(self, key: str, words: str, state: AppState) -> None:
        """They were given; what becomes of them is seen in the states that follow. Called before anything is sent."""
        self._kept.pop(key, None)
        if words:
            self._given[key] = (words, state.numbered)

    def lost(self, key: str, words: str) -> None:
        """They were never given: the question went while they were written."""
        if words:
            self._kept[key] = words

    def refresh(self, state: AppState) -> None:
        """See what became of what was given."""
        if state.session is None and state.keyring.resting:
            self._given.clear()
            self._kept.clear()
        for key, (words, numbered) in tuple(self._given.items()):
            subject = key.partition(":")[2]
            if was_refused(state, subject, numbered):
                self._kept[key] = words
                del self._given[key]
            elif subject not in state.pending:
                del self._given[key]

    def again(self, props: PromptProps) -> PromptProps:
        """A question with the words it was given before."""
        words = self._kept.get(props.key, "")
        return replace(props, given=words) if words and props.field and not props.secret else props
