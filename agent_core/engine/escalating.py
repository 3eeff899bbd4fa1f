"""The escalation table at its three moments: the message is understood, a run has an outcome, a reply is due (R-E1).

It gathers what is known from the log and asks the pure table. It must never let a model's wish count, and never raise two
asks for one moment: the first reason speaks, the event names them all.
"""

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from agent_core.boundary.match import fold
from agent_core.contract.answers import RunAnswer
from agent_core.contract.events import Escalated, EscalationGround, Triaged, TriggerFired
from agent_core.contract.facts import Fact
from agent_core.contract.ids import RunId, WorkflowName
from agent_core.contract.money import Money
from agent_core.conversation.state import State
from agent_core.engine.common import Context, raise_ask
from agent_core.engine.session import Pending
from agent_core.escalation.rules import Rules
from agent_core.escalation.signals import Signals
from agent_core.escalation.table import STANDING, Fired, Moment, evaluate
from agent_core.routing.concerns import Concern, concerns
from agent_core.workflows.release import Release

TIER = "customer.tier"
"""The fact that names the customer's tier: the shop says it with an order, or a brand's own tool yields it."""
FIT = re.compile(r"knowledge\.(?:[^.]+\.)?fit_percent")
"""Facts that say how well knowledge fits what was asked, in whole percent; whatever looks knowledge up yields them."""

_MOST_GROUND = 80


def concerned(written: Sequence[str], release: Release) -> dict[str, list[str]]:
    """The words of concern in what the customer wrote, as triage's detail keeps them."""
    own = release.behaviour.escalation
    more: dict[Concern, Sequence[str]] = {
        "security": own.security_words,
        "regulatory": own.regulatory_words,
        "dispute": own.dispute_words,
    }
    heard = concerns([*written, *map(fold, written)], more)
    return {concern: list(words)[:20] for concern, words in heard.items()}


async def at_triage(context: Context, detail: dict[str, Any], workflows: Sequence[WorkflowName]) -> tuple[Fired, ...]:
    """What fires on the message, before it is routed.

    Args:
        context: What a step may use.
        detail: Triage's detail; one of an older log knows no concerns.
        workflows: Who would work on it.
    """
    state = context.session.state
    triaged = state.turn.triaged
    assert triaged is not None
    signals = Signals(
        **await _known(context, detail, triaged),
        safety=triaged.safety,
        legal=triaged.legal,
        moods=(*state.moods, triaged.sentiment),
        turns=max((state.matters.get(name, 0) + 1 for name in workflows), default=0),
    )
    return evaluate(signals, rules_of(context.brand.release), "triage", _already(state))


async def before_reply(context: Context) -> Pending | None:
    """What fires on what runs have found out, before the customer is answered; none when nothing does.

    The customer is told in that same reply that a person comes in, beside what was settled.
    """
    state = context.session.state
    triaged = state.turn.triaged
    if triaged is None or state.turn.whole:
        return None
    detail: dict[str, Any] = await context.session.json(triaged.detail)
    signals = Signals(**await _known(context, detail, triaged))
    fired = evaluate(signals, rules_of(context.brand.release), "reply", _already(state))
    if not fired:
        return None
    ask = raise_ask(context, "escalation", fired[0].code, fired[0].code)
    event = recorded(context, fired, "reply")
    return Pending((context.session.draft(event), context.session.draft(ask)))


async def of_outcome(context: Context, result: RunAnswer) -> tuple[Fired, ...]:
    """What fires on a run that says it has answered: how sure it is, and how well what it looked up fits."""
    percents = [belief.confidence_percent for belief in result.beliefs]
    triaged = context.session.state.turn.triaged
    fits = await _fit(context)
    if triaged is None or (not percents and fits is None):
        return ()
    signals = Signals(category=triaged.category, agent_percent=min(percents, default=None), retrieval_percent=fits)
    return evaluate(signals, rules_of(context.brand.release), "outcome")


async def _fit(context: Context) -> int | None:
    """How well the best knowledge fits that was looked up in this turn; none where nothing was."""
    session = context.session
    state = session.state
    keys = [key for key, where in state.facts.items() if where.seq > state.turn.through and FIT.fullmatch(key)]
    found = [fact.value for fact in (await session.facts(keys)).values()] if keys else []
    return max((each for each in found if type(each) is int and 0 <= each <= 100), default=None)


def recorded(context: Context, fired: Sequence[Fired], at: Moment, run: RunId | None = None) -> Escalated:
    """What fired, as an event."""
    return Escalated(
        turn=context.session.state.turn.turn,
        at=at,
        run=run,
        fired=tuple(
            TriggerFired(
                code=each.code,
                hard=each.hard,
                grounds=tuple(
                    EscalationGround(signal=g.signal, value=g.value[:_MOST_GROUND], limit=g.limit[:_MOST_GROUND])
                    for g in each.grounds
                ),
            )
            for each in fired
        ),
    )


@lru_cache(maxsize=256)
def rules_of(release: Release) -> Rules:
    """The thresholds of a release."""
    own, turns = release.behaviour.escalation, release.behaviour.thresholds
    return Rules(
        negative_turns=turns.negative_turns,
        max_turns=turns.max_turns,
        disputed_above=own.disputed_above,
        vip_tiers=frozenset(own.vip_tiers),
        enterprise_tiers=frozenset(own.enterprise_tiers),
        sensitive_categories=frozenset(own.sensitive_categories),
        retrieval_percent=own.retrieval_percent,
        agent_percent=own.agent_percent,
        falling_turns=own.falling_turns,
        falling_by=own.falling_by,
    )


def _already(state: State) -> frozenset[str]:
    return frozenset(state.turn.escalated) | (state.escalated & STANDING)


async def _known(context: Context, detail: dict[str, Any], triaged: Triaged) -> dict[str, Any]:
    """What triage heard and what facts say: the same at every moment, but that facts grow."""
    session = context.session
    heard: dict[str, list[str]] = detail.get("concerns", {})
    disputes = len(heard.get("dispute", ()))
    tier = (await session.facts([TIER])).get(TIER)
    return {
        "security": len(heard.get("security", ())),
        "regulatory": len(heard.get("regulatory", ())),
        "disputes": disputes,
        "amounts": await _amounts(context) if disputes else (),
        "category": triaged.category,
        "tier": str(tier.value) if tier is not None and tier.value else None,
    }


async def _amounts(context: Context) -> tuple[Money, ...]:
    """Payments and totals of orders that were read here."""
    session = context.session
    keys = [key for key in session.state.facts if key.startswith(("payment.", "order."))]
    facts = await session.facts(keys)
    found: list[Money] = []
    for key, fact in facts.items():
        if key.endswith(".total"):
            found.extend(_money(fact.value))
        elif key.startswith("payment.") and key.endswith(".amount"):
            currency = facts.get(f"{key.removesuffix('.amount')}.currency")
            found.extend(_money({"amount_minor": fact.value, "currency": _value(currency)}))
    return tuple(found)


def _value(fact: Fact | None) -> object:
    return None if fact is None else fact.value


def _money(value: Any) -> tuple[Money, ...]:
    """The amount a fact holds; nothing where it holds none in our form."""
    match value:
        case {"amount_minor": int(minor), "currency": str(currency)} if len(currency) == 3 and minor >= 0:
            return (Money(amount_minor=minor, currency=currency),)
        case _:
            return ()
