"""Facts as people read them beside a transcript: what, its value with its unit, where it was read and when (R-M1).

A belief names facts by their ids, and a fact read anew has another id. What a belief rested on is therefore looked up where
it stood, and said together with what was read since. Values are outside text: cleaned before they were stored, bounded here.
It must never show an amount without its currency where that is known.
"""

from collections.abc import Collection, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from agent_core.contract.events import AnswerArrived, EffectFinished, EffectStarted, FactsLearned
from agent_core.contract.facts import Fact, FactKey
from agent_core.contract.money import Money
from agent_core.contract.views import FactShown
from agent_core.service.projection.correction_rows import is_stated
from agent_core.service.projection.result_rows import spoken
from agent_core.service.projection.story import Story, bounded
from agent_core.service.projection.telling import Telling

if TYPE_CHECKING:
    from agent_core.contract.ids import EffectId

MOST_FACTS: Final = 200
_MOST_VALUE: Final = 800
_NOWHERE: Final[Mapping[str, str]] = MappingProxyType({})
_CURRENCY: Final = "currency"
_SAYS_WHO: Final = frozenset({"customer.id", "customer.proven"})
_NAME: Final = "customer.name"
_LABELS: Final[Mapping[str, str]] = {
    "customer.authenticated": "Customer signed in",
    "customer.proven": "Customer proven to be",
    "customer.id": "Customer known as",
}
_SOURCES: Final[Mapping[str, str]] = {"prove": "identity check"}


def facts_of(
    facts: Mapping[FactKey, Fact], items: Mapping[str, str] = _NOWHERE, own: str | None = None
) -> tuple[FactShown, ...]:
    """The newest facts. A currency is said with its amounts; what staff stated is a correction, nothing that was read."""
    newest = list(facts.values())[-MOST_FACTS:]
    return tuple(
        fact_shown(one, facts, items, own) for one in newest if not is_stated(one.key) and not _said_with(one, facts)
    )


def fact_shown(
    fact: Fact, facts: Mapping[FactKey, Fact], items: Mapping[str, str] = _NOWHERE, own: str | None = None
) -> FactShown:
    """One fact.

    Args:
        fact: As it was read.
        facts: The newest of all: they hold its currency, and what it says now if it was read anew.
        items: Of what yielded facts, the item of the transcript that shows it.
        own: The id of the customer one talks with (`Story.customer`).
    """
    newest = facts.get(fact.key)
    value = _value(fact, facts, own)
    now = None if newest is None else _value(newest, facts, own)
    return FactShown(
        id=fact.id,
        key=fact.key,
        label=_label(fact.key),
        value=value,
        source=bounded(_SOURCES.get(fact.source, fact.source), 80),
        source_seq=fact.source_seq,
        read_at=fact.read_at,
        now=None if now == value else now,
        item=items.get(fact.id.rpartition(".")[0], ""),
    )


def items_of(telling: Telling) -> dict[str, str]:
    """Where the results stand that facts were read from: by the effect, or the message, that their ids begin with."""
    found = {name: name for name in telling.messages.values() if name}
    for record in telling.story.records:
        event = record.event
        if not isinstance(event, EffectStarted):
            continue
        own = f"call:{event.run}:{event.tool_use_id}" if event.tool_use_id is not None else ""
        name = own or (telling.calls.get(event.proposal, "") if event.proposal is not None else "")
        if name in telling.items:
            found[str(event.effect)] = name
    return found


def read_before(story: Story, wanted: Collection[str]) -> dict[str, Fact]:
    """Facts by their ids where they were read, whatever was read since; one that cannot be read any more is missing."""
    sources: dict[EffectId, str] = {}
    found: dict[str, Fact] = {}
    for record in story.records:
        event = record.event
        match event:
            case EffectStarted():
                sources[event.effect] = event.tool or event.purpose
                continue
            case FactsLearned():
                body, source = event.body, event.source
            case EffectFinished() | AnswerArrived():
                body, source = event.facts_body, sources.get(event.effect, "")
            case _:
                continue
        keys = {str(ref.id): ref.key for ref in event.facts if ref.id in wanted}
        values: Any = story.json(body) if keys else None
        for entry in values if isinstance(values, list) else ():  # pyright: ignore[reportUnknownVariableType] - a stored body
            name: Any = entry.get("id") if isinstance(entry, dict) else None  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType] - likewise
            ref = next((one for one in event.facts if one.id == name), None)
            if ref is not None and name in keys:
                found[str(ref.id)] = Fact(
                    id=ref.id, key=ref.key, value=entry.get("value"), source=source, source_seq=record.seq,  # pyright: ignore[reportUnknownMemberType, reportUnknownArgumentType] - likewise
                    read_at=record.at,
                )  # fmt: skip
    return found


def _value(fact: Fact, facts: Mapping[FactKey, Fact], own: str | None) -> str:
    name = fact.key.rpartition(".")[2]
    currency = _currency(fact, facts)
    if currency is not None and isinstance(fact.value, int) and not isinstance(fact.value, bool):
        return spoken(fact.value, f"{name}_minor", currency)
    return bounded(_this_customer(fact, facts, own) or spoken(fact.value, name, None), _MOST_VALUE)


def _this_customer(fact: Fact, facts: Mapping[FactKey, Fact], own: str | None) -> str:
    """Whose something is, where it is this conversation's customer: by name, not by an id that one had to compare."""
    named = facts.get(_NAME)
    if not own or fact.key in _SAYS_WHO or fact.value != own:
        return ""
    name = named.value if named is not None and isinstance(named.value, str) else ""
    return f"this customer ({bounded(name, 80)})" if name else "this customer"


def _currency(fact: Fact, facts: Mapping[FactKey, Fact]) -> str | None:
    """The currency that was read beside an amount; none where nothing says that a number is one."""
    beside = facts.get(f"{fact.key.rpartition('.')[0]}.{_CURRENCY}")
    value = None if beside is None else beside.value
    return value if isinstance(value, str) and _is_currency(value) else None


def _is_currency(value: str) -> bool:
    try:
        Money(amount_minor=0, currency=value)
    except ValueError:
        return False
    return True


def _said_with(fact: Fact, facts: Mapping[FactKey, Fact]) -> bool:
    head, _, name = fact.key.rpartition(".")
    if name != _CURRENCY or not isinstance(fact.value, str) or not _is_currency(fact.value):
        return False
    beside = (other for key, other in facts.items() if key != fact.key and key.rpartition(".")[0] == head)
    return any(isinstance(other.value, int) for other in beside)


def _label(key: str) -> str:
    """`order.NW-10023.placed_at` as people read it."""
    known = _LABELS.get(key)
    if known is not None:
        return known
    head, *rest = key.split(".")
    names = (part.removesuffix("_minor").removesuffix("_at").replace("_", " ") for part in rest)
    return bounded(" ".join([head.capitalize(), *names]), 200)
