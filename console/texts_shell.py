"""What the shell says by itself: reports of errors, finding things, signing out. English; `console.language` fills it in.

It must never import Qt or the core.
"""

from typing import Final

from console.language.plural import Plural

REPORT_WRITTEN = "A report was written. It holds no words of customers and no secrets: read it before you pass it on."
REPORT_NOT_WRITTEN = "It was written to the log of this console. Nothing was decided or sent because of it."
DIED_BEFORE = "Countersign did not close properly last time"
DIED_BEFORE_WORDS = "Nothing was lost: the core keeps everything. A report without anybody's words was written."
OPEN_REPORTS = "Open reports"
REPORTS = "Reports of errors"

PALETTE_KINDS: Final = {
    "do": "Do",
    "setting": "Setting",
    "customer": "Customer",
    "recent": "Recent",
}
PALETTE_SEARCHING = "Searching every conversation…"
CONVERSATIONS_OF = Plural("{name} — 1 conversation", "{name} — {count} conversations")
SET_TO = "{setting}: {value}"

NEWEST_APPROVAL = "Newest approval: {what}"
NO_APPROVAL = "No approval waits for a decision."

NOBODY = "Signed out"
SIGN_OUT = "Sign out"
SIGN_IN = "Sign in"
SIGNED_OUT = "You are signed out. Nothing can be decided until you sign in again."
SIGN_OUT_TITLE = "Sign out?"
SIGN_OUT_WORDS = "Your key stays in the keyring. Until you sign in again this window can only be read, or nothing at all."

SPOKEN_SIGNED = "Signed: {what}. It leaves in a moment; Z takes it back."
SPOKEN_CLOSED = "{what}: {result}"

# Where a window is too narrow for three panes
FOLD_LAST = "Show what stands beside it"
FOLD_FIRST = "Show the list again"
FOLD_LOOK_FIRST = "What this key acts on was not in sight. Look at it, then press again."
