"""Links lead only to hosts the brand allows: written out, bare, disguised, in another script, by number (R-F2, R-D3)."""

import re
import unicodedata
from collections.abc import Iterator
from typing import Final

from agent_core.contract.reply_checks import ReplyCheckName
from agent_core.guardrails.finding import Finding, Span
from agent_core.guardrails.reading import Reading

NAME: Final[ReplyCheckName] = "links"

_URL: Final = re.compile(r"(?:[a-z][a-z0-9+.-]{1,20}:)?//([^\s/?#)\]>\"']+)|\bwww\.([^\s/?#)\]>\"']+)", re.IGNORECASE)
_SCHEME: Final = re.compile(r"\b(?:javascript|data|vbscript|file|blob|intent):(?=\S)", re.IGNORECASE)
_OTHER_SCHEME: Final = re.compile(r"\b(?:hxxps?|ftps?|ssh|tel|sms|whatsapp|tg|magnet|ipfs):(?=\S)", re.IGNORECASE)
_ENDINGS: Final = (
    "com|net|org|io|info|biz|eu|fr|uk|nl|ru|cn|app|dev|xyz|example|test|ai|gg|cc|tv|ws|tk|ml|cf|gq|pl|se|dk|fi|pt|cz|ch|"
    "icu|vip|ly|gl|ca|au|jp|kr|br|mx"
)
_WORDS: Final = (
    "co|de|it|es|shop|store|online|site|top|link|click|help|support|space|fun|club|world|life|tech|cloud|page|live|pro"
    "|win|bid|loan|"
    "zip|mov"
)
_BARE_HOST: Final = re.compile(
    rf"(?<![\w@.-])((?:[a-z0-9-]{{1,63}}\.){{1,5}}(?:(?:{_ENDINGS})|"
    # These are words, too: taken for an ending only in small letters, as in an address and unlike after a full stop.
    rf"(?-i:{_WORDS})))(?![\w-])",
    re.IGNORECASE,
)
_PUNYCODE: Final = re.compile(
    r"(?<![\w.-])(?:[a-z0-9-]{1,63}\.){0,4}xn--[a-z0-9-]{1,59}(?:\.[a-z0-9-]{1,63}){0,4}", re.IGNORECASE
)
_BY_NUMBER: Final = re.compile(r"(?<![\w.])((?:\d{1,3}\.){3}\d{1,3})(?::\d{2,5})?(?=/|\b)(?!\.\d)")
_DISGUISED: Final = re.compile(
    rf"\b[a-z0-9-]{{2,63}}\s?(?:\[\.\]|\(\.\)|\{{\.\}}|\[dot\]|\(dot\)| dot | punkt )\s?(?:{_ENDINGS}|{_WORDS})\b",
    re.IGNORECASE,
)
_SHORT: Final = re.compile(
    r"(?<![\w.-])(?:bit\.ly|t\.co|goo\.gl|tinyurl\.com|ow\.ly|is\.gd|buff\.ly|rb\.gy|cutt\.ly|t\.me|wa\.me|lnkd\.in"
    r"|shorturl\.at|"
    r"tiny\.cc|rebrand\.ly|s\.id|v\.gd|qr\.ae)\b", re.IGNORECASE
)  # fmt: skip
_DOTS: Final = str.maketrans({"。": ".", "．": ".", "｡": ".", "․": "."})


def check(reading: Reading) -> Iterator[Finding]:
    """`foreign_link`."""
    text = reading.text
    plain = text if text.isascii() else unicodedata.normalize("NFKC", text.translate(_DOTS))
    if not any(sign in plain for sign in (".", ":", "/", "dot", "punkt", "xn--")):
        return
    places = tuple(dict.fromkeys(_foreign(plain, {host.casefold() for host in reading.release.brand.link_hosts})))
    if places:
        whole = ((0, len(text)),)
        yield Finding(
            NAME,
            "foreign_link",
            "It links to a host this brand does not allow.",
            "It held a link to a host that is not the brand's. Leave the link out.",
            places if len(plain) == len(text) else whole,
        )


def _foreign(text: str, allowed: set[str]) -> Iterator[Span]:
    for found in _URL.finditer(text):
        if host_of(found[1] or f"www.{found[2]}") not in allowed:
            yield found.span()
    for found in _BARE_HOST.finditer(text):
        if found[1].casefold() not in allowed:
            yield found.span()
    for pattern in (_SCHEME, _OTHER_SCHEME, _PUNYCODE, _DISGUISED, _SHORT):
        yield from (found.span() for found in pattern.finditer(text))
    for found in _BY_NUMBER.finditer(text):
        if all(int(part) < 256 for part in found[1].split(".")) and (found.end() < len(text) and text[found.end()] == "/"):
            yield found.span()


def host_of(authority: str) -> str:
    """The host of what stands behind `//`: what comes before an `@` is bait, and a port changes nothing."""
    return authority.rsplit("@", 1)[-1].rsplit("\\", 1)[-1].split(":", 1)[0].rstrip(".,;!").casefold()
