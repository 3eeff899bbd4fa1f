"""What stands in a transcript, as frozen values without Qt.

Times, ages and amounts come already written, in the operator's time zone; texts may be hostile and are made visible
when painted. An item must never change: an update is another item with the same `key`.
"""

from dataclasses import dataclass

from console.strings import ToolOutcome
from console.theme.tokens import Tone


@dataclass(frozen=True, slots=True)
class DayDivider:
    """A day, and where the conversation takes place."""

    key: str
    words: str


@dataclass(frozen=True, slots=True)
class CustomerMessage:
    """Something the customer wrote.

    Attributes:
        key: Id of the event.
        name: The customer.
        when: Time shown.
        text: Their words, plain.
        language: Language shown beside the time, or empty.
        note: A quiet line below, e.g. that it arrived while an approval was waiting.
    """

    key: str
    name: str
    when: str
    text: str
    language: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class AgentMessage:
    """Something the agent sent; `note` says what its words rest on."""

    key: str
    name: str
    when: str
    text: str
    note: str = ""
    note_tone: Tone = "ok"


@dataclass(frozen=True, slots=True)
class PersonMessage:
    """Something a colleague sent, as themselves or on behalf of the agent."""

    key: str
    name: str
    when: str
    text: str
    on_behalf: bool = False
    note: str = ""


@dataclass(frozen=True, slots=True)
class SystemMessage:
    """A fixed text the system sent to the customer, e.g. at handoff or in quarantine."""

    key: str
    when: str
    text: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class RoutingMark:
    """What triage found and which workflows run because of it, or who overrode it."""

    key: str
    words: str
    tone: Tone = "accent"
    icon: str = "split"


@dataclass(frozen=True, slots=True)
class ToolCallCard:
    """One call of a tool and what became of it, in a person's words.

    Attributes:
        key: Id of the effect.
        title: What it does, e.g. `Look up order`.
        tool: The tool's own name, e.g. `orders.get`.
        workflow: Workflow and step that called it.
        rows: Arguments and facts as label and value.
        result: The result in one or two sentences.
        outcome: What became of it.
        duration: How long it took, written, or empty.
        raw: Arguments and result as JSON, shown on demand.
        icon: Name of an icon.
        rule: The policy rule that decided, or empty.
    """

    key: str
    title: str
    tool: str
    workflow: str
    rows: tuple[tuple[str, str], ...]
    result: str
    outcome: ToolOutcome
    duration: str = ""
    raw: str = ""
    icon: str = "wrench"
    rule: str = ""


@dataclass(frozen=True, slots=True)
class ProposalCard:
    """Something the agent may not do alone and proposed.

    Attributes:
        key: Id of the proposal.
        title: What will happen, with the amount, e.g. `Refund 64.90 €`.
        to_whom: Whom it reaches.
        why: The agent's reason.
        state: What became of it, in a word or two.
        tone: What that means.
        remark: Since when, by whom.
        raw: The canonical arguments as JSON, shown on demand.
    """

    key: str
    title: str
    to_whom: str
    why: str
    state: str
    tone: Tone = "warn"
    remark: str = ""
    raw: str = ""


@dataclass(frozen=True, slots=True)
class NoticeMark:
    """What code told the agent about something decided meanwhile."""

    key: str
    words: str
    tone: Tone = "info"


@dataclass(frozen=True, slots=True)
class GuardrailMark:
    """What a reply check or a guardrail held back, and which rule."""

    key: str
    words: str
    rule: str = ""
    tone: Tone = "warn"


@dataclass(frozen=True, slots=True)
class StrippedMark:
    """What the boundary removed from the message above."""

    key: str
    words: str


@dataclass(frozen=True, slots=True)
class BesideMark:
    """What came beside a message and is not the message: files, quoted history, text that nobody saw.

    Attributes:
        key: Id of the message, and what it is.
        words: What there is, in a line.
        inside: The text itself, plain, shown on demand; empty when there is nothing more to see.
        icon: Name of an icon.
        tone: What it means.
    """

    key: str
    words: str
    inside: str = ""
    icon: str = "history"
    tone: Tone = "neutral"


TranscriptItem = (
    DayDivider
    | CustomerMessage
    | AgentMessage
    | PersonMessage
    | SystemMessage
    | RoutingMark
    | ToolCallCard
    | ProposalCard
    | NoticeMark
    | GuardrailMark
    | StrippedMark
    | BesideMark
)
