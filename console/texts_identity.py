"""What is said about who one is here, and why somebody is shown nothing. English; `console.language` fills it in.

It must never import Qt or the core.
"""

SHUT = "Nothing is shown here any more"
KEY_REFUSED = "{why} Until a key that counts signs in, nothing of this core is shown here."
KEY_NEEDED = "{why} Not everybody known at this core may see everything, so nothing of it is shown here without a key."
KEY_GONE = (
    "Your key is no longer in this computer's keyring. Nothing was signed with it, and you are signed out here. If you did "
    "not take it away, ask an admin to end that key and to invite you again."
)
KEY_HERE = (
    "A key that counts is kept at this console already, and nothing takes its place. Use the code at your own console, or "
    "let an admin end that key first."
)
