"""The gate: Cedar judges every tool call and every approval, outside the model (R-C1, R-C2).

`execute`? else `propose`? else forbidden. After a person's yes `executeApproved` is asked again, now. House rules of use,
each measured: granted = Allow *and no error* (an erroring `forbid` is skipped by Cedar); the schema goes with every request
and every entity; ids are `{"type", "id"}` values, never text. People are counted in code. What cannot be judged is
forbidden.
It must never raise on odd input, never read a clock, and never hear the model's opinion.
"""

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import cedarpy

from agent_core.authority.facts import ApprovalFacts, CallFacts, OperatorFacts
from agent_core.authority.lint import Rule
from agent_core.authority.policy import AuthorityPolicy
from agent_core.authority.request import Question, approval_extra, caps_extra, proposal_extra, question_of
from agent_core.authority.schema import Mode
from agent_core.authority.slicing import heeds_caps, slice_of
from agent_core.authority.tools import DeclaredTool
from agent_core.contract.errors import CountersignError
from agent_core.contract.ids import OperatorId
from agent_core.contract.money import Money
from agent_core.contract.outcomes import Verdict
from agent_core.contract.proposals import RuleCited

_REMEMBERED = 64

MAX_PEOPLE = 5
"""The most people a proposal can need."""

_SENTENCES = {
    "allowed": "The policies allow this.",
    "needs_approval": "A person must approve this first.",
    "no_rule_allows": "No policy allows this.",
    "not_judgeable": "This call could not be judged, so it is not allowed.",
    "unknown_tool": "This action is not declared for the brand.",
}


@dataclass(frozen=True, slots=True)
class Verdicted:
    """What the gate decided, and which rules decided.

    Attributes:
        rules: The rules that decided; for `propose` also those that keep the agent from doing it alone.
        code: The deciding rule's own code, else the gate's.
        sentence: Safe to show a person and the model.
        detail: For the log, when something could not be judged.
    """

    verdict: Verdict
    rules: tuple[RuleCited, ...]
    code: str
    sentence: str
    policy_digest: str
    detail: str = ""

    @property
    def allowed(self) -> bool:
        """Whether it may happen without (another) person."""
        return self.verdict == "execute"


@dataclass(frozen=True, slots=True)
class _Answer:
    granted: bool
    reasons: tuple[str, ...]
    errors: tuple[str, ...]


class Gate:
    """Judges by one policy set. Immutable; build a new one for a new set."""

    def __init__(self, policy: AuthorityPolicy) -> None:
        self._policy = policy
        self._said: OrderedDict[tuple[str, ...], list[_Answer]] = OrderedDict()
        """Answers by question: the same set and the same words always get the same answer. A call is asked about up to
        three times in a row, mostly with nothing changed."""
        self._read: OrderedDict[str, cedarpy.Entities] = OrderedDict()
        """Entities by what was said of them: a run asks about the same few, and to read them costs as much as to judge."""
        self._cited: dict[str, RuleCited] = {}
        """Rules as they are cited, by id: as many as the set has, and the set never changes."""
        self._slices: dict[tuple[str, Mode], cedarpy.PolicySet] = {}
        """The rules that can have a say, by action; one for each that was ever asked about."""
        self._heeds: dict[str, bool] = {}
        """Whether caps matter to a tool, by its name; one for each that was ever asked about. The set never changes."""

    @property
    def policy(self) -> AuthorityPolicy:
        """The set it judges by."""
        return self._policy

    @property
    def policy_digest(self) -> str:
        """Names the set for ever."""
        return self._policy.digest

    def judge(self, call: CallFacts) -> Verdicted:
        """May the run (or the person in control) do this alone, propose it, or neither?"""
        modes: tuple[Mode, ...] = ("execute", "propose") if call.operator is None else ("propose",)
        answers = self._ask(call, modes, caps_extra(call))
        if isinstance(answers, Verdicted):
            return answers
        if answers[-1].granted and modes[len(answers) - 1] == "execute":
            return self._verdict("execute", answers[-1].reasons, "allowed")
        if answers[-1].granted:
            kept = tuple(reason for reason in answers[0].reasons if self._policy.rules[reason].effect == "forbid")
            return self._verdict("propose", answers[-1].reasons, "needs_approval", also=kept)
        return self._forbidden(answers[-1], fallback=answers[0])

    def heeds_caps(self, tool: DeclaredTool) -> bool:
        """Whether what was done alone today can matter to what `judge` says of a call; if not, nobody need count it."""
        known = self._heeds.get(tool.name)
        if known is None:
            known = self._heeds[tool.name] = heeds_caps(self._policy, tool)
        return known

    def may_disclose(self, call: CallFacts) -> Verdicted:
        """May the result of a read enter the conversation, now that it is known whose it is?

        Ask after a read whose owner was not known before: with the facts it yielded, before a model sees it.
        """
        if call.owner is None:
            return self._refusal("no_rule_allows", "the result names no owner")
        return self.judge(call)

    def required_people(self, call: CallFacts) -> int | None:
        """How many people must approve for the policies to allow it; none when no number is enough."""
        for count in range(1, MAX_PEOPLE + 1):
            people = tuple(OperatorId(f"person-{number}") for number in range(count))
            if self.may_execute_approved(call, ApprovalFacts(approvers=people, verified=True)).allowed:
                return count
        return None

    def may_execute_approved(self, call: CallFacts, approval: ApprovalFacts) -> Verdicted:
        """May what people approved be executed, asked now?"""
        return self._single(call, "executeApproved", approval_extra(approval))

    def may_approve(
        self,
        operator: OperatorFacts,
        call: CallFacts,
        *,
        money: Money | None = None,
        proposed_by: OperatorId | None = None,
        prior_approvers: Sequence[OperatorId] = (),
    ) -> Verdicted:
        """May this person say yes to this call?

        Args:
            operator: The person, as their enrolment says.
            call: The proposed call.
            money: What moves, none when no money does.
            proposed_by: The person who proposed or widened it; none when the agent did.
            prior_approvers: Who approved already.
        """
        extra = proposal_extra(money, proposed_by, prior_approvers)
        return self._single(call, "approve", extra, approver=operator)

    def _single(
        self, call: CallFacts, mode: Mode, context: dict[str, Any], *, approver: OperatorFacts | None = None
    ) -> Verdicted:
        answers = self._ask(call, (mode,), context, approver=approver)
        if isinstance(answers, Verdicted):
            return answers
        if answers[0].granted:
            return self._verdict("execute", answers[0].reasons, "allowed")
        return self._forbidden(answers[0])

    def _ask(
        self,
        call: CallFacts,
        modes: tuple[Mode, ...],
        extra: dict[str, Any],
        *,
        approver: OperatorFacts | None = None,
    ) -> list[_Answer] | Verdicted:
        """Cedar's answers in order of `modes`, up to the first that grants; a refusal when nothing can be asked."""
        declared = self._policy.tools.get(call.tool.name)
        if declared is not call.tool and declared != call.tool:
            return self._refusal("unknown_tool", call.tool.name)
        try:
            question = question_of(call, extra, approver=approver)
            key = (*modes, *question.key)
            said = self._said.get(key)
            if said is not None:
                return said
            entities = self._entities(question)
        except (CountersignError, ValueError) as error:
            return self._refusal("not_judgeable", str(getattr(error, "detail", error))[:200])
        answers: list[_Answer] = []
        for mode in modes:
            request = question.request(mode)
            rules = self._slice(call.tool, mode)
            answers.append(_answer(cedarpy.is_authorized(request, rules, entities, self._policy.schema)))
            if answers[-1].granted:
                break
        self._said[key] = answers
        if len(self._said) > _REMEMBERED:
            self._said.popitem(last=False)
        return answers

    def _slice(self, tool: DeclaredTool, mode: Mode) -> cedarpy.PolicySet:
        known = self._slices.get((tool.name, mode))
        if known is None:
            known = self._slices[tool.name, mode] = slice_of(self._policy, tool, mode)
        return known

    def _entities(self, question: Question) -> cedarpy.Entities:
        known = self._read.get(question.named)
        if known is None:
            known = self._read[question.named] = question.entities(self._policy)
            if len(self._read) > _REMEMBERED:
                self._read.popitem(last=False)
        return known

    def _verdict(self, verdict: Verdict, reasons: Sequence[str], code: str, *, also: Sequence[str] = ()) -> Verdicted:
        cited = [self._policy.rules[reason] for reason in sorted(reasons)]
        kept = [self._policy.rules[reason] for reason in sorted(also)]
        codes = [rule.code for rule in (*kept, *cited) if rule.code is not None]
        sentence = cited[0].why if cited else _SENTENCES[code]
        return Verdicted(
            verdict=verdict,
            rules=tuple(self._citation(rule) for rule in (*cited, *kept)),
            code=codes[0] if codes else code,
            sentence=sentence,
            policy_digest=self._policy.digest,
        )

    def _citation(self, rule: Rule) -> RuleCited:
        known = self._cited.get(rule.id)
        if known is None:
            known = self._cited[rule.id] = RuleCited(id=rule.id, why=rule.why)
        return known

    def _forbidden(self, answer: _Answer, *, fallback: _Answer | None = None) -> Verdicted:
        if answer.errors:
            return self._refusal("not_judgeable", "; ".join(answer.errors)[:400])
        reasons = answer.reasons or (fallback.reasons if fallback is not None else ())
        forbids = [reason for reason in reasons if self._policy.rules[reason].effect == "forbid"]
        return self._verdict("forbid", forbids, "no_rule_allows")

    def _refusal(self, code: str, detail: str) -> Verdicted:
        return Verdicted("forbid", (), code, _SENTENCES[code], self._policy.digest, detail)


def _answer(result: cedarpy.AuthzResult) -> _Answer:
    errors = tuple(result.diagnostics.errors)
    return _Answer(
        granted=result.decision is cedarpy.Decision.Allow and not errors,
        reasons=tuple(result.diagnostics.reasons),
        errors=errors,
    )
