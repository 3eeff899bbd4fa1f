"""The palette's part beyond lines that are there anyway: customers, settings, what was recent, and what the core finds.

Choosing a customer shows all their conversations known here; choosing a setting goes to it or sets it. It must never show
what the core found for other words than those in the field.
"""

from dataclasses import replace

from agent_core.contract.searching import FoundConversation
from console import strings, texts_levels, texts_settings, texts_shell
from console.presenting import declared
from console.presenting.around import brand_title
from console.presenting.plain import plain_workflow
from console.shell.commands import palette_lines
from console.shell.palette import Palette, PaletteLine
from console.state.app_state import AppState
from console.state.finding import Visited
from console.state.happenings import BucketChosen, SearchTyped, WorkspaceChosen
from console.state.preferences import SETTINGS, Choice, Switch, Tongue, spelled
from console.state.store import Store
from console.workspaces.finding_deeds import FindingDeeds

_MOST_FOUND = 20


class Finder:
    """What the palette of one window offers.

    Args:
        palette: The palette.
        store: The state.
        deeds: Who looks further while somebody types; nobody in tests of other things.
        pages: A line for each page of the guide.
    """

    def __init__(
        self, palette: Palette, store: Store, deeds: FindingDeeds | None, pages: tuple[PaletteLine, ...] = ()
    ) -> None:
        self._palette = palette
        self._store = store
        self._deeds = deeds
        self._pages = pages
        self._everything = False
        palette.typed.connect(self._typed)
        palette.chosen.connect(self._chosen)

    def open(self) -> None:
        """Offer everything."""
        self._everything = True
        self._typed("")
        self._palette.offer(everything(self._store.state, self._pages))

    def offer(self, lines: tuple[PaletteLine, ...]) -> None:
        """Offer only these."""
        self._everything = False
        self._palette.offer(lines)

    def refresh(self, before: AppState, state: AppState) -> None:
        """Show what was found since."""
        if self._everything and self._palette.isVisible() and before.finding is not state.finding:
            self._palette.add(found_lines(state), texts_shell.PALETTE_SEARCHING if state.finding.busy else "")

    def _typed(self, typed: str) -> None:
        if self._everything and self._deeds is not None:
            self._deeds.find(typed)

    def _chosen(self, key: str) -> None:
        if self._everything:
            self._store.dispatch(Visited(key))

    def show_customer(self, name: str) -> None:
        """Show every conversation of a customer that is known here."""
        self._store.dispatch(WorkspaceChosen("live"))
        self._store.dispatch(BucketChosen("all"))
        self._store.dispatch(SearchTyped(name))


def everything(state: AppState, more: tuple[PaletteLine, ...] = ()) -> tuple[PaletteLine, ...]:
    """Every line that can be offered without asking the core, what was recent first."""
    lines = [*palette_lines(state), *_customers(state), *_settings(state), *more]
    lines.append(PaletteLine("reports:", texts_shell.REPORTS, texts_shell.PALETTE_KINDS["do"], "triangle-alert"))
    known = {line.key: line for line in lines}
    recent = [known[key] for key in state.finding.recent if key in known]
    marked = [replace(line, kind=texts_shell.PALETTE_KINDS["recent"], recent=True) for line in recent]
    passed = {line.key for line in marked}
    return (*marked, *(line for line in lines if line.key not in passed))


def _customers(state: AppState) -> list[PaletteLine]:
    """Customers with several conversations: one line for all of them."""
    counted: dict[str, int] = {}
    for row in state.rows.values():
        if row.customer_name and state.brand in {None, row.brand}:
            counted[row.customer_name] = counted.get(row.customer_name, 0) + 1
    kind = texts_shell.PALETTE_KINDS["customer"]
    return [
        PaletteLine(f"customer:{name}", texts_shell.CONVERSATIONS_OF.of(count, name=name), kind, "user")
        for name, count in counted.items()
        if count > 1
    ]


def _settings(state: AppState) -> list[PaletteLine]:
    """Each setting, and each word it could be set to besides the one it has."""
    kind = texts_shell.PALETTE_KINDS["setting"]
    lines = [PaletteLine("setting:levels", texts_levels.PALETTE, kind, "gauge")]
    for one in SETTINGS:
        label = texts_settings.LABELS[one.key]
        more = texts_settings.WHY[one.key]
        lines.append(PaletteLine(f"setting:{one.key}", label, kind, "settings", more=more))
        if isinstance(one.kind, Choice | Tongue | Switch):
            now = spelled(state.preferences, one.key)
            lines += [
                PaletteLine(
                    f"set:{one.key}:{word}",
                    texts_shell.SET_TO.format(setting=label, value=said),
                    kind,
                    "settings",
                    more=more,
                )
                for word, said in declared.options(one)
                if word != now
            ]
    return lines


def found_lines(state: AppState) -> tuple[PaletteLine, ...]:
    """What the core found, as lines; what the window knows itself is offered already."""
    finding = state.finding
    fresh = [one for one in finding.found if one.conversation not in state.rows and state.brand in {None, one.brand}]
    return tuple(_found(state, one) for one in fresh[:_MOST_FOUND])


def _found(state: AppState, one: FoundConversation) -> PaletteLine:
    about = ", ".join(plain_workflow(name) for name in one.workflows) or strings.STATE_WORDS[one.state]
    said = " — ".join(part for part in (one.customer_name, about) if part)
    kind = brand_title(state, one.brand)
    return PaletteLine(f"conversation:{one.conversation}", said, kind, "search", found=True)
