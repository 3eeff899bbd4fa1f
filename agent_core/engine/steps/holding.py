"""Quarantine: the agent stops in one conversation, on-call is asked with evidence, the customer is told once (R-A8, R-A9).

The words to the customer are the brand's own, said by the system. Clocks of asks run on, approvals stay where they are. It
must never say what went wrong in words of the outside: what a provider said is evidence, in a body.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from agent_core.contract.bodies import Body, BodyRef, new_body
from agent_core.contract.events import AskRaised, ControlChanged, DamageCause, Quarantined
from agent_core.contract.ids import RunId
from agent_core.contract.outcomes import AskVerb
from agent_core.conversation.health.findings import Finding
from agent_core.conversation.holding import on_call
from agent_core.conversation.plan import AskOnCall, Quarantine, TellHeld
from agent_core.engine.brand_words import brand_says
from agent_core.engine.common import Context, raise_ask, sentence
from agent_core.engine.placing import raised_again
from agent_core.engine.session import Pending
from agent_core.engine.work import Work
from agent_core.guardrails.render import fixed_text

VERBS: tuple[AskVerb, ...] = ("take_over", "repair")
"""What on-call may do. A quarantine is never simply put away: nobody would be left to look."""

MOST_FINDINGS = 40
"""Of one request, in a body of evidence."""


@dataclass(frozen=True, slots=True)
class Damage:
    """What was found, and where.

    Attributes:
        cause: Where it showed.
        diagnosis: The name of the fault.
        code: Reason code of the ask and of the hold.
        sentence: The diagnosis in words.
        run: Whose work showed it.
        findings: Every fault of its request.
        manifest: The request.
        said: What the provider said.
    """

    cause: DamageCause
    diagnosis: str
    code: str
    sentence: str
    run: RunId | None = None
    findings: Sequence[Finding] = ()
    manifest: BodyRef | None = None
    said: BodyRef | None = None


async def quarantine(context: Context, step: Quarantine) -> Work:
    """Nothing may be done here before on-call has looked."""
    state = context.session.state
    run = None if step.run is None else state.runs[step.run]
    refused = state.turn.failing if run is None else run.failing
    words = sentence(step.code)
    cause: DamageCause = "log" if step.code == "log_does_not_fold" else "provider"
    manifest = None if run is None else run.manifest
    return Work(hold(context, Damage(cause, step.code, step.code, words, step.run, (), manifest, refused.said)))


def hold(context: Context, damage: Damage) -> Pending:
    """The append that puts a conversation into quarantine: what is wrong, whom it is asked, who controls it."""
    session = context.session
    evidence = evidence_body(damage)
    held = Quarantined(
        cause=damage.cause,
        diagnosis=damage.diagnosis,
        sentence=damage.sentence,
        run=damage.run,
        evidence=evidence.ref,
        manifest=damage.manifest,
    )
    ask = raise_ask(
        context, "quarantine", "held", damage.code, run=damage.run, verbs=VERBS, priority=1, words=damage.sentence
    )
    changed = ControlChanged(to="quarantined", code=damage.code, sentence=damage.sentence)
    return Pending(tuple(session.draft(event) for event in (held, ask, changed)), (evidence,))


def evidence_body(damage: Damage, **more: Any) -> Body:
    """What on-call is given: faults by name and place, never a text of the transcript."""
    value = {
        "cause": damage.cause,
        "diagnosis": damage.diagnosis,
        "findings": [finding_row(each) for each in damage.findings[:MOST_FINDINGS]],
        "found": len(damage.findings),
        "said": None if damage.said is None else damage.said.id,
        **more,
    }
    return new_body("diagnosis", json.dumps(value, ensure_ascii=False))


def finding_row(each: Finding) -> dict[str, Any]:
    """A finding as the command line prints it, with its sentence."""
    return {
        "diagnosis": each.diagnosis,
        "message": each.message,
        "block": each.block,
        "tool_use_ids": [call[:200] for call in each.tool_use_ids[:16]],
        "http_status": each.http_status,
        "side_effect": each.side_effect,
        "repair": each.repair,
        "sentence": each.sentence,
    }


async def tell_held(context: Context, _step: TellHeld) -> Work:
    """Drafts the brand's words for a customer who has to wait for a person; they leave like every reply."""
    session, release = context.session, context.brand.release
    try:
        known = (await session.facts(["customer.name"])).get("customer.name")
    except Exception:  # noqa: BLE001 - it may be the very body that cannot be read; nobody stays untold because of a name
        known = None
    name = str(known.value) if known is not None and known.value else None
    drafted, body = brand_says(context, fixed_text("quarantine", release, context.language, name), held=True)
    return Work(Pending((session.draft(drafted),), (body,)))


async def ask_on_call(context: Context, step: AskOnCall) -> Work:
    """The customer wrote on, or nobody is asked any more: no quarantine waits unseen (R-N6)."""
    session = context.session
    known = on_call(session.state)
    if known is not None:
        ask = raised_again(known.ask, context.brand.release.brand, session.now, higher=False)
        words = f"{known.ask.sentence} {_WROTE}" if step.wrote and _WROTE not in known.ask.sentence else known.ask.sentence
        return Work(Pending((session.draft(AskRaised(ask=ask.model_copy(update={"sentence": words[:400]}))),)))
    held = session.state.quarantine
    assert held is not None
    code = session.state.control_code or "quarantined"
    raised = raise_ask(context, "quarantine", "held", code, run=held.run, verbs=VERBS, priority=1, words=held.sentence)
    return Work(Pending((session.draft(raised),)))


_WROTE = "The customer has written again."
