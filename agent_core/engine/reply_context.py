"""What a reply may be made of and what it is checked against, gathered from a conversation (R-F2, DESIGN §3).

One place for the agent's replies, a run's answer before it counts, and a person's words: all are held against the same.
Reads only; what it finds becomes evidence in the log (`flagged_reply`), never words in an event.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal

from agent_core.contract.answers import Point, RunAnswer
from agent_core.contract.bodies import Body
from agent_core.contract.events import ReplyFinding, ReplyFlagged
from agent_core.contract.facts import FactKey
from agent_core.contract.ids import RunId
from agent_core.conversation.state import State
from agent_core.engine.asking import NOT_USABLE
from agent_core.engine.readable import readable
from agent_core.engine.session import Session, json_body
from agent_core.engine.sight import SIGHT
from agent_core.guardrails.finding import Finding
from agent_core.guardrails.reading import Became, Kept, ReplyContext
from agent_core.guardrails.reply import check_reply
from agent_core.workflows.release import Release

MOST_FINDINGS = 40
MOST_PLACES = 20


@dataclass(frozen=True, slots=True)
class Material:
    """What a reply may be made of, and what it is checked against.

    Attributes:
        answers: Run, workflow and answer of every run it covers.
        own: The customer's own addresses and numbers, as the channel gave them.
        facts: Fact id -> key and value.
        sources: Results and notices that the covered runs were given.
        customer_words: The customer's messages, oldest first.
        newest_words: Those that nobody has answered yet.
        pending: Something of the covered runs waits for a decision or an answer.
        became: Tool -> what became of its writes.
        workflows: Of the covered runs.
        private: What colleagues told the agent here in private, whether it still holds or not.
        asks: A question of code's beside what runs say: who the customer is (R-B6).
    """

    answers: tuple[tuple[RunId, str, RunAnswer], ...]
    customer_name: str | None
    own: tuple[str, ...]
    facts: dict[str, tuple[str, Any]]
    sources: tuple[Any, ...]
    customer_words: tuple[str, ...]
    newest_words: tuple[str, ...]
    pending: bool
    became: Mapping[str, Collection[Became]]
    workflows: tuple[str, ...]
    private: tuple[str, ...] = ()
    asks: str | None = None

    @property
    def points(self) -> list[Point]:
        """Every point, in the order of the runs."""
        return [point for _, _, answer in self.answers for point in answer.points]

    @property
    def questions(self) -> list[str]:
        """Every question."""
        asked = [answer.question for _, _, answer in self.answers if answer.question]
        return asked if self.asks is None else [*asked, self.asks]


async def gather(session: Session, state: State, covers: Sequence[RunId]) -> Material:
    """The material of the runs a reply covers."""
    answers: list[tuple[RunId, str, RunAnswer]] = []
    sources: list[Any] = []
    cited: set[str] = set()
    for name in covers:
        run = state.runs[name]
        if run.answer is not None:
            answer = RunAnswer.model_validate(await session.json(run.answer))
            answers.append((name, run.workflow, answer))
            cited.update(fact for point in answer.points for fact in point.fact_ids)
        for entry in run.transcript:
            if entry.kind in ("result", "notice"):
                told = await session.json(entry.body)
                if told.get("outcome") != NOT_USABLE:  # what was wrong with an answer bears nothing out
                    # `earlier`: what the run before it had read.
                    sources += [told[key] for key in ("result", "reason", "sentence", "earlier") if told.get(key)]
    customer = await session.facts(_CUSTOMER)
    spoken = [m for m in state.messages if m.author == "customer" and not m.gone]
    # What was erased since cannot be repeated, and need not be.
    words = await readable(session, (m.text for m in spoken))
    heard = [m for m in spoken if m.text.id in words]
    name = customer.get("customer.name")
    open_runs = {state.heir(p.proposal.run) for p in state.open_proposals()}
    open_runs |= {state.heir(known.effect.run) for known in state.owed() if known.effect.run is not None}
    return Material(
        answers=tuple(answers),
        customer_name=str(name.value) if name is not None and name.value else None,
        own=tuple(str(fact.value) for key, fact in customer.items() if key != "customer.name" and fact.value),
        facts=await session.facts_by_id(cited),
        sources=tuple(sources),
        customer_words=tuple(words[m.text.id] for m in heard),
        newest_words=tuple(words[m.text.id] for m in heard if m.seq > state.turn.after),
        pending=bool(open_runs & set(covers)),
        became=became(state, covers),
        workflows=tuple(dict.fromkeys(state.runs[name].workflow for name in covers)),
        private=await _private(session, state),
    )


async def _private(session: Session, state: State) -> tuple[str, ...]:
    """Notes of colleagues to any run of this conversation. What was erased since cannot be repeated."""
    notes = {e.body.id: e.body for run in state.runs.values() for e in (*run.transcript, *run.later) if e.kind == "steer"}
    notes |= {known.note.id: known.note for known in state.steering.values()}
    return tuple((await readable(session, notes.values())).values()) if notes else ()


_CUSTOMER: tuple[FactKey, ...] = ("customer.name", "customer.email", "customer.phone", "customer.address")


def became(state: State, covers: Sequence[RunId]) -> dict[str, set[Became]]:
    """What became of the writes of each tool: what waits only counts where this reply speaks for it."""
    found: dict[str, set[Became]] = {str(tool): {"done"} for tool in state.actions}
    for known in state.proposals.values():
        tool, mine = str(known.proposal.tool), state.heir(known.proposal.run) in covers
        outcome = _OUTCOMES.get(known.outcome or "", "failed") if known.outcome is not None else "pending"
        if outcome != "pending" or mine:
            found.setdefault(tool, set()).add(outcome)
    for awaited in state.owed():
        if awaited.effect.tool is not None and awaited.effect.kind == "write":
            found.setdefault(str(awaited.effect.tool), set()).add("pending")
    for effect in (*state.unknown.values(), *(doubt.effect for doubt in state.doubts.values())):
        if effect.tool is not None:
            found.setdefault(str(effect.tool), set()).add("unknown")
    return found


_OUTCOMES: Mapping[str, Became] = {"executed": "done", "denied": "denied", "unknown": "unknown"}


def context_of(
    material: Material,
    state: State,
    release: Release,
    *,
    language: str,
    now: datetime,
    sources: Sequence[Any] = (),
    kept: Kept | None = None,
) -> ReplyContext:
    """What a text of this conversation is checked against.

    Args:
        material: Of `gather`.
        state: The conversation.
        release: The active release: guardrails are always the active ones.
        language: Of the reply.
        now: The present moment.
        sources: Further values it may rest on.
        kept: What the conversation's last check has read.
    """
    return ReplyContext(
        sight=SIGHT,
        release=release,
        language=language,
        points=material.points,
        facts=material.facts,
        sources=(*material.sources, *sources),
        customer_words=material.customer_words,
        newest_words=material.newest_words,
        customer_own=material.own,
        actions=material.became,
        pending=material.pending,
        first_reply=state.sent == 0,
        workflows=material.workflows,
        now=now,
        secrets=secrets_of(state),
        private=material.private,
        kept=kept,
    )


def secrets_of(state: State) -> tuple[str, ...]:
    """Names that exist only inside this conversation."""
    suffixes = (run.suffix for run in state.runs.values())
    return (*suffixes, *map(str, state.proposals), *map(str, state.asks), str(state.conversation or ""))


async def person_context(session: Session, state: State, release: Release, *, now: datetime) -> ReplyContext:
    """What a person's words are held against: everything known in the conversation, and no disclosures of a first reply.

    Somebody who looked it up elsewhere knows more; so what is found is a warning to them.
    """
    covers = tuple(state.runs)
    material = await gather(session, state, covers)
    every = await session.facts()
    language = state.turn.language or release.brand.default_language
    context = context_of(material, state, release, language=language, now=now)
    facts = {fact.id: (key, fact.value) for key, fact in every.items()}
    return replace(context, facts={**context.facts, **facts}, cites_all=True, first_reply=False, newest_words=())


By = Literal["run", "composer", "code", "triage", "person"]
Then = Literal["rewritten", "by_code", "to_people", "brand_text", "sent"]


def flagged_reply(
    findings: Sequence[Finding], text: str, *, turn: int, by: By, became: Then, run: RunId | None = None
) -> tuple[ReplyFlagged, Body]:
    """The event about a text that did not pass, and its evidence: the text, each finding, its places."""
    listed = findings[:MOST_FINDINGS]
    evidence = json_body(
        "evidence",
        {
            "text": text,
            "findings": [
                {
                    "check": each.check,
                    "code": each.code,
                    "sentence": each.sentence,
                    "reason": each.reason,
                    "places": [list(place) for place in each.spans[:MOST_PLACES]],
                }
                for each in listed
            ],
        },
    )
    event = ReplyFlagged(
        turn=turn,
        by=by,
        run=run,
        became=became,
        findings=tuple(ReplyFinding(check=each.check, code=each.code[:64], places=len(each.spans)) for each in listed),
        evidence=evidence.ref,
    )
    return event, evidence


def reasons(findings: Sequence[Finding]) -> list[str]:
    """What the model is told: our own words alone."""
    return list(dict.fromkeys(finding.reason for finding in findings))[:MOST_FINDINGS]


def findings_of(text: str, context: ReplyContext, *, without: Collection[str] = ()) -> tuple[Finding, ...]:
    """Every finding about a text, except those of some checks."""
    return tuple(finding for finding in check_reply(text, context) if finding.check not in without)
