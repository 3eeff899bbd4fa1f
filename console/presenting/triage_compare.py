"""Two columns: a request before and after its repair, and a turn as it was and as it is when run again (R-M4).

It must never call two things the same because they look so: what the core said decides.
"""

from collections.abc import Sequence
from typing import Final

from agent_core.contract.forking import ForkAnswer, ForkedReply, StepsAligned, StepShown, VerdictCompared
from agent_core.contract.repairing import FindingShown
from agent_core.contract.triage import AlignedBlock, BlockShown, ConversationTriage, DiagnoseAnswer, ForkPoint, RunCompared
from console import texts_triage as texts
from console.language.numbers import number
from console.presenting import clock
from console.presenting.codes import as_head
from console.presenting.plain import plain_code
from console.presenting.triage_request import block_title, faults_of
from console.widgets.triage.items import (
    ComparedPair,
    Likeness,
    PairSide,
    RequestHead,
    RequestItem,
    RequestNote,
    RequestPiece,
)

_BLOCKS: Final[dict[str, Likeness]] = {"kept": "same", "changed": "changed", "added": "added", "removed": "removed"}
_STEPS: Final[dict[str, Likeness]] = {
    "same": "same", "differs": "changed", "only_recorded": "removed", "only_here": "added",
}  # fmt: skip


def repair_items(shown: ConversationTriage) -> tuple[RequestItem, ...]:
    """Every run that would go on as another one, before and after."""
    items: list[RequestItem] = []
    for run in shown.compared:
        items += _run(run, alone=len(shown.compared) == 1)
    return tuple(items) or (RequestNote("none", texts.NOTHING_TO_REPAIR, "neutral", "info"),)


def file_repair_items(answer: DiagnoseAnswer) -> tuple[RequestItem, ...]:
    """A file before and after."""
    if answer.healthy and not answer.changes:
        return (RequestNote("fine", texts.FILE_HEALTHY_WORDS, "ok", "circle-check"),)
    items: list[RequestItem] = [_pair(f"p{at}", one) for at, one in enumerate(answer.blocks)]
    if answer.blocks_cut:
        items.append(RequestNote("cut", texts.BLOCKS_CUT, "neutral", "ellipsis"))
    return tuple(items)


def _run(run: RunCompared, *, alone: bool) -> list[RequestItem]:
    counts = texts.COMPARED.format(
        kept=number(run.kept), changed=number(run.changed), added=number(run.added), removed=number(run.removed)
    )
    name = texts.RUN_GOES_ON.format(run=run.run, successor=run.successor)
    items: list[RequestItem] = [RequestHead(f"{run.run}", name, counts)]
    items += _verdict(f"{run.run}v", run.verdict)
    items += [_pair(f"{run.run}.{at}", one) for at, one in enumerate(run.blocks)]
    if run.cut:
        items.append(RequestNote(f"{run.run}cut", texts.BLOCKS_CUT, "neutral", "ellipsis"))
    del alone
    return items


def _verdict(key: str, findings: Sequence[FindingShown]) -> list[RequestItem]:
    """What still stands against the repaired request, block by block."""
    return [
        RequestPiece(f"{key}{at}", texts.ABOUT_REQUEST, "", one.shown, "circle-alert", True, faults_of(findings, (at,)))
        for at, one in enumerate(findings)
    ]


def _pair(key: str, one: AlignedBlock) -> ComparedPair:
    left = _side(one.before, one.before_message, one.role)
    # What is kept is told once: it is the same on both sides.
    right = _side(one.after or (one.before if one.state == "kept" else None), one.after_message, one.role)
    return ComparedPair(key, _BLOCKS[one.state], texts.LIKENESS[one.state], left, right, one.note)


def _side(block: BlockShown | None, message: int | None, role: str) -> PairSide | None:
    if block is None:
        return None
    said = texts.ROLES.get(role, role)
    place = f"{number(message)} · {said}" if message is not None else said
    return PairSide(f"{place} · {block_title(block)}", block.text, block.type not in {"text", "thinking"})


# -- a turn run again --------------------------------------------------------------------------------------------------


def point_items(points: Sequence[ForkPoint], position: int | None) -> tuple[RequestItem, ...]:
    """The places from which a turn can be run again, newest first; the chosen one is marked."""
    chosen = position if position is not None else points[-1].position if points else None
    items: list[RequestItem] = [
        RequestPiece(f"at{one.position}", one.title, where(one), "", "history", chosen=one.position == chosen)
        for one in reversed(points)
    ]
    return tuple(items) or (RequestNote("none", texts.FORK_NO_POINTS, "neutral", "info"),)


def where(point: ForkPoint) -> str:
    """Where a place is, in a quiet line."""
    said = texts.FORK_POINT_OF if point.tool else texts.FORK_POINT
    return said.format(turn=number(point.turn), moment=clock.at(point.at), what=plain_code(point.tool))


def position_of(key: str) -> int | None:
    """The position that an item of `point_items` stands for."""
    return int(key[2:]) if key.startswith("at") and key[2:].isdecimal() else None


def fork_items(answer: ForkAnswer) -> tuple[RequestItem, ...]:
    """What came of it: the reply, what authority said, and step by step."""
    items: list[RequestItem] = []
    if answer.same:
        items.append(RequestNote("same", texts.FORK_SAME, "ok", "equal"))
    if answer.recorded_reply is not None or answer.reply is not None:
        items += [RequestHead("reply", texts.FORK_REPLY), _replies(answer.recorded_reply, answer.reply)]
    if answer.verdicts:
        items.append(RequestHead("verdicts", texts.FORK_VERDICTS))
        items += [_verdicts(f"v{at}", one) for at, one in enumerate(answer.verdicts)]
    if answer.would:
        items += [
            RequestHead("would", texts.FORK_WOULD),
            RequestPiece("would.1", as_head("fork_end", answer.end), "", answer.would, "zap"),
        ]
    items.append(RequestHead("steps", texts.FORK_STEPS, texts.MESSAGES.of(0) if not answer.steps else ""))
    items += [_step(f"s{at}", one) for at, one in enumerate(answer.steps)]
    if answer.cut:
        items.append(RequestNote("cut", texts.FORK_CUT, "neutral", "ellipsis"))
    return tuple(items)


def _replies(then: ForkedReply | None, here: ForkedReply | None) -> ComparedPair:
    same = then is not None and here is not None and then.text == here.text
    state = "same" if same else "only_here" if then is None else "only_recorded" if here is None else "differs"
    warned = texts.REPLY_WARNED.of(len(here.warnings)) if here is not None and here.warnings else ""
    why = " · ".join([warned, *(one.sentence for one in here.warnings)]) if here is not None and warned else ""
    return ComparedPair("reply.1", _STEPS[state], texts.FORK_STATES[state], _said(then), _said(here), why)


def _said(reply: ForkedReply | None) -> PairSide | None:
    return (
        None
        if reply is None
        else PairSide(
            " · ".join(part for part in (as_head("by", reply.made_by), reply.language) if part), reply.text, code=False
        )
    )


def _verdicts(key: str, one: VerdictCompared) -> ComparedPair:
    state = "same" if one.recorded == one.here else "differs"
    left = PairSide(texts.FORK_VERDICT[one.recorded or "none"], _because(one.arguments, one.recorded_rules))
    right = PairSide(texts.FORK_VERDICT[one.here or "none"], _because(one.arguments, one.here_rules))
    return ComparedPair(key, _STEPS[state], texts.FORK_STATES[state], left, right, one.title)


def _because(arguments: str, rules: Sequence[object]) -> str:
    why = [f"{getattr(rule, 'id', '')}: {getattr(rule, 'why', '')}" for rule in rules]
    return "\n".join([*why, arguments])


def _step(key: str, one: StepsAligned) -> ComparedPair:
    return ComparedPair(
        key, _STEPS[one.state], texts.FORK_STATES[one.state], _step_side(one.recorded), _step_side(one.here)
    )  # fmt: skip


def _step_side(step: StepShown | None) -> PairSide | None:
    return None if step is None else PairSide(f"{number(step.seq)} · {step.title}", step.detail, code=False)
