"""Overriding the routing: which workflows work on a conversation, seen with every tool that comes or goes (R-B7, R-M3).

What would follow is the core's preview of exactly what is chosen; what is signed is that preview. It must never show a
preview of something else as if it were this one.
"""

from typing import TYPE_CHECKING

from agent_core.contract.overriding import OverridePreview, RunAffected, ToolReach
from console import words
from console.shell.form import FormField, FormFollows, FormLine, FormProps, Given
from console.widgets.check_row import CheckProps

if TYPE_CHECKING:
    from console.theme.tokens import Tone

_NO_QUEUE = ""


def routing_form(preview: OverridePreview) -> FormProps:
    """Ask which workflows are to work here, and whether people are."""
    flows = tuple(
        CheckProps(one.workflow, one.title, words.AUTHORITY_LEVELS.get(one.authority, one.authority))
        for one in preview.offered
    )
    queues = (
        CheckProps(_NO_QUEUE, words.ROUTE_NOBODY),
        *(CheckProps(one.name, words.ROUTE_QUEUE.format(queue=one.title)) for one in preview.queues),
    )
    fields = [
        FormField("workflows", words.ROUTE_FLOWS, "any", flows, preview.then),
        FormField("queue", words.ROUTE_PEOPLE, "one", queues, (preview.queue or _NO_QUEUE,)),
        FormField("comment", words.ROUTE_WHY, "text", hint=words.OPTIONAL),
    ]
    return FormProps(
        f"route:{preview.conversation}", words.ROUTE_TITLE, words.ROUTE_WORDS, tuple(fields), words.ROUTE_YES, "accent",
        "route", words.ROUTE_FOLLOWS, routing_follows(preview),
    )  # fmt: skip


def wanted(given: Given) -> tuple[tuple[str, ...], str | None]:
    """The workflows and the queue that are chosen."""
    return given["workflows"], (given["queue"] or (_NO_QUEUE,))[0] or None


def is_of(preview: OverridePreview, given: Given) -> bool:
    """Whether a preview is the one of what is chosen."""
    flows, queue = wanted(given)
    return sorted(preview.then) == sorted(flows) and preview.queue == queue


def routing_follows(preview: OverridePreview) -> FormFollows:
    """What would follow."""
    lines: list[FormLine] = []
    lines += [FormLine(one.sentence, icon="ban", tone="danger") for one in preview.obstacles]
    lines += [FormLine(one.sentence, icon="triangle-alert", tone="warn") for one in preview.warnings]
    lines += _tools(words.ROUTE_GAINED, preview.gained, "warn")
    lines += _tools(words.ROUTE_LOST, preview.lost, None)
    if preview.entering:
        lines.append(FormLine(words.ROUTE_ENTERING, head=True))
        lines += [FormLine(f"{one.title} v{one.version}", one.instructions[:280], "play") for one in preview.entering]
    lines += _runs(words.ROUTE_STAYING, preview.staying, "check")
    lines += _runs(words.ROUTE_LEAVING, preview.leaving, "x")
    nothing = not (preview.gained or preview.lost or preview.entering or preview.leaving or preview.queue)
    if nothing and not preview.obstacles:
        lines.append(FormLine(words.ROUTE_SAME, icon="info"))
    note = words.ROUTE_SIGNED if preview.needs_signature else words.ROUTE_UNSIGNED
    ready = not preview.obstacles and not nothing
    of = {"workflows": preview.then, "queue": (preview.queue or _NO_QUEUE,)}
    return FormFollows(tuple(lines), ready, note, of)


def _tools(head: str, tools: tuple[ToolReach, ...], loud: "Tone | None") -> list[FormLine]:
    if not tools:
        return []
    ordered = sorted(tools, key=lambda one: not one.writes)
    return [
        FormLine(head, head=True),
        *(
            FormLine(
                one.title,
                words.ROUTE_WRITES if one.writes else words.ROUTE_READS,
                "zap" if one.writes else "search",
                loud if one.writes else None,
            )
            for one in ordered
        ),
    ]


def _runs(head: str, runs: tuple[RunAffected, ...], icon: str) -> list[FormLine]:
    if not runs:
        return []
    return [FormLine(head, head=True), *(FormLine(one.title, _done(one), icon) for one in runs)]


def _done(run: RunAffected) -> str:
    parts: list[str] = []
    if run.under_way:
        parts.append(words.ROUTE_UNDER_WAY)
    if run.done:
        parts.append(words.ROUTE_DONE.format(what=", ".join(one.title for one in run.done[-4:])))
    if run.proposals:
        parts.append(words.route_withdrawn(len(run.proposals)))
    return " · ".join(parts)
