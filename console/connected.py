"""This console's line to a core and this person's key, fulfilled by the headless client (`console.state.ports`).

The core may come and go (`attach`, `detach`): it is a child that can be started anew. Keys are read in a thread, because a
keyring may wait for a person. It must never keep a key longer than a session needs it, and never sign with one that the
keyring did not give.
"""

import asyncio
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from pydantic import SecretStr, TypeAdapter, ValidationError

from agent_core.contract.bodies import Comment
from agent_core.contract.checked_replies import CheckedReply
from agent_core.contract.clock import Clock
from agent_core.contract.commands import Command, CommandDone, Pause, Session
from agent_core.contract.editing import EditPreview
from agent_core.contract.events import Recorded
from agent_core.contract.handing import HandoffPacket
from agent_core.contract.ids import BrandId, ConversationId, KeyFingerprint, OperatorId, WorkflowName
from agent_core.contract.integrations import IntegrationsAnswer
from agent_core.contract.listing import EVERYTHING, RowFilter
from agent_core.contract.overriding import OverridePreview
from agent_core.contract.presence import Heard, Looking
from agent_core.contract.statements import AuditCheckpoint, ConsoleIdentity, Envelope, Role
from agent_core.contract.views import AskCard, AskPage, ConversationDetail, FeedAnswer, RowPage
from console import texts_shell
from console.headless import errors, signing
from console.headless.anchor_pin import check_anchor
from console.headless.asks import Asks
from console.headless.client import CoreClient
from console.headless.keys import KeyStore, Looked
from console.headless.listing import Listing
from console.headless.operators import Operators
from console.headless.signing import KeyPair, Signer, new_operator
from console.headless.stopping import stop_without_session
from console.headless.witness import Witness, WitnessMemory
from console.state import sentences
from console.state.app_state import Bucket, Keyring, LogStanding, Seen
from console.state.ports import Enrolment, NoKey, RefusedByCore, SessionEnded, Unreachable
from console.telling import told

FIRST_ROLE: Final[Role] = "admin"
_RECORDS: TypeAdapter[tuple[Recorded, ...]] = TypeAdapter(tuple[Recorded, ...])
_ROLE: TypeAdapter[Role] = TypeAdapter(Role)


@dataclass(frozen=True, slots=True)
class _Attached:
    client: CoreClient
    core: str
    token: SecretStr | None
    own: KeyPair = field(default_factory=KeyPair.new)
    """What the token's sessions are bound to: with it the token is good for as long as the core runs."""


class Connected:
    """The line and the key.

    Args:
        keys: Where this person's key is kept.
        console: How statements name this console.
        clock: The time statements are signed at.
        seen: Where the last checkpoint of each core is kept; only in memory when none is given.
    """

    def __init__(self, keys: KeyStore, console: ConsoleIdentity, clock: Clock, seen: WitnessMemory | None = None) -> None:
        self._witness = Witness(seen or WitnessMemory())
        self._keys = keys
        self._console = console
        self._clock = clock
        self._attached: _Attached | None = None
        self._looked: Looked | None = None
        self._signer: Signer | None = None
        self._session: Session | None = None
        self._problem = ""
        self._present = ""
        self._resting = False

    def attach(self, client: CoreClient, core: str, token: SecretStr | None) -> None:
        """Speak to this core from now on; the token is good for reading, and for stopping whoever is signed in or not."""
        self._attached = _Attached(client, core, token)
        self._session = None

    def detach(self) -> None:
        """The core is gone."""
        self._attached = None
        self._session = None

    def _there(self) -> _Attached:
        if self._attached is None:
            raise Unreachable("core_starting", sentences.CORE_STARTING)
        return self._attached

    @property
    def client(self) -> CoreClient:
        """The client of the core that is attached: what parts of the console with their own questions speak through.

        Raises:
            Unreachable: There is no core now.
        """
        return self._there().client

    # -- the core ------------------------------------------------------------------------------------------------------

    async def sign_in(self) -> Session:
        """An operator's session when a key is enrolled here, else one to read with; none while somebody is signed out."""
        there, session = self._there(), None
        try:
            if not self._resting:
                session = await self._signed_in(there)
        finally:
            if self._resting:  # they may have signed out while this was on its way
                self._signer = self._session = None
        if self._resting or session is None:
            with told():
                await there.client.sign_out()
            raise SessionEnded("signed_out", texts_shell.SIGNED_OUT)  # whoever comes next is shown nothing
        return session

    async def _signed_in(self, there: _Attached) -> Session:
        with told():
            signer = await self._key_of(there.core)
            if signer is not None:
                try:
                    self._session = await there.client.sign_in(signer)
                except errors.CoreRefused as error:
                    # A key the core does not know (any more) still leaves reading, and its sentence says why.
                    if not await self._with_successor(there):
                        self._problem = error.message
                        signer = None
            if signer is not None and self._session is not None:
                await self._compare_anchor(there)
                return self._session
            if self._session is not None and self._session.operator is None and self._session.expires_at > self._clock():
                return self._session
            if there.token is None:
                raise SessionEnded("session_over", sentences.SESSION_OVER)
            self._session = await there.client.sign_in_embedded(there.token.get_secret_value(), there.own)
            return self._session

    async def stop(self, command: Pause) -> None:
        """Stop agents with nobody signed in; the core that this console started takes it (R-M3)."""
        there = self._there()
        if there.token is None:
            raise SessionEnded("session_over", sentences.PAUSE_SIGN_IN)
        with told():
            await stop_without_session(there.client, there.token.get_secret_value(), there.own, command)

    async def rotate_key(self) -> None:
        """Another key for this person: kept first, named by the old one as its successor, and signed in with."""
        there = self._there()
        with told():
            old, successor = self._signs(), KeyPair.new()
            new = Signer(successor, old.operator, old.role, self._console, self._clock)
            # Whatever happens in between, one of the two that are kept is the one that counts.
            await asyncio.to_thread(self._keys.put, _successor(there.core), _kept(new))
            self._signer = await Operators(there.client).rotate(successor)
            await asyncio.to_thread(self._keys.put, _entry(there.core), _kept(new))
            self._session = there.client.session

    async def accept_invitation(self, code: str) -> tuple[str, KeyFingerprint]:
        """Makes a key for a one-time code and proves it; answers whose it is and what is read to whoever countersigns."""
        there, keyring = self._there(), await self.look()
        if keyring.kind == "none" or (self._session is not None and self._session.operator is not None):
            raise NoKey("no_keyring", keyring.sentence)
        with told():
            operators = Operators(there.client)
            shown = await operators.open_invitation(code)
            signer = Signer(KeyPair.new(), shown.operator, shown.role, self._console, self._clock)
            await asyncio.to_thread(self._keys.put, _entry(there.core), _kept(signer))
            taken = await operators.accept(code, shown, signer)
            return shown.name, taken.key

    async def _with_successor(self, there: _Attached) -> bool:
        """Signs in with a key whose naming was cut off after the core had heard it; from then on it is the one."""
        kept = await asyncio.to_thread(self._keys.get, _successor(there.core))
        if kept is None:
            return False
        signer = self._from(kept)
        try:
            self._session = await there.client.sign_in(signer)
        except errors.CoreRefused:
            return False
        await asyncio.to_thread(self._keys.put, _entry(there.core), kept)
        self._signer = signer
        return True

    async def witness(self) -> LogStanding:
        """Compares the core's newest checkpoint with the last one that was seen here, and keeps it where it holds."""
        there = self._there()
        with told():
            found = await self._witness.look(there.core, there.client)
        return LogStanding(found.sentence, found.size, mine=found.word not in (None, "core_alarm"))

    def accept_log(self) -> None:
        """A person here knows why the log is another one."""
        self._witness.accept(self._there().core)

    def verified(self) -> AuditCheckpoint | None:
        """The audit log as far as this console has verified it: what it signs names that."""
        return self._witness.verified(self._there().core)

    async def _compare_anchor(self, there: _Attached) -> None:
        """Whether trust still starts where it did; if not, or until that is known, everything is read and nothing signed."""
        compared = False
        try:
            shown = await Operators(there.client).anchor()
            await asyncio.to_thread(check_anchor, self._keys, shown)
            compared = True
        except errors.NoKey as error:
            self._problem = error.message
        finally:
            if not compared:
                self._signer = None
                there.client.only_read()  # levels, sheets and repairs sign with the key of its session

    async def feed(self, after: str | None, wait: int) -> FeedAnswer:
        """What changed since; waits for something to change."""
        if self._resting:
            raise SessionEnded("signed_out", texts_shell.SIGNED_OUT)
        with told():
            answer = await self._there().client.changes(after, wait=wait, present=self._present, begin="here")
        if answer.reset and answer.begun != "here":
            # It told everything that is open; its pages do not say how far they reach either.
            raise RefusedByCore("older_core", sentences.OLDER_CORE)
        self._present = answer.present_mark
        return answer

    async def look_at(self, place: Looking) -> None:
        """Say where this person stands: colleagues of the same brands see it."""
        with told():
            await self._there().client.tell(Heard, "/v1/presence", place)

    async def rows(
        self, bucket: Bucket, after: str | None, limit: int, wanted: RowFilter = EVERYTHING, brand: BrandId | None = None
    ) -> RowPage:
        """A page of the list, narrowed."""
        with told():
            return await Listing(self._there().client).page(bucket, wanted, brand, after, limit)

    async def asks(self, after: str | None, limit: int, brand: BrandId | None = None) -> AskPage:
        """A page of open asks."""
        with told():
            return await Listing(self._there().client).asks(brand, after, limit)

    async def detail(self, conversation: ConversationId) -> ConversationDetail:
        """The whole of one conversation."""
        with told():
            found = await self._there().client.detail(conversation)
        if found is None:
            raise RefusedByCore("nothing_new", sentences.NOTHING_NEWER)
        return found

    async def log(self, conversation: ConversationId) -> tuple[Recorded, ...]:
        """The raw events of one conversation."""
        with told():
            answer = await self._there().client.log(conversation)
        try:
            return _RECORDS.validate_python(answer.get("events", ()))
        except ValidationError as error:
            raise RefusedByCore("unreadable_log", sentences.LOG_UNREADABLE, detail=str(error)[:300]) from error

    async def packet(self, conversation: ConversationId) -> HandoffPacket:
        """What a person must know of a conversation before they write to the customer."""
        with told():
            return await self._there().client.handoff_packet(conversation)

    async def check_reply(self, conversation: ConversationId, text: str) -> CheckedReply:
        """What the checks have against words for a customer."""
        with told():
            return await self._there().client.check_reply(conversation, text)

    async def edit_preview(self, card: AskCard, arguments: Mapping[str, Any] | None) -> EditPreview:
        """What a change of a proposal would come to."""
        with told():
            return await Asks(self._there().client).edit_preview(card, arguments)

    async def edit(self, preview: EditPreview, comment: str | None, seen: Seen | None) -> CommandDone:
        """Carry out a change exactly as it was shown; signed."""
        looked = None if seen is None else signing.Seen(min(seen.shown_at, self._clock()), seen.opened)
        with told():
            return await Asks(self._there().client).edit(preview, comment=comment, seen=looked)

    async def systems(self) -> IntegrationsAnswer:
        """How the systems of the brands fare."""
        with told():
            return await self._there().client.integrations()

    async def override_preview(
        self, conversation: ConversationId, workflows: Sequence[str], queue: str | None
    ) -> OverridePreview:
        """What an override of the routing would change."""
        with told():
            return await self._there().client.override_preview(conversation, workflows, queue)

    async def override_routing(self, preview: OverridePreview, comment: str | None) -> CommandDone:
        """Carry out exactly what a preview has shown; signed where it lets the agent do more."""
        with told():
            return await self._there().client.override_routing(preview, comment=comment)

    async def command(self, command: Command, key: str) -> CommandDone:
        """Ask for something; sent again under the same key when the answer was lost."""
        with told():
            return await self._there().client.command(command, key=key)

    async def close(self) -> None:
        """End the line."""
        attached, self._attached = self._attached, None
        if attached is not None:
            await attached.client.close()

    # -- who is here ---------------------------------------------------------------------------------------------------

    def rest(self) -> None:
        """Use no key from now on, until `wake`."""
        self._resting, self._signer, self._session = True, None, None

    def wake(self) -> None:
        """Use the key that is kept here again."""
        self._resting = False

    async def end_session(self) -> None:
        """End whatever session there is with the core."""
        with told():
            await self._there().client.sign_out()

    # -- the key -------------------------------------------------------------------------------------------------------

    async def look(self) -> Keyring:
        """Where the key is and whether it can be used, in words; a usable keyring is tried out once."""
        if self._looked is None or not self._looked.usable:
            self._looked = await asyncio.to_thread(self._keys.look)
        looked = self._looked
        kind: Literal["os", "memory", "none"] = "none"
        if looked.usable:
            kind = "memory" if looked.situation == "memory_only" else "os"
        fingerprint = str(self._signer.key.fingerprint) if self._signer is not None else ""
        if self._resting:
            return Keyring(usable=False, kind=kind, sentence=texts_shell.SIGNED_OUT, resting=True)
        if self._problem:
            return Keyring(usable=False, kind=kind, sentence=self._problem)
        return Keyring(looked.usable, kind, looked.sentence, fingerprint)

    async def make_key(self) -> Keyring:
        """Whether a key can be made; it is made with the enrolment, when its owner has a name."""
        found = await self.look()
        if not found.usable:
            raise NoKey("no_keyring", found.sentence)
        return found

    async def decide(
        self,
        session: Session,
        card: AskCard,
        decision: Literal["approve", "deny"],
        comment: Comment | None,
        seen: Seen | None,
    ) -> Envelope:
        """Countersign exactly what a card binds."""
        with told():
            verified = self._witness.verified(session.core)
            # The core's clock and this machine's may differ a little; nothing was shown after it was signed.
            shown_at = None if seen is None else min(seen.shown_at, self._clock())
            opened = seen is not None and seen.opened
            return self._signs().decision(
                session.core, card, decision, comment, shown_at=shown_at, opened=opened, checkpoint=verified
            )

    async def settle(self, session: Session, card: AskCard, *, happened: bool) -> Envelope:
        """Sign what a person found out."""
        del session
        with told():
            challenge = await self._there().client.challenge()
            return self._signs().settling(challenge, card, happened=happened)

    async def resume(self, session: Session, brand: BrandId | None, workflow: WorkflowName | None = None) -> Envelope:
        """Sign that the agent may work again."""
        del session
        with told():
            challenge = await self._there().client.challenge()
            return self._signs().resuming(challenge, brand, workflow)

    async def prepare_key(self, core: str) -> KeyFingerprint:
        """The fingerprint of the key that the next first enrolment here uses: what recovery keys must name beforehand."""
        with told():
            kept = await asyncio.to_thread(self._keys.get, _prepared(core))
            if kept is None:
                kept = KeyPair.new().seed()
                await asyncio.to_thread(self._keys.put, _prepared(core), kept)
            return KeyPair.from_seed(kept).fingerprint

    async def enrol_first(self, session: Session, name: str) -> Enrolment:
        """Make this person's key the first one; kept before it is sent, so that it cannot be lost in between."""
        there = self._there()
        with told():
            prepared = await asyncio.to_thread(self._keys.get, _prepared(session.core))
            key = KeyPair.new() if prepared is None else KeyPair.from_seed(prepared)
            signer = Signer(key, new_operator(name), FIRST_ROLE, self._console, self._clock)
            await asyncio.to_thread(self._keys.put, _entry(session.core), _kept(signer))
            made = signer.enrolment(await there.client.challenge(), name=name)
            self._signer = signer
            return Enrolment(made.envelope, made.name, made.name_salt)

    @property
    def signer(self) -> Signer | None:
        """The key that signed in; none while this console can only read."""
        return self._signer

    def _signs(self) -> Signer:
        if self._signer is None:
            raise NoKey("no_key_here", sentences.NO_KEY_HERE)
        return self._signer

    async def _key_of(self, core: str) -> Signer | None:
        """The key of this core; a keyring that refuses leaves reading, and its sentence says why."""
        try:
            return await self._load(core)
        except errors.NoKey as error:
            self._signer = None
            self._problem = error.message
            return None

    async def _load(self, core: str) -> Signer | None:
        looked = self._looked or await asyncio.to_thread(self._keys.look)
        self._looked, self._problem = looked, ""
        if not looked.usable:
            return None
        kept = await asyncio.to_thread(self._keys.get, _entry(core))
        self._signer = None if kept is None else self._from(kept)
        return self._signer

    def _from(self, kept: str) -> Signer:
        try:
            value: dict[str, Any] = json.loads(kept)
            key = KeyPair.from_seed(str(value["seed"]))
            role = _ROLE.validate_python(value["role"])
            return Signer(key, OperatorId(str(value["operator"])), role, self._console, self._clock)
        except (ValueError, KeyError, TypeError) as error:
            raise errors.NoKey("bad_key", sentences.KEY_DAMAGED) from error


def _entry(core: str) -> str:
    return f"operator:{core}"


def _successor(core: str) -> str:
    return f"successor:{core}"


def _prepared(core: str) -> str:
    return f"prepared:{core}"


def _kept(signer: Signer) -> str:
    return json.dumps({"seed": signer.key.seed(), "operator": signer.operator, "role": signer.role})
