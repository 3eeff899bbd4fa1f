"""Links and images that carry data away or lead elsewhere than they say (R-D3; garak `web_injection`, `xss`).

Nothing is fetched or resolved: only what stands in the text is read. What leaves in a reply is another check's
business.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Final

import regex

from agent_core.boundary.detectors.finding import Detector, Hit
from agent_core.boundary.detectors.look import Look
from agent_core.boundary.match import fold
from agent_core.boundary.scripts import scripts_of

WEIGHTS: Final[Mapping[str, int]] = {
    "image_with_data": 70,  # ![x](https://host/?q=…)
    "image": 30,  # ![x](https://host/…), <img src=…>
    "dangerous_scheme": 70,  # javascript:, data:text/html
    "markup": 60,  # <script>, onerror=
    "placeholder_in_url": 60,  # https://host/?data={conversation}
    "long_parameter": 25,  # a long encoded value in a URL
    "asks_to_attach": 30,  # append the conversation to the link
    "lookalike_host": 70,  # a host that only looks like another
    "deceptive_link": 60,  # says one host, leads to another
    "hidden_host": 60,  # https://shop.example@elsewhere.example
    "number_host": 30,  # http://203.0.113.7, http://1113982867
}
_MOST: Final = 30

_URL: Final = regex.compile(r"\b(?:https?|ftp)://[^\s<>\"'`\])}]{1,2000}+|\bwww\.[^\s<>\"'`\])}]{3,2000}+", regex.IGNORECASE)
_IMAGE: Final = regex.compile(
    r"!\[[^\]\n]{0,200}\]\s?\(\s?<?(?P<url>[^)\s>]{1,2000})|<img\b[^>]{0,300}?\bsrc\s?=\s?[\"']?(?P<src>[^\"'\s>]{1,2000})",
    regex.IGNORECASE,
)
_LINK: Final = regex.compile(r"(?<!!)\[(?P<text>[^\]\n]{1,200})\]\s?\(\s?<?(?P<url>[^)\s>]{1,2000})")
_SCHEME: Final = regex.compile(
    r"\b(?:javascript|vbscript|livescript)\s?:\s?[\w(%\\.\"'`]|\bdata:(?:text/html|image/svg\+xml|application/\w{1,40})[;,]",
    regex.IGNORECASE,
)
_MARKUP: Final = regex.compile(
    r"<\s?/?\s?(?:script|iframe|object|embed|svg|meta|base|form)\b|<[^>]{1,200}\son[a-z]{3,20}\s?=|\bon(?:error|load|click|mouse\w{2,8})\s?=\s?[\w\"'\\(]",
    regex.IGNORECASE,
)
_PLACEHOLDER: Final = regex.compile(
    r"[?&=/#](?:[\w.-]{1,40}=)?[\[{<(]{1,2}\s?(?:[\w' -]{0,40}(?:data|summary|conversation|history|password|secret"
    r"|email|name|address|message|prompt"
    r"|content|info|card|token|key|chat|text|user|customer)[\w' -]{0,40})",
    regex.IGNORECASE,
)
_LONG: Final = regex.compile(r"[?&#][\w.~%-]{0,60}=(?:[A-Za-z0-9+/_%-]{120,}|[0-9a-fA-F]{96,})")
_QUERY: Final = regex.compile(r"\?[^\s]{3,}|/[A-Za-z0-9+_=-]{60,}")
_ATTACH: Final = regex.compile(
    r"\b(?:append|attach|add|put|include|insert|encode|embed|fill in|replace)\b[^.\n]{0,80}\b(?:url|link|image|query"
    r"|parameter|markdown)\b"
    r"[^.\n]{0,120}\b(?:data|summary|conversation|history|password|secret|email|message|prompt|chat|customer|names?|details)\b"
    r"|\b(?:append|attach|add|put|include|insert|encode|embed)\b[^.\n]{0,80}\b(?:data|summary|conversation|history|password|secret|prompt|chat)\b"
    r"[^.\n]{0,80}\b(?:url|link|image|query|parameter)\b",
    regex.IGNORECASE,
)
_HOST: Final = regex.compile(
    r"^(?:[a-z]{2,8}:)?(?://)?(?P<info>[^/?#@]{1,200}@)?(?P<host>[^/?#:\s]{1,253})", regex.IGNORECASE
)
_HOST_LIKE: Final = regex.compile(
    r"^(?:https?://)?(?P<host>(?:[\w-]{1,63}\.){1,6}[a-z]{2,24})(?:[/:?#]|$)", regex.IGNORECASE
)
_NUMBER: Final = regex.compile(r"^(?:\d{1,3}(?:\.\d{1,3}){3}|\d{6,12}|0x[0-9a-f]{6,10})$", regex.IGNORECASE)


_MADE_OF: Final = re.compile(r"://|www\.|\]\(|<|script:|data:|=|url|link|markdown")
"""In a small text of ASCII: without one of these there is no link and no markup in it."""


def hits(look: Look) -> Iterator[Hit]:
    """Every signal, at its place."""
    text = look.text
    if not _worth(text) and not look.links:
        return
    for signal, pattern in (("dangerous_scheme", _SCHEME), ("markup", _MARKUP), ("asks_to_attach", _ATTACH)):
        for _, found in zip(range(_MOST), pattern.finditer(text), strict=False):
            yield Hit(signal, found.start(), found.end())
    for _, found in zip(range(_MOST), _IMAGE.finditer(text), strict=False):
        target = found["url"] or found["src"] or ""
        if regex.match(r"(?:https?:)?//|www\.", target, regex.IGNORECASE):
            yield Hit("image_with_data" if _QUERY.search(target) else "image", found.start(), found.end())
    for _, found in zip(range(_MOST), _URL.finditer(text), strict=False):
        yield from _url(found.group(), found.start(), found.end(), text[found.end() : found.end() + 80])
    shown = [
        (found["text"], found["url"], found.span()) for _, found in zip(range(_MOST), _LINK.finditer(text), strict=False)
    ]
    shown += [(words, target, (0, 0)) for words, target in look.links[:_MOST]]
    for words, target, (start, end) in shown:
        if _deceives(words, target):
            yield Hit("deceptive_link", start, end, f"{words[:80]} → {target[:80]}")
        if (start, end) == (0, 0):
            yield from _url(target, 0, 0, "")


def _worth(text: str) -> bool:
    """Whether there is anything a link or markup is made of."""
    small = text.lower() if text.isascii() else None
    if small is not None and _MADE_OF.search(small) is None:
        return False
    return any(mark in text for mark in ("://", "www.", "WWW.", "](", "<", "script:", "SCRIPT:", "data:", "=")) or bool(
        regex.search(r"\b(?:url|link|markdown)\b", text, regex.IGNORECASE)
    )


def _url(url: str, start: int, end: int, after: str) -> Iterator[Hit]:
    whole = url + after if after[:1] and after[0] in "[{<(" else url
    if _PLACEHOLDER.search(whole):
        yield Hit("placeholder_in_url", start, end, whole[:200])
    if _LONG.search(url):
        yield Hit("long_parameter", start, end, url[:200])
    found = _HOST.match(url)
    if found is None:
        return
    host = found["host"]
    if found["info"] and "://" in url:
        yield Hit("hidden_host", start, end, url[:200])
    if _NUMBER.match(host):
        yield Hit("number_host", start, end, url[:200])
    if _imitates(host):
        yield Hit("lookalike_host", start, end, f"{host[:80]} ({fold(_shown(host))[:80]})")


def _shown(host: str) -> str:
    """A host with its internationalised labels as people see them."""
    labels: list[str] = []
    for label in host.split("."):
        try:
            labels.append(label[4:].encode("ascii").decode("punycode") if label[:4].lower() == "xn--" else label)
        except (UnicodeError, ValueError):
            labels.append(label)
    return ".".join(labels)


def _imitates(host: str) -> bool:
    """Whether a label's letters are not Latin and yet all look so, or come from scripts that nobody mixes."""
    if host.isascii() and "xn--" not in host.lower():
        return False
    for label in _shown(host).split("."):
        scripts = scripts_of(label)
        foreign = scripts - {"Latin"}
        if foreign and fold(label).isascii():
            return True
        if "Latin" in scripts and foreign & {"Cyrillic", "Greek", "Armenian"}:
            return True
    return False


def _deceives(words: str, target: str) -> bool:
    """Whether a link's words name a host that its target is not part of."""
    said, meant = _HOST_LIKE.match(words.strip()), _HOST.match(target)
    if said is None or meant is None or not regex.match(r"(?:https?:)?//|www\.", target, regex.IGNORECASE):
        return False
    one, two = said["host"].lower().removeprefix("www."), meant["host"].lower().removeprefix("www.")
    return one != two and not two.endswith(f".{one}") and not one.endswith(f".{two}")


DETECTOR: Final = Detector("exfiltration", WEIGHTS, hits)
