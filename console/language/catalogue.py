"""Every text of the console in one catalogue, and the one language that is spoken now.

English stands in modules of constants: `console.strings`, `console.words`, `console.state.sentences` and every
`console.texts_*`. `speak` fills them with another language, so that a place of use is `words.PAUSE_YES` and nothing else;
therefore texts are read when they are shown (never at import, never `from console.words import …`; a test sees to both).
A text whose translation is missing, or was made for another English, is English. It must never keep a console from starting.
"""

import importlib
import logging
import pkgutil
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from gettext import c2py
from pathlib import Path
from types import MappingProxyType, ModuleType

import console
from console.language.plural import Plural, of_english
from console.language.po import Entry, UnreadableTexts, read, usable

TEXTS = Path(__file__).resolve().parents[2] / "resources" / "texts"
ENGLISH = "en"
_KEYS = re.compile(r"[A-Z](?: [A-Z])*")
"""Letters of keys, which mean the same on every keyboard."""
_FIXED = ("console.strings", "console.words", "console.state.sentences")
log = logging.getLogger("console.language")


@dataclass(frozen=True, slots=True)
class Message:
    """One text to translate: where it is used, and the English; `other` where it depends on a number."""

    context: str
    one: str
    other: str = ""


@dataclass(frozen=True, slots=True)
class Language:
    """How one language says what the catalogue holds.

    Attributes:
        tag: As in `de`, or `de-AT`.
        name: As it calls itself.
        say: The forms of a message, or None to leave it English.
        rule: Which form a number takes.
    """

    tag: str
    name: str
    say: Callable[[Message], tuple[str, ...] | None]
    rule: Callable[[int], int] = of_english


def _nothing(_message: Message) -> None:
    return None


_PLAIN_ENGLISH = Language(ENGLISH, "English", _nothing)


class _Spoken:
    """What the process speaks now, and the English of every module before anything was filled in."""

    def __init__(self) -> None:
        self.language = _PLAIN_ENGLISH
        self.english: dict[str, Mapping[str, object]] = {}


_spoken = _Spoken()


def text_modules() -> tuple[ModuleType, ...]:
    """The modules whose constants are texts, by name."""
    found = [one.name for one in pkgutil.iter_modules(console.__path__, "console.") if one.name.startswith("console.texts_")]
    return tuple(importlib.import_module(name) for name in (*_FIXED, *sorted(found)))


def _english(module: ModuleType) -> Mapping[str, object]:
    known = _spoken.english.get(module.__name__)
    if known is None:
        constants = {name: value for name, value in vars(module).items() if name.isupper() and not name.startswith("_")}
        known = _spoken.english[module.__name__] = MappingProxyType(constants)
    return known


def _filled(value: object, context: str, language: Language) -> object:
    match value:
        case str() if any(sign.isalnum() for sign in value) and not _KEYS.fullmatch(value):
            said = language.say(Message(context, value))
            return said[0] if said else value
        case Plural():
            said = language.say(Message(context, value.one, value.other))
            return Plural(value.one, value.other, said, language.rule) if said else value
        case dict():
            return {key: _filled(one, f"{context}[{key}]", language) for key, one in value.items()}
        case tuple():
            return tuple(_filled(one, context, language) for one in value)
        case _:
            return value


def messages() -> Iterator[Message]:
    """Every message of the catalogue, in the order of the modules."""
    met: list[Message] = []

    def noted(message: Message) -> None:
        met.append(message)

    collecting = Language("", "", noted)
    for module in text_modules():
        short = module.__name__.rpartition(".")[2]
        for name, value in _english(module).items():
            _filled(value, f"{short}.{name}", collecting)
    return iter(dict.fromkeys(met))


def use(language: Language) -> None:
    """Fill every text with a language, from now on and for the whole process."""
    if language is _spoken.language:
        return
    for module in text_modules():
        short = module.__name__.rpartition(".")[2]
        for name, value in _english(module).items():
            setattr(module, name, _filled(value, f"{short}.{name}", language))
    _spoken.language = language


def spoken() -> str:
    """The tag of the language that is spoken now."""
    return _spoken.language.tag


def known_languages(folder: Path = TEXTS) -> tuple[tuple[str, str], ...]:
    """Tags and own names of every language there is a file of, English first."""
    found = [(path.stem, _header(path).get("X-Name", path.stem)) for path in sorted(folder.glob("*.po"))]
    return ((ENGLISH, _PLAIN_ENGLISH.name), *found)


def _header(path: Path) -> dict[str, str]:
    """The fields of a file's header; it ends at the first empty line."""
    try:
        return read(path.read_text(encoding="utf-8").partition("\n\n")[0])[0]
    except (OSError, UnicodeDecodeError, UnreadableTexts):
        return {}


def load(tag: str, folder: Path = TEXTS) -> Language:
    """A language from its file.

    Raises:
        UnreadableTexts: The file is missing, or is not in its format.
    """
    try:
        fields, entries = read((folder / f"{tag}.po").read_text(encoding="utf-8"))
        _, _, plural = fields.get("Plural-Forms", "plural=n != 1;").partition("plural=")
        formula = c2py(plural.strip().removesuffix(";"))
    except (OSError, ValueError) as error:
        raise UnreadableTexts(f"{tag}: {type(error).__name__}") from error
    said = {(one.context, one.one, one.other): one.said for one in entries if usable(one)}
    return Language(
        tag,
        fields.get("X-Name", tag),
        lambda message: said.get((message.context, message.one, message.other)),
        lambda count: int(formula(count)),
    )


def speak(tag: str, folder: Path = TEXTS) -> None:
    """Speak a language from now on; English where it is unknown or its file cannot be read."""
    if tag == ENGLISH or not any(tag == known for known, _ in known_languages(folder)):
        use(_PLAIN_ENGLISH)
        return
    try:
        use(load(tag, folder))
    except UnreadableTexts as error:
        log.warning("texts_unreadable: %s", error.detail)
        use(_PLAIN_ENGLISH)


def chosen(choice: str, system: Sequence[str], folder: Path = TEXTS) -> str:
    """The tag to speak: the person's choice, else the first of the system's languages that there is.

    Args:
        choice: `system`, or a tag.
        system: The system's languages, most wanted first, e.g. `de-AT`, `de`, `en-US`.
        folder: Where the files lie.
    """
    known = [tag for tag, _ in known_languages(folder)]
    for wanted in (choice, *system):
        for tag in (wanted, wanted.replace("_", "-").partition("-")[0].lower()):
            if tag in known:
                return tag
    return ENGLISH


def entries_for(language: Language | None) -> Iterator[Entry]:
    """Every message with what a language says; empty forms where it says nothing yet."""
    for one in messages():
        said = language.say(one) if language is not None else None
        yield Entry(one.context, one.one, one.other, said or (("", "") if one.other else ("",)))
