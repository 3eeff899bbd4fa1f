"""A conversation of the past in words: its moments, what models were sent, what leads said (R-M5, R-H3)."""

from datetime import datetime

from agent_core.contract.looking_back import CallRequestShown, ModelCallShown, SentBlock, SentMessage
from agent_core.contract.views import ConversationDetail, MarkItem, MessageItem, RoutingItem, ToolCallItem, TranscriptItem
from console import strings, texts_audit
from console.language.numbers import number
from console.presenting.clock import at, moment
from console.presenting.plain import plain_workflow
from console.state.past import Past
from console.theme.tokens import Tone
from console.widgets.audit.hit_list import HitProps
from console.widgets.audit.time_line import Moment, TimeLineProps
from console.widgets.chip import ChipProps
from console.widgets.visible_text import one_line

_SHORT = 90
_SPEAKING: dict[str, Tone] = {"customer": "info", "agent": "accent", "person": "ok", "person_for_agent": "ok"}
_MARKS: dict[str, Tone] = {"plain": "neutral", "ok": "ok", "warn": "warn", "danger": "danger"}
_BAD = frozenset({"failed", "timed_out", "refused", "unknown", "interrupted"})


def time_line(past: Past) -> TimeLineProps:
    """Every step of the conversation as it is now; one may stand on any of them."""
    detail = past.detail
    if detail is None:
        return TimeLineProps()
    steps: dict[int, Moment] = {}
    for item in sorted(detail.items, key=lambda one: one.seq):
        steps.setdefault(item.seq, _moment(item))
    return TimeLineProps(tuple(steps.values()), past.position)


def _moment(item: TranscriptItem) -> Moment:
    said, tone = _happened(item)
    return Moment(item.seq, at(item.at), one_line(said, _SHORT), tone)


def _happened(item: TranscriptItem) -> tuple[str, Tone]:
    match item:
        case MessageItem():
            spoken = {
                "customer": texts_audit.MOMENT_CUSTOMER,
                "agent": texts_audit.MOMENT_AGENT,
                "system": texts_audit.MOMENT_SYSTEM,
            }
            return spoken.get(item.by, texts_audit.MOMENT_PERSON), _SPEAKING.get(item.by, "neutral")
        case RoutingItem():
            return texts_audit.MOMENT_ROUTED, "neutral"
        case ToolCallItem():
            tone: Tone = "danger" if item.outcome in _BAD else "warn" if item.writes else "neutral"
            return texts_audit.MOMENT_TOOL.format(tool=item.title), tone
        case MarkItem():
            return item.text, _MARKS[item.tone]


def item_of(detail: ConversationDetail, seq: int | None) -> str:
    """The item of the transcript that an event belongs to; empty for none.

    Of a fact that was read, it is the very result; else the last item that is not later than the event.
    """
    if seq is None:
        return ""
    read = (*detail.facts, *(fact for belief in detail.beliefs for fact in belief.facts))
    known = next((fact.item for fact in read if fact.item and fact.source_seq == seq), "")
    if known:
        return known
    items = [one for one in detail.items if one.seq <= seq]
    return max(items, key=lambda one: one.seq).id if items else ""


# -- what a model saw --------------------------------------------------------------------------------------------------


def call_props(call: ModelCallShown) -> HitProps:
    """One call as a row."""
    about = plain_workflow(call.about) if call.about else ""
    spent = texts_audit.CALL_TOKENS.format(input=number(call.input_tokens), output=number(call.output_tokens))
    tried = texts_audit.CALL_ATTEMPT.format(attempt=call.attempt) if call.attempt > 1 else ""
    line = " · ".join(part for part in (about, ", ".join(call.tools_called), call.sentence) if part)
    outcome = texts_audit.CALL_GOES_ON if call.outcome is None else _outcome(call.outcome)
    tone: Tone = "info" if call.outcome is None else "danger" if call.outcome in _BAD else "ok"
    return HitProps(
        key=call.effect,
        name=texts_audit.PURPOSES.get(call.purpose, call.purpose),
        when=at(call.started_at),
        pieces=((line or call.model, False),),
        icon="bot",
        about=" · ".join(part for part in (spent, tried) if part),
        chip=ChipProps(outcome, tone),
    )


def _outcome(outcome: str) -> str:
    return next((said for known, said in strings.OUTCOME_WORDS.items() if known == outcome), outcome)


def parts(request: CallRequestShown) -> tuple[tuple[HitProps, str], ...]:
    """Everything that was sent, part by part: a row, and its text."""
    made: list[tuple[HitProps, str]] = []
    rows = "\n".join(f"{row.label}: {row.value}" for row in request.parameters)
    made.append(_part("parameters", texts_audit.PART_PARAMETERS, rows or request.model, "settings"))
    system = texts_audit.PART_ERASED if request.system_erased else request.system or texts_audit.PART_NONE
    made.append(_part("system", texts_audit.PART_SYSTEM, system, "scroll-text"))
    for at_, tool in enumerate(request.tools):
        said = f"{tool.description}\n\n{tool.schema_text}"
        made.append(_part(f"tool:{at_}", texts_audit.PART_TOOL.format(name=tool.name), said, "wrench"))
    if request.tools_erased:
        made.append(_part("tools", texts_audit.PART_TOOL.format(name=texts_audit.CUT), texts_audit.PART_ERASED, "wrench"))
    for at_, message in enumerate(request.messages):
        title = texts_audit.PART_MESSAGE.format(number=at_ + 1, role=texts_audit.ROLES[message.role])
        icon = {"user": "arrow-right", "assistant": "sparkles", "system": "info"}[message.role]
        made.append(_part(f"message:{at_}", title, _message(message), icon))
    if request.answer:
        made.append(_part("answer", texts_audit.PART_ANSWER, _blocks(request.answer), "reply"))
    return tuple(made)


def _part(key: str, name: str, said: str, icon: str) -> tuple[HitProps, str]:
    first = " ".join(said[:400].split())
    about = texts_audit.CHARACTERS.of(len(said))
    return HitProps(key=key, name=name, when="", pieces=((first, False),), icon=icon, about=about), said


def _message(message: SentMessage) -> str:
    return texts_audit.PART_ERASED if message.erased else _blocks(message.blocks)


def _blocks(blocks: tuple[SentBlock, ...]) -> str:
    return "\n\n".join(_block(block) for block in blocks)


def _block(block: SentBlock) -> str:
    heads = {
        "text": "",
        "tool_use": texts_audit.BLOCK_CALL.format(tool=block.tool, id=block.tool_use_id),
        "tool_result": (texts_audit.BLOCK_FAILED if block.error else texts_audit.BLOCK_RESULT).format(id=block.tool_use_id),
        "thinking": texts_audit.BLOCK_THINKING,
        "image": texts_audit.BLOCK_IMAGE,
        "other": texts_audit.BLOCK_OTHER,
    }
    lines = (heads[block.kind], block.text, texts_audit.BLOCK_CACHED if block.cached else "")
    return "\n".join(line for line in lines if line)


def verdict(request: CallRequestShown) -> tuple[str, str, Tone, str]:
    """Whether it is what was sent: title, words, tone, icon."""
    tones: dict[str, tuple[Tone, str]] = {
        "verified": ("ok", "badge-check"), "differs": ("danger", "shield-alert"), "erased": ("warn", "eraser"),
    }  # fmt: skip
    tone, icon = tones[request.verdict]
    said = request.sentence
    if request.digest is not None:
        said = texts_audit.VERDICT_DIGEST.format(digest=request.digest, size=number(request.size))
    return texts_audit.VERDICTS[request.verdict], said, tone, icon


def as_of(past: Past) -> datetime | None:
    """The moment that ages are reckoned from; None for the present."""
    return past.moment.as_of if past.position is not None and past.moment is not None else None


def then_words(past: Past) -> str:
    """What the strip above a past transcript says; empty in the present."""
    if past.position is None:
        return ""
    if past.moment is None or past.moment.seq < past.position:
        return texts_audit.THEN_READING
    return texts_audit.THEN_BANNER.format(when=moment(past.moment.as_of))
