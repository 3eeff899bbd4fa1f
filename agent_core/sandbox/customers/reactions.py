"""How a customer reacts to a reply: gives the number that is asked for, agrees, says thanks, or just waits on.

Why it exists: a crowd that never listens would let an agent that asks the same question for ever look fine. It is pure, and
it must never know more than a customer sees: the texts of the replies.
"""

import re
from dataclasses import dataclass, replace
from typing import Literal

from agent_core.sandbox.customers.plan import ConversationScript, Line

Mood = Literal["open", "satisfied", "handed_over"]
MOST_ANSWERS = 5

_NUMBER_ASKED = re.compile(
    r"which order|order number|what order|number of (?:the|your) order|looks like nw-"
    r"|bestellnummer|welche bestellung|numéro de (?:la )?commande|quelle commande"
    r"|número de(?:l)? pedido|qué pedido|注文番号|رقم الطلب",
    re.IGNORECASE,
)
_CONFIRMATION_ASKED = re.compile(
    r"(?:shall|should|may) (?:i|we)|would you like|do you want|please confirm|can you confirm|is that (?:right|correct)"
    r"|soll(?:en)? (?:ich|wir)|möchten sie|bitte bestätigen|souhaitez-vous|confirmez|desea|confirme",
    re.IGNORECASE,
)
_HANDED_OVER = re.compile(
    r"(?:colleague|member of (?:our|the) team|specialist|somebody|someone) (?:will|is going to|takes|has)"
    r"|hand(?:ed|ing) (?:this|it|you|your)|kolleg|collègue|compañer",
    re.IGNORECASE,
)
_SETTLED = re.compile(
    r"(?:has|have|was|were) been (?:refunded|cancelled|paused|delivered)|refunded|refund (?:of|has|is on)|is cancelled"
    r"|has ended|is paused|now goes to|is open, and its label|goes to the e-mail|you have a credit|ist storniert|ist beendet"
    r"|ist pausiert|geht jetzt an|ist angelegt|ein Guthaben"
    r"|is on its way|on (?:the|its) way|was delivered|out for delivery|in transit|expected|erstattet|unterwegs|zugestellt"
    r"|remboursé|en camino|reembols",
    re.IGNORECASE,
)
_WAITING = re.compile(
    r"(?:needs|need|requires|waiting for|awaiting|has to be|must be|pending)[^.?!]{0,60}"
    r"(?:approv|check|confirm|review|decision|person|colleague)|as soon as|let you know|genehmig|geprüft",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Memory:
    """What the customer remembers of the conversation.

    Attributes:
        told_number: They have given the order number(s) since being asked.
        answers: How many answers they have given.
        replied_to: Whether anybody has answered at all.
        thanked: Whether they have said thanks.
        mood: How they see the matter.
    """

    told_number: bool = False
    answers: int = 0
    replied_to: bool = False
    thanked: bool = False
    mood: Mood = "open"


def react(script: ConversationScript, memory: Memory, reply: str) -> tuple[Memory, Line | None]:
    """Answers what the customer remembers after ``reply``, and what they write, if anything."""
    memory = replace(memory, replied_to=True)
    if memory.answers >= MOST_ANSWERS:
        return replace(memory, mood="handed_over"), None
    asked = "?" in reply or "？" in reply or "؟" in reply
    if _NUMBER_ASKED.search(reply) and (asked or not memory.told_number):
        # Asked a second time they doubt, instead of repeating the number for ever.
        line = script.answers["unsure" if memory.told_number else "number"]
        return _answered(replace(memory, told_number=True), "open"), line
    if _CONFIRMATION_ASKED.search(reply) and asked:
        return _answered(memory, "open"), script.answers["confirm"]
    if _WAITING.search(reply):
        return replace(memory, mood="open"), None
    if _HANDED_OVER.search(reply):
        return replace(memory, mood="handed_over"), None
    if _SETTLED.search(reply):
        if memory.thanked or script.style in {"terse", "angry"}:
            return replace(memory, mood="satisfied"), None
        return replace(_answered(memory, "satisfied"), thanked=True), script.answers["thanks"]
    if asked:
        return _answered(memory, "open"), script.answers["unsure"]
    return memory, None


def _answered(memory: Memory, mood: Mood) -> Memory:
    return replace(memory, answers=memory.answers + 1, mood=mood)
