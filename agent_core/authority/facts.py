"""What a judgement is about: the call, the run, the day's caps, the people. Frozen values, made by code from facts only.

Policy reads facts, never beliefs (R-C2). A value that has not the declared type is left out, never bent into shape: the rule
that needs it then does not hold, and nothing is granted. It must never hold anything a model claimed.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from pydantic import JsonValue

from agent_core.authority.tools import Argument, CedarType, DeclaredTool, FactUse, camel, fill
from agent_core.contract.errors import Invalid
from agent_core.contract.facts import Fact
from agent_core.contract.ids import BrandId, OperatorId, WorkflowName
from agent_core.contract.money import Money
from agent_core.contract.statements import Role

Level = Literal["read_only", "low_risk_writes", "approval_gated", "autonomous"]
"""The authority ladder of a workflow (R-C8)."""

_LONG_MAX = 2**53
"""Cedar's `Long` holds more; signed JSON does not."""


@dataclass(frozen=True, slots=True)
class RunFacts:
    """The run that wants something, and its conversation at this moment.

    Attributes:
        customer: The channel's or shop's id of the conversation's own customer, as `owner` facts spell it.
        tools: The tools of the run's workflow.
        resource_has_pending: Another open proposal is about the same thing.
    """

    brand: BrandId
    workflow: WorkflowName
    tools: frozenset[str]
    customer: str
    level: Level = "autonomous"
    customer_authenticated: bool = False
    customer_confirmed: bool = False
    quarantined: bool = False
    human_has_control: bool = False
    resource_has_pending: bool = False
    sandbox_brand: bool = False


@dataclass(frozen=True, slots=True)
class Caps:
    """What was done alone today, in one currency: for this customer and for the whole brand. Minor units.

    Attributes:
        known: Whether the other side could say what the customer was given; where nobody has to ask it, it is.
    """

    currency: str = "EUR"
    customer_minor: int = 0
    customer_count: int = 0
    brand_minor: int = 0
    brand_count: int = 0
    known: bool = True


@dataclass(frozen=True, slots=True)
class CallFacts:
    """One call, ready to be judged. Make it with `call_facts`.

    Attributes:
        arguments: As they will be sent.
        facts: By the names the tool's declaration gives them.
        resource_brand: The brand in whose systems the thing lives: that of the client that will be called.
        owner: The customer the thing belongs to; none until a read has shown it.
        operator: The person who proposes it in control of the conversation; none when the run does.
    """

    tool: DeclaredTool
    arguments: Mapping[str, JsonValue]
    run: RunFacts
    resource: str
    resource_brand: BrandId
    owner: str | None
    facts: Mapping[str, JsonValue] = field(default_factory=dict[str, JsonValue])
    caps: Caps = field(default_factory=Caps)
    operator: "OperatorFacts | None" = None


@dataclass(frozen=True, slots=True)
class OperatorFacts:
    """A person as policy sees them: what their signed enrolment says.

    Attributes:
        brands: Brand names, or `*` alone for all.
        day_limit: The most they may approve in one day; none means the house's own limit. `day_count`: how often.
    """

    id: OperatorId
    role: Role
    brands: tuple[str, ...]
    limit: Money | None
    simulated: bool = False
    day_limit: Money | None = None
    day_count: int | None = None

    def works_for(self, brand: str) -> bool:
        """Whether this person may act for a brand at all."""
        return brand in self.brands or self.brands == ("*",)


def shares_brand(one: OperatorFacts, other: OperatorFacts) -> bool:
    """Whether two people have a brand in common, or one of them works everywhere."""
    everywhere = ("*",)
    return one.brands == everywhere or other.brands == everywhere or bool(set(one.brands) & set(other.brands))


@dataclass(frozen=True, slots=True)
class ApprovalFacts:
    """The people's yes, as code has verified it: distinct people with distinct keys."""

    approvers: tuple[OperatorId, ...]
    verified: bool

    @property
    def count(self) -> int:
        """How many different people."""
        return len(set(self.approvers))


def call_facts(
    tool: DeclaredTool,
    arguments: Mapping[str, JsonValue],
    run: RunFacts,
    facts: Mapping[str, Fact],
    *,
    caps: Caps | None = None,
    operator: OperatorFacts | None = None,
    resource_brand: BrandId | None = None,
) -> CallFacts:
    """Puts together what a call is judged by.

    Args:
        tool: The declaration of the tool.
        arguments: As they will be sent.
        run: The run and its conversation.
        facts: The newest fact of each key that the conversation knows.
        caps: What was done alone today.
        operator: The person who proposes it, when a person does.
        resource_brand: Where the thing lives, unless it is the run's own brand.

    Raises:
        Invalid: `argument_missing` when the call does not name what it acts on.
    """
    known: dict[str, JsonValue] = {}
    for use in tool.facts:
        fact = facts.get(fill(use.key, arguments))
        if fact is not None:
            known[use.name] = fact.value
    return CallFacts(
        tool=tool,
        arguments=arguments,
        run=run,
        resource=tool.resource_of(arguments),
        resource_brand=resource_brand or run.brand,
        owner=_owner(tool, arguments, run, facts),
        facts=known,
        caps=caps or Caps(),
        operator=operator,
    )


def _owner(tool: DeclaredTool, arguments: Mapping[str, JsonValue], run: RunFacts, facts: Mapping[str, Fact]) -> str | None:
    key = tool.owner_key(arguments)
    if key is None:
        return run.customer
    fact = facts.get(key)
    return fact.value if fact is not None and isinstance(fact.value, str) else None


def arguments_record(tool: DeclaredTool, arguments: Mapping[str, JsonValue]) -> dict[str, Any]:
    """`context.arguments`: the declared arguments, each checked against its type.

    Raises:
        Invalid: `argument_missing` or `argument_type`.
    """
    record: dict[str, Any] = {}
    for argument in (item for item in tool.arguments if item.to_policy):
        value = arguments.get(argument.name)
        if value is None:
            if argument.optional:
                continue
            raise Invalid("argument_missing", "The call lacks an argument.", detail=_where(tool, argument))
        converted = to_cedar(value, argument.type)
        if converted is None:
            raise Invalid("argument_type", "An argument of the call has the wrong type.", detail=_where(tool, argument))
        record[camel(argument.name)] = converted
    return record


def facts_record(call: CallFacts) -> dict[str, Any]:
    """`context.facts`: the two every tool has, and the tool's own where they are known and of the declared type."""
    record: dict[str, Any] = {
        "customerAuthenticated": call.run.customer_authenticated,
        "customerConfirmed": call.run.customer_confirmed,
    }
    for use in call.tool.facts:
        converted = to_cedar(call.facts.get(use.name), use.type)
        if converted is not None:
            record[camel(use.name)] = converted
    return record


def to_cedar(value: JsonValue, kind: CedarType) -> Any:
    """A JSON value as Cedar reads it; none when it is not of that type. An object never passes as it is: `__entity`."""
    if kind == "Bool":
        return value if isinstance(value, bool) else None
    if kind in {"Long", "Minor"}:
        return value if type(value) is int and abs(value) <= _LONG_MAX else None
    if kind == "String":
        return _text(value)
    if kind == "Strings":
        texts = [_text(item) for item in value] if isinstance(value, list) else [None]
        return None if None in texts else texts
    if not isinstance(value, dict):
        return None
    amount, currency = value.get("amount_minor"), value.get("currency")
    if type(amount) is not int or abs(amount) > _LONG_MAX or not isinstance(currency, str):
        return None
    return {"amountMinor": amount, "currency": currency}


def _text(value: JsonValue) -> str | None:
    """A string Cedar can take: no lone surrogates, bounded."""
    if not isinstance(value, str) or len(value) > 2000:
        return None
    return value if value.isascii() or not any("\ud800" <= char <= "\udfff" for char in value) else None


def _where(tool: DeclaredTool, item: Argument | FactUse) -> str:
    return f"{tool.name}.{item.name}"
