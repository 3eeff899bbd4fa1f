"""Asking the shop whether what a customer says belongs together: a read, recorded before and after (R-B6, R-A2).

It always asks both questions, whatever the first one answers, and what it ends with says yes or no and nothing else. Every
attempt counts before it is made, so that cutting it off does not make it free.
"""

from agent_core.contract.facts import FactRef
from agent_core.engine import effects
from agent_core.engine.common import Context
from agent_core.engine.identity import attempt_keys, authenticated, proven_facts
from agent_core.engine.session import Pending, json_body
from agent_core.engine.work import Launch, Work
from agent_core.routing.proof import Claim, Standing, claim_in
from agent_core.systems.port import NotProven, Proven


async def claimed(context: Context) -> Claim | None:
    """What the customer says to prove who they are, where it can be checked and was not yet in this turn."""
    session, brand = context.session, context.brand
    proof, state = brand.release.brand.routing.proof, session.state
    if proof is None or brand.prover is None or state.turn.proof is not None or await authenticated(session):
        return None
    since = state.unproven[0].after if state.unproven else state.turn.after
    refs = [m.text for m in state.messages if m.author == "customer" and not m.gone and since < m.seq <= state.turn.through]
    texts = await session.texts(refs)
    mail = (await session.facts(["customer.email"])).get("customer.email")
    known = mail.value if mail is not None and isinstance(mail.value, str) else None
    return claim_in([texts[ref.id] for ref in refs], brand.release.entities[proof.reference].pattern, known_email=known)


async def standing(context: Context, claim: Claim | None) -> Standing:
    """How proving stands: what this turn's attempt came to, or whether there were too many."""
    state, proof = context.session.state, context.brand.release.brand.routing.proof
    if state.turn.proof == "failed" or state.turn.proof == "unavailable":
        return state.turn.proof
    if proof is None or claim is None:
        return "none"
    if state.proofs_failed >= proof.attempts:
        return "locked"
    counted = await context.session.tallies(await attempt_keys(context.session, claim))
    return "locked" if max(counted.values(), default=0) >= proof.attempts_per_day else "none"


async def prove(context: Context, claim: Claim) -> Work:
    """Asks the shop."""
    session, prover = context.session, context.brand.prover
    assert prover is not None
    said = json_body("arguments", {"email": claim.email, "reference": claim.reference})
    effect, pending = effects.start(
        session,
        kind="read",
        purpose="prove",
        timeout=context.deadlines.read,
        attempt=1,
        arguments=said.ref,
    )
    deadline = session.now + context.deadlines.read
    keys = await attempt_keys(session, claim)
    pending += Pending(bodies=(said,), tallies=tuple((key, 1) for key in keys))

    async def perform() -> Pending:
        found = await prover.owner(claim.email, claim.reference, deadline=deadline)
        if isinstance(found, Proven):
            rows = proven_facts(effect, found.customer)
            facts = json_body("facts", [{"id": name, "key": key, "value": value} for name, key, value in rows])
            refs = tuple(FactRef(id=name, key=key) for name, key, _ in rows)
            done = effects.finish(session, effect, "succeeded", facts=refs, facts_body=facts.ref)
            return done + Pending(bodies=(facts,))
        if isinstance(found, NotProven):
            words = "What the customer named does not belong together."
            return effects.finish(session, effect, "refused", code="not_proven", sentence=words)
        return effects.finish(session, effect, "failed", code=found.code, sentence=found.sentence)

    return Work(pending, (Launch(effect, perform),))
