"""The forms of a conversation: change of a proposal, wrong assessment, routing.

Each is opened when the core has said what it needs.
One form at a time. A form about a conversation that is left is closed. It must never send what was not shown.
"""

from dataclasses import replace
from typing import Final

from agent_core.contract.editing import EditPreview
from agent_core.contract.ids import AskId
from console import words
from console.presenting.approval import unsent
from console.shell.form import Form, FormFollows, Given
from console.state.app_state import AppState
from console.state.deciding import undecided
from console.state.store import Store
from console.workspaces.assessing import assessment, assessment_form
from console.workspaces.editing import arguments, edit_follows, edit_form, unchanged, unreadable
from console.workspaces.routing import is_of, routing_follows, routing_form, wanted
from console.workspaces.workspace import Deeds

_OF_THE_OPEN_ONE: Final = frozenset({"route", "edit", "assess", "belief", "propose", "action", "together"})
"""Forms about the conversation that is open; others, such as a person's terms, are about nothing that can be left."""


class Forms:
    """The forms of one window.

    Args:
        form: Where they are shown.
        store: The state.
        deeds: What a person can ask for.
    """

    def __init__(self, form: Form, store: Store, deeds: Deeds) -> None:
        self._form = form
        self._store = store
        self._deeds = deeds
        self._opening = ""
        self._asked: Given | None = None
        self._waits = False
        form.changed.connect(self._changed)
        form.answered.connect(self._answered)

    def assess(self) -> None:
        """Ask what is wrong with the handoff that is shown."""
        packet = self._store.state.packet
        if packet is not None:
            self._form.show_form(assessment_form(packet))

    def route(self) -> None:
        """Ask which workflows are to work here."""
        detail = self._store.state.detail
        if detail is not None:
            self._opening, self._waits = "route", False
            now = tuple(dict.fromkeys(run.workflow for run in detail.runs if run.phase not in {"withdrawn", "failed"}))
            self._deeds.preview_routing(detail.row.conversation, now, None)

    def edit(self, ask: AskId) -> None:
        """Ask for other arguments of a proposal."""
        if ask in self._store.state.asks:
            self._opening, self._asked, self._waits = "edit", None, False
            self._deeds.preview_edit(ask, None)

    def refresh(self, before: AppState, state: AppState) -> None:
        """Open what was asked for once the core has said it, and follow what it says since."""
        kind, _, about = (self._form.current or "").partition(":")
        if kind in _OF_THE_OPEN_ONE and about.partition(":")[0] != state.wanted:
            self._form.take_away()
        if self._waits and state.connection.phase == "live" != before.connection.phase:
            # What was asked when the core went away is answered by nobody: it is asked again.
            self._asked = None
            self._form.pause_over()
        if kind == "edit":
            self._decided_elsewhere(state, AskId(about.partition(":")[2]))
        if state.routing is not None and state.routing is not before.routing:
            if self._opening == "route":
                self._opening = ""
                self._form.show_form(routing_form(state.routing))
            elif self._form.current == f"route:{state.routing.conversation}":
                self._waits = False
                self._form.set_follows(routing_follows(state.routing))
        if state.editing is not None and state.editing is not before.editing:
            self._edited(state, state.editing)

    def _decided_elsewhere(self, state: AppState, ask: AskId) -> None:
        """A change of what somebody else has just decided has no meaning any more (R-M9)."""
        card = state.asks.get(ask)
        if self._form.isVisible() and card is not None and not undecided(card):
            self._form.take_away()
            self._store.dispatch(unsent(card))

    def _edited(self, state: AppState, preview: EditPreview) -> None:
        card = state.asks.get(preview.ask)
        if self._opening == "edit" and card is not None:
            self._opening = ""
            self._form.show_form(edit_form(card, preview))
        elif self._form.current == f"edit:{preview.conversation}:{preview.ask}" and self._waits:
            self._waits = False
            self._form.set_follows(replace(edit_follows(preview), of=self._asked))

    def _change_edit(self, preview: EditPreview, given: Given) -> None:
        made, faults = arguments(preview, given)
        of = {name: said for name, said in given.items() if name != "comment"}
        if of == self._asked:
            return
        self._asked, self._waits = of, False
        if faults:
            self._form.set_follows(unreadable(faults))
        elif unchanged(preview, made):
            self._form.set_follows(FormFollows(ready=False, note=words.EDIT_NOTHING))
        else:
            self._waits = True
            self._deeds.preview_edit(preview.ask, made)

    def _changed(self, key: str, given: Given) -> None:
        preview, editing = self._store.state.routing, self._store.state.editing
        if key.startswith("edit:") and editing is not None:
            self._change_edit(editing, given)
        if key.startswith("route:") and preview is not None and (self._waits or not is_of(preview, given)):
            self._waits = True
            self._deeds.preview_routing(preview.conversation, *wanted(given))

    def _answered(self, key: str, given: Given) -> None:
        state = self._store.state
        comment = "".join(given.get("comment", ()))
        if key.startswith("route:") and state.routing is not None and is_of(state.routing, given):
            self._deeds.override_routing(state.routing, comment)
        elif key.startswith("edit:") and state.editing is not None and state.editing.draft is not None:
            self._deeds.edit(state.editing, comment)
        elif key.startswith("assess:") and state.packet is not None:
            self._deeds.flag_assessment(assessment(state.packet, given))
