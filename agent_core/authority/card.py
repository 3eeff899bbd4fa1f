"""The card: what a person is shown and what they sign (R-C3). Canonical JSON, version 1, kept as a body.

It is the record of what was seen: the signature binds its digest, so what you see is what you sign. Every word of a model or
of the outside is marked as such (`words_of`) and bounded; nothing here is markup. It must never hold a value that the person
cannot see, and never lose one that the decision rests on.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import JsonValue

from agent_core.authority.tools import DeclaredTool, fill
from agent_core.contract.clock import iso
from agent_core.contract.day_counts import DayCounted
from agent_core.contract.facts import Fact
from agent_core.contract.money import Money
from agent_core.contract.proposals import RuleCited

CARD_VERSION = 1
MAX_TEXT = 400
MAX_VALUE = 800


def headline(tool: DeclaredTool, arguments: Mapping[str, JsonValue], money: Money | None) -> str:
    """What will happen, in one sentence made by code; argument values in it are bounded."""
    shown: dict[str, JsonValue] = {name: _bounded(value, 80) for name, value in arguments.items()}
    shown["money"] = money.text() if money is not None else ""
    return fill(tool.sentence, shown)


def rows(tool: DeclaredTool, arguments: Mapping[str, JsonValue], money: Money | None) -> list[dict[str, str]]:
    """Every argument about to be sent, labelled; money as people read it. An undeclared argument keeps its own name."""
    labels = {argument.name: argument.label for argument in tool.arguments}
    found: list[dict[str, str]] = []
    for name in [*labels, *sorted(set(arguments) - set(labels))]:
        if name not in arguments:
            continue
        if tool.money is not None and money is not None and name == tool.money.currency:
            continue
        value = money.text() if tool.money is not None and money is not None and name == tool.money.amount else None
        found.append({"name": name, "label": labels.get(name, name[:80]), "value": value or shown_value(arguments[name])})
    return found


def evidence_rows(
    facts: Sequence[Fact], labels: Mapping[str, str], *, in_money: frozenset[str], currency: str | None
) -> list[dict[str, Any]]:
    """What the decision rests on: the fact as code read it, from where and when.

    Args:
        facts: The evidence.
        labels: How the card calls each key.
        in_money: Keys whose value is an amount in the call's own currency.
        currency: That currency.
    """
    return [
        {
            "key": fact.key,
            "label": labels.get(fact.key, fact.key),
            "value": fact.value,
            "shown": shown_value(fact.value, currency=currency if fact.key in in_money else None),
            "source": fact.source[:80],
            "source_seq": fact.source_seq,
            "read_at": iso(fact.read_at),
        }
        for fact in facts
    ]


def rules(cited: Sequence[RuleCited]) -> list[dict[str, str]]:
    """Which rules asked for a person."""
    return [{"id": rule.id, "why": rule.why} for rule in cited]


def counted_row(found: DayCounted) -> dict[str, Any]:
    """What was known of the customer's day: our count, the other side's and when it was asked; none where it cannot say."""
    return {
        "day": iso(found.day),
        "ours": _given(found.ours_minor, found.ours_count, found.currency),
        "theirs": _given(found.theirs_minor, found.theirs_count, found.currency),
        "missing": _given(found.missing_minor, found.missing_count, found.currency),
        "read_at": None if found.read_at is None else iso(found.read_at),
        "code": found.code,
    }


def _given(minor: int | None, count: int | None, currency: str) -> dict[str, Any] | None:
    if minor is None or count is None:
        return None
    money = Money(amount_minor=minor, currency=currency)
    return {"amount_minor": minor, "currency": currency, "text": money.text(), "count": count}


def words(text: str | None, of: str) -> dict[str, str] | None:
    """Somebody else's words, marked as theirs."""
    return None if not text else {"words_of": of, "text": _bounded_text(text, MAX_TEXT)}


def differences(
    before: Mapping[str, JsonValue], after: Mapping[str, JsonValue], labels: Mapping[str, str]
) -> list[dict[str, str]]:
    """What differs between a superseded proposal and this one: arguments or evidence, by name."""
    found: list[dict[str, str]] = []
    for name in sorted(before.keys() | after.keys()):
        old, new = before.get(name), after.get(name)
        if type(old) is not type(new) or old != new:
            found.append(
                {
                    "name": name,
                    "label": labels.get(name, name),
                    "before": shown_value(old) if name in before else "",
                    "after": shown_value(new) if name in after else "",
                }
            )
    return found


def shown_value(value: JsonValue, *, currency: str | None = None) -> str:
    """A value as people read it: money with its currency, yes and no, else plain text, bounded."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int) and currency is not None and value >= 0:
        return Money(amount_minor=value, currency=currency).text()
    if isinstance(value, dict) and set(value) == {"amount_minor", "currency"}:
        amount, unit = value["amount_minor"], value["currency"]
        if (
            type(amount) is int
            and amount >= 0
            and isinstance(unit, str)
            and len(unit) == 3
            and unit.isalpha()
            and unit.isupper()
        ):
            return Money(amount_minor=amount, currency=unit).text()
    if value is None:
        return "none"
    if isinstance(value, list):
        return _bounded_text(", ".join(shown_value(item) for item in value[:50]), MAX_VALUE)
    if isinstance(value, dict):
        parts = (f"{name}: {shown_value(item)}" for name, item in sorted(value.items())[:50])
        return _bounded_text(", ".join(parts), MAX_VALUE)
    return _bounded_text(str(value), MAX_VALUE)


def _bounded(value: JsonValue, size: int) -> JsonValue:
    return _bounded_text(value, size) if isinstance(value, str) else value


def _bounded_text(text: str, size: int) -> str:
    return text if len(text) <= size else text[: size - 1] + "…"
