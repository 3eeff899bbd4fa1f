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
    except re.error:
        return []
    relaxed = _compiled_relaxed(pattern) or loose
    text = _INVISIBLE.sub("", text[:_LONGEST_TEXT])
    found = [(start, _spelled(text[start:end], expression)) for start, end in _spans((expression, loose, relaxed), text)]
    prefix = re.match(r"([A-Z]{1,5}-)", pattern)
    if not found and prefix:
        found = [(match.start(), prefix[1] + match[1]) for match in _NUMBERED.finditer(text)]
    values = [value for _, value in found if expression.fullmatch(value) or loose.fullmatch(value)]
    return list(dict.fromkeys(values))


def find_spans(pattern: str, text: str) -> list[tuple[int, int]]:
    """Where an entity stands in a text as written, for quoting the exact words around it."""
    try:
        expression = re.compile(pattern, re.IGNORECASE)
    except re.error:
        return []
    return _spans((expression, _compiled_relaxed(pattern) or expression), text[:_LONGEST_TEXT])


def _spans(expressions: tuple[re.Pattern[str], ...], text: str) -> list[tuple[int, int]]:
    """Places where an expression matches, in order; what an earlier expression found is not found again."""
    kept: list[tuple[int, int]] = []
    for expression in expressions:
        for match in expression.finditer(text):
            if match.end() > match.start() and all(match.end() <= low or high <= match.start() for low, high in kept):
                kept.append(match.span())
    return sorted(kept)


def _compiled_relaxed(pattern: str) -> re.Pattern[str] | None:
    try:
        return re.compile(_relaxed(pattern), re.IGNORECASE)
    except re.error:
        # An optional dash is not allowed everywhere, e.g. not in a look-behind.
        return None


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
