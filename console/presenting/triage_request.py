"""A request as the API would see it, as items to be looked at: messages, blocks, and in place what is wrong (R-M4, R-A8).

Nothing is left out but what the core cut, and that is said. It must never join two blocks, and never drop a finding: one
whose place is not shown stands at the top.
"""

from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import Final

from agent_core.contract.repairing import FindingShown
from agent_core.contract.triage import BlockShown, DiagnoseAnswer, MessageShown, RequestShown
from console import texts_repairs
from console import texts_triage as texts
from console.language.numbers import number
from console.presenting.plain import plain_code
from console.presenting.sizes import size_words
from console.state.triage import LookedAt, messages_of, request_of
from console.widgets.triage.items import Fault, RequestHead, RequestItem, RequestNote, RequestPiece

ICONS: Final = {
    "text": "message-circle",
    "tool_use": "wrench",
    "tool_result": "reply",
    "thinking": "brain",
    "redacted_thinking": "brain",
    "image": "eye",
    "document": "paperclip",
}


def request_items(at: LookedAt) -> tuple[RequestItem, ...]:
    """The shown request, as far as it was read."""
    request = request_of(at)
    if request is None:
        return (RequestNote("none", texts.NO_REQUEST[""]),)
    if request.why:
        words = texts.NO_REQUEST.get(request.why, texts.NO_REQUEST[""])
        return (RequestNote("none", words, "warn", "circle-alert"), *_unplaced(request.findings, ()))
    messages, following = messages_of(at, request)
    items: list[RequestItem] = []
    if not request.findings:
        items.append(RequestNote("fine", texts.REQUEST_FINE, "ok", "circle-check"))
    items += _around(request)
    for message in messages:
        items += _message(message, request.findings)
    if following is not None:
        items.append(RequestNote("more", texts.READING_ON if at.paging else texts.MORE_TO_READ, "neutral", "ellipsis"))
    return tuple(items)


def file_items(answer: DiagnoseAnswer) -> tuple[RequestItem, ...]:
    """What a file says as messages, with what is wrong in place."""
    items: list[RequestItem] = []
    placed: set[int] = set()
    shown = [(at, one, one.before) for at, one in enumerate(answer.blocks) if one.before is not None]
    for message, group in groupby(shown, key=lambda entry: entry[1].before_message):
        blocks = list(group)
        whole = _of(answer.findings, message, None)
        items.append(RequestHead(f"h{blocks[0][0]}", _head_words(message or 0, blocks[0][1].role)))
        here: list[RequestItem] = []
        for at, one, block in blocks:
            mine = {*_of(answer.findings, message, one.before_block), *block.findings}
            mine.update(_about(block, answer.findings, whole))
            placed.update(mine)
            here.append(_piece(f"b{at}", block, answer.findings, sorted(mine)))
        left = [one for one in whole if one not in placed]
        if left:
            items.append(_whole(f"w{blocks[0][0]}", answer.findings, left))
            placed.update(left)
        items += here
    if answer.blocks_cut:
        items.append(RequestNote("cut", texts.BLOCKS_CUT, "neutral", "ellipsis"))
    return (*_unplaced(answer.findings, placed), *items)


def faults_of(findings: Sequence[FindingShown], which: Iterable[int]) -> tuple[Fault, ...]:
    """Findings as faults of one block, the severe ones first."""
    chosen = [findings[one] for one in which if 0 <= one < len(findings)]
    chosen.sort(key=lambda one: one.severity != "error")
    return tuple(_fault(one) for one in chosen)


def _fault(found: FindingShown) -> Fault:
    severe = found.severity == "error"
    parts = [texts.WOULD_ANSWER if severe else texts.WOULD_TAKE]
    if found.repair:
        parts.append(texts.REPAIR_IS.format(what=repair_words(found.repair)))
    parts.append(texts.SIDE_EFFECTS.get(found.side_effect, ""))
    return Fault(found.sentence, " ".join(part for part in parts if part), severe)


def repair_words(name: str) -> str:
    """What a repair does, by its name; a name nobody wrote down is said as words."""
    return texts_repairs.REPAIRS.get(name) or plain_code(name)


def _unplaced(findings: Sequence[FindingShown], placed: "set[int] | tuple[int, ...]") -> list[RequestItem]:
    """What is wrong with the whole, or stands where nothing is shown."""
    left = [at for at in range(len(findings)) if at not in placed]
    return [
        RequestPiece(f"f{at}", texts.ABOUT_REQUEST, "", findings[at].shown, "circle-alert", True, faults_of(findings, (at,)))
        for at in left
    ]


def _around(request: RequestShown) -> list[RequestItem]:
    """What stands before the messages: parameters, system, tools."""
    whole = tuple(at for at, one in enumerate(request.findings) if one.message is None)
    items: list[RequestItem] = [
        RequestPiece(
            "parameters",
            texts.PARAMETERS,
            f"{request.model} · {size_words(request.size)}",
            request.parameters,
            "settings",
            True,
            faults_of(request.findings, whole),
        )
    ]
    if request.system:
        detail = texts.CUT.format(count="…") if request.system_cut else ""
        items.append(RequestPiece("system", texts.SYSTEM, detail, request.system, "scroll-text", code=False))
    if request.tools:
        said = "\n\n".join(f"{one.name}\n{one.description}\n{one.input_schema}" for one in request.tools)
        names = ", ".join(one.name for one in request.tools)
        items.append(RequestPiece("tools", f"{texts.TOOLS} · {number(len(request.tools))}", names, said, "wrench"))
    return items


def _head_words(index: int, role: str) -> str:
    return texts.MESSAGE_HEAD.format(number=number(index), role=texts.ROLES.get(role, role))


def _message(message: MessageShown, findings: Sequence[FindingShown]) -> list[RequestItem]:
    key = f"m{message.index}"
    in_place = {block.index: _about(block, findings, message.findings) for block in message.blocks}
    marked = {one for block in message.blocks for one in (*block.findings, *in_place[block.index])}
    # What stands in a block that is not shown is told at its message.
    about = (*message.findings, *(at for at, one in enumerate(findings) if one.message == message.index))
    whole = [one for one in dict.fromkeys(about) if one not in marked]
    count = len(marked) + len(whole)
    remark = texts.FINDINGS.of(count) if count else ""
    items: list[RequestItem] = [RequestHead(key, _head_words(message.index, message.role), remark)]
    if whole:
        items.append(_whole(f"{key}w", findings, whole))
    items += [
        _piece(f"{key}.{block.index}", block, findings, (*block.findings, *in_place[block.index]))
        for block in message.blocks
    ]
    if message.more_blocks:
        items.append(RequestNote(f"{key}more", texts.MORE_BLOCKS.of(message.more_blocks), "neutral", "ellipsis"))
    return items


def _about(block: BlockShown, findings: Sequence[FindingShown], which: Iterable[int]) -> tuple[int, ...]:
    """Findings about a whole message that name this very call: they are marked at the call."""
    call = block.tool_use_id if block.type in {"tool_use", "tool_result", "server_tool_use"} else ""
    if not call:
        return ()
    return tuple(one for one in which if 0 <= one < len(findings) and call in findings[one].tool_use_ids)


def _whole(key: str, findings: Sequence[FindingShown], which: Iterable[int]) -> RequestPiece:
    return RequestPiece(key, texts.WHOLE_MESSAGE, "", "", "layers", True, faults_of(findings, which))


def _piece(key: str, block: BlockShown, findings: Sequence[FindingShown], which: Iterable[int]) -> RequestPiece:
    parts = [texts.BLOCK_PLACE.format(number=number(block.index)), block.tool_use_id]
    if block.cut:
        parts.append(texts.CUT.format(count=number(block.characters)))
    return RequestPiece(
        key, block_title(block), " · ".join(part for part in parts if part), block.text, ICONS.get(block.type, "braces"),
        block.type not in {"text", "thinking"}, faults_of(findings, which),
    )  # fmt: skip


def block_title(block: BlockShown) -> str:
    """What a block is, in words."""
    if block.type in {"", "?"}:
        return texts.NO_TYPE
    kind = "tool_result_error" if block.type == "tool_result" and block.is_error else block.type
    known = texts.BLOCK_TYPES.get(kind)
    return known.format(tool=block.tool or "?") if known else texts.OTHER_BLOCK.format(type=block.type)


def _of(findings: Sequence[FindingShown], message: int | None, block: int | None) -> tuple[int, ...]:
    return tuple(at for at, one in enumerate(findings) if one.message == message is not None and one.block == block)
