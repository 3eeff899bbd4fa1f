"""What a tool is, said once and in data: what it takes, touches, yields and needs. What performs it is in `systems`.

Everything else that knows a tool is derived from here: what a model is offered (`prompt`), what policy may read and what
the card shows (`engine.declared`), what is sent (`systems`). A declaration must never depend on text from outside: which
edit narrows, what counts as evidence, what names the resource are properties of the tool (DESIGN §4).
"""

from collections.abc import Iterable, Mapping
from functools import cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self

from pydantic import Field, JsonValue, StringConstraints, model_validator

from agent_core.contract.base import Value
from agent_core.contract.bodies import BodyRef
from agent_core.contract.ids import ToolName
from agent_core.contract.money import Money
from agent_core.contract.risk import Tier
from agent_core.workflows.outside import HttpCall, McpCall
from agent_core.workflows.plainly_valid import plainly_valid
from agent_core.workflows.templates import fields_of, filled, well_formed

if TYPE_CHECKING:
    from jsonschema import Draft202012Validator

ToolKind = Literal["read", "write"]
ToolWord = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,63}$")]
Template = Annotated[str, StringConstraints(min_length=1, max_length=200)]

PolicyType = Literal["Bool", "Long", "Minor", "String", "Strings", "Money"]
"""Types policy can read; `Minor` is a whole amount in minor units of the call's own currency, `Money` an amount with its
currency, `Strings` a set of texts."""

ResourceType = Literal["Customer", "Order", "Payment", "Subscription", "Parcel", "Conversation"]
Label = Annotated[str, StringConstraints(min_length=1, max_length=80)]

WITHDRAW_PROPOSAL = ToolName("withdraw_proposal")
"""Answered by the engine itself; offered in every workflow that can write (DESIGN §4)."""

_MAX_FAULTS = 5
_FORMER = frozenset({"facts_needed", "evidence"})


class FactYield(Value):
    """A fact a result yields.

    Attributes:
        key: Template of the fact key; names come from the arguments or from the item (`payment.{payment_id}.refundable`).
        value: Dotted path of the value in the result, or in the item when `each` is set.
        each: Dotted path of a list in the result: one fact for every item.
    """

    key: Template
    value: Template
    each: Template | None = None


class FactNeed(Value):
    """A fact that policy reads before the call as `context.facts.<camelCase>`, where it is known.

    Attributes:
        name: snake_case, the name in policy.
        key: Template of the fact's key over the arguments.
        label: How the card calls it.
        evidence: An approval rests on it: a changed value makes the proposal lapse (R-C5).
    """

    name: ToolWord
    type: PolicyType
    key: Template
    label: Label
    evidence: bool = True


class Narrowing(Value):
    """A field that a person may make smaller without it becoming another action, and how (DESIGN §4, *Edit*)."""

    field: ToolWord
    direction: Literal["smaller", "any_text"]


class MoneyFields(Value):
    """The arguments that hold the money at stake: minor units and ISO currency."""

    amount: ToolWord
    currency: ToolWord


class ToolDeclaration(Value):
    """A tool as every layer knows it.

    Attributes:
        input_schema: JSON Schema (2020-12) of the arguments: an object with `additionalProperties: false`.
        result_schema: JSON Schema of a successful result: the paths a workflow may name. None: unknown, nothing is checked.
        facts_yielded: What a successful result teaches.
        title: How people call it, on the card.
        sentence: What will happen, with placeholders of arguments and `{money}`: the card's headline.
        labels: How the card calls an argument, where its name does not say it.
        only_shown: Arguments in a model's free words: shown to people, never read by policy.
        facts: What policy reads of what is known.
        owner: Key of the fact that names whose the touched thing is; none when it is the conversation's own.
        owner_label: How the card calls that.
        resource_type: The kind of thing it touches, as policy sees it.
        resource: Names what is touched, e.g. `order:{order_id}`; None: the customer or the conversation itself.
        discriminator: Template that tells two honest calls on the same resource apart; part of the intent key.
        low_risk: A write that may stay autonomous one step earlier on the authority ladder (R-C8).
        narrowing: Fields an approver may narrow within their own limit.
        transient: Failure codes after which the same call may be tried again.
        money: Where the money at stake stands.
        answers_within_s: The other system may take it and answer later; after so many seconds it is looked up (R-A5).
        system: Who performs it: its circuit breaker and its retry budget.
        instead: Tools that can tell the same another way, for a model whose call failed twice (R-A7).
        internal: The engine answers it; no system performs it.
        http, mcp: How a system of the brand's own is asked; neither for the built-in ones.
        risk: Its tier at least, whatever the amount (`workflows.risk`).
        confirmation: The argument that holds the customer's own words, where a workflow wants them (`Proof`).
    """

    name: ToolWord
    description: str = Field(min_length=1, max_length=600)
    kind: ToolKind
    input_schema: dict[str, JsonValue]
    result_schema: dict[str, JsonValue] | None = None
    facts_yielded: tuple[FactYield, ...] = ()
    title: str = Field(max_length=80, default="")
    sentence: Template | None = None
    labels: Mapping[ToolWord, Label] = Field(default_factory=dict)
    only_shown: tuple[ToolWord, ...] = ()
    facts: tuple[FactNeed, ...] = ()
    owner: Template | None = None
    owner_label: Label = "Belongs to customer"
    resource_type: ResourceType = "Conversation"
    resource: Template | None = None
    discriminator: Template | None = None
    low_risk: bool = False
    narrowing: tuple[Narrowing, ...] = ()
    reversible: bool = True
    transient: tuple[ToolWord, ...] = ("timed_out", "unavailable", "rate_limited")
    timeout_s: int = Field(ge=1, le=300, default=15)
    money: MoneyFields | None = None
    system: ToolWord = "shop"
    instead: tuple[ToolWord, ...] = ()
    internal: bool = False
    http: HttpCall | None = None
    mcp: McpCall | None = None
    answers_within_s: int | None = Field(ge=60, le=90 * 86_400, default=None)
    confirmation: ToolWord | None = None
    risk: Tier | None = Field(default=None, exclude_if=lambda tier: tier is None)

    @model_validator(mode="before")
    @classmethod
    def _said_twice_before(cls, data: Any) -> Any:
        """Releases of before named facts a second time, by key alone; what policy reads was said elsewhere."""
        if isinstance(data, dict):
            return {name: value for name, value in data.items() if name not in _FORMER}  # pyright: ignore[reportUnknownVariableType] - any JSON
        return data

    @model_validator(mode="after")
    def _names_its_own_arguments(self) -> Self:
        arguments = set(self.arguments)
        own = (*(fact.key for fact in self.facts), *filter(None, (self.owner, self.resource, self.discriminator)))
        said = () if self.sentence is None else (self.sentence.replace("{money}", "" if self.money else "{money}"),)
        for template in (*own, *said, *(fact.key for fact in self.facts_yielded)):
            if not well_formed(template):
                raise ValueError(f"{template!r} is not a template")
        for name in (
            *(name for template in (*own, *said) for name in fields_of(template)),
            *(narrow.field for narrow in self.narrowing),
            *self.labels,
            *self.only_shown,
            *((self.money.amount, self.money.currency) if self.money else ()),
            *filter(None, (self.confirmation,)),
        ):
            if name not in arguments:
                raise ValueError(f"{name!r} is no argument of {self.name}")
        if len({fact.name for fact in self.facts}) != len(self.facts):
            raise ValueError("two facts have one name")
        if self.kind == "write" and not self.internal and (self.resource is None or self.discriminator is None):
            raise ValueError("a write names its resource and its discriminator")
        if self.input_schema.get("type") != "object" or self.input_schema.get("additionalProperties") is not False:
            raise ValueError("input_schema must be an object with additionalProperties: false")
        return self

    @property
    def arguments(self) -> Mapping[str, JsonValue]:
        """The schema of each argument, by name."""
        properties = self.input_schema.get("properties")
        return properties if isinstance(properties, dict) else {}

    @cached_property
    def validator(self) -> "Draft202012Validator":
        """Checks arguments; made once, for making it costs more than using it."""
        from jsonschema import Draft202012Validator  # takes long to load, and no core needs it to listen

        return Draft202012Validator(self.input_schema)

    @cached_property
    def examined(self) -> dict[str, tuple[str, ...]]:
        """What was wrong with the arguments of the last calls, by the salted digest of their body; see `faults_in`."""
        return {}

    @cached_property
    def result_validator(self) -> "Draft202012Validator":
        """Checks results; as `validator`."""
        from jsonschema import Draft202012Validator

        return Draft202012Validator(self.result_schema or {})

    @property
    def own(self) -> bool:
        """Whether a system performs it that the brand brings itself."""
        return self.http is not None or self.mcp is not None

    @property
    def writes(self) -> bool:
        """Whether it changes something outside."""
        return self.kind == "write" and not self.internal

    def resource_of(self, arguments: Mapping[str, JsonValue]) -> str | None:
        """The resource the call touches; None when it touches none or the arguments do not name it."""
        return None if self.resource is None else filled(self.resource, arguments)

    def intent_of(self, arguments: Mapping[str, JsonValue]) -> str | None:
        """The discriminator of the call's intent key."""
        return None if self.discriminator is None else filled(self.discriminator, arguments)

    def evidence_of(self, arguments: Mapping[str, JsonValue]) -> tuple[str, ...]:
        """The fact keys an approval of this call rests on: whose the thing is, and what is declared as evidence."""
        templates = (*filter(None, (self.owner,)), *(fact.key for fact in self.facts if fact.evidence))
        return tuple(dict.fromkeys(key for template in templates if (key := filled(template, arguments)) is not None))

    def money_of(self, arguments: Mapping[str, JsonValue]) -> Money | None:
        """The money at stake, when the arguments name a whole, positive amount and a currency."""
        if self.money is None:
            return None
        amount, currency = arguments.get(self.money.amount), arguments.get(self.money.currency)
        if isinstance(amount, bool) or not isinstance(amount, int) or not isinstance(currency, str):
            return None
        if not 0 <= amount <= 10**15 or len(currency) != 3 or not (currency.isascii() and currency.isupper()):
            return None
        return Money(amount_minor=amount, currency=currency)

    def narrows(self, before: Mapping[str, JsonValue], after: Mapping[str, JsonValue]) -> bool:
        """Whether `after` only narrows `before`: declared fields in their direction, everything else equal."""
        allowed = {narrow.field: narrow.direction for narrow in self.narrowing}
        for name in before.keys() | after.keys():
            old, new = before.get(name), after.get(name)
            if type(old) is type(new) and old == new:
                continue
            match allowed.get(name):
                case "smaller" if _whole(old) and _whole(new) and 0 < new < old:  # pyright: ignore[reportOperatorIssue, reportOptionalOperand] - both are int
                    continue
                case "any_text" if isinstance(old, str) and isinstance(new, str):
                    continue
                case _:
                    return False
        return True


def _whole(value: JsonValue) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


class ToolCatalog:
    """Declarations by name: what an installation can do at all. A brand's `tools.yaml` chooses from it."""

    def __init__(self, groups: Mapping[str, Iterable[ToolDeclaration]]) -> None:
        self._groups: Mapping[str, Mapping[str, ToolDeclaration]] = MappingProxyType(
            {group: MappingProxyType({tool.name: tool for tool in tools}) for group, tools in groups.items()}
        )

    @property
    def groups(self) -> tuple[str, ...]:
        """Names of the groups, e.g. `commerce`."""
        return tuple(self._groups)

    def group(self, name: str) -> Mapping[str, ToolDeclaration]:
        """The tools of a group; empty when there is no such group."""
        return self._groups.get(name, {})


def argument_faults(declaration: ToolDeclaration, arguments: Any) -> tuple[str, ...]:
    """What is wrong with a call's arguments, in words a model can act on; empty when they are valid.

    A write that moves money says how much, whatever its schema leaves open. The words name fields and rules, never
    the values given: those come from outside.
    """
    faults: dict[str, None] = {}
    valid = plainly_valid(declaration.input_schema, arguments)
    for error in () if valid else declaration.validator.iter_errors(arguments):
        where = ".".join(str(part) for part in error.absolute_path) or "arguments"
        match str(error.validator):
            case "required":
                missing = [name for name in error.validator_value if name not in error.instance]
                faults[f"{where}: {', '.join(missing)} missing"] = None
            case "additionalProperties":
                faults[f"{where}: holds a field this tool does not have"] = None
            case rule:
                faults[f"{where}: breaks {rule} {str(error.validator_value)[:80]}"] = None
    if not faults and declaration.writes and declaration.money is not None and declaration.money_of(arguments) is None:
        # Nobody's limit and no cap of the day would hold what moves an amount that code cannot read.
        money = declaration.money
        faults[f"{money.amount}, {money.currency}: a whole amount in minor units, and its currency in three capitals"] = None
    return tuple(faults)[:_MAX_FAULTS]


_EXAMINED = 64


def faults_in(declaration: ToolDeclaration, body: BodyRef, arguments: Any) -> tuple[str, ...]:
    """As `argument_faults`, of arguments that are stored: a call is judged, and soon after begun, on the very same ones."""
    known = declaration.examined
    found = known.get(body.digest)
    if found is None:
        if len(known) >= _EXAMINED:
            known.clear()
        found = known[body.digest] = argument_faults(declaration, arguments)
    return found
