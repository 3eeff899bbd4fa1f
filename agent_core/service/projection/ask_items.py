"""Items of what people do about an ask besides deciding: take it, send it up, ask the agent back, change it (R-C3)."""

from agent_core.authority.checks import CHECKS
from agent_core.contract.events import (
    ActionProposed,
    AskAnswered,
    AskClaimed,
    AskedBack,
    AskEscalated,
    DecisionRefused,
    ProposalEdited,
    Recorded,
)
from agent_core.service.projection.telling import Telling, mark

_MOST = 2_000


def claimed(telling: Telling, event: AskClaimed, record: Recorded) -> None:
    """Taken from somebody, with the reason. Who is on it otherwise, the card shows."""
    if event.taken_from is None:
        return
    name = telling.people.name
    words = f"{name(event.operator)} took an ask from {name(event.taken_from)}."
    mark(telling, record, "ask", "warn", words, detail=telling.story.text(event.comment, _MOST))


def escalated(telling: Telling, event: AskEscalated, record: Recorded) -> None:
    """Sent up, with the note."""
    above = " or ".join(event.roles)
    words = f"{telling.people.name(event.operator)} sent this up: {above} must answer it."
    mark(telling, record, "ask", "warn", words, detail=telling.story.text(event.comment, _MOST))


def asked_back(telling: Telling, event: AskedBack, record: Recorded) -> None:
    """The question, for people only."""
    words = f"{telling.people.name(event.operator)} asked the agent about this. The customer does not see it."
    mark(telling, record, "ask", "plain", words, detail=telling.story.text(event.question, _MOST))


def answered(telling: Telling, event: AskAnswered, record: Recorded) -> None:
    """The agent's words, as its own."""
    found = telling.story.json(event.answer)
    text = str(found.get("text", "")) if isinstance(found, dict) else ""  # pyright: ignore[reportUnknownMemberType, reportUnknownArgumentType] - a stored answer
    mark(telling, record, "ask", "plain" if text else "warn", event.sentence, detail=text[:_MOST] or event.code)


def edited(telling: Telling, event: ProposalEdited, record: Recorded) -> None:
    """Whose change it is; what differs stands on the new card."""
    fields = ", ".join(name.replace("_", " ") for name in event.fields)
    whose = "made it smaller" if event.narrows else "proposed something else instead; another person must approve it"
    words = f"{telling.people.name(event.operator)} changed {fields} and signed it: {whose}."
    mark(telling, record, "decision", "warn", words, detail=telling.story.text(event.comment, _MOST))


def own_action(telling: Telling, event: ActionProposed, record: Recorded) -> None:
    """Whose action it is; what it is stands on its card right below."""
    words = f"{telling.people.name(event.operator)} proposed an action and signed it; somebody else must approve it."
    mark(telling, record, "decision", "warn", words, detail=telling.story.text(event.comment, _MOST))


def not_counted(telling: Telling, event: DecisionRefused, record: Recorded) -> None:
    """A yes that was given too quickly, or with what it may not go with."""
    check = CHECKS.get(event.code)
    words = f"An approval of {telling.people.name(event.operator)} did not count."
    mark(telling, record, "decision", "warn", words, detail=event.code if check is None else check.sentence)
