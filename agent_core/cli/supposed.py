"""What is supposed for an explanation: a call of a workflow, and the facts that whoever asks names (R-C2).

Why it exists: a question about authority is asked before anything happened, so its facts come from the command line. What is
not said is not known, but for two things that are said aloud: the customer is signed in, and the thing is theirs. It must
never be used to judge a real call.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, cast, get_args

from pydantic import JsonValue

from agent_core.authority.facts import CallFacts, Caps, Level, OperatorFacts, RunFacts
from agent_core.authority.gate import Gate
from agent_core.authority.tools import CedarType, DeclaredTool
from agent_core.contract.errors import Invalid, NotFound
from agent_core.contract.ids import OperatorId, ToolName
from agent_core.contract.money import Money
from agent_core.contract.statements import Role
from agent_core.engine.judging import LEVELS

if TYPE_CHECKING:
    from agent_core.workflows.release import Release

CUSTOMER: Final = "the-customer"
STATES: Final = {
    "authenticated": "customer_authenticated",
    "confirmed": "customer_confirmed",
    "quarantined": "quarantined",
    "human_control": "human_has_control",
    "pending": "resource_has_pending",
    "sandbox": "sandbox_brand",
}
"""Names of what can be so or not, and the field of `RunFacts`."""
TODAY: Final = ("customer_minor", "customer_count", "brand_minor", "brand_count")
OTHERS: Final = ("owner", "level", "today.currency", "today.known", *(f"today.{name}" for name in TODAY))

_MONEY: Final = re.compile(r"(\d{1,12})(?:\.(\d{1,3}))?[ \u00a0]?([A-Z]{3})")
_YES: Final = {"yes": True, "true": True, "no": False, "false": False}


@dataclass
class Supposed:
    """What was named, by kind."""

    states: dict[str, bool] = field(default_factory=dict[str, bool])
    facts: dict[str, JsonValue] = field(default_factory=dict[str, JsonValue])
    today: dict[str, int] = field(default_factory=dict[str, int])
    currency: str | None = None
    known: bool = True
    owner: str | None = CUSTOMER
    level: Level | None = None


def supposed_call(
    release: "Release", gate: Gate, *, workflow: str, tool: str, arguments: dict[str, JsonValue], facts: Sequence[str]
) -> CallFacts:
    """The call that is asked about.

    Args:
        release: The brand's.
        gate: Its gate.
        workflow: Whose run calls.
        tool: What it calls.
        arguments: As a model would give them.
        facts: `name=value`, see `STATES`, `OTHERS` and the tool's own facts.

    Raises:
        NotFound: `no_workflow` or `no_tool`.
        Invalid: `bad_fact`, or what the tool says of its arguments.
    """
    flow = release.workflow(workflow)
    declared = gate.policy.tools.get(ToolName(tool))
    if declared is None:
        known = ", ".join(sorted(release.tools))
        raise NotFound("no_tool", f"There is no such tool. {release.brand.title} has {known}.", detail=tool[:80])
    told = _told(facts, declared)
    level = told.level or cast("Level", LEVELS.get(flow.authority, flow.authority))
    states = {STATES[name]: value for name, value in {"authenticated": True, **told.states}.items()}
    return CallFacts(
        tool=declared,
        arguments=arguments,
        run=RunFacts(
            brand=release.brand.name,
            workflow=flow.name,
            tools=frozenset(map(str, release.tools_of(workflow))),
            customer=CUSTOMER,
            level=level,
            **states,
        ),
        resource=declared.resource_of(arguments),
        resource_brand=release.brand.name,
        owner=told.owner if declared.owner else CUSTOMER,
        facts=told.facts,
        caps=Caps(told.currency or _currency(declared, arguments) or release.brand.currency, **told.today, known=told.known),
    )


def supposed_person(text: str, *, brand: str, currency: str) -> OperatorFacts:
    """A person from `ROLE` or `ROLE:LIMIT`, the limit as `500.00 EUR` or in minor units of the brand's currency.

    Raises:
        Invalid: `bad_person`.
    """
    role, _, limit = text.partition(":")
    if role not in get_args(Role):
        roles = ", ".join(get_args(Role))
        raise Invalid("bad_person", f"Say whose yes it is by role ({roles}), or by name with --data.")
    money = None
    if limit:
        money = _money(limit) or (
            Money(amount_minor=int(limit), currency=currency) if limit.isascii() and limit.isdigit() else None
        )
        if money is None:
            raise Invalid("bad_person", "A limit is written as 500.00EUR, or as an integer of minor units.")
    return OperatorFacts(OperatorId(role), cast("Role", role), (brand,), money)


def _told(facts: Sequence[str], tool: DeclaredTool) -> Supposed:
    told = Supposed()
    uses = {use.name: use for use in tool.facts}
    for text in facts:
        name, found, value = text.partition("=")
        if not found:
            raise _bad(name, "is written as name=value")
        if name in STATES:
            told.states[name] = _yes(name, value)
        elif name in uses:
            told.facts[name] = _value(name, value, uses[name].type)
        elif name == "owner":
            told.owner = None if value == "unknown" else value
        elif name == "level":
            if value not in get_args(Level):
                raise _bad(name, f"is one of {', '.join(get_args(Level))}")
            told.level = cast("Level", value)
        elif name == "today.currency":
            told.currency = value
        elif name == "today.known":
            told.known = _yes(name, value)
        elif name.removeprefix("today.") in TODAY and name.startswith("today."):
            money = _money(value) if name.endswith("_minor") else None
            told.today[name.removeprefix("today.")] = _integer(name, value) if money is None else money.amount_minor
        else:
            known = ", ".join((*uses, *STATES, *OTHERS))
            raise _bad(name[:60], f"is nothing {tool.name} is judged by; there are {known}")
    return told


def _value(name: str, value: str, kind: CedarType) -> JsonValue:
    if kind == "Bool":
        return _yes(name, value)
    if kind == "String":
        return value
    if kind == "Strings":
        return list(value.split(","))
    money = _money(value)
    if kind == "Money":
        if money is None:
            raise _bad(name, "is an amount with a currency, as in 64.90EUR")
        return {"amount_minor": money.amount_minor, "currency": money.currency}
    return money.amount_minor if money is not None and kind == "Minor" else _integer(name, value)


def _money(text: str) -> Money | None:
    match = _MONEY.fullmatch(text)
    if match is None:
        return None
    # How many decimals a currency has is the contract's knowledge: read off one minor unit as it writes it.
    places = len(Money(amount_minor=1, currency=match[3]).text().split("\u00a0")[0].partition(".")[2])
    fraction = match[2] or ""
    if len(fraction) > places:
        return None
    return Money(amount_minor=int(match[1] + fraction.ljust(places, "0")), currency=match[3])


def _currency(tool: DeclaredTool, arguments: dict[str, JsonValue]) -> str | None:
    value = None if tool.money is None else arguments.get(tool.money.currency)
    return value if isinstance(value, str) else None


def _yes(name: str, value: str) -> bool:
    if value not in _YES:
        raise _bad(name, "is yes or no")
    return _YES[value]


def _integer(name: str, value: str) -> int:
    if not re.fullmatch(r"-?[0-9]{1,15}", value):
        raise _bad(name, "is an integer; amounts are in minor units, or written as 20.00EUR")
    return int(value)


def _bad(name: str, what: str) -> Invalid:
    return Invalid("bad_fact", f"The fact {name} {what}.")
