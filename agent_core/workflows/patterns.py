"""Which regular expressions a brand may bring: short, without groups that repeat themselves, bounded in what they match.

Python's `re` backtracks; an expression such as `(a+)+$` stops a core. So the number of ways in which an expression can match
at one place is counted, as if every choice were open, and bounded (R-A9). Capturing groups, look-around, back references and
flags are refused: readers use `findall`.
"""

import re
import warnings
from re import _constants as constants  # pyright: ignore[reportAttributeAccessIssue] - the standard library's own parser
from re import _parser as parser  # pyright: ignore[reportAttributeAccessIssue] - no public one exists
from typing import Any

MAX_LENGTH = 200
MAX_REPEAT = 200
MAX_MATCH = 400
MAX_WAYS = 1000
_MAX_NESTING = 6

_REPEATS = {constants.MAX_REPEAT, constants.MIN_REPEAT, constants.POSSESSIVE_REPEAT}
_REFUSED = {
    constants.GROUPREF: "back references",
    constants.GROUPREF_EXISTS: "back references",
    constants.ASSERT: "look-around",
    constants.ASSERT_NOT: "look-around",
}


def pattern_fault(pattern: str) -> str | None:
    """Why a pattern is refused, as the end of a sentence; None when it may be used."""
    if len(pattern) > MAX_LENGTH:
        return f"it is longer than {MAX_LENGTH} characters"
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            tree: Any = parser.parse(pattern)
    except (re.error, FutureWarning, DeprecationWarning, RecursionError, OverflowError) as error:
        return f"it is no regular expression ({str(error)[:80]})"
    if tree.state.groups > 1:
        return "it has a capturing group; write `(?:…)`"
    if tree.state.flags & ~re.UNICODE:
        return "it sets flags"
    try:
        ways = _ways(tree, 0)
    except _RefusedPart as refused:
        return str(refused)
    least, most = tree.getwidth()
    if least == 0:
        return "it matches the empty text"
    if most > MAX_MATCH:
        return f"it can match more than {MAX_MATCH} characters; give every repeat an upper bound"
    if ways > MAX_WAYS:
        return "it can match one text in too many ways; make its repeats shorter or exact"
    return None


class _RefusedPart(Exception):
    """A part of an expression that is not taken."""


def _ways(tree: Any, depth: int) -> int:
    """In how many ways the expression can go through a text, at most; capped just above `MAX_WAYS`."""
    if depth > _MAX_NESTING:
        raise _RefusedPart("it is nested too deeply")
    product = 1
    for operator, argument in tree:
        if operator in _REFUSED:
            raise _RefusedPart(f"it uses {_REFUSED[operator]}")
        ways = 1
        if operator in _REPEATS:
            least, most, inside = argument
            if most == constants.MAXREPEAT or most > MAX_REPEAT:
                raise _RefusedPart(f"a repeat has no bound, or one above {MAX_REPEAT}")
            within = _ways(inside, depth + 1)
            # A possessive repeat gives nothing back: of one part that goes one way, it goes one way itself.
            ways = 1 if operator is constants.POSSESSIVE_REPEAT and within == 1 else _repeated(within, least, most)
        elif operator is constants.SUBPATTERN:
            if argument[1] or argument[2]:
                raise _RefusedPart("it sets flags")
            ways = _ways(argument[-1], depth + 1)
        elif operator is constants.BRANCH:
            ways = sum(_ways(branch, depth + 1) for branch in argument[1])
        elif operator is constants.ATOMIC_GROUP:
            ways = _ways(argument, depth + 1)
        product = min(product * ways, MAX_WAYS + 1)
    return product


def _repeated(inside: int, least: int, most: int) -> int:
    if inside == 1:
        return most - least + 1
    total = 0
    for count in range(least, most + 1):
        total += inside**count
        if total > MAX_WAYS:
            break
    return min(total, MAX_WAYS + 1)
