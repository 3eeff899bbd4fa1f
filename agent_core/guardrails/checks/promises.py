"""What will happen, with nothing behind it: an action nobody executed, an arrival no carrier announced (R-F2)."""

import re
from collections.abc import Iterator
from typing import Final

from agent_core.contract.reply_checks import ReplyCheckName
from agent_core.guardrails.action_words import ACTIONS
from agent_core.guardrails.checks.claims import borne_out
from agent_core.guardrails.finding import Finding, Span
from agent_core.guardrails.reading import Reading, Sentence
from agent_core.guardrails.specifics import Day

NAME: Final[ReplyCheckName] = "promises"

_ARRIVES: Final = re.compile(
    r"\b(?:parcel|package|order|shipment|delivery|it|they|[a-z]{2}-\d+|paket|bestellung|sendung|lieferung|sie|es) "
    r"(?:(?:will|'ll|should) (?:\w+ ){0,2}(?:arrive|be delivered|reach you|be there|be with you|get to you)|(?:wird"
    r"|werden|kommt|kommen|trifft) (?:\w+ ){0,4}"
    r"(?:ankommen|zugestellt|geliefert|eintreffen|an\b|ein\b|bei dir))"
    r"|\byou(?: will|'ll| ll| should) (?:receive|get|have) (?:it|them|your (?:parcel|package|order|delivery|item|items)"
    r"|the (?:parcel|package|order))\b"
    r"|\b(?:du bekommst|du erhaltst|sie erhalten|sie bekommen) (?:dein|deine|ihr|ihre|das|die|es|sie)(?: \w+)? ?(?:paket"
    r"|bestellung|sendung|lieferung|artikel)?\b"
)
_WITH_YOU: Final = re.compile(
    r"\b(?:it|they|parcel|package|order|delivery) (?:reaches|gets to|is with|comes to|arrives with) you\b"
    r"|\byou (?:will |ll )?have (?:it|them)\b|\b(?:count on|expect) (?:it|them)\b"
    r"|\b(?:ist|sind) (?:es|sie|er) (?:\w+ ){0,3}bei (?:dir|ihnen|euch)\b"
    r"|\b(?:es|sie|er|paket|bestellung|sendung) (?:ist|sind|kommt) (?:\w+ ){0,4}(?:bei|zu) (?:dir|ihnen|euch)\b"
    r"|\bhast du (?:es|sie|ihn)\b|\brechne\b[^.!?\n]{0,30}\bdamit\b"
)
_WHEN: Final = re.compile(
    r"\b(?:weekend|week|tonight|tomorrow|today|morning|afternoon|evening|days?|hours?|monday|tuesday|wednesday|thursday|friday"
    r"|saturday|sunday|wochenende|woche|heute|morgen|abend|tagen?|stunden|montag\w*|dienstag\w*|mittwoch\w*|donnerstag\w*|freitag\w*"
    r"|samstag\w*|sonntag\w*)\b"
)
"""Something will be with the customer, and when: the two together promise an arrival."""
_SOON: Final = re.compile(r"\b(?:soon|shortly|bald|demnachst|in kurze)\b")


def check(reading: Reading) -> Iterator[Finding]:
    """`promised_action`, `promised_arrival`."""
    actions: list[str] = []
    places: list[Span] = []
    arrivals: list[Span] = []
    for sentence in reading.sentences:
        if sentence.asks or sentence.conditional or sentence.negated:
            continue
        text = sentence.folded.text
        promised = False
        for action in ACTIONS:
            found = None if action.ahead is None else action.ahead.search(text)
            if found is not None:
                promised = True
                if reading.context.pending or not borne_out(reading, action):
                    actions.append(action.name)
                    places.append(sentence.at(*found.span()))
        found = _ARRIVES.search(text)
        if found is None and _WHEN.search(text) is not None:
            found = _WITH_YOU.search(text)
        if found is not None and not promised and not _announced(reading, sentence):
            arrivals.append(sentence.at(*found.span()))
    if places:
        listed = ", ".join(dict.fromkeys(actions))
        yield Finding(
            NAME,
            "promised_action",
            f"It promises something that was not done: {listed}.",
            f"It promised an action ({listed}) that was not executed. Say what was done and what waits, and promise "
            f"nothing.",
            tuple(places),
        )
    if arrivals:
        yield Finding(
            NAME,
            "promised_arrival",
            "It promises an arrival that no carrier announced.",
            "It promised that something arrives, and no fact says when. Say what the carrier reported, and promise nothing.",
            tuple(arrivals),
        )


def _announced(reading: Reading, sentence: Sentence) -> bool:
    """Somebody expects it: a day still to come was read, or a carrier's words speak of a delivery ahead."""
    if _EXPECTED.search(reading.told):
        return True
    now = reading.context.now
    today = None if now is None else now.astimezone(reading.zone).date()
    return any(_ahead(day, today) for day in reading.ground.days) and _SOON.search(sentence.folded.text) is None


def _ahead(day: Day, today: object) -> bool:
    return today is None or day.year is None or str(day) >= str(today)


_EXPECTED: Final = re.compile(r"eta: \d|expected|estimated|out.for.delivery|voraussichtlich|in zustellung")
