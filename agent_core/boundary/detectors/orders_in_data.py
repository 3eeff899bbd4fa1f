"""Sentences in data that order something: a note tells what happened, it does not say what to do next (R-D3; AgentDojo).

Looked for only where nobody has instructions to give: answers of systems, notes, product texts. The patterns are matched on
folded text, so their letters carry no accents.
"""

from collections.abc import Iterator
from typing import Final

import regex

MOST: Final = 50
_REACH: Final = 240
"""Characters after the verb in which its target stands."""

_STARTS: Final = regex.compile(r"(?:^|[.!?:;>\])}\n\"“]\s{0,3})")
_SENTENCE_END: Final = regex.compile(r"[!?]|[.](?=\s)|\n\n")
_URGED: Final = (
    r"(?P<urged>(?:(?:please|also|first|then|now|next|immediately|urgently|you\s+(?:must|should|need\s+to|have\s+to)"
    r"|bitte|sofort|du\s+musst|veuillez|por\s+favor|per\s+favore|lutfen|пожалуйста),?\s+){1,2})?"
)
_VERB: Final = (
    r"(?P<verb>(?P<soft>pay|create|change|update|add|share|upload|post|reset)"
    r"|send|e-?mail(?!\s+address)|forward|transfer|refund|delete|cancel|approve|issue|grant|invite|retrieve|export"
    r"|schicke?|sende|uberweise|erstatte|losche|leite|envoie|transfere|rembourse|supprime|envia|transfiere|reembolsa|borra"
    r"|elimina|envie|transfira|invia|trasferisci|rimborsa|stuur|verwijder|slet|radera|wyslij|usun|gonder|sil)\b"
)
_ACTION: Final = regex.compile(_URGED + _VERB)
_HARD_TARGET: Final = regex.compile(
    r"[•·∙]{3}"  # a number that was masked
    r"|[\w.+-]{1,64}@[\w-]{1,63}\.[\w.-]{2,80}|\bhttps?://\S{3,300}|\bwww\.\S{3,200}"
    r"|\b[a-z]{2}\d{2}(?:\s?[a-z0-9]){11,30}\b|\baccount\s+(?:number\s+)?(?=\w*\d)\w{4,34}"
    r"|\b(?:full|any|every|all)\s+(?:amount|orders?|payments?|customers?|files?|e-?mails?|data)\b"
    r"|\b(?:file|order|account|user|customer|event)\s+(?:with\s+)?(?:the\s+)?id\b"
)
_SOFT_TARGET: Final = regex.compile(
    r"[$€£]\s?\d|\b\d[\d.,]{0,12}\s?(?:usd|eur|gbp|dollars?|euros?|€)"
    r"|\bto\s+(?:the\s+)?(?:user|customer|account)\b|\bpassword\b"
)


def orders(folded: str) -> Iterator[tuple[int, int]]:
    """The places of sentences that begin with an action and name a target, in folded text; the first fifty actions.

    An amount, or a customer, is a target only where somebody urges: `refund 20 EUR` may well be what a colleague noted.
    """
    begun = (_ACTION.match(folded, begin.end()) for begin in _STARTS.finditer(folded))
    for _, action in zip(range(MOST), (each for each in begun if each is not None), strict=False):
        limit = min(len(folded), action.end() + _REACH)
        end = _SENTENCE_END.search(folded, action.end(), limit)
        limit = end.start() if end else limit
        target = None
        if action["urged"] or not action["soft"]:
            target = _HARD_TARGET.search(folded, action.end(), limit)
        if target is None and action["urged"]:
            target = _SOFT_TARGET.search(folded, action.end(), limit)
        if target is not None:
            yield action.start(), target.end()
