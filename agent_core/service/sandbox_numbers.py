"""How a brand numbers its orders, as the sandbox's shop can take it over (R-N1, R-A9).

A customer of a sandbox must be able to name an order that the brand's own pattern knows, or no walk gets past the first
step. Learned from the brand's example, and only where every number made of it fits the pattern.
"""

import re
from typing import Final

from agent_core.sandbox.shop.seeding import FIRST_ORDER, PINNED_ORDER, OrderNumbers
from agent_core.workflows.release import Release

_SHAPE: Final = re.compile(r"([^\d{}]{0,12})(\d{4,9})([^\d{}]{0,12})")
_SEVERAL: Final = 3_000
"""Orders that a world may have."""


def order_numbers(release: Release) -> OrderNumbers | None:
    """The brand's numbers; None where the shop's usual ones fit, or none can be made of what the brand says."""
    for _, entity in sorted(release.brand.entities.items(), key=lambda each: (each[0] != "order_id", each[0])):
        if not entity.reference:
            continue
        pattern = re.compile(entity.pattern, re.IGNORECASE)
        if pattern.fullmatch(OrderNumbers().of(FIRST_ORDER)):
            return None
        shape = _SHAPE.fullmatch(entity.example)
        if shape is None:
            continue
        pinned, width = int(shape[2]), len(shape[2])
        numbers = OrderNumbers(shape[1], shape[3], pinned - PINNED_ORDER, width)
        ends = [numbers.of(FIRST_ORDER), numbers.of(PINNED_ORDER), numbers.of(FIRST_ORDER + _SEVERAL)]
        if pinned > PINNED_ORDER - FIRST_ORDER and all(
            pattern.fullmatch(each) and len(each) == len(ends[1]) for each in ends
        ):
            return numbers
    return None
