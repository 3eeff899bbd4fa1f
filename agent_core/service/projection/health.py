"""How the systems behind the core fare, as the newest outcomes say. No probes: what really happened is the measure."""

from typing import Literal

from agent_core.contract.events import EffectFinished, EffectStarted, Recorded
from agent_core.contract.outcomes import EffectKind

Fares = Literal["healthy", "failing", "unknown"]

_SYSTEM: dict[EffectKind, str] = {"model": "model", "read": "shop", "write": "shop", "reply": "channel"}
_MOST_OPEN = 5_000


class Integrations:
    """The newest outcome of each system."""

    def __init__(self) -> None:
        self._fares: dict[str, Fares] = {"model": "unknown", "shop": "unknown", "channel": "unknown"}
        self._open: dict[tuple[str, str], str] = {}

    def see(self, record: Recorded) -> None:
        """Takes one record of the feed into account."""
        event = record.event
        if isinstance(event, EffectStarted):
            if len(self._open) > _MOST_OPEN:
                self._open.clear()
            self._open[record.stream, event.effect] = _SYSTEM[event.kind]
        elif isinstance(event, EffectFinished):
            system = self._open.pop((record.stream, event.effect), None)
            if system is None or event.outcome in ("superseded", "interrupted"):
                return
            # A refusal is an answer: the system works.
            self._fares[system] = "healthy" if event.outcome in ("succeeded", "refused") else "failing"

    def shown(self) -> tuple[tuple[str, Fares], ...]:
        """Each system and how it fares."""
        return tuple(self._fares.items())
