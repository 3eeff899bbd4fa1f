"""Northwind's table of who may do what, written a second time, in plain Python, from its words. Imports nothing of ours.

In prose, what it says:

* The agent reads orders, payments, parcels, records and subscriptions of the customer who is signed in, by itself.
* It makes a refund alone up to 20.00 EUR, at most 50.00 for a customer and 2000.00 for the brand in a day, at most three
  things for that customer before; a credit up to 5.00, 10.00, 500.00 and two. Larger ones wait for people.
* It cancels an unsent order up to 100.00 EUR, changes the address of an unsent one up to 150.00 EUR when the customer has
  confirmed it, opens returns of delivered orders, sends papers, has parcels looked for, pauses subscriptions, and ends them
  when confirmed. Whatever it is: ten things alone for a customer in a day, 2000 for the brand, 1000 not easily undone.
* Nothing of all this is done alone while it is not known what the customer was given today.
* What it may not do alone it asks people for. After their yes it is judged again: refunds above 500.00 EUR and cancellations
  above 2500.00 EUR want two people. No credit above 50.00.
* Supervisors, leads and admins say yes, within their limit, never to their own proposal, never twice.
* Nobody ever: another brand, another customer, a thing whose owner is unknown, a quarantined conversation, a second action
  on a thing that waits, the agent while a person has control, a tool that is not the workflow's, a level that is none.
"""

from dataclasses import dataclass, field
from typing import Any

READS = {"get_order", "list_payments", "track_order", "get_customer", "list_orders", "list_subscriptions"}
OF_CUSTOMER = {"get_customer", "list_orders", "list_subscriptions"}
ABOUT_MONEY = {"refund_payment", "grant_credit"}
HARMLESS = {"create_return", "send_document", "investigate_parcel", "pause_subscription", "withdraw_proposal"}
LADDER = ("read_only", "low_risk_writes", "approval_gated", "autonomous")
SIGNERS = ("supervisor", "lead", "admin")
COUNTABLE = 2**53
"""Beyond it a number is no amount."""


@dataclass(frozen=True)
class Somebody:
    """A person."""

    name: str = "pat"
    role: str = "supervisor"
    brands: tuple[str, ...] = ("northwind",)
    limit: tuple[int, str] | None = (50_000, "EUR")
    simulated: bool = False


@dataclass(frozen=True)
class Wish:
    """A call somebody wants made, and everything known about it. None: not known."""

    tool: str
    amount: Any = None
    currency: Any = "EUR"
    order: str = "NW-1"
    owner: str | None = "ada"
    customer: str = "ada"
    record_of: str = "ada"
    brand: str = "northwind"
    thing_brand: str = "northwind"
    status: Any = None
    total: Any = None
    left: Any = None
    paid_for: Any = None
    subscription: Any = None
    signed_in: bool = True
    confirmed: bool = False
    quarantined: bool = False
    person_in_control: bool = False
    something_waits: bool = False
    own_tool: bool = True
    level: str = "autonomous"
    sandbox: bool = False
    today: dict[str, int] = field(default_factory=dict[str, int])
    today_currency: str = "EUR"
    given_known: bool = True
    by: Somebody | None = None


def _number(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and -COUNTABLE <= value <= COUNTABLE


def _total(w: Wish) -> tuple[int, str] | None:
    return w.total if isinstance(w.total, tuple) and _number(w.total[0]) and isinstance(w.total[1], str) else None


def _makes_sense(w: Wish) -> bool:
    return w.tool not in ABOUT_MONEY or (_number(w.amount) and isinstance(w.currency, str))


def _can_be_counted(w: Wish) -> bool:
    return all(-(2**63) <= value < 2**63 for value in w.today.values())


def _same_customer(w: Wish) -> bool:
    """Whether nothing known says that it is another's."""
    if w.tool in OF_CUSTOMER:
        return (w.thing_brand, w.record_of) == (w.brand, w.customer)
    return w.owner is None or (w.thing_brand, w.owner) == (w.brand, w.customer)


def _sound(w: Wish) -> bool:
    """What holds for every action, whoever wants it and however it is asked for."""
    if not _makes_sense(w) or w.quarantined or not _same_customer(w):
        return False
    if w.tool not in READS and w.owner is None:
        return False
    if w.by is not None:
        return w.thing_brand in w.by.brands or w.by.brands == ("*",)
    if w.person_in_control or not w.own_tool or w.brand != w.thing_brand or w.level not in LADDER:
        return False
    if w.tool in READS:
        return True
    return w.level != "read_only" and (w.level != "low_risk_writes" or w.tool in HARMLESS)


def _possible(w: Wish) -> bool:
    """What the thing itself allows, whoever says yes."""
    total = _total(w)
    match w.tool:
        case "refund_payment":
            return (
                _number(w.left) and 0 < w.amount <= w.left and w.paid_for == w.order
                and total is not None and total[1] == w.currency
            )  # fmt: skip
        case "grant_credit":
            return total is not None and 0 < w.amount <= total[0] and total[1] == w.currency
        case "cancel_order" | "change_address":
            return w.status in ("placed", "packed")
        case "create_return":
            return w.status == "delivered"
        case "pause_subscription" | "cancel_subscription":
            return w.subscription in ("active", "paused")
        case _:
            return True


def _agreed(w: Wish) -> bool:
    return w.signed_in and (w.confirmed or w.tool not in ("change_address", "cancel_subscription"))


def _at_most(w: Wish, limit: int) -> bool:
    total = _total(w)
    return total is not None and total[1] == "EUR" and total[0] <= limit


def _within_the_day(w: Wish) -> bool:
    spent, brand = w.today.get("customer_minor", 0), w.today.get("brand_minor", 0)
    times, all_times = w.today.get("customer_count", 0), w.today.get("brand_count", 0)
    if times >= 10 or all_times >= 2000 or (w.tool not in HARMLESS and all_times >= 1000):
        return False
    if w.tool == "refund_payment":
        one, day, year, often = 2000, 5000, 200_000, 3
    elif w.tool == "grant_credit":
        one, day, year, often = 500, 1000, 50_000, 2
    else:
        return True
    return (
        w.currency == w.today_currency == "EUR" and w.amount <= one and spent + w.amount <= day
        and brand + w.amount <= year and times < often
    )  # fmt: skip


def _alone(w: Wish) -> bool:
    if w.tool in READS:
        return w.signed_in
    if w.tool == "withdraw_proposal":
        return w.given_known
    if w.level == "approval_gated" and w.tool not in HARMLESS:
        return False
    if not (w.given_known and _possible(w) and _agreed(w) and _within_the_day(w)):
        return False
    if w.tool == "cancel_order":
        return _at_most(w, 10_000)
    return w.tool != "change_address" or _at_most(w, 15_000)


def judged(w: Wish) -> str:
    """Alone, asking people, or not at all: `execute`, `propose`, `forbid`."""
    if not (_sound(w) and _can_be_counted(w)):
        return "forbid"
    writes = w.tool not in READS
    if writes and w.something_waits:
        return "forbid"
    if w.by is None and _alone(w):
        return "execute"
    if not writes or w.tool == "withdraw_proposal" or not (_possible(w) and _agreed(w)):
        return "forbid"
    if w.by is not None and not w.person_in_control:
        return "forbid"
    if w.tool == "grant_credit" and w.amount > 5000:
        return "forbid"
    return "propose"


def done_when_approved(w: Wish, people: int, *, checked: bool) -> bool:
    """Whether it happens after so many different people said yes, and code has checked their signatures."""
    if w.tool in READS or w.tool == "withdraw_proposal" or not (checked and people >= 1 and _sound(w)):
        return False
    if not (_possible(w) and _agreed(w)):
        return False
    match w.tool:
        case "refund_payment":
            return people >= 2 or (w.currency == "EUR" and w.amount <= 50_000)
        case "cancel_order":
            return people >= 2 or _at_most(w, 250_000)
        case "grant_credit":
            return w.amount <= 5000
        case _:
            return True


def may_say_yes(
    w: Wish, who: Somebody, moves: tuple[int, str] | None, proposer: str | None, before: tuple[str, ...]
) -> bool:
    """Whether this person may approve it."""
    if w.tool in READS or w.tool == "withdraw_proposal" or not _makes_sense(w):
        return False
    if who.role not in SIGNERS or not (w.thing_brand in who.brands or who.brands == ("*",)):
        return False
    if not _same_customer(w) or who.name == proposer or who.name in before:
        return False
    if who.simulated and not w.sandbox:
        return False
    if moves is None:
        return True
    if who.limit is None:
        return who.role == "admin"
    return moves[1] == who.limit[1] and moves[0] <= who.limit[0]
