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

    def given(self, props: PromptProps, words: str, state: AppState) -> None:
        """They were given; what becomes of them is seen in the states that follow. Called before anything is sent."""
        self._kept.pop(props.key, None)
        if words and not props.secret:
            self._given[props.key] = (words, state.numbered)

    def refresh(self, state: AppState) -> None:
        """See what became of what was given."""
        if state.session is None and state.keyring.resting:
            self._given.clear()
            self._kept.clear()
        for key, (words, numbered) in tuple(self._given.items()):
            subject = key.partition(":")[2]
            refused = was_refused(state, subject, numbered)
            if refused:
                self._kept[key] = words
            if refused or subject not in state.pending:
                del self._given[key]

    def again(self, props: PromptProps) -> PromptProps:
        """A question with the words it was given before."""
        words = self._kept.get(props.key, "")
        return replace(props, given=words) if words and props.field else props
