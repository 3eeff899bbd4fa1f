"""What the palette offers of Triage; keys are `triage:rest`, carried out as the workspace's own plain keys.

It must never offer what the workspace would not do now.
"""

from console import texts_triage as texts
from console import words
from console.presenting.triage_side import cannot_act, cannot_repair
from console.shell.palette import PaletteLine
from console.state.app_state import AppState
from console.widgets.triage.call_card import CALL_KEYS


def triage_lines(state: AppState) -> list[PaletteLine]:
    """Lines that are possible now."""
    lines = [PaletteLine("triage:O", texts.OPEN_FILE, words.DO, "file-search", "O")]
    slice_ = state.triage
    if state.workspace != "triage":
        return lines
    at = slice_.looked_at
    if slice_.on_file:
        if slice_.file is not None and slice_.file.answer is not None and slice_.file.answer.changes:
            lines.append(PaletteLine("triage:S", texts.SAVE_FILE, words.DO, "download", "S"))
        lines += _views(("Q", "B"))
        lines += _answers(bool(slice_.file and slice_.file.answer and slice_.file.answer.left))
    elif at is not None and at.shown is not None:
        if not cannot_repair(state, at.shown):
            lines.append(PaletteLine("triage:X", texts.REPAIR, words.DO, "stethoscope", "X"))
        if any(one.can_ask for one in at.shown.calls):
            lines.append(PaletteLine("triage:A", texts.ASK_SYSTEM, words.DO, "plug-zap", "A"))
        lines += _answers(bool(at.shown.calls) and not cannot_act(state, at.shown))
        if len(at.shown.calls) > 1:
            lines.append(PaletteLine("triage:C", texts.KEY_NEXT_CALL, words.DO, "wrench", "C"))
        if len(at.shown.requests) > 1:
            lines.append(PaletteLine("triage:W", texts.KEY_NEXT_RUN, words.DO, "route", "W"))
        lines += _views(("Q", "B", "F"))
        if slice_.view == "fork":
            lines.append(PaletteLine("triage:R", texts.FORK_RUN, words.DO, "play", "R"))
            lines.append(PaletteLine("triage:V", texts.FORK_CHANGE, words.DO, "pencil", "V"))
        lines.append(PaletteLine("triage:Enter", texts.OPEN_LIVE, words.DO, "arrow-right", "↵"))
    lines.append(PaletteLine("triage:N", texts.KEY_NEXT_FINDING, words.DO, "circle-alert", "N"))
    return lines


def _answers(possible: bool) -> list[PaletteLine]:
    if not possible:
        return []
    return [
        PaletteLine(f"triage:{key}", texts.KEY_SAY.format(answer=texts.CALL_ANSWERS[word]), words.DO, "wrench", key)
        for key, word in CALL_KEYS.items()
    ]


def _views(keys: tuple[str, ...]) -> list[PaletteLine]:
    views = {"Q": ("request", "braces"), "B": ("repair", "pencil"), "F": ("fork", "split")}
    return [
        PaletteLine(f"triage:{key}", f"{texts.VIEW}: {texts.VIEWS[views[key][0]]}", words.DO, views[key][1], key)
        for key in keys
    ]
