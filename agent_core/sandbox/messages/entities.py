"""Finds the things a customer names, such as an order number, by the expressions the prompt gives.

People leave out dashes, write small letters and put the number behind the word order. What is found is always a value
that the expression matches as a whole; nothing is made up.
"""

import re

_NUMBERED = re.compile(
    r"(?:order|number|nr|no|ref(?:erence)?|bestellung|bestellnummer|commande|pedido|ordine|bestelling|ordre|#)"
    r"[^\w]{0,4}(?:number|nummer|no|nr|num[eé]ro|#)?[^\w]{0,4}(\d{3,12})\b",
    re.IGNORECASE,
)
_INVISIBLE = re.compile("[\u200b-\u200f\u2060\ufeff\u00ad]")
_LONGEST_TEXT = 20_000


def find_all(pattern: str, text: str) -> list[str]:
    """Every value of an entity in a text, in order, without repeats.

    Args:
        pattern: The prompt's regular expression; one that cannot be compiled finds nothing.
        text: Outside text; only its first 20,000 characters are searched.
    """
    try:
        expression = re.compile(pattern)
        loose = re.compile(pattern, re.IGNORECASE)
        relaxed = re.compile(_relaxed(pattern), re.IGNORECASE)
    except re.error:
        return []
    text = _INVISIBLE.sub("", text[:_LONGEST_TEXT])
    found = [(match.start(), match[0]) for match in expression.finditer(text)]
    taken = {start for start, _ in found}
    for match in loose.finditer(text):
        if match.start() not in taken:
            found.append((match.start(), _spelled(match[0], expression)))
    if not found:
        found = [(match.start(), _spelled(match[0], expression)) for match in relaxed.finditer(text)]
        prefix = re.match(r"([A-Z]{1,5}-)", pattern)
        if prefix:
            found += [(match.start(), prefix[1] + match[1]) for match in _NUMBERED.finditer(text)]
    values = [value for _, value in sorted(found) if value and (expression.fullmatch(value) or loose.fullmatch(value))]
    return list(dict.fromkeys(values))


def find_spans(pattern: str, text: str) -> list[tuple[int, int]]:
    """Where an entity stands in a text as written, for quoting the exact words around it."""
    try:
        expression = re.compile(pattern, re.IGNORECASE)
    except re.error:
        return []
    spans = [match.span() for match in expression.finditer(text[:_LONGEST_TEXT])]
    return spans or [match.span() for match in re.finditer(_relaxed(pattern), text[:_LONGEST_TEXT], re.IGNORECASE)]


def _relaxed(pattern: str) -> str:
    """The expression with its plain dashes made optional."""
    outside_class = re.split(r"(\[[^\]]*\])", pattern)
    return "".join(
        part if part.startswith("[") else part.replace("\\-", "-").replace("-", r"[\s\-–—]{0,3}") for part in outside_class
    )


def _spelled(value: str, expression: re.Pattern[str]) -> str:
    """The value as the expression wants it: capital letters, its dash in place."""
    bare = re.sub(r"[\s\-–—]", "", value)
    candidates = [value, value.upper(), value.lower(), bare.upper()]
    candidates += [f"{bare[:place]}-{bare[place:]}".upper() for place in range(1, len(bare))]
    return next((candidate for candidate in candidates if expression.fullmatch(candidate)), value)
