"""The stop switch of one window: everything, a brand, or one workflow; and the signature that lets it work again (R-M3).

Stopping narrows: Enter confirms, so that everything is two key presses away from anywhere. What a workflow's stop holds back
stands beside the choice before it is pressed. It must never change what is shown because of a click.
"""

from agent_core.contract.ids import BrandId, WorkflowName
from agent_core.contract.stopping import PausedWorkflow
from console import texts_stopping, words
from console.shell.form import Form, Given
from console.state.app_state import AppState
from console.state.happenings import News
from console.state.selectors import brands, paused, paused_workflow, workflow_brand
from console.state.store import Store
from console.widgets.prompt_overlay import PromptProps
from console.workspaces.stopping_deeds import StoppingDeeds
from console.workspaces.stopping_forms import chosen_in, follows, resume_question, stop_form
from console.workspaces.workspace import Asking, Deeds

_FORM = "stop:"


class Stopping:
    """What is asked before something stops or goes on.

    Args:
        form: Where a workflow is chosen.
        asking: Puts questions.
        store: The state.
        deeds: Stops and resumes.
        reading: Says what a stop would reach; none: workflows are not stopped here.
    """

    def __init__(self, form: Form, asking: Asking, store: Store, deeds: Deeds, reading: StoppingDeeds | None) -> None:
        self._form = form
        self._asking = asking
        self._store = store
        self._deeds = deeds
        self._reading = reading
        self._opening: tuple[BrandId, WorkflowName | None] | None = None
        form.changed.connect(self._changed)
        form.answered.connect(self._answered)

    def ask(self) -> None:
        """The stop switch: ask, then stop everything; once everything is stopped: ask, then resume with a signature.

        A brand that is stopped by itself never takes its place: what works must be stopped as quickly as ever.
        """
        if paused(self._store.state):
            props = PromptProps("resume", words.RESUME_EVERYTHING, words.RESUME_WORDS, words.RESUME_YES, "accent", "play")
            self._asking.ask(props, lambda _given: self._deeds.resume(None))
            return
        props = PromptProps(
            "pause", words.PAUSE_EVERYTHING, words.PAUSE_WORDS, words.PAUSE_YES, "warn", "octagon-pause",
            note=words.PAUSE_NOTE,
        )  # fmt: skip
        self._asking.ask(props, lambda _given: self._deeds.pause(None))

    def carry_out(self, what: str) -> None:
        """Begin a line of the palette: `BRAND`, `BRAND/` to choose a workflow, `BRAND/NAME` for one; empty: where one is."""
        brand, parted, name = what.partition("/")
        if not parted and brand:
            self._brand(BrandId(brand))
        else:
            self.workflow(brand, name)

    def workflow(self, brand: str, name: str) -> None:
        """Ask which workflow stops, this one chosen; or whether one that is stopped may work again."""
        state = self._store.state
        where = BrandId(brand) if brand else workflow_brand(state)
        if where is None:
            return
        stopped = paused_workflow(state, where, name)
        if stopped is not None:
            self._resume(where, stopped)
        elif self._reading is not None:
            self._opening = (where, WorkflowName(name) if name else None)
            self._reading.read_reach(where)

    def refresh(self, before: AppState, state: AppState) -> None:
        """Open what was asked for once the core has said what stops."""
        if self._opening is None or state.reach is before.reach:
            return
        (brand, wanted), self._opening = self._opening, None
        known = state.reach.of(brand)
        if known is None:
            self._store.dispatch(News("reach", texts_stopping.UNKNOWN, state.reach.problem, "warn"))
            return
        title = next((one.title for one in brands(state) if one.brand == brand), brand)
        self._form.show_form(stop_form(f"{_FORM}{brand}", title, known, wanted, self._store.state.now))

    def _brand(self, brand: BrandId) -> None:
        """Stop one brand, or let it work again with a signature."""
        known = next((one for one in brands(self._store.state) if one.brand == brand), None)
        if known is None:
            return
        if known.paused:
            yes = words.RESUME_BRAND.format(brand=known.title)
            props = PromptProps(f"resume:{brand}", words.RESUME_EVERYTHING, words.RESUME_WORDS, yes, "accent", "play")
            self._asking.ask(props, lambda _given: self._deeds.resume(brand))
            return
        props = PromptProps(
            f"pause:{brand}", words.PAUSE_BRAND.format(brand=known.title), words.PAUSE_BRAND_WORDS,
            words.PAUSE_BRAND_YES.format(brand=known.title), "warn", "octagon-pause", note=words.PAUSE_NOTE,
        )  # fmt: skip
        self._asking.ask(props, lambda _given: self._deeds.pause(brand))

    def _resume(self, brand: BrandId, stopped: PausedWorkflow) -> None:
        props = resume_question(f"resume:{brand}/{stopped.workflow}", stopped, self._store.state.now)
        self._asking.ask(props, lambda _given: self._deeds.resume(brand, stopped.workflow))

    def _changed(self, key: str, given: Given) -> None:
        known = self._store.state.reach.of(key.removeprefix(_FORM)) if key.startswith(_FORM) else None
        if known is not None:
            self._form.set_follows(follows(known, given))

    def _answered(self, key: str, given: Given) -> None:
        wanted = chosen_in(given)
        if key.startswith(_FORM) and wanted is not None:
            self._deeds.pause(BrandId(key.removeprefix(_FORM)), wanted)
