r"""Requests as a person reads them: block by block, with faults pinned to their place, before and after in two columns.

What is shown is damage until proven otherwise: whatever nobody can see in it is written as `\u{...}`, and everything is
bounded. Pure; it must never raise for any JSON value, and never change one.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any, Final, cast

import regex

from agent_core.contract.repairing import FindingShown
from agent_core.contract.triage import AlignedBlock, BlockShown, MessageShown
from agent_core.conversation.health.findings import Finding

MOST_BLOCK: Final = 4_000
"""Characters of a block that are shown in a request."""
MOST_SIDE: Final = 1_200
"""Characters of a block that are shown in one of two columns."""
MOST_BLOCKS: Final = 100
"""Blocks of one message that are shown."""
MOST_FINDINGS: Final = 200
MOST_ALIGNED: Final = 400
_MOST_MATCHED: Final = 800
"""Blocks on either side that are compared with each other; what is beyond is told apart by its place."""
_MOST_DAMAGED: Final = 2_000

_UNSEEN: Final = regex.compile(
    r"(?V1)[[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\u2800]--[\n\t]]"
)


def visible(text: str, most: int | None = None) -> str:
    r"""A text in which everything can be seen: what cannot stands as `\u{...}`.

    Args:
        text: From anywhere.
        most: Characters of it that are looked at.
    """
    return _UNSEEN.sub(lambda found: f"\\u{{{ord(found.group()):X}}}", text if most is None else text[:most])


def json_shown(value: object) -> str:
    """A value as JSON text; what cannot be written as such is named."""
    try:
        return json.dumps(value, ensure_ascii=False, default=lambda other: type(other).__name__)
    except RecursionError:
        return "(nested too deeply to be shown)"
    except (TypeError, ValueError):
        return "(no JSON)"


def blocks_of(message: object) -> list[Any]:
    """The content blocks of a message, whatever it is; a text is one block."""
    content = cast("Mapping[str, Any]", message).get("content") if isinstance(message, dict) else message
    if isinstance(content, str):
        return [{"type": "text", "text": content}]
    return (
        list(cast("Sequence[Any]", content)) if isinstance(content, list | tuple) else [] if content is None else [content]
    )


def role_of(message: object) -> str:
    """The role of a message; `?` where it has none."""
    role = cast("Mapping[str, Any]", message).get("role") if isinstance(message, dict) else None
    return visible(role, 40) if isinstance(role, str) else "?"


def block_shown(block: object, index: int, *, most: int = MOST_BLOCK, findings: tuple[int, ...] = ()) -> BlockShown:
    """One block, escaped and bounded."""
    fields: Mapping[str, Any] = cast("Mapping[str, Any]", block) if isinstance(block, dict) else {}
    kind, said = fields.get("type"), fields.get("text")
    only_text = kind == "text" and isinstance(said, str) and not fields.keys() - {"type", "text"}
    text = cast("str", said) if only_text else json_shown(block)
    named = fields.get("id") if kind in ("tool_use", "server_tool_use", "mcp_tool_use") else fields.get("tool_use_id")
    return BlockShown(
        index=index,
        type=visible(kind, 60) if isinstance(kind, str) else "?",
        text=visible(text, most),
        characters=len(text),
        cut=len(text) > most,
        tool_use_id=visible(named, 200) if isinstance(named, str) else "",
        tool=visible(name, 128) if isinstance(name := fields.get("name"), str) else "",
        is_error=fields.get("is_error") is True,
        findings=findings,
    )


def messages_shown(messages: Sequence[Any], findings: Sequence[Finding], first: int, limit: int) -> tuple[MessageShown, ...]:
    """A page of messages, each finding at its block."""
    places: dict[tuple[int, int | None], list[int]] = {}
    for number, found in enumerate(findings):
        if found.message is not None:
            places.setdefault((found.message, found.block), []).append(number)
    shown: list[MessageShown] = []
    for index in range(first, min(first + limit, len(messages))):
        blocks = blocks_of(messages[index])
        here = [block for block in range(len(blocks)) if block < MOST_BLOCKS or (index, block) in places]
        shown.append(
            MessageShown(
                index=index,
                role=role_of(messages[index]),
                blocks=tuple(
                    block_shown(blocks[each], each, findings=tuple(places.get((index, each), ())))
                    for each in here[:MOST_FINDINGS]
                ),
                more_blocks=max(0, len(blocks) - len(here[:MOST_FINDINGS])),
                findings=tuple(places.get((index, None), ())),
            )
        )
    return tuple(shown)


def findings_shown(
    findings: Sequence[Finding], messages: Sequence[Any] | None, most: int = MOST_FINDINGS
) -> tuple[FindingShown, ...]:
    """Findings for people, with the block each stands in: in ASCII, so nothing of it acts on whoever looks."""
    return tuple(
        FindingShown(
            diagnosis=each.diagnosis,
            severity=each.severity,
            message=each.message,
            block=each.block,
            tool_use_ids=tuple(ascii(call)[1:-1][:200] for call in each.tool_use_ids[:16]),
            side_effect=each.side_effect,
            repair=each.repair,
            sentence=each.sentence,
            shown="" if messages is None else _damaged(messages, each),
        )
        for each in findings[:most]
    )


def _damaged(messages: Sequence[Any], found: Finding) -> str:
    """The block or message that is damaged, in ASCII."""
    try:
        if found.message is None:
            return ""
        value: Any = messages[found.message]
        if found.block is not None:
            value = value["content"][found.block]
        return json.dumps(value, ensure_ascii=True, default=str)[:_MOST_DAMAGED]
    except (LookupError, TypeError, ValueError, RecursionError):
        return ""


@dataclass(frozen=True, slots=True)
class Alignment:
    """Two columns. The counts are of all blocks, also where `rows` was cut."""

    rows: tuple[AlignedBlock, ...]
    cut: bool
    kept: int
    changed: int
    added: int
    removed: int


@dataclass(frozen=True, slots=True)
class _Placed:
    """A block with where it stands, what it is, and what it says."""

    message: int
    block: int
    role: str
    value: Any
    content: str
    kind: tuple[str, str, str]


def aligned(before: Sequence[Any], after: Sequence[Any], notes: Mapping[tuple[int, int], str] | None = None) -> Alignment:
    """Messages before and after, block by block: what was kept is found whole, what was changed beside what it was.

    Args:
        before: Messages, of any form.
        after: Messages.
        notes: Why a block of before was changed, by its place.
    """
    left, right = _placed(before), _placed(after)
    rows: list[tuple[_Placed | None, _Placed | None]] = []
    for same, ours, theirs in _runs(left, right):
        if same:
            rows += zip(ours, theirs, strict=True)
        else:
            rows += _paired(ours, theirs)
    count = {"kept": 0, "changed": 0, "added": 0, "removed": 0}
    shown: list[AlignedBlock] = []
    for one, other in rows:
        row = _row(one, other, notes or {}, show=len(shown) < MOST_ALIGNED)
        count[row.state] += 1
        if len(shown) < MOST_ALIGNED:
            shown.append(row)
    return Alignment(tuple(shown), len(rows) > len(shown), **count)


def _placed(messages: Sequence[Any]) -> list[_Placed]:
    found: list[_Placed] = []
    for message, value in enumerate(messages):
        role = role_of(value)
        for block, each in enumerate(blocks_of(value)):
            fields: Mapping[str, Any] = cast("Mapping[str, Any]", each) if isinstance(each, dict) else {}
            call = fields.get("id", fields.get("tool_use_id"))
            kind = (role, str(fields.get("type"))[:60], call if isinstance(call, str) else "")
            text = f"{role}\x00{json_shown(each)}"
            content = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
            found.append(_Placed(message, block, role, each, content, kind))
    return found


def _runs(left: list[_Placed], right: list[_Placed]) -> Iterable[tuple[bool, list[_Placed], list[_Placed]]]:
    """Runs of blocks that are the same on both sides, and of those that are not, in order."""
    start = 0
    while start < min(len(left), len(right)) and left[start].content == right[start].content:
        start += 1
    end = 0
    most = min(len(left), len(right)) - start
    while end < most and left[-1 - end].content == right[-1 - end].content:
        end += 1
    yield True, left[:start], right[:start]
    ours, theirs = left[start : len(left) - end], right[start : len(right) - end]
    if max(len(ours), len(theirs)) > _MOST_MATCHED:
        yield False, ours, theirs
    else:
        matcher = SequenceMatcher(None, [each.content for each in ours], [each.content for each in theirs], autojunk=False)
        for tag, a, b, c, d in matcher.get_opcodes():
            yield tag == "equal", ours[a:b], theirs[c:d]
    yield True, left[len(left) - end :], right[len(right) - end :]


def _paired(ours: list[_Placed], theirs: list[_Placed]) -> list[tuple[_Placed | None, _Placed | None]]:
    """What stands for what where nothing is the same: the next of the same call, role and kind. Others stand alone."""
    waiting: dict[tuple[str, str, str], list[int]] = {}
    for index in range(len(theirs) - 1, -1, -1):
        waiting.setdefault(theirs[index].kind, []).append(index)
    partners = [stack.pop() if (stack := waiting.get(each.kind)) else None for each in ours]
    alone = sorted(set(range(len(theirs))) - set(partners), reverse=True)
    rows: list[tuple[_Placed | None, _Placed | None]] = []
    for each, partner in zip(ours, partners, strict=True):
        while partner is not None and alone and alone[-1] < partner:
            rows.append((None, theirs[alone.pop()]))
        rows.append((each, None if partner is None else theirs[partner]))
    rows += [(None, theirs[index]) for index in reversed(alone)]
    return rows


def _row(one: _Placed | None, other: _Placed | None, notes: Mapping[tuple[int, int], str], *, show: bool) -> AlignedBlock:
    some = other or one
    assert some is not None
    state = "added" if one is None else "removed" if other is None else "kept" if one.content == other.content else "changed"
    return AlignedBlock(
        state=state,
        role=some.role,
        before_message=None if one is None else one.message,
        before_block=None if one is None else one.block,
        after_message=None if other is None else other.message,
        after_block=None if other is None else other.block,
        before=block_shown(one.value, one.block, most=MOST_SIDE) if show and one is not None else None,
        after=block_shown(other.value, other.block, most=MOST_SIDE)
        if show and other is not None and state != "kept"
        else None,
        note="" if one is None else notes.get((one.message, one.block), ""),
    )
