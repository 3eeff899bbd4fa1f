"""What a person does with the list of Live: narrow it, keep it under a name, share it, choose a brand (R-M1).

It must never read the clipboard but when a person asks for it, and never take a list it cannot read whole.
"""

from PySide6.QtWidgets import QApplication

from agent_core.contract.listing import EVERYTHING
from console import texts_listing, words
from console.shell.form import Form, Given
from console.shell.palette import PaletteLine
from console.state.app_state import AppState
from console.state.happenings import News
from console.state.listing import FilterChosen, SavedView, ViewChosen, ViewForgotten, ViewSaved
from console.state.selectors import brands
from console.state.store import Store
from console.state.view_text import as_text, from_text
from console.workspaces.filtering import FORM, brand_of, filter_form, filtered, view_to_save, without
from console.workspaces.live_deeds import LiveDeeds


class Lists:
    """The lists of one window.

    Args:
        form: Where a filter is asked for.
        store: The state.
        deeds: What can be asked of the core.
    """

    def __init__(self, form: Form, store: Store, deeds: LiveDeeds | None) -> None:
        self._form = form
        self._store = store
        self._deeds = deeds
        self._asked: Given | None = None
        form.answered.connect(self._answered)

    def narrow(self) -> None:
        """Ask which conversations are to be shown."""
        if self._store.state.narrowing.choices is None and self._deeds is not None:
            self._deeds.read_listing()
        self._ask(self._store.state)

    def _ask(self, state: AppState) -> None:
        self._form.show_form(filter_form(state))
        self._asked = self._form.given()

    def refresh(self, before: AppState, state: AppState) -> None:
        """Offer everything the core names, once it has; what a person has begun to choose stays as it is."""
        named = state.narrowing.choices is not before.narrowing.choices
        if named and self._form.current == FORM and self._form.given() == self._asked:
            self._ask(state)

    def remove(self, part: str) -> None:
        """Take one part of the filter away."""
        self._store.dispatch(FilterChosen(without(self._store.state.narrowing.wanted, part)))

    def clear(self) -> None:
        """Show everything again."""
        self._store.dispatch(FilterChosen(EVERYTHING))

    def show(self, name: str) -> None:
        """Show a saved list; when it is shown already, show everything again."""
        state = self._store.state
        view = next((one for one in state.narrowing.views if one.name == name), None)
        if view is None:
            return
        if view.wanted == state.narrowing.wanted and view.bucket == state.bucket and view.wanted != EVERYTHING:
            self.clear()
        else:
            self._store.dispatch(ViewChosen(brand_of(view, {one.brand for one in brands(state)})))

    def carry_out(self, deed: str, name: str) -> None:
        """Do what a line of the palette stands for."""
        view = next((one for one in self._store.state.narrowing.views if one.name == name), None)
        match deed:
            case "narrow":
                self.narrow()
            case "clear":
                self.clear()
            case "paste":
                self._paste()
            case "show":
                self.show(name)
            case "forget":
                self._store.dispatch(ViewForgotten(name))
            case "copy" if view is not None:
                self._copy(view)
            case _:
                pass

    def _copy(self, view: SavedView) -> None:
        QApplication.clipboard().setText(as_text(view))
        self._store.dispatch(News("list", texts_listing.VIEW_COPIED, texts_listing.VIEW_COPIED_WORDS, "ok"))

    def _paste(self) -> None:
        view = from_text(QApplication.clipboard().text())
        if view is None:
            self._store.dispatch(News("list", texts_listing.NO_VIEW_THERE, texts_listing.NO_VIEW_WORDS, "warn"))
            return
        self._store.dispatch(ViewSaved(view))
        self._store.dispatch(ViewChosen(brand_of(view, {one.brand for one in brands(self._store.state)})))
        self._store.dispatch(News("list", texts_listing.VIEW_TAKEN.format(view=view.name), "", "ok"))

    def _answered(self, key: str, given: Given) -> None:
        if key != FORM:
            return
        view = view_to_save(self._store.state, given)
        self._store.dispatch(FilterChosen(filtered(given)))
        if view is not None:
            self._store.dispatch(ViewSaved(view))


def list_lines(state: AppState) -> list[PaletteLine]:
    """What the palette offers about lists."""
    lines = [PaletteLine("list:narrow:", texts_listing.FILTER_TITLE, words.DO, "list-filter", "V")]
    if state.narrowing.wanted != EVERYTHING:
        lines.append(PaletteLine("list:clear:", texts_listing.CLEAR, words.DO, "list-filter"))
    texts = {
        "show": (texts_listing.SHOW_VIEW, "eye"),
        "copy": (texts_listing.COPY_VIEW, "copy"),
        "forget": (texts_listing.FORGET_VIEW, "eraser"),
    }
    for deed, (said, icon) in texts.items():
        lines += [
            PaletteLine(f"list:{deed}:{view.name}", said.format(view=view.name), words.DO, icon)
            for view in state.narrowing.views
        ]
    lines.append(PaletteLine("list:paste:", texts_listing.PASTE_VIEW, words.DO, "copy"))
    return lines


def brand_lines(state: AppState) -> list[PaletteLine]:
    """Every brand this session sees, with its numbers; all of them first."""
    known = brands(state)
    if len(known) < 2:
        return []
    numbers = {one.brand: one for one in state.counts.by_brand}
    lines = [PaletteLine("brand:", words.ALL_BRANDS, words.DO, "building-2")]
    for one in known:
        count = numbers.get(one.brand)
        title = texts_listing.BRAND_NUMBERS.format(
            title=one.title, needs=count.needs_person if count else 0, all=count.all if count else 0
        )
        lines.append(
            PaletteLine(f"brand:{one.brand}", title, words.DO, "check" if one.brand == state.brand else "building-2")
        )
    return lines
