"""What an entrance refused, on record in the log of its brand: a bounded number of times a minute (R-A10).

Nothing that was refused is stored but that it was; those events are bounded too, so nobody can fill a disk with refusals.
"""

import re
from collections import deque
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

import structlog

from agent_core.contract.actors import System
from agent_core.contract.clock import Clock
from agent_core.contract.errors import CountersignError
from agent_core.contract.events import InboundRefused
from agent_core.contract.ids import CORE_STREAM, BrandId, brand_stream
from agent_core.service.brands import BrandShelf
from agent_core.store import Append, Draft, Store

log = structlog.get_logger(__name__)

REFUSALS_KEPT: Final = 30
"""Refusals of one brand that become events, per minute; the rest only counts."""

_NAME = re.compile(r"[a-z][a-z0-9_-]{0,39}", re.ASCII)
_ENTRANCE = System(part="inbound")


def entrance_name(kind: str, name: str) -> str:
    """How an entrance is called on record; a name that nobody gave one is left out."""
    return f"{kind}:{name}" if _NAME.fullmatch(name) else kind


@dataclass(slots=True)
class _Recent:
    """Refusals of the last minute."""

    at: deque[datetime] = field(default_factory=deque[datetime])
    untold: int = 0


class Refusals:
    """Puts refusals on record. One for all entrances of a core."""

    def __init__(self, store: Store, shelf: BrandShelf, clock: Clock) -> None:
        self._store = store
        self._shelf = shelf
        self._clock = clock
        self._recent: dict[str, _Recent] = {}

    async def record(self, brand: BrandId, entrance: str, refusal: CountersignError, size: int) -> None:
        """Records one, unless there were many in the last minute."""
        stream = brand_stream(brand) if brand in self._shelf.names() else CORE_STREAM
        now = self._clock()
        recent = self._recent.setdefault(stream, _Recent())
        while recent.at and now - recent.at[0] > timedelta(minutes=1):
            recent.at.popleft()
        log.info("inbound_refused", brand=stream, code=refusal.code, size=size, detail=refusal.detail[:200])
        if len(recent.at) >= REFUSALS_KEPT:
            recent.untold += 1
            return
        recent.at.append(now)
        more = f" {recent.untold} refusals before it were not recorded." if recent.untold else ""
        recent.untold = 0
        event = InboundRefused(entrance=entrance, code=refusal.code, sentence=f"{refusal.message}{more}"[:400], size=size)
        try:
            await self._store.append(Append(stream, [Draft(event, _ENTRANCE)]))
        except CountersignError as error:
            log.warning("refusal_not_recorded", code=error.code)
