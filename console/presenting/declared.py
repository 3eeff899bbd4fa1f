"""The declared settings as rows of a page and as lines of the palette: one table, said in words (R-M8)."""

import re

from agent_core.contract.money import minor_of
from console import texts_settings
from console.language.catalogue import known_languages
from console.language.numbers import decimal
from console.state.preferences import Amount, Choice, Preferences, Setting, Switch, TimeOfDay, Tongue, spelled
from console.widgets.setting_row import SettingProps


def options(setting: Setting) -> tuple[tuple[str, str], ...]:
    """The words that can be chosen, with what people read."""
    match setting.kind:
        case Choice(known):
            return tuple((one, texts_settings.CHOICES[setting.key][one]) for one in known)
        case Tongue():
            # A language is called as it calls itself, so that it is found by whoever does not read the present one.
            return (("system", texts_settings.CHOICES[setting.key]["system"]), *known_languages())
        case Switch():
            return (("on", texts_settings.ON), ("off", texts_settings.OFF))
        case _:
            return ()


def shown(preferences: Preferences, setting: Setting) -> str:
    """How a setting stands, for people."""
    word = spelled(preferences, setting.key)
    known = dict(options(setting))
    if known or isinstance(setting.kind, TimeOfDay):
        return known.get(word, word)
    return decimal(f"{int(word) // 100}.{int(word) % 100:02}")


def row(preferences: Preferences, setting: Setting) -> SettingProps:
    """A setting as a row of the page."""
    choosing = isinstance(setting.kind, Choice | Tongue)
    control = "choice" if choosing else "switch" if isinstance(setting.kind, Switch) else "field"
    return SettingProps(
        key=setting.key,
        label=texts_settings.LABELS[setting.key],
        why=texts_settings.WHY[setting.key],
        control=control,
        value=shown(preferences, setting) if control == "field" else spelled(preferences, setting.key),
        options=options(setting) if choosing else (),
        enabled=not setting.needs or spelled(preferences, setting.needs) == "on",
    )


def word_of(setting: Setting, typed: str) -> str:
    """What was typed or chosen, as the settings file spells it; as it is where it means nothing."""
    if not isinstance(setting.kind, Amount):
        return typed
    thousands = "." if decimal("0.5") == "0,5" else ","
    whole = re.sub(rf"(?<=\d)[{thousands}\s](?=\d{{3}}(\D|$))", "", typed.strip())
    try:
        # A hundred minor units to one: what most currencies have, and all that this setting is about.
        return str(minor_of(whole, "EUR"))
    except ValueError:
        return ""


def found(setting: Setting, typed: str) -> bool:
    """Whether all words typed are in what is said of a setting."""
    said = [texts_settings.SECTIONS[setting.section], texts_settings.LABELS[setting.key], texts_settings.WHY[setting.key]]
    said += [words for _, words in options(setting)]
    text = " ".join(said).casefold()
    return all(part in text for part in typed.casefold().split())
