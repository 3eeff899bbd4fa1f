"""What a diagnosis is made of: a named fault, where it stands, what it may have done, and which repair fits.

Why: quarantine, repair, the command line and on-call must speak one language. Names are on the wire for life; the part
after the colon is a cause and may be refined. It must never hold text of the transcript beyond a short, escaped name.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Severity = Literal["error", "warning"]
"""`error`: the Messages API would refuse the request. `warning`: it would take it, and a person should know."""

SideEffect = Literal["none", "possible", "likely", "unknown"]
"""What the fault may mean outside. `none`: nothing was done twice or half. `possible`: a tool that may write is
concerned. `likely`: two results, or a result of a cut call, say that it happened. `unknown`: a write was sent and
nobody knows what became of it."""

ToolKind = Literal["read", "write"]
Form = Literal["request", "transcript", "foreign"]


@dataclass(frozen=True, slots=True)
class Finding:
    """A named fault.

    Attributes:
        diagnosis: Its name: `head` or `head:cause`.
        severity: Whether the API refuses it.
        message: Index of the message, or none for the request itself.
        block: Index of the block in that message, or none for the whole message or a string content.
        tool_use_ids: The calls it concerns.
        http_status: What the API would answer: 400, 413, or none when it would take the request.
        side_effect: What it may mean outside.
        repair: Name of the repair (`catalogue.REPAIRS` says what each does).
        sentence: Says it to a person; safe to show.
    """

    diagnosis: str
    severity: Severity
    message: int | None
    block: int | None
    tool_use_ids: tuple[str, ...]
    http_status: int | None
    side_effect: SideEffect
    repair: str
    sentence: str

    @property
    def head(self) -> str:
        """The name without its cause."""
        return self.diagnosis.partition(":")[0]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What is known of a call whose result is missing.

    Attributes:
        what: `pending` waits for a person or another system and `in_flight` is being performed right now: neither is
            damage, and repair leaves both alone.
        content: The recorded result, as text or content blocks; none when only the fact is known.
        is_error: The recorded result was a failure.
    """

    what: Literal["happened", "did_not_happen", "unknown", "pending", "in_flight"]
    content: str | tuple[Mapping[str, Any], ...] | None = None
    is_error: bool = False

    @property
    def waits(self) -> bool:
        """The call is open on purpose."""
        return self.what in ("pending", "in_flight")


@dataclass(frozen=True, slots=True)
class Aside:
    """What is known of a transcript beside its bytes; everything is optional.

    Attributes:
        stop_reasons: How assistant messages ended, by message index.
        prefix_changed: System prompt, tools or earlier messages are not those the thinking was made behind.
        edited_thinking: Messages whose thinking is not as it was received.
        outcomes: What is known of calls, by tool use id.
        tools: Whether a tool reads or writes, by name; unlisted ones are judged by their name.
        api_version: The version the request is sent with.
        by_hand: Calls whose missing result only a person can write: their form holds more than words.
        form: What is looked at: a `request`, with its parameters; a `transcript`, the messages alone, which may rest on the
            assistant's last words; or a `foreign` transcript, whose own API takes system turns and ids of any kind.
    """

    stop_reasons: Mapping[int, str] = field(default_factory=dict[int, str])
    prefix_changed: bool = False
    edited_thinking: frozenset[int] = frozenset()
    outcomes: Mapping[str, Outcome] = field(default_factory=dict[str, Outcome])
    tools: Mapping[str, ToolKind] = field(default_factory=dict[str, ToolKind])
    by_hand: frozenset[str] = frozenset()
    api_version: str = "2026-10-21"
    form: Form = "request"


NOTHING = Aside()


def shown(value: object) -> str:
    """A value from outside as it may stand in a sentence: short, ASCII, nothing invisible."""
    text = value if isinstance(value, str) else type(value).__name__
    return ascii(text[:60])[1:-1]
