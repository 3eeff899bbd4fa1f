"""The entrance for systems that answer later: signed webhooks in, the end of what they had taken out (R-A5, R-A6, R-I3).

Like the entrance for channels: bounded while it arrives, signature before anything is read, cleaned, taken once by the
system's event id, scoped to its brand. An answer to something nobody waits for is refused with a code and is on record; the
other side may try again, since it can be faster than our own log. It must never start anything itself.
"""

import json
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Any

from agent_core.boundary.callback import MOST_CALLBACK_BYTES, Callback, read_callback
from agent_core.boundary.signature import read_secret, verify_signature
from agent_core.contract.bodies import new_body
from agent_core.contract.clock import Clock
from agent_core.contract.errors import CountersignError, NotFound
from agent_core.contract.ids import BrandId, StreamId, keyed
from agent_core.conversation.state import Awaited
from agent_core.engine.answering import Answer, answer
from agent_core.engine.awaiting import answer_key, key_prefix
from agent_core.service.brands import BrandShelf
from agent_core.service.raw_body import TooLarge, bounded
from agent_core.service.refusals import Refusals, entrance_name
from agent_core.service.settings import Connection
from agent_core.service.settled_append import Read, append_on_newest
from agent_core.store import Append, Priority, Store, Taken, WakeRequest
from agent_core.systems.late import LateTools


@dataclass(frozen=True, slots=True)
class CallbackAccepted:
    """The answer is in the log. `late`: what it answers was settled before."""

    duplicate: bool
    late: bool = False


class _UnderWay(Exception):
    """The system says that it is still at it: nothing to record."""


class CallbackEntrance:
    """Takes answers of systems."""

    def __init__(
        self,
        store: Store,
        shelf: BrandShelf,
        connections: Mapping[BrandId, Connection],
        clock: Clock,
        refusals: Refusals,
    ) -> None:
        self._store = store
        self._shelf = shelf
        self._clock = clock
        self._refusals = refusals
        self._keys = {
            brand: tuple(read_secret(secret.get_secret_value()) for secret in connection.callback_secrets)
            for brand, connection in connections.items()
        }

    async def take(
        self, brand: str, system: str, headers: Mapping[str, str], chunks: AsyncIterator[bytes]
    ) -> CallbackAccepted:
        """Takes one answer, or refuses it with a reason that is on record.

        Raises:
            TooLarge: Above 256 KiB; the rest was never read.
            NotFound: `no_brand`, `no_system`, or `unknown_ref`: nobody here waits for this.
            CountersignError: Any other refusal, with its HTTP status.
        """
        known = BrandId(brand)
        body = b""
        try:
            tools = self._tools(known, system)
            body = await bounded(headers, chunks, MOST_CALLBACK_BYTES)
            verify_signature(headers, body, keys=self._keys.get(known, ()), now=self._clock())
            return await self._enter(known, tools, system, read_callback(body))
        except CountersignError as refusal:
            size = refusal.size if isinstance(refusal, TooLarge) else len(body)
            await self._refusals.record(known, entrance_name("callback", system), refusal, size)
            raise

    def _tools(self, brand: BrandId, system: str) -> LateTools:
        tools = self._shelf.active(brand).tools
        if not isinstance(tools, LateTools) or system not in tools.late_systems:
            raise NotFound("no_system", "This brand has no such system that answers later.")
        return tools

    async def _enter(self, brand: BrandId, tools: LateTools, system: str, callback: Callback) -> CallbackAccepted:
        key = answer_key(self._store.secret, brand, system, callback.ref)
        waiting = await self._store.read(lambda tx: tx.keys_beginning(key_prefix(key)))
        if not waiting:
            raise NotFound("unknown_ref", "Nobody here waits for this answer.")
        taken = [
            await self._settle(stream, key, brand, tools, system, callback)
            for stream in dict.fromkeys(used.stream for used in waiting)
        ]
        return CallbackAccepted(duplicate=all(each.duplicate for each in taken), late=any(each.late for each in taken))

    async def _settle(
        self, stream: StreamId, key: str, brand: BrandId, tools: LateTools, system: str, callback: Callback
    ) -> CallbackAccepted:
        """Settles every call of one conversation that waits for this, in one transaction with its wake."""
        once = f"callback:{keyed(self._store.secret, 'cb', brand, system, callback.event_id)}:{stream}"
        if await self._store.read(lambda tx: tx.unique_key_exists(once)):
            return CallbackAccepted(duplicate=True)
        late = False

        async def build(read: Read) -> Append:
            nonlocal late
            made = [await self._answer(read, known, tools, callback) for known in _owed(read, key)]
            late = any(each.late for each in made)
            return Append(
                stream,
                [draft for each in made for draft in each.drafts],
                bodies=[body for each in made for body in each.bodies],
                intent_ends=[end for each in made for end in each.intent_ends],
                keys=(once,),
                wake=WakeRequest(priority=Priority.ANSWER),
            )

        try:
            await append_on_newest(self._store, stream, build)
        except Taken:
            return CallbackAccepted(duplicate=True)
        except _UnderWay:
            return CallbackAccepted(duplicate=False)
        return CallbackAccepted(duplicate=False, late=late)

    async def _answer(self, read: Read, known: Awaited, tools: LateTools, callback: Callback) -> Answer:
        sent = await self._store.body(known.arguments)
        result = tools.read_answer(str(known.effect.tool), _object(sent.text), callback.answer)
        if result.outcome == "accepted":
            raise _UnderWay
        return answer(
            read.state,
            known,
            result,
            by="callback",
            release=self._shelf.active(read.state.brand).release,
            now=self._clock(),
            raw=new_body("message_raw", callback.raw),
            occurred_at=callback.occurred_at,
        )


def _owed(read: Read, key: str) -> list[Awaited]:
    """The calls of a conversation that this answers: those that still wait, else the ones it comes too late for."""
    named = [known for known in read.state.awaited.values() if known.key == key]
    return [known for known in named if known.outcome is None] or named[-1:]


def _object(text: str) -> dict[str, Any]:
    return json.loads(text)
