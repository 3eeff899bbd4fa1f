"""The working memory of one handled conversation: its state, what is about to be appended, and bodies read so far.

Drafts are folded provisionally, so that finishing one effect, deciding and starting the next share one transaction. Only
what `commit` returned is true; a refused start drops everything but outcomes, which carry no expectation (DESIGN §1.4).
"""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, cast

from agent_core.contract.actors import Actor, Agent, System
from agent_core.contract.base import of_checked
from agent_core.contract.bodies import Body, BodyKind, BodyRef, new_body
from agent_core.contract.canonical import canonical
from agent_core.contract.clock import Clock, behind
from agent_core.contract.events import AnyEvent, Recorded, run_of
from agent_core.contract.facts import Fact, FactKey
from agent_core.contract.ids import BodyId, EffectId, FactId, RunId, StreamId, keyed
from agent_core.contract.json_writing import json_text
from agent_core.contract.threads import Thread, read_thread
from agent_core.conversation.evolve import evolve, fold
from agent_core.conversation.state import OpenEffect, State
from agent_core.engine.foreseen import Foreseen, Undated, foreseen
from agent_core.guardrails.reading import Kept
from agent_core.models.manifest import known_bodies, read_manifest
from agent_core.store import (
    Append,
    Draft,
    Erasure,
    Fence,
    IntentClaim,
    IntentEnd,
    IntentRow,
    LookEnd,
    ReadTx,
    Stops,
    Store,
)

ENGINE: Actor = System(part="engine")


@dataclass(slots=True)
class Remembered:
    """What a worker keeps of a conversation between two handlings: a cache by seq, never the truth."""

    state: State = field(default_factory=State)
    heads: dict[RunId, int] = field(default_factory=dict[RunId, int])
    texts: dict[BodyId, str] = field(default_factory=dict[BodyId, str])
    blocks: dict[tuple[str, BodyId], str] = field(default_factory=dict[tuple[str, BodyId], str])
    """Transcript entries as they were rendered, by run suffix: a transcript only grows, so each is rendered once."""
    facts: dict[tuple[FactId, BodyId], Fact] = field(default_factory=dict[tuple[FactId, BodyId], Fact])
    """Facts with their values, by where the log says they stand."""
    manifests: dict[RunId | None, Mapping[str, BodyRef]] = field(
        default_factory=lambda: dict[RunId | None, Mapping[str, BodyRef]]()
    )
    read: Kept = field(default_factory=Kept)
    """What replies were last held against."""
    threads: dict[BodyId, Thread] = field(default_factory=dict[BodyId, Thread])
    """The thread's own ids, by the body that holds them: a body never changes, it is only erased."""
    ends: dict[EffectId, datetime] = field(default_factory=dict[EffectId, datetime])
    """When nobody performs an effect any more that began before the clock was set back."""
    names: dict[tuple[str, ...], str] = field(default_factory=dict[tuple[str, ...], str])
    """Keyed names of what outsiders named, by what they are derived from: the store's secret never changes."""

    def trim(self) -> None:
        """Forgets texts when there are many of them: they are read again when wanted."""
        if sum(map(len, self.texts.values())) + sum(map(len, self.blocks.values())) > _MOST_CHARACTERS:
            self.forget_texts()

    def forget_texts(self) -> None:
        """Forgets everything that was read from bodies: there are many, or some of them are erased."""
        for kept in (self.texts, self.blocks, self.facts, self.manifests, self.threads, self.names):
            kept.clear()
        self.read = Kept()


_MOST_AT_A_GLANCE = 32
"""Records read on the spot; a longer log is read on another thread."""

_MOST_NAMES = 64
"""Keyed names that are remembered of one conversation; they are of one customer, so there are a few."""

_NO_STOPS = Stops({}, frozenset())

_MOST_CHARACTERS = 500_000
"""Of text kept in memory of one conversation between two handlings."""


@dataclass(frozen=True, slots=True)
class Pending:
    """Drafts with their bodies that wait for the next commit, and what must be true in the same instant."""

    drafts: tuple[Draft, ...] = ()
    bodies: tuple[Body, ...] = ()
    keys: tuple[str, ...] = ()
    intents: tuple[IntentClaim, ...] = ()
    intent_ends: tuple[IntentEnd, ...] = ()
    checks: tuple[Callable[[ReadTx], None], ...] = ()
    tallies: tuple[tuple[str, int], ...] = ()
    repeats: tuple[str, ...] = ()
    erases: Erasure | None = None
    """Bodies that are erased with it."""
    stored: tuple[tuple[RunId | None, Mapping[str, BodyRef]], ...] = ()
    """Parts of model calls that are stored once this is committed, by run."""

    def __add__(self, other: "Pending") -> "Pending":
        if self is NOTHING or other is NOTHING:
            return other if self is NOTHING else self
        return Pending(
            self.drafts + other.drafts,
            self.bodies + other.bodies,
            self.keys + other.keys,
            self.intents + other.intents,
            self.intent_ends + other.intent_ends,
            self.checks + other.checks,
            self.tallies + other.tallies,
            self.repeats + other.repeats,
            self.erases or other.erases,
            self.stored + other.stored,
        )


NOTHING = Pending()
"""Nothing waits: what most additions begin with."""


class Session:
    """One conversation, being handled by one worker."""

    def __init__(self, store: Store, stream: StreamId, clock: Clock, memory: Remembered) -> None:
        self.store = store
        self.stream = stream
        self.clock = clock
        self.now = clock()
        self._memory = memory
        self._outcomes = NOTHING
        self._planned = NOTHING
        self.state = memory.state
        """The log as folded, with everything that waits for the next commit folded provisionally on top."""
        self._undated = Undated(memory.state)

    @property
    def true_state(self) -> State:
        """The log as folded, and nothing else."""
        return self._memory.state

    @property
    def waiting(self) -> bool:
        """Whether anything waits for the next commit."""
        return bool(self._outcomes.drafts or self._planned.drafts)

    async def refresh(self, *, stops: bool = False) -> Stops:
        """Reads what others appended since, and folds what waits on top of it.

        Args:
            stops: Answer what of its brand was stopped in that very moment; nothing is said of it otherwise.
        """
        records, found = await self._news(_MOST_AT_A_GLANCE, stops=stops)
        while records:
            self._take(records)
            if len(records) < _MOST_AT_A_GLANCE:
                break
            records, found = await self._news(None, stops=stops)
        self.now = self.clock()
        self._fold_waiting()
        return found

    async def _news(self, most: int | None, *, stops: bool) -> tuple[tuple[Recorded, ...], Stops]:
        after, brand = self._memory.state.seq, self._memory.state.brand

        def read(tx: ReadTx) -> tuple[tuple[Recorded, ...], Stops]:
            records = tx.events(self.stream, after, most)
            named = brand or next((each.brand for each in records), None)  # a stream is of one brand, from its beginning
            return records, tx.stops(named) if stops and named else _NO_STOPS

        return await self.store.read(read, brief=most is not None)

    def ends(self, effect: OpenEffect) -> datetime:
        """When nobody can be performing an effect any more. Where the clock was set back, that is counted from now."""
        if not behind(self.now, effect.started_at):
            return effect.deadline
        return self._memory.ends.setdefault(effect.effect, self.now + (effect.deadline - effect.started_at))

    def tick(self) -> None:
        """Time goes on, and nothing is known to be new."""
        self.now = self.clock()

    def outcome(self, pending: Pending) -> None:
        """Something ended: it will be appended whatever happened meanwhile."""
        self._outcomes += pending
        self._remember(pending)
        if self._planned.drafts:
            self._fold_waiting()  # outcomes come first
        else:
            self._fold(pending.drafts)

    def plan(self, pending: Pending) -> None:
        """Something was decided: it will be appended only if nothing moved the fence meanwhile."""
        self._planned += pending
        self._remember(pending)
        self._fold(pending.drafts)

    @property
    def planned(self) -> Pending:
        """What was planned and is not appended yet."""
        return self._planned

    def foreseen(self, pending: Pending) -> State:
        """What the state would be after these drafts. Nothing is planned by asking."""
        self._remember(pending)
        return foreseen(self.state, pending.drafts, self.stream, self.now)

    async def commit(self, fence: Fence | None, ends: LookEnd | None = None) -> bool:
        """Appends everything that waits, in one transaction; answers whether that ended the look, too.

        Raises:
            Stale: The fence moved: outcomes were appended, what was planned is dropped.
            Taken: Another worker ended the same effect: this worker has lost the conversation.
        """
        outcomes, planned, undated = self._outcomes, self._planned, self._undated
        everything = outcomes + planned
        if not everything.drafts:
            return False
        self._outcomes = self._planned = NOTHING
        self._undated = Undated(self._memory.state)
        try:
            appended = await self.store.append(self._append(everything, fence, ends))
        except Exception:
            self.state = self._memory.state
            if outcomes.drafts:
                await self._appended((await self.store.append(self._append(outcomes, None))).records)
            raise
        if everything.erases is not None:
            self._memory.forget_texts()
        for run, parts in planned.stored:
            self._memory.manifests[run] = {**self._memory.manifests.get(run, {}), **parts}
        await self._appended(appended.records, undated)
        return appended.ended

    def fence(self, *, scopes: dict[str, int] | None = None) -> Fence:
        """What a start expects: epoch, heads of runs, and the epochs of brand and core."""
        heads = {run: self._memory.heads.get(run, 0) for run in self.state.runs}
        known = self._memory.state
        return Fence(epoch=known.epoch, run_heads=heads, scopes=scopes or {}, read=known.seq)

    @property
    def blocks(self) -> dict[tuple[str, BodyId], str]:
        """Rendered transcript entries of this conversation; a cache."""
        return self._memory.blocks

    @property
    def read(self) -> Kept:
        """What replies of this conversation were last held against; a cache."""
        return self._memory.read

    async def text(self, ref: BodyRef) -> str:
        """The text of a body."""
        known = self._memory.texts.get(ref.id)
        if known is None:
            known = (await self.store.body(ref)).text
            self._memory.texts[ref.id] = known
        return known

    async def thread(self) -> Thread:
        """The channel's own ids of this thread and its customer.

        Raises:
            BodyErased: They were erased: nobody is there to act for or to write to.
        """
        ref = self.state.thread
        assert ref is not None
        known = self._memory.threads.get(ref.id)
        if known is None:
            known = self._memory.threads[ref.id] = read_thread(await self.text(ref))
        return known

    def keyed(self, prefix: str, *parts: str) -> str:
        """An id of something that outsiders named (`ids.keyed`), under the store's secret."""
        named = (prefix, *parts)
        known = self._memory.names.get(named)
        if known is None:
            if len(self._memory.names) >= _MOST_NAMES:
                self._memory.names.clear()
            known = self._memory.names[named] = keyed(self.store.secret, *named)
        return known

    async def texts(self, refs: Iterable[BodyRef]) -> dict[BodyId, str]:
        """The texts of many bodies."""
        wanted = [ref.id for ref in refs]
        missing = [key for key in dict.fromkeys(wanted) if key not in self._memory.texts]
        if missing:
            for key, body in (await self.store.bodies(missing)).items():
                self._memory.texts[key] = body.text
        return {key: self._memory.texts[key] for key in wanted}

    async def salts(self, refs: Sequence[BodyRef]) -> tuple[bytes, ...]:
        """The salts of bodies, for recomputing a digest that was signed."""
        found = await self.store.bodies(refs)
        return tuple(found[ref.id].salt for ref in refs)

    async def intent(self, key: str) -> tuple[IntentRow, ...]:
        """Who holds an equal action, anywhere in the brand: at most one that is not executed, and every executed one."""
        return await self.store.read(lambda tx: tx.intent(key), brief=True)

    async def tallies(self, keys: Iterable[str]) -> dict[str, int]:
        """Counters by key; absent ones are 0."""
        wanted = tuple(keys)
        return await self.store.read(lambda tx: tx.tallies(wanted), brief=True)

    async def json(self, ref: BodyRef) -> Any:
        """The JSON value of a body."""
        return json.loads(await self.text(ref))

    async def facts(self, keys: Iterable[FactKey] | None = None) -> dict[FactKey, Fact]:
        """The newest values of facts; all of them unless keys are named. Unknown keys are absent."""
        known = self.state.facts
        wanted = dict(known) if keys is None else {key: known[key] for key in keys if key in known}
        found = self._memory.facts
        read = {key: fact for key, where in wanted.items() if (fact := found.get((where.fact, where.body))) is not None}
        if len(read) == len(wanted):
            return read
        new = {key: where for key, where in wanted.items() if (where.fact, where.body) not in found}
        for body_id, entries in (await self._entries(where.body for where in new.values()) if new else {}).items():
            for key, where in new.items():
                if where.body == body_id and where.fact in entries:
                    # Checked where they came in: id, key and moment by the event, the value as JSON.
                    found[where.fact, body_id] = of_checked(Fact, {
                        "id": where.fact, "key": key, "value": entries[where.fact], "source": where.source,
                        "source_seq": where.seq, "read_at": where.read_at,
                    })  # fmt: skip
        return {key: fact for key, where in wanted.items() if (fact := found.get((where.fact, where.body))) is not None}

    async def _entries(self, wanted: Iterable[BodyId]) -> dict[BodyId, dict[str, Any]]:
        """The values in bodies of facts, by the facts' ids."""
        names = dict.fromkeys(wanted)
        missing = [name for name in names if name not in self._memory.texts]
        if missing:
            for body_id, body in (await self.store.bodies(missing)).items():
                self._memory.texts[body_id] = body.text
        return {name: {entry["id"]: entry["value"] for entry in json.loads(self._memory.texts[name])} for name in names}

    async def facts_by_id(self, wanted: Iterable[str]) -> dict[str, tuple[FactKey, Any]]:
        """Key and value of facts by id, however old; unknown ids are absent."""
        places = {fact: self.state.fact_places[FactId(fact)] for fact in wanted if fact in self.state.fact_places}
        entries = await self._entries(body for _, body in places.values())
        return {fact: (key, entries[body_id].get(fact)) for fact, (key, body_id) in places.items()}

    async def manifest_parts(self, run: RunId | None) -> Mapping[str, BodyRef]:
        """The parts of model calls that are stored already: remembered, or read back from the run's last record."""
        known = self._memory.manifests.get(run)
        if known is not None:
            return known
        last = self.state.runs[run].manifest if run is not None and run in self.state.runs else None
        if last is None:
            return {}
        manifest = await self.text(last)
        texts = await self.texts(read_manifest(manifest).refs())
        return known_bodies(manifest, lambda ref: texts[ref.id])

    def draft(self, event: AnyEvent, actor: Actor | None = None) -> Draft:
        """A draft in the engine's name, unless another actor is named."""
        return Draft(event=event, actor=actor or ENGINE)

    def agent(self, run: RunId | None) -> Actor:
        """The agent as actor."""
        return Agent(run=run)

    def _append(self, pending: Pending, fence: Fence | None, ends: LookEnd | None = None) -> Append:
        return Append(
            stream=self.stream,
            drafts=pending.drafts,
            bodies=pending.bodies,
            fence=fence,
            keys=pending.keys,
            intents=pending.intents,
            intent_ends=pending.intent_ends,
            checks=pending.checks,
            tallies=_summed(pending.tallies),
            repeats=pending.repeats,
            erases=pending.erases,
            ends=ends,
        )

    async def _appended(self, records: Sequence[Recorded], undated: Undated | None = None) -> None:
        if records[0].seq == self._memory.state.seq + 1:
            self._take(records, undated)
        else:
            await self.refresh()  # somebody appended in between: fold the log itself, in order

    def _take(self, records: Sequence[Recorded], undated: Undated | None = None) -> None:
        """Folds what the log holds now, from where the moment of the append can matter."""
        memory = self._memory
        memory.state = fold(records, memory.state) if undated is None else undated.continued(memory.state, records)
        self._undated = Undated(memory.state)
        for recorded in records:
            run = run_of(recorded.event)
            if run is not None:
                memory.heads[run] = recorded.seq
        self.state = memory.state

    def _remember(self, pending: Pending) -> None:
        for body in pending.bodies:
            self._memory.texts[body.id] = body.text

    def _fold_waiting(self) -> None:
        self.state = self._memory.state
        self._undated = Undated(self.state)
        self._fold(self._outcomes.drafts)
        self._fold(self._planned.drafts)

    def _fold(self, drafts: Sequence[Draft]) -> None:
        for draft in drafts:
            record = Foreseen(self.state, draft, self.stream, self.now)
            before, self.state = self.state, evolve(self.state, cast("Recorded", record))
            if not record.dated:
                self._undated.folded(before, self.state)


def _summed(tallies: Iterable[tuple[str, int]]) -> dict[str, int]:
    totals: dict[str, int] = {}
    for key, amount in tallies:
        totals[key] = totals.get(key, 0) + amount
    return totals


def json_body(kind: BodyKind, value: Any) -> Body:
    """A body of canonical JSON: integers, strings, lists, objects."""
    return new_body(kind, canonical(value).decode())


def loose_json_body(kind: BodyKind, value: Any) -> Body:
    """A body of JSON that outside systems wrote and that may hold fractions; keys keep their order."""
    return new_body(kind, json_text(value))
