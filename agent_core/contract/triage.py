r"""What on-call is shown of conversations that are stuck or poisoned, and what they may ask about them (R-M4, R-A8, C4).

Everything here only looks: the one thing that changes a conversation is the signed `Repair` command. What waits for a
person's yes, and what is healthily under way, is never a fault and is never in here as one. Texts of requests are damage
until proven otherwise: what nobody can see in them is written as `\u{...}`, and each is bounded with `cut` saying so.
"""

from typing import Annotated, Literal

from pydantic import Field

from agent_core.contract.base import Code, Digest, Instant, Sentence, Value
from agent_core.contract.forking import ForkChoices
from agent_core.contract.ids import AskId, BrandId, ConversationId, ProposalId, RunId
from agent_core.contract.outcomes import ConversationLabel, EffectPurpose
from agent_core.contract.repairing import FindingShown, OpenCallShown
from agent_core.contract.statements import LogHead

MOST_ROWS = 200
MOST_MESSAGES_A_PAGE = 200
MOST_RECONCILED = 16

TriageKind = Literal[
    "quarantined", "outcome_unknown", "effect_overdue", "wake_overdue", "failing", "system_down", "unreadable"
]
"""What is wrong, the worst first.

`quarantined`: the agent does nothing there until on-call has looked. `outcome_unknown`: a write was sent and nobody knows
what became of it. `effect_overdue`: something was started, its time is long over, and nobody has settled it.
`wake_overdue`: there is something to do since long, and nobody looks. `failing`: looking at it failed several times in a
row. `system_down`: a system it needs is known not to work, and the customer waits for it. `unreadable`: its log cannot be
shown.
"""


class TriageRow(Value):
    """One conversation that is poisoned or stuck. Of several faults the worst is told, and `also` names the others.

    Attributes:
        diagnosis: What it is called: a name of `health`, a code of ours, or the system's name for `system_down`.
        sentence: The same in words.
        since: Since when it is so.
        blocks: What does not go on because of it, in words.
        unanswered: Messages of the customer that nobody has taken up.
        waiting_since: Since when the customer waits; none when nobody does.
        due_at: By when somebody must have acted on its asks (SLA); none when no clock runs.
        breached: A clock ran out already.
        ask: What on-call answers about it; none when nobody was asked yet.
        repairable: The signed repair is possible: it is in quarantine.
    """

    conversation: ConversationId
    brand: BrandId
    customer_name: str
    label: ConversationLabel
    kind: TriageKind
    also: tuple[TriageKind, ...] = ()
    diagnosis: str
    sentence: Sentence
    since: Instant
    blocks: str
    unanswered: int = Field(ge=0)
    waiting_since: Instant | None
    due_at: Instant | None
    breached: bool
    urgency: Literal["low", "normal", "high", "critical"]
    ask: AskId | None
    repairable: bool


class TriageAnswer(Value):
    """What is poisoned or stuck at the brands of this session, the worst first, then the longest.

    Attributes:
        as_of: When it was looked.
        systems: Systems that are known not to work, by brand, whether anybody waits for them or not.
        complete: Nothing was cut off.
    """

    as_of: Instant
    rows: tuple[TriageRow, ...]
    systems: tuple["SystemDown", ...] = ()
    complete: bool = True


class SystemDown(Value):
    """A system whose breaker is open, or which does not accept our credential."""

    brand: BrandId
    system: str
    operation: str
    state: Literal["open", "half_open", "auth_failed"]
    code: str
    sentence: Sentence


# -- one conversation --------------------------------------------------------------------------------------------------


class BlockShown(Value):
    """A content block as the API would see it.

    Attributes:
        index: Its place in its message.
        type: The block's own type; `?` where it has none.
        text: What it says: the text of a text block, the JSON of anything else; escaped and bounded.
        characters: How long that is before it was cut.
        tool_use_id: Of a call or a result.
        tool: Of a call.
        is_error: Of a result.
        findings: Indices into the `findings` of what this is shown in.
    """

    index: int
    type: str
    text: str
    characters: int
    cut: bool = False
    tool_use_id: str = ""
    tool: str = ""
    is_error: bool = False
    findings: tuple[int, ...] = ()


class MessageShown(Value):
    """One message of a request. `findings`: about the message as a whole."""

    index: int
    role: str
    blocks: tuple[BlockShown, ...]
    more_blocks: int = 0
    """Blocks beyond those that are shown."""
    findings: tuple[int, ...] = ()


class ToolShown(Value):
    """A tool as it is described to the model. `input_schema`: its input schema, escaped and bounded."""

    name: str
    description: str
    input_schema: str


class RequestShown(Value):
    """The request of a run exactly as the API would see it, a page of its messages at a time.

    Attributes:
        parameters: Everything but system, tools and messages, as JSON.
        size: Bytes of the whole request.
        total: Messages of the whole request; `first` is the index of the first one here, `next` where the next page begins.
        findings: All of them, wherever they stand; those about no message belong to the request.
        why: Why there is no request: `unreadable`, `damaged` or `open_calls`; empty where there is one.
    """

    run: RunId
    workflow: str
    title: str
    phase: str
    model: str = ""
    parameters: str = ""
    system: str = ""
    system_cut: bool = False
    tools: tuple[ToolShown, ...] = ()
    messages: tuple[MessageShown, ...] = ()
    size: int = 0
    total: int = 0
    first: int = 0
    next: int | None = None
    findings: tuple[FindingShown, ...] = ()
    why: str = ""


class AttemptShown(Value):
    """One attempt of a call, as the log holds it: the evidence that an answer is pre-filled from.

    Attributes:
        outcome: How it ended; none where nothing says so.
        settled_by: Who knew: the one who performed it, a look-up, the restart, a person.
        key_ending: The last characters of the key under which the other side knows it: every attempt has the same.
    """

    effect: str
    attempt: int
    purpose: EffectPurpose
    started_at: Instant
    deadline: Instant
    ended_at: Instant | None = None
    outcome: str | None = None
    settled_by: str | None = None
    code: str | None = None
    sentence: str = ""
    key_ending: str = ""


class CallTriaged(Value):
    """A call that has no result, or whose outcome nobody knows.

    Attributes:
        call: As a repair shows it; `presumed` is the answer pre-filled from the record.
        reason: Why that answer is pre-filled, in words.
        attempts: What the log holds of it.
        can_ask: The other side can be asked what became of it (`POST .../triage/reconcile`).
        settle_by: `repair`: with the signed repair. `ask`: with the ask about its outcome.
        ask: That ask.
    """

    call: OpenCallShown
    reason: str
    attempts: tuple[AttemptShown, ...]
    can_ask: bool
    settle_by: Literal["repair", "ask"]
    ask: AskId | None = None


Aligned = Literal["kept", "changed", "added", "removed"]


class AlignedBlock(Value):
    """One line of two columns: a block before and after.

    Attributes:
        state: `kept`: the same on both sides. `changed`: stands for the other one. `added`, `removed`: on one side only.
        before_message, before_block: Its place before; none for `added`.
        after_message, after_block: Its place after; none for `removed`.
        note: Why, where a change has a reason of its own.
    """

    state: Aligned
    role: str
    before_message: int | None = None
    before_block: int | None = None
    after_message: int | None = None
    after_block: int | None = None
    before: BlockShown | None = None
    after: BlockShown | None = None
    note: str = ""


class RunCompared(Value):
    """A run's request before and after the repair that is proposed.

    Attributes:
        run, successor: The damaged run, and the one that would go on.
        blocks: In the order of both sides, bounded; `cut` says that there is more.
        kept, changed, added, removed: How many there are of each, of all.
        verdict: What the check before a send has against the repaired request; nothing when it may be sent.
    """

    run: RunId
    successor: RunId
    why: Code
    blocks: tuple[AlignedBlock, ...]
    cut: bool
    kept: int
    changed: int
    added: int
    removed: int
    verdict: tuple[FindingShown, ...]


class NextStep(Value):
    """Something the engine would do next. `step` is its name, `sentence` says it in words; nothing of it was done."""

    step: Code
    sentence: str
    run: RunId | None = None
    proposal: ProposalId | None = None
    tool: str = ""


class DryRun(Value):
    """What the next turn would be, found out without sending anything.

    Attributes:
        of: The repaired conversation, or the conversation as it stands where nothing needs a repair.
        verdict: `passes`: every request would be taken. `refused`: one would not (`findings`). `waits`: nothing is to be
            asked of a model now. `unknown`: it could not be found out.
        findings: What the strict checks have against any request.
        next: What would be done first, in order.
        waits_until: When the engine would look again by itself.
    """

    of: Literal["repaired", "as_it_stands"]
    verdict: Literal["passes", "refused", "waits", "unknown"]
    sentence: str
    findings: tuple[FindingShown, ...] = ()
    next: tuple[NextStep, ...] = ()
    waits_until: Instant | None = None


class ForkPoint(Value):
    """A place of the log from which a turn can be run again. `position` is the `seq` of the last record that is kept."""

    position: int
    at: Instant
    kind: Code
    title: str
    turn: int
    run: RunId | None = None
    tool_use_id: str = ""
    tool: str = ""


class ConversationTriage(Value):
    """Everything on-call needs of one conversation.

    Attributes:
        row: What is wrong; none when nothing is, e.g. because it only waits for a person's yes.
        requests: One for each live run.
        calls: Calls without a result, or with an outcome nobody knows.
        compared: The repair as before and after; empty when nothing is to be repaired.
        dry_run: The next turn.
        left_alone: Actions that wait for a person's yes: no damage, and a repair does not touch them.
        points: From where the turn can be run again, oldest first; `choices`: with what else the core knows.
        plan: Names the repair that is shown; none when there is nothing to repair. The signed command is `Repair`.
        obstacle: Why it cannot be repaired right now; empty when it can.
    """

    conversation: ConversationId
    brand: BrandId
    row: TriageRow | None
    cause: str = ""
    said: str = ""
    """What the provider said about the request, cleaned; for a person only."""
    places: tuple[str, ...] = ()
    requests: tuple[RequestShown, ...]
    calls: tuple[CallTriaged, ...]
    compared: tuple[RunCompared, ...]
    dry_run: DryRun
    left_alone: tuple[ProposalId, ...]
    points: tuple[ForkPoint, ...]
    choices: ForkChoices = ForkChoices()
    plan: Digest | None
    ask: AskId | None
    obstacle: str = ""
    log_head: LogHead
    seen_through: int
    roles: tuple[str, ...]


# -- asking the other side ---------------------------------------------------------------------------------------------


class ReconcileWanted(Value):
    """About which calls the other side is asked; none: about all that can be."""

    calls: Annotated[tuple[Annotated[str, Field(max_length=300)], ...], Field(max_length=MOST_RECONCILED)] = ()


class CallLookedUp(Value):
    """What the other side says about one call just now.

    Attributes:
        found: `not_asked`: it cannot be asked, `sentence` says why. `unknown`: it was asked and cannot tell, or did not
            answer in time: not being told is not knowing.
        presumed: The answer that record and look-up suggest together.
    """

    call: str
    found: Literal["happened", "did_not_happen", "unknown", "not_asked"]
    sentence: Sentence
    presumed: Literal["executed", "not_executed", "unknown"]
    asked_at: Instant | None = None


class ReconcileAnswer(Value):
    """What was found out. Nothing was written, here or there: who believes it says so with a signature."""

    calls: tuple[CallLookedUp, ...]


# -- a file ------------------------------------------------------------------------------------------------------------

MOST_FILE = 6_000_000
"""Bytes of a file that is diagnosed."""

KnownWord = Annotated[str, Field(pattern=r"^[a-z_]{1,24}$")]


class DiagnoseWanted(Value):
    """A transcript somebody has as a file: it is read, and never stored.

    Attributes:
        file: Its bytes, base64. Bytes that are no UTF-8 are a fault of the transcript, and not of reading it.
        form: How it is kept; recognised by itself when not given.
        known: What became of calls, by tool use id: `executed`, `not_executed`, `unknown`, `pending`, `in_flight`.
        in_flight: The last turn is still being worked on: it is left alone.
        warnings: Heal also what the API would take as it is.
    """

    file: Annotated[str, Field(max_length=(MOST_FILE + 2) // 3 * 4)]
    form: Literal["messages", "openai_chat", "openai_responses", "langgraph"] | None = None
    known: dict[Annotated[str, Field(max_length=300)], KnownWord] = Field(default={}, max_length=500)
    in_flight: bool = False
    warnings: bool = False


class ChangeShown(Value):
    """One thing a repair changed: where, and what, in words."""

    path: str
    diagnosis: str
    what: str


class DiagnoseAnswer(Value):
    """What is wrong with a file, and what it would be healed.

    Attributes:
        form: As what it was read.
        healthy: The API would take it.
        findings: Every fault, at its place in the file; `more_findings` beyond those that are told.
        repaired: The healed file as JSON in its own form, ASCII; empty where it is too large to be answered.
        changes: What was changed.
        left: What only a person can settle.
        blocks: Before and after, aligned, of what the file says as messages; bounded.
    """

    form: Literal["messages", "openai_chat", "openai_responses", "langgraph"]
    healthy: bool
    findings: tuple[FindingShown, ...]
    more_findings: int = 0
    repaired: str
    changes: tuple[ChangeShown, ...]
    left: tuple[FindingShown, ...]
    blocks: tuple[AlignedBlock, ...]
    blocks_cut: bool = False
