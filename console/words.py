"""Every word of the application around the widgets, in one place, so that it can be said in another language later.

`console.strings` holds the words of the widgets, `console.state.sentences` those of the pure state; this module those of
workspaces, palette, notices and the demo. Results are plain text. It must never import Qt or the core.
"""

from collections.abc import Sequence
from typing import Final

from console.language.numbers import number
from console.language.plural import Plural

# Parts of the list ----------------------------------------------------------------------------------------------------
BUCKET_WORDS: Final = {"needs": "Needs me", "agent": "AI", "human": "Human", "all": "All"}
SHOWING = "Conversations"
NOTHING_NEEDS_YOU = "Nothing needs a person now. New conversations appear by themselves."
NO_MATCH = "No conversation matches this search. Esc empties it."

# Connection -----------------------------------------------------------------------------------------------------------
CONNECTING = "Connecting…"
CATCHING_UP = "Catching up…"
LIVE_NOW = "Live"
CORE_LIVE = "Core live"
CORE_GONE = "The core does not answer"
LOG_ALARM = "The core's log is not the one seen before"
CORE_BACK = "The core answers again"
CAUGHT_UP = "Everything that happened meanwhile is shown."
STAND_IN = "Offline stand-in model"
DEMO_KEY = "Demo key in memory only"
NOT_SIGNED_IN = "Read-only"
SIGNING_IN_NOW = "Signing in…"
YOU_HAVE_IT = "You have control"
HAS_IT = "{name} has control"
ALL_BRANDS = "All brands"

# Actions --------------------------------------------------------------------------------------------------------------
PAUSE_EVERYTHING = "Pause every agent?"
PAUSE_WORDS = "No agent of any brand starts anything new. What already started finishes. New messages go to people."
PAUSE_YES = "Pause all"
PAUSE_NOTE = "Works without a key. Resuming needs your signature."
PAUSE_BRAND = "Pause {brand}?"
PAUSE_BRAND_WORDS = "No agent of this brand starts anything new. What already started finishes. New messages go to people."
PAUSE_BRAND_YES = "Pause {brand}"
RESUME_BRAND = "Sign and resume {brand}"
RESUME_EVERYTHING = "Let the agents work again?"
RESUME_WORDS = "Conversations that waited are taken up again, most urgent first. This is signed with your key."
RESUME_YES = "Sign and resume"
DENY_TITLE = "Deny this?"
DENY_WORDS = "Nothing will be done. The agent is told your reason and tells the customer what follows from it."
DENY_FIELD = "Reason for the agent"
DENY_YES = "Sign and deny"
SENDING_WORDS: Final = {
    "approve": "Approving",
    "deny": "Denying",
    "recall": "Taking back",
    "resolve": "Closing",
    "take_over": "Taking over",
    "ask_back": "Asking the agent",
    "escalate": "Sending up",
    "claim": "Taking it",
    "release": "Giving it back",
    "settle": "Saying what happened",
    "still_unknown": "Leaving it open",
    "repair": "Repairing",
    "other": "Working on it",
    "edit": "Signing the change",
}
ASK_BACK_TITLE = "Ask the agent?"
ASK_BACK_WORDS = "It answers onto this card. Nothing is executed, and the customer is told nothing."
ASK_BACK_FIELD = "Question"
ASK_BACK_YES = "Ask"
SEND_UP_TITLE = "Send this up?"
SEND_UP_WORDS = "It waits for those above, with your note. Its clock runs on."
SEND_UP_FIELD = "Note to whoever decides"
SEND_UP_YES = "Send up"
A_COLLEAGUE = "A colleague"
STEAL_TITLE = "Take this from {name}?"
STEAL_WORDS = "{name} is told that you took it, and why."
STEAL_FIELD = "Why"
STEAL_YES = "Take it"
QUESTION_WAITS = "The agent has not answered yet."
QUESTION_UNANSWERED = "The agent could not answer."
PROPOSED_BY = "{name} proposes this: somebody else must approve it."
SENT_UP_BY = "Sent up by {name}: {note}"
TAKEN_FROM = "{name} took this from {other}: {why}"
RESOLVE_TITLE = "Dealt with?"
RESOLVE_WORDS = "This leaves the queue. A note helps whoever looks at the conversation later."
RESOLVE_FIELD = "Note"
HAND_BACK_TITLE = "Hand back to the agent?"
HAND_BACK_WORDS = "The agent goes on with everything that was said and done."
HAND_BACK_FIELD = "Note to the agent, never shown to the customer"
HAND_TEAM_TITLE = "Hand to the team?"
HAND_TEAM_WORDS = "The agent stops here, and the conversation waits for whoever takes it. You do not own it."
HAND_TEAM_YES = "Hand to the team"
HAND_TO_TEAM = "Hand to the team"
OTHER_WRITES = "{name} has this conversation and writes to the customer."
NOBODY_WRITES = "This conversation waits for a person. Take over (T) to write to the customer."
CLOSED_WRITES = "This conversation is closed. It opens again when the customer writes."
QUARANTINED_WRITES = "This conversation is in quarantine: nothing is sent until it is repaired."

# Handoff and replies --------------------------------------------------------------------------------------------------
PACKET_KINDS: Final = {
    "customer": "Customer",
    "issue": "Issue",
    "reason": "Why you",
    "tried": "Tried",
    "done": "Done",
    "pending": "Open",
    "knowledge": "Known",
    "next": "Next",
    "tone": "Tone",
}
ASSESS_TITLE = "What is wrong with this assessment?"
ASSESS_WORDS = "It is kept beside what you were shown, listed and counted. Nothing about this conversation changes by it."
ASSESS_PART = "What is wrong"
ASSESS_HOW = "In which way"
ASSESS_RIGHT = "What would be right"
ASSESS_HINT = "E.g. they want the refund for the second parcel, not the first"
ASSESS_YES = "Report"
ASSESSED_PARTS: Final = {"whole": "All of it", "routing": "Where it was routed", "language": "The language"}
ASSESSED_AS: Final = {
    "not_true": "It is not so",
    "missing": "Something is left out",
    "misread": "The customer meant something else",
    "not_needed": "No person was needed",
    "unclear": "It is hard to read",
    "undone": "What was done was undone later",
}
OPTIONAL = "Optional; kept with the decision"

EDIT_TITLE = "Change before approving: {what}"
EDIT_WORDS = "The agent's own call stays on record. It is told exactly what you changed."
EDIT_FOLLOWS = "What your change comes to"
EDIT_WHY = "Why"
EDIT_YES = "Sign the change"
EDIT_NOTHING = "Nothing is changed yet."
EDIT_CHANGES = "Changed"
EDIT_WHO = "Who must approve"
EDIT_NARROWS = "It only makes smaller what was proposed."
EDIT_OWN = "It is your own proposal then: another person must approve it."
EDIT_APPROVES = "Signed with your key: this approves it."
EDIT_PROPOSES = "Signed with your key: others approve it."
EDIT_SMALLER = "may become smaller"
EDIT_ANY_TEXT = "any words"
EDIT_OTHER = "another value is your own proposal"
EDIT_UNREADABLE = "{field}: this cannot be read as such a value."
NO = "No"

# Routing --------------------------------------------------------------------------------------------------------------
ROUTE_TITLE = "Who should work on this conversation?"
ROUTE_WORDS = "What was done stays done. The list at the right is what your choice would change, as of now."
ROUTE_FLOWS = "Workflows"
ROUTE_PEOPLE = "People"
ROUTE_NOBODY = "No person is asked"
ROUTE_QUEUE = "Ask people: {queue}"
ROUTE_WHY = "Why"
ROUTE_YES = "Change routing"
ROUTE_FOLLOWS = "What would change"
ROUTE_GAINED = "Tools the agent could use from now on"
ROUTE_LOST = "Tools it could no longer use"
ROUTE_ENTERING = "Begins"
ROUTE_STAYING = "Goes on"
ROUTE_LEAVING = "Ends"
ROUTE_WRITES = "changes something outside, as far as policy allows"
ROUTE_READS = "only reads"
ROUTE_SAME = "Nothing would change."
ROUTE_SIGNED = "Lets the agent do more: signed with your key."
ROUTE_UNSIGNED = "Narrows what the agent may do: needs no signature."
ROUTE_UNDER_WAY = "something is being carried out right now"
ROUTE_DONE = "done: {what}"
AUTHORITY_LEVELS: Final = {
    "read_only": "reads only",
    "low_risk": "small changes by itself",
    "approval_gated": "changes need a person",
    "autonomous": "acts by itself within limits",
}
DOUBTED = Plural("Look at this before it leaves", "Look at {count} things before it leaves")

# Deciding -------------------------------------------------------------------------------------------------------------
APPROVED = "Approved"
DECIDING_BY = "{name} has countersigned; it leaves in a moment"
SECOND_PRESS = "Press A again to countersign {what}"
EXECUTING = "Countersigned. It is being done now."
COUNTERSIGNED_BY = "Countersigned by {name}"
SIMULATED = "simulated"
SIMULATED_PERSON = "The second person of this demo is simulated and marked as such in the log."
PEOPLE_NEEDED = "{given} of {required} people have countersigned"
SECOND_WANTED = "A second person with another key must countersign too."
NOT_ALLOWED_NOW = "That cannot be done with this card now."
CLOSED_WORDS: Final = {
    "person": "Decided",
    "policy": "Stopped by policy",
    "timeout": "Expired",
    "lapsed": "Lapsed",
    "withdrawn": "Withdrawn",
    "code": "Closed",
}
BY_NOBODY: Final = {
    "person": "a person",
    "policy": "policy",
    "timeout": "the clock",
    "lapsed": "changed facts",
    "withdrawn": "the agent",
    "code": "the core",
}
NEW_ASK = "{what} — {who}"
CANNOT_BE_TAKEN_BACK = "No — it cannot be taken back"
CAN_BE_TAKEN_BACK = "Yes"
SINCE_SHOWN = "The customer wrote since this was shown: “{words}”"
QUEUE = "Queue"
CONVERSATION_EXCERPT = "From the conversation"
EXCERPT_UNREACHED = "The conversation comes as soon as the core answers again."
OPEN_CONVERSATION = "Open conversation"
REVIEW = "Review"
SIGN_TO_DECIDE = "Each decision is signed with your key. It binds exactly what this card shows."
ASK_KINDS: Final = {
    "approval": "Approval",
    "escalation": "Escalation",
    "quarantine": "Quarantine",
    "unknown_outcome": "Unknown outcome",
    "breach": "Breach",
    "review": "Review",
}

# Side column ----------------------------------------------------------------------------------------------------------
LAST_DECISION = "Last decision"
WHY_STOPPED = "Why it stopped"
STEPS = "Workflow steps"
STEP_SKIPPED = "skipped"
OPINION_ONLY = "the model's opinion, citing nothing"
VERIFIED = "Verified"
TOOL_FAILING = "Tool failing"
MESSAGES = Plural("1 message", "{count} messages")
INTENTS_FOUND = Plural("1 intent found: {names}", "{count} intents found: {names}")
NO_NEW_INTENT = "No new intent"
RUNNING = "running {names}"
TO_PEOPLE = "to people: {names}"
AND = "{these} and {last}"
TRIES = Plural("1 try", "{count} tries")
MILLISECONDS = "{count}\u00a0ms"
SECONDS = "{count}\u00a0s"
PHASE_WORDS: Final = {
    "working": "Working",
    "answered": "Answered",
    "asking": "Asking",
    "awaiting_approval": "Needs approval",
    "awaiting_external": "Waiting",
    "escalated": "Escalated",
    "failed": "Failed",
    "withdrawn": "Withdrawn",
}
CHANNEL_WORDS: Final = {"webchat": "Web chat", "email": "E-mail", "sms": "Text message", "phone": "Phone"}
DELIVERY_WORDS: Final = {
    "": "",
    "sending": "Being delivered",
    "sent": "",
    "not_sent": "Not delivered",
    "unknown": "Unknown whether it was delivered",
}
GROUNDED = Plural("Rests on 1 fact", "Rests on {count} facts")
QUOTED = Plural("1 line of quoted history", "{count} lines of quoted history")
SIGNATURE = "Signature"
HIDDEN_FOUND = "Hidden text found: it was kept from the agent"
NOT_SHOWN = "Text that no reader of the message sees"
AUTOMATIC = "written by a program, so nobody answers it"
TRUNCATED = "Cut: the message was longer than can be taken"

# Settings -------------------------------------------------------------------------------------------------------------
YOUR_KEY = "Your key"
WHERE_KEPT = "Where it is kept"
EVERY_BRAND = "every brand"
STILL_UNKNOWN_TITLE = "Nobody can tell yet?"
STILL_UNKNOWN_WORDS = (
    "The question stays open, and its clock runs. The other system is asked again in an hour, and so are you."
)
STILL_UNKNOWN_FIELD = "What was looked at (optional)"
BREAKER_WORDS: Final = {
    "closed": "works again",
    "open": "not working, left alone",
    "half_open": "being tried",
    "auth_failed": "our credential is not accepted",
}
HEALTH_WORDS: Final = {"healthy": "healthy", "failing": "failing", "unknown": "not asked yet"}
FINGERPRINT = "Fingerprint"
OPERATOR = "Operator"
ROLE_WORDS: Final = {
    "supervisor": "supervisor",
    "lead": "lead",
    "on_call": "on call",
    "admin": "admin",
}
LIMIT = "May approve up to"
NO_LIMIT = "nothing that costs money"
ALL_MONEY = "any amount"
ENROL_TITLE = "Enrol the first key"
ENROL_WORDS = (
    "No operator exists yet. The key made here becomes the one that trust starts from: its fingerprint is kept outside the "
    "database, and every later operator is enrolled by a signature that leads back to it."
)
ENROL_FIELD = "Your name, as colleagues see it"
ENROL_YES = "Make key and enrol"
ENROL = "Enrol my key…"
ENROLLED = "Your key is enrolled"
ENROLLED_WORDS = "It is the one that trust starts from."
DATA = "Where data lives"
DATA_ROWS: Final = (
    ("Your signing key", "the OS keyring, in the demo memory; never a file, a log or the model's context"),
    ("Conversations and decisions", "the core's data folder: one SQLite database"),
    ("Layout and theme", "a settings file of this console; nothing else is in it"),
    ("Signed statements", "the log: ids, amounts and digests, no words of a customer"),
)
CORE = "Core"
VERSION = "Version"
MODEL = "Model"
BRANDS = "Brands"
INTEGRATIONS = "Integrations"
SYSTEMS = "Systems"
SYSTEMS_FINE = "Every system answered whenever it was asked."
FOLDER = "folder"
REFUSED_SINCE = "{why} (since {time})"
BROKEN_SINCE = "{how}, since {time}"
BROKEN_SINCE_AGAIN = "{how}, since {time}, tried again {again}"
SETTINGS_FILE = "Settings of this console"

# Palette --------------------------------------------------------------------------------------------------------------
PALETTE_PLACEHOLDER = "Go to, do, or find a conversation…"
PALETTE_EMPTY = "Nothing matches."
DO = "Do"
GO = "Go"
SHOW_ALL_KEYS = "All keys"
NOTICES_TITLE = "Notices"
NO_NOTICES = "Nothing happened that you should know."
SHOW_LOG = "Show the log of this conversation"

# Hints below the window -----------------------------------------------------------------------------------------------
HINTS: Final = {
    "move": "move",
    "approve": "approve",
    "deny": "deny",
    "undo": "undo",
    "open": "open",
    "take_over": "take over",
    "commands": "commands",
    "all_keys": "all keys",
}

# Keys -----------------------------------------------------------------------------------------------------------------
KEY_HELP_TITLE = "Keys"
KEYS: Final = (
    ("Everywhere", (("Ctrl K", "palette"), ("F1", "the guide"), ("Ctrl 1…7", "workspaces"),
                    ("Ctrl .", "pause or resume agents"),
                    ("Ctrl Shift J", "the newest approval"),
                    ("Ctrl B", "choose a brand"), ("Ctrl Shift L", "light or dark"),
                    ("F6", "list or details, in a narrow window"), ("?", "these keys"),
                    ("Esc", "close, or empty a field"))),
    ("Live", (("J K", "next, previous conversation"), ("V", "narrow the list"), ("/", "search the list"),
              ("T", "take over"),
              ("H", "hand back"), ("M", "hand to the team"), ("W", "write"), ("Ctrl ↵", "send"),
              ("P", "fold the handoff"), ("F", "wrong assessment"), ("R", "change routing"), ("X", "repair"),
              ("G", "show the log"))),
    ("Approvals", (("J K", "next, previous"), ("V", "only what is overdue, or everything"),
                   ("A", "approve"), ("E", "change before approving"),
                   ("D", "deny with a reason"),
                   ("R", "I have seen what is new"), ("Z", "undo, while it has not left"), ("T", "take over"),
                   ("S", "dealt with"), ("Y N", "it happened, it did not happen"), ("U", "cannot tell yet"),
                   ("X", "repair what is held"), ("B", "ask the agent"), ("L", "send up"),
                   ("C", "take it, or give it back"), ("↵", "open conversation"))),
)  # fmt: skip
DECISION_KEY_NOTE = "Keys act on the card that is shown, and never while you write or while a question is open."

# Problems -------------------------------------------------------------------------------------------------------------
NOT_SENT_YET = "A reply of yours was not sent"
NOT_SENT_YET_WORDS = "A check has something against it. It waits in its conversation: change it there, or send it anyway."
STILL_ON_ITS_WAY = "What you asked for before is still on its way, so this was not sent. Try again in a moment."
UNEXPECTED = "Something unexpected happened in this window"
CORE_NOT_STARTED = "The core could not be started"
TRY_AGAIN = "Try again"
OPEN = "Open"

# With numbers ---------------------------------------------------------------------------------------------------------
PACKET_SIZE = Plural("1 word from the log", "{count} words from the log")
EDIT_PEOPLE = Plural("One other person must approve it as well.", "{count} other people must approve it as well.")
ROUTE_WITHDRAWN = Plural("its proposal is withdrawn", "its {count} proposals are withdrawn")
BRAND_SANDBOX = "{brand} · sandbox"
BRAND_PAUSED = "{brand} · paused"
BRAND_SANDBOX_PAUSED = "{brand} · sandbox, paused"
OFFLINE = "Offline"
OFFLINE_SINCE = "Offline since {time}"
WORKING_NOW = "{working} working, {queued} queued"
INTEGRATIONS_HEALTHY = "{healthy} of {known} systems healthy"
OPERATOR_AND_ROLE = "{name} · {role}"
WAITING = Plural("1 waiting", "{count} waiting")
NONE_WAITING = "none waiting"


def packet_size(count: int) -> str:
    """Say how long a packet is."""
    return PACKET_SIZE.of(count)


def edit_people(count: int) -> str:
    """Say how many others must approve a change."""
    return EDIT_PEOPLE.of(count)


def route_withdrawn(count: int) -> str:
    """Say that proposals would be withdrawn."""
    return ROUTE_WITHDRAWN.of(count)


def doubted(count: int) -> str:
    """Say that checks have something against words."""
    return DOUBTED.of(count)


def joined(names: Sequence[str]) -> str:
    """Say several names as one: the last after an `and`."""
    *most, last = names
    return AND.format(these=", ".join(most), last=last) if most else last


def brand_words(title: str, *, sandbox: bool, paused: bool) -> str:
    """Name a brand and what is special about it."""
    if sandbox:
        return (BRAND_SANDBOX_PAUSED if paused else BRAND_SANDBOX).format(brand=title)
    return BRAND_PAUSED.format(brand=title) if paused else title


def offline_since(clock: str) -> str:
    """Say since when the core has been away."""
    return OFFLINE_SINCE.format(time=clock) if clock else OFFLINE


def working_now(working: int, queued: int) -> str:
    """Say how much the core does and how much waits."""
    return WORKING_NOW.format(working=number(working), queued=number(queued))


def integrations(healthy: int, known: int) -> str:
    """Say how the connected systems do."""
    return INTEGRATIONS_HEALTHY.format(healthy=healthy, known=known)


def role_words(role: str) -> str:
    """Name a role."""
    return ROLE_WORDS.get(role, role.replace("_", " "))


def operator_words(name: str, role: str) -> str:
    """Say who is signed in."""
    return OPERATOR_AND_ROLE.format(name=name, role=role_words(role))


def waiting_for_you(count: int) -> str:
    """Say how many asks are open."""
    return WAITING.of(count) if count else NONE_WAITING
