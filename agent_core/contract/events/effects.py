"""Effects, recorded before and after (DESIGN §1.3), and what the model asked for."""

from typing import Literal

from pydantic import Field

from agent_core.contract.base import Code, Digest, Event, Instant, ResourceName, Sentence, Value
from agent_core.contract.bodies import BodyRef
from agent_core.contract.day_counts import DayCounted
from agent_core.contract.facts import FactRef
from agent_core.contract.ids import EffectId, OperatorId, ProposalId, ReleaseDigest, RunId, ToolName
from agent_core.contract.money import Money
from agent_core.contract.outcomes import EffectKind, EffectOutcome, EffectPurpose, SettledBy, ToolOutcome, Verdict
from agent_core.contract.proposals import RuleCited


class EffectStarted(Event):
    """An effect is about to happen. Appended under the fence; its outcome is not.

    Attributes:
        idempotency_key: For writes and replies: fixed at the first start, the same for every retry.
        deadline: After this moment a silent attempt counts as timed out.
        manifest: For model calls: the record from which the request can be rebuilt byte for byte.
        arguments: For tools: exactly what is sent.
        cleared_by: For approved actions: the statements it rests on, verified at this start.
        about: For a look-up: the effect whose answer is owed.
        policy_digest: The policies that were asked again right before this start, and `rules` those that decided.
        about: For a look-up: the write whose outcome it asks about.
        system: For a tool of a system the brand brings itself: which one; none for the shop.
    """

    type: Literal["effect_started"] = "effect_started"
    effect: EffectId
    kind: EffectKind
    purpose: EffectPurpose
    turn: int
    attempt: int = Field(ge=1, default=1)
    run: RunId | None = None
    tool: ToolName | None = None
    tool_use_id: str | None = None
    proposal: ProposalId | None = None
    reply: int | None = None
    idempotency_key: str | None = None
    deadline: Instant
    manifest: BodyRef | None = None
    arguments: BodyRef | None = None
    money: Money | None = None
    cleared_by: tuple[Digest, ...] = ()
    policy_digest: Digest | None = None
    rules: tuple[RuleCited, ...] = ()
    about: EffectId | None = None
    system: str | None = Field(default=None, max_length=40)


class Usage(Value):
    """Tokens of one model call, as the provider counted them."""

    input_tokens: int = 0
    output_tokens: int = 0
    cache_read_tokens: int = 0
    cache_write_tokens: int = 0


class EffectFinished(Event):
    """How an effect ended. Carries no expectation; only the first one of an effect folds (DESIGN §1.4).

    `statement` and `envelope`: what a person signed, where a person found out (`settled_by`).
    `rules`, `policy_digest`: why policy kept what a read found from the run, once it was known whose it is.
    `retry_at`: when it may be tried again, or looked up again while its outcome is unknown: drawn once, and so the same for
    whoever folds the log.
    """

    type: Literal["effect_finished"] = "effect_finished"
    effect: EffectId
    outcome: EffectOutcome
    settled_by: SettledBy
    result: BodyRef | None = None
    facts: tuple[FactRef, ...] = ()
    facts_body: BodyRef | None = None
    code: Code | None = None
    sentence: Sentence | None = None
    transient: bool = False
    duration_ms: int = Field(ge=0, default=0)
    model: str | None = Field(default=None, max_length=80)
    usage: Usage | None = None
    retry_at: Instant | None = None
    statement: Digest | None = None
    envelope: BodyRef | None = None
    rules: tuple[RuleCited, ...] = ()
    policy_digest: Digest | None = None


class CallNamed(Value):
    """A tool call the model made; its arguments stand in a body of their own."""

    tool_use_id: str = Field(max_length=128)
    tool: str = Field(max_length=128)
    arguments: BodyRef


class ModelSpoke(Event):
    """An assistant message entered a run's transcript, whole and unchanged."""

    type: Literal["model_spoke"] = "model_spoke"
    run: RunId
    effect: EffectId
    content: BodyRef
    stop: Literal["tool_use", "end"]
    calls: tuple[CallNamed, ...] = ()


class AnswerRejected(Event):
    """A model's answer was not in the agreed form: nothing of it counts, and its run is told why before it is asked again.

    `notice` enters the transcript; the answer itself never does (R-A7).
    """

    type: Literal["answer_rejected"] = "answer_rejected"
    run: RunId
    effect: EffectId
    code: Code
    notice: BodyRef


class CallJudged(Event):
    """Code decided about one call: run it, propose it to a person, or forbid it (R-C2). Every refusal is on record."""

    type: Literal["call_judged"] = "call_judged"
    run: RunId
    tool_use_id: str
    tool: str = Field(max_length=128)
    verdict: Verdict
    writes: bool
    resource: ResourceName | None = None
    intent_key: Digest | None = None
    code: Code
    sentence: Sentence
    rules: tuple[RuleCited, ...] = ()
    policy_digest: Digest
    counted: DayCounted | None = None
    """What was known of the customer's day, where the agent would have given money alone."""


class CallAnswered(Event):
    """The one `tool_result` of a call, exactly as the model reads it (R-A7). A second one is refused."""

    type: Literal["call_answered"] = "call_answered"
    run: RunId
    tool_use_id: str
    outcome: ToolOutcome
    result: BodyRef
    effect: EffectId | None = None
    proposal: ProposalId | None = None


class NoticeGiven(Event):
    """What became of a pending call, told once, in a later user turn of its run (DESIGN §1.5).

    Without a proposal: a write of the agent alone whose outcome was unknown, and a person found out.
    """

    type: Literal["notice_given"] = "notice_given"
    run: RunId
    tool_use_id: str
    proposal: ProposalId | None = None
    outcome: str = Field(max_length=40)
    notice: BodyRef


class SecondAnswer(Event):
    """Somebody else, too, says what became of a write, after the first answer had counted. Recorded, never acted on (R-A7).

    Attributes:
        effect: The write.
        happened: What this second answer says.
        agrees: Whether the first one said the same; if not, a person is asked.
    """

    type: Literal["second_answer"] = "second_answer"
    effect: EffectId
    proposal: ProposalId | None = None
    happened: bool
    agrees: bool
    by: Literal["person", "look_up"]
    operator: OperatorId | None = None
    statement: Digest | None = None
    envelope: BodyRef | None = None
    comment: BodyRef | None = None


class ReplyDrafted(Event):
    """A reply that may leave: which answers it covers, and what the checks said (R-F2). Dropped when the fence moves."""

    type: Literal["reply_drafted"] = "reply_drafted"
    reply: int = Field(ge=1)
    turn: int
    epoch: int
    """The epoch it was made under; in any other it may not leave."""
    text: BodyRef
    covers: tuple[RunId, ...]
    made_by: Literal["one_run", "composer", "question", "fixed_text", "person"]
    release: ReleaseDigest | None = None
    """The active release whose checks it passed (R-F2, R-H4)."""
    partial: bool = False
    """The deadline of the reply came first: it says what is settled by then, and that the rest is being worked on."""
    findings: tuple[Code, ...] = ()
    held: bool = False
    """It tells a customer in quarantine that a person will come back to them: it leaves though the agent is held."""


class ReplyDropped(Event):
    """A draft will not be sent: it could not be delivered, or nobody knows whether it was. A person looks."""

    type: Literal["reply_dropped"] = "reply_dropped"
    reply: int
    code: Code
    sentence: Sentence


class ReplySent(Event):
    """The channel took the reply. The actor says who spoke (R-J1)."""

    type: Literal["reply_sent"] = "reply_sent"
    reply: int
    effect: EffectId
    text: BodyRef
    provider_message: str | None = Field(default=None, max_length=200)
