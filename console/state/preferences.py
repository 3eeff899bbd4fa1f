"""What a person may set for themselves, declared once: key, kind, default, range (R-M8).

The settings page, the settings file, the palette and the help are made from `SETTINGS`; words for people stand in
`console.texts_settings` under the same keys. A new setting is a field of `Preferences`, a line here, and its words. It must
never hold a secret, and a word that is not understood never changes anything.
"""

import re
from dataclasses import dataclass, fields, replace
from typing import Any, Literal

ThemeChoice = Literal["system", "light", "dark"]
MotionChoice = Literal["system", "full", "reduced"]
DesktopChoice = Literal["never", "away", "always"]
SectionKey = Literal["appearance", "deciding", "notices"]
_MINUTES_A_DAY = 24 * 60
_LANGUAGE = re.compile(r"system|[a-z]{2,3}(-[A-Z]{2})?")


@dataclass(frozen=True, slots=True)
class Preferences:
    """What a person set for themselves.

    Attributes:
        theme: The chosen theme.
        confirm_from_minor: Amounts from here on (minor units) need a second press before they are signed.
        language: `system`, or the tag of a language there is.
        motion: Whether things may move, blink and leave by themselves.
        notify_asks: Tell of what newly waits for this person.
        notify_breach: Tell of promised times that are about to be missed.
        notify_elsewhere: Tell of decisions that others made.
        notify_core: Tell of a core that goes and comes.
        desktop: When news is shown outside the window as well: never, while the window is not in front, or always.
        outside_words: News outside the window may name customers and amounts.
        quiet: Between `quiet_from` and `quiet_until` nothing is shown outside the window.
        quiet_from: Minutes after midnight, local time.
        quiet_until: Minutes after midnight, local time.
        tour: The way to the first countersignature is shown, in a sandbox; on from the first start until it is over.
    """

    theme: ThemeChoice = "system"
    confirm_from_minor: int = 10_000
    language: str = "system"
    motion: MotionChoice = "system"
    notify_asks: bool = True
    notify_breach: bool = True
    notify_elsewhere: bool = True
    notify_core: bool = True
    desktop: DesktopChoice = "away"
    outside_words: bool = False
    quiet: bool = False
    quiet_from: int = 22 * 60
    quiet_until: int = 7 * 60
    tour: bool = False


@dataclass(frozen=True, slots=True)
class Choice:
    """One of a few words."""

    options: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Tongue:
    """A language: the system's, or one of those there are."""


@dataclass(frozen=True, slots=True)
class Switch:
    """On or off."""


@dataclass(frozen=True, slots=True)
class Amount:
    """An amount in minor units of whatever currency, within a range."""

    least: int
    most: int


@dataclass(frozen=True, slots=True)
class TimeOfDay:
    """A time of day, to the minute."""


Kind = Choice | Tongue | Switch | Amount | TimeOfDay


@dataclass(frozen=True, slots=True)
class Setting:
    """One thing that can be set.

    Attributes:
        key: The field of `Preferences`; its name in the settings file.
        section: Where it stands.
        kind: What it can be.
        needs: A switch without which it means nothing, or empty.
    """

    key: str
    section: SectionKey
    kind: Kind
    needs: str = ""


SETTINGS: tuple[Setting, ...] = (
    Setting("theme", "appearance", Choice(("system", "light", "dark"))),
    Setting("language", "appearance", Tongue()),
    Setting("motion", "appearance", Choice(("system", "full", "reduced"))),
    Setting("tour", "appearance", Switch()),
    Setting("confirm_from_minor", "deciding", Amount(0, 100_000_000)),
    Setting("notify_asks", "notices", Switch()),
    Setting("notify_breach", "notices", Switch()),
    Setting("notify_elsewhere", "notices", Switch()),
    Setting("notify_core", "notices", Switch()),
    Setting("desktop", "notices", Choice(("never", "away", "always"))),
    Setting("outside_words", "notices", Switch()),
    Setting("quiet", "notices", Switch()),
    Setting("quiet_from", "notices", TimeOfDay(), "quiet"),
    Setting("quiet_until", "notices", TimeOfDay(), "quiet"),
)
"""Every setting, in the order of the page."""

_BY_KEY = {one.key: one for one in SETTINGS}


def setting(key: str) -> Setting | None:
    """The setting of a key."""
    return _BY_KEY.get(key)


def spelled(preferences: Preferences, key: str) -> str:
    """How a setting stands, as the settings file spells it: a word, `on`, `10000`, `22:00`."""
    value: object = getattr(preferences, key)
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, int) and isinstance(_BY_KEY[key].kind, TimeOfDay):
        return f"{value // 60:02}:{value % 60:02}"
    return str(value)


def changed(preferences: Preferences, key: str, word: str) -> Preferences:
    """The preferences with one setting as a word spells it; the same where the key or the word means nothing."""
    declared = _BY_KEY.get(key)
    value = _understood(declared.kind, word) if declared is not None else None
    if value is None:
        return preferences
    changes: dict[str, Any] = {key: value}
    return replace(preferences, **changes)


def understood(key: str, word: str) -> bool:
    """Whether a word means something for a setting."""
    declared = _BY_KEY.get(key)
    return declared is not None and _understood(declared.kind, word) is not None


def default(key: str) -> str:
    """How a setting stands before anybody chose."""
    return spelled(Preferences(), key)


def _understood(kind: Kind, word: str) -> str | int | bool | None:
    match kind:
        case Choice(options):
            return word if word in options else None
        case Tongue():
            return word if _LANGUAGE.fullmatch(word) else None
        case Switch():
            return {"on": True, "off": False}.get(word)
        case Amount(least, most):
            if not (word.isascii() and word.isdigit() and len(word) < 12):
                return None
            return int(word) if least <= int(word) <= most else None
        case TimeOfDay():
            return minutes_of(word)


def minutes_of(word: str) -> int | None:
    """Minutes after midnight of a time as people write it: `7:30`, `07.30`, `22`; None for anything else."""
    hours, _, minutes = word.strip().replace(".", ":").partition(":")
    parts = (hours, minutes or "0")
    if not all(part.isascii() and part.isdigit() and len(part) <= 2 for part in parts) or int(parts[1]) > 59:
        return None
    total = int(parts[0]) * 60 + int(parts[1])
    return total if total < _MINUTES_A_DAY else None


assert {one.name for one in fields(Preferences)} == set(_BY_KEY), "each preference is declared"
