"""Whose keys count: the ring folded from the core's log, and the names of the people.

The ring is a cache by the log's head. It must never trust a row: `authority.keys` proves each one back to the anchor.
"""

import contextlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from agent_core.authority.facts import OperatorFacts
from agent_core.authority.keys import KeyRing
from agent_core.contract.bodies import BodyRef
from agent_core.contract.events import (
    AnchorRecovered,
    AnchorSet,
    InvitationAccepted,
    KeyRevoked,
    KeyRotated,
    OperatorEnrolled,
    OperatorInvited,
    Recorded,
)  # fmt: skip
from agent_core.contract.ids import CORE_STREAM, BodyId, OperatorId
from agent_core.contract.views import OperatorShown
from agent_core.service.anchor_file import AnchorFile, anchor_differs
from agent_core.store import BodyErased, Corrupt, Store


@dataclass(frozen=True, slots=True)
class People:
    """Everybody who is enrolled, at one moment."""

    ring: KeyRing
    names: Mapping[OperatorId, str]
    seq: int = -1
    """The newest event of the core's log that it was folded from."""

    def name(self, operator: OperatorId | None) -> str:
        """How people call an operator."""
        if operator is None:
            return "A colleague in the channel"
        return self.names.get(operator, operator)

    def simulated(self, operator: OperatorId) -> bool:
        """Whether this is a demonstration's invented person."""
        return any(key.operator.id == operator and key.operator.simulated for key in self.ring.keys.values())

    def shown(self, known: Callable[[OperatorFacts], bool]) -> tuple[OperatorShown, ...]:
        """Everybody whom a session may know of (`Seat.knows`), for the console."""
        return tuple(
            OperatorShown(
                operator=key.operator.id,
                name=self.name(key.operator.id),
                role=key.operator.role,
                key=key.fingerprint,
                revoked=key.out_of_use is not None,
                simulated=key.operator.simulated,
            )
            for key in self.ring.keys.values()
            if known(key.operator)
        )


class OperatorBook:
    """The people of this core. `keyring()` is what the engine asks for."""

    def __init__(self, store: Store, anchors: AnchorFile, core: str) -> None:
        self._store = store
        self._anchors = anchors
        self._core = core
        self._people = People(KeyRing(anchor=None, core=core), {})
        self._seq = -1

    async def keyring(self) -> KeyRing:
        """The keys as of now."""
        return (await self.people()).ring

    async def people(self) -> People:
        """Everybody as of now."""
        head = await self._store.head(CORE_STREAM)
        seq = 0 if head is None else head.seq
        if seq != self._seq:
            records = await self._store.records(CORE_STREAM)
            refs = [ref for record in records for ref in _bodies_of(record)]
            texts = await self._texts(refs)
            pinned = self._anchors.pinned(self._core)
            ring = KeyRing.fold(
                records, pinned.anchor, texts, core=self._core, four_eyes=pinned.four_eyes, recovered=pinned.moved
            )
            names = {
                record.event.operator: texts.get(record.event.name.id, record.event.operator)
                for record in records
                if isinstance(record.event, OperatorEnrolled)
            }
            self._people, self._seq = People(ring, names, seq), seq
        return self._people

    async def _texts(self, refs: list[BodyRef]) -> dict[BodyId, str]:
        """The texts of bodies. One that was tampered with proves nothing, and takes nothing from the others."""
        try:
            return {key: body.text for key, body in (await self._store.bodies(refs)).items()}
        except Corrupt:
            texts: dict[BodyId, str] = {}
            for ref in refs:
                with contextlib.suppress(Corrupt, BodyErased):
                    texts[ref.id] = (await self._store.body(ref)).text
            return texts

    async def check_anchor(self) -> None:
        """Whether log and anchor belong together, asked once when the core starts.

        Raises:
            Unusable: `anchor_differs`.
        """
        records = await self._store.records(CORE_STREAM)
        anchor = self._anchors.read(self._core)
        named = [record.event for record in records if isinstance(record.event, AnchorSet | AnchorRecovered)]
        if named and named[-1].key != anchor:
            raise anchor_differs()
        enrolled = any(isinstance(record.event, OperatorEnrolled) for record in records)
        if enrolled and not named:
            raise anchor_differs()


def _bodies_of(record: Recorded) -> tuple[BodyRef, ...]:
    event = record.event
    if isinstance(event, OperatorEnrolled):
        return event.envelope, event.name
    if isinstance(event, OperatorInvited):
        return event.envelope, event.name
    return (event.envelope,) if isinstance(event, KeyRevoked | KeyRotated | InvitationAccepted) else ()
