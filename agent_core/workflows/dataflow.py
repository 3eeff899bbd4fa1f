"""The dataflow check of a workflow: values used on a path where no step has assigned them, and steps no path reaches (R-A9).

`step_checks` proves that a name leads somewhere; this proves that something stands there when it is read. A missing value
never stops a run, it silently skips a step or drops a sentence, which is how a wrong workflow stays unnoticed: so it is an
error here. Nothing is evaluated; conditions are read as what must have been true.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final, get_args

from pydantic import JsonValue

from agent_core.contract.ids import ToolName
from agent_core.contract.outcomes import ProposalOutcome, ToolOutcome
from agent_core.workflows.expressions import NotUnderstood, Placeholder, placeholders, placeholders_within
from agent_core.workflows.findings import Finding, shown
from agent_core.workflows.tools import ToolDeclaration
from agent_core.workflows.workflow import Step, Workflow
from agent_core.workflows.yaml_text import Located, Path

_TERM: Final = re.compile(r"(?P<not>not )?(?P<path>[\w.-]+)(?: (?P<op>==|!=|<=|>=|<|>) (?P<literal>\S.*))?")
_AND: Final = re.compile(r"\s+and\s+")
_AFTER_CALL: Final = ("pending", "done", "denied", "failed")
_OUTCOMES: Final = frozenset((*get_args(ToolOutcome), *get_args(ProposalOutcome), "not_started", "expired", "lapsed"))
"""Every word `step.outcome` can be: what a call can end as, also by a later notice."""
_SUCCEEDED: Final = "succeeded"


@dataclass(frozen=True, slots=True)
class _Term:
    """One term of a condition."""

    path: str
    negated: bool
    operator: str | None
    literal: str

    @property
    def head(self) -> str:
        return self.path.split(".", 1)[0]

    @property
    def parts(self) -> tuple[str, ...]:
        return tuple(self.path.split(".")[1:])

    @property
    def proves_value(self) -> bool:
        """Whether a true term means that a value stands at the path: a missing path makes every comparison false."""
        return not self.negated


def dataflow_findings(workflow: Workflow, located: Located, tools: Mapping[ToolName, ToolDeclaration]) -> Iterator[Finding]:
    """Every use of a value that may be missing, every condition that cannot hold, every step that nothing reaches.

    Args:
        workflow: A workflow; names that lead nowhere are another check's findings and are passed over here.
        located: The file it came from.
        tools: The brand's tools by name.
    """
    flow = _Flow(workflow, tools)
    ended: str | None = None
    for number, step in enumerate(workflow.steps):
        at: Path = ("steps", number)
        if ended is not None:
            yield located.finding((*at, "id"), "unreachable_step", f"No path leads here: `{ended}` always ends the run.")
            continue
        yield from flow.conditions(step, located, at)
        yield from flow.uses(step, located, at)
        if step.escalate is not None and step.when is None and step.call is None and step.ask is None:
            ended = step.id


class _Flow:
    """What is certain at each step of one workflow."""

    def __init__(self, workflow: Workflow, tools: Mapping[ToolName, ToolDeclaration]) -> None:
        self._workflow = workflow
        self._tools = tools
        self._calls: dict[str, Step] = {step.id: step for step in workflow.steps if step.call is not None}
        self._terms = {step.id: _terms(step.when) for step in workflow.steps}

    def conditions(self, step: Step, located: Located, at: Path) -> Iterator[Finding]:
        """Terms that cannot be true, alone or together with what must have been true before."""
        own = self._terms[step.id]
        for term in own:
            allowed = self._allowed(term)
            if term.operator == "==" and allowed is not None and term.literal not in allowed:
                words = ", ".join(f"`{word}`" for word in sorted(allowed)[:8])
                yield located.finding(
                    (*at, "when"), "impossible_condition",
                    f"`{shown(term.path)}` is never `{shown(term.literal)}`: it is one of {words}.",
                )  # fmt: skip
        settled = [term for term in self._certain(step) if term.head in self._calls and term.parts != ("outcome",)]
        for term in own:
            other = next((each for each in settled if _contradict(term, each)), None)
            if other is not None:
                yield located.finding(
                    (*at, "when"), "contradiction",
                    f"This step never runs: `{shown(_spelled(term))}` cannot hold together with `{shown(_spelled(other))}`.",
                )  # fmt: skip
                return

    def uses(self, step: Step, located: Located, at: Path) -> Iterator[Finding]:
        """Placeholders whose value may be missing when the step runs."""
        certain = self._certain(step)
        own = _placeholders(dict(step.arguments)) if step.call is not None else ()
        for placeholder in own:
            if placeholder.head in self._calls and not self._stands(placeholder, certain, step):
                yield self._finding(located, (*at, "with"), placeholder)
        # Past this point a call was made, so every value of its arguments was there.
        known = (*certain, *(_as_term(each.path) for each in own))
        for name in ("say", "ask", *_AFTER_CALL):
            reported: set[str] = set()
            for text in (getattr(step, name) or {}).values():
                for placeholder in _placeholders(text):
                    if placeholder.path in reported or placeholder.path == "reason":
                        continue
                    if name == "ask" and placeholder.head not in self._calls:
                        continue
                    if placeholder.head == step.id and name != "failed":
                        continue
                    if not self._stands(placeholder, known if name != "ask" else certain, step):
                        reported.add(placeholder.path)
                        yield self._finding(located, (*at, name), placeholder)

    def _stands(self, placeholder: Placeholder, certain: tuple[_Term, ...], step: Step) -> bool:
        """Whether a value certainly stands at a placeholder's path."""
        head = placeholder.head
        parts = tuple(placeholder.path.split(".")[1:])
        if head == "customer":
            return True
        if head not in self._calls:
            return head not in self._workflow.entities or any(term.path == head for term in certain)
        if head == step.id:
            return not parts
        if parts in {("outcome",), ("reason",)}:
            return any(term.head == head for term in certain)
        if placeholder.form == "money":
            parts = (*parts, "amount_minor")
        reads = [term.parts for term in certain if term.head == head and term.proves_value]
        answered = [term for term in certain if term.head == head and _proves_answer(term)]
        if not answered:
            return False
        least = _optional_up_to(self._schema(head), parts)
        return least == 0 or any(read[:least] == parts[:least] for read in reads)

    def _certain(self, step: Step) -> tuple[_Term, ...]:
        """Terms that were true whenever this step runs: its own, and those of every step whose answer they name."""
        found: dict[_Term, None] = {}
        open_terms = list(self._terms[step.id])
        while open_terms:
            term = open_terms.pop()
            if term in found or not term.proves_value:
                continue
            found[term] = None
            source = self._calls.get(term.head)
            if source is not None and source.id != step.id:
                open_terms.extend(self._terms[source.id])
                open_terms.extend(_as_term(each.path) for each in _placeholders(dict(source.arguments)))
        return tuple(found)

    def _allowed(self, term: _Term) -> frozenset[str] | None:
        """The only words a path can be, where the tool's declaration says so."""
        if term.head not in self._calls:
            return None
        if term.parts == ("outcome",):
            return _OUTCOMES
        schema: JsonValue = self._schema(term.head)
        for part in term.parts:
            if not isinstance(schema, Mapping):
                return None
            properties, items = schema.get("properties"), schema.get("items")
            schema = properties.get(part) if isinstance(properties, Mapping) and part in properties else items
        words = schema.get("enum") if isinstance(schema, Mapping) else None
        return frozenset(str(word) for word in words) if isinstance(words, list) else None

    def _schema(self, step_id: str) -> JsonValue:
        declared = self._tools.get(ToolName(self._calls[step_id].call or ""))
        return None if declared is None else declared.result_schema

    def _finding(self, located: Located, at: Path, placeholder: Placeholder) -> Finding:
        head = placeholder.head
        if head in self._calls:
            guard = f"`when: {head}.outcome == succeeded`, or a term that reads the value"
        else:
            guard = f"`when: {head}`"
        return located.finding(
            at, "possibly_unassigned",
            f"`{{{shown(placeholder.path)}}}` may have no value here; the step would be skipped in silence. Add {guard}.",
        )  # fmt: skip


def _terms(expression: str | None) -> tuple[_Term, ...]:
    found: list[_Term] = []
    for text in _AND.split((expression or "").strip()):
        match = _TERM.fullmatch(text.strip())
        if match is not None:
            literal = (match["literal"] or "").strip().strip("\"'")
            found.append(_Term(match["path"], bool(match["not"]), match["op"], literal))
    return tuple(found)


def _as_term(path: str) -> _Term:
    """A value that was read is a value that was there."""
    return _Term(path, negated=False, operator=None, literal="")


def _proves_answer(term: _Term) -> bool:
    """Whether a true term means that the call has given its result."""
    if not term.proves_value:
        return False
    if term.parts in {("outcome",), ("reason",)}:
        return term.operator == "==" and term.literal == _SUCCEEDED
    return True


def _optional_up_to(schema: JsonValue, parts: tuple[str, ...]) -> int:
    """How many parts of a path need a proof of their own: up to the last place of a list, or field not `required`.

    A schema that lists no `required` at all says nothing about its fields; they are taken as always there.
    """
    least = 0
    for number, part in enumerate(parts, 1):
        if not isinstance(schema, Mapping):
            return least
        properties, required = schema.get("properties"), schema.get("required")
        if isinstance(properties, Mapping) and part in properties:
            if isinstance(required, list) and part not in required:
                least = number
            schema = properties[part]
        elif part.isdecimal():
            least = number
            schema = schema.get("items")
        else:
            return least
    return least


def _contradict(one: _Term, other: _Term) -> bool:
    if one.path != other.path or one == other:
        return False
    if one.negated or other.negated:
        return (one.negated and other.operator is None and not other.negated) or (
            other.negated and one.operator is None and not one.negated
        )
    pair = {(one.operator, one.literal), (other.operator, other.literal)}
    equal = [literal for operator, literal in pair if operator == "=="]
    if len(equal) == 2:
        return equal[0] != equal[1]
    return bool(equal) and ("!=", equal[0]) in pair


def _spelled(term: _Term) -> str:
    text = f"not {term.path}" if term.negated else term.path
    return f"{text} {term.operator} {term.literal}" if term.operator else text


def _placeholders(value: JsonValue) -> tuple[Placeholder, ...]:
    """The placeholders of a text or of arguments; what is not understood is another check's finding."""
    try:
        return placeholders(value) if isinstance(value, str) else tuple(placeholders_within(value))
    except NotUnderstood:
        return ()
