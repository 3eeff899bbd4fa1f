"""Forms and questions about levels, opened from Settings (R-C8).

What would change stands beside the choice before anything can be signed. It must never sign a preview of another level than
the one that is chosen, nor one of a level that has moved since.
"""

from agent_core.contract.ids import BrandId, WorkflowName
from agent_core.contract.level_statements import AuthorityLevel
from agent_core.contract.levels import LevelShown
from console import texts_levels
from console.presenting.levels import signs_levels
from console.shell.form import Form, Given
from console.state.app_state import AppState
from console.state.audit import PERIODS
from console.state.happenings import News
from console.state.levels import LevelWanted
from console.state.store import Store
from console.widgets.prompt_overlay import PromptProps
from console.workspaces.levels_deeds import LevelsDeeds
from console.workspaces.levels_forms import COMMENT, chosen, level_follows, level_form, unknown, waiting_for_it
from console.workspaces.settings import SettingsWorkspace
from console.workspaces.workspace import Asking

_FORM = "level:"


class LevelForms:
    """What is asked about levels in one window.

    Args:
        form: Where a level is chosen.
        asking: Puts questions.
        store: The state.
        deeds: What can be asked of the core; none: nothing.
    """

    def __init__(self, form: Form, asking: Asking, store: Store, deeds: LevelsDeeds | None) -> None:
        self._form = form
        self._asking = asking
        self._store = store
        self._deeds = deeds
        self._opening = False
        form.changed.connect(self._changed)
        form.answered.connect(self._answered)

    def serve(self, settings: SettingsWorkspace) -> None:
        """Do what is wanted there."""
        settings.levels.wanted.connect(self.wanted)
        settings.levels.period_chosen.connect(self.choose_period)
        settings.levels_wanted.connect(self.read)
        settings.evidence_wanted.connect(self.read_evidence)

    def read(self) -> None:
        """Somebody looks: ask what holds."""
        if self._deeds is not None:
            self._deeds.read_levels()

    def read_evidence(self) -> None:
        """Somebody looks: ask how actions fared."""
        if self._deeds is not None:
            self._deeds.read_evidence(self._store.state.levels.period)

    def choose_period(self, days: str) -> None:
        """Look at evidence of so many days."""
        for period in PERIODS:
            if period == days and self._deeds is not None:
                self._deeds.read_evidence(period)

    def wanted(self, deed: str, brand: str, workflow: str) -> None:
        """Begin what was pressed."""
        row = self._store.state.levels.row(brand, workflow)
        if self._deeds is None or row is None or not signs_levels(self._store.state, brand):
            return
        match deed:
            case "change":
                self._open(brand, row, row.level)
            case "sign" if row.waiting is not None:
                self._open(brand, row, row.waiting.level)
            case "take_back" if row.waiting is not None:
                self._ask_back(brand, row)
            case _:
                pass

    def refresh(self, before: AppState, state: AppState) -> None:
        """Follow what the core says while the form is open."""
        now, was = state.levels, before.levels
        about = self._about()
        if about is None:
            return
        brand, workflow = about
        row = now.row(brand, workflow)
        old = was.row(brand, workflow)
        if row is not None and old is not None and (row.statement, row.waiting) != (old.statement, old.waiting):
            # Somebody signed meanwhile: what stands at the right is about what held before.
            self._ask(self._form.given())
        elif now.preview is not None and now.preview is not was.preview:
            self._form.set_follows(level_follows(now.preview, row))
        elif now.preview_problem and now.preview_problem != was.preview_problem:
            self._form.set_follows(unknown(now.preview_problem))

    def _open(self, brand: str, row: LevelShown, given: AuthorityLevel) -> None:
        self._opening = True
        self._form.show_form(level_form(f"{_FORM}{brand}:{row.workflow}", row, given))

    def _about(self) -> tuple[str, str] | None:
        current = self._form.current or ""
        if not current.startswith(_FORM):
            return None
        brand, _, workflow = current.removeprefix(_FORM).partition(":")
        return brand, workflow

    def _changed(self, key: str, given: Given) -> None:
        if key.startswith(_FORM) and (self._opening or self._wanted(given) != self._store.state.levels.wanted):
            # What is known of the same change from another opening of the form is too old.
            self._opening = False
            self._ask(given)

    def _ask(self, given: Given) -> None:
        wanted = self._wanted(given)
        if wanted is not None and self._deeds is not None:
            self._form.set_follows(waiting_for_it())
            self._deeds.foresee(wanted)

    def _wanted(self, given: Given) -> LevelWanted | None:
        about, level = self._about(), chosen(given)
        return None if about is None or level is None else LevelWanted(BrandId(about[0]), WorkflowName(about[1]), level)

    def _answered(self, key: str, given: Given) -> None:
        if not key.startswith(_FORM) or self._deeds is None:
            return
        brand, _, workflow = key.removeprefix(_FORM).partition(":")
        shown, level = self._store.state.levels.preview, chosen(given)
        if shown is None or (shown.brand, shown.workflow, shown.level) != (brand, workflow, level):
            self._store.dispatch(News(key, texts_levels.MOVED, texts_levels.MOVED_WORDS, "warn"))
            return
        self._deeds.sign(shown, "".join(given.get(COMMENT, ())))

    def _ask_back(self, brand: str, row: LevelShown) -> None:
        first, deeds = row.waiting, self._deeds
        if first is None or deeds is None:
            return
        said = texts_levels.TAKE_BACK_WORDS.format(level=texts_levels.LEVELS[first.level], workflow=row.title)
        props = PromptProps(
            f"level:{brand}:{row.workflow}", texts_levels.TAKE_BACK_TITLE, said, texts_levels.TAKE_BACK, "warn", "undo-2"
        )
        self._asking.ask(props, lambda _given: deeds.take_back(BrandId(brand), row.workflow, first))
