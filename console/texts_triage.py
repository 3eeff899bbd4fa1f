"""Every word of the Triage workspace. English; other languages fill it in (`console.language`).

It must never import Qt or the core.
"""

from typing import Final

from console.language.plural import Plural

# The list ---------------------------------------------------------------------------------------------------------------
TITLE = "Triage"
ALL_FINE = "Everything is healthy"
ALL_FINE_WORDS = (
    "No conversation is poisoned or stuck. What waits for a person's yes is not listed here: that is no fault. "
    "A transcript you have as a file can be dropped on this window."
)
NOT_READ = "What is broken or stuck could not be read"
CHOOSE_ONE = "Choose a conversation at the left, or drop a .json file on this window."
WAITING = Plural("{count} to look at", "{count} to look at")
NONE_WAITING = "none"
CUT_LIST = "Only the worst are listed."
KINDS: Final = {
    "quarantined": "Poisoned",
    "outcome_unknown": "Outcome unknown",
    "effect_overdue": "Overdue",
    "wake_overdue": "Not looked at",
    "failing": "Failing again and again",
    "system_down": "System down",
    "unreadable": "Log unreadable",
}
SINCE = "since {moment}"
FILE_ROW = "File"
OVERDUE = "overdue"
DUE_IN = "due in {time}"
ROW_SPOKEN = "{name}, {kind}. {sentence} Since {since}. {more}"
UNANSWERED = Plural("1 message unanswered", "{count} messages unanswered")

# The request ------------------------------------------------------------------------------------------------------------
VIEW = "What is shown"
VIEWS: Final = {"request": "Request", "repair": "Before and after", "fork": "What if"}
REQUEST = "The request as the model's API would see it"
REQUEST_OF = "{title} · {workflow}"
REQUEST_SIZE = "{messages} · {size}"
MESSAGES = Plural("1 message", "{count} messages")
BYTES = "{count} bytes"
KILOBYTES = "{count}\u00a0kB"
MEGABYTES = "{count}\u00a0MB"
MESSAGE_HEAD = "Message {number} · {role}"
SYSTEM = "System"
TOOLS = "Tools"
PARAMETERS = "Parameters"
ABOUT_REQUEST = "The request as a whole"
ROLES: Final = {"user": "user", "assistant": "assistant", "system": "system", "tool": "tool"}
BLOCK_TYPES: Final = {
    "text": "Text",
    "tool_use": "Tool call · {tool}",
    "tool_result": "Tool result",
    "tool_result_error": "Tool result, an error",
    "thinking": "Thinking",
    "redacted_thinking": "Thinking, redacted",
    "image": "Image",
    "document": "Document",
}
OTHER_BLOCK = "Block of type {type}"
NO_TYPE = "Block without a type"
BLOCK_PLACE = "block {number}"
WHOLE_MESSAGE = "The whole message"
CUT = "cut, {count} characters in all"
SHOW_WHOLE = "Show the whole"
SHOW_LESS = "Show less"
FOLDED_AWAY = Plural("… 1 more character: press I", "… {count} more characters: press I")
FAULTS = Plural("Fault", "{count} faults")
REMARKS = Plural("Remark", "{count} remarks")
FAULT_SPOKEN = "Fault: {what}"
WOULD_ANSWER = "The API would refuse the request because of this."
WOULD_TAKE = "The API would take it."
REPAIR_IS = "Repair: {what}"
SIDE_EFFECTS: Final = {
    "none": "",
    "possible": "A tool that may change something is concerned.",
    "likely": "It may have happened already.",
    "unknown": "Something was sent, and nobody knows what became of it.",
}
MORE_BLOCKS = Plural("1 more block of this message is not shown.", "{count} more blocks of this message are not shown.")
MORE_TO_READ = "Further messages are read as you come near the end."
READING_ON = "Reading further messages…"
NO_REQUEST: Final = {
    "unreadable": "There is no request: something it is made of cannot be read any more.",
    "damaged": "There is no request: the run is damaged.",
    "open_calls": "There is no request yet: calls are open that must be answered first.",
    "": "There is no request: no workflow is at work here.",
}
REQUEST_FINE = "Nothing is wrong with this request. N has nowhere to go."
FINDINGS = Plural("1 finding", "{count} findings")

# Before and after -------------------------------------------------------------------------------------------------------
LIKENESS: Final = {"kept": "Kept", "changed": "Changed", "added": "Added", "removed": "Removed"}
BEFORE = "Before"
AFTER = "After the repair"
NOTHING_HERE = "nothing here"
PAIR_SPOKEN = "{mark}. {why} Left: {left}. Right: {right}."
COMPARED = "{kept} kept · {changed} changed · {added} added · {removed} removed"
RUN_GOES_ON = "{run} goes on as {successor}"
NOTHING_TO_REPAIR = "Nothing has to be repaired here: what is wrong does not lie in the request."
BLOCKS_CUT = "There is more than can be shown; the rest is repaired the same way."

# The side ---------------------------------------------------------------------------------------------------------------
DIAGNOSIS = "What is wrong"
NOTHING_WRONG = "Nothing is wrong here"
ONLY_WAITS = "It waits for a person's yes, and that is no fault."
AROUND = "Around it"
PROVIDER_SAID = "What the provider said"
PLACES = "Where it came through our code"
SLA_DUE = "Somebody must act within {time}"
SLA_BROKEN = "Nobody acted in time"
DRY: Final = {
    "passes": "The next turn works",
    "refused": "The next turn would be refused",
    "waits": "Nothing is asked of the model now",
    "unknown": "It could not be found out",
}
DRY_HOLDS = "The repair holds; nothing is due now"
DRY_OF: Final = {
    "repaired": "Tried with the repaired request; nothing was sent.",
    "as_it_stands": "Tried as it stands; nothing was sent.",
}
THEN = "Then: {what}"
LOOKS_AGAIN = "Looked at again by itself at {moment}."
CALLS = "Open calls"
CALL_NUMBER = "{number} of {all}"
CALL_ANSWERS: Final = {
    "executed": "It was executed",
    "not_executed": "It was not executed",
    "unknown": "Nobody knows yet",
}
LOOKED_UP: Final = {
    "happened": "The other system says: it happened.",
    "did_not_happen": "The other system says: it did not happen.",
    "unknown": "The other system cannot tell.",
    "not_asked": "The other system cannot be asked.",
}
ASK_SYSTEM = "Ask the system"
ASKING_SYSTEM = "Asking…"
ATTEMPT = "Attempt {number}: {outcome}, {moment}"
ATTEMPT_KEY = "key ends in {ending}"
ATTEMPT_SAID = "said by: {who}"
ATTEMPT_OPEN = "nothing says how it ended"
SETTLED_BY_REPAIR = "Signed with the repair."
SETTLED_BY_ASK = "Signed by itself, as an answer to the question about its outcome."
SIGN_ANSWER = "Sign this answer"
LEFT_ALONE = Plural(
    "1 action waits for a yes: no fault, and a repair leaves it alone.",
    "{count} actions wait for a yes: no fault, and a repair leaves them alone.",
)
REPAIR = "Sign and repair"
REPAIRING = "Being repaired…"
REPAIR_TITLE = "Repair this conversation?"
REPAIR_WORDS = "Nothing is sent again by a repair; the agent goes on with a history that the model accepts.\n{calls}"
REPAIR_CALL = "{title}: {answer}"
REPAIR_FIELD = "Note (optional)"
REPAIR_NOTE = "Signed with your key. Refused when anything has changed since it was shown."
SETTLE_TITLE = "Sign what became of it?"
SETTLE_WORDS = "{title}: {answer}. Signed with your key."
SETTLE_YES = "Sign"
CANNOT_REPAIR = "There is nothing to repair here. {why}"
NOT_REPAIRABLE = "It goes on by itself, or with the answer to its question."
NOT_YOUR_ROLE = "Only these roles may look into and repair conversations: {roles}."
OPEN_LIVE = "Open in Live"
HEALED = "Repaired: the conversation is alive"
HEALED_WORDS = "What it does now is shown here as it happens."
HEALING = "The repair was taken. What follows is shown here as it happens."
NEXT_BROKEN = "Next one"

# A file -----------------------------------------------------------------------------------------------------------------
OPEN_FILE = "Open a file…"
OPEN_TITLE = "Diagnose a transcript"
FILE_FILTER = "Transcripts (*.json *.jsonl);;All files (*)"
SAVE_FILE = "Save repaired…"
SAVE_TITLE = "Save the repaired transcript"
SAVED = "Saved as {name}"
REPAIRED_NAME = "{stem}.repaired{suffix}"
CLOSE_FILE = "Put away"
FILE_HEALTHY = "This transcript is healthy"
FILE_HEALTHY_WORDS = "The model's API would take it as it is. Nothing has to be repaired."
FILE_BROKEN = "This transcript would be refused"
FILE_REMARKS = "The API would take it, and there is something to know"
FILE_CHIPS: Final = {"fine": "Healthy", "remarks": "Remarks", "broken": "Refused"}
FILE_FORMS: Final = {
    "messages": "Messages API",
    "openai_chat": "Chat completions",
    "openai_responses": "Responses API",
    "langgraph": "LangGraph checkpoint",
}
FILE_WORDS = "{form} · {size}"
FILE_NOT_KEPT = "The file is read and not kept: neither its text nor its findings are stored."
FILE_CHANGES = "What the repair changes"
FILE_LEFT_WORDS = "Nothing says what became of these calls. What you say goes into the repaired file."
FILE_CALL = "Call {id}"
FILE_TOO_LARGE = "{name} is larger than {size} and was not read."
FILE_UNREADABLE = "{name} could not be read: {why}"
FILE_FOLDER = "{name} is a folder, and not a file."
FILE_NOT_SAVED = "It could not be saved: {why}"
FILE_READING = "{name} is being diagnosed…"
FILE_NOT_DIAGNOSED = "{name} could not be diagnosed"
REPAIRED_TOO_LARGE = (
    "The repaired form is too large to be shown here. The command line writes it: countersign-core repair FILE."
)
MORE_FINDINGS = Plural("1 further finding is not listed.", "{count} further findings are not listed.")
DROP_HERE = "Drop a transcript to diagnose it"
DROP_WORDS = "It is read and not kept. Nothing of it runs."
ONE_FILE = "One file at a time: {name} is diagnosed."

# What if ----------------------------------------------------------------------------------------------------------------
FORK_WORDS = (
    "Nothing is sent: no write, no message to the customer, nothing into the conversation but that somebody looked. "
    "What was recorded is used as recorded."
)
CHOSEN = "From here"
FORK_POINT = "Turn {turn} · {moment}"
FORK_POINT_OF = "Turn {turn} · {moment} · {what}"
FORK_NO_POINTS = "Nothing has happened here that could be run again."
FORK_RUN = "Run again"
FORK_RUNNING = "Running again in memory…"
FORK_CHANGE = "Change something…"
FORK_BACK = "Another point"
FORK_ASK_TITLE = "What is to be different?"
FORK_ASK_WORDS = "From: {point}. Whatever you leave empty stays as it was."
FORK_WORKFLOW = "Workflow"
FORK_WORKFLOW_HINT = "as recorded: {names}"
FORK_ARGUMENTS = "Arguments of {tool}, as JSON"
FORK_AS_IT_WAS = "As it was"
FORK_MODEL = "Model"
FORK_MODEL_OTHER = "Another model, by its name"
FORK_MODEL_HINT = "as recorded"
FORK_POLICY = "Policy (Cedar)"
FORK_POLICY_TEXT = "Or another text (Cedar)"
FORK_POLICY_HINT = "the brand's own"
FORK_POLICY_DEFAULTS = "the default policies alone"
FORK_POLICY_DEFAULTS_WORDS = "What holds in every shop, nothing of the brand's"
FORK_POLICY_SINCE = "of the release of {time}"
FORK_POLICY_HERE = "What was done here began with it"
FORK_LIVE = "Where nothing is recorded"
FORK_LIVE_MODEL = "Ask the model"
FORK_LIVE_MODEL_WORDS = "Costs what a turn costs"
FORK_LIVE_READS = "Read from the brand's systems"
FORK_LIVE_READS_WORDS = "Only what is declared as reading"
FORK_FOLLOWS = "What this does"
FORK_NOTHING_SENT = "No write fires: a fork has no way to one."
FORK_NO_MESSAGE = "The customer is told nothing."
FORK_RECORD = "The log notes that you looked."
FORK_MODEL_NEEDS = "Another model can only answer if the model may be asked."
FORK_BAD_JSON = "The arguments are no JSON object."
FORK_YES = "Run"
FORK_THEN = "As recorded"
FORK_HERE = "Here"
FORK_STATES: Final = {
    "same": "Same",
    "differs": "Differs",
    "only_recorded": "Only then",
    "only_here": "Only here",
}
FORK_SAME = "Both sides do the same, step by step."
FORK_DIFFERENT: Final = {"workflow": "workflow", "arguments": "arguments", "model": "model", "policy": "policy"}
FORK_CHANGED = "Different: {what}"
FORK_REPLAYED = "Nothing different: a replay"
FORK_VERDICTS = "What authority said"
FORK_VERDICT: Final = {"execute": "may be done", "propose": "needs a person", "forbid": "forbidden", "none": "not asked"}
FORK_STEPS = "Step by step"
FORK_REPLY = "The reply"
FORK_WOULD = "What would be done now; in a fork it is not"
FORK_COST = "{calls} · {tokens} · {reads}"
MODEL_CALLS = Plural("1 model call", "{count} model calls")
TOKENS = Plural("1 token", "{count} tokens")
READS = Plural("1 read", "{count} reads")
FORK_CUT = "There are more steps than can be shown."
REPLY_WARNED = Plural("1 check has something against it", "{count} checks have something against it")

# Keys -------------------------------------------------------------------------------------------------------------------
KEY_NEXT = "next finding"
KEY_NEXT_FINDING = "Next finding"
KEY_NEXT_CALL = "Next open call"
KEY_SAY = "This call: {answer}"
KEY_NEXT_RUN = "Request of the next workflow"
KEY_REPAIR = "repair"
KEY_MOVE = "move"
KEY_ALL = "all keys"
KEY_FILE = "open file"
KEYS: Final = (
    ("J K", "next, previous conversation; in a request the next, previous block"),
    ("N", "next finding"),
    ("⇧ N", "previous finding"),
    ("Q", "the request"),
    ("B", "before and after the repair"),
    ("W", "request of the next workflow"),
    ("I", "show or fold the whole of a block"),
    ("C", "next open call"),
    ("E", "this call: it was executed"),
    ("D", "this call: it was not executed"),
    ("U", "this call: nobody knows"),
    ("A", "ask the system about this call"),
    ("X", "sign and repair"),
    ("F", "what if: choose a point"),
    ("R", "run again from that point"),
    ("V", "change something and run again"),
    ("O", "open a file"),
    ("S", "save the repaired file"),
    ("↵", "from the list to the request, from there to Live"),
    ("Esc", "back to the list; puts a file away"),
)
