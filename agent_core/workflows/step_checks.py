"""What makes a workflow wrong although every field has the right type: names that lead nowhere, tools that are not its own.

Findings stand at the line of the step. A workflow that passes can be followed to the letter.
"""

from collections.abc import Iterator, Mapping
from typing import Final

from agent_core.contract.ids import ToolName
from agent_core.workflows.expressions import (
    NotUnderstood,
    Placeholder,
    condition_paths,
    leads_somewhere,
    placeholders,
    placeholders_within,
)
from agent_core.workflows.findings import Finding, shown
from agent_core.workflows.tools import WITHDRAW_PROPOSAL, ToolDeclaration
from agent_core.workflows.workflow import Step, Workflow
from agent_core.workflows.yaml_text import Located, Path

_AFTER_CALL: Final = ("pending", "done", "denied", "failed")
_TEXTS: Final = ("ask", "say", *_AFTER_CALL)
_OUTCOME_WORDS: Final = frozenset({"outcome", "reason"})
ANSWER_WORDS: Final = frozenset({"answer", "confirmed"})
"""What there is to read of a step that asks and calls nothing: the customer's words, and whether they said yes."""
_RESERVED_HEADINGS: Final = ("## ", "<", "</")


def step_findings(
    workflow: Workflow,
    located: Located,
    tools: Mapping[ToolName, ToolDeclaration],
    unread: frozenset[str] = frozenset(),
) -> Iterator[Finding]:
    """Every finding about a workflow's instructions, steps, tools and outputs.

    Args:
        workflow: The workflow, its fields already of the right type.
        located: The file it came from.
        tools: The brand's tools by name.
        unread: Tools that are there but have faults of their own.
    """
    yield from _instructions(workflow, located)
    yield from _tools(workflow, located, tools, unread)
    yield from _proofs(workflow, located, tools)
    yield from _examples(workflow, located)
    calls: dict[str, ToolName] = {}
    seen: set[str] = set()
    for number, step in enumerate(workflow.steps):
        at: Path = ("steps", number)
        if step.id in seen:
            yield located.finding((*at, "id"), "duplicate_step", f"A step `{step.id}` is already there.")
        if step.id in workflow.entities or step.id in {"customer", "reason"}:
            yield located.finding((*at, "id"), "step_name_taken", f"`{step.id}` already names something else.")
        seen.add(step.id)
        yield from _Step(workflow, located, tools, step, at, calls).findings()
        if step.call is not None:
            calls[step.id] = ToolName(step.call)
    names = [output.name for output in workflow.outputs]
    for number, name in enumerate(names):
        if name in names[:number]:
            yield located.finding(("outputs", number, "name"), "duplicate_output", f"The output `{name}` is named twice.")


def _instructions(workflow: Workflow, located: Located) -> Iterator[Finding]:
    for line in workflow.instructions.splitlines():
        if line.lstrip().startswith(_RESERVED_HEADINGS):
            yield located.finding(
                ("instructions",),
                "reserved_heading",
                f"Instructions hold no `##` headings and no tags: `{shown(line, 40)}`.",
            )


def _tools(
    workflow: Workflow, located: Located, tools: Mapping[ToolName, ToolDeclaration], unread: frozenset[str]
) -> Iterator[Finding]:
    for number, name in enumerate(workflow.tools):
        at: Path = ("tools", number)
        if name in unread:
            continue
        if name not in tools:
            yield located.finding(at, "unknown_tool", f"No tool `{name}` is declared in tools.yaml.")
        elif name in workflow.tools[:number]:
            yield located.finding(at, "duplicate_tool", f"The tool `{name}` is listed twice.")
        elif workflow.authority == "read_only" and tools[name].writes:
            yield located.finding(at, "read_only_writes", f"The workflow is read_only, but `{name}` writes.")


def _examples(workflow: Workflow, located: Located) -> Iterator[Finding]:
    outputs = {output.name for output in workflow.outputs}
    for number, example in enumerate(workflow.examples):
        at: Path = ("examples", number)
        for name in example.calls:
            if name not in workflow.tools and name != WITHDRAW_PROPOSAL:
                yield located.finding((*at, "calls"), "unknown_tool", f"`{name}` is no tool of this workflow.")
        for name in example.outputs:
            if name not in outputs:
                yield located.finding((*at, "outputs"), "unknown_output", f"`{name}` is no output of this workflow.")
        if example.order is None and any("{order_id}" in text for text in example.says):
            yield located.finding((*at, "says"), "no_order", "It names `{order_id}` and says nothing of an `order`.")


def _proofs(workflow: Workflow, located: Located, tools: Mapping[ToolName, ToolDeclaration]) -> Iterator[Finding]:
    order = {step.id: number for number, step in enumerate(workflow.steps)}
    for number, proof in enumerate(workflow.proofs):
        at: Path = ("proofs", number)
        declared = tools.get(proof.tool)
        if proof.tool not in workflow.tools or declared is None or not declared.writes:
            message = f"`{proof.tool}` is no write of this workflow."
            yield located.finding((*at, "tool"), "proof_for_no_write", message)
        offer = workflow.step(proof.offer)
        if offer is None or offer.ask is None or offer.call is not None:
            message = f"`{proof.offer}` is no step that asks and calls nothing."
            yield located.finding((*at, "offer"), "offer_asks_nothing", message)
            continue
        for step in workflow.steps[: order[proof.offer]]:
            if step.call == proof.tool:
                message = f"`{step.id}` calls `{proof.tool}` before `{proof.offer}` has asked."
                yield located.finding((*at, "offer"), "offer_too_late", message)


class _Step:
    """The checks of one step; `calls` are the tools of the steps before it, by step."""

    def __init__(
        self,
        workflow: Workflow,
        located: Located,
        tools: Mapping[ToolName, ToolDeclaration],
        step: Step,
        at: Path,
        calls: Mapping[str, ToolName],
    ) -> None:
        self._workflow = workflow
        self._located = located
        self._tools = tools
        self._step = step
        self._at = at
        self._calls = calls
        before = workflow.steps[: int(at[1])]
        self._asked = {each.id for each in before if each.ask is not None and each.call is None}

    def findings(self) -> Iterator[Finding]:
        step = self._step
        if step.when is not None:
            yield from self._condition(step.when)
        if step.call is not None:
            yield from self._call(step.call)
        else:
            for name in ("with", *_AFTER_CALL, "otherwise"):
                field = "arguments" if name == "with" else name
                if getattr(step, field):
                    yield self._finding(name, "needs_call", f"`{name}` has a meaning only beside `call`.")
            if not (step.ask or step.say or step.escalate):
                yield self._finding("id", "idle_step", "The step calls, says, asks and escalates nothing.")
        for name in _TEXTS:
            for language, text in (getattr(step, name) or {}).items():
                yield from self._text(name, language, text)

    def _condition(self, expression: str) -> Iterator[Finding]:
        try:
            paths = condition_paths(expression)
        except NotUnderstood as error:
            yield self._finding("when", "bad_condition", f"This condition is not understood: {shown(str(error), 160)}.")
            return
        for path in paths:
            yield from self._path("when", path, ())

    def _call(self, tool: str) -> Iterator[Finding]:
        if tool not in self._workflow.tools:
            yield self._finding("call", "tool_not_in_workflow", f"`{tool}` is not among the tools of this workflow.")
            return
        declared = self._tools.get(ToolName(tool))
        try:
            found = list(placeholders_within(dict(self._step.arguments)))
        except NotUnderstood as error:
            yield self._finding("with", "bad_placeholder", f"These arguments are not understood: {shown(str(error), 160)}.")
            return
        for placeholder in found:
            yield from self._placeholder("with", placeholder, ())
        if declared is None:
            return
        for name in self._step.arguments:
            if name not in declared.arguments:
                yield self._finding("with", "unknown_argument", f"`{tool}` has no argument `{name}`.")
        required = declared.input_schema.get("required")
        for name in required if isinstance(required, list) else ():
            if isinstance(name, str) and name not in self._step.arguments:
                yield self._finding("call", "argument_missing", f"`{tool}` needs the argument `{name}`.")

    def _text(self, name: str, language: str, text: str) -> Iterator[Finding]:
        try:
            found = placeholders(text)
        except NotUnderstood as error:
            yield self._finding(
                name, "bad_placeholder", f"This text ({language}) is not understood: {shown(str(error), 160)}."
            )
            return
        own = (self._step.id,) if self._step.call is not None and name in {"say", *_AFTER_CALL} else ()
        for placeholder in found:
            if placeholder.path == "reason" and name in _AFTER_CALL:
                continue
            yield from self._placeholder(name, placeholder, own)

    def _placeholder(self, name: str, placeholder: Placeholder, own: tuple[str, ...]) -> Iterator[Finding]:
        if placeholder.form == "minor" and placeholder.head not in self._workflow.entities:
            yield self._finding(name, "bad_placeholder", f"`|minor` reads an entity, not `{placeholder.path}`.")
            return
        if placeholder.form == "money":
            for part in ("amount_minor", "currency"):
                yield from self._path(name, f"{placeholder.path}.{part}", own, shown_as=f"{placeholder.path}|money")
            return
        yield from self._path(name, placeholder.path, own)

    def _path(self, name: str, path: str, own: tuple[str, ...], *, shown_as: str | None = None) -> Iterator[Finding]:
        head, *rest = path.split(".")
        if head == "customer" or (head in self._workflow.entities and not rest):
            return
        spelled = shown_as or path
        tool = ToolName(self._step.call or "") if head in own else self._calls.get(head)
        if tool is None and head in self._asked and len(rest) == 1 and rest[0] in ANSWER_WORDS:
            return
        if tool is None:
            later = any(step.id == head for step in self._workflow.steps)
            why = "is a step that comes later or calls nothing" if later else "is no entity of this workflow and no step"
            yield self._finding(name, "unknown_path", f"`{{{spelled}}}` leads nowhere: `{head}` {why}.")
            return
        schema = self._tools[tool].result_schema if tool in self._tools else None
        if not rest or (len(rest) == 1 and rest[0] in _OUTCOME_WORDS) or schema is None:
            return
        if not leads_somewhere(schema, tuple(rest)):
            yield self._finding(name, "unknown_path", f"`{{{spelled}}}` leads nowhere in what `{tool}` answers.")

    def _finding(self, field: str, code: str, message: str) -> Finding:
        return self._located.finding((*self._at, field), code, message)
