"""What the palette offers: places, actions that are possible now, themes, brands, and the conversations known here."""

from heapq import nsmallest

from agent_core.contract.listing import place_of
from console import strings, texts_shell, texts_stopping, words
from console.presenting.approval import headline
from console.presenting.around import brand_title
from console.presenting.rows import intent_words
from console.shell.acting import acting_lines
from console.shell.audit_lines import audit_lines
from console.shell.lists import brand_lines, list_lines
from console.shell.palette import PaletteLine
from console.shell.triage_commands import triage_lines
from console.state.app_state import AppState
from console.state.selectors import (
    brands,
    can_route,
    may_hand_back,
    newest_approval,
    paused,
    paused_brands,
    read_only_reason,
    workflow_brand,
)
from console.widgets.nav_rail import PLACES

_MOST_CONVERSATIONS = 400


def palette_lines(state: AppState) -> tuple[PaletteLine, ...]:
    """Everything that can be chosen now, most usual first. Keys are `kind:rest`."""
    lines = [PaletteLine(f"go:{one.key}", one.words, words.GO, one.icon, one.shortcut) for one in PLACES]
    lines += _deeds(state)
    lines += acting_lines(state)
    lines += triage_lines(state)
    lines += [
        PaletteLine("theme:toggle", strings.SWITCH_THEME, words.DO, "moon", "Ctrl ⇧ L"),
        PaletteLine("help:", words.SHOW_ALL_KEYS, words.DO, "info", "?"),
        PaletteLine("notices:", words.NOTICES_TITLE, words.DO, "bell"),
    ]
    lines += audit_lines(state)
    lines += brand_lines(state)
    lines += list_lines(state)
    here = (row for row in state.rows.values() if state.brand in (None, row.brand))
    rows = nsmallest(_MOST_CONVERSATIONS, here, key=place_of)
    for row in rows:
        about = " · ".join(intent_words(name) for name in row.intents)
        said = " — ".join(part for part in (row.customer_name, about or row.snippet) if part)
        lines.append(PaletteLine(f"conversation:{row.conversation}", said, brand_title(state, row.brand), "message-circle"))
    return tuple(lines)


def resume_lines(state: AppState) -> tuple[PaletteLine, ...]:
    """The brands that are stopped by themselves, to let one of them work again."""
    return tuple(
        PaletteLine(f"stop:{one.brand}", words.RESUME_BRAND.format(brand=one.title), words.DO, "play")
        for one in paused_brands(state)
    )


def _workflows(state: AppState) -> list[PaletteLine]:
    """Stop one workflow of a brand; let each that is stopped work again."""
    known = brands(state)
    here = workflow_brand(state)
    lines = [
        PaletteLine(
            f"stop:{one.brand}/",
            texts_stopping.PALETTE if len(known) == 1 else texts_stopping.PALETTE_OF.format(brand=one.title),
            words.DO,
            "octagon-pause",
        )
        for one in known
        if here is None or one.brand == here
    ]
    for one in known:
        for flow in one.paused_workflows:
            said = texts_stopping.PALETTE_RESUME.format(workflow=flow.title)
            lines.append(PaletteLine(f"stop:{one.brand}/{flow.workflow}", said, one.title, "play"))
    return lines


def _deeds(state: AppState) -> list[PaletteLine]:
    lines: list[PaletteLine] = []
    if paused(state):
        lines.append(PaletteLine("do:resume", words.RESUME_YES, words.DO, "play", "Ctrl ."))
    else:
        lines.append(PaletteLine("do:pause", strings.PAUSE_AGENTS, words.DO, "octagon-pause", "Ctrl ."))
    newest = newest_approval(state)
    if newest is not None:
        said = words.NEW_ASK.format(what=headline(newest), who=newest.customer_name)
        lines.append(
            PaletteLine("do:newest", texts_shell.NEWEST_APPROVAL.format(what=said), words.DO, "shield-check", "Ctrl ⇧ J")
        )
    several = brands(state) if len(brands(state)) > 1 else paused_brands(state)
    for one in several:
        line = words.RESUME_BRAND if one.paused else words.PAUSE_BRAND_YES
        icon = "play" if one.paused else "octagon-pause"
        lines.append(PaletteLine(f"stop:{one.brand}", line.format(brand=one.title), words.DO, icon))
    lines += _workflows(state)
    detail = state.detail
    if detail is None or read_only_reason(state):
        return lines
    name = detail.row.customer_name
    if may_hand_back(state):
        lines.append(PaletteLine("do:hand_back", f"{strings.HAND_BACK}: {name}", words.DO, "undo-2", "H"))
    else:
        lines.append(PaletteLine("do:take_over", f"{strings.TAKE_OVER}: {name}", words.DO, "hand", "T"))
    lines.append(PaletteLine("do:hand_to_team", f"{words.HAND_TO_TEAM}: {name}", words.DO, "users", "M"))
    if can_route(state):
        lines.append(PaletteLine("do:route", f"{words.ROUTE_YES}: {name}", words.DO, "route", "R"))
    if detail.row.label == "quarantined":
        lines.append(PaletteLine("do:repair", f"{strings.REPAIR}: {name}", words.DO, "stethoscope", "X"))
    if state.packet is not None:
        lines.append(PaletteLine("do:assess", f"{strings.PACKET_WRONG}: {name}", words.DO, "flag", "F"))
    lines.append(PaletteLine("do:log", words.SHOW_LOG, words.DO, "scroll-text", "G"))
    return lines
