"""How every brand's systems fare, from the breakers into the brand's log, and back out of it after a restart (R-A7).

Each brand has its own breakers, so one brand's broken shop stops no other's (R-A9). A change of state is an event of the
brand's log; what was open when the core stopped is open when it starts, until a probe says otherwise. It must never hold a
request back while it writes: a breaker only puts its change into a line.
"""

import asyncio
from collections.abc import Iterable, Mapping

import structlog

from agent_core.contract.actors import System
from agent_core.contract.clock import Clock
from agent_core.contract.errors import Unavailable
from agent_core.contract.events import IntegrationStateChanged
from agent_core.contract.ids import BrandId, brand_stream
from agent_core.service.brand_log import integration_states
from agent_core.store import Append, Draft, Store
from agent_core.systems.breaker import restored
from agent_core.systems.integrations import Change, Integrations

log = structlog.get_logger(__name__)

_ACTOR = System(part="integrations")
_AGAIN_SECONDS = 1.0


class IntegrationBook:
    """The systems of every brand, and the line of changes on their way into the log."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._line: asyncio.Queue[tuple[BrandId, Change]] = asyncio.Queue()
        self._brands: dict[BrandId, Integrations] = {}

    async def open(self, brands: Iterable[BrandId]) -> Mapping[BrandId, Integrations]:
        """The systems of these brands, each in the state of before."""
        for brand in brands:
            made = Integrations(self._clock, listener=lambda change, brand=brand: self._line.put_nowait((brand, change)))
            for record in await integration_states(self._store, brand):
                event = record.event
                assert isinstance(event, IntegrationStateChanged)
                made.restore(
                    event.system,
                    event.operation,
                    restored(event.to, record.at, event.next_probe, event.code, event.failures),
                )
            self._brands[brand] = made
        return dict(self._brands)

    async def run(self) -> None:
        """Writes changes into the log until it is cancelled."""
        while True:
            brand, change = await self._line.get()
            await self._write(brand, change)

    async def finish(self) -> None:
        """Writes what is still in the line."""
        while not self._line.empty():
            brand, change = self._line.get_nowait()
            try:
                await self._store.append(_appended(brand, change))
            except Unavailable as error:
                log.warning("integration_state_lost", brand=brand, system=change.system, code=error.code)

    async def _write(self, brand: BrandId, change: Change) -> None:
        log.warning("integration_state", brand=brand, system=change.system, operation=change.operation, to=change.state)
        while True:
            try:
                await self._store.append(_appended(brand, change))
            except Unavailable as error:
                if error.code == "store_closed":
                    return
                await asyncio.sleep(_AGAIN_SECONDS)
            else:
                return


def _appended(brand: BrandId, change: Change) -> Append:
    event = IntegrationStateChanged(
        system=change.system,
        operation=change.operation,
        to=change.state,
        requests=change.requests,
        failures=change.failures,
        code=change.code,
        next_probe=change.next_probe,
    )
    return Append(brand_stream(brand), [Draft(event, _ACTOR)])
