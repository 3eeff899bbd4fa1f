"""What the panes of Triage show of a state: heads, strips, items, the side, and what is said when there is nothing. Pure.

It must never show anything as healthy that was not read.
"""

from typing import TYPE_CHECKING

from console import strings, words
from console import texts_triage as texts
from console.language.numbers import number
from console.presenting import around, clock
from console.presenting import triage_side as side
from console.presenting.sizes import size_words
from console.presenting.transcript import transcript
from console.presenting.triage_compare import file_repair_items, fork_items, point_items, repair_items
from console.presenting.triage_request import file_items, request_items
from console.state.app_state import AppState
from console.state.triage import LookedAt, TriageFile, TriageView, healed, request_of, triage_rows
from console.widgets.button import ButtonProps
from console.widgets.chip import ChipProps
from console.widgets.conversation_list import state_chip
from console.widgets.empty_state import EmptyStateProps
from console.widgets.triage.info_card import InfoLine, InfoProps
from console.widgets.triage.items import RequestItem, RequestNote
from console.workspaces.triage_middle import MiddleHead, MiddleStrip
from console.workspaces.triage_side import SideProps

if TYPE_CHECKING:
    from agent_core.contract.forking import ForkAnswer
    from console.widgets.transcript.items import TranscriptItem


def subject(state: AppState) -> str:
    """What is looked at: another subject begins at its top."""
    slice_ = state.triage
    if slice_.on_file and slice_.file is not None:
        return f"file:{slice_.file.number}"
    at = slice_.looked_at
    if at is None:
        return ""
    request = request_of(at)
    return f"{at.conversation}:{request.run if request is not None else ''}"


def empty_props(state: AppState) -> EmptyStateProps | None:
    """What the middle says where there is nothing to show; None where there is something."""
    slice_ = state.triage
    if slice_.on_file and slice_.file is not None:
        return _empty_file(slice_.file)
    at = slice_.looked_at
    if at is not None:
        if at.shown is not None:
            return None
        if at.reading == "failed":
            return EmptyStateProps("circle-alert", "", at.problem, "warn", action=words.TRY_AGAIN)
        return EmptyStateProps("loader-circle", "", strings.LOADING, "neutral")
    if slice_.rows is None:
        if state.connection.phase == "offline":
            return EmptyStateProps("cloud-off", "", strings.OFFLINE, "warn")
        if slice_.reading == "failed":
            return EmptyStateProps("circle-alert", texts.NOT_READ, slice_.problem, "warn", action=words.TRY_AGAIN)
        return EmptyStateProps("loader-circle", "", strings.LOADING, "neutral")
    if not triage_rows(slice_):
        return EmptyStateProps("circle-check", texts.ALL_FINE, texts.ALL_FINE_WORDS, "ok", action=texts.OPEN_FILE)
    return EmptyStateProps("stethoscope", "", texts.CHOOSE_ONE, "neutral")


def _empty_file(file: TriageFile) -> EmptyStateProps | None:
    if file.answer is not None:
        return None
    if file.problem:
        title = texts.FILE_NOT_DIAGNOSED.format(name=file.name)
        return EmptyStateProps("circle-x", title, file.problem, "danger", action=texts.OPEN_FILE)
    return EmptyStateProps("loader-circle", "", texts.FILE_READING.format(name=file.name), "neutral")


# -- the middle --------------------------------------------------------------------------------------------------------


def middle_head(state: AppState) -> MiddleHead:
    """The head of what is looked at."""
    slice_ = state.triage
    if slice_.on_file and slice_.file is not None:
        return _file_head(slice_.file, slice_.view)
    at = slice_.looked_at
    if at is None or at.shown is None:
        return MiddleHead("")
    row = state.rows.get(at.conversation)
    name = row.customer_name if row is not None else at.shown.row.customer_name if at.shown.row is not None else ""
    if healed(slice_):
        return MiddleHead(name, state_chip(row.label) if row is not None else None, texts.HEALING)
    chip = ChipProps(texts.NOTHING_WRONG, "ok", "circle-check")
    if at.shown.row is not None:
        tone, icon = side.KIND_LOOKS[at.shown.row.kind]
        chip = ChipProps(texts.KINDS[at.shown.row.kind], tone, icon)
    detail, other = _of_request(at)
    columns: tuple[str, str] | None = None
    if slice_.view == "repair" and at.shown.compared:
        columns = (texts.BEFORE, texts.AFTER)
    elif slice_.view == "fork" and slice_.fork.answer is not None:
        columns = (texts.FORK_THEN, texts.FORK_HERE)
    changes = sum(one.changed + one.added + one.removed for one in at.shown.compared)
    findings = sum(len(one.findings) for one in at.shown.requests)
    counts = (str(findings) if findings else "", str(changes) if changes else "", "")
    return MiddleHead(name, chip, detail, slice_.view, ("request", "repair", "fork"), counts, columns, other)


def _of_request(at: LookedAt) -> tuple[str, str]:
    """The quiet line about the request that is shown, and the name of the next one."""
    request = request_of(at)
    if at.shown is None or request is None:
        return "", ""
    named = texts.REQUEST_OF.format(title=request.title, workflow=request.run)
    size = texts.REQUEST_SIZE.format(messages=texts.MESSAGES.of(request.total), size=size_words(request.size))
    runs = at.shown.requests
    following = runs[(runs.index(request) + 1) % len(runs)]
    return f"{named} · {size}", following.title if len(runs) > 1 else ""


def _file_head(file: TriageFile, view: TriageView) -> MiddleHead:
    answer = file.answer
    if answer is None:
        return MiddleHead(file.name)
    if answer.healthy:
        chip = ChipProps(texts.FILE_CHIPS["remarks" if answer.findings else "fine"], "ok", "circle-check")
    else:
        chip = ChipProps(texts.FILE_CHIPS["broken"], "danger", "circle-x")
    detail = texts.FILE_WORDS.format(form=texts.FILE_FORMS[answer.form], size=size_words(file.size))
    shown: TriageView = "repair" if view == "repair" else "request"
    columns = (texts.BEFORE, texts.AFTER) if shown == "repair" and answer.changes else None
    found = len(answer.findings) + answer.more_findings
    counts = (number(found) if found else "", number(len(answer.changes)) if answer.changes else "")
    return MiddleHead(file.name, chip, detail, shown, ("request", "repair"), counts, columns)


def middle_strip(state: AppState) -> MiddleStrip | None:
    """The strip below the head."""
    slice_ = state.triage
    if slice_.on_file:
        return None
    if healed(slice_):
        return None
    if slice_.view == "fork":
        return _fork_strip(state)
    if state.connection.phase == "offline":
        return MiddleStrip(strings.OFFLINE)
    return None


def _fork_strip(state: AppState) -> MiddleStrip:
    fork = state.triage.fork
    at = state.triage.looked_at
    points = at.shown.points if at is not None and at.shown is not None else ()
    if fork.running:
        return MiddleStrip(texts.FORK_RUNNING, (("run", ButtonProps(texts.FORK_RUN, "primary", busy=True, small=True)),))
    if fork.answer is not None:
        back = ("back", ButtonProps(texts.FORK_BACK, icon="undo-2", key="Esc", small=True))
        again = ("change", ButtonProps(texts.FORK_CHANGE, icon="pencil", key="V", small=True))
        return MiddleStrip(_fork_words(fork.answer), (back, again))
    words = fork.problem or texts.FORK_WORDS
    usable = bool(points)
    run = ("run", ButtonProps(texts.FORK_RUN, "primary", "play", "R", enabled=usable, small=True))
    change = ("change", ButtonProps(texts.FORK_CHANGE, icon="pencil", key="V", enabled=usable, small=True))
    return MiddleStrip(words, (change, run))


def _fork_words(answer: "ForkAnswer") -> str:
    what = ", ".join(texts.FORK_DIFFERENT[one] for one in answer.different)
    said = texts.FORK_CHANGED.format(what=what) if what else texts.FORK_REPLAYED
    cost = ""
    if answer.model_calls or answer.reads:
        cost = texts.FORK_COST.format(
            calls=texts.MODEL_CALLS.of(answer.model_calls), reads=texts.READS.of(answer.reads),
            tokens=texts.TOKENS.of(answer.input_tokens + answer.output_tokens),
        )  # fmt: skip
    return " · ".join(part for part in (said, clock.at(answer.at), answer.sentence, cost) if part)


def middle_items(state: AppState) -> tuple[RequestItem, ...]:
    """What the middle shows, block by block."""
    slice_ = state.triage
    if slice_.on_file and slice_.file is not None and slice_.file.answer is not None:
        answer = slice_.file.answer
        return file_repair_items(answer) if slice_.view == "repair" else file_items(answer)
    at = slice_.looked_at
    if at is None or at.shown is None:
        return ()
    match slice_.view:
        case "request":
            return request_items(at)
        case "repair":
            return repair_items(at.shown)
        case "fork":
            if slice_.fork.running:
                return (RequestNote("running", texts.FORK_RUNNING, "info", "loader-circle"),)
            return (
                fork_items(slice_.fork.answer)
                if slice_.fork.answer is not None
                else point_items(at.shown.points, slice_.fork.position)
            )


def alive_items(state: AppState) -> "tuple[TranscriptItem, ...]":
    """The repaired conversation as it goes on."""
    detail, at = state.detail, state.triage.looked_at
    if detail is None or at is None or detail.row.conversation != at.conversation:
        return ()
    return transcript(detail, state.now, around.brand_title(state, detail.row.brand))


# -- the side ----------------------------------------------------------------------------------------------------------


def side_props(state: AppState, call: int) -> SideProps:
    """What stands beside it. `call`: the number of the call that keys act on."""
    slice_ = state.triage
    if slice_.on_file and slice_.file is not None:
        return _file_side(slice_.file, call)
    at = slice_.looked_at
    if at is None or at.shown is None:
        return SideProps()
    shown = at.shown
    if healed(slice_):
        left = any(one.conversation != at.conversation for one in triage_rows(slice_))
        lines = (InfoLine(texts.HEALED_WORDS),)
        return SideProps(
            (InfoProps(texts.HEALED, "circle-check", "ok", lines, loud=True),),
            act=ButtonProps(texts.NEXT_BROKEN, "primary", "arrow-right", "X") if left else None,
            other=ButtonProps(texts.OPEN_LIVE, key="↵"),
        )  # fmt: skip
    calls = side.calls(state, at, max(0, min(call, len(shown.calls) - 1)))
    around_it = side.around_it(shown)
    after = (side.next_turn(shown.dry_run, state.now), *((around_it,) if around_it is not None else ()))
    why = side.cannot_repair(state, shown)
    sending = str(at.conversation) in state.pending
    words = texts.REPAIRING if sending else texts.REPAIR
    act = None
    if shown.plan is not None:
        act = ButtonProps(words, "primary", "stethoscope", "X", enabled=not why, busy=sending)
    return SideProps(
        (side.diagnosis(state, shown),), calls, after, act, ButtonProps(texts.OPEN_LIVE, key="↵"), why,
        side.verdict(shown.dry_run),
    )  # fmt: skip


def _file_side(file: TriageFile, call: int) -> SideProps:
    if file.answer is None:
        return SideProps((side.file_diagnosis(file),), other=ButtonProps(texts.CLOSE_FILE, key="Esc"))
    calls = side.file_calls(file, call)
    changes = side.file_changes(file)
    can = bool(file.answer.repaired) and bool(file.answer.changes)
    act = ButtonProps(texts.SAVE_FILE, "primary", "download", "S", enabled=can) if file.answer.changes else None
    note = texts.SAVED.format(name=file.saved) if file.saved else ""
    return SideProps(
        (side.file_diagnosis(file),), calls, (changes,) if changes is not None else (), act,
        ButtonProps(texts.CLOSE_FILE, key="Esc"), note,
    )  # fmt: skip
