"""The routing table: a checked triage and the open runs become a set of runs, people, or one question (R-B2, R-B6, R-B9).

Pure and total: every message is answered by a workflow, asked about once, or handed to a person. No question is asked twice
in one conversation, however its words stand. First match decides:

| rule                  | when                                                              | then                          |
|-----------------------|-------------------------------------------------------------------|-------------------------------|
| safety, legal_language| triage says so                                                    | people, no run                |
| critical_urgency      | critical, and the brand sends it to people                        | people, no run                |
| unsupported_language  | nobody reachable speaks it                                        | people, no run                |
| complex_request       | complex, and the brand sends it to people                         | people, no run                |
| workflows             | intents we know, sure enough                                      | a run each; parts to people   |
| sign_in               | some of them need proof of identity and there is none             | asked beside the runs; people |
| topic_not_allowed     | no intent, and a topic the brand does not handle                  | people                        |
| continues_asking      | no intent, and a run asked the customer something                 | that run                      |
| closing               | nothing but thanks                                                | fixed text, nothing, or people|
| continues_waiting     | no intent, and exactly one run is at work or waits                | that run                      |
| unclear               | not clear, or nothing sure enough                                 | asked once, then people       |
| no_workflow           | clear, but none of our workflows                                  | people                        |
"""

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field

from agent_core.contract.ids import RunId, WorkflowName
from agent_core.contract.outcomes import RunPhase
from agent_core.routing.policy import RoutingRelease
from agent_core.routing.proof import Standing
from agent_core.routing.triage import CheckedIntent, CheckedTriage
from agent_core.routing.words import normal

_DEAD: frozenset[RunPhase] = frozenset({"failed", "withdrawn"})
_WAITING: frozenset[RunPhase] = frozenset({"working", "awaiting_approval", "awaiting_external"})


@dataclass(frozen=True, slots=True)
class OpenRun:
    """A run of this conversation, oldest first in the sequence given to `route`."""

    run: RunId
    workflow: WorkflowName
    phase: RunPhase


@dataclass(frozen=True, slots=True)
class RouteTo:
    """A run to open (`continue_run` is None) or to go on with. `entities` belong to its own words."""

    workflow: WorkflowName
    continue_run: RunId | None
    intents: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    entities: Mapping[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True, slots=True)
class RoutingPlan:
    """What becomes of a turn.

    Attributes:
        to_people: Reason codes; each becomes an ask.
        question: The one question to the customer; beside runs only where it asks who they are.
        rule: The row of the table that decided.
        reply_text: Key of the brand's fixed text the customer gets; None when runs answer, or nothing is said.
        language: The brand's language to speak.
    """

    runs: tuple[RouteTo, ...]
    to_people: tuple[str, ...]
    question: str | None
    rule: str
    reply_text: str | None
    language: str


def route(
    checked: CheckedTriage,
    open_runs: Sequence[OpenRun],
    customer_authenticated: bool,
    release: RoutingRelease,
    *,
    questions_asked: int = 0,
    barred: Set[str] = frozenset(),
    channel: str | None = None,
    asked: Set[str] = frozenset(),
    proof: Standing = "none",
    waiting_for_proof: bool = False,
) -> RoutingPlan:
    """Decides which runs work on the turn, and what goes to people.

    Args:
        checked: From `check_triage`.
        open_runs: The conversation's runs, oldest first, in any phase.
        customer_authenticated: A fact, never a model's opinion.
        release: The active release.
        questions_asked: Turns in a row that already ended in a question of ours.
        barred: Workflows that a person took off this conversation (R-B7).
        channel: Where the customer writes; none where it does not matter (R-B8).
        asked: Every question asked in this conversation so far, as `words.normal` spells it (R-B9).
        proof: How proving who they are stands (R-B6).
        waiting_for_proof: Earlier wishes of theirs wait for it.
    """
    table = _Table(
        checked,
        open_runs,
        customer_authenticated,
        release,
        questions_asked,
        barred,
        channel,
        asked,
        proof,
        waiting_for_proof,
    )
    return table.hard() or table.workflows() or table.without_intent()


def to_people(plan: RoutingPlan, code: str, release: RoutingRelease) -> RoutingPlan:
    """The plan of a turn that goes to people as a whole because of one code; what went to them anyway stays named (R-E1)."""
    spoken = release.brand.routing.people_languages
    outside = plan.reply_text == "outside_language" or (spoken and plan.language not in spoken)
    codes = tuple(dict.fromkeys((code, *plan.to_people)))
    return RoutingPlan((), codes, None, code, "outside_language" if outside else "handoff", plan.language)


@dataclass(frozen=True, slots=True)
class _Table:
    checked: CheckedTriage
    open_runs: Sequence[OpenRun]
    authenticated: bool
    release: RoutingRelease
    questions_asked: int
    barred: Set[str]
    channel: str | None
    asked: Set[str]
    proof: Standing
    waiting_for_proof: bool

    @property
    def language(self) -> str:
        return self.checked.language or self.release.brand.default_language

    def hard(self) -> RoutingPlan | None:
        """Rows that end every other work on the message."""
        result, table = self.checked.result, self.release.brand.routing
        codes: list[str] = []
        if result.safety:
            codes.append("safety")
        if result.legal:
            codes.append("legal_language")
        if result.urgency == "critical" and table.critical == "people":
            codes.append("critical_urgency")
        if not codes and self.checked.language is None:
            return self._people(("unsupported_language",), "outside_language")
        if not codes and result.complexity == "complex" and table.complex == "people":
            codes.append("complex_request")
        return self._people(tuple(codes), "handoff") if codes else None

    def workflows(self) -> RoutingPlan | None:
        """Known intents, sure enough: a run for each workflow, and the rest to people."""
        least = self.release.behaviour.thresholds.intent_percent
        sure = [intent for intent in self.checked.intents if intent.confidence_percent >= least]
        if not sure:
            return None
        wanted: dict[WorkflowName, list[CheckedIntent]] = {}
        for intent in sure:
            wanted.setdefault(intent.workflow, []).append(intent)
        runs: list[RouteTo] = []
        people: list[str] = []
        unproven = False
        for workflow, intents in wanted.items():
            before = self._run_of(workflow)
            channels = self.release.workflows[workflow].channels
            if workflow in self.barred:
                people.append("taken_off")
            elif channels and self.channel is not None and self.channel not in channels:
                people.append("wrong_channel")
            elif before is not None and before.phase == "escalated":
                people.append("with_a_person")
            elif self._unproven(workflow):
                unproven = True
            else:
                runs.append(_to(workflow, before, intents))
        if self.checked.result.refused_topics:
            people.append("topic_not_allowed")
        runs.extend(self._answered_beside(sure, runs))
        if unproven:
            return self._prove(tuple(runs), tuple(dict.fromkeys(people)))
        codes = tuple(dict.fromkeys(people))
        return RoutingPlan(tuple(runs), codes, None, "workflows", None if runs else self._told("handoff"), self.language)

    def without_intent(self) -> RoutingPlan:
        """Nothing we are sure about."""
        if self.waiting_for_proof and self.proof != "none" and not self.authenticated:
            return self._prove()
        asking = [run for run in self.open_runs if run.phase == "asking" and run.workflow in self.release.workflows]
        if asking:
            return self._continue(asking, "continues_asking")
        if self.checked.result.refused_topics:
            return self._people(("topic_not_allowed",), "nothing_found")
        if self.checked.closing:
            return self._closing()
        waiting = [run for run in self.open_runs if run.phase in _WAITING and run.workflow in self.release.workflows]
        if len(waiting) == 1:
            return self._continue(waiting, "continues_waiting")
        if self.checked.intents or not self.checked.result.clear:
            question = self._new_question()
            if self.questions_asked or question is None:
                return self._people(("unclear_twice",), "unclear_twice", rule="unclear")
            return RoutingPlan((), (), question, "unclear", None, self.language)
        return self._people(("no_workflow",), "nothing_found")

    def _run_of(self, workflow: WorkflowName) -> OpenRun | None:
        return next((run for run in reversed(self.open_runs) if run.workflow == workflow and run.phase not in _DEAD), None)

    def _unproven(self, workflow: WorkflowName) -> bool:
        return self.release.workflows[workflow].authenticated and not self.authenticated

    def _new_question(self) -> str | None:
        """The one precise question, or the brand's; none when both were asked here already."""
        found = (self.checked.result.question, self.release.text("clarify", self.language))
        return next((each for each in found if each and normal(each) not in self.asked), None)

    def _prove(self, runs: tuple[RouteTo, ...] = (), people: tuple[str, ...] = ()) -> RoutingPlan:
        """Asks who they are, beside what goes on without it; once each in two ways, then a person finds out."""
        text = self._proof_text()
        if text is not None and self.release.brand.routing.unauthenticated == "ask":
            return RoutingPlan(runs, people, text, "sign_in", None, self.language)
        code = "tool_unavailable" if self.proof == "unavailable" else "not_authenticated"
        codes = (*people, code)
        rule = "workflows" if runs else "not_proven"
        return RoutingPlan(runs, codes, None, rule, None if runs else self._told("handoff"), self.language)

    def _proof_text(self) -> str | None:
        match self.proof:
            case "none":
                text = None if self.questions_asked else self.release.text("sign_in", self.language)
            case "failed":
                known = "not_proven" in self.release.brand.texts
                text = self.release.text("not_proven", self.language) if known else None
            case "unavailable" | "locked":
                text = None
        return None if text is None or normal(text) in self.asked else text

    def _answered_beside(self, sure: Sequence[CheckedIntent], runs: Sequence[RouteTo]) -> list[RouteTo]:
        """Runs whose question the message answers beside its new intents: it holds a value no intent claims."""
        claimed = {value.casefold() for intent in sure for value in intent.entities.values()}
        taken = {run.continue_run for run in runs}
        beside: list[RouteTo] = []
        for run in self.open_runs:
            workflow = self.release.workflows.get(run.workflow)
            if run.phase != "asking" or run.run in taken or workflow is None:
                continue
            free = {
                name: left
                for name in workflow.entities
                if len(left := [v for v in self.checked.values.get(name, ()) if v.casefold() not in claimed]) == 1
            }
            if free:
                beside.append(RouteTo(run.workflow, run.run, entities={name: left[0] for name, left in free.items()}))
        return beside

    def _continue(self, runs: Sequence[OpenRun], rule: str) -> RoutingPlan:
        plan = tuple(RouteTo(run.workflow, run.run) for run in runs if not self._unproven(run.workflow))
        if not plan:
            return self._prove()
        return RoutingPlan(plan, (), None, rule, None, self.language)

    def _closing(self) -> RoutingPlan:
        match self.release.brand.routing.closing:
            case "people":
                return self._people(("closing",), "handoff", rule="closing")
            case "text":
                return RoutingPlan((), (), None, "closing", "closing", self.language)
            case "silent":
                return RoutingPlan((), (), None, "closing", None, self.language)

    def _told(self, text: str) -> str:
        """A hand-off in a language that no reachable person speaks says in which ones they answer (R-B8)."""
        spoken = self.release.brand.routing.people_languages
        return "outside_language" if spoken and self.language not in spoken else text

    def _people(self, codes: tuple[str, ...], text: str, *, rule: str | None = None) -> RoutingPlan:
        return RoutingPlan((), codes, None, rule or codes[0], self._told(text), self.language)


def _to(workflow: WorkflowName, before: OpenRun | None, intents: Sequence[CheckedIntent]) -> RouteTo:
    entities: dict[str, str] = {}
    for intent in intents:
        for name, value in intent.entities.items():
            entities.setdefault(name, value)
    return RouteTo(
        workflow=workflow,
        continue_run=None if before is None else before.run,
        intents=tuple(intent.id for intent in intents),
        words=tuple(intent.words for intent in intents if intent.words),
        entities=entities,
    )
