"""Paths, placeholders and conditions of a workflow, evaluated over what is known.

Values are looked up, never computed, except amounts of money, which are integers in minor units throughout.
"""

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

PLACEHOLDER = re.compile(r"\{([A-Za-z_][\w.\-]*)(?:\|(money|minor))?\}")
_TERM = re.compile(r"^([\w.\-]+)\s*(==|!=|<=|>=|<|>)\s*(.+)$")
_AMOUNT = re.compile(r"\d(?:[\d.,'\u00a0\u202f ]*\d)?")
_EXPONENTS = {
    **dict.fromkeys(["BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "VND", "VUV"], 0),
    **dict.fromkeys(["BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"], 3),
}

_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")
_SIGNS = {"\u00a5": "JPY", "\u20a9": "KRW", "\u20ab": "VND"}


class Missing:
    """The value of a path that leads nowhere."""


MISSING = Missing()

Look = Callable[[str], Any]
"""Looks a path up; returns :data:`MISSING` when it leads nowhere."""


def dig(value: Any, parts: list[str]) -> Any:
    """Follows names and indexes into a JSON value."""
    for part in parts:
        if isinstance(value, Mapping):
            value = value.get(part, MISSING)
        elif isinstance(value, list) and part.isdecimal() and int(part) < len(value):
            value = value[int(part)]
        else:
            return MISSING
    return MISSING if value is None else value


def exponent_of(currency: str) -> int:
    """Digits behind the point of a currency."""
    return _EXPONENTS.get(currency.upper(), 2)


def money(value: Any) -> str | Missing:
    """``{"amount_minor": 6490, "currency": "EUR"}`` as ``64.90 EUR``."""
    if not isinstance(value, Mapping):
        return MISSING
    amount, currency = value.get("amount_minor"), value.get("currency")
    if not isinstance(amount, int) or isinstance(amount, bool) or not isinstance(currency, str):
        return MISSING
    exponent = exponent_of(currency)
    sign, digits = ("-" if amount < 0 else ""), str(abs(amount)).rjust(exponent + 1, "0")
    if exponent == 0:
        return f"{sign}{digits} {currency}"
    return f"{sign}{digits[:-exponent]}.{digits[-exponent:]} {currency}"


def minor(value: Any) -> int | Missing:
    """Minor units of an amount in words: ``20,50 €`` is 2050, ``1.299,00 EUR`` is 129900."""
    text = str(value)
    match = _AMOUNT.search(text)
    if isinstance(value, bool) or match is None:
        return MISSING
    code = re.search(r"\b([A-Z]{3})\b", text.upper())
    currency = code[1] if code else next((name for sign, name in _SIGNS.items() if sign in text), "")
    exponent = exponent_of(currency)
    whole, fraction = _split_amount(match[0], exponent)
    return int(whole + fraction.ljust(exponent, "0")[:exponent])


def _split_amount(number: str, exponent: int) -> tuple[str, str]:
    """Digits before and behind the decimal mark; a mark before three digits groups thousands."""
    marks = [mark.start() for mark in re.finditer(r"[.,]", number)]
    digits = re.compile(r"\D")
    if not marks or exponent == 0:
        return digits.sub("", number), ""
    last = marks[-1]
    behind = digits.sub("", number[last + 1 :])
    kinds = {number[mark] for mark in marks}
    grouping = len(behind) == 3 and exponent != 3 and (len(kinds) == 1)
    repeated = len(marks) > 1 and len(kinds) == 1
    if grouping or repeated:
        return digits.sub("", number), ""
    return digits.sub("", number[:last]) or "0", behind


def shown(value: Any) -> str:
    """A value as it stands in a sentence."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list) and all(isinstance(item, str | int) for item in value):
        return ", ".join(shown(item) for item in value)
    if isinstance(value, Mapping | list):
        return json.dumps(value, ensure_ascii=False, sort_keys=True)
    return str(value)


def paths_in(value: Any) -> list[str]:
    """Every path named by a placeholder in a text or a JSON value."""
    if isinstance(value, str):
        return [match[1] for match in PLACEHOLDER.finditer(value)]
    if isinstance(value, Mapping):
        return [path for item in value.values() for path in paths_in(item)]
    if isinstance(value, list):
        return [path for item in value for path in paths_in(item)]
    return []


def fill(value: Any, look: Look) -> Any:
    """Replaces placeholders; the whole is :data:`MISSING` when one of them has no value.

    A text that is exactly one placeholder becomes the value itself, with its own type.
    """
    if isinstance(value, str):
        whole = PLACEHOLDER.fullmatch(value)
        return _placed(whole, look) if whole else fill_text(value, look)
    if isinstance(value, Mapping):
        filled = {key: fill(item, look) for key, item in value.items()}
        return MISSING if any(item is MISSING for item in filled.values()) else filled
    if isinstance(value, list):
        items = [fill(item, look) for item in value]
        return MISSING if any(item is MISSING for item in items) else items
    return value


def fill_text(text: str, look: Look) -> str | Missing:
    """A sentence with its placeholders replaced, or :data:`MISSING`."""
    lacking = False

    def place(match: re.Match[str]) -> str:
        nonlocal lacking
        found = _placed(match, look)
        lacking = lacking or found is MISSING
        return shown(found)

    filled = PLACEHOLDER.sub(place, text)
    return MISSING if lacking else filled


def _placed(match: re.Match[str], look: Look) -> Any:
    value = look(match[1])
    if value is MISSING or match[2] is None:
        return value
    return money(value) if match[2] == "money" else minor(value)


def holds(expression: str | None, look: Look) -> bool:
    """Whether a condition is true; a missing path makes its term false, whatever the comparison."""
    if not expression:
        return True
    return all(_term_holds(term.strip(), look) for term in re.split(r"\s+and\s+", expression))


def paths_of_condition(expression: str | None) -> list[str]:
    """Every path a condition names."""
    found: list[str] = []
    for term in re.split(r"\s+and\s+", expression or ""):
        match = _TERM.match(term.strip())
        path = match[1] if match else term.strip().removeprefix("not ").strip()
        found += [path] if path else []
    return found


def _term_holds(term: str, look: Look) -> bool:
    match = _TERM.match(term)
    if match:
        return _compare(look(match[1]), match[2], match[3].strip())
    if term.startswith("not "):
        return not _true(look(term[4:].strip()))
    return _true(look(term))


def _true(value: Any) -> bool:
    return value is not MISSING and bool(value)


def _compare(value: Any, operator: str, literal: str) -> bool:
    if value is MISSING:
        return False
    left, right = _comparable(value, literal)
    if operator == "==":
        return left == right
    if operator == "!=":
        return left != right
    if isinstance(left, str) != isinstance(right, str) or (isinstance(right, str) and _NUMBER.fullmatch(right)):
        # Words and numbers have no order between them.
        return False
    return {
        "<": left < right,
        "<=": left <= right,
        ">": left > right,
        ">=": left >= right,
    }[operator]


def _comparable(value: Any, literal: str) -> tuple[Any, Any]:
    literal = literal.strip("\"'")
    if isinstance(value, bool):
        return shown_bool(value), literal.lower()
    number = _NUMBER.fullmatch(literal)
    if number and isinstance(value, int | float):
        return value, float(literal) if "." in literal else int(literal)
    if number and isinstance(value, str) and re.fullmatch(r"-?\d+", value):
        return int(value), float(literal) if "." in literal else int(literal)
    return shown(value), literal


def shown_bool(value: bool) -> str:
    """A truth value as it is written in a condition."""
    return "true" if value else "false"
