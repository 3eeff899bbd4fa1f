"""The whole escalation table as data (R-E1): every trigger, hard before soft, in the order in which they count.

Hard triggers fire whatever anybody is sure of; soft ones only where no hard one does. A trigger that rests on who the
customer is does not fire again after a person has handed the conversation back: they know. Everything else rests on the
newest message or on turns since then, so what a person has dealt with never brings the next one.

Code only: no model is ever asked whether to escalate.
"""

from collections.abc import Callable, Mapping, Set
from dataclasses import dataclass
from itertools import pairwise
from typing import Final, Literal

from agent_core.contract.answers import Sentiment
from agent_core.escalation.rules import Rules
from agent_core.escalation.signals import Signals

Moment = Literal["triage", "outcome", "reply"]
"""When the table is looked at: the message is understood, a run has an outcome, a reply is about to be written."""


@dataclass(frozen=True, slots=True)
class Ground:
    """A value a trigger rests on, beside the figure it was held against. Never words of the customer."""

    signal: str
    value: str
    limit: str = ""


Grounds = tuple[Ground, ...]


@dataclass(frozen=True, slots=True)
class Trigger:
    """One row.

    Attributes:
        code: The reason; a word of the wire, for life.
        hard: It fires whatever the agent is sure of.
        at: When it is looked at.
        standing: It rests on who the customer is, not on what they wrote.
        rests_on: The values it fires on; none when it does not fire.
    """

    code: str
    hard: bool
    at: frozenset[Moment]
    rests_on: Callable[[Signals, Rules], Grounds | None]
    standing: bool = False


@dataclass(frozen=True, slots=True)
class Fired:
    """A trigger that fired, and on what."""

    code: str
    hard: bool
    grounds: Grounds


def evaluate(signals: Signals, rules: Rules, at: Moment, already: Set[str] = frozenset()) -> tuple[Fired, ...]:
    """The triggers that fire, in the order of the table; soft ones only when no hard one does.

    Args:
        signals: What is known.
        rules: The brand's thresholds.
        at: The moment.
        already: Codes that have fired on this turn, and standing ones that have fired on this conversation.
    """
    found: list[Fired] = []
    for trigger in TABLE:
        if at not in trigger.at or trigger.code in already:
            continue
        grounds = trigger.rests_on(signals, rules)
        if grounds is not None:
            found.append(Fired(trigger.code, trigger.hard, grounds))
    hard = tuple(each for each in found if each.hard)
    return hard or tuple(found)


def _safety(signals: Signals, _rules: Rules) -> Grounds | None:
    return (Ground("safety", "yes"),) if signals.safety else None


def _security(signals: Signals, _rules: Rules) -> Grounds | None:
    return (Ground("security_words", str(signals.security)),) if signals.security else None


def _legal(signals: Signals, _rules: Rules) -> Grounds | None:
    return (Ground("legal", "yes"),) if signals.legal else None


def _regulatory(signals: Signals, _rules: Rules) -> Grounds | None:
    return (Ground("regulatory_words", str(signals.regulatory)),) if signals.regulatory else None


def _disputed(signals: Signals, rules: Rules) -> Grounds | None:
    if not signals.disputes:
        return None
    above = [m for m in signals.amounts if m.amount_minor > rules.disputed_above.get(m.currency, -1)]
    if not above:
        return None
    most = max(above, key=lambda money: money.amount_minor)
    limit = rules.disputed_above.get(most.currency)
    held = "" if limit is None else f"{limit} {most.currency}"
    words = Ground("dispute_words", str(signals.disputes))
    return words, Ground("amount_minor", f"{most.amount_minor} {most.currency}", held)


def _enterprise(signals: Signals, rules: Rules) -> Grounds | None:
    if signals.category != "billing" or signals.tier not in rules.enterprise_tiers:
        return None
    return Ground("tier", signals.tier), Ground("category", signals.category)


def _vip(signals: Signals, rules: Rules) -> Grounds | None:
    return (Ground("tier", signals.tier),) if signals.tier is not None and signals.tier in rules.vip_tiers else None


def _frustrated(signals: Signals, rules: Rules) -> Grounds | None:
    if signals.moods[-1:] != ("negative",) or len(signals.moods) < rules.negative_turns:
        return None
    return Ground("sentiment", "negative"), Ground("turns", str(len(signals.moods)), str(rules.negative_turns))


def _turns(signals: Signals, rules: Rules) -> Grounds | None:
    if signals.turns < rules.max_turns:
        return None
    return (Ground("turns_on_matter", str(signals.turns), str(rules.max_turns)),)


def _retrieval(signals: Signals, rules: Rules) -> Grounds | None:
    percent = signals.retrieval_percent
    if percent is None or percent >= rules.retrieval_percent or signals.category not in rules.sensitive_categories:
        return None
    return Ground("retrieval_percent", str(percent), str(rules.retrieval_percent)), Ground("category", signals.category)


def _confidence(signals: Signals, rules: Rules) -> Grounds | None:
    percent = signals.agent_percent
    if percent is None or percent >= rules.agent_percent:
        return None
    return (Ground("agent_percent", str(percent), str(rules.agent_percent)),)


_STEP: Final[Mapping[Sentiment, int]] = {"negative": 0, "neutral": 1, "positive": 2}


def _falling(signals: Signals, rules: Rules) -> Grounds | None:
    """From the best of the newest turns down to the newest, never up on the way."""
    steps = [_STEP[mood] for mood in signals.moods[-rules.falling_turns :]]
    if len(steps) < 2:
        return None
    best = max(steps)
    down = steps[len(steps) - 1 - steps[::-1].index(best) :]
    fall = best - down[-1]
    if fall < rules.falling_by or any(later > before for before, later in pairwise(down)):
        return None
    return (Ground("sentiment_fall", f"{fall} in {len(down)} turns", str(rules.falling_by)),)


_UNDERSTOOD: Final[frozenset[Moment]] = frozenset({"triage"})
_ANY: Final[frozenset[Moment]] = frozenset({"triage", "reply"})
_OUTCOME: Final[frozenset[Moment]] = frozenset({"outcome"})

TABLE: Final[tuple[Trigger, ...]] = (
    Trigger("safety", True, _UNDERSTOOD, _safety),
    Trigger("account_security", True, _UNDERSTOOD, _security),
    Trigger("legal_language", True, _UNDERSTOOD, _legal),
    Trigger("regulatory", True, _UNDERSTOOD, _regulatory),
    Trigger("disputed_payment", True, _ANY, _disputed),
    Trigger("enterprise_billing", True, _ANY, _enterprise, standing=True),
    Trigger("vip", True, _ANY, _vip, standing=True),
    Trigger("frustrated", True, _UNDERSTOOD, _frustrated),
    Trigger("too_many_turns", False, _UNDERSTOOD, _turns),
    Trigger("low_retrieval", False, _OUTCOME, _retrieval),
    Trigger("low_confidence", False, _OUTCOME, _confidence),
    Trigger("falling_sentiment", False, _UNDERSTOOD, _falling),
)
"""Looked at before a reply again: what rests on facts, which runs learn only after triage."""

STANDING: Final[frozenset[str]] = frozenset(trigger.code for trigger in TABLE if trigger.standing)
