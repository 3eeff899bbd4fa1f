"""A workflow file as values: intents, tools, steps, outputs, authority level (R-B4).

Data only; what the steps mean stands in PROMPT_FORMAT.md, what makes them wrong in `step_checks`.
"""

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Field, JsonValue, StringConstraints

from agent_core.contract.base import Value
from agent_core.contract.ids import ToolName, WorkflowName
from agent_core.contract.level_statements import AuthorityLevel as AuthorityLevel
from agent_core.workflows.texts import LocalText, Word

Expression = Annotated[str, StringConstraints(min_length=1, max_length=300)]


class Intent(Value):
    """Something customers want. `phrases` are words they use; `id` is unique in the brand."""

    id: Word
    description: str = Field(min_length=1, max_length=300)
    phrases: tuple[Annotated[str, StringConstraints(min_length=2, max_length=80)], ...] = Field(min_length=1, max_length=100)


class Step(Value):
    """One step; every field but `id` and `text` is a line of PROMPT_FORMAT.md."""

    id: Word
    text: str = Field(min_length=1, max_length=600)
    when: Expression | None = None
    call: Word | None = None
    arguments: Mapping[Word, JsonValue] = Field(default_factory=dict, alias="with")
    ask: LocalText | None = None
    say: LocalText | None = None
    pending: LocalText | None = None
    done: LocalText | None = None
    denied: LocalText | None = None
    failed: LocalText | None = None
    otherwise: Literal["continue"] | None = None
    escalate: Word | None = None


class Proof(Value):
    """What must really have happened before a tool may be called (R-B4, R-E1): proven from the log by code, never believed.

    Attributes:
        tool: A write of this workflow.
        offer: A step before it that asks: its words must have reached the customer, who must have written since. When the
            tool has a `confirmation`, that argument must hold an exact part of what the customer wrote since.
    """

    tool: Annotated[ToolName, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,63}$")]
    offer: Word


class Output(Value):
    """A value every answer of the run must carry (R-B5). `values`: the only ones allowed."""

    name: Word
    description: str = Field(min_length=1, max_length=300)
    values: tuple[Annotated[str, StringConstraints(min_length=1, max_length=60)], ...] = Field(max_length=40, default=())
    required: bool = True


class ExampleOrder(Value):
    """Which of the sandbox's orders an example is about; a field left out is any."""

    status: Literal["placed", "packed", "shipped", "delivered", "cancelled"] | None = None
    charged_twice: bool | None = None
    refundable: bool | None = None


class Example(Value):
    """A conversation that is a test of its workflow: preflight plays it, and the release goes live only when it ends so.

    Attributes:
        says: What the customer writes; `{order_id}` is an order's number. A later line is written once the run asks.
        order: Which order it is about, for workflows about orders.
        subscription: The customer has exactly one active subscription.
        language: Of the customer; the brand's default.
        also: Other workflows whose runs the same words open.
        calls: The tools its run asks for, in order.
        ends: How its run stands when everything has come to rest.
        outputs: Outputs of its last answer, of those it names.
    """

    says: tuple[Annotated[str, StringConstraints(min_length=1, max_length=600)], ...] = Field(min_length=1, max_length=6)
    order: ExampleOrder | None = None
    subscription: bool = False
    language: Word | None = None
    also: tuple[Word, ...] = Field(max_length=10, default=())
    calls: tuple[Word, ...] = Field(max_length=20, default=())
    ends: Literal["answered", "asking", "awaiting_approval", "escalated"] = "answered"
    outputs: Mapping[Word, Annotated[str, StringConstraints(max_length=200)]] = Field(default_factory=dict)


class Workflow(Value):
    """One workflow.

    Attributes:
        version: Grows with every change of the file.
        authenticated: Works only for a customer somebody vouched for.
        model: Alias of the model that runs it.
        tools: The only tools its runs can name (R-B3).
        entities: Entities of the brand that its steps use.
        channels: The only channels it works on; empty: all (R-B8).
        proofs: What must have happened before some of its tools may be called.
        examples: Its tests.
    """

    format: Literal[1]
    name: Annotated[WorkflowName, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,63}$")]
    version: int = Field(ge=1, le=10**6)
    title: str = Field(min_length=1, max_length=80)
    topic: Word
    authority: AuthorityLevel
    authenticated: bool
    model: Word = "standard"
    intents: tuple[Intent, ...] = Field(min_length=1, max_length=40)
    entities: tuple[Word, ...] = Field(max_length=20, default=())
    channels: tuple[Word, ...] = Field(max_length=20, default=(), exclude_if=lambda some: not some)
    tools: tuple[Annotated[ToolName, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,63}$")], ...] = Field(max_length=60)
    instructions: str = Field(min_length=1, max_length=20_000)
    steps: tuple[Step, ...] = Field(min_length=1, max_length=60)
    outputs: tuple[Output, ...] = Field(min_length=1, max_length=30)
    proofs: tuple[Proof, ...] = Field(max_length=20, default=())
    examples: tuple[Example, ...] = Field(max_length=40, default=())

    def step(self, step_id: str) -> Step | None:
        """The step of that id."""
        return next((step for step in self.steps if step.id == step_id), None)
