"""What authority must know about a tool: what policy may read of its arguments, which facts, and how it is proposed.

Made from the tool's one declaration (`engine.declared`); the Cedar schema of its actions is made from this (`schema.py`), so
nobody writes either by hand. It must never hold code that runs the tool.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from pydantic import JsonValue

from agent_core.contract.errors import Invalid
from agent_core.contract.ids import ToolName
from agent_core.contract.money import Money

CedarType = Literal["Bool", "Long", "Minor", "String", "Strings", "Money"]
"""Types policy can read. `Money` is the record `{amountMinor: Long, currency: String}`; `Minor` is a `Long` in minor units
of the call's own currency, shown to people as money; `Strings` is a set of strings."""

ResourceType = Literal["Customer", "Order", "Payment", "Subscription", "Parcel", "Conversation"]

_SNAKE = re.compile(r"^[a-z][a-z0-9]*(_[a-z0-9]+)*$")
_RESOURCE = re.compile(r"[a-z_]+(:[A-Za-z0-9_.-]{1,120})?", re.ASCII)
_PLACEHOLDER = re.compile(r"\{([a-z][a-z0-9_]*)\}")


@dataclass(frozen=True, slots=True)
class Argument:
    """An argument of a tool that policy may read as `context.arguments.<camelCase>`.

    Attributes:
        name: As the model and the vendor's client spell it, snake_case.
        label: How the card calls it.
        to_policy: Whether policy reads it; free text made by a model is only shown.
    """

    name: str
    type: CedarType
    label: str
    optional: bool = False
    to_policy: bool = True


@dataclass(frozen=True, slots=True)
class FactUse:
    """A fact that policy may read as `context.facts.<camelCase>`; always optional there (`has` first).

    Attributes:
        name: snake_case, the name in policy.
        key: The fact's key with argument placeholders, e.g. `payment.{payment_id}.refundable`.
        evidence: Whether a proposal rests on it: a changed value makes the proposal lapse (R-C5).
    """

    name: str
    type: CedarType
    key: str
    label: str
    evidence: bool = True


@dataclass(frozen=True, slots=True)
class MoneyArguments:
    """Which two arguments say how much money moves."""

    amount: str = "amount_minor"
    currency: str = "currency"


@dataclass(frozen=True, slots=True)
class DeclaredTool:
    """A tool as authority sees it.

    Attributes:
        resource: How the thing acted on is named, from the arguments: `payment:{payment_id}`.
        owner: Key of the fact that names the customer the thing belongs to; none when the thing is the conversation's own.
        discriminator: With tool, resource and amount, makes two calls the same intent.
        sentence: What will happen, with placeholders of arguments and `{money}`: shown on the card.
        low_risk: A write that may stay autonomous one step earlier on the authority ladder (R-C8).
    """

    name: ToolName
    title: str
    writes: bool
    resource_type: ResourceType
    resource: str
    sentence: str
    arguments: tuple[Argument, ...] = ()
    facts: tuple[FactUse, ...] = ()
    owner: str | None = None
    owner_label: str = "Belongs to customer"
    money: MoneyArguments | None = None
    discriminator: str = ""
    reversible: bool = False
    low_risk: bool = False

    def __post_init__(self) -> None:
        names = [argument.name for argument in self.arguments]
        used: set[str] = set()
        if self.money is not None:
            used |= {self.money.amount, self.money.currency}
        for template in (
            self.resource,
            self.discriminator,
            self.owner or "",
            self.sentence,
            *(fact.key for fact in self.facts),
        ):
            used |= set(_PLACEHOLDER.findall(template)) - {"money"}
        bad = [name for name in (self.name, *names, *(fact.name for fact in self.facts)) if not _SNAKE.match(name)]
        if bad or len(set(names)) != len(names) or not used <= set(names):
            raise Invalid(
                "bad_tool_declaration",
                "A tool's declaration for the policies is wrong: every name it uses must be a declared argument.",
                detail=f"{self.name}: {bad or sorted(used - set(names))}",
            )

    def resource_of(self, arguments: Mapping[str, JsonValue]) -> str:
        """The name of the thing a call acts on.

        Raises:
            Invalid: `argument_missing`, or `bad_resource` when what the call names cannot be an id: it stands in the log for
                ever, so no address, no name and no sentence gets in.
        """
        name = fill(self.resource, arguments)
        if not _RESOURCE.fullmatch(name):
            raise Invalid("bad_resource", "What this call acts on is not named by an id.", detail=self.name)
        return name

    def evidence_keys(self, arguments: Mapping[str, JsonValue]) -> tuple[str, ...]:
        """The facts a proposal of this call rests on: whose the thing is, and those declared as evidence."""
        owner = self.owner_key(arguments)
        keys = [fill(use.key, arguments) for use in self.facts if use.evidence]
        return tuple(dict.fromkeys(keys if owner is None else [owner, *keys]))

    def owner_key(self, arguments: Mapping[str, JsonValue]) -> str | None:
        """The key of the fact that names the owner of the thing a call acts on."""
        return None if self.owner is None else fill(self.owner, arguments)

    def money_of(self, arguments: Mapping[str, JsonValue]) -> Money | None:
        """How much money a call moves.

        Raises:
            Invalid: `bad_money` unless amount and currency are an integer of minor units and an ISO code.
        """
        if self.money is None:
            return None
        amount, currency = arguments.get(self.money.amount), arguments.get(self.money.currency)
        if type(amount) is not int or not isinstance(currency, str):
            raise Invalid("bad_money", "An amount is an integer in minor units with a currency.", detail=self.name)
        try:
            return Money(amount_minor=amount, currency=currency)
        except ValueError as error:
            raise Invalid(
                "bad_money", "An amount is an integer in minor units with a currency.", detail=self.name
            ) from error


@lru_cache(maxsize=1024)
def camel(name: str) -> str:
    """The spelling in policy of a snake_case name: `amount_minor` is `amountMinor`."""
    head, *rest = name.split("_")
    return head + "".join(part.capitalize() for part in rest)


def fill(template: str, arguments: Mapping[str, JsonValue]) -> str:
    """A template with its placeholders replaced by arguments.

    Raises:
        Invalid: `argument_missing` when one is absent or neither text nor an integer.
    """
    pieces = _pieces(template)
    if len(pieces) == 1:
        return template
    filled = list(pieces)
    for place in range(1, len(pieces), 2):
        argument = arguments.get(pieces[place])
        if not isinstance(argument, str) and type(argument) is not int:
            words = "The call lacks an argument that names what it acts on."
            raise Invalid("argument_missing", words, detail=pieces[place])
        filled[place] = str(argument)
    return "".join(filled)


@lru_cache(maxsize=1024)
def _pieces(template: str) -> tuple[str, ...]:
    """A declaration's template taken apart once: text, name, text, name, …, text."""
    return tuple(_PLACEHOLDER.split(template))
