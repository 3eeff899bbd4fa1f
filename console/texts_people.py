"""What Settings says about people, keys, invitations and recovery. English; other languages fill it in."""

from typing import Final

TITLE = "People and keys"
INVITE = "Invite…"
HAVE_CODE = "I have a code…"
ROTATE = "New key for me…"
NOBODY = "Nobody is enrolled yet."
ANY_BRAND = "every brand"
NO_MONEY = "no amounts"
ALL_MONEY = "any amount"
UP_TO = "up to {limit}"
A_DAY = "{limit} a day"
TIMES_A_DAY = "{count} a day"
YOU = "you"
ANCHOR = "trust starts here"
SIMULATED = "simulated"
STATES: Final = {
    "active": "Active", "stopped": "Stopped", "rotated": "Replaced by a newer key", "revoked": "Revoked",
    "expired": "Expired",
}  # fmt: skip
INVITED: Final = {
    "open": "Code not used yet", "accepted": "Waits for a second person", "enrolled": "Enrolled", "expired": "Expired",
    "withdrawn": "Taken back",
}  # fmt: skip
INVITATIONS = "Invitations"
INVITED_BY = "invited by {name}, until {time}"
AMEND_SPOKEN = "Change what {name} may do"
STOP_SPOKEN = "Stop the key of {name}"
REVOKE_SPOKEN = "Revoke the key of {name} for ever"
COUNTERSIGN = "Countersign…"
WITHDRAW_SPOKEN = "Take back the invitation of {name}"

INVITE_TITLE = "Invite somebody"
INVITE_WORDS = (
    "You sign what they may do. They prove a key of their own with a one-time code, and where there is another admin or "
    "lead, that person countersigns. Nobody makes a second person up."
)
NAME = "Name"
ROLE = "Role"
BRANDS = "Brands"
LIMIT = "May approve up to, alone"
LIMIT_HINT = "For instance 50.00 EUR; empty for no amounts"
DAY_LIMIT = "In one day, together"
DAY_HINT = "For instance 500.00 EUR; empty for no limit"
INVITE_YES = "Sign and invite"
CODE_TITLE = "The code for {name}"
CODE_WORDS = "Say it to them by another way than this one. It is shown once, and nobody can show it again."
CODE_HOW = (
    "They open Countersign, Settings, “I have a code…”, and read the fingerprint of their new key to whoever countersigns."
)
ONCE_DONE = "Done"
ONCE_COPIED = "Copied"
ACCEPT_TITLE = "The code you were given"
ACCEPT_WORDS = "A key of yours is made, kept in this computer's keyring, and proven to the core."
ACCEPT_FIELD = "One-time code"
ACCEPT_YES = "Make my key"
ACCEPTED_TITLE = "Your key, {name}"
ACCEPTED_WORDS = "Read this fingerprint to the person who countersigns. You are signed in as soon as they have."
COUNTERSIGN_TITLE = "Countersign {name}"
COUNTERSIGN_WORDS = (
    "Ask {name} for the fingerprint of their key by another way, and write its first 16 characters here. Only then is it "
    "their key that you sign, and not somebody else's."
)
COUNTERSIGN_FIELD = "Fingerprint, as they read it"
COUNTERSIGN_YES = "Sign and enrol"
OTHER_FINGERPRINT = "This is not the key that was proven"
OTHER_FINGERPRINT_WORDS = "Nothing was signed. If they read it right, somebody else used the code: take the invitation back."
AMEND_TITLE = "What {name} may do"
AMEND_WORDS = "You sign the new terms. What waits for a yes and was signed under others is asked for again."
AMEND_YES = "Sign the terms"
STOP_TITLE = "Stop the key of {name}?"
STOP_WORDS = "It counts for nothing from now on, also for what has not happened yet, until its terms are signed anew."
STOP_YES = "Stop it"
REVOKE_TITLE = "Revoke the key of {name}?"
REVOKE_WORDS = "It counts for nothing for ever, with every key that follows it. This is signed with your key."
REVOKE_YES = "Sign and revoke"
ROTATE_TITLE = "A new key for you?"
ROTATE_WORDS = "A new key is made and kept, the old one signs that it follows, and you go on with the new one."
ROTATE_YES = "Make and sign"
BAD_AMOUNT = "An amount could not be read"
BAD_AMOUNT_WORDS = "Write it with its currency, as in 50.00 EUR. Nothing was signed."
NOT_WHOLE = "A role and at least one brand are needed"
NOT_WHOLE_WORDS = "Nothing was signed."
INVITED_OK = "{name} is invited"
DONE_ENROLLED = "{name} is enrolled"
DONE_AMENDED = "The terms of {name} are signed"
DONE_STOPPED = "The key counts for nothing now"
DONE_REVOKED = "The key counts for nothing for ever"
DONE_ROTATED = "You sign with your new key"
SIGNED_IN = "You are enrolled and signed in"
DONE_WITHDRAWN = "The invitation was taken back"

RECOVERY = "If the keys of all admins are lost"
RECOVERY_NONE = (
    "No recovery keys are named. Until then, losing every admin's key means a new core: nobody else can move trust."
)
RECOVERY_NAMED = "{need} of {of} recovery keys together can say where trust starts anew."
RECOVERY_HOW = (
    "Recovery keys are made on paper, one for each keeper: countersign-core operators recovery-key",
    "An admin names them once: countersign-core operators protect --need 2 --recovery-key … --recovery-key …",
    "In an emergency the core is stopped, keepers sign, and the anchor moves: countersign-core operators anchor",
    "Nobody of before counts afterwards, and every console follows only what its pinned recovery keys have signed.",
)
TRUSTED = "This console trusts this core from now on"
TRUSTED_WORDS = (
    "Its trust starts at the key {anchor}. Ask an admin whether it is theirs: Settings shows it there. Another beginning is "
    "refused here from now on."
)
RECOVERY_PINNED = "Recovery keys were named for this core"
RECOVERY_PINNED_WORDS = (
    "{need} of {of} together can say where trust starts: {keys}. Ask an admin whether these are the house's; if not, sign "
    "nothing. Others are refused here from now on."
)
ANCHOR_MOVED = "Recovery keys have moved where trust starts: to the key {anchor}"
