"""Starting and ending effects: the same four lines for every kind, written once (DESIGN §1.3)."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from agent_core.authority.gate import Verdicted
from agent_core.contract.actors import Actor, Agent
from agent_core.contract.bodies import Body, BodyRef
from agent_core.contract.events import AnyEvent, EffectFinished, EffectStarted, Usage
from agent_core.contract.facts import FactRef
from agent_core.contract.ids import EffectId, FactId, ProposalId, RunId, ToolName
from agent_core.contract.money import Money
from agent_core.contract.outcomes import EffectKind, EffectOutcome, EffectPurpose, SettledBy
from agent_core.contract.proposals import RuleCited
from agent_core.engine.session import ENGINE, Pending, Session, json_body, loose_json_body
from agent_core.engine.work import finish_key, start_key
from agent_core.store import Draft
from agent_core.systems.port import ToolResult


def numbered(number: int) -> EffectId:
    """The id of an effect: a counter of the conversation."""
    return EffectId(f"e{number}")


def next_effect(session: Session) -> EffectId:
    """The id of the next effect."""
    return numbered(session.state.effects + 1)


def start(
    session: Session,
    *,
    kind: EffectKind,
    purpose: EffectPurpose,
    timeout: timedelta,
    attempt: int,
    run: RunId | None = None,
    tool: ToolName | None = None,
    tool_use_id: str | None = None,
    proposal: ProposalId | None = None,
    reply: int | None = None,
    idempotency_key: str | None = None,
    manifest: BodyRef | None = None,
    arguments: BodyRef | None = None,
    money: Money | None = None,
    cleared_by: tuple[str, ...] = (),
    policy_digest: str | None = None,
    rules: tuple[RuleCited, ...] = (),
    about: EffectId | None = None,
    system: str | None = None,
) -> tuple[EffectId, Pending]:
    """The start of an effect, to be appended under the fence."""
    effect = next_effect(session)
    event = EffectStarted(
        effect=effect,
        kind=kind,
        purpose=purpose,
        turn=session.state.turn.turn,
        attempt=attempt,
        run=run,
        tool=tool,
        tool_use_id=tool_use_id,
        proposal=proposal,
        reply=reply,
        idempotency_key=idempotency_key,
        deadline=session.now + timeout,
        manifest=manifest,
        arguments=arguments,
        money=money,
        cleared_by=cleared_by,
        policy_digest=policy_digest,
        rules=rules,
        about=about,
        system=system,
    )
    actor: Actor = Agent(run=run) if kind != "reply" else ENGINE
    return effect, Pending((Draft(event, actor),), keys=(start_key(session.stream, effect),))


def finish(
    session: Session,
    effect: EffectId,
    outcome: EffectOutcome,
    *,
    settled_by: SettledBy = "performed",
    code: str | None = None,
    sentence: str | None = None,
    transient: bool = False,
    model: str | None = None,
    usage: Usage | None = None,
    then: Sequence[tuple[AnyEvent, Actor | None]] = (),
    bodies: tuple[Body, ...] = (),
    result: BodyRef | None = None,
    facts: tuple[FactRef, ...] = (),
    facts_body: BodyRef | None = None,
    retry_at: datetime | None = None,
    verdict: Verdicted | None = None,
) -> Pending:
    """The end of an effect and the events that follow from it, to be appended without expectation."""
    event = EffectFinished(
        effect=effect,
        outcome=outcome,
        settled_by=settled_by,
        code=code,
        sentence=sentence,
        transient=transient,
        model=model,
        usage=usage,
        result=result,
        facts=facts,
        facts_body=facts_body,
        retry_at=retry_at,
        rules=() if verdict is None else verdict.rules,
        policy_digest=None if verdict is None else verdict.policy_digest,
    )
    drafts = (Draft(event, ENGINE), *(Draft(following, actor or ENGINE) for following, actor in then))
    return Pending(drafts, bodies, (finish_key(session.stream, effect),))


def tool_facts(effect: EffectId, result: ToolResult) -> tuple[tuple[FactRef, ...], Body | None]:
    """The facts a tool result taught, named after their effect, and the body that holds their values."""
    refs = tuple(FactRef(id=FactId(f"{effect}.{n}"), key=key) for n, (key, _) in enumerate(result.facts, 1))
    if not refs:
        return (), None
    values = [{"id": ref.id, "key": key, "value": value} for ref, (key, value) in zip(refs, result.facts, strict=True)]
    return refs, json_body("facts", values)


def result_body(result: ToolResult) -> Body:
    """The typed result as a body, for people and for reading again."""
    return loose_json_body("result", dict(result.result))
