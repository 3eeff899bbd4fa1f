"""What stands beside a request: what is wrong in words, the next turn, the open calls, and why something cannot be done now.

It must never presume an answer about a call, nor call anything safe that the core did not.
"""

from datetime import datetime
from typing import Final

from agent_core.contract.triage import AttemptShown, CallTriaged, ConversationTriage, DryRun, TriageRow
from console import texts_triage as texts
from console.language.numbers import money, number
from console.presenting import clock
from console.presenting.around import brand_title
from console.presenting.codes import as_head, in_words
from console.presenting.sizes import size_words
from console.presenting.triage_request import repair_words
from console.state.ages import ago, left, old
from console.state.app_state import AppState
from console.state.selectors import read_only_reason
from console.state.triage import LookedAt, TriageFile, answer_of, triage_rows
from console.theme.tokens import Tone
from console.widgets.triage.call_card import CallProps
from console.widgets.triage.info_card import InfoLine, InfoProps
from console.widgets.triage.rows import TriageRowProps
from console.words import role_words

FILE: Final = "file"
"""The id of the file's row."""

KIND_LOOKS: Final[dict[str, tuple[Tone, str]]] = {
    "quarantined": ("danger", "biohazard"),
    "outcome_unknown": ("danger", "scale"),
    "effect_overdue": ("warn", "hourglass"),
    "wake_overdue": ("warn", "clock"),
    "failing": ("danger", "refresh-cw"),
    "system_down": ("warn", "unplug"),
    "unreadable": ("danger", "scroll-text"),
}
_DRY: Final[dict[str, tuple[Tone, str]]] = {
    "passes": ("ok", "circle-check"),
    "refused": ("danger", "ban"),
    "waits": ("info", "hourglass"),
    "unknown": ("warn", "circle-alert"),
}
_LOOKED: Final[dict[str, tuple[Tone, str]]] = {
    "happened": ("ok", "check"),
    "did_not_happen": ("info", "circle-x"),
    "unknown": ("warn", "circle-alert"),
    "not_asked": ("warn", "unplug"),
}
_NEAR = 3_600
_LAST_ATTEMPTS = 3


# -- the list ----------------------------------------------------------------------------------------------------------


def list_rows(state: AppState) -> tuple[TriageRowProps, ...]:
    """The file, if there is one, and what is poisoned or stuck."""
    rows = [_row(state, one) for one in triage_rows(state.triage) if state.brand in (None, one.brand)]
    file = state.triage.file
    return (_file_row(file), *rows) if file is not None else tuple(rows)


def _row(state: AppState, row: TriageRow) -> TriageRowProps:
    tone, icon = KIND_LOOKS[row.kind]
    promise = ""
    remaining = left(row.due_at, state.now)
    if row.breached or remaining == 0:
        promise = texts.OVERDUE
    elif remaining is not None and remaining < _NEAR:
        promise = texts.DUE_IN.format(time=_within(row.due_at, state.now))
    several = len({one.brand for one in triage_rows(state.triage)}) > 1
    unanswered = texts.UNANSWERED.of(row.unanswered) if row.unanswered else ""
    return TriageRowProps(
        id=row.conversation,
        name=row.customer_name,
        sentence=row.sentence,
        kind=texts.KINDS[row.kind],
        icon=icon,
        tone=tone,
        since=ago(row.since, state.now),
        promise=promise,
        breached=promise == texts.OVERDUE,
        aside=brand_title(state, row.brand) if several else unanswered,
    )


def _file_row(file: TriageFile) -> TriageRowProps:
    tone: Tone = "neutral"
    sentence = texts.FILE_READING.format(name=file.name)
    if file.problem and file.answer is None:
        tone, sentence = "danger", file.problem
    elif file.answer is not None:
        tone, sentence = _file_verdict(file)
    return TriageRowProps(FILE, file.name, sentence, texts.FILE_ROW, "file-search", tone, aside=size_words(file.size))


def _file_verdict(file: TriageFile) -> tuple[Tone, str]:
    answer = file.answer
    if answer is None or (answer.healthy and not answer.findings):
        return "ok", texts.FILE_HEALTHY
    return ("warn", texts.FILE_REMARKS) if answer.healthy else ("danger", texts.FILE_BROKEN)


def _within(due: datetime | None, now: datetime) -> str:
    """How much time is left, in words."""
    return "" if due is None else old(now - (due - now), now)


# -- what is wrong -----------------------------------------------------------------------------------------------------


def diagnosis(state: AppState, shown: ConversationTriage) -> InfoProps:
    """What is wrong with a conversation, in words."""
    row = shown.row
    if row is None:
        waits = (InfoLine(texts.ONLY_WAITS, icon="hourglass"),) if shown.left_alone else ()
        return InfoProps(texts.NOTHING_WRONG, "circle-check", "ok", waits)
    tone, icon = KIND_LOOKS[row.kind]
    lines: list[InfoLine] = [InfoLine(row.sentence, f"{row.diagnosis} · {texts.SINCE.format(moment=clock.at(row.since))}")]
    lines += [InfoLine(texts.KINDS[one], icon=KIND_LOOKS[one][1], tone=KIND_LOOKS[one][0]) for one in row.also]
    if row.blocks:
        lines.append(InfoLine(row.blocks, texts.UNANSWERED.of(row.unanswered) if row.unanswered else "", "octagon-pause"))
    remaining = left(row.due_at, state.now)
    if row.breached or remaining == 0:
        lines.append(InfoLine(texts.SLA_BROKEN, icon="timer", tone="danger"))
    elif remaining is not None:
        words = texts.SLA_DUE.format(time=_within(row.due_at, state.now))
        lines.append(InfoLine(words, icon="timer", tone="warn" if remaining < _NEAR else None))
    return InfoProps(texts.KINDS[row.kind], icon, tone, tuple(lines), loud=True)


def around_it(shown: ConversationTriage) -> InfoProps | None:
    """What else there is to know."""
    lines: list[InfoLine] = []
    if shown.left_alone:
        lines.append(InfoLine(texts.LEFT_ALONE.of(len(shown.left_alone)), icon="hourglass"))
    if shown.said:
        lines.append(InfoLine(texts.PROVIDER_SAID, shown.said, "message-circle"))
    if shown.places:
        lines.append(InfoLine(texts.PLACES, "\n".join(shown.places[-3:]), "braces"))
    return InfoProps(texts.AROUND, "info", "neutral", tuple(lines)) if lines else None


def verdict(dry: DryRun) -> tuple[str, Tone, str]:
    """What the next turn would be, in a word: icon, tone, words."""
    tone, icon = _DRY[dry.verdict]
    if dry.verdict == "waits" and dry.of == "repaired" and not dry.findings:
        return "circle-check", "ok", texts.DRY_HOLDS
    return icon, tone, texts.DRY[dry.verdict]


def next_turn(dry: DryRun, now: datetime) -> InfoProps:
    """What the next turn would be."""
    icon, tone, title = verdict(dry)
    lines: list[InfoLine] = [InfoLine(dry.sentence, texts.DRY_OF[dry.of])]
    lines += [InfoLine(one.sentence, one.shown, "circle-x", "danger") for one in dry.findings[:6]]
    lines += [InfoLine(texts.THEN.format(what=one.sentence), icon="arrow-right") for one in dry.next[:6]]
    if dry.waits_until is not None:
        near = (dry.waits_until - now).days < 1
        moment = clock.at(dry.waits_until) if near else clock.moment(dry.waits_until)
        lines.append(InfoLine(texts.LOOKS_AGAIN.format(moment=moment), icon="clock"))
    return InfoProps(title, icon, tone, tuple(lines))


# -- calls -------------------------------------------------------------------------------------------------------------


def calls(state: AppState, at: LookedAt, current: int) -> tuple[CallProps, ...]:
    """The open calls of a conversation as cards."""
    shown = at.shown
    if shown is None:
        return ()
    reached = state.connection.phase != "offline"
    enabled = not cannot_act(state, shown) and str(at.conversation) not in state.pending
    return tuple(
        _call(at, one, number_of, len(shown.calls), current=number_of == current, enabled=enabled, reached=reached)
        for number_of, one in enumerate(shown.calls)
    )


def _call(
    at: LookedAt, one: CallTriaged, place: int, all_: int, *, current: bool, enabled: bool, reached: bool
) -> CallProps:
    call = one.call
    lines = [InfoLine(one.reason or call.record, icon="database")]
    lines += [_attempt(each) for each in one.attempts[-_LAST_ATTEMPTS:]]
    looked = at.looked_up.get(call.key)
    if looked is not None:
        tone, icon = _LOOKED[looked.found]
        asked = clock.at(looked.asked_at) if looked.asked_at is not None else ""
        lines.append(
            InfoLine(texts.LOOKED_UP[looked.found], " · ".join(x for x in (looked.sentence, asked) if x), icon, tone)
        )
    amount = f" · {money(call.money)}" if call.money is not None else ""
    by_repair = one.settle_by == "repair"
    return CallProps(
        key=call.key,
        place=texts.CALL_NUMBER.format(number=number(place + 1), all=number(all_)),
        title=f"{call.title}{amount}",
        arguments=call.arguments,
        lines=tuple(lines),
        allowed=call.allowed,
        answer=answer_of(at, one),
        can_ask=one.can_ask and reached,
        asking=call.key in at.asking,
        current=current,
        enabled=enabled,
        note=texts.SETTLED_BY_REPAIR if by_repair else texts.SETTLED_BY_ASK,
        sign="" if by_repair or one.ask is None else texts.SIGN_ANSWER,
    )


def _attempt(one: AttemptShown) -> InfoLine:
    outcome = as_head("outcome", one.outcome) if one.outcome else texts.ATTEMPT_OPEN
    words = texts.ATTEMPT.format(number=number(one.attempt), outcome=outcome, moment=clock.at(one.started_at))
    who = texts.ATTEMPT_SAID.format(who=in_words("known_by", one.settled_by)) if one.settled_by else ""
    key = texts.ATTEMPT_KEY.format(ending=one.key_ending) if one.key_ending else ""
    below = " · ".join(part for part in (one.sentence, who, key) if part)
    return InfoLine(words, below, "activity")


# -- what can be done --------------------------------------------------------------------------------------------------


def cannot_act(state: AppState, shown: ConversationTriage) -> str:
    """Why this person cannot repair or settle anything here, in a sentence; empty when they can."""
    reason = read_only_reason(state)
    session = state.session
    if reason or session is None:
        return reason
    if shown.roles and session.role not in shown.roles:
        return texts.NOT_YOUR_ROLE.format(roles=", ".join(map(role_words, shown.roles)))
    return ""


def cannot_repair(state: AppState, shown: ConversationTriage) -> str:
    """Why it cannot be repaired now, in a sentence; empty when it can."""
    if shown.plan is None:
        return texts.CANNOT_REPAIR.format(why=texts.NOT_REPAIRABLE if shown.row is not None else texts.NOTHING_WRONG)
    return cannot_act(state, shown) or shown.obstacle


def question_words(at: LookedAt) -> str:
    """What a repair says of each call, for the question before it is signed."""
    shown = at.shown
    mine = [one for one in shown.calls if one.settle_by == "repair"] if shown is not None else []
    said = [
        texts.REPAIR_CALL.format(title=one.call.title, answer=texts.CALL_ANSWERS[answer_of(at, one)]) for one in mine[:8]
    ]
    return texts.REPAIR_WORDS.format(calls="\n".join(said)).strip()


# -- a file ------------------------------------------------------------------------------------------------------------


def file_diagnosis(file: TriageFile) -> InfoProps:
    """What is wrong with a file."""
    answer = file.answer
    if answer is None:
        if file.problem:
            title = texts.FILE_NOT_DIAGNOSED.format(name=file.name)
            return InfoProps(title, "circle-x", "danger", (InfoLine(file.problem),), loud=True)
        return InfoProps(texts.FILE_READING.format(name=file.name), "loader-circle", "neutral")
    tone, title = _file_verdict(file)
    words = texts.FILE_WORDS.format(form=texts.FILE_FORMS[answer.form], size=size_words(file.size))
    lines = [InfoLine(words, texts.FILE_NOT_KEPT)]
    if file.problem:
        lines.append(InfoLine(file.problem, icon="circle-alert", tone="danger"))
    lines += [InfoLine(one.sentence, one.diagnosis, *_severity(one.severity)) for one in answer.findings[:12]]
    more = answer.more_findings + max(0, len(answer.findings) - 12)
    if more:
        lines.append(InfoLine(texts.MORE_FINDINGS.of(more), icon="ellipsis"))
    icons: dict[Tone, str] = {"ok": "circle-check", "warn": "triangle-alert", "danger": "circle-x"}
    return InfoProps(title, icons.get(tone, "info"), tone, tuple(lines), loud=True)


def _severity(severity: str) -> tuple[str, Tone]:
    return ("circle-x", "danger") if severity == "error" else ("triangle-alert", "warn")


def file_changes(file: TriageFile) -> InfoProps | None:
    """What the repair of a file changes."""
    answer = file.answer
    if answer is None or not answer.changes:
        return None
    lines = tuple(InfoLine(repair_words(one.what), one.path, "pencil") for one in answer.changes[:20])
    too_large = () if answer.repaired else (InfoLine(texts.REPAIRED_TOO_LARGE, icon="circle-alert", tone="warn"),)
    return InfoProps(texts.FILE_CHANGES, "pencil", "neutral", (*too_large, *lines))


def file_calls(file: TriageFile, current: int) -> tuple[CallProps, ...]:
    """Calls in a file of which only a person can say what became."""
    answer = file.answer
    if answer is None:
        return ()
    names: dict[str, str] = {}
    for found in (*answer.left, *(one for one in answer.findings if one.side_effect in {"unknown", "possible"})):
        for call in found.tool_use_ids:
            names.setdefault(call, found.sentence)
    return tuple(
        CallProps(
            key=call, place=texts.CALL_NUMBER.format(number=number(at + 1), all=number(len(names))),
            title=texts.FILE_CALL.format(id=call), arguments="", lines=(InfoLine(sentence, icon="info"),),
            allowed=("executed", "not_executed", "unknown"), answer=file.said.get(call, "unknown"), current=at == current,
            enabled=file.reading != "reading", note=texts.FILE_LEFT_WORDS,
        )
        for at, (call, sentence) in enumerate(names.items())
    )  # fmt: skip
