"""Whether something that was done was undone later, as the systems themselves tell it (R-C8).

A thing that changed when an action was carried out, and that a later look finds as it was before, was put back: an order
that is no longer cancelled, a payment of which everything can be refunded again. A refund that its own system calls failed
or reversed counts, too. Values stay where they are: only that it happened leaves this module. It must never read words.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from agent_core.contract.events import CallAnswered, EffectFinished, ProposalSettled, Recorded
from agent_core.contract.facts import FactKey
from agent_core.service.projection.story import Story

_PUT_BACK: Final = frozenset({"failed", "reversed", "canceled", "cancelled", "voided", "returned"})
"""States of a refund or credit in which the money is not, or no longer, with the customer."""
_OF_MONEY: Final = ("refund.", "credit.")
_CHANGES: Final = (".status", ".refunded", ".refundable", ".address")
"""The parts of things that actions change."""


@dataclass
class _Done:
    """What was carried out: the values of before, and what they first were afterwards."""

    name: str
    before: dict[FactKey, Any]
    after: dict[FactKey, Any]


def undone_in(story: Story) -> Iterator[tuple[Recorded, str]]:
    """What was undone: the record that tells it, and the action's name, a proposal's or `RUN:CALL`."""
    known = _Undone(story)
    for record in story.records:
        match record.event:
            case ProposalSettled(outcome="executed", proposal=name):
                known.executed(name)
            case CallAnswered(outcome="succeeded", run=run, tool_use_id=call):
                known.executed(f"{run}:{call}")
            case EffectFinished() as finished if finished.facts:
                for name in known.learned(finished):
                    yield record, name
            case _:
                pass


class _Undone:
    """What is known of things while a log is walked."""

    def __init__(self, story: Story) -> None:
        self._story = story
        self._values: dict[FactKey, Any] = {}
        self._replaced: dict[FactKey, Any] = {}
        """What stood there before the newest answer: an action's own answer tells what it changed."""
        self._done: list[_Done] = []

    def executed(self, name: str) -> None:
        """An action was carried out; its own answer was learned right before."""
        after = {key: self._values[key] for key in self._replaced}
        self._done.append(_Done(name, {**self._values, **self._replaced}, after))

    def learned(self, event: EffectFinished) -> Iterator[str]:
        """A system told something: the names of what it shows to be undone."""
        told = self._told(event)
        for done in self._done:
            # every value is looked at: the first one after an action is what the next ones are held against
            if [key for key, value in told.items() if _is_back(done, key, value)]:
                yield done.name
        self._replaced = {key: self._values[key] for key in told if key in self._values}
        self._values.update(told)

    def _told(self, event: EffectFinished) -> dict[FactKey, Any]:
        values: Any = self._story.json(event.facts_body)
        if not isinstance(values, list):
            return {}
        by_id: dict[Any, Any] = {each.get("id"): each.get("value") for each in values if isinstance(each, dict)}  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType] - any JSON
        return {fact.key: by_id.get(fact.id) for fact in event.facts if fact.key.endswith(_CHANGES)}


def _is_back(done: _Done, key: FactKey, value: Any) -> bool:
    """Whether a value says that what was done was put back."""
    if key not in done.before:
        return False
    if key.startswith(_OF_MONEY):
        return done.before[key] not in _PUT_BACK and value in _PUT_BACK
    if key not in done.after:
        done.after[key] = value
        return False
    return done.after[key] != done.before[key] and value == done.before[key]
