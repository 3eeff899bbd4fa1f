"""This console's line to a core and this person's key, fulfilled by the headless client (`console.state.ports`).

The core may come and go (`attach`, `detach`): it is a child that can be started anew. Who sits here is `identified`'s. It
must never sign what a card does not bind, and never show what a core that begins anew has not told.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final, Literal

from pydantic import TypeAdapter, ValidationError

from agent_core.contract.bodies import Comment
from agent_core.contract.checked_replies import CheckedReply
from agent_core.contract.clock import Clock
from agent_core.contract.commands import Command, CommandDone, Pause, Session
from agent_core.contract.editing import EditPreview
from agent_core.contract.events import Recorded
from agent_core.contract.handing import HandoffPacket
from agent_core.contract.ids import BrandId, ConversationId, WorkflowName
from agent_core.contract.integrations import IntegrationsAnswer
from agent_core.contract.listing import EVERYTHING, RowFilter
from agent_core.contract.overriding import OverridePreview
from agent_core.contract.presence import Heard, Looking
from agent_core.contract.statements import AuditCheckpoint, ConsoleIdentity, Envelope
from agent_core.contract.views import AskCard, AskPage, ConversationDetail, FeedAnswer, RowPage
from console import texts_shell
from console.headless import errors, signing
from console.headless.asks import Asks
from console.headless.keys import KeyStore
from console.headless.listing import Listing
from console.headless.stopping import stop_without_session
from console.headless.witness import Witness, WitnessMemory
from console.identified import FORBIDDEN, Identified
from console.state import sentences
from console.state.app_state import Bucket, LogStanding, Seen
from console.state.ports import RefusedByCore, SessionEnded
from console.telling import told

_RECORDS: Final[TypeAdapter[tuple[Recorded, ...]]] = TypeAdapter(tuple[Recorded, ...])


class Connected(Identified):
    """The line and the key.

    Args:
        keys: Where this person's key is kept.
        console: How statements name this console.
        clock: The time statements are signed at.
        seen: Where the last checkpoint of each core is kept; only in memory when none is given.
    """

    def __init__(self, keys: KeyStore, console: ConsoleIdentity, clock: Clock, seen: WitnessMemory | None = None) -> None:
        super().__init__(keys, console, clock)
        self._witness = Witness(seen or WitnessMemory())
        self._present = ""

    # -- the core ------------------------------------------------------------------------------------------------------

    async def stop(self, command: Pause) -> None:
        """Stop agents with nobody signed in; the core that this console started takes it (R-M3)."""
        there = self._there()
        if there.token is None:
            raise SessionEnded("session_over", sentences.PAUSE_SIGN_IN)
        with told():
            await stop_without_session(there.client, there.token.get_secret_value(), there.own, command)

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

    async def feed(self, after: str | None, wait: int) -> FeedAnswer:
        """What changed since; waits for something to change."""
        if self._resting:
            raise SessionEnded("signed_out", texts_shell.SIGNED_OUT)
        there = self._there()
        with told():
            try:
                answer = await there.client.changes(after, wait=wait, present=self._present, begin="here")
            except errors.NoKey as error:
                raise SessionEnded(error.code, error.message) from error  # signing in, by itself, to another core
            except errors.CoreRefused as error:
                if error.status != FORBIDDEN:
                    raise
                raise SessionEnded(error.code, error.message) from error  # the key, or the role, counts no more
        if answer.reset and answer.begun != "here":
            # It told everything that is open; its pages do not say how far they reach either.
            raise RefusedByCore("older_core", sentences.OLDER_CORE)
        self._present = answer.present_mark
        if answer.reset and after is not None:
            await self._look_again(there)
        self._adopt(there)
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

    # -- the key -------------------------------------------------------------------------------------------------------

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
