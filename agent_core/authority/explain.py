"""Why a call may happen, or not: every rule that has a say, each part of its condition, and what was missing (R-C2).

Each part is put to Cedar by itself, with the very question that was judged: the explanation cannot differ from the verdict.
It must never decide anything: the verdict in it is the gate's own.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import cedarpy
from pydantic import JsonValue

from agent_core.authority.facts import ApprovalFacts, CallFacts, OperatorFacts
from agent_core.authority.gate import MAX_PEOPLE, Gate, Verdicted
from agent_core.authority.lint import Rule, actions_of
from agent_core.authority.phrases import phrase
from agent_core.authority.policy import AuthorityPolicy
from agent_core.authority.request import Question, approval_extra, caps_extra, proposal_extra, question_of
from agent_core.authority.schema import Mode, action_name, groups_of
from agent_core.authority.table import approvers_of
from agent_core.contract.errors import CountersignError, Invalid
from agent_core.contract.ids import OperatorId

_UNKNOWN = "not known"


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a condition.

    Attributes:
        text: Read aloud.
        holds: Whether it is true here; none when it cannot be told, because something it reads is not known.
        values: What it reads of the call, by the name it is read by.
    """

    text: str
    holds: bool | None
    values: Mapping[str, JsonValue]


@dataclass(frozen=True, slots=True)
class Weighed:
    """A rule about this action, weighed for this call.

    Attributes:
        concerned: Whether it is about this principal at all: a rule for leads is not about a supervisor.
        unless: Its parts are what it wants, not what it strikes at.
        parts: Each part of its condition; empty when it has none.
    """

    rule: str
    why: str
    effect: Literal["permit", "forbid"]
    source: str
    line: int
    concerned: bool
    unless: bool
    parts: tuple[Part, ...]

    @property
    def missing(self) -> tuple[Part, ...]:
        """The parts that do not hold."""
        return tuple(part for part in self.parts if part.holds is not True)


@dataclass(frozen=True, slots=True)
class Way:
    """One of the four questions that a call can be put as.

    Attributes:
        forbidden_by: The rules that forbid it here.
        allowed_by: The rules that allow it here; they count only when nothing forbids.
        nearest: The rules that could have allowed it, nearest first.
    """

    mode: Mode
    granted: bool
    allowed_by: tuple[Weighed, ...]
    forbidden_by: tuple[Weighed, ...]
    nearest: tuple[Weighed, ...]
    error: str = ""


@dataclass(frozen=True, slots=True)
class Explained:
    """A verdict and everything it came from.

    Attributes:
        ways: Alone and asking people; with people's yes, as the executor asks later; and this person's own yes.
        people: How many people it needs after asking; none when no number is enough.
        approvers: Whom the policies let say yes, in words.
        as_person: Whether the person in question may approve it; none when nobody was named.
    """

    verdict: Verdicted
    ways: tuple[Way, ...]
    people: int | None
    approvers: tuple[str, ...]
    later: Verdicted
    as_person: Verdicted | None = None

    def way(self, mode: Mode) -> Way | None:
        """How one of the questions was answered."""
        return next((way for way in self.ways if way.mode == mode), None)


def explain(gate: Gate, call: CallFacts, *, person: OperatorFacts | None = None) -> Explained:
    """Explains what the gate says about a call.

    Args:
        gate: By whose policies.
        call: What is asked.
        person: Whose yes is asked about too.
    """
    people = gate.required_people(call)
    yes = ApprovalFacts(tuple(OperatorId(f"person-{number}") for number in range(people or MAX_PEOPLE)), verified=True)
    try:
        money = call.tool.money_of(call.arguments)
    except Invalid:
        money = None  # Such a call never gets as far as a person: its arguments are refused first.
    asked: list[tuple[Mode, dict[str, Any], OperatorFacts | None]] = []
    if call.operator is None:
        asked.append(("execute", caps_extra(call), None))
    asked.append(("propose", caps_extra(call), None))
    asked.append(("executeApproved", approval_extra(yes), None))
    as_person = None
    if person is not None:
        proposed_by = None if call.operator is None else call.operator.id
        as_person = gate.may_approve(person, call, money=money, proposed_by=proposed_by)
        asked.append(("approve", proposal_extra(money, proposed_by, ()), person))
    return Explained(
        verdict=gate.judge(call),
        ways=tuple(_way(gate.policy, call, mode, extra, who) for mode, extra, who in asked),
        people=people,
        approvers=approvers_of(call.tool.name, gate.policy),
        later=gate.may_execute_approved(call, yes),
        as_person=as_person,
    )


def _way(policy: AuthorityPolicy, call: CallFacts, mode: Mode, extra: dict[str, Any], who: OperatorFacts | None) -> Way:
    try:
        question = question_of(call, extra, approver=who)
        entities = question.entities(policy)
    except (CountersignError, ValueError) as error:
        return Way(
            mode, granted=False, allowed_by=(), forbidden_by=(), nearest=(), error=str(getattr(error, "detail", error))
        )
    answer = cedarpy.is_authorized(question.request(mode), policy.policy_set, entities, policy.schema)
    errors = answer.diagnostics.errors
    names = {action_name(call.tool.name, mode), *groups_of(call.tool, mode)}
    about = [rule for rule in policy.rules.values() if not actions_of(rule.est) or names & set(actions_of(rule.est))]
    probe = _Probe(policy, question, entities, mode)
    weighed = [probe.weigh(rule) for rule in about if rule.effect == "permit" or probe.strikes(rule)]
    permits = [one for one in weighed if one.effect == "permit"]
    allowed = tuple(one for one in permits if one.concerned and not one.missing)
    nearest = [one for one in permits if one not in allowed]
    return Way(
        mode=mode,
        granted=answer.decision is cedarpy.Decision.Allow and not errors,
        allowed_by=allowed,
        forbidden_by=tuple(one for one in weighed if one.effect == "forbid"),
        nearest=tuple(sorted(nearest, key=lambda one: (not one.concerned, len(one.missing)))),
        error="; ".join(errors)[:400],
    )


class _Probe:
    """Puts single rules, and parts of their conditions, to Cedar with one question."""

    def __init__(self, policy: AuthorityPolicy, question: Question, entities: cedarpy.Entities, mode: Mode) -> None:
        self._policy = policy
        self._request = question.request(mode)
        self._entities = entities
        self._context: dict[str, Any] = json.loads(question.context)

    def strikes(self, rule: Rule) -> bool:
        """Whether a forbid holds here."""
        return self._holds({**rule.est, "effect": "permit"}) is True

    def weigh(self, rule: Rule) -> Weighed:
        parts = tuple(part for condition in rule.est["conditions"] for part in self._parts(condition["body"]))
        return Weighed(
            rule=rule.id,
            why=rule.why,
            effect=rule.effect,
            source=rule.source,
            line=rule.line,
            concerned=self._holds({**rule.est, "effect": "permit", "conditions": []}) is True,
            unless=any(condition["kind"] == "unless" for condition in rule.est["conditions"]),
            parts=parts,
        )

    def _parts(self, body: Any) -> Iterator[Part]:
        if isinstance(body, dict) and "&&" in body:
            yield from self._parts(body["&&"]["left"])
            yield from self._parts(body["&&"]["right"])
            return
        alone = {
            "effect": "permit",
            "principal": {"op": "All"},
            "action": {"op": "All"},
            "resource": {"op": "All"},
            "conditions": [{"kind": "when", "body": body}],
        }
        yield Part(phrase(body), self._holds(alone), dict(self._read(body)))

    def _holds(self, est: dict[str, Any]) -> bool | None:
        text = json.dumps({"templates": {}, "templateLinks": [], "staticPolicies": {"probe": est}})
        one = cedarpy.PolicySet.from_json_str(text)
        answer = cedarpy.is_authorized(self._request, one, self._entities, self._policy.schema)
        return None if answer.diagnostics.errors else answer.decision is cedarpy.Decision.Allow

    def _read(self, node: Any) -> Iterator[tuple[str, JsonValue]]:
        """The values of the context that an expression reads, outermost paths only."""
        if isinstance(node, list):
            for child in node:
                yield from self._read(child)
        if not isinstance(node, dict):
            return
        for name, body in node.items():
            path = _path_of(body) if name in {".", "has"} else None
            if path is not None:
                yield ".".join(path), self._value(path)
            else:
                yield from self._read(body)

    def _value(self, path: tuple[str, ...]) -> JsonValue:
        value: Any = self._context
        for step in path:
            if not isinstance(value, dict) or step not in value:
                return _UNKNOWN
            value = value[step]
        return value


def _path_of(body: Any) -> tuple[str, ...] | None:
    """The attributes from the context down, none when it is not the context's."""
    if not isinstance(body, dict) or "attr" not in body:
        return None
    left = body["left"]
    if left == {"Var": "context"}:
        return (body["attr"],)
    inner = _path_of(left.get(".")) if isinstance(left, dict) else None
    return None if inner is None else (*inner, body["attr"])
