"""What must be said at this moment and is not (R-F1, R-F2).

The engine writes fixed disclosures into the agent's replies itself (`render.with_disclosures`); this finds what is missing
in a text that somebody else wrote.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Final

from agent_core.contract.reply_checks import ReplyCheckName
from agent_core.guardrails.finding import Finding
from agent_core.guardrails.phrases import phrase
from agent_core.guardrails.policy import DisclosureLike
from agent_core.guardrails.reading import Reading, ReplyContext

NAME: Final[ReplyCheckName] = "disclosures"

_MOST: Final = 12_000
_MACHINE: Final = re.compile(
    r"\b(?:are you|am i (?:talking|speaking|chatting|writing) (?:to|with)|is this|is there|do i speak (?:to|with)|bist du"
    r"|sind sie|"
    r"spreche ich mit|schreibe ich mit|rede ich mit|ist das|antwortet hier)\b[^.!?\n]{0,40}"
    r"\b(?:a bot|a chatbot|a robot|a machine|a computer|an ai|chatgpt|a real (?:person|human|agent)|a human(?: being)?"
    r"|a person|ein bot|"
    r"ein chatbot|ein roboter|eine maschine|eine ki|ein computer|ein (?:echter )?mensch|einem (?:echten )?menschen"
    r"|einem bot|"
    r"einer maschine|einer ki)(?![\w-])",
    re.IGNORECASE,
)
_DATA: Final = re.compile(
    r"\b(?:e-?mail(?: address|-?adresse)?|(?:phone|mobile|telephone) number|telefonnummer|handynummer|(?:postal|delivery"
    r"|home|billing)? ?address|"
    r"(?:liefer|post|rechnungs)?(?:adresse|anschrift)|date of birth|geburtsdatum|full name|vollständigen? namen?"
    r"|account number|kontonummer)\b",
    re.IGNORECASE,
)


def due(context: ReplyContext, text: str) -> Sequence[DisclosureLike]:
    """The disclosures that belong into this reply, said or not.

    Args:
        context: The conversation.
        text: The reply, which may ask for data.
    """
    return [rule for rule in context.release.behaviour.disclosures if _now(rule, context, text)]


def says(context: ReplyContext, text: str, rule: DisclosureLike) -> bool:
    """Whether the text says it, in any of its languages."""
    reading = Reading(text, context)
    return reading.words.holds(phrase(context.sight, wording) for wording in rule.text.values())


def check(reading: Reading) -> Iterator[Finding]:
    """`missing_CODE`."""
    for rule in due(reading.context, reading.text):
        wanted = (phrase(reading.context.sight, wording) for wording in rule.text.values())
        if not reading.words.holds(wanted):
            spoken = rule.code.replace("_", " ")
            yield Finding(
                NAME,
                f"missing_{rule.code}",
                f"At this moment something must be said that is not: {spoken}.",
                f"The disclosure `{rule.code}` must be said word for word.",
            )


def _now(rule: DisclosureLike, context: ReplyContext, text: str) -> bool:
    match rule.when:
        case "first_reply":
            return context.first_reply
        case "asked":
            newest = context.customer_words[-1:] if context.newest_words is None else context.newest_words
            return any(_MACHINE.search(words[:_MOST]) for words in newest)
        case "data_requested":
            return any(_DATA.search(part) for part in _questions(text))


def _questions(text: str) -> Iterator[str]:
    """The sentences that ask: up to a question mark, or a plea."""
    for found in re.finditer(r"[^.!?\n]{1,400}[.!?]?", text[:_MOST]):
        part = found[0]
        if part.rstrip().endswith("?") or _PLEA.search(part):
            yield part


_PLEA: Final = re.compile(
    r"\b(?:please (?:tell|send|give|confirm|provide|share)|could you|can you|bitte (?:nenn|schick|sag|gib|teil|bestätig)\w*|"
    r"(?:nenn|schick|schreib|sag|gib) (?:mir|uns)|nennen sie|schicken sie|kannst du|könnten sie|magst du)\b",
    re.IGNORECASE,
)
