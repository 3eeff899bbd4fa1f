"""Text from outside, made safe to look at: bounded, and with everything invisible made visible (R-D1, R-M8).

The core's boundary cleans what the model reads; this is the last line before a person's eyes, for every label and
painter. It must never drop a character without a mark, and never interpret one: markup stays the letters it is.
"""

import re
import unicodedata

DEFAULT_LIMIT = 4_000
"""Characters shown of one text unless the caller says otherwise."""


_NAMES = {
    "\u00ad": "SHY",
    "\u061c": "ALM",
    "\u180e": "MVS",
    "\u200b": "ZWSP",
    "\u200c": "ZWNJ",
    "\u200d": "ZWJ",
    "\u200e": "LRM",
    "\u200f": "RLM",
    "\u202a": "LRE",
    "\u202b": "RLE",
    "\u202c": "PDF",
    "\u202d": "LRO",
    "\u202e": "RLO",
    "\u2060": "WJ",
    "\u2061": "FA",
    "\u2062": "IT",
    "\u2063": "IS",
    "\u2064": "IP",
    "\u2066": "LRI",
    "\u2067": "RLI",
    "\u2068": "FSI",
    "\u2069": "PDI",
    "\u115f": "HCF",
    "\u1160": "HJF",
    "\u3164": "HF",
    "\uffa0": "HHF",
    "\ufeff": "BOM",
}
_SUSPICIOUS = re.compile(
    "["
    "\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u061c\u115f\u1160\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ufeff\uffa0"
    "\ufff9-\ufffb\ud800-\udfff\ue000-\uf8ff\U000e0000-\U000e0fff\U000f0000-\U0010ffff"
    "]"
)
_JOINERS = frozenset("\u200c\u200d")
_GLUE = frozenset("\u200c\u200d\ufe0e\ufe0f" + "".join(map(chr, range(0x1F3FB, 0x1F400))))
_TALL = re.compile(
    "([\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]{4})"
    "[\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]+"
)
_LINES = re.compile("\r\n|[\r\x0b\x0c\x85\u2028\u2029]")
_DOTTED = re.compile("([•·*…]{2,}) +(?=\\w)")
_AMOUNT = re.compile("(?<=\\d) (?=(?:[A-Z]{3}\\b|[€£$¥]))")
_LONG = re.compile("[^\\s\u200b\u00a0]{29,}")
_BREAK = "\u200b"
_PIECE = 14


def _mark(char: str) -> str:
    code = ord(char)
    if code < 0x20:
        return chr(0x2400 + code)
    if code == 0x7F:
        return "\u2421"
    if 0xD800 <= code <= 0xDFFF:
        return "\ufffd"
    if 0xE0000 <= code <= 0xE007F:
        return "‹TAG›"
    return f"‹{_NAMES.get(char, f'U+{code:04X}')}›"


def _joins(text: str, at: int) -> bool:
    """Say whether a joiner stands where scripts and emoji really use one: between two signs beyond Latin."""
    if at == 0 or at + 1 >= len(text):
        return False
    before, after = text[at - 1], text[at + 1]
    return before > "\u024f" and after > "\u024f" and before not in _NAMES and after not in _NAMES


def _made_visible(text: str) -> str:
    parts: list[str] = []
    at = 0
    last = len(text)
    while at < last:
        char = text[at]
        if not _SUSPICIOUS.match(char) or (char in _JOINERS and _joins(text, at)):
            parts.append(char)
            at += 1
            continue
        end = at + 1
        while end < last and text[end] == char:
            end += 1
        mark = _mark(char)
        count = end - at
        if count > 3:
            # A flood of one invisible sign is said once, with its number.
            mark = f"‹{mark.strip('‹›')}×{count}›"
            parts.append(mark)
        else:
            parts.append(mark * count)
        at = end
    return "".join(parts)


def visible(text: str, limit: int = DEFAULT_LIMIT) -> str:
    """Return text that hides nothing: at most `limit` characters of the original, line breaks as LF.

    Control, bidirectional, zero-width, tag and private characters become short marks such as `‹RLO›` or `␀`; joiners
    stay where emoji and real scripts use them; towers of combining marks are cut to four.
    """
    cut = len(text) > limit
    if cut:
        text = text[:limit]
    if text.isascii() and text.isprintable():
        return f"{text}…" if cut else text
    text = _LINES.sub("\n", text).replace("\t", "    ")
    if _SUSPICIOUS.search(text):
        text = _made_visible(text)
    text = _TALL.sub(r"\1", text)
    return f"{text}…" if cut else text


def one_line(text: str, limit: int = 400) -> str:
    """Return visible text on a single line; line breaks and runs of blanks become one blank."""
    return " ".join(visible(text[: limit * 4], limit).split())


def unbroken(text: str) -> str:
    """Return text in which a masked number (`•••• 4417`) or an amount (`64.90 EUR`) cannot be torn apart at a line end."""
    return _AMOUNT.sub("\u00a0", _DOTTED.sub("\\1\u00a0", text))


def breakable(text: str) -> str:
    """Return text in which no word is wider than a column: a long one may be torn apart every few signs.

    For painting only: the places are marked with a zero-width space, so what is copied must come from the text before.
    """
    return _LONG.sub(_torn, text)


def _torn(found: "re.Match[str]") -> str:
    word = found.group()
    parts: list[str] = []
    start = 0
    for at in range(1, len(word)):
        # Never between a sign and what stands on it, nor inside a joined emoji.
        glued = unicodedata.combining(word[at]) or word[at] in _GLUE or word[at - 1] == "\u200d"
        if at - start >= _PIECE and not glued:
            parts.append(word[start:at])
            start = at
    parts.append(word[start:])
    return _BREAK.join(parts)


def is_right_to_left(text: str) -> bool:
    """Say whether the first strong character reads from right to left."""
    for char in text[:400]:
        direction = unicodedata.bidirectional(char)
        if direction in {"R", "AL"}:
            return True
        if direction == "L":
            return False
    return False
