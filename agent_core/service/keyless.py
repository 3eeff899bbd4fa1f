"""What a session without a key may read: what everybody known here may, and nothing once somebody was let out (R-C1, R-C7).

The console that started a core reads before anybody has a key, and where a keyring is locked. Nobody knows who sits there:
it may be whoever has the fewest rights here, or had some. So such a session sees no more than each of them may see with a
key. It must never show what one person of this core may not see, and never more because a key was taken away.
"""

from datetime import datetime
from typing import TYPE_CHECKING, Final

from agent_core.authority.facts import OperatorFacts
from agent_core.authority.keys import KeyRing

if TYPE_CHECKING:
    from agent_core.contract.ids import OperatorId

Brands = tuple[str, ...]
"""Names of brands, or `*` alone for all, as enrolments spell them."""

EVERY_BRAND: Final[Brands] = ("*",)


def open_to_all(ring: KeyRing, now: datetime) -> Brands:
    """The brands that each person of this core may see at this moment; every brand while there are none.

    Somebody none of whose keys counts was let out, and sees nothing. Where trust was moved, nobody of before counts; where
    it starts at somebody the log does not know, the log is not whole. Invented people are nobody.
    """
    lost = ring.anchor is not None and not ring.keys
    if ring.barred or ring.recovered is not None or lost:
        return ()
    seen: dict[OperatorId, Brands] = {}
    for key in ring.keys.values():
        if not key.operator.simulated:
            known = seen.get(key.operator.id, ())
            seen[key.operator.id] = _either(known, key.operator.brands) if key.counts_at(now) else known
    found = EVERY_BRAND
    for brands in seen.values():
        found = _both(found, brands)
    return found


def known_to_all(seen: Brands, other: OperatorFacts) -> bool:
    """Whether somebody who reads without a key may know that this person is enrolled here."""
    if seen == EVERY_BRAND or not seen:
        return bool(seen)
    return other.brands == EVERY_BRAND or bool(set(seen) & set(other.brands))


def _either(one: Brands, other: Brands) -> Brands:
    return EVERY_BRAND if EVERY_BRAND in (one, other) else tuple(sorted({*one, *other}))


def _both(one: Brands, other: Brands) -> Brands:
    if one == EVERY_BRAND or other == EVERY_BRAND:
        return other if one == EVERY_BRAND else one
    return tuple(sorted({*one} & {*other}))
