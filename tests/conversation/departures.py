"""Whether a fold kept to the tables: what an event did to each thing, compared with what its table allows (R-A1)."""

from collections.abc import Iterable
from dataclasses import replace

from agent_core.contract.events import Recorded
from agent_core.conversation.evolve import evolve
from agent_core.conversation.machine import NONE, OVER
from agent_core.conversation.machines import MACHINES
from agent_core.conversation.standing import refusal, standing, touched, where
from agent_core.conversation.state import State

TABLES = {machine.name: machine for machine in MACHINES}


def departures(before: State, record: Recorded, after: State) -> list[str]:
    """Everything that moved otherwise than its table says, and everything a refused event changed."""
    if refusal(before, record.event, record.actor) is not None:
        kept = replace(before, seq=after.seq, epoch=after.epoch, head=after.head, damaged=True)
        return [] if after == kept else [f"{record.event.type} is refused, and changed something"]
    touches = {(t.machine.name, t.subject): t.event for t in touched(before, record.event, record.actor)}
    found: list[str] = []
    for name, subject in {*standing(before), *standing(after), *touches}:
        machine = TABLES[name]
        was, became = where(before, machine, subject), where(after, machine, subject)
        event = touches.get((name, subject))
        if event is None and was != became and not _forgotten(name, was, became):
            found.append(f"{record.event.type} is no event of {name} {subject}, and moved it: {was} -> {became}")
        elif event is not None and not machine.allows(was, event, became):
            found.append(f"{name} {subject}: {was} -- {event} --> {became} is in no row")
    return found


def _forgotten(name: str, was: str, became: str) -> bool:
    """Whether a thing at its end was merely dropped from what is kept."""
    return became in (OVER, NONE) and was in (OVER, *TABLES[name].ends)


def departures_of(records: Iterable[Recorded]) -> list[str]:
    """The departures of a whole log."""
    state, found = State(), list[str]()
    for record in records:
        after = evolve(state, record)
        found += [f"seq {record.seq}: {each}" for each in departures(state, record, after)]
        state = after
    return found
