"""Texts of another language as translators' tools keep them: the PO format of GNU gettext, read and written plainly.

Source: https://www.gnu.org/software/gettext/manual/html_node/PO-Files.html. There is no compiled form to forget: a file
of a thousand texts is read in milliseconds. It must never take a text that cannot be filled in as the English can.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from string import Formatter

_LINE = re.compile(r'(?P<word>msgctxt|msgid_plural|msgid|msgstr)?(?:\[(?P<form>\d)\])?\s*"(?P<text>.*)"')
_ESCAPES = {"n": "\n", "t": "\t", '"': '"', "\\": "\\"}
_ESCAPED = re.compile(r"\\(.)")


class UnreadableTexts(Exception):
    """A file of texts is not in the PO format.

    Attributes:
        code: `unreadable_texts`.
        detail: Which line, for the log.
    """

    code = "unreadable_texts"

    def __init__(self, detail: str) -> None:
        self.detail = detail
        super().__init__(f"{self.code}: {detail}")


@dataclass(frozen=True, slots=True)
class Entry:
    """One text in both languages.

    Attributes:
        context: Where it is used: the module and the name of the constant.
        one: The English text; of one where it depends on a number.
        other: The English text of any other number, else empty.
        said: The forms of the other language; one without a plural. Empty strings are not translated yet.
    """

    context: str
    one: str
    other: str
    said: tuple[str, ...]


def placeholders(text: str) -> frozenset[str]:
    """The names that are filled in.

    Raises:
        ValueError: Its braces do not match.
    """
    return frozenset(name for _, name, _, _ in Formatter().parse(text) if name is not None)


def usable(entry: Entry) -> bool:
    """Whether it is translated, and names nothing that the English does not: else filling it in would fail."""
    try:
        known = placeholders(entry.one) | placeholders(entry.other)
        return bool(entry.said) and all(entry.said) and all(placeholders(form) <= known for form in entry.said)
    except ValueError:
        return False


def read(text: str) -> tuple[dict[str, str], tuple[Entry, ...]]:
    """The header's fields and the entries of a file.

    Raises:
        UnreadableTexts: A line is neither empty, a remark, nor a part of an entry.
    """
    entries: list[Entry] = []
    parts: dict[str, str] = {}
    current = ""

    def end() -> None:
        if "msgid" in parts:
            said = tuple(parts[name] for name in sorted(parts) if name.startswith("msgstr"))
            entries.append(Entry(parts.get("msgctxt", ""), parts["msgid"], parts.get("msgid_plural", ""), said))
        parts.clear()

    for number, line in enumerate(text.splitlines(), start=1):
        stripped = line.strip()
        if not stripped or stripped.startswith("#"):
            end()
            continue
        found = _LINE.fullmatch(stripped)
        if found is None:
            raise UnreadableTexts(f"line {number}")
        if found["word"]:
            current = found["word"] + (f"[{found['form']}]" if found["form"] else "")
            parts[current] = ""
        if current not in parts:
            raise UnreadableTexts(f"line {number}")
        parts[current] += _ESCAPED.sub(lambda one: _ESCAPES.get(one[1], one[1]), found["text"])
    end()
    header = next((one.said[0] for one in entries if not one.one and not one.context), "")
    fields = dict(line.split(": ", 1) for line in header.splitlines() if ": " in line)
    return fields, tuple(one for one in entries if one.one)


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\t", "\\t")
    return f'"{escaped}"'


def write(fields: dict[str, str], entries: Iterable[Entry]) -> str:
    """A file with these fields and entries, in their order."""
    lines = ['msgid ""', 'msgstr ""', *(_quoted(f"{name}: {value}\n") for name, value in fields.items())]
    for one in entries:
        lines.append("")
        if "{" in one.one + one.other:
            lines.append("#, python-brace-format")
        lines += [f"msgctxt {_quoted(one.context)}", f"msgid {_quoted(one.one)}"]
        if one.other:
            lines.append(f"msgid_plural {_quoted(one.other)}")
            lines += [f"msgstr[{at}] {_quoted(form)}" for at, form in enumerate(one.said)]
        else:
            lines.append(f"msgstr {_quoted(one.said[0] if one.said else '')}")
    return "\n".join(lines) + "\n"
