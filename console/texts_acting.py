"""What people read about actions of their own, risk and several cases at once. English; `console.language` fills it in.

It must never import Qt or the core.
"""

from typing import Final

from console.language.plural import Plural

NOTHING_TO_SIGN = "This action is not possible, so there is nothing to sign."
NOT_TOGETHER = "These cases may not be approved together."

CARE = "Care"
JOIN = " · "
TIERS: Final = {"low": "Low risk", "medium": "Medium risk", "high": "High risk", "critical": "Critical"}
SECONDS_TO_READ = Plural("1 second to read", "{count} seconds to read")
TWO_PRESSES = "two presses"
APPROVE_IN = "Approve in {seconds} s"
READ_FIRST = "Approve, once there was time to read it. Denying needs no wait."


def approve_in(seconds: int) -> str:
    """What the yes says while it waits."""
    return APPROVE_IN.format(seconds=seconds)


MOVED_UNDER = "This changed in the very moment you pressed, so nothing was done. Look at it, and press again."
TAKES_BACK = "Taking back: {what} · {who}"
NOTHING_TO_TAKE_BACK = "Nothing of yours waits that could still be taken back."
UNSENT = "Decided meanwhile: what you were writing was not sent"
UNSENT_BY = "{name} was faster: {what} · {who}"
STILL_READING = "There has to be time to read this before it is approved. Denying needs no wait."

PROPOSE_FOR = "Propose an action: {name}"
TAKE_OVER_FIRST = "Take the conversation over first: then you can propose an action in it."
CHOOSE_TITLE = "Propose an action"
CHOOSE_WORDS = "What you propose is decided by somebody else, like everything the agent proposes."
CHOOSE_YES = "Go on"
CAN_BE_UNDONE = "Can be taken back"
CANNOT_BE_UNDONE = "Cannot be taken back"
PROPOSE_WORDS = "Fill it in as it is to be done. The core reads what it rests on and says what it would come to."
PROPOSE_YES = "Sign and propose"
FOLLOWS = "What it would come to"
FILL_IN = "Fill in what is needed."
WHY = "What should those who decide know?"
UNREADABLE = "{field} cannot be read like this."
NOT_NEEDED = "{label} (optional)"
KNOWN = "Known here: {values}"
WHO_HEAD = "Who must agree"
OTHERS = Plural("One other person countersigns it.", "{count} other people countersign it.")
ABLE = Plural("1 colleague could.", "{count} colleagues could.")
NOBODY = "Nobody is here who could countersign it. It would wait until somebody is."
RESTS_ON = "What it rests on, read just now"
FACT = "{label}: {value}"
NEVER_ALONE = "Your signature says that it is yours. It approves nothing."
PROPOSED = "Proposed"
PROPOSED_WAITS = "{what} waits for somebody else."

CASES = Plural("1 case", "{count} cases")
CASE = "{name} · {amount}"
DIFFERENCES_JOIN = " · "
SHEET_TITLE = "Approve {what} together"
SHEET_WORDS = "Each is signed and answered by itself. Untick what you do not mean."
SHEET_YES = "Sign each"
ALIKE = "The same for all of them"
SUM = "Together {total}"
LIMIT = "At most {limit} in one go"
TOO_FEW = "Choose at least two, or approve one by itself."
TOO_MUCH = "These are more cases, or more money, than may be approved in one go."
READ_FOR = Plural("Read them: 1 second more", "Read them: {count} seconds more")
EACH_ALONE = "Some may fail while others are done; each says so."
NOTHING_LIKE_IT = "Nothing else waits here that may be approved together with this."
NOT_LIKE_IT = "This is not like what you have chosen, or is never approved together with others."
MOVED_MEANWHILE = "Something of this was decided meanwhile. Choose again."
TAKEN_OUT = Plural("1 case was taken out: it says why", "{count} cases were taken out: each says why")
OUT_DECIDED = "Decided by {name} meanwhile"
OUT_OVER = "Over meanwhile"
OUT_TAKEN = "{name} is on it"
OUT_CHANGED = "Changed since you chose it: decide it by itself"
ONE_FAILED = "{name}: {why}"
PICKED = Plural("1 chosen", "{count} chosen")
KEYS: Final = (
    ("Space", "choose it together with its like"),
    ("⇧ J", "choose, and go on"),
    ("⇧ A", "choose everything like it"),
    ("A", "with several chosen: review and sign each"),
    ("O", "Live: propose an action"),
)
TITLE = "Several at once, and actions of your own"
THIS_CUSTOMER = "this customer ({name})"
AS_SIGNED = "Signed as {value}"
CHOSEN = "✓ Chosen"
HINT_CHOOSE = "choose or not"
HINT_NEXT = "choose, go on"
HINT_REVIEW = "review them"
HINT_NONE = "choose none"
