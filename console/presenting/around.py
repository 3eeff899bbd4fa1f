"""The frame of the window: top bar, status bar, head of a conversation, composer (R-M3, R-M8)."""

from typing import TYPE_CHECKING

from console import strings, texts_shell, words
from console.presenting.clock import at
from console.presenting.rows import intent_words
from console.state.app_state import AppState
from console.state.selectors import brands, can_route, here, in_control, log_alarm, may_hand_back, paused, read_only_reason
from console.widgets.chip import ChipProps
from console.widgets.composer import ComposerMode
from console.widgets.conversation_header import ConversationHeaderProps
from console.widgets.conversation_list import state_chip
from console.widgets.key_cap import KeyCapProps
from console.widgets.status_bar import StatusBarProps, StatusPiece
from console.widgets.top_bar import TopBarProps

if TYPE_CHECKING:
    from console.theme.tokens import Tone


def brand_title(state: AppState, brand: str) -> str:
    """A brand's title, or its id while the core has not named it."""
    return next((one.title for one in brands(state) if one.brand == brand), brand)


def top_bar(state: AppState) -> TopBarProps:
    """The bar above everything."""
    known = brands(state)
    if state.brand is not None:
        brand = brand_title(state, state.brand)
    else:
        brand = known[0].title if len(known) == 1 else words.ALL_BRANDS
    stand_in = None
    if state.core is not None and state.core.stand_in:
        stand_in = ChipProps(words.STAND_IN, "warn", "plug-zap")
    stage = ChipProps(words.DEMO_KEY, "info", "key-round") if state.keyring.kind == "memory" else None
    return TopBarProps(
        brand, connection_chip(state), stage, paused(state), state.unseen, stand_in, len(known),
    )  # fmt: skip


def connection_chip(state: AppState) -> ChipProps:
    """The line to the core, in a word."""
    match state.connection.phase:
        case "live":
            return ChipProps(words.LIVE_NOW, "ok", "radio")
        case "catching_up":
            return ChipProps(words.CATCHING_UP, "info", "refresh-cw")
        case "connecting":
            return ChipProps(words.CONNECTING, "neutral", "loader-circle")
        case "offline":
            since = at(state.connection.since) if state.connection.since is not None else ""
            return ChipProps(words.offline_since(since), "danger", "cloud-off")


def status_bar(state: AppState, keys: tuple[KeyCapProps, ...]) -> StatusBarProps:
    """The strip below everything."""
    pieces: list[StatusPiece] = []
    match state.connection.phase:
        case "live":
            pieces.append(StatusPiece(words.CORE_LIVE, "ok"))
        case "offline":
            pieces.append(StatusPiece(words.CORE_GONE, "danger"))
        case "connecting":
            pieces.append(StatusPiece(words.CONNECTING, "info"))
        case "catching_up":
            pieces.append(StatusPiece(words.CATCHING_UP, "info"))
    if log_alarm(state):
        pieces.append(StatusPiece(words.LOG_ALARM, "danger"))
    core = state.core
    if core is not None and state.connection.phase in {"live", "catching_up"}:  # nobody knows what works there now
        pieces.append(StatusPiece(words.working_now(core.working, core.queued)))
        known = [health for _, health in core.integrations if health != "unknown"]
        if known:
            healthy = sum(1 for health in known if health == "healthy")
            tone: Tone = "warn" if healthy < len(known) else "neutral"
            pieces.append(StatusPiece(words.integrations(healthy, len(known)), tone))
        pieces.append(StatusPiece(core.model))
    return StatusBarProps(tuple(pieces), keys, signed_in(state))


def signed_in(state: AppState) -> str:
    """Who is signed in, or that nobody is."""
    session = state.session
    if state.keyring.resting or (state.keyring.shut and session is None):
        return texts_shell.NOBODY
    if session is None and state.connection.phase != "offline":
        return words.SIGNING_IN_NOW
    if session is None or session.operator is None:
        return words.NOT_SIGNED_IN
    return words.operator_words(session.name or session.operator, session.role or "")


def header(state: AppState) -> ConversationHeaderProps | None:
    """The head of the open conversation."""
    detail = state.detail
    if detail is None:
        return None
    row = detail.row
    chip = state_chip(row.label)
    if row.owner == "person" and row.owner_name:
        # One chip: who has it says as well that a person does.
        held = words.YOU_HAVE_IT if in_control(state) else words.HAS_IT.format(name=row.owner_name)
        chip = ChipProps(held, chip.tone, chip.icon)
    chips = [chip]
    if row.verified:
        chips.append(ChipProps(words.VERIFIED, "ok", "badge-check"))
    if row.tool_failing:
        chips.append(ChipProps(words.TOOL_FAILING, "warn", "plug-zap"))
    flows = " + ".join(f"{run.workflow}.v{run.version}" for run in detail.runs if run.phase != "withdrawn")
    intents = " · ".join(intent_words(name) for name in row.intents)
    messages = words.MESSAGES.of(row.messages)
    others = here(state, row.conversation)
    seen = strings.also_looking(", ".join(others)) if others else ""
    parts = (seen, detail.external_id, flows or intents, messages, row.language)
    reason = read_only_reason(state)
    sending = str(row.conversation) in state.pending
    back = may_hand_back(state)
    theirs = words.HAS_IT.format(name=row.owner_name) if row.label == "human_control" and row.owner_name and not back else ""
    return ConversationHeaderProps(
        name=row.customer_name,
        chips=tuple(chips),
        detail=" · ".join(part for part in parts if part),
        can_route=can_route(state),
        can_repair=row.label == "quarantined" and not reason,
        in_control=back,
        can_control=not reason and not theirs and not sending and row.label not in {"closed"},
        hint=reason or theirs,
    )


def composer(state: AppState) -> tuple[ComposerMode, str]:
    """Whether a reply can be written, and the sentence that stands there instead."""
    detail = state.detail
    if detail is None:
        return "closed", ""
    row = detail.row
    reason = read_only_reason(state)
    if in_control(state) and not reason:
        return "reply", ""
    if reason:
        return "closed", reason
    match row.label:
        case "closed":
            return "closed", words.CLOSED_WRITES
        case "quarantined":
            return "closed", words.QUARANTINED_WRITES
        case "human_control":
            return "closed", words.OTHER_WRITES.format(name=row.owner_name or words.A_COLLEAGUE)
        case "awaiting_human":
            return "closed", words.NOBODY_WRITES
        case _:
            return "guidance", ""
