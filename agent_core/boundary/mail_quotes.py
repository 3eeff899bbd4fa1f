"""Splits a mail's newest words from quoted history and from the signature; nothing is lost, only put elsewhere (R-D1).

The languages' phrases ("On … wrote:", "Von: … Gesendet: …", "Sent from my …") are mail-parser-reply's; where it cuts is
decided here, because a wrong cut would take a customer's words from the agent: answers between the quotes stay, a
forwarded message stays, a signature that might hold more than a name stays. Those expressions cost more than a square
on long lines (measured), so they are asked about few and short lines. It must never change a word.
"""

import functools
import re
from dataclasses import dataclass
from typing import Final

from mailparser_reply.constants import MAIL_LANGUAGES
from mailparser_reply.parser import EmailMessage

_MOST_LINE: Final = 160
_MOST_ASKED: Final = 60
_LONGEST_HEADER: Final = 7
_SIGNATURE_LINES: Final = 9
_SIGNATURE_WIDTH: Final = 70
_KEPT_WITH_ANSWER: Final = 3

_QUOTED = re.compile(r"\s{0,3}[>＞|]")
_COLON = re.compile(r"[:：]\s*\Z")
_HEADER_LINE = re.compile(r"\s*[>*_ ]*[\w /-]{1,30}\s?[:：]", re.UNICODE)
_SEPARATOR = re.compile(
    r"\s*[-_—=*]{3,}\s*(?:original|forwarded|urspr|weiter|oprindelig|message|nachricht|mensaje|messaggio)?[^\n]{0,60}\Z",
    re.IGNORECASE,
)
_ORIGINAL = re.compile(
    r"\s*-{3,}\s*(?:original message|original appointment|urspr[üu]ngliche nachricht|oprindelig meddelelse|message d'origine"
    r"|mensaje original|messaggio originale|oorspronkelijk bericht|ursprungligt meddelande"
    r"|原始邮件|元のメッセージ|원본 메시지)\s*-*\s*\Z",
    re.IGNORECASE,
)
_FORWARDED = re.compile(
    r"\s*>?\s*(?:-{3,}\s*|begin )?(?:forwarded (?:message|email)|weitergeleitete nachricht|videresendt (?:besked|meddelelse)"
    r"|message transféré|mensaje reenviado|messaggio inoltrato|doorgestuurd bericht|vidarebefordrat meddelande|转发)",
    re.IGNORECASE,
)
_FORWARD_SUBJECT = re.compile(r"\s*(?:fwd?|wg|tr|vs|vb|rv|i|doorst|pd)\s*[:：]", re.IGNORECASE)
_ATTRIBUTION = re.compile(r"(?=.*(?:\d{1,4}[./:-]\d{1,2}|@|<))[^>].{4,400}[:：]\s*\Z", re.DOTALL)
_DELIMITER = re.compile(r"\s*(?:--|__)\s?\Z")
_HOLDS_MORE = re.compile(r"[?？؟]|#\s?\d{3,}|\b[A-Z]{2,5}-?\d{3,}|\b\d{5,}(?![\d ()/+-]*\d{3})\b")


@dataclass(frozen=True, slots=True)
class Split:
    """A mail's text in three: `newest` is what the customer wrote now; `quoted_lines` of history hold text."""

    newest: str
    quoted: str = ""
    signature: str = ""
    quoted_lines: int = 0


def split_quotes(text: str, *, subject: str = "") -> Split:
    """Splits a clean text.

    Args:
        text: Clean, line feeds only.
        subject: The clean subject: what is forwarded is meant to be read.
    """
    lines = text.split("\n")
    forwarded = _FORWARD_SUBJECT.match(subject) is not None
    keep, quoted = _history(lines, forwarded)
    newest = _joined(keep)
    if not newest:  # a message that is only a quote keeps its text
        return Split(text.strip())
    body, signature = _signature(newest.split("\n"))
    return Split(_joined(body) or newest, _joined(quoted), _joined(signature) if _joined(body) else "", _count(quoted))


def count_lines(text: str) -> int:
    """Lines that hold text."""
    return _count(text.split("\n"))


def is_forward(text: str, subject: str) -> bool:
    """Whether quoted text is a message somebody passed on, rather than what they answered to."""
    return _FORWARD_SUBJECT.match(subject) is not None or any(map(_FORWARDED.match, text.split("\n", 4)[:4]))


def _count(lines: list[str]) -> int:
    return sum(1 for line in lines if line.strip())


def _joined(lines: list[str]) -> str:
    return "\n".join(lines).strip()


def _history(lines: list[str], forwarded: bool) -> tuple[list[str], list[str]]:
    """Lines that are the customer's own, and lines of history."""
    header = _first_header(lines)
    keep: list[str] = []
    quoted: list[str] = []
    place, end = 0, len(lines)
    last_own = max((n for n, line in enumerate(lines) if line.strip() and not _QUOTED.match(line)), default=-1)
    said = False
    while place < end:
        line = lines[place]
        if forwarded or _FORWARDED.match(line):
            keep.extend(lines[place:])
            break
        if header and header[0] == place:
            quoted.extend(lines[place : header[1]])
            place = header[1]
            following = next((n for n in range(place, end) if lines[n].strip()), end)
            if following == end or not _QUOTED.match(lines[following]):
                quoted.extend(lines[place:])  # nothing marks where history ends: it does not
                break
            continue
        if _QUOTED.match(line):
            stop = place
            while stop < end and (_QUOTED.match(lines[stop]) or (not lines[stop].strip() and _goes_on(lines, stop))):
                stop += 1
            run = lines[place:stop]
            if last_own >= stop and (said or _count(run) <= _KEPT_WITH_ANSWER):
                # An answer below what it answers: the last lines of that stay with it.
                last = [each for each in run if each.strip()][-_KEPT_WITH_ANSWER:]
                quoted.extend(run[: len(run) - len(last)] if len(last) < _count(run) else [])
                keep.extend(last)
            else:
                quoted.extend(run)
            place = stop
            continue
        keep.append(line)
        said = said or bool(line.strip())
        place += 1
    return keep, quoted


def _goes_on(lines: list[str], place: int) -> bool:
    """Whether a quote goes on after an empty line."""
    return any(_QUOTED.match(line) for line in lines[place + 1 : place + 2])


def _first_header(lines: list[str]) -> tuple[int, int] | None:
    """Where the first line stands that says who wrote what follows, and where that saying ends."""
    asked = 0
    for place, line in enumerate(lines):
        if _ORIGINAL.match(line[:_MOST_LINE]):
            return place, _end_of_fields(lines, place + 1)
        if ":" not in line and "：" not in line:
            continue
        asked += 1
        if asked > _MOST_ASKED:
            return None
        fields = _end_of_fields(lines, place)
        if fields - place >= 2 and _known("\n".join(_short(each) for each in lines[place:fields])):
            return _with_rule(lines, place), fields
        if _COLON.search(line):
            before = lines[place - 1] if place else ""
            if before.strip() and _known(f"{_short(before)} {_short(line)}"):
                return place - 1, place + 1
            if _known(_short(line)) or (_quote_follows(lines, place + 1) and _ATTRIBUTION.match(_short(line))):
                return place, place + 1
    return None


def _with_rule(lines: list[str], place: int) -> int:
    """The line above a header, when it is only a rule that belongs to it."""
    for before in range(place - 1, max(-1, place - 3), -1):
        if lines[before].strip():
            return before if _SEPARATOR.match(lines[before][:_MOST_LINE]) else place
    return place


def _end_of_fields(lines: list[str], place: int) -> int:
    end = place
    while end < min(len(lines), place + _LONGEST_HEADER) and _HEADER_LINE.match(lines[end][:_MOST_LINE]):
        end += 1
    return end


def _quote_follows(lines: list[str], place: int) -> bool:
    following = next((line for line in lines[place : place + 3] if line.strip()), "")
    return _QUOTED.match(following) is not None


def _short(line: str) -> str:
    return " ".join(line.split())[:_MOST_LINE]


@functools.cache
def _phrases() -> EmailMessage:
    return EmailMessage(text="", languages=list(MAIL_LANGUAGES), keep_hyphen_lists=True)


def _known(words: str) -> bool:
    return _phrases().HEADER_REGEX.search(words[: 3 * _MOST_LINE]) is not None


def _signature(lines: list[str]) -> tuple[list[str], list[str]]:
    """The text, and the signature below it when it is surely nothing else."""
    end = len(lines)
    filled = [n for n, line in enumerate(lines) if line.strip()]
    for place in filled[-_SIGNATURE_LINES:]:
        if place == 0:
            continue
        delimiter = _DELIMITER.match(lines[place]) is not None
        rest = [line for line in lines[place:end] if line.strip()]
        if not delimiter and not _closing(lines[place]):
            continue
        wide = any(len(line) > _SIGNATURE_WIDTH for line in rest)
        if wide or any(_HOLDS_MORE.search(line) for line in rest):
            return lines, []
        return lines[:place], lines[place:]
    return lines, []


def _closing(line: str) -> bool:
    """Whether a line closes a letter, and says nothing else: `Best regards, Ann`, not `Thanks, but where is it`."""
    short = _short(line)
    if len(short) > 40 or short.count(" ") > 4:
        return False
    found = _phrases().SIGNATURE_REGEX.search(f"x\n{short}\n")
    return found is not None and short.lower().startswith(found.group().strip().lower()[:8])
