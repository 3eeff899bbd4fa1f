"""The levels that hold, as of now: folded from the brands' logs, proven by the keys that count (R-C8).

A cache by the heads of two logs, the brand's and the core's: a level rests on keys, so a key that falls is looked at again.
It must never answer from an older log than the newest that is committed.
"""

import contextlib
from dataclasses import dataclass

from agent_core.authority.levels import Levels, fold_levels
from agent_core.contract.bodies import BodyRef
from agent_core.contract.events import LevelChanged
from agent_core.contract.ids import CORE_STREAM, BodyId, BrandId, WorkflowName, brand_stream
from agent_core.contract.level_statements import AuthorityLevel
from agent_core.service.operators import OperatorBook
from agent_core.store import BodyErased, Corrupt, Store
from agent_core.store.picking import of_stream


@dataclass(frozen=True, slots=True)
class _Known:
    heads: tuple[int, int]
    levels: Levels


class LevelBook:
    """The levels of every brand of this core."""

    def __init__(self, store: Store, people: OperatorBook, core: str, *, sandbox: bool) -> None:
        self._store = store
        self._people = people
        self._core = core
        self._sandbox = sandbox
        self._known: dict[BrandId, _Known] = {}

    async def levels(self, brand: BrandId) -> Levels:
        """What people signed about a brand's workflows."""
        stream = brand_stream(brand)
        heads = await self._store.read(lambda tx: (tx.head(stream), tx.head(CORE_STREAM)), brief=True)
        seqs = (0 if heads[0] is None else heads[0].seq, 0 if heads[1] is None else heads[1].seq)
        known = self._known.get(brand)
        if known is None or known.heads != seqs:
            records = await self._store.read(
                lambda tx: (
                    *of_stream(tx.connection, stream, "level_signed"),
                    *of_stream(tx.connection, stream, "level_recalled"),
                    *of_stream(tx.connection, stream, "level_changed"),
                )
            )
            ordered = sorted(records, key=lambda record: record.seq)
            refs = [
                ref
                for record in ordered
                if isinstance(record.event, LevelChanged)
                for ref in (record.event.envelope, record.event.first_envelope)
                if ref is not None
            ]
            texts = await self._texts(refs)
            ring = await self._people.keyring()
            found = fold_levels(ordered, brand, ring, texts, core=self._core, sandbox=self._sandbox)
            known = self._known[brand] = _Known(seqs, found)
        return known.levels

    def of(self, brand: BrandId) -> "BrandLevelBook":
        """The levels of one brand, as its work asks for them."""
        return BrandLevelBook(self, brand)

    async def _texts(self, refs: list[BodyRef]) -> dict[BodyId, str]:
        """The texts of envelopes. One that was tampered with proves nothing."""
        texts: dict[BodyId, str] = {}
        for ref in refs:
            with contextlib.suppress(Corrupt, BodyErased):
                texts[ref.id] = (await self._store.body(ref)).text
        return texts


@dataclass(frozen=True, slots=True)
class BrandLevelBook:
    """`engine.runtime.WorkflowLevels` of one brand."""

    book: LevelBook
    brand: BrandId

    async def level(self, workflow: WorkflowName, declared: AuthorityLevel) -> AuthorityLevel:
        """The level at which a workflow works now."""
        return (await self.book.levels(self.brand)).of(workflow, declared)
