"""What a search found and what it is narrowed by, in words (R-M5).

Snippets stay plain text with ranges; only blanks are evened out, and every range moves with them.
"""

import re
from datetime import datetime

from agent_core.contract.money import spelled
from agent_core.contract.searching import FacetValue, SearchAsked, SearchFacets, SearchHit, TextRange
from console import strings, texts_audit, words
from console.language.numbers import decimal, number
from console.presenting.clock import at, moment
from console.presenting.codes import as_head
from console.presenting.plain import plain_code, plain_workflow
from console.state.searching import Search
from console.theme.tokens import Tone
from console.widgets.audit.filter_chips import FilterProps
from console.widgets.audit.hit_list import HitProps
from console.widgets.conversation_list import state_chip

_BLANKS = re.compile(r"\s+")
_ICONS: dict[str, tuple[str, Tone]] = {
    "call": ("wrench", "neutral"),
    "result": ("wrench", "neutral"),
    "fact": ("database", "neutral"),
    "decision": ("signature", "warn"),
    "note": ("pencil", "neutral"),
    "event": ("activity", "neutral"),
}
_SPEAKERS: dict[str, tuple[str, Tone]] = {
    "customer": ("user", "neutral"),
    "agent": ("sparkles", "accent"),
    "person": ("headset", "ok"),
    "person_for_agent": ("headset", "ok"),
    "system": ("info", "neutral"),
}
NOT_FILTERS = frozenset({"q", "order", "after", "limit"})
_PAIRED = {"money_from": "money", "money_to": "money", "currency": "money", "score_from": "score", "score_to": "score"}


def pieces(snippet: str, marks: tuple[TextRange, ...]) -> tuple[tuple[str, bool], ...]:
    """A snippet cut where it is marked; ranges that make no sense are left out rather than believed."""
    cut: list[tuple[str, bool]] = []
    here = 0
    for mark in sorted(marks, key=lambda one: one.start):
        start, end = max(here, mark.start), min(len(snippet), mark.end)
        if start >= end:
            continue
        cut += [(snippet[here:start], False), (snippet[start:end], True)]
        here = end
    cut.append((snippet[here:], False))
    return tuple((_BLANKS.sub(" ", piece), match) for piece, match in cut if piece)


def hit_props(hit: SearchHit, now: datetime) -> HitProps:
    """One hit as a row."""
    found = hit.found_in
    shown = pieces(hit.snippet, hit.marks)
    if hit.cut_before:
        shown = ((texts_audit.CUT, False), *shown)
    if hit.cut_after:
        shown = (*shown, (texts_audit.CUT, False))
    icon, tone = _ICONS.get(hit.kind) or _SPEAKERS[hit.by]
    who = hit.speaker or texts_audit.BY_WORDS[hit.by]
    channel = words.CHANNEL_WORDS.get(found.channel, found.channel)
    flows = ", ".join(plain_workflow(name) for name in found.workflows[:2])
    about = (who, texts_audit.KIND_WORDS[hit.kind], channel, flows)
    return HitProps(
        key=f"{found.conversation}:{hit.seq}",
        name=found.customer_name,
        when=when(hit.at, now),
        pieces=shown,
        icon=icon,
        about=" · ".join(part for part in about if part),
        chip=state_chip(found.state),
        tone=tone,
    )


def when(then: datetime, now: datetime) -> str:
    """A moment as short as it can be said: the time of today, else day and time."""
    return at(then) if then.astimezone().date() == now.astimezone().date() else moment(then)


def found_words(search: Search) -> str:
    """How much was found, honestly: counted only as far as the core counted."""
    last = search.last
    if search.loading and (last is None or search.found != search.asked):
        return texts_audit.LOOKING
    if last is None:
        return ""
    if search.asked.q:
        said = texts_audit.FOUND if last.counted_all else texts_audit.FOUND_AT_LEAST
    else:
        said = texts_audit.CONVERSATIONS if last.counted_all else texts_audit.CONVERSATIONS_AT_LEAST
    return said.of(max(last.count, len(search.hits)))


def found_note(search: Search) -> str:
    """What the answer does not cover; empty when it covers everything."""
    last = search.last
    if last is None:
        return ""
    if not last.complete:
        back = last.looked_back_to
        return texts_audit.NOT_ALL.format(when="" if back is None else moment(back))
    return texts_audit.CATCHING_UP if last.catching_up else ""


# -- filters -----------------------------------------------------------------------------------------------------------


def _value(field: str, value: str, brand: str = "") -> str:
    match field:
        case "by":
            return texts_audit.BY_WORDS[value]
        case "kind":
            return texts_audit.KIND_WORDS[value]
        case "replied":
            return texts_audit.REPLIED_WORDS[value]
        case "handled":
            return texts_audit.HANDLED_WORDS[value]
        case "state":
            return next((said for key, said in strings.STATE_WORDS.items() if key == value), value)
        case "channel":
            return words.CHANNEL_WORDS.get(value, value)
        case "brand":
            return brand or value
        case "outcome":
            return as_head("outcome", value)
        case "flag":
            return as_head("detector", value)
        case "conversation" | "currency":
            return value
        case _:
            return plain_workflow(value) if field == "workflow" else plain_code(value)


def _said(field: str, value: str, brand: str = "") -> str:
    names = {
        "by": texts_audit.FILTER_BY,
        "kind": texts_audit.FILTER_KIND,
        "brand": texts_audit.FILTER_BRAND,
        "channel": texts_audit.FILTER_CHANNEL,
        "tool": texts_audit.FILTER_TOOL,
        "workflow": texts_audit.FILTER_WORKFLOW,
        "outcome": texts_audit.FILTER_OUTCOME,
        "state": texts_audit.FILTER_STATE,
        "replied": texts_audit.FILTER_REPLIED,
        "handled": texts_audit.FILTER_HANDLED,
        "flag": texts_audit.FILTER_FLAG,
        "conversation": texts_audit.FILTER_CONVERSATION,
        "currency": texts_audit.FILTER_CURRENCY,
    }
    return names[field].format(value=_value(field, value, brand))


def filter_chips(asked: SearchAsked, brands: dict[str, str]) -> tuple[FilterProps, ...]:
    """Everything that narrows a search but its words, one chip each."""
    chips: list[FilterProps] = []
    given = asked.model_dump(exclude_defaults=True)
    for field, value in given.items():
        if field in NOT_FILTERS or field in _PAIRED or field in {"since", "until", "reviewed"}:
            continue
        chips.append(FilterProps(field, _said(field, str(value), brands.get(str(value), ""))))
    chips += _ranges(asked)
    return tuple(chips)


def _ranges(asked: SearchAsked) -> list[FilterProps]:
    chips: list[FilterProps] = []
    if asked.reviewed is not None:
        chips.append(
            FilterProps("reviewed", texts_audit.FILTER_REVIEWED if asked.reviewed else texts_audit.FILTER_NOT_REVIEWED)
        )
    least, most = amount(asked.money_from, asked.currency), amount(asked.money_to, asked.currency)
    if least and most:
        chips.append(FilterProps("money", texts_audit.FILTER_MONEY.format(least=least, most=most)))
    elif least or most:
        said = texts_audit.FILTER_MONEY_FROM.format(least=least) if least else texts_audit.FILTER_MONEY_TO.format(most=most)
        chips.append(FilterProps("money", said))
    elif asked.currency is not None:
        chips.append(FilterProps("money", _said("currency", asked.currency)))
    if asked.score_from is not None or asked.score_to is not None:
        low, high = asked.score_from or 0, 100 if asked.score_to is None else asked.score_to
        chips.append(FilterProps("score", texts_audit.FILTER_SCORE.format(least=low, most=high)))
    if asked.since is not None:
        chips.append(FilterProps("since", texts_audit.FILTER_SINCE.format(when=moment(asked.since))))
    if asked.until is not None:
        chips.append(FilterProps("until", texts_audit.FILTER_UNTIL.format(when=moment(asked.until))))
    return chips


def amount(minor: int | None, currency: str | None) -> str:
    """An amount of a filter; without a currency in units of a hundred."""
    if minor is None:
        return ""
    return " ".join(part for part in (decimal(spelled(minor, currency or "EUR")), currency or "") if part)


def without(asked: SearchAsked, key: str) -> SearchAsked:
    """A search without one of its filters."""
    gone = [field for field, chip in _PAIRED.items() if chip == key] or [key]
    return asked.model_copy(update=dict.fromkeys(gone))


def unfiltered(asked: SearchAsked) -> SearchAsked:
    """A search with its words only."""
    return SearchAsked(q=asked.q, order=asked.order)


def choices(facets: SearchFacets | None, brands: dict[str, str]) -> tuple[tuple[str, str, str], ...]:
    """Every filter that can be chosen by name: its field and value, its words, and in how many conversations it occurs."""
    found: list[tuple[str, str, str]] = []
    fixed: tuple[tuple[str, tuple[str, ...]], ...] = (
        ("by", tuple(texts_audit.BY_WORDS)),
        ("kind", tuple(texts_audit.KIND_WORDS)),
        ("handled", tuple(texts_audit.HANDLED_WORDS)),
        ("replied", tuple(texts_audit.REPLIED_WORDS)),
    )
    for field, values in fixed:
        found += [(f"{field}={value}", _said(field, value), "") for value in values]
    found.append(("reviewed=True", texts_audit.FILTER_REVIEWED, ""))
    found.append(("reviewed=False", texts_audit.FILTER_NOT_REVIEWED, ""))
    known = facets or SearchFacets()
    listed: tuple[tuple[str, tuple[FacetValue, ...]], ...] = (
        ("state", known.states), ("workflow", known.workflows), ("tool", known.tools), ("outcome", known.outcomes),
        ("flag", known.flags), ("channel", known.channels), ("brand", known.brands), ("currency", known.currencies),
    )  # fmt: skip
    for field, values in listed:
        for one in values:
            counted = texts_audit.FILTER_COUNTED.of(one.conversations)
            found.append((f"{field}={one.value}", _said(field, one.value, brands.get(one.value, "")), counted))
    return tuple(found)


def chosen(asked: SearchAsked, choice: str) -> SearchAsked:
    """A search with one more filter; what the core does not know as one leaves it as it was."""
    field, _, value = choice.partition("=")
    given = asked.model_dump() | {field: value}
    return SearchAsked.model_validate(given) if field in SearchAsked.model_fields else asked


def score_words(percent: int | None) -> str:
    """A total, or nothing."""
    return "" if percent is None else texts_audit.SCORE_TOTAL.format(percent=number(percent))
