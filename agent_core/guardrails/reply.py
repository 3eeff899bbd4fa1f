"""Checks of a reply before it leaves (R-F2).

Each check has a name (`contract.reply_checks`), can be switched off by the brand (`reply_checks` in behaviour.yaml) and
yields findings with a code, a sentence for a person, a reason for the model and places. Pure and bounded: a reply far beyond
the bound is found too long and not read further.
"""

from collections.abc import Iterable
from typing import Final

from agent_core.contract.reply_checks import REPLY_CHECKS, ReplyCheckName
from agent_core.guardrails.finding import Finding
from agent_core.guardrails.policy import BehaviourLike
from agent_core.guardrails.reading import Reading, ReplyContext

HARD_LIMIT: Final = 12_000


def check_reply(text: str, context: ReplyContext) -> tuple[Finding, ...]:
    """Every finding about a reply, in the order of the checks; empty means that it may leave.

    Args:
        text: The reply, as it would be sent.
        context: Everything it may rest on.
    """
    from agent_core.guardrails.checks import shape
    from agent_core.guardrails.registry import CHECKS  # see there why not before

    if len(text) > min(HARD_LIMIT, context.release.behaviour.thresholds.reply_chars * 3 // 2):
        return tuple(shape.check(Reading(text[: HARD_LIMIT + 1], context)))
    reading, off = Reading(text, context), checks_off(context.release.behaviour)
    return tuple(finding for name, check in CHECKS.items() if name not in off for finding in check(reading))


def checks_off(behaviour: BehaviourLike) -> tuple[ReplyCheckName, ...]:
    """The checks a brand has switched off, in order."""
    rules = behaviour.reply_checks
    return tuple(name for name in REPLY_CHECKS if name in rules and not rules[name].enabled)


def codes(findings: Iterable[Finding]) -> tuple[str, ...]:
    """The codes of findings, each once."""
    return tuple(dict.fromkeys(finding.code for finding in findings))
