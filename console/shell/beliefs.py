"""The form that puts a belief right, opened from its row; and taking a correction back (R-M1, R-B7).

It must never send what is not believed any more: the row is looked for again when the yes is pressed.
"""

from agent_core.contract.correcting import EndCorrection
from console.shell.form import Form, Given
from console.state.store import Store
from console.workspaces.correcting import correction, correction_form
from console.workspaces.live_deeds import LiveDeeds


class Beliefs:
    """What is done about beliefs in one window.

    Args:
        form: Where is asked.
        store: The state.
        deeds: What can be asked of the core; none: nothing.
    """

    def __init__(self, form: Form, store: Store, deeds: LiveDeeds | None) -> None:
        self._form = form
        self._store = store
        self._deeds = deeds
        form.answered.connect(self._answered)

    def correct(self, key: str) -> None:
        """Ask what is so instead of what a row says."""
        state = self._store.state
        if state.detail is None:
            return
        here = state.detail.row.conversation
        asks = tuple(one for one in state.asks.values() if one.conversation == here and one.state != "closed")
        props = correction_form(state.detail, asks, key)
        if props is not None:
            self._form.show_form(props)

    def take_back(self, name: str) -> None:
        """Take a correction back."""
        detail = self._store.state.detail
        if detail is not None and self._deeds is not None:
            self._deeds.end_correction(EndCorrection(conversation=detail.row.conversation, correction=name))

    def _answered(self, key: str, given: Given) -> None:
        kind, _, rest = key.partition(":")
        detail = self._store.state.detail
        conversation, _, row = rest.partition(":")
        if kind != "belief" or detail is None or detail.row.conversation != conversation or self._deeds is None:
            return
        command = correction(detail, row, given)
        if command is not None:
            self._deeds.correct_belief(command)
