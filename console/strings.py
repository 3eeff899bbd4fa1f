"""Every word the console says by itself, in one place, so that it can be said in another language later.

Texts from outside are never formatted into markup here: the result is always plain text, and outside parts
are made visible (`console.widgets.visible_text.one_line`) before they come in. It must never import Qt or the core.
"""

from typing import Final, Literal

from console.language.plural import Plural

PRODUCT = "Countersign"

# Workspaces -------------------------------------------------------------------------------------------------------
LIVE = "Live"
APPROVALS = "Approvals"
TRIAGE = "Triage"
AUDIT = "Audit"
MEASURES = "Measures"
RELEASES = "Releases"
SETTINGS = "Settings"

PLACE_LIVE = "Every conversation as it happens, and for the chosen one what the agent believes and waits for."
PLACE_APPROVALS = "Everything a person must decide, most urgent first. Nothing is waiting now."
PLACE_TRIAGE = "Broken and stuck conversations will stand here, with a diagnosis and a repair to compare before it is made."
PLACE_AUDIT = "Every transcript and event will be searchable here, with proof that the signed record is whole."
PLACE_MEASURES = "Automation, escalations, approvals and cost will be drawn here."
PLACE_RELEASES = "New versions of workflows and policies will be rolled out, compared and taken back here."
PLACE_SETTINGS = "Theme, keys, signed-in operator and connections will be set here."
NOT_BUILT_YET = "Not built yet"
NO_CONVERSATIONS = "No conversation matches. New ones appear by themselves."
NO_CONVERSATION_CHOSEN = "Choose a conversation to see what was said, what the agent believes and what it waits for."
NO_BELIEFS = "The agent has not concluded anything yet."
LOADING = "Loading…"
OFFLINE = "Offline. What you see may be old; it catches up by itself."

# Whole window -----------------------------------------------------------------------------------------------------
SEARCH_EVERYTHING = "Search conversations and actions…"
SEARCH_LIST = "Filter this list…"
PAUSE_AGENTS = "Pause agents"
PAUSED = "Paused"
NOTIFICATIONS = "Notifications"
FILTER = "Filter"
MORE = "More"
SWITCH_THEME = "Switch between light and dark"
DISMISS = "Dismiss"
CANCEL = "Cancel"
CONFIRM = "Confirm"
NOTHING_TO_CHOOSE = "—"
WORKSPACES = "Workspaces"
STATUS = "Status"
CONVERSATIONS = "Conversations"
TRANSCRIPT = "Transcript"

# Conversation -----------------------------------------------------------------------------------------------------
PACKET = "Handoff"
PACKET_WRONG = "Wrong assessment"
PACKET_FOLD = "Fold the handoff"
PACKET_OPEN = "Open the handoff"
ELLIPSIS = " … "
TAKE_IT = "Take it"
GIVE_BACK = "Give back"
YOU_ARE_ON_IT = "You are on it; others see that"
SEND_UP = "Send up"
ASKED_BACK = "Asked back"
SEND_ANYWAY = "Send anyway"
TAKE_OVER = "Take over"
HAND_BACK = "Hand back"
ROUTE = "Route"
REPAIR = "Repair"
GUIDANCE_PLACEHOLDER = "Guide the agent — the customer never sees this…"
REPLY_PLACEHOLDER = "Reply to the customer…"
SEND_GUIDANCE = "Send guidance"
SEND_REPLY = "Send reply"
WAITS_FOR = "Waits for"
BELIEVES = "What the agent believes"
WORKFLOW = "Workflow"
NEEDS_YOU = "Needs your decision"
CORRECT = "Correct"
STALE = "Stale"
CORRECTED = "Corrected"
FACT = "Fact"
UNREAD = "unread"

ConversationState = Literal[
    "listening",
    "triaging",
    "resolving",
    "awaiting_approval",
    "awaiting_external",
    "awaiting_human",
    "human_control",
    "quarantined",
    "closed",
]
STATE_WORDS: dict[ConversationState, str] = {
    "listening": "Listening",
    "triaging": "Triaging",
    "resolving": "Agent at work",
    "awaiting_approval": "Needs approval",
    "awaiting_external": "Waiting for a system",
    "awaiting_human": "Needs a person",
    "human_control": "Person in control",
    "quarantined": "Quarantined",
    "closed": "Closed",
}

# Keys -------------------------------------------------------------------------------------------------------------
KEY_NAMES: Final = {"Ctrl": "Ctrl", "Shift": "Shift", "Esc": "Esc", "Enter": "Enter", "Space": "Space"}
"""What stands on the keys of a keyboard of the language; other keys are named by their sign."""

# Transcript -------------------------------------------------------------------------------------------------------
COPY = "Copy"
COPY_MESSAGE = "Copy message"
SELECT_ALL = "Select all"
SHOW_RAW = "Show raw data"
HIDE_RAW = "Hide raw data"
RAW = "RAW DATA"
SHOW_TEXT = "Show the text"
HIDE_TEXT = "Hide the text"
TO_THE_END = "Newest"
STRIPPED = "Removed from the message"
SYSTEM_SPEAKER = "System"
ON_BEHALF = "sent by a person as the agent"
PROPOSED = "Proposed"
UNANSWERED_CALL = "Still running"

ToolOutcome = Literal[
    "succeeded", "refused", "failed", "timed_out", "unknown", "denied", "pending", "running", "repaired", "not_run"
]
OUTCOME_WORDS: dict[ToolOutcome, str] = {
    "succeeded": "Done",
    "refused": "Refused",
    "failed": "Failed",
    "timed_out": "Timed out",
    "unknown": "Outcome unknown",
    "denied": "Denied",
    "pending": "Held for approval",
    "running": "Running",
    "repaired": "Repaired",
    "not_run": "Not run",
}

# Approval ---------------------------------------------------------------------------------------------------------
APPROVE = "Approve"
EDIT = "Edit"
DENY = "Deny"
RESOLVE = "Dealt with"
IT_HAPPENED = "It happened"
IT_DID_NOT = "It did not"
STILL_UNKNOWN = "Still unknown"
ASK_BACK = "Ask back"
UNDO = "Undo"
LOOK_AGAIN = "Look again"
RECONFIRM = "I have seen it"
TO_WHOM = "To"
RULE = "Rule"
REVERSIBLE = "Reversible"
EVIDENCE = "Evidence"
CHANGED_SINCE = "Changed since the last proposal"
SENDING = "Signing and sending…"
READ_ONLY = "Read-only"
EXPIRED = "Expired"


PERCENT = "{count}\u202f%"
CONFIDENCE_SPOKEN = "{count} percent sure"
WITH_KEY_SPOKEN = "{words}, key {key}"
BUSY_SPOKEN = "{words}, under way"
SEGMENT_SPOKEN = "{name}: {current} {count}"
WORKSPACE_WAITING_SPOKEN = Plural("{words}, 1 waiting, key {key}", "{words}, {count} waiting, key {key}")
WAITING_SPOKEN = "waiting {time}"
MESSAGE_SPOKEN = "{who}, {when}: {words}"
TOOL_SPOKEN = "{title}, {outcome}. {rows}. {result}"
TIME_LEFT = "{time} left"
HOURS_LEFT = "{hours}\u00a0h {minutes}\u00a0min"
CLAIMED_BY = "{name} is deciding this"
UNDO_IN = "{verb} — leaves in {count}\u202fs"
CLOSED_BY = "{outcome} by {name}, {time}"
CLOSED_AT = "{outcome} · {time}"
WAITING_COUNT = "{count} waiting"
CHANGED_ROW = "{label}: {before} → {now}"
ALSO_LOOKING = "{names} looking too"
AGE = "{time} old"
SOURCE_AND_AGE = "{source} · {age}"
NEW_NOTIFICATIONS = Plural("Notifications, 1 new", "Notifications, {count} new")


def place_name(key: str) -> str:
    """Return the name of a workspace."""
    known = {
        "live": LIVE, "approvals": APPROVALS, "triage": TRIAGE, "audit": AUDIT, "measures": MEASURES, "releases": RELEASES,
        "settings": SETTINGS,
    }  # fmt: skip
    return known.get(key, key)


def place_words(key: str) -> str:
    """Return what a workspace says while nothing stands in it."""
    known = {
        "live": PLACE_LIVE, "approvals": PLACE_APPROVALS, "triage": PLACE_TRIAGE, "audit": PLACE_AUDIT,
        "measures": PLACE_MEASURES, "releases": PLACE_RELEASES, "settings": PLACE_SETTINGS,
    }  # fmt: skip
    return known.get(key, "")


def verb_words(verb: str) -> str:
    """Return what a button says for what can be done about an ask."""
    known = {
        "approve": APPROVE, "edit": EDIT, "deny": DENY, "resolve": RESOLVE, "confirm_executed": IT_HAPPENED,
        "confirm_not_executed": IT_DID_NOT, "still_unknown": STILL_UNKNOWN, "ask_back": ASK_BACK, "escalate": SEND_UP,
        "take_over": TAKE_OVER, "repair": REPAIR,
    }  # fmt: skip
    return known.get(verb, verb)


def percent(value: int) -> str:
    """Return a share as written."""
    return PERCENT.format(count=value)


def confidence_spoken(value: int) -> str:
    """Return a confidence as spoken."""
    return CONFIDENCE_SPOKEN.format(count=value)


def key_name(key: str) -> str:
    """Return what stands on a key; several keys are parted by spaces."""
    return " ".join(KEY_NAMES.get(part, part) for part in key.split(" "))


def button_spoken(words: str, key: str, *, busy: bool) -> str:
    """Return what a screen reader says for a button."""
    said = field_spoken(words, key)
    return BUSY_SPOKEN.format(words=said) if busy else said


def field_spoken(placeholder: str, key: str) -> str:
    """Return what a screen reader says for a field."""
    words = placeholder.rstrip("…")
    return WITH_KEY_SPOKEN.format(words=words, key=key_name(key)) if key else words


def segment_spoken(name: str, current: str, count: str) -> str:
    """Return what a screen reader says for a filter."""
    return SEGMENT_SPOKEN.format(name=name, current=current, count=count).strip()


def workspace_spoken(words: str, count: int, key: str) -> str:
    """Return what a screen reader says for a workspace."""
    return WORKSPACE_WAITING_SPOKEN.of(count, words=words, key=key_name(key)) if count else field_spoken(words, key)


def conversation_spoken(name: str, state: str, intents: str, waiting: str, snippet: str, extra: str) -> str:
    """Return what a screen reader says for a row of the list."""
    parts = [name, state, intents, WAITING_SPOKEN.format(time=waiting) if waiting else "", extra, snippet]
    return ". ".join(part for part in parts if part)


def message_spoken(who: str, when: str, words: str) -> str:
    """Return what a screen reader says for a message."""
    return MESSAGE_SPOKEN.format(who=who, when=when, words=words)


def tool_spoken(title: str, outcome: str, rows: str, result: str) -> str:
    """Return what a screen reader says for a tool call."""
    return TOOL_SPOKEN.format(title=title, outcome=outcome, rows=rows, result=result)


_SECONDS_COUNT_BELOW: Final = 3_600


def time_left(seconds: int) -> str:
    """Return a countdown as written."""
    if seconds <= 0:
        return EXPIRED
    if seconds >= _SECONDS_COUNT_BELOW:
        return HOURS_LEFT.format(hours=seconds // 3_600, minutes=seconds % 3_600 // 60)
    return TIME_LEFT.format(time=f"{seconds // 60}:{seconds % 60:02}")


def claimed_by(name: str) -> str:
    """Say who holds an approval."""
    return CLAIMED_BY.format(name=name)


def undo_in(verb: str, seconds: int) -> str:
    """Say what leaves when."""
    return UNDO_IN.format(verb=verb, count=seconds)


def closed_by(outcome: str, by: str, when: str) -> str:
    """Say how an approval ended; by nobody when the outcome is a sentence of its own."""
    return CLOSED_BY.format(outcome=outcome, name=by, time=when) if by else CLOSED_AT.format(outcome=outcome, time=when)


def changed_row(label: str, before: str, now: str) -> str:
    """Say what changed since a lapsed proposal."""
    return CHANGED_ROW.format(label=label, before=before, now=now)


def waiting_count(count: int) -> str:
    """Say how many wait."""
    return WAITING_COUNT.format(count=count)


def also_looking(names: str) -> str:
    """Say who else looks at the same thing."""
    return ALSO_LOOKING.format(names=names)


def age(words: str) -> str:
    """Say how old something is; `words` is already a length of time."""
    return AGE.format(time=words)


def source_and_age(source: str, old: str) -> str:
    """Say where a statement comes from and how old it is."""
    return SOURCE_AND_AGE.format(source=source, age=old) if old else source


def notifications(unseen: int) -> str:
    """Say how many notifications nobody saw."""
    return NEW_NOTIFICATIONS.of(unseen) if unseen else NOTIFICATIONS
