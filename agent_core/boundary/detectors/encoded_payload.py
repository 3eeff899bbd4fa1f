"""Encoded text that says, once decoded, what would be flagged if it were written plainly (R-D3; garak's `encoding` probes).

Base64, hexadecimal, percent, character references, binary, rot13, reversed, letters as digits, spaced-out letters.
Bounded: a few candidates of a few thousand characters, decoded at most twice. It must never execute, fetch, or keep
what it decoded beyond the bounded evidence.
"""

import base64
import binascii
import codecs
import html
import urllib.parse
from collections.abc import Callable, Iterator, Mapping
from typing import Final

import regex

from agent_core.boundary.clean import Limits, clean
from agent_core.boundary.detectors import imitation, suspected_injection
from agent_core.boundary.detectors.finding import Detector, Hit, findings
from agent_core.boundary.detectors.look import Look
from agent_core.contract.detection import THRESHOLDS

WEIGHTS: Final[Mapping[str, int]] = {
    "encoded_instructions": 80,  # decodes to a suspected injection or an imitation
    "asks_to_decode": 30,  # decode this and do what it says
    "encoded_text": 20,  # decodes to readable text of at least a sentence
}
_CANDIDATES: Final = 6
_MOST: Final = 4_000
_DEPTH: Final = 2
_LIMITS: Final = Limits(input_code_points=_MOST, text_bytes=_MOST * 4, code_points=_MOST)

_BASE64: Final = regex.compile(r"(?<![\w+/=-])(?:[A-Za-z0-9+/_-]{16,4000}+\n?){1,60}+(?:[A-Za-z0-9+/_-]{1,15})?={0,2}")
_HEX: Final = regex.compile(r"(?<![\w])(?:(?:0x|\\x)?[0-9A-Fa-f]{2}[ :,]?){12,2000}+")
_PERCENT: Final = regex.compile(r"(?:%[0-9A-Fa-f]{2}[\w.~-]{0,3}){6,1000}+")
_REFERENCE: Final = regex.compile(r"(?:&#x?[0-9A-Fa-f]{2,6};\s?){6,1000}+")
_BINARY: Final = regex.compile(r"(?<!\d)(?:[01]{8}[ ,]?){8,500}+")
_SPACED: Final = regex.compile(r"(?<!\S)(?:\p{L}[ .\-_*]{1,3}){10,600}+\p{L}?")
_ASKS: Final = regex.compile(
    r"\b(?:decode|decrypt|decipher|entschlüss\w+|dekodier\w+|décode\w*|decodifica\w*|base ?64|rot ?-?13|leetspeak"
    r"|hexadecimal)\b"
)
_TURNED: Final = {
    "rot13": regex.compile(r"vafgehpgvba|vtaber|cebzcg|qvfertneq|qrirybcre|nffvfgnag|flfgrz"),
    "reversed": regex.compile(r"snoitcurtsni|erongi|tpmorp|drageri?sid|repoleved|tnatsissa|metsys|negnusiewna|eiser?onga"),
}
_LEET_WORD: Final = regex.compile(r"(?<!\w)(?=\w*[0-9@$!|])(?=\w*\p{L})[\w@$!|]{4,20}(?!\w)")
_LEET: Final = str.maketrans("013457@$!|", "oieastasil")


def hits(look: Look) -> Iterator[Hit]:
    """Every signal, at its place."""
    found = False
    for start, end, decoded in _decoded(look.text):
        plain = clean(decoded, _LIMITS).text
        if _tells(look, plain, _DEPTH):
            found = True
            yield Hit("encoded_instructions", start, end, plain)
        elif len(plain.split()) >= 4:
            found = True
            yield Hit("encoded_text", start, end, plain)
    for decoded in _turned(look):
        # As a customer's words: orders in data are plain words, and stand in the text already.
        if _tells(Look(decoded), decoded, 0) and not _tells(Look(look.text), look.text, 0):
            found = True
            yield Hit("encoded_instructions", 0, len(look.text), decoded)
            break
    if found:
        asked = _ASKS.search(look.match.text)
        if asked is not None:
            yield Hit("asks_to_decode", *look.match.span(*asked.span()))


def _tells(look: Look, plain: str, depth: int) -> bool:
    """Whether the plain text would be flagged."""
    inner = Look(plain, look.by_customer)
    for detector in (suspected_injection.DETECTOR, imitation.DETECTOR):
        if findings(detector, inner, THRESHOLDS[detector.name]):
            return True
    if depth > 1:
        return any(_tells(look, clean(deeper, _LIMITS).text, depth - 1) for _, _, deeper in _decoded(plain))
    return False


def _decoded(text: str) -> Iterator[tuple[int, int, str]]:
    """`(start, end, decoded)` of encoded stretches that decode to readable text."""
    for pattern, decode in _DECODERS:
        for _, found in zip(range(_CANDIDATES), pattern.finditer(text), strict=False):
            decoded = decode(found.group()[:_MOST])
            if decoded is not None and decode is _of_base64 and _BASE64.fullmatch(decoded):
                decoded = decode(decoded)
            if decoded is not None and _readable(decoded):
                yield found.start(), found.end(), decoded


def _readable(text: str) -> bool:
    """Mostly letters and spaces, as a sentence is; random bytes are not."""
    if len(text) < 8:
        return False
    good = sum(character.isalpha() or character in " \n.,;:!?'\"-" for character in text)
    return good * 10 >= len(text) * 8 and " " in text.strip()


def _of_base64(text: str) -> str | None:
    joined = "".join(text.split()).rstrip("=").replace("-", "+").replace("_", "/")
    if len(joined) < 16 or len(joined) % 4 == 1:
        return None
    try:
        return base64.b64decode(joined + "=" * (-len(joined) % 4), validate=True).decode()
    except (binascii.Error, ValueError):
        return None


def _of_hex(text: str) -> str | None:
    digits = regex.sub(r"0x|\\x|[^0-9A-Fa-f]", "", text)
    try:
        return bytes.fromhex(digits[: len(digits) // 2 * 2]).decode()
    except ValueError:
        return None


def _of_binary(text: str) -> str | None:
    bits = regex.findall(r"[01]{8}", text)
    try:
        return bytes(int(each, 2) for each in bits).decode()
    except ValueError:
        return None


def _of_spaced(text: str) -> str | None:
    # Words stand apart by a wider gap than letters do.
    words = regex.split(r"[ .\-_*]{2,3}", text)
    return " ".join("".join(character for character in word if character.isalpha()) for word in words)


_DECODERS: Final[tuple[tuple[regex.Pattern[str], Callable[[str], str | None]], ...]] = (
    (_BASE64, _of_base64),
    (_HEX, _of_hex),
    (_PERCENT, lambda text: urllib.parse.unquote(text, errors="replace")),
    (_REFERENCE, html.unescape),
    (_BINARY, _of_binary),
    (_SPACED, _of_spaced),
)


def _turned(look: Look) -> Iterator[str]:
    """The whole text read otherwise, where its letters hint at it."""
    text = look.match.text
    if _TURNED["rot13"].search(text):
        yield codecs.decode(text, "rot13")
    if _TURNED["reversed"].search(text):
        yield text[::-1]
    if len(_LEET_WORD.findall(text)) >= 2:
        yield _LEET_WORD.sub(lambda found: found.group().translate(_LEET), text)


DETECTOR: Final = Detector("encoded_payload", WEIGHTS, hits)
