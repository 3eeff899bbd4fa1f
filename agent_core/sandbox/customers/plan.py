"""Plans who writes what and when: the same seed and people always give the same scripts.

Why it exists: a demo must be lively and a test must be repeatable, so chance is spent here and nowhere else. It must never
talk to anything.
"""

import itertools
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeVar

from agent_core.sandbox.customers.keyboard import typing_seconds, with_typos
from agent_core.sandbox.customers.phrases import (
    ANGER,
    ANSWERS,
    GREETINGS,
    HOSTILE,
    REQUESTS,
    SUBJECTS,
    Answer,
    Intent,
)
from agent_core.sandbox.shop.people import KnownOrder, KnownPerson
from agent_core.sandbox.shop.seeding import PINNED_ORDER

Kind = Literal[
    "refund_large",
    "refund_small",
    "where",
    "both",
    "cancel",
    "charged_twice",
    "subscription",
    "send_back",
    "address",
    "document",
    "credit",
    "vague",
    "product",
    "legal",
    "hostile",
]
Style = Literal["plain", "terse", "angry", "chatty", "hasty"]
_Choice = TypeVar("_Choice", bound=str)

LARGE_REFUND_MINOR = 5_000
"""Refunds from here on (50 EUR) are large: the demo brand wants them countersigned."""

DEMO_MIX: Mapping[Kind, int] = {
    "refund_large": 24,
    "refund_small": 8,
    "where": 22,
    "both": 14,
    "cancel": 5,
    "charged_twice": 3,
    "subscription": 3,
    "send_back": 4,
    "address": 3,
    "document": 3,
    "credit": 3,
    "vague": 4,
    "product": 2,
    "legal": 2,
    "hostile": 4,
}
_STYLES: Mapping[Style, int] = {"plain": 50, "terse": 12, "angry": 14, "chatty": 10, "hasty": 14}
_TYPO_RATE: Mapping[Style, float] = {"plain": 0.008, "terse": 0.01, "angry": 0.03, "chatty": 0.01, "hasty": 0.05}
_OWN_LANGUAGE_SHARE = 0.35
_WITHHELD_SHARE = 0.2


@dataclass(frozen=True)
class Line:
    """One message; ``pause_seconds`` pass before it is sent (thinking and typing)."""

    text: str
    pause_seconds: float


@dataclass(frozen=True)
class ConversationScript:
    """Everything one customer will do.

    Attributes:
        id: Conversation id.
        starts_after_seconds: Pause between the conversation before and this one.
        person: Who writes.
        authenticated: Whether the channel knows for sure that it is them.
        channel: ``chat`` or ``email``.
        subject: Of an e-mail.
        language: BCP 47 primary tag of what they write.
        kind: What it is about.
        style: How they write.
        opening: What they write without being asked.
        orders: The order numbers it is about: refund or only one first, parcel second.
        withheld: Whether the opening leaves the number out although it is needed.
        answers: Their answers to questions, ready to send.
        patience_seconds: How long they wait for a reply before asking again, and then before giving up.
        intents: What a good agent should find in it; for judging, never sent.
    """

    id: str
    starts_after_seconds: float
    person: KnownPerson
    authenticated: bool
    channel: Literal["chat", "email"]
    subject: str | None
    language: str
    kind: Kind
    style: Style
    opening: tuple[Line, ...]
    orders: tuple[str, ...]
    withheld: bool
    answers: Mapping[Answer, Line]
    patience_seconds: float
    intents: tuple[str, ...]


def plan(
    seed: int,
    count: int,
    people: Sequence[KnownPerson],
    *,
    rate_per_minute: float = 6.0,
    mix: Mapping[Kind, int] = DEMO_MIX,
    label: str = "",
) -> list[ConversationScript]:
    """Plans ``count`` conversations; see :func:`scripts`."""
    return list(itertools.islice(scripts(seed, people, rate_per_minute=rate_per_minute, mix=mix, label=label), count))


def scripts(
    seed: int,
    people: Sequence[KnownPerson],
    *,
    rate_per_minute: float = 6.0,
    mix: Mapping[Kind, int] = DEMO_MIX,
    label: str = "",
) -> Iterator[ConversationScript]:
    """Plans conversations without end.

    The first one is the house's example when the people know its orders: *refund NW-10023 and where is NW-10024?* Each order
    is written about once as long as there are fresh ones.

    Args:
        seed: Fixes everything.
        people: Who there is; must not be empty.
        rate_per_minute: How many conversations begin per minute on average.
        mix: Weight of each kind.
        label: Part of the conversation ids, so that a second run does not continue the conversations of the first.

    Raises:
        ValueError: No people, or no positive rate.
    """
    if not people or rate_per_minute <= 0:
        raise ValueError("a crowd needs people and a positive rate")
    planner = _Planner(seed, people, mix)
    for number in itertools.count(1):
        yield planner.next(f"cv_{label}{seed}_{number:05d}", rate_per_minute, first=number == 1)


@dataclass(frozen=True)
class _Matter:
    kind: Kind
    person: KnownPerson
    orders: tuple[KnownOrder, ...]


class _Planner:
    def __init__(self, seed: int, people: Sequence[KnownPerson], mix: Mapping[Kind, int]) -> None:
        self._dice = random.Random(f"crowd-{seed}")
        self._people = people
        self._mix = mix
        self._used: set[str] = set()

    def next(self, script_id: str, rate_per_minute: float, *, first: bool) -> ConversationScript:
        dice = self._dice
        example = self._example() if first else None
        matter = example or self._matter()
        self._used.update(order.id for order in matter.orders)
        language = "en" if example else self._language(matter)
        style: Style = "plain" if example else _weighted(dice, _STYLES)
        withheld = (
            not example and matter.kind in {"refund_large", "refund_small", "where"} and dice.random() < _WITHHELD_SHARE
        )
        channel: Literal["chat", "email"] = "chat" if example or dice.random() < 0.75 else "email"
        intent = _intent(matter.kind, language, withheld=withheld)
        opening = (
            [_fill("refund {order} and where is {other}?", matter)]
            if example
            else self._opening(matter, intent, language, style, channel)
        )
        subject = _fill(dice.choice(SUBJECTS[language]), matter) if channel == "email" and matter.orders else None
        return ConversationScript(
            id=script_id,
            starts_after_seconds=0.0 if first else round(dice.expovariate(rate_per_minute / 60), 2),
            person=matter.person,
            authenticated=bool(example) or dice.random() < 0.9,
            channel=channel,
            subject=subject if subject or channel == "chat" else "Hello",
            language=language,
            kind=matter.kind,
            style=style,
            opening=tuple(
                Line(text, typing_seconds(dice, text) if place or channel == "chat" else 0.0)
                for place, text in enumerate(opening)
            ),
            orders=tuple(order.id for order in matter.orders),
            withheld=intent.endswith("_unnumbered"),
            answers=self._answers(matter, language),
            patience_seconds=round(dice.uniform(90, 420), 1),
            intents=_INTENTS[matter.kind],
        )

    def _example(self) -> _Matter | None:
        wanted = (f"NW-{PINNED_ORDER}", f"NW-{PINNED_ORDER + 1}")
        for person in self._people:
            orders = {order.id: order for order in person.orders}
            if all(order in orders for order in wanted):
                return _Matter("both", person, tuple(orders[order] for order in wanted))
        return None

    def _matter(self) -> _Matter:
        kind = _weighted(self._dice, self._mix)
        found = self._candidates(kind)
        fresh = [m for m in found if not any(order.id in self._used for order in m.orders)]
        if fresh or found:
            return self._dice.choice(fresh or found)
        return _Matter("vague", self._dice.choice(self._people), ())

    def _candidates(self, kind: Kind) -> list[_Matter]:
        if kind == "vague":
            return [_Matter(kind, person, ()) for person in self._people]
        if kind == "subscription":
            return [_Matter(kind, person, ()) for person in self._people if person.plans]
        if kind == "both":
            return [
                _Matter(kind, person, (refund, parcel))
                for person in self._people
                for refund in person.orders
                for parcel in person.orders
                if _fits("refund_large", refund) and refund.id != parcel.id and parcel.status == "shipped"
            ]
        return [_Matter(kind, person, (order,)) for person in self._people for order in person.orders if _fits(kind, order)]

    def _language(self, matter: _Matter) -> str:
        own = matter.person.language
        return own if own in REQUESTS and self._dice.random() < _OWN_LANGUAGE_SHARE else "en"

    def _opening(
        self, matter: _Matter, intent: Intent, language: str, style: Style, channel: Literal["chat", "email"]
    ) -> list[str]:
        dice = self._dice
        if matter.kind == "hostile":
            return [_fill(dice.choice(HOSTILE), matter)]
        texts = REQUESTS[language].get(intent) or REQUESTS["en"][intent]
        text = with_typos(dice, _fill(dice.choice(texts), matter), _TYPO_RATE[style])
        if style == "terse":
            text = text.lower().rstrip(".!") if not matter.orders else text.rstrip(".!")
        if style == "angry":
            rage = dice.choice(ANGER[language])
            text = f"{rage} {text}" if dice.random() < 0.5 else f"{text} {rage}"
        greeting = dice.choice(GREETINGS[language])
        if channel == "email":
            return [f"{greeting},\n\n{text}\n\n{matter.person.name}"]
        if style == "chatty":
            return [greeting, *_split(text)]
        return _split(text) if style == "hasty" else [text]

    def _answers(self, matter: _Matter, language: str) -> dict[Answer, Line]:
        dice = self._dice
        answers: dict[Answer, Line] = {}
        for name in ("number", "confirm", "thanks", "chase", "unsure"):
            wanted: Answer = "number_both" if name == "number" and matter.kind == "both" else name
            texts = ANSWERS[language].get(wanted) or ANSWERS[language][name]
            text = _fill(dice.choice(texts), matter) if matter.orders or name != "number" else ANSWERS["en"]["unsure"][0]
            answers[name] = Line(text, typing_seconds(dice, text) + round(dice.uniform(1, 12), 2))
        return answers


_INTENTS: Mapping[Kind, tuple[str, ...]] = {
    "refund_large": ("refund",),
    "refund_small": ("refund",),
    "where": ("where_is_my_order",),
    "both": ("refund", "where_is_my_order"),
    "cancel": ("cancel_order",),
    "charged_twice": ("refund",),
    "subscription": ("cancel_subscription",),
    "send_back": ("return_or_exchange",),
    "address": ("change_address",),
    "document": ("resend_document",),
    "credit": ("goodwill_credit",),
    "vague": (),
    "product": ("product_question",),
    "legal": ("legal",),
    "hostile": (),
}


_WORDS_OF: Mapping[Kind, Intent] = {
    "refund_large": "refund",
    "refund_small": "refund",
    "where": "where",
    "both": "both",
    "cancel": "cancel",
    "charged_twice": "charged_twice",
    "subscription": "subscription",
    "send_back": "send_back",
    "address": "address",
    "document": "document",
    "credit": "credit",
    "vague": "vague",
    "product": "product",
    "legal": "legal",
    "hostile": "vague",
}


def _intent(kind: Kind, language: str, *, withheld: bool) -> Intent:
    intent = _WORDS_OF[kind]
    unnumbered: Intent = "where_unnumbered" if intent == "where" else "refund_unnumbered"
    return unnumbered if withheld and unnumbered in REQUESTS[language] else intent


def _fits(kind: Kind, order: KnownOrder) -> bool:
    sent = order.status in {"shipped", "delivered"}
    if kind == "refund_large":
        return sent and order.refundable_minor >= LARGE_REFUND_MINOR and not order.charged_twice
    if kind == "refund_small":
        return sent and 0 < order.refundable_minor < LARGE_REFUND_MINOR and not order.charged_twice
    if kind == "where":
        return order.status in {"shipped", "packed", "placed"}
    if kind in {"cancel", "address"}:
        return order.status in {"placed", "packed"}
    if kind in {"send_back", "credit"}:
        return order.status == "delivered"
    if kind == "charged_twice":
        return order.charged_twice
    return True


def _fill(text: str, matter: _Matter) -> str:
    first = matter.orders[0] if matter.orders else None
    return text.format(
        order=first.id if first else "",
        other=matter.orders[-1].id if matter.orders else "",
        item=first.items[0].lower() if first else "order",
        plan=matter.person.plans[0] if matter.person.plans else "",
    )


def _split(text: str) -> list[str]:
    parts = [part.strip() for part in text.replace("? ", "?|").replace("! ", "!|").replace(". ", ".|").split("|")]
    return [part for part in parts if part]


def _weighted(dice: random.Random, weights: Mapping[_Choice, int]) -> _Choice:
    return dice.choices(list(weights), weights=list(weights.values()))[0]
