"""What Settings says about how far workflows may go by themselves. English; other languages fill it in."""

from typing import Final

from console.language.plural import Plural

TITLE = "How far workflows may go"
WORDS = (
    "Each workflow has a level. A lead or an admin may lower it alone; raising it takes two, and it never goes above what "
    "its file declares. How it fared stands below."
)
PALETTE = "How far workflows may go by themselves"
PERIOD = "Evidence of the last"
LEVELS: Final = {
    "read_only": "Reads only", "low_risk": "Small changes", "approval_gated": "With approval", "autonomous": "By itself",
}  # fmt: skip
MEANS: Final = {
    "read_only": "Looks things up and answers; changes nothing.",
    "low_risk": "Also makes changes of low risk by itself.",
    "approval_gated": "Also proposes other changes; people approve each.",
    "autonomous": "Also acts alone, where policy and its limits allow that.",
}
LADDER_SPOKEN = "{workflow}: {level}. Its file allows at most: {declared}."
BY_FILE = "As its file says; nobody has signed another level."
SIGNED_BY = "Signed by {names} on {time}"
AND = "{first} and {second}"
UNPROVEN = "A row in the log claims a higher level and proves nothing. It does not count; on-call should look."
WAITING = "{name} signed “{level}”. Another lead or admin must sign it before {time}."
WAITING_MINE = "You signed “{level}”. Another lead or admin must sign it before {time}."
CHANGE = "Change…"
CHANGE_SPOKEN = "Change the level of {workflow}"
SIGN = "Look and sign…"
SIGN_SPOKEN = "Look at and sign the level of {workflow}"
TAKE_BACK = "Take back"
TAKE_BACK_SPOKEN = "Take back the signature under the level of {workflow}"
EMPTY = "No brand has a workflow that is active."
FAILED = "It could not be read: {why}"
NO_EVIDENCE = "It wanted to change nothing in this time."
CUT_OFF = "There is more than can be counted; choose a shorter time."

PROPOSED = "Proposed"
ALONE = "Done alone"
UNEDITED = "Approved unchanged"
EDITED = "Changed by people"
DENIED = "Denied"
UNDONE = "Undone later"
REFUSED = "Refused by code"
DECIDED = "Median decision"
UNOPENED = "Approved unopened"

FORM_TITLE = "How far may “{workflow}” go?"
FORM_WORDS = "What is signed is what stands at the right, and it counts for everything that has not started yet."
FORM_LEVEL = "Level"
FORM_WHY = "Why (optional, kept with the signature)"
FORM_FOLLOWS = "What would change"
FORM_YES = "Sign"
ABOVE_FILE = "More than its file declares: needs a release"
NOW = "This is how it works now"
SAME = "It works at this level now."
ONE_DOWN = "Less than now: your signature is enough, and it counts at once."
TWO_UP = "More than now: two people sign. You would be the first, and nothing changes before the second."
SECOND = "More than now: {name} has signed. With your signature it counts at once."
LAPSES = Plural(
    "1 proposal that waits would lapse at once", "{count} proposals that wait would lapse at once"
)  # fmt: skip
LAPSES_WORDS = "Nobody is asked about it any more, and nothing is executed."
REPLAYED = "The last 14 days, decided again at this level"
REPLAY_SAME = Plural(
    "The one decision would be the same", "All {count} decisions would be the same"
)  # fmt: skip
REPLAY_NONE = "Nothing was decided in that time."
REPLAY_SOME = "{differ} of {count} decisions would be others"
REPLAY_ONE = "{was} → {would}"
REPLAY_COUNT = "{count} × {was} → {would}"
REPLAY_UNREADABLE = Plural(
    "1 decision could not be asked again", "{count} decisions could not be asked again"
)  # fmt: skip
REPLAY_UNREADABLE_WORDS = "What it rested on was erased or is damaged."
REPLAY_CUT = "There were more decisions than could be asked again."
REPLAY_LATEST = "The newest of them"
DECISIONS: Final = {
    "execute": "done alone", "propose": "asks people", "forbid": "not allowed", "approved": "done on people's yes",
}  # fmt: skip
OBSTACLES: Final = {
    "role_not_allowed": "A lead or an admin of this brand signs levels.",
    "above_the_file": "Its file declares less: let a release declare more first.",
    "same_level": "It works at this level already.",
    "same_person": "You have signed this already; another lead or admin must sign it, too.",
}
TAKE_BACK_TITLE = "Take the signature back?"
TAKE_BACK_WORDS = "“{level}” for “{workflow}” does not come. Whoever wants it signs anew."
DONE_CHANGED = "“{workflow}” works at another level now: {level}"
DONE_FIRST = "Your signature waits for a second one"
DONE_FIRST_WORDS = "Another lead or admin finds it in Settings. Nothing has changed so far."
DONE_BACK = "The signature was taken back"
MOVED = "The level was changed meanwhile"
MOVED_WORDS = "Nothing was signed. Look at what holds now."
