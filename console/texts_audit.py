"""Every word of the Audit workspace: search, the past, proof, the alarm, oversight, erasure.

Texts are used as `texts_audit.NAME` at the moment of showing, because the language is filled in later.
"""

from console.language.plural import Plural

# The place ------------------------------------------------------------------------------------------------------------
PART_FIND = "Conversations"
PART_PROOF = "Proof"
PART_OVERSIGHT = "Oversight"
PARTS = "What to look at"

# Search ---------------------------------------------------------------------------------------------------------------
SEARCH = "Search all transcripts and events…"
HITS = "What was found"
FILTERS = "Filters of this search"
REMOVE_FILTER = "Remove the filter “{filter}”"
FILTER = "Filter"
FILTER_ALL = "Amounts, dates and scores…"
FILTER_CLEAR = "Remove every filter"
KEEP = "Save"
KEEP_TITLE = "Save this search"
KEEP_WORDS = "Its words and filters are kept on this computer. One of the same name is replaced."
KEEP_FIELD = "Name"
KEEP_YES = "Save"
KEPT = "Saved"
KEPT_NONE = "No search is saved yet. B saves the present one."
KEPT_LINE = "Search: {name}"
KEPT_KIND = "Saved search"
KEPT_RENAME = "Rename: {name}"
KEPT_FORGET = "Forget: {name}"
RENAME_TITLE = "Rename “{name}”"
RENAME_YES = "Rename"
RENAME_FIELD = "New name"
FOUND = Plural("1 found", "{count} found")
FOUND_AT_LEAST = Plural("1+ found", "{count}+ found")
CONVERSATIONS = Plural("1 conversation", "{count} conversations")
CONVERSATIONS_AT_LEAST = Plural("1+ conversations", "{count}+ conversations")
LOOKING = "Looking…"
CATCHING_UP = "The index is being built; more may be found in a while."
NOT_ALL = "Looked through back to {when}; scrolling looks further."
NEWEST_FIRST = "Newest first"
BEST_FIRST = "Best first"
ORDER_SPOKEN = "Order of the hits: {order}. Press to change"
NO_HITS = "Nothing was found. Take a filter away, or use fewer words; “a phrase” stands together, -word leaves out."
NO_CONVERSATIONS = "There is no conversation yet. They appear here as they come."
SEARCH_FAILED = "The search was not answered"
TRY_AGAIN = "Try again"
CUT = "…"
BY_WORDS = {
    "customer": "Customer", "agent": "Agent", "person": "Person", "person_for_agent": "Person for the agent",
    "system": "System",
}  # fmt: skip
KIND_WORDS = {
    "message": "message", "reply": "reply", "call": "tool call", "result": "tool result", "fact": "fact",
    "decision": "decision", "note": "note", "event": "event",
}  # fmt: skip
REPLIED_WORDS = {
    "agent_alone": "the agent alone", "agent_and_person": "agent and person", "person_alone": "a person alone",
    "closed_without_reply": "closed without a reply", "nobody": "nobody",
}  # fmt: skip
HANDLED_WORDS = {"automated": "the agent alone", "touched": "with a person's hand", "neither": "nobody yet"}
FILTER_BY = "Spoken by: {value}"
FILTER_KIND = "Kind: {value}"
FILTER_BRAND = "Brand: {value}"
FILTER_CHANNEL = "Channel: {value}"
FILTER_TOOL = "Tool: {value}"
FILTER_WORKFLOW = "Workflow: {value}"
FILTER_OUTCOME = "Outcome: {value}"
FILTER_STATE = "State: {value}"
FILTER_REPLIED = "Replied: {value}"
FILTER_HANDLED = "Handled: {value}"
FILTER_FLAG = "Flag: {value}"
FILTER_CURRENCY = "Currency: {value}"
FILTER_REVIEWED = "Reviewed"
FILTER_NOT_REVIEWED = "Not reviewed"
FILTER_MONEY = "At stake: {least} to {most}"
FILTER_MONEY_FROM = "At stake: from {least}"
FILTER_MONEY_TO = "At stake: up to {most}"
FILTER_SCORE = "Score: {least} to {most} %"
FILTER_SINCE = "Since {when}"
FILTER_UNTIL = "Before {when}"
FILTER_CONVERSATION = "Only conversation {value}"
FILTER_COUNTED = Plural("in 1 conversation", "in {count} conversations")
SINCE_DAYS = Plural("Of the last 24 hours", "Of the last {count} days")
ONLY_THIS = "Only this conversation: {name}"
FORM_TITLE = "Filter by amounts, dates and scores"
FORM_WORDS = "What is left empty does not narrow. Dates are days of this computer's time zone."
FORM_YES = "Search"
FORM_SINCE = "From this day on (YYYY-MM-DD)"
FORM_UNTIL = "Up to and including this day"
FORM_MONEY_FROM = "At least this much at stake, e.g. 20.00"
FORM_MONEY_TO = "At most this much"
FORM_CURRENCY = "Currency, e.g. EUR"
FORM_SCORE_FROM = "Score at least, percent"
FORM_SCORE_TO = "Score at most, percent"
FORM_FOLLOWS = "What this means"
FORM_BAD = "“{value}” cannot be read: {hint}"
FORM_BAD_DATE = "a day looks like 2026-03-01"
FORM_BAD_MONEY = "an amount looks like 20.00"
FORM_BAD_SCORE = "a whole number from 0 to 100"
FORM_BAD_CURRENCY = "three letters, like EUR"
FORM_NOTHING = "No filter of amount, date or score."

# A conversation of the past -------------------------------------------------------------------------------------------
CHOOSE = "Choose what was found to read the conversation there, as it was at any moment."
NOT_READ = "It could not be read: {why}"
OPEN_LIVE = "Open in Live"
SEEN_BY_MODEL = "What the model saw"
BACK_TO_NOW = "Back to now"
TIME_LINE_SPOKEN = "As of: {where}. Arrow keys go from event to event, End returns to the present"
TIME_NOW = "As it is now"
TIME_NOW_AT = Plural("As it is now", "As it is now, after {count} steps")
TIME_AT = "After step {number} of {count}: {what}"
THEN_BANNER = "As it was on {when}. What came later is not shown."
THEN_READING = "Reading how it was…"
MOMENT_CUSTOMER = "the customer wrote"
MOMENT_AGENT = "the agent wrote"
MOMENT_PERSON = "a person wrote"
MOMENT_SYSTEM = "a fixed text was sent"
MOMENT_ROUTED = "it was routed"
MOMENT_TOOL = "{tool}"
BESIDE = "Beside the conversation"
TAB_THEN = "Known then"
TAB_NOW = "Known now"
TAB_REVIEW = "Reviews"
KNOWN = "What the agent believed"
KNOWN_NOW = "What the agent believes"
WAITED_FOR = "What it waited for"
WAITS_FOR = "What it waits for"
STOPPED = "Why the agent stopped"
STEPS = "Steps and their proof"

# What a model saw -----------------------------------------------------------------------------------------------------
CALLS = "Calls of the model"
CALLS_COUNT = Plural("1 call", "{count} calls")
CALLS_NONE = "No model was called in this conversation."
CALL_TOKENS = "{input} tokens read, {output} written"
CALL_ATTEMPT = "try {attempt}"
CALL_GOES_ON = "goes on"
CALL_CHOOSE = "Choose a call to see exactly what the model was sent."
CALL_READING = "Building it again from the log…"
BACK_TO_TRANSCRIPT = "Back to the transcript"
PARTS_SENT = "What was sent"
PART_PARAMETERS = "Parameters"
PART_SYSTEM = "System"
PART_TOOL = "Tool: {name}"
PART_MESSAGE = "Message {number}: {role}"
PART_ANSWER = "Its answer"
CHARACTERS = Plural("1 character", "{count} characters")
PART_ERASED = "These words were erased. The digest in the log stays."
PART_NONE = "There was none."
SENT_TEXT = "Text that was sent, to read and copy"
ROLES = {"user": "to the model", "assistant": "from the model", "system": "system"}
BLOCK_CALL = "Calls {tool} ({id})"
BLOCK_RESULT = "Result for {id}"
BLOCK_FAILED = "Failed result for {id}"
BLOCK_THINKING = "Thinking"
BLOCK_IMAGE = "Image"
BLOCK_OTHER = "Other block"
BLOCK_CACHED = "— cache breakpoint —"
VERDICTS = {
    "verified": "Verified: this is byte for byte what was sent",
    "differs": "Differs from what the log says was sent",
    "erased": "Parts were erased; what stands here is verified",
}
VERDICT_DIGEST = "SHA-256 {digest}, {size} bytes"
PURPOSES = {
    "triage": "Triage", "run": "Work on a workflow", "compose": "Putting replies together",
    "ask_back": "A person asked back", "prove": "Proof of identity",
}  # fmt: skip

# Reviews --------------------------------------------------------------------------------------------------------------
REVIEW_NOTE = "Note"
REVIEW_SCORE = "Score"
REVIEW_DONE = "Reviewed"
REVIEW_NEXT = "Next review"
QUEUE_EMPTY = "No conversation waits for a review"
QUEUE_WAITING = Plural("1 waits for a review", "{count} wait for a review")
QUEUE_SHARE = "{share} % of each workflow is drawn at random, the same for everybody; nobody can choose what is drawn."
PICKED = {
    "random": "Drawn at random", "flagged": "Something was flagged here", "disputed": "Somebody disputed this",
}  # fmt: skip
NOTED = "The note is in the log"
SCORED = "The score is in the log"
REVIEWED = "Reviewed"
NOTE_TITLE = "Write a note about this conversation"
NOTE_ABOUT_TITLE = "Write a note about this place"
NOTE_WORDS = "Colleagues see it. The agent is told nothing, and nothing follows from it."
NOTE_FIELD = "Note"
NOTE_YES = "Keep the note"
SCORE_TITLE = "Score this conversation: {rubric}"
SCORE_WORDS = (
    "What was done is judged, up to the newest event shown. The agent is told nothing, and nothing follows from it."
)
SCORE_COMMENT = "Why"
SCORE_DONE = "Take it out of the queue"
SCORE_DONE_CHOICE = "I have reviewed it"
SCORE_YES = "Keep the score"
SCORE_POINTS = "{points} of {most}"
SCORE_TOTAL = "{percent} %"
SCORE_REPLACED = "replaced by a later score"
SCORE_OLD_RUBRIC = "by an older rubric"
NO_REVIEWS = "Nobody has reviewed this conversation yet."
NOTE_AT = "about step {seq}"
MAY_NOT_REVIEW = "Leads and admins review; you can read."

# Proof ----------------------------------------------------------------------------------------------------------------
ALARM_TITLE = "The log of this core is not the one that was signed for"
ALARM_WITNESS_TITLE = "This console has seen another log than the core shows now"
ALARM_SEEN = "What was seen"
ALARM_SINCE = "Since"
ALARM_BEFORE = "Signed for before"
ALARM_NOW = "Found now"
ALARM_EVENTS = Plural("{count} event", "{count} events")
ALARM_ROOT = "Root before"
ALARM_STOPPED = "What is stopped"
ALARM_STOPPED_WORDS = (
    "Nothing is written to any system, neither by the agent alone nor with a person's yes; nobody is enrolled, invited or "
    "given another key. Customers are still answered, and people can read, write and take over."
)
ALARM_WITNESS_STOPPED = (
    "Nothing is stopped by what this console has seen alone. Every decision signed here names the log that was verified "
    "here, and the core refuses one that names another log."
)
ALARM_WHO = "Who may acknowledge"
ALARM_WHO_NOBODY = "An admin for every brand; none is known here"
ALARM_DO = "What to do"
ALARM_DO_WORDS = (
    "Find out why before you sign: was a backup restored, a disk replaced, a file edited? Compare with the checkpoint "
    "another console or a backup has kept: “countersign-core verify-audit DATABASE --checkpoint FILE” names every row "
    "that differs."
)
ALARM_ACKNOWLEDGE = "I know why: sign"
ALARM_ACKNOWLEDGE_TITLE = "Sign that you know why the log is another one"
ALARM_ACKNOWLEDGE_WORDS = (
    "Sensitive actions go on from here. Your name, this alarm and your comment stay in the log for ever, and the events "
    "that were lost stay lost."
)
ALARM_ACKNOWLEDGE_FIELD = "What happened, and how you know"
ALARM_ACKNOWLEDGE_YES = "Sign and let actions go on"
ALARM_TAKE_ON = "Take this log on here"
ALARM_TAKE_ON_TITLE = "Let this console believe the log as it is now"
ALARM_TAKE_ON_WORDS = (
    "What this console had seen is forgotten, and what the core shows now counts. Do it only when you know why it is "
    "another log; other consoles keep what they saw."
)
ALARM_TAKE_ON_YES = "Believe this log"
ALARM_NOT_YOURS = "Only an admin for every brand can acknowledge it."
ALARM_SENDING = "Signing…"
ALARM_OVER = "The alarm is acknowledged"
ALARM_OVER_WORDS = "Sensitive actions go on. What happened is in the log, with your name."
ALARM_SHORT = "Sensitive actions are stopped: the log is not the one that was signed for."
ALARM_OPEN = "What happened"
TAKEN_ON = "This console believes the log as it is now"

WITNESS = "This console as a witness"
WITNESS_NONE = "Nothing was seen yet; the first checkpoint that is proven is kept here."
WITNESS_FINE = "The core's log continues everything this console has seen."
WITNESS_SIZE = "Proven up to"
WITNESS_WORDS = (
    "Each start, the core must prove that its log continues the last checkpoint kept on this computer, apart from the core."
)

OFFLINE = "Check it without this core"
OFFLINE_WORDS = "Both commands read files only, need no network and believe nothing the core says."
OFFLINE_ROWS = (
    ("One conversation, as exported", "countersign-core verify-export FILE"),
    ("The whole database", "countersign-core verify-audit DATABASE --checkpoint FILE"),
)
COPY_COMMAND = "Copy the command"

VERIFY = "Verify the log"
VERIFY_AGAIN = "Verify again"
VERIFY_STOP = "Stop"
VERIFY_TITLE = "The whole log"
VERIFY_STATES = {
    "never": "Not verified since this core started", "running": "Verifying…", "cancelled": "Stopped before its end",
    "failed": "The verification could not run", "holds": "The log is whole", "broken": "The log does not hold",
}  # fmt: skip
VERIFY_PROGRESS = "{done} of {total} events"
VERIFY_BY = "By {name}, finished {when}"
VERIFY_UNKNOWN = "How the log stands is not known: {why}"
VERIFY_FOUND = "What does not hold"
VERIFY_HIDDEN = Plural("1 more is in a brand you do not see.", "{count} more are in brands you do not see.")
VERIFY_ROWS = {
    "events": "Events", "streams": "Conversations and other streams", "bodies": "Texts beside the log",
    "statements": "Signed statements", "checkpoints": "Checkpoints", "erased": "Texts erased on purpose",
    "signed": "Signed for, up to event", "remembered": "Compared with a checkpoint kept outside, of event", "root": "Root",
}  # fmt: skip
VERIFY_NOT_REMEMBERED = "There was none: this says nothing about a database that was put back as a whole"
VERIFY_NOTES = "What cannot be known from here"
FINDING_AT = "{subject}, event {seq}"

# Oversight ------------------------------------------------------------------------------------------------------------
OVERSIGHT_TITLE = "How people decided"
OVERSIGHT_WORDS = (
    "Taken from what people signed. It says how oversight works, not who is good: small numbers say nothing, and people are "
    "asked different things."
)
PERIOD = "Period"
PERIOD_DAYS = Plural("1 day", "{count} days")
DECISION_TIME = "Time from the card to the decision"
NO_TIMES = "No decision time is known."
NO_DECISIONS = "Nobody decided anything in this period."
FEW = "few: compare nothing"
EVERYBODY = "Everybody"
BY_PERSON = "By person"
BY_WORKFLOW = "By workflow"
BY_BOTH = "By person and workflow"
SHOWN_BY = "Shown by"
SHARE_UNEDITED = "Approved as proposed"
SHARE_EDITED = "Changed first"
SHARE_DENIED = "Denied"
FIGURE_MEDIAN = "Median"
FIGURE_RANGE = "Fastest and slowest tenth"
FIGURE_UNOPENED = "Approved without opening"
FIGURE_REVERSED = "Taken back"
FIGURE_WRONG = "Called wrong afterwards"
FIGURE_OF = "{count} of {whole}"
FIGURE_NONE = "—"
RANGE = "{least} to {most}"
BUCKET_UPTO = "≤ {time}"
BUCKET_OVER = "> {time}"
NOT_COMPLETE = "There is more than can be shown; choose a shorter period."
OVERSIGHT_FAILED = "It could not be read: {why}"
SECONDS = "{count}\u00a0s"
MINUTES = "{count}\u00a0min"
HOURS = "{count}\u00a0h"
MINUTES_SECONDS = "{minutes}\u00a0min {seconds}\u00a0s"

# Export ---------------------------------------------------------------------------------------------------------------
EXPORT = "Export with proofs"
EXPORT_TITLE = "Export this conversation with its proofs"
EXPORT_FILES = "Countersign export (*.json)"
EXPORTED = "Exported with its proofs"
EXPORTED_WORDS = "{file}. Anybody can check it offline: countersign-core verify-export FILE"
EXPORTING = "Exporting…"
NOT_WRITTEN = "The file could not be written"
NOT_WRITTEN_WORDS = "{file}: {why}"

# Erasure --------------------------------------------------------------------------------------------------------------
ERASE = "Erase a customer"
ERASE_TITLE = "Erase what is stored about a customer"
ERASE_WORDS = (
    "What they wrote, what was written to them and what was read about them goes for ever. The log stays whole without "
    "it, and every proof still holds."
)
ERASE_WHO = "What is erased"
ERASE_CUSTOMER = "Everything of this customer"
ERASE_CUSTOMER_BELOW = "Every conversation that is recognisably theirs, of this brand"
ERASE_ONE = "This conversation only"
ERASE_BRAND = "Brand"
ERASE_NAMED = "Who: e-mail address, or the channel's or shop's id"
ERASE_REASON = "Why"
ERASE_REASONS = {
    "customer_asked": "The customer asked for it",
    "law": "A law or a court says so",
    "stored_by_mistake": "It was stored by mistake",
    "contract_ended": "The contract ended",
}
ERASE_TYPED = "Typed confirmation"
ERASE_TYPED_HINT = "Type what stands below the list"
ERASE_YES = "Sign and erase"
ERASE_FOLLOWS = "What goes and what stays"
ERASE_GOES = Plural("1 conversation goes", "{count} conversations go")
ERASE_GOES_PARTS = Plural("{count} text or file, {size}", "{count} texts and files, {size}")
ERASE_NOTHING = "Nothing is stored that could be erased."
ERASE_NOBODY = "Say who is to be erased."
ERASE_STAYS = "What stays, and why"
ERASE_MORE = "There are more than one signature may name. Erase these, then look again."
ERASE_NOT_NOW = "It cannot be erased while something stands in the way."
ERASE_TYPE = "To erase, type: {phrase}"
ERASE_PHRASE = Plural("erase 1 conversation", "erase {count} conversations")
ERASE_READY = "Nothing brings it back."
ERASE_ORDERED = "The erasure is ordered"
ERASE_ORDERED_WORDS = Plural("1 conversation is erased in a moment.", "{count} conversations are erased in a moment.")
ERASED_ROW = "{channel}, {when} — {parts}"
ERASE_FOUND_BY = {
    "named": "named here",
    "same_writer": "the channel calls its writer the same",
    "same_email": "the same e-mail address",
    "same_customer": "the shop knows them as the same",
}

# Keys -----------------------------------------------------------------------------------------------------------------
KEYS = (
    ("/", "search"), ("J K", "next, previous hit"), ("↵", "read it there"), ("F", "filter"), ("B", "save this search"),
    ("L", "saved searches"), ("T", "go through time"), ("M", "what the model saw"), ("R", "known, or reviews"),
    ("W", "open in Live"), ("G", "show the log"), ("E", "export with proofs"), ("N", "next review"), ("S", "score"),
    ("C", "note"), ("D", "reviewed"), ("P", "proof"), ("V", "verify the log"), ("A", "acknowledge an alarm"),
    ("O", "oversight"), ("X", "erase a customer"), ("Esc", "back"),
)  # fmt: skip
HINT_SEARCH = "search"
HINT_TIME = "time"
HINT_SEEN = "what the model saw"
HINT_NEXT = "next review"
