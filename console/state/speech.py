"""What a screen reader is told about two states in a row: what became of one's own decision, and how the core stands.

New asks, notices and errors are announced where they are shown. Pure. It must never repeat what stands still, and never
tell of a decision of somebody else as if it were one's own.
"""

from dataclasses import dataclass

from agent_core.contract.views import AskCard
from console import texts_shell, words
from console.state.app_state import AppState


@dataclass(frozen=True, slots=True)
class Said:
    """One thing to say; `now` interrupts what is being said."""

    text: str
    now: bool = False


def speech(before: AppState, after: AppState) -> tuple[Said, ...]:
    """What is to be said after a change."""
    said: list[Said] = []
    if after.connection.phase != before.connection.phase:
        match after.connection.phase:
            case "offline":
                said.append(Said(after.connection.sentence or words.CORE_GONE, now=True))
            case "live" if before.connection.phase != "connecting":
                said.append(Said(words.CORE_BACK))
            case _:
                pass
    if after.asks is not before.asks:
        for ask, card in after.asks.items():
            old = before.asks.get(ask)
            if old is not None and old.state != card.state and _mine(after, card):
                said += _became(card)
    if after.armed is not None and after.armed != before.armed and after.armed in after.asks:
        said.append(Said(words.SECOND_PRESS.format(what=after.asks[after.armed].title), now=True))
    return tuple(said)


def _mine(state: AppState, card: AskCard) -> bool:
    session = state.session
    me = session.operator if session is not None else None
    if me is None:
        return False
    return any(given.operator == me for given in card.approvals) or (
        card.closed_by == "person" and card.closed_operator == me
    )


def _became(card: AskCard) -> list[Said]:
    match card.state:
        case "deciding":
            return [Said(texts_shell.SPOKEN_SIGNED.format(what=card.title))]
        case "executing":
            return [Said(words.EXECUTING)]
        case "closed":
            return [Said(texts_shell.SPOKEN_CLOSED.format(what=card.title, result=card.closed_sentence or card.title))]
        case _:
            return []
