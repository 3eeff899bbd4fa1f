"""The entrance for channels: signed webhooks in, one typed message out, in one transaction with its wake (R-A6, R-I3).

Raw bytes, bounded while they arrive; signature before anything is read; the boundary cleans; the log takes it once. What is
refused leaves an event in the brand's log and nothing else (R-A10); those events are bounded too, so nobody can fill a disk
with refusals. It must never trust a field beyond its type.
"""

import asyncio
import hashlib
import json
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final, Literal

import structlog

from agent_core.boundary.examine import Entrance as TextEntrance
from agent_core.boundary.examine import Examined, own_numbers
from agent_core.boundary.inbound import InboundMessage, read_message
from agent_core.boundary.inbound_changes import InboundChange, kind_of, read_change
from agent_core.boundary.inbound_words import Beside
from agent_core.boundary.language import languages_of
from agent_core.boundary.masking import mask
from agent_core.boundary.signature import read_secret, verify_signature
from agent_core.boundary.sources import read as read_text
from agent_core.contract.actors import Actor, Customer, Person, System
from agent_core.contract.bodies import Body, new_body
from agent_core.contract.canonical import canonical
from agent_core.contract.clock import Clock
from agent_core.contract.errors import CountersignError, NotFound
from agent_core.contract.events import (
    ControlChanged,
    ConversationOpened,
    FactsLearned,
    MessageEdited,
    MessageReceived,
)  # fmt: skip
from agent_core.contract.facts import FactRef
from agent_core.contract.ids import (
    BrandId,
    ConversationId,
    FactId,
    MessageId,
    keyed,
    message_id,
    name_in_channel,
)  # fmt: skip
from agent_core.contract.threads import Thread, read_thread, thread_body
from agent_core.conversation.machines import CONTROL
from agent_core.conversation.state import State
from agent_core.engine.flagging import Flagged, examine_text, flagged
from agent_core.engine.identity import PROOF
from agent_core.service.admission import Admission
from agent_core.service.brands import BrandShelf
from agent_core.service.erased_threads import ErasedMeanwhile, present, refuse_erased, still_there
from agent_core.service.folded import Folded
from agent_core.service.inbound_changes import closing, contradiction, deletion, edit_of, version_of
from agent_core.service.raw_body import TooLarge, bounded
from agent_core.service.received import Said, received
from agent_core.service.refusals import Refusals, entrance_name
from agent_core.service.resting import Resting, resting
from agent_core.service.settings import Connection
from agent_core.service.settled_append import Read, append_on_newest
from agent_core.store import (
    GLOBAL_SCOPE,
    Append,
    BodyErased,
    Draft,
    KeyUse,
    NewStream,
    Priority,
    Store,
    Taken,
    WakeRequest,
    brand_scope,
)
from agent_core.workflows.release import Release

log = structlog.get_logger(__name__)

MOST_BYTES: Final = 1_000_000
_READ_AT_ONCE: Final = 16_384
_CHANNEL = System(part="channel")
_ENTRANCE = System(part="inbound")

Answered = Literal["unknown"] | Resting


@dataclass(frozen=True, slots=True)
class Accepted:
    """The message is in the log."""

    conversation: ConversationId
    duplicate: bool
    with_people: bool = False
    """The agent is stopped here, or people have the conversation."""


@dataclass(frozen=True, slots=True)
class _Seen:
    """A message's texts as they are stored, with what was found in them, and the language when code is sure."""

    text: Examined
    subject: Examined | None
    language: str | None
    masked: Callable[[str], str]
    """Masks what stands beside the message."""
    beside: tuple[Examined, ...] = ()
    """What stands beside the message and only people see: hidden text, history, names of files."""

    def flags(self, name: MessageId) -> tuple[Flagged, ...]:
        """The events about them."""
        parts = ((self.text, self.language), *(() if self.subject is None else ((self.subject, None),)))
        made = [flagged(each, name, language=language) for each, language in parts]
        made.extend(flagged(each, name) for each in self.beside if each.findings)
        return tuple(each for each in made if each is not None)


class Entrance:
    """Takes webhooks."""

    def __init__(
        self,
        store: Store,
        shelf: BrandShelf,
        connections: Mapping[BrandId, Connection],
        clock: Clock,
        refusals: Refusals,
        admission: Admission | None = None,
    ) -> None:
        self._store = store
        self._shelf = shelf
        self._admission = admission or Admission(store, clock)
        self._keys = {
            brand: tuple(read_secret(secret.get_secret_value()) for secret in connection.webhook_secrets)
            for brand, connection in connections.items()
        }
        self._clock = clock
        self._refusals = refusals
        self._folded = Folded(store)

    async def take(self, brand: str, channel: str, headers: Mapping[str, str], chunks: AsyncIterator[bytes]) -> Accepted:
        """Takes one webhook, or refuses it with a reason that is on record.

        Raises:
            TooLarge: Above `MOST_BYTES`; the rest was never read.
            Overloaded: Too much waits here already; the ticket stays with people.
            CountersignError: The refusal, with its HTTP status.
        """
        known = BrandId(brand)
        body = b""
        try:
            self._known(known, channel)
            with self._admission.entering(known):
                body = await bounded(headers, chunks, MOST_BYTES)
                verify_signature(headers, body, keys=self._keys.get(known, ()), now=self._clock())
                return await self._read(known, channel, body)
        except CountersignError as refusal:
            size = refusal.size if isinstance(refusal, TooLarge) else len(body)
            await self._refusals.record(known, entrance_name("inbound", channel), refusal, size)
            raise

    async def _read(self, brand: BrandId, channel: str, body: bytes) -> Accepted:
        """Reads what was verified, and takes it."""
        kind = kind_of(body, limit=MOST_BYTES)
        if kind in ("message.deleted", "conversation.closed"):
            return await self._change(brand, channel, read_change(body, kind, limit=MOST_BYTES))
        # Ten thousand words of HTML take a while; nobody else at the entrance waits for them.
        message = (
            await asyncio.to_thread(read_message, body, limit=MOST_BYTES, kind=kind)
            if len(body) > _READ_AT_ONCE
            else read_message(body, limit=MOST_BYTES, kind=kind)
        )
        by_person = message.author == "person"
        return await self._enter(brand, channel, message, by_person=by_person, edited=kind == "message.updated")

    async def status(self, brand: str, channel: str, event_id: str, headers: Mapping[str, str]) -> Answered:
        """What became of a message, asked by the channel with the same signature over an empty body.

        Raises:
            NotFound: `not_found`: it never arrived here.
            Forbidden: The signature does not hold.
        """
        known = BrandId(brand)
        self._known(known, channel)
        name = verify_signature(headers, b"", keys=self._keys.get(known, ()), now=self._clock())
        used = None
        if name == event_id:
            used = await self._store.read(lambda tx: tx.unique_key(self._key(known, channel, event_id)))
        if used is None:
            raise NotFound("not_found", "This message never arrived here.")
        return resting(await self._folded.newest(used.stream))

    def _known(self, brand: BrandId, channel: str) -> None:
        if self._shelf.active(brand).release.brand.channel(channel) is None:
            raise NotFound("no_channel", "This brand has no such channel.")

    async def _change(self, brand: BrandId, channel: str, change: InboundChange) -> Accepted:
        """A deletion, or a conversation that the channel's people closed."""
        stream, before = await self._stream(brand, channel, change.conversation)
        key = self._key(brand, channel, change.event_id)
        if before is not None and await self._store.head(stream) is None:
            return Accepted(before, duplicate=True)  # what it is about is erased
        if await self._store.read(lambda tx: tx.unique_key_exists(key)):
            return Accepted(stream, duplicate=True)

        async def build(read: Read) -> Append:
            refuse_erased(read.state)
            if change.kind == "message.deleted":
                return deletion(read, change, key, secret=self._store.secret)
            return closing(read, change, key)

        try:
            await append_on_newest(self._store, stream, build, folded=self._folded)
        except (Taken, ErasedMeanwhile):
            return Accepted(stream, duplicate=True)
        return Accepted(stream, duplicate=False)

    async def _again(self, used: KeyUse, name: MessageId, key: str, message: InboundMessage, *, by_person: bool) -> None:
        """The same event once more: where it says something else, that is on record, once for each telling."""
        records = await self._store.records(used.stream, after=used.seq - 1)
        first = next((r.event for r in records if getattr(r.event, "message", None) == name), None)
        if not isinstance(first, MessageReceived | MessageEdited):
            return
        try:
            kept = (await self._store.body(first.raw)).text
        except BodyErased:
            return
        found = contradiction(name, first, kept, message, by_person=by_person)
        if found is None:
            return
        event, raw = found
        told = hashlib.sha256(f"{message.author}:{message.raw}".encode()).hexdigest()[:32]
        try:
            once = (f"{key}:{told}",)
            drafts = [Draft(event, _CHANNEL)]
            await self._store.append(
                Append(used.stream, drafts, bodies=[raw], keys=once, checks=(still_there(used.stream),))
            )
        except (Taken, ErasedMeanwhile):
            return

    async def _enter(
        self, brand: BrandId, channel: str, message: InboundMessage, *, by_person: bool, edited: bool
    ) -> Accepted:
        while True:
            stream, _ = await self._stream(brand, channel, message.conversation)
            try:
                return await self._enter_at(stream, brand, channel, message, by_person=by_person, edited=edited)
            except ErasedMeanwhile:
                continue  # the thread begins anew

    async def _stream(self, brand: BrandId, channel: str, thread: str) -> tuple[ConversationId, ConversationId | None]:
        """The conversation a thread is at now, and the one before that, which is erased."""
        secret = self._store.secret
        return await self._store.read(lambda tx: present(tx, brand, channel, thread, secret=secret), brief=True)

    async def _enter_at(
        self,
        stream: ConversationId,
        brand: BrandId,
        channel: str,
        message: InboundMessage,
        *,
        by_person: bool,
        edited: bool,
    ) -> Accepted:
        name = message_id(stream, message.event_id, secret=self._store.secret)
        key = self._key(brand, channel, message.event_id)
        used = await self._store.read(lambda tx: tx.unique_key(key))
        if used is not None:
            await self._again(used, name, key, message, by_person=by_person)
            state = await self._folded.newest(used.stream)
            return Accepted(ConversationId(used.stream), duplicate=True, with_people=await self._with_people(brand, state))
        if await self._store.head(stream) is None:
            await self._admission.new_conversation(brand)
        vouched = self._shelf.active(brand).release.brand.channel(channel)
        authenticated = message.authenticated and vouched is not None and vouched.authenticates

        seen = await self._seen(brand, message)

        async def build(read: Read) -> Append:
            refuse_erased(read.state)
            facts = await self._facts(read, message, name, authenticated=authenticated)
            return await self._built(
                read, brand, channel, message, name, key, facts, seen, by_person=by_person, edited=edited
            )

        try:
            read, _ = await append_on_newest(self._store, stream, build, folded=self._folded)
        except Taken:
            return Accepted(stream, duplicate=True)
        return Accepted(stream, duplicate=False, with_people=await self._with_people(brand, read.state))

    async def _with_people(self, brand: BrandId, state: State) -> bool:
        """Whether the agent does nothing about it now: the channel shows the ticket to its people, too (R-N6)."""
        scopes = await self._store.scopes([GLOBAL_SCOPE, brand_scope(brand)])
        return any(scope.paused for scope in scopes.values()) or state.control not in ("agent", "closed")

    async def _built(
        self,
        read: Read,
        brand: BrandId,
        channel: str,
        message: InboundMessage,
        name: MessageId,
        key: str,
        facts: list[dict[str, Any]],
        seen: "_Seen",
        *,
        by_person: bool,
        edited: bool,
    ) -> Append:
        """Everything one message comes to; of an edit, whether anything that can be read has changed."""
        own = name_in_channel(ConversationId(read.stream), message.message_id, secret=self._store.secret)
        said = Said(seen.text.text, None if seen.subject is None else seen.subject.text, seen.masked)
        arrived, texts = received(name, own, message, said, by_person=by_person)
        event: MessageReceived | MessageEdited = arrived
        if edited:
            before = version_of(read.state, own)
            same = False
            if before is not None:
                found = await self._store.bodies([before.text])
                same = before.text.id in found and found[before.text.id].text == seen.text.text
            event = edit_of(arrived, before, unchanged=same)
            texts = [body for body in texts if body.kind in ("message_raw", "message", "subject")]
        return _append(read, brand, channel, message, event, texts, key, facts, seen, by_person=by_person)

    async def _seen(self, brand: BrandId, message: InboundMessage) -> "_Seen":
        """Masks the texts of a message and looks at them; a finding changes nothing about what happens next."""
        release = self._shelf.active(brand).release
        text = examine_text(release, "message", message.text)
        subject = None if message.subject is None else examine_text(release, "subject", message.subject)
        guess = None
        if text.told:
            guess = await languages_of(release.brand.languages).detect_aside(text.text)
        own = own_numbers(entity.pattern for entity in release.entities.values())
        language = guess.language if guess is not None and guess.reliable else None
        beside = tuple(_examined_beside(release, message.beside))
        return _Seen(text, subject, language, lambda words: mask(words, own).text, beside)

    async def _facts(
        self, read: Read, message: InboundMessage, name: MessageId, *, authenticated: bool
    ) -> list[dict[str, Any]]:
        """What the channel says of the customer and the log does not know yet."""
        told: dict[str, Any] = {"customer.authenticated": authenticated}
        if message.name.text:
            told["customer.name"] = message.name.text
        if message.email is not None:
            told["customer.email"] = message.email
        if message.language is not None:
            told["customer.channel_language"] = message.language.partition("-")[0]
        if not authenticated and await self._proven(read, message):
            del told["customer.authenticated"]
        known = read.state.facts
        bodies = await self._store.bodies({known[key].body for key in told if key in known})
        for key in list(told):
            if key in known and known[key].body in bodies:
                entries = json.loads(bodies[known[key].body].text)
                if any(entry["id"] == known[key].fact and entry["value"] == told[key] for entry in entries):
                    del told[key]
        return [{"id": f"{name}.{n}", "key": key, "value": value} for n, (key, value) in enumerate(told.items(), 1)]

    async def _proven(self, read: Read, message: InboundMessage) -> bool:
        """Whether the writer proved here who they are, not too long ago. Somebody else in the same thread did not (R-B6)."""
        vouched, thread = read.state.facts.get("customer.authenticated"), read.state.thread
        if vouched is None or vouched.source != PROOF or thread is None:
            return False
        rules = self._shelf.active(read.state.brand).release.brand.routing.proof
        if rules is None or self._clock() - vouched.read_at > timedelta(seconds=rules.holds_s):
            return False
        found = await self._store.bodies([thread])
        return thread.id in found and read_thread(found[thread.id].text).customer == message.customer

    def _key(self, brand: BrandId, channel: str, event_id: str) -> str:
        """By which a repeated event is known, and a message found again: the provider's id itself is not kept."""
        return f"inbound:{keyed(self._store.secret, 'in', brand, channel, event_id)}"


def _examined_beside(release: Release, beside: Beside) -> Iterator[Examined]:
    """Looks at what a person may open below a message: no model reads it, but who sent it meant something by it."""
    parts: tuple[tuple[TextEntrance, str], ...] = (
        ("mail_hidden", "\n".join(each.text for each in beside.hidden)),
        ("mail_quoted", beside.quoted),
        ("file_name", "\n".join(each.name for each in beside.attachments)),
    )
    for entrance, words in parts:
        if words:
            yield examine_text(release, entrance, read_text("mail_history", words).cleaned)


def _append(
    read: Read,
    brand: BrandId,
    channel: str,
    message: InboundMessage,
    event: MessageReceived | MessageEdited,
    texts: list[Body],
    key: str,
    facts: list[dict[str, Any]],
    seen: _Seen,
    *,
    by_person: bool,
) -> Append:
    """Everything one message, or a newer version of one, comes to."""
    stream, state = ConversationId(read.stream), read.state
    who: Actor = Person() if by_person else Customer()
    bodies: list[Body] = []
    drafts: list[Draft] = []
    if state.conversation is None:
        thread = thread_body(Thread(external_id=message.conversation, customer=message.customer))
        bodies.append(thread)
        drafts.append(Draft(ConversationOpened(brand=brand, channel=channel, thread=thread.ref), _CHANNEL))
    news = isinstance(event, MessageReceived) or not event.unchanged
    if state.control == "closed" and not by_person and news and not message.beside.automatic:
        words = "The customer wrote again."
        drafts.append(Draft(ControlChanged(to="agent", code="customer_wrote_again", sentence=words), _ENTRANCE))
    if facts and not by_person:
        body = new_body("facts", canonical(facts).decode())
        bodies.append(body)
        refs = tuple(FactRef(id=FactId(fact["id"]), key=fact["key"]) for fact in facts)
        drafts.append(Draft(FactsLearned(source=f"channel {channel}", facts=refs, body=body.ref), _CHANNEL))
    bodies.extend(texts)
    drafts.append(Draft(event, who))
    for each in seen.flags(event.message):
        bodies.extend(each.bodies)
        drafts.append(Draft(each.event, _ENTRANCE))
    if by_person and isinstance(event, MessageReceived) and "human" in CONTROL[state.control]:
        words = "A colleague wrote in the channel itself and has the conversation now."
        drafts.append(Draft(ControlChanged(to="human", code="person_wrote_in_channel", sentence=words), who))
    return Append(
        stream,
        drafts,
        bodies=bodies,
        create=NewStream("conversation", brand) if state.conversation is None else None,
        keys=(key,),
        wake=WakeRequest(priority=Priority.CUSTOMER),
    )
