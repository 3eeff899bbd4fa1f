"""What the line to a core and the key say by themselves when something is not so. English; `console.language` fills it in.

It must never import Qt or the core.
"""

from typing import Final

KEYRING: Final = {
    "usable": "Your key is kept in the system's keyring.",
    "memory_only": "Demonstration: the key lives in memory only and is gone when this window closes.",
    "no_keyring": (
        "There is no keyring on this computer, so nothing can be signed. Install and unlock one (such as GNOME Keyring or "
        "KWallet), then start again. Until then nothing can be decided here."
    ),
    "null_backend": (
        "The keyring is switched off (null backend): it would swallow the key. Remove that setting, then start again. Until "
        "then nothing can be decided here."
    ),
    "plain_text": (
        "The keyring in use keeps secrets as plain text in a file. Remove the package keyrings.alt or choose the system's "
        "own keyring, then start again. Until then nothing can be decided here."
    ),
    "foreign_backend": (
        "The keyring in use is not one this console trusts. Choose the system's own keyring, then start again. Until then "
        "nothing can be decided here."
    ),
    "overridden": (
        "A setting outside this console (PYTHON_KEYRING_BACKEND or keyringrc.cfg) chooses another keyring. Remove it, then "
        "start again. Until then nothing can be decided here."
    ),
    "locked": "The keyring is locked. Unlock it, then try again. Until then nothing can be decided here.",
    "slow": (
        "The keyring did not answer. A question of the system may be waiting behind another window. Until it is answered "
        "nothing can be decided here."
    ),
    "too_small": (
        "The keyring refuses entries as long as a key. Ask your administrator. Until then nothing can be decided here."
    ),
    "reads_back_differently": (
        "The keyring did not give back what was put in, so it cannot be trusted with a key. Until that is repaired "
        "nothing can be decided here."
    ),
    "broken": "The keyring does not work. Repair it, then start again. Until then nothing can be decided here.",
}
LOG_ALARMS: Final = {
    "rolled_back": "The core shows an older log than this console has seen: an old database was brought back.",
    "rewritten": "The core's log is not the one this console has seen: its history was written anew.",
    "other_key": "The core's log is signed with another key than before. Ask an admin whether it was replaced.",
    "not_signed": "The core's checkpoint does not hold: its signature, or its name, is not the core's.",
    "core_alarm": "The core itself says that its log was changed or put back. Actions stop until an admin has signed.",
}
NOT_POSSIBLE = "This change is not possible, so there is nothing to sign."
NOTHING_TO_TAKE_BACK = "There is nothing here that could be taken back."
ONLY_READS = "This console has no key, so it can only read."
SIGNED_OUT = "Somebody signed out here."
UNREADABLE = "The core's answer could not be read."
NO_ANSWER = "The core does not answer."
NOT_READY = "The core did not become ready in time."
ENDED = "The core ended before it was ready."
OTHER_FINGERPRINT = "The fingerprint is not the one of the key that was proven. Do not sign it."
NOTHING_TO_REPAIR = "There is nothing here to repair."
NOTHING_TO_SIGN = "This card holds nothing that can be signed."
KEY_DAMAGED = "The stored key is damaged. Ask an admin to enrol a new one."
ANOTHER_CORE = "Another core answers where yours was. Nothing is signed for it. Open the console again."
ANCHOR_CHANGED: Final = (
    "This core does not start its trust where it did when you last signed in, and no recovery keys vouch for the change. "
    "Nothing is signed for it. Call an admin."
)
