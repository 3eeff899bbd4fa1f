"""A turn run again from a place of the log, in memory, without side effects: what is asked, and what came of it (R-M4).

Writes never fire in a fork, and nothing of it enters the conversation but the record that somebody looked. What was recorded
is used as recorded; what was not is asked for only where the person said so.
"""

from typing import Annotated, Literal, Self

from pydantic import Field, JsonValue, model_validator

from agent_core.contract.base import Code, Instant, Sentence, Value
from agent_core.contract.checked_replies import ReplyWarning
from agent_core.contract.ids import BrandId, ConversationId, ReleaseDigest, RunId, WorkflowName
from agent_core.contract.overriding import WorkflowOffered
from agent_core.contract.proposals import RuleCited

MOST_POLICY = 64_000
DEFAULT_POLICIES = "use commerce;\n"
"""The Cedar text of a brand with the default policies of a shop and nothing of its own."""
MOST_FORK_STEPS = 400


class OtherArguments(Value):
    """Let the model have called one tool with other arguments."""

    tool_use_id: Annotated[str, Field(min_length=1, max_length=200)]
    arguments: dict[str, JsonValue]


class ForkWanted(Value):
    """From where, and what is different. Nothing different: the turn is replayed with what was recorded.

    Attributes:
        position: `seq` of the last record that is kept; what came after it is what is compared.
        workflow: This workflow instead, as a person's routing override would put it there.
        arguments: Another call than the model's.
        model: Another model behind both aliases; only with `live_model`.
        policy: The brand's own Cedar text instead.
        policy_of: The Cedar text of another release of the brand instead; not together with `policy`.
        live_model: Ask the model where nothing is recorded. It costs what a turn costs, and the brand must not be paused.
        live_reads: Read from the brand's systems where nothing is recorded: only tools that are declared read-only.
    """

    position: int = Field(ge=1)
    workflow: WorkflowName | None = None
    arguments: OtherArguments | None = None
    model: Annotated[str, Field(pattern=r"^[a-zA-Z0-9._:@/-]{1,100}$")] | None = None
    policy: Annotated[str, Field(max_length=MOST_POLICY)] | None = None
    policy_of: ReleaseDigest | None = None
    live_model: bool = False
    live_reads: bool = False

    @model_validator(mode="after")
    def _one_policy(self) -> Self:
        if self.policy is not None and self.policy_of is not None:
            raise ValueError("one policy, or that of a release")
        return self


class PolicyOffered(Value):
    """The policy of an earlier release of the brand, another than the active one. `here`: runs here began with it."""

    release: ReleaseDigest
    since: Instant
    here: bool = False


class ForkChoices(Value):
    """What the core knows that a turn could be run again with: workflows, models, and policies, the newest release first."""

    workflows: tuple[WorkflowOffered, ...] = ()
    models: tuple[str, ...] = ()
    policies: tuple[PolicyOffered, ...] = ()


ForkedFrom = Literal["recorded", "live", "code", "nothing"]
"""Where a step's content came from: the log, a model or system asked just now, our code, or nowhere: it was not done."""


class StepShown(Value):
    """One step of a turn, of either side.

    Attributes:
        kind: The event's own name.
        title: What it is, in words.
        detail: What tells it from another of its kind: a verdict, an outcome, an answer; escaped and bounded.
        seq: Its number in its log; of the fork's own log where it stands here.
    """

    seq: int
    at: Instant
    kind: Code
    title: str
    detail: str = ""
    run: RunId | None = None
    tool: str = ""
    tool_use_id: str = ""
    source: ForkedFrom = "recorded"


class StepsAligned(Value):
    """One line of two columns."""

    state: Literal["same", "differs", "only_recorded", "only_here"]
    recorded: StepShown | None = None
    here: StepShown | None = None


class VerdictCompared(Value):
    """What authority said about one call, then and here. None: it was not asked on that side."""

    run: RunId
    tool_use_id: str
    tool: str
    title: str
    arguments: str
    recorded: Literal["execute", "propose", "forbid"] | None
    here: Literal["execute", "propose", "forbid"] | None
    recorded_rules: tuple[RuleCited, ...] = ()
    here_rules: tuple[RuleCited, ...] = ()


class ForkedReply(Value):
    """What would be said, as it would be sent, and what the reply checks have against it."""

    text: str
    language: str
    made_by: str
    warnings: tuple[ReplyWarning, ...] = ()


ForkEnd = Literal[
    "replied", "proposed", "to_people", "quarantined", "waits", "model_not_recorded", "read_not_recorded",
    "write_not_performed", "nothing_to_do", "too_long", "model_failed", "time_over",
]  # fmt: skip
"""Why a fork ended there.

`model_not_recorded`: the model would be asked something it was never asked. `read_not_recorded`: something would be read
that was never read. `write_not_performed`: an action would happen now; in a fork it does not.
"""


class ForkAnswer(Value):
    """What came of a turn that was run again.

    Attributes:
        different: What was asked for differently: `workflow`, `arguments`, `model`, `policy`.
        same: Both sides did the same, step by step.
        end: Why it ended, and in words.
        would: What would be sent or done at the end, as JSON: the arguments of an action, or the question to a model.
        steps: Both sides, aligned; `cut` says that there are more.
        recorded_reply, reply: What was said then, and what would be said.
        model_calls: Calls of a model that were made for this, and what they took.
    """

    conversation: ConversationId
    brand: BrandId
    position: int
    at: Instant
    different: tuple[Literal["workflow", "arguments", "model", "policy"], ...]
    same: bool
    end: ForkEnd
    sentence: Sentence
    would: str = ""
    steps: tuple[StepsAligned, ...]
    cut: bool = False
    verdicts: tuple[VerdictCompared, ...] = ()
    recorded_reply: ForkedReply | None = None
    reply: ForkedReply | None = None
    model_calls: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    reads: int = 0
