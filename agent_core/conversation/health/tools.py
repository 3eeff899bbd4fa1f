"""Whether a tool only reads, judged by what is declared, else by its name.

Why: a missing result of a read is a nuisance, of a write it is a question about money. It must never call a tool a read
because its name is unfamiliar: what is not known to read may have written.
"""

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from itertools import pairwise
from typing import Final, Literal

from agent_core.conversation.health.findings import SideEffect, ToolKind

Kind = Literal["read", "write", "unclear"]

_READ_VERBS: Final = """
calculate check compare count describe estimate fetch find get grep inspect list load look lookup ls monitor peek preview
query quote read retrieve search select show status track validate verify view weather web who
"""
_WRITE_VERBS: Final = """
accept activate add adjust approve archive assign authorize block book buy cancel capture change charge close commit confirm
create credit debit delete deny deploy disable dispatch drop edit email enable exec execute grant insert issue mark merge
message modify move notify open patch pause pay place post publish purchase push put reactivate refund register reject
release remove rename replace replay reply reserve reset resend resolve restart resume revoke run save schedule send set ship
start stop submit subscribe transfer trigger uninstall unsubscribe update upgrade upload void withdraw write
"""
_READS: Final = frozenset(_READ_VERBS.split())
_WRITES: Final = frozenset(_WRITE_VERBS.split())
_WORDS: Final = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")


def kind_of(name: str, declared: Mapping[str, ToolKind]) -> Kind:
    """Reads, writes, or nobody can say.

    The first verb decides, and so does one behind `or` and `and`: `get_refund` reads, `get_or_create_refund` writes,
    `order` on its own says nothing.
    """
    known = declared.get(name)
    if known is not None:
        return known
    return _kind_by_name(name[:128])


@lru_cache(maxsize=4096)
def _kind_by_name(name: str) -> Kind:
    words = [word.lower() for word in _WORDS.findall(name)]
    first = next((word for word in words if word in _READS or word in _WRITES), None)
    if first is None:
        return "unclear"
    joined = (after for before, after in pairwise(words) if before in ("or", "and"))
    return "write" if first in _WRITES or any(word in _WRITES for word in joined) else "read"


def worst(kinds: Iterable[Kind]) -> SideEffect:
    """What losing the results of several may mean: the gravest of them."""
    found = set(kinds)
    return "unknown" if "write" in found else "possible" if "unclear" in found else "none"
