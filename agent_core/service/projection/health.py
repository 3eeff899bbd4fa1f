"""How the systems behind the core fare: as the newest outcomes say, and as their circuit breakers stand (R-A7).

No probes of our own: what really happened is the measure. Must never show one brand's systems to another's people.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Literal

from agent_core.contract.events import (
    AnyEvent,
    EffectFinished,
    EffectStarted,
    IntegrationStateChanged,
    Recorded,
    ReleaseActivated,
    ReleaseRefused,
    ToolStateChanged,
)
from agent_core.contract.ids import BrandId
from agent_core.contract.integrations import IntegrationShown, RefusedFolder, StoppedTool
from agent_core.contract.outcomes import EffectKind, IntegrationState

Fares = Literal["healthy", "failing", "unknown"]

_SYSTEM: dict[EffectKind, str] = {"model": "model", "read": "shop", "write": "shop", "reply": "channel"}
_SYSTEMS = tuple(dict.fromkeys(_SYSTEM.values()))
_MOST_OPEN = 5_000

_WORDS: dict[IntegrationState, str] = {
    "closed": "It works.",
    "open": "It is not working. Nothing is sent to it until it is tried again.",
    "half_open": "It was not working. One request is trying it now.",
    "auth_failed": "It does not accept our credential. Somebody must renew it.",
}


class Integrations:
    """The newest outcome of each system, and the state of each breaker that ever moved."""

    def __init__(self) -> None:
        self._fares: dict[tuple[BrandId, str], tuple[int, Fares]] = {}
        self._open: dict[BrandId | None, dict[tuple[str, str], str]] = {}
        self._states: dict[tuple[BrandId, str, str], IntegrationShown] = {}
        self._stopped: dict[tuple[BrandId, str, str], StoppedTool] = {}
        self._refused: dict[BrandId, RefusedFolder] = {}

    def see(self, record: Recorded) -> None:
        """Takes one record of the feed into account."""
        event = record.event
        if isinstance(event, EffectStarted):
            if event.system is not None:
                return  # a brand's own; its breakers say how it fares, to that brand's people only
            under_way = self._open.setdefault(record.brand, {})
            if len(under_way) > _MOST_OPEN:
                under_way.clear()  # of this brand: a busy one makes no other forget
            under_way[record.stream, event.effect] = _SYSTEM[event.kind]
        elif isinstance(event, EffectFinished):
            system = self._open.get(record.brand, {}).pop((record.stream, event.effect), None)
            if system is None or event.outcome in ("superseded", "interrupted"):
                return
            # A refusal is an answer: the system works.
            if record.brand is not None:
                works = event.outcome in ("succeeded", "refused", "accepted")
                self._fares[record.brand, system] = (record.position, "healthy" if works else "failing")
        elif isinstance(event, IntegrationStateChanged) and record.brand is not None:
            self._state(record.brand, event, record)
        elif record.brand is not None:
            self._brand(record.brand, event, record.at)

    def _brand(self, brand: BrandId, event: AnyEvent, at: datetime) -> None:
        """What stands still in a brand: tools whose server changed, a folder that cannot go live."""
        match event:
            case ToolStateChanged(to="stopped"):
                stopped = StoppedTool(
                    brand=brand, system=event.system, tool=event.tool, code=event.code, sentence=event.sentence, since=at
                )
                self._stopped[brand, event.system, event.tool] = stopped
            case ToolStateChanged():
                self._stopped.pop((brand, event.system, event.tool), None)
            case ReleaseRefused():
                self._refused[brand] = RefusedFolder(brand=brand, code=event.code, sentence=event.sentence, since=at)
            case ReleaseActivated():
                self._refused.pop(brand, None)
            case _:
                pass

    def stopped_tools(self, brands: Iterable[BrandId]) -> tuple[StoppedTool, ...]:
        """Tools of these brands that are not used."""
        wanted = set(brands)
        return tuple(shown for (brand, _, _), shown in sorted(self._stopped.items()) if brand in wanted)

    def refused_folders(self, brands: Iterable[BrandId]) -> tuple[RefusedFolder, ...]:
        """Folders of these brands that cannot go live as they are."""
        wanted = set(brands)
        return tuple(shown for brand, shown in sorted(self._refused.items()) if brand in wanted)

    def shown(self, brands: Iterable[BrandId]) -> tuple[tuple[str, Fares], ...]:
        """Each system and how it fared when one of these brands last heard from it; other brands' news are theirs (R-C1)."""
        wanted, newest = set(brands), dict[str, tuple[int, Fares]]()
        for (brand, system), seen in self._fares.items():
            if brand in wanted:
                newest[system] = max(newest.get(system, seen), seen)
        return tuple((system, newest[system][1] if system in newest else "unknown") for system in _SYSTEMS)

    def states(self, brands: Iterable[BrandId]) -> tuple[IntegrationShown, ...]:
        """Every breaker of these brands that ever moved; the ones that need somebody first."""
        wanted = set(brands)
        found = [shown for (brand, _, _), shown in self._states.items() if brand in wanted]
        order: dict[IntegrationState, int] = {"auth_failed": 0, "open": 1, "half_open": 2, "closed": 3}
        return tuple(sorted(found, key=lambda each: (order[each.state], each.brand, each.system, each.operation)))

    def _state(self, brand: BrandId, event: IntegrationStateChanged, record: Recorded) -> None:
        before = self._states.get((brand, event.system, event.operation))
        broken = event.to in ("open", "half_open")
        same = before is not None and (before.state == event.to or (broken and before.state in ("open", "half_open")))
        self._states[brand, event.system, event.operation] = IntegrationShown(
            brand=brand,
            system=event.system,
            operation=event.operation,
            state=event.to,
            since=before.since if before is not None and same else record.at,
            requests=event.requests,
            failures=event.failures,
            code=event.code,
            sentence=_WORDS[event.to],
            next_probe=event.next_probe,
        )
