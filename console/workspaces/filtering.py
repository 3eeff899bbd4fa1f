"""A filter of the list as a form, as parts one can take away, and back. Pure."""

from dataclasses import replace
from typing import Any, Final

from agent_core.contract.ids import BrandId
from agent_core.contract.listing import EVERYTHING, RowFilter
from console import strings, texts_listing, words
from console.language.numbers import number
from console.presenting.rows import intent_words
from console.shell.form import FormField, FormProps, Given
from console.state.app_state import AppState
from console.state.listing import SavedView, is_shown
from console.state.selectors import brands
from console.state.view_text import named
from console.widgets.check_row import CheckProps
from console.widgets.filter_bar import FilterBarProps, FilterPart

FORM: Final = "filter"
_ANY: Final = "any"
_WORDS: Final = ("labels", "owners", "channels", "intents", "workflows")
_SECONDS: Final = {"waiting": "waiting_over_s", "breach": "breach_within_s"}


def filter_form(state: AppState) -> FormProps:
    """Ask which conversations are to be shown; what stands there now is marked."""
    wanted = state.narrowing.wanted
    channels, intents, workflows = _known(state)
    waiting = {_ANY: texts_listing.ANY, **texts_listing.OVER}
    breach = {_ANY: texts_listing.NO_CLOCK, **texts_listing.WITHIN}
    fields = (
        _many("labels", texts_listing.BY_STATE, _states(), wanted.labels),
        _many("owners", texts_listing.BY_OWNER, dict(texts_listing.OWNERS), wanted.owners),
        _one("waiting", texts_listing.BY_WAITING, waiting, wanted.waiting_over_s),
        _one("breach", texts_listing.BY_BREACH, breach, wanted.breach_within_s),
        _many("flagged", texts_listing.BY_FLAG, {"yes": texts_listing.FLAGGED}, ("yes",) if wanted.flagged else ()),
        FormField("name", texts_listing.VIEW_NAME, "line", hint=texts_listing.VIEW_HINT),
        _many("pinned", "", {"yes": texts_listing.VIEW_PINNED}, ("yes",)),
        _many("channels", texts_listing.BY_CHANNEL, channels, wanted.channels),
        _many("workflows", texts_listing.BY_WORKFLOW, workflows, wanted.workflows),
        _many("intents", texts_listing.BY_INTENT, intents, wanted.intents),
    )
    return FormProps(
        FORM, texts_listing.FILTER_TITLE, texts_listing.FILTER_WORDS, fields, texts_listing.FILTER_YES, icon="list-filter",
        split=7,
    )  # fmt: skip


def filtered(given: Given) -> RowFilter:
    """The filter that was chosen."""
    fields: dict[str, Any] = {name: given.get(name, ()) for name in _WORDS}
    for name, field in _SECONDS.items():
        chosen = "".join(given.get(name, ()))
        fields[field] = int(chosen) if chosen.isascii() and chosen.isdigit() else None
    fields["flagged"] = bool(given.get("flagged"))
    return RowFilter.model_validate(fields)


def view_to_save(state: AppState, given: Given) -> SavedView | None:
    """The list that was given a name; None when it was not."""
    name = named("".join(given.get("name", ())))
    if not name:
        return None
    return SavedView(name, filtered(given), state.bucket, state.brand, bool(given.get("pinned")))


def filter_bar(state: AppState) -> FilterBarProps:
    """What stands above the list: pinned lists, and what narrows it now."""
    narrowing = state.narrowing
    shown = [view for view in narrowing.views if is_shown(narrowing, state.bucket, state.brand, view)]
    views = tuple(FilterPart(view.name, view.name, view in shown) for view in narrowing.views if view.pinned)
    return FilterBarProps(views, parts(state, narrowing.wanted), can_save=not shown)


def parts(state: AppState, wanted: RowFilter) -> tuple[FilterPart, ...]:
    """A filter as the parts one can take away, each under `field:word`."""
    workflows = _known(state)[2] if wanted.workflows else {}
    said = {
        "labels": _states(), "owners": texts_listing.OWNERS, "workflows": workflows,
    }  # fmt: skip
    found: list[FilterPart] = []
    for name in _WORDS:
        known: Any = said.get(name, {})
        for word in getattr(wanted, name):
            other = _channel(word) if name == "channels" else intent_words(word)
            found.append(FilterPart(f"{name}:{word}", known.get(word) or other))
    if wanted.waiting_over_s is not None:
        time = _time(wanted.waiting_over_s, texts_listing.OVER)
        found.append(FilterPart("waiting_over_s:", texts_listing.WAITING_OVER.format(time=time)))
    if wanted.breach_within_s is not None:
        time = _time(wanted.breach_within_s, texts_listing.WITHIN)
        within = texts_listing.BREACH_WITHIN.format(time=time)
        found.append(FilterPart("breach_within_s:", within if wanted.breach_within_s else texts_listing.BROKEN))
    if wanted.flagged:
        found.append(FilterPart("flagged:", texts_listing.FLAGGED_PART))
    return tuple(found)


def without(wanted: RowFilter, part: str) -> RowFilter:
    """The filter without one of its parts."""
    field, _, word = part.partition(":")
    if field in _WORDS:
        kept = tuple(one for one in getattr(wanted, field) if one != word)
        return wanted.model_copy(update={field: kept})
    return wanted.model_copy(update={field: getattr(EVERYTHING, field)}) if field in RowFilter.model_fields else wanted


def renamed(view: SavedView, name: str) -> SavedView:
    """The same list under another name."""
    return replace(view, name=named(name))


def _known(state: AppState) -> tuple[dict[str, str], dict[str, str], dict[str, str]]:
    """Channels, intents and workflows that can be asked for where this window looks: the core's, or those of the rows."""
    seen = {one.brand for one in brands(state)} if state.brand is None else {state.brand}
    listed = [one for one in (state.narrowing.choices.brands if state.narrowing.choices else ()) if one.brand in seen]
    channels = {name for one in listed for name in one.channels}
    intents = {name for one in listed for name in one.intents}
    workflows = {name: title for one in listed for name, title in one.workflows}
    if not listed:
        rows = [row for row in state.rows.values() if row.brand in seen]
        channels = {row.channel for row in rows if row.channel}
        intents = {name for row in rows for name in row.intents}
        workflows = {name: intent_words(name) for row in rows for name in row.workflows}
    return (
        {name: _channel(name) for name in sorted(channels)},
        _titled(intents),
        dict(sorted(workflows.items(), key=lambda item: item[1])),
    )


def _channel(name: str) -> str:
    return words.CHANNEL_WORDS.get(name) or intent_words(name)


def _titled(names: set[str]) -> dict[str, str]:
    return {name: intent_words(name) for name in sorted(names)}


def _many(key: str, label: str, offered: dict[str, str], given: tuple[str, ...]) -> FormField:
    # What is wanted and is not offered any more stays visible, so that it can be taken away.
    choices = {**offered, **{name: intent_words(name) for name in given if name not in offered}}
    return FormField(key, label, "any", tuple(CheckProps(name, said) for name, said in choices.items()), given)


def _one(key: str, label: str, words: dict[str, str], given: int | None) -> FormField:
    chosen = _ANY if given is None else str(given)
    offered = words if chosen in words else {**words, chosen: _time(int(chosen), words)}
    return FormField(key, label, "one", tuple(CheckProps(name, said) for name, said in offered.items()), (chosen,))


def _time(seconds: int, known: Any) -> str:
    return known.get(str(seconds)) or texts_listing.OVER_OTHER.format(minutes=number(seconds // 60))


def brand_of(view: SavedView, known: set[BrandId]) -> SavedView:
    """A list as it can be shown here: of all brands where its own is not seen."""
    return view if view.brand is None or view.brand in known else replace(view, brand=None)


def _states() -> dict[str, str]:
    return {str(name): said for name, said in strings.STATE_WORDS.items()}
