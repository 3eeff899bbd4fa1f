"""One sequencer per core: every event into the Merkle log behind the feed, checkpoints signed, a changed past noticed.

It works behind the commits, never in them: events are appended to the tiles in batches, each in one transaction, from
where the tiles themselves say that it stopped (`audit.tiles`), so nothing is missed or doubled wherever it is killed.
Before it signs, it proves that the log still begins with what it signed last, which it keeps outside the database
(`audit.outside`); if not, it signs nothing more and raises an alarm, on which the core stops sensitive actions until an
admin has acknowledged it. A core never signs two histories by itself. It must never change the log, and never hold up an
append.
"""

import asyncio
import contextlib
from dataclasses import replace
from datetime import timedelta
from typing import Final

import structlog

from agent_core.audit import signed, tiles
from agent_core.audit.merkle import EMPTY_ROOT, consistency_proof, root_at
from agent_core.audit.notes import NoteSigner, is_signed_by
from agent_core.audit.outside import Alarm, AlarmCode, Kept, OutsideFile
from agent_core.contract.actors import System
from agent_core.contract.checkpoints import (
    Checkpoint,
    CheckpointAnswer,
    CheckpointKey,
    ConsistencyAnswer,
    SignedCheckpoint,
    read_checkpoint,
)
from agent_core.contract.clock import Clock, iso
from agent_core.contract.errors import CountersignError, Invalid, Unavailable
from agent_core.contract.events import AuditAlarmRaised, CheckpointKeySet
from agent_core.contract.ids import CORE_STREAM
from agent_core.store import Append, Committed, Draft, ReadTx, Store, Taken

log = structlog.get_logger(__name__)

BATCH: Final = 512
"""Events in one transaction: some milliseconds of the only writer's time."""

PACE: Final = 1.0
"""Seconds that events are collected for before they are written: one more COMMIT a second at most."""

EVERY: Final = timedelta(minutes=5)
"""How often a checkpoint is signed by itself while the log grows."""

_MOST_UNSIGNED: Final = 4_096
"""Events after which a checkpoint is signed earlier."""

_MOST_DOUBTED: Final = 1_000

FRESH: Final = timedelta(seconds=5)
"""A checkpoint not older than this is answered as it is: asking again and again signs nothing new."""


class Sequencer:
    """Keeps the Merkle log of one core. `open` once, then `run`; `stop` and `finish` at the end."""

    def __init__(
        self, store: Store, outside: OutsideFile, *, core: str, clock: Clock, pace: float = PACE, every: timedelta = EVERY
    ) -> None:
        self._store = store
        self._outside = outside
        self._core = core
        self._clock = clock
        self._pace = pace
        self._every = every
        self._kept: Kept | None = None
        self.erased_again = 0
        """Conversations that were erased before and stand in the log again: told in the alarm about it."""
        self._new = asyncio.Event()
        self._stopping = asyncio.Event()
        self._signing = asyncio.Lock()
        self.acknowledging = asyncio.Lock()
        """Held from before an acknowledgement is written until the alarm is over: the log moves on in between."""

    async def alarm_now(self) -> Alarm | None:
        """The alarm as a console is to be told of it: while it is being acknowledged, what came of that."""
        async with self.acknowledging:
            return self._now.alarm

    @property
    def alarm(self) -> Alarm | None:
        """Why sensitive actions are stopped; none when they are not."""
        return self._now.alarm

    def stopped(self) -> bool:
        """Whether sensitive actions are stopped."""
        return self._kept is not None and self._kept.alarm is not None

    @property
    def key(self) -> CheckpointKey:
        """What checkpoints are signed with, the public half."""
        return self._now.signer.key

    @property
    def last(self) -> SignedCheckpoint | None:
        """The last checkpoint that was signed."""
        return self._now.last

    @property
    def _now(self) -> Kept:
        if self._kept is None:
            raise RuntimeError("the sequencer was not opened")
        return self._kept

    async def open(self) -> Alarm | None:
        """Brings the Merkle log up to the feed and compares it with what was signed last.

        Returns:
            The alarm that stands: one that was never acknowledged, or a new one.

        Raises:
            Unusable: `audit_memory_unreadable`, `audit_memory_not_writable`.
        """
        await self.catch_up()
        kept = await asyncio.to_thread(self._outside.read)
        if kept is None:
            known = await self._store.read(lambda tx: signed.newest_note(tx.connection))
            self._kept = Kept(NoteSigner.new(self._core))
            if known is None:
                await asyncio.to_thread(self._outside.write, self._kept)
            else:
                await self._raise("forgotten", _readable(known))
        else:
            self._kept = kept
            if kept.alarm is not None:
                await self._announce(kept.alarm)
            elif await self._compare() is None and kept.last is not None:
                last = kept.last  # a crash may have come between the file and the row
                await self._store.write(lambda connection: signed.keep(connection, last))
        await self._note(CheckpointKeySet(key=self.key.text), f"checkpoint_key:{self.key.text}")
        return self._now.alarm

    async def catch_up(self) -> int:
        """Appends every event of the feed that the Merkle log lacks; answers how many those were."""
        count = 0
        while await self._store.read(_behind, brief=True):
            count += await self._store.write(lambda connection: tiles.grow(connection, BATCH))
        return count

    async def run(self) -> None:
        """Works until `stop`."""
        unsubscribe = self._store.subscribe(self._committed)
        self._new.set()
        try:
            while not self._stopping.is_set():
                await self._new.wait()
                await self._pause()
                self._new.clear()
                try:
                    await self.catch_up()
                    if await self._due():
                        await self.sign()
                except Unavailable as error:
                    if error.code == "store_closed":
                        return
                    log.warning("sequencer_waits", code=error.code)
                    self._new.set()
                    await self._pause()
                except CountersignError as error:
                    log.warning("checkpoint_not_kept", code=error.code, detail=error.detail)
        finally:
            unsubscribe()

    def stop(self) -> None:
        """Ends `run`."""
        self._stopping.set()
        self._new.set()

    async def finish(self) -> None:
        """Signs for everything that was appended, once nobody appends any more."""
        try:
            await self.sign()
        except CountersignError as error:
            log.warning("checkpoint_not_kept", code=error.code, detail=error.detail)

    async def sign(self) -> SignedCheckpoint | None:
        """Signs a checkpoint over everything in the log; the last one when nothing was added, or while an alarm stands.

        Kept outside first: a checkpoint that anybody may have seen is never forgotten by the core itself.
        """
        async with self._signing:
            await self.catch_up()
            last = self._now.last
            if self._now.alarm is not None or await self._compare() is not None:
                return last
            size, root = await self._store.read(_head)
            return last if last is not None and last.checkpoint.size == size else await self._sign(size, root, last)

    async def acknowledge(self, alarm: str) -> SignedCheckpoint:
        """An admin has signed that they know: the log as it is counts from now on, and a checkpoint says so.

        Raises:
            Invalid: `no_such_alarm`: it is over, or another one stands.
        """
        async with self._signing:
            standing = self._now.alarm
            if standing is None or standing.digest != alarm:
                raise Invalid("no_such_alarm", "There is no such alarm.")
            await self.catch_up()
            last = None if standing.expected is None else read_checkpoint(standing.expected)
            found = await self._sign(*await self._store.read(_head), last)
            log.warning("audit_alarm_acknowledged", alarm=alarm)
            return found

    async def doubt(self, place: str) -> None:
        """Rows were found changed although the Merkle log is the one that was signed: the alarm, once for each place."""
        async with self._signing:
            if place in self._now.doubted:
                return
            self._kept = replace(self._now, doubted=(*self._now.doubted, place)[-_MOST_DOUBTED:])
            log.error("audit_row_changed", place=place)
            if self._now.alarm is None:
                await self._raise("rewritten", self._now.last)
            else:
                await asyncio.to_thread(self._outside.write, self._now)

    async def checkpoint(self) -> CheckpointAnswer:
        """The newest checkpoint, for a witness: signed now, unless one was signed a moment ago."""
        last = self._now.last
        if last is None or self._clock() - last.checkpoint.at > FRESH or last.checkpoint.at > self._clock():
            last = await self.sign()
        alarm = self._now.alarm
        return CheckpointAnswer(
            note=None if last is None else last.note,
            key=self.key.text,
            size=0 if last is None else last.checkpoint.size,
            root=(EMPTY_ROOT if last is None else last.checkpoint.root).hex(),
            alarm=None if alarm is None else alarm.shown,
        )

    async def consistency(self, old: int, new: int) -> ConsistencyAnswer:
        """Why the log of `new` events begins with that of `old`.

        Raises:
            Invalid: `no_such_size`: the log was never so long, or the sizes are the wrong way round.
        """

        def ask(tx: ReadTx) -> ConsistencyAnswer:
            connection = tx.connection
            if not 0 <= old <= new <= tiles.stand(connection).size:
                raise Invalid("no_such_size", "The log does not have so many events.")
            node = tiles.nodes(connection)
            return ConsistencyAnswer(
                old_size=old,
                old_root=root_at(old, node).hex(),
                new_size=new,
                new_root=root_at(new, node).hex(),
                proof=tuple(each.hex() for each in consistency_proof(old, new, node)),
            )

        return await self._store.read(ask)

    async def roots(self, sizes: frozenset[int]) -> dict[int, str]:
        """The roots at these sizes, hexadecimal; sizes that the log never had are left out."""
        if not sizes:
            return {}

        def ask(tx: ReadTx) -> dict[int, str]:
            has, node = tiles.stand(tx.connection).size, tiles.nodes(tx.connection)
            return {size: root_at(size, node).hex() for size in sizes if size <= has}

        return await self._store.read(ask)

    # -- inside ----------------------------------------------------------------------------------------------------

    async def _sign(self, size: int, root: bytes, last: SignedCheckpoint | None) -> SignedCheckpoint:
        told = Checkpoint(self._now.signer.name, size, root, self._clock(), None if last is None else last.digest)
        made = self._now.signer.sign(told)
        kept = self._now.with_last(made)
        await asyncio.to_thread(self._outside.write, kept)
        self._kept = kept
        await self._store.write(lambda connection: signed.keep(connection, made))
        return made

    async def _compare(self) -> Alarm | None:
        """Whether the log still begins with what was signed last; the alarm, if it does not."""
        last = self._now.last
        if last is None:
            return None
        size, root = last.checkpoint.size, last.checkpoint.root

        def fault(tx: ReadTx) -> AlarmCode | None:
            if tiles.stand(tx.connection).size < size:
                return "rolled_back"
            try:
                found = root_at(size, tiles.nodes(tx.connection))
            except ValueError:
                return "rewritten"
            return None if found == root else "rewritten"

        code = await self._store.read(fault)
        return None if code is None else await self._raise(code, last)

    async def _raise(self, code: AlarmCode, expected: SignedCheckpoint | None) -> Alarm:
        size, root = await self._store.read(_head)
        known = None if expected is None else expected.note
        alarm = Alarm(code, known, size, root.hex(), iso(self._clock()), self.erased_again)
        log.error("audit_alarm", code=code, expected=None if expected is None else expected.checkpoint.size, found=size)
        self._kept = self._now.with_alarm(alarm)
        await asyncio.to_thread(self._outside.write, self._kept)
        await self._announce(alarm)
        return alarm

    async def _announce(self, alarm: Alarm) -> None:
        """The alarm in the core's log, once; the file outside had it first."""
        known = None if alarm.expected is None else read_checkpoint(alarm.expected)
        event = AuditAlarmRaised(
            alarm=alarm.digest,
            code=alarm.code,
            expected=None if known is None else known.digest,
            expected_size=0 if known is None else known.checkpoint.size,
            found_size=alarm.found_size,
            found_root=alarm.found_root,
            erased_again=alarm.erased_again,
        )
        await self._note(event, f"audit_alarm:{alarm.digest}")

    async def _note(self, event: AuditAlarmRaised | CheckpointKeySet, key: str) -> None:
        with contextlib.suppress(Taken):
            await self._store.append(Append(CORE_STREAM, [Draft(event, System(part="audit"))], keys=(key,)))

    async def _due(self) -> bool:
        last = self._now.last
        if last is None:
            return True
        size = (await self._store.read(lambda tx: tiles.stand(tx.connection))).size
        more = size - last.checkpoint.size
        return more >= _MOST_UNSIGNED or (more > 0 and self._clock() - last.checkpoint.at >= self._every)

    async def _pause(self) -> None:
        try:
            async with asyncio.timeout(self._pace):
                await self._stopping.wait()
        except TimeoutError:
            return

    def _committed(self, committed: Committed) -> None:
        if committed.records:
            self._new.set()


def checked(note: str, key: CheckpointKey) -> SignedCheckpoint | None:
    """The checkpoint in a text, if this key signed it."""
    try:
        found = read_checkpoint(note)
    except CountersignError:
        return None
    return found if is_signed_by(found, key) else None


def _behind(tx: ReadTx) -> bool:
    return bool(tx.hashes(tiles.stand(tx.connection).position, 1))


def _head(tx: ReadTx) -> tuple[int, bytes]:
    found = tiles.peaks(tx.connection)
    return found.size, found.root


def _readable(note: str) -> SignedCheckpoint | None:
    try:
        return read_checkpoint(note)
    except CountersignError:
        return None
