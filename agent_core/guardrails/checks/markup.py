"""Markup: images that call a host when they are shown, HTML, code and tables (R-F2, R-D3). Replies are plain text."""

import re
import unicodedata
from collections.abc import Iterator
from typing import Final

from agent_core.contract.reply_checks import ReplyCheckName
from agent_core.guardrails.finding import Finding
from agent_core.guardrails.reading import Reading

NAME: Final[ReplyCheckName] = "markup"

_IMAGE: Final = re.compile(r"!\[[^\]]{0,500}\]\s?[(\[]")
_MARKUP: Final = re.compile(r"</?[a-z][a-z0-9-]{0,40}(?:\s[^<>]{0,500})?/?>|<!--|&#x?[0-9a-f]{2,6};", re.IGNORECASE)
_HIDING_LINK: Final = re.compile(
    r"\[[^\]\n]{1,300}\]\((?!\s)[^)\s]{1,500}|\[[^\]\n]{1,300}\]\[[^\]\n]{0,60}\]|^\s{0,3}\[[^\]\n]{1,60}\]:\s", re.MULTILINE
)
_FORMAT: Final = re.compile(r"```|^#{1,6} \S|^\|.{1,400}\|\s*$", re.MULTILINE)


def check(reading: Reading) -> Iterator[Finding]:
    """`markdown_image`, `markup`, `markdown_link`, `markdown`."""
    text = reading.text
    if not any(sign in text for sign in "<[`#|&＜［"):
        return
    plain = text if text.isascii() else unicodedata.normalize("NFKC", text)
    same = len(plain) == len(text)
    for code, pattern, sentence, reason in _KINDS:
        places = tuple(found.span() if same else (0, len(text)) for found in pattern.finditer(plain))
        if places:
            yield Finding(NAME, code, sentence, reason, tuple(dict.fromkeys(places)))


_KINDS: Final = (
    ("markdown_image", _IMAGE,
    "It holds an image, which would call a host when it is shown.", "It held an image. Write plain text."),
    ("markup", _MARKUP, "It holds HTML or tags.", "It held HTML or tags. Write plain text."),
    ("markdown_link", _HIDING_LINK,
    "It holds a link whose words hide where it leads.", "It held a markdown link. Write a link as it is, or leave it out."),
    ("markdown", _FORMAT, "It holds headings, tables or code.", "It held headings, tables or code. Write plain sentences."),
)  # fmt: skip
