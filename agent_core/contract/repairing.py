"""What on-call is shown of a conversation in quarantine, and what they answer about its open calls (R-A8).

A repair is signed: `repair_value` is what the statement's `value_digest` names, made of what was shown (`plan`) and of what
the person says. Blocks that are shown are damage: they are escaped and bounded, and must never be taken for text.
"""

from collections.abc import Iterable
from typing import Literal

from pydantic import Field

from agent_core.contract.base import Code, Digest, Instant, Value
from agent_core.contract.canonical import digest
from agent_core.contract.ids import AskId, BrandId, ConversationId, ProposalId, RunId
from agent_core.contract.money import Money
from agent_core.contract.outcomes import RunPhase
from agent_core.contract.statements import LogHead

CallAnswerWord = Literal["executed", "not_executed", "unknown"]
"""What a person may say about an open call: it happened, it did not, nobody knows."""

MOST_OPEN_CALLS = 64


class CallSettled(Value):
    """What a person says about one open call, by its key."""

    call: str = Field(max_length=300)
    answer: CallAnswerWord


class FindingShown(Value):
    """A fault of a request: its name, its place, what it may have done, and the block it stands in, escaped and bounded."""

    diagnosis: str
    severity: Literal["error", "warning"]
    message: int | None
    block: int | None
    tool_use_ids: tuple[str, ...]
    side_effect: str
    repair: str
    sentence: str
    shown: str = ""


class OpenCallShown(Value):
    """A call that has no result yet.

    Attributes:
        key: By which it is answered.
        state: What the log says: it was never sent, every attempt ended without success, or one is on its way.
        record: The same in words.
        looked_up: What the other side said just now; `not_asked` where it was not asked.
        presumed: The answer that record and look-up suggest.
        allowed: The answers that are possible.
        proposal: A person had approved it.
    """

    key: str
    run: RunId
    tool: str
    title: str
    writes: bool
    arguments: str
    money: Money | None
    state: Literal["never_sent", "ended_without_success", "on_its_way"]
    attempts: int
    record: str
    looked_up: Literal["happened", "did_not_happen", "unknown", "not_asked"]
    presumed: CallAnswerWord
    allowed: tuple[CallAnswerWord, ...]
    proposal: ProposalId | None = None


class RunRepairShown(Value):
    """A run that would go on as another one.

    Attributes:
        why: `damaged`, `unreadable`, `open_calls`, `refused`, or `all` where nobody knows which run it is.
        request: The messages of the repaired request as JSON; cut where `cut` says so.
        verdict: What the check before a send has against the repaired request; nothing when it may be sent.
    """

    run: RunId
    successor: RunId
    workflow: str
    title: str
    phase: RunPhase
    why: Code
    findings: tuple[FindingShown, ...]
    request: str
    cut: bool
    verdict: tuple[FindingShown, ...]


class RepairShown(Value):
    """Everything on-call needs to repair a conversation, filled in as far as it is known.

    Attributes:
        said: What the provider said about the request, cleaned; for a person only.
        places: For an error of ours: where it came through our code.
        told: The customer was told that a person will come back.
        unanswered: Messages that nobody has taken up.
        left_alone: Actions that wait for a person's yes: no damage, and a repair does not touch them.
        plan: Names exactly what is shown; a repair of anything newer is refused.
        obstacle: Why it cannot be repaired right now; none when it can.
    """

    conversation: ConversationId
    brand: BrandId
    ask: AskId | None
    since: Instant
    cause: str
    diagnosis: str
    sentence: str
    said: str
    places: tuple[str, ...]
    runs: tuple[RunRepairShown, ...]
    calls: tuple[OpenCallShown, ...]
    told: bool
    unanswered: int
    left_alone: tuple[ProposalId, ...]
    plan: Digest
    log_head: LogHead
    seen_through: int
    obstacle: str = ""
    roles: tuple[str, ...]


def repair_value(plan: str, answers: Iterable[CallSettled]) -> str:
    """What a repair's statement says: what was shown, and what is answered about each call."""
    said = sorted((each.call, each.answer) for each in answers)
    return digest({"plan": plan, "answers": [{"call": call, "answer": answer} for call, answer in said]})
