"""A workflow's own examples: who of the sandbox's customers can play one, and whether it ended as it says (R-B4, R-A9).

Pure. What a run did is read from the log's events; it must never judge a run by what a model says of itself.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from agent_core.contract.bodies import Body
from agent_core.contract.events import ModelSpoke, Recorded, RunAnswered, RunEscalated, RunOpened
from agent_core.contract.ids import BodyId, RunId
from agent_core.conversation.state import State
from agent_core.sandbox.shop.people import KnownOrder, KnownPerson
from agent_core.workflows.workflow import Example, ExampleOrder, Workflow


@dataclass(frozen=True, slots=True)
class Cast:
    """Who plays an example. `says` are their lines, with the order's number in them."""

    person: KnownPerson
    says: tuple[str, ...]


class Casting:
    """Gives every example a customer, and an order nobody else plays with, as long as there are any."""

    def __init__(self, people: Sequence[KnownPerson]) -> None:
        self._people = people
        self._taken: set[str] = set()

    def of(self, example: Example) -> Cast | None:
        """A customer who fits; None when the sandbox has none."""
        for person in self._people:
            if example.subscription and (len(person.plans) != 1 or person.id in self._taken):
                continue
            if example.order is None:
                self._taken.add(person.id)
                return Cast(person, example.says)
            for order in person.orders:
                if order.id not in self._taken and _fits(example.order, order):
                    self._taken.update((order.id, person.id))
                    return Cast(person, tuple(text.replace("{order_id}", order.id) for text in example.says))
        return None


def _fits(wanted: ExampleOrder, order: KnownOrder) -> bool:
    return (
        wanted.status in (None, order.status)
        and wanted.charged_twice in (None, order.charged_twice)
        and wanted.refundable in (None, order.refundable_minor > 0)
    )


def _answers(records: Iterable[Recorded], workflow: Workflow) -> Iterator[BodyId]:
    mine = _runs(records, workflow.name)
    for record in records:
        if isinstance(record.event, RunAnswered | RunEscalated) and record.event.run in mine and record.event.answer:
            yield record.event.answer.id


def unlike(
    example: Example, workflow: Workflow, records: Sequence[Recorded], state: State, bodies: Mapping[BodyId, Body]
) -> str | None:
    """How what happened differs from what the example says, as the end of a sentence; None when it does not."""
    mine = _runs(records, workflow.name)
    if not mine:
        return "its words did not lead to this workflow"
    others = {r.event.workflow for r in records if isinstance(r.event, RunOpened)} - {workflow.name}
    if others != set(example.also):
        return f"its words also led to {_listed(sorted(others))}"
    called = [
        call.tool for r in records if isinstance(r.event, ModelSpoke) and r.event.run in mine for call in r.event.calls
    ]
    if called != list(example.calls):
        return f"it called {_listed(called)} instead of {_listed(example.calls)}"
    last = state.heir(max(mine, key=lambda run: int(run[1:]) if run[1:].isdigit() else 0))
    phase = state.runs[last].phase
    if phase != example.ends:
        return f"its run ended as {phase.replace('_', ' ')} instead of {example.ends.replace('_', ' ')}"
    answers = [bodies[body].text for body in _answers(records, workflow) if body in bodies]
    told = json.loads(answers[-1]).get("outputs", {}) if answers else {}
    wrong = {name: told.get(name, "") for name, value in example.outputs.items() if told.get(name, "") != value}
    return f"its outputs were {json.dumps(wrong, ensure_ascii=False)}" if wrong else None


def _runs(records: Iterable[Recorded], workflow: str) -> set[RunId]:
    return {r.event.run for r in records if isinstance(r.event, RunOpened) and r.event.workflow == workflow}


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names) or "nothing"
