"""What the settings page says: sections, and of every declared setting its name, what it is for, and its choices.

Keys are those of `console.state.preferences`; a test sees that none is missing. It must never import Qt or the core.
"""

from typing import Final

SEARCH = "Find a setting…"
NOTHING_FOUND = "No setting matches."

SECTIONS: Final = {"appearance": "Appearance", "deciding": "Deciding", "notices": "Notices"}

LABELS: Final = {
    "theme": "Light or dark",
    "language": "Language",
    "motion": "Motion",
    "tour": "Tour of the sandbox",
    "confirm_from_minor": "Press twice from",
    "notify_asks": "Something waits for you",
    "notify_breach": "A promised time is close",
    "notify_elsewhere": "A colleague decided",
    "notify_core": "The core is gone or back",
    "desktop": "Outside this window",
    "outside_words": "Names and amounts outside this window",
    "quiet": "Quiet hours",
    "quiet_from": "Quiet from",
    "quiet_until": "Quiet until",
}

WHY: Final = {
    "theme": "The window follows the system at once, or stays as you choose.",
    "language": "Texts of this window. What customers and the core say stays as it was said.",
    "motion": "Reduced: nothing blinks or slides, and news stays until you close it.",
    "tour": "A small card leads to a first countersignature. It goes by itself when it is over.",
    "confirm_from_minor": "From this amount on, in any currency, one press marks the card and a second one signs.",
    "notify_asks": "An approval, an escalation or a quarantine that you may decide.",
    "notify_breach": "Less than five minutes are left before a promise to a customer is missed.",
    "notify_elsewhere": "What you saw waiting was decided by somebody else.",
    "notify_core": "While it is gone, nothing can be decided.",
    "desktop": "Where the desktop has a tray, news can be shown there. Inside the window it is always shown.",
    "outside_words": "Off, such news says only what kind of thing happened: others may see your screen.",
    "quiet": "Nothing is shown outside the window then. Inside it, everything is kept under the bell.",
    "quiet_from": "Local time, such as 22:00.",
    "quiet_until": "Local time, such as 07:00.",
}

CHOICES: Final = {
    "theme": {"system": "As the system", "light": "Light", "dark": "Dark"},
    "language": {"system": "As the system"},
    "motion": {"system": "As the system", "full": "Full", "reduced": "Reduced"},
    "desktop": {"never": "Never", "away": "While I am elsewhere", "always": "Always"},
}
ON = "On"
OFF = "Off"
NOT_UNDERSTOOD: Final = {
    "confirm_from_minor": "An amount such as 100.00, at most 1,000,000.",
    "quiet_from": "A time such as 22:00.",
    "quiet_until": "A time such as 07:00.",
}
SETTING_SPOKEN = "{label}: {value}"
