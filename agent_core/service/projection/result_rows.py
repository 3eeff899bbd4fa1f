"""A tool's result as rows people read: amounts with their currency, dates as dates, one row for each thing of a list.

Works from the shape of the values alone, so a brand's own tools look as good as ours. Values are outside text: cleaned
before they were stored, bounded here, and never markup. What the arguments say already is not said again.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, cast

from agent_core.authority import card
from agent_core.contract.money import Money
from agent_core.contract.views import LabelledText
from agent_core.service.projection.story import bounded

MOST_ROWS = 12
MOST_IN_A_LIST = 6

_MOMENT = re.compile(r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2})$")
_CODE = re.compile(r"^[a-z]+(_[a-z]+)+$")
_DAY = re.compile(r"^\d{4}-\d{2}-\d{2}$")
_SINGULAR = {"payments": "payment", "parcels": "parcel", "items": "item", "orders": "order", "refunds": "refund"}
_JOINED = ("title", "quantity")


def rows_of(result: Mapping[str, Any], arguments: Mapping[str, Any] | None = None) -> tuple[LabelledText, ...]:
    """The rows of a result.

    Args:
        result: What the tool answered.
        arguments: What it was asked; values that stand there are left out here.
    """
    known = {value for value in (arguments or {}).values() if isinstance(value, str | int)}
    rows = list(_rows(result, known))
    return tuple(
        LabelledText(label=bounded(label, 80), value=bounded(value, 800)) for label, value in rows[:MOST_ROWS] if value
    )


def _rows(result: Mapping[str, Any], known: set[Any]) -> Iterator[tuple[str, str]]:
    currency = result.get("currency")
    for key, value in result.items():
        if _said_already(key, value, known) or (key == "currency" and _has_amount(result)):
            continue
        if isinstance(value, list):
            yield from _list_rows(key, cast("list[Any]", value), known)
        else:
            yield _label(key), spoken(value, key, currency)


def _list_rows(key: str, values: list[Any], known: set[Any]) -> Iterator[tuple[str, str]]:
    if values and all(
        isinstance(value, Mapping) and set(_JOINED) <= set(cast("Mapping[str, Any]", value)) for value in values
    ):
        yield _label(key), ", ".join(f"{value['quantity']} × {card.shown_value(value['title'])}" for value in values)
        return
    label = _label(_SINGULAR.get(key, key))
    for number, value in enumerate(values[:MOST_IN_A_LIST], 1):
        text = _sentence(cast("Mapping[str, Any]", value), known) if isinstance(value, Mapping) else spoken(value, key, None)
        yield (f"{label} {number}" if len(values) > 1 else label), text
    if len(values) > MOST_IN_A_LIST:
        yield label, f"and {len(values) - MOST_IN_A_LIST} more"
    if not values:
        yield _label(key), "none"


def _sentence(value: Mapping[str, Any], known: set[Any]) -> str:
    """One thing of a list in one line."""
    currency = value.get("currency")
    parts: list[str] = []
    for key, inner in value.items():
        if inner in (None, "") or key == "currency" or _said_already(key, inner, known):
            continue
        text = spoken(inner, key, currency)
        plain = key in ("amount_minor", "method", "carrier", "status", "last_event", "place") or key.endswith("_id")
        parts.append(text if plain or key in ("tracking", "title") else f"{_label(key).lower()} {text}")
    return " · ".join(parts)


def spoken(value: Any, key: str, currency: Any) -> str:
    """One value as people say it."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int) and key.endswith("_minor") and isinstance(currency, str):
        return _money(value, currency)
    if isinstance(value, Mapping):
        inner = cast("Mapping[str, Any]", value)
        if {"amount_minor", "currency"} == set(inner):
            return _money(inner["amount_minor"], inner["currency"])
        return _sentence(inner, set())
    if isinstance(value, str) and (_MOMENT.match(value) or _DAY.match(value)):
        return _date(value)
    if isinstance(value, str) and _CODE.match(value):
        return value.replace("_", " ")
    return card.shown_value(value)


def _money(amount: Any, currency: Any) -> str:
    try:
        return Money(amount_minor=amount, currency=currency).text()
    except ValueError:
        return card.shown_value(amount)


def _date(text: str) -> str:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return card.shown_value(text)
    day = f"{moment.day} {moment:%b %Y}"
    return f"{day}, {moment:%H:%M}" if _MOMENT.match(text) else day


def _label(key: str) -> str:
    return key.removesuffix("_minor").removesuffix("_at").replace("_", " ").capitalize()


def _has_amount(result: Mapping[str, Any]) -> bool:
    return any(key.endswith("_minor") for key in result)


def _said_already(key: str, value: Any, known: set[Any]) -> bool:
    return key == "customer_id" or (key.endswith("_id") and isinstance(value, str) and value in known)
