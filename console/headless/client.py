"""A core as a console sees it: typed questions, typed answers, one feed that reconnects by itself.

Nothing here decides or remembers what is true; the core does. Commands carry an idempotency key, so one whose answer was
lost is sent again without harm. Who asks, and how it travels, is `connection`'s.
"""

import asyncio
import random
from collections.abc import AsyncGenerator, Mapping, Sequence
from typing import Any, Final, Literal

from agent_core.contract.assessing import AssessmentsAnswer
from agent_core.contract.bodies import Comment
from agent_core.contract.checked_replies import CheckedReply, CheckReply, ReplyChecksAnswer
from agent_core.contract.checkpoints import AlarmShown, CheckpointAnswer, ConsistencyAnswer
from agent_core.contract.commands import (
    AcknowledgeAudit,
    Command,
    CommandDone,
    Decide,
    Enrol,
    Erase,
    OverrideRouting,
    Recall,
    Resume,
    SettleUnknown,
    StillUnknown,
)
from agent_core.contract.detections import DetectionsAnswer
from agent_core.contract.erasing import ErasurePreview, ErasureWanted, erase_value
from agent_core.contract.events import ErasureReason
from agent_core.contract.evidence_of_authority import AuthorityEvidenceAnswer
from agent_core.contract.handing import HandoffPacket
from agent_core.contract.ids import AskId, BrandId, ConversationId, WorkflowName, random_id
from agent_core.contract.integrations import IntegrationsAnswer
from agent_core.contract.overriding import OverridePreview, OverridesAnswer
from agent_core.contract.queues import BreachesAnswer, QueuesAnswer
from agent_core.contract.repairing import CallAnswerWord, CallSettled, RepairShown
from agent_core.contract.views import (
    AskCard,
    ConversationDetail,
    CoreShown,
    FeedAnswer,
    RowPage,
)
from console import texts_headless
from console.headless.connection import POLL_SECONDS, Connection
from console.headless.errors import ClientError, CoreRefused, CoreUnreachable, NoKey
from console.headless.feed_decoding import conversation_detail, feed_answer
from console.headless.repairing import repair_order
from console.headless.signing import Seen

_SHORT: Final = 64
"""Bytes of an answer that says nothing but ok; a longer one is not read twice."""
FIRST_RETRY: Final = 0.2
LONGEST_RETRY: Final = 5.0
COMMAND_TRIES: Final = 4

Bucket = Literal["needs", "agent", "human", "all"]


class CoreClient(Connection):
    """What can be asked of a core, and told to it."""

    # -- reading --------------------------------------------------------------------------------------------------

    async def health(self) -> bool:
        """Whether the core answers."""
        try:
            await self._send("GET", "/v1/health")
        except ClientError:
            return False
        return True

    async def core(self) -> CoreShown:
        """What the core is and how it fares."""
        return await self._ask(CoreShown, "GET", "/v1/core")

    async def rows(self, *, bucket: Bucket = "all", after: str | None = None, limit: int = 100) -> RowPage:
        """A page of the list of conversations."""
        given = {"bucket": bucket, "limit": limit} | ({} if after is None else {"after": after})
        return await self._ask(RowPage, "GET", "/v1/conversations", params=given)

    async def detail(self, conversation: ConversationId, *, after_version: int = 0) -> ConversationDetail | None:
        """A conversation; none when it has nothing newer than a version."""
        answer = await self._send("GET", f"/v1/conversations/{conversation}", params={"after_version": after_version})
        nothing = len(answer.content) <= _SHORT and answer.json() == {"ok": True}
        return None if nothing else await conversation_detail(answer.content)

    async def log(self, conversation: ConversationId, *, after: int = 0) -> dict[str, Any]:
        """The raw events of a conversation, and whether their chain holds."""
        answer = await self._send("GET", f"/v1/conversations/{conversation}/log", params={"after": after})
        found: dict[str, Any] = answer.json()
        return found

    async def detections(self, *, days: int = 30) -> DetectionsAnswer:
        """What detectors saw in the last days, by brand and day."""
        return await self._ask(DetectionsAnswer, "GET", "/v1/detections", params={"days": days})

    async def reply_checks(self, *, days: int = 30) -> ReplyChecksAnswer:
        """What the checks of replies found in the last days, and which of them work."""
        return await self._ask(ReplyChecksAnswer, "GET", "/v1/reply-checks", params={"days": days})

    async def check_reply(self, conversation: ConversationId, text: str) -> CheckedReply:
        """What stands against words that a person might send; nothing is done with them."""
        body = CheckReply(text=text)
        return await self._ask(CheckedReply, "POST", f"/v1/conversations/{conversation}/check-reply", body)

    async def handoff_packet(self, conversation: ConversationId, *, language: str = "en") -> HandoffPacket:
        """What a person must know before they write to the customer, in at most 200 words and a language they read."""
        path = f"/v1/conversations/{conversation}/packet"
        return await self._ask(HandoffPacket, "GET", path, params={"language": language})

    async def assessments(self) -> AssessmentsAnswer:
        """What people called wrong of what they were handed, newest first, and how often (R-E3)."""
        return await self._ask(AssessmentsAnswer, "GET", "/v1/assessments")

    async def queues(self, *, days: int = 7) -> QueuesAnswer:
        """What waits for people, where and in which language, and how fast they were (R-E4)."""
        return await self._ask(QueuesAnswer, "GET", "/v1/queues", params={"days": days})

    async def breaching(self, **where: str) -> BreachesAnswer:
        """What breaches next, the first due first; `queue` and `language` narrow it."""
        return await self._ask(BreachesAnswer, "GET", "/v1/queues/next", params=where)

    async def authority_evidence(
        self, *, brand: str | None = None, workflow: str | None = None, days: int = 30
    ) -> AuthorityEvidenceAnswer:
        """How the actions of workflows fared in the last days."""
        named = {name: value for name, value in (("brand", brand), ("workflow", workflow)) if value is not None}
        return await self._ask(AuthorityEvidenceAnswer, "GET", "/v1/authority/evidence", params={"days": days, **named})

    async def asks(self, **where: str) -> tuple[AskCard, ...]:
        """Every open ask, in the order of the queue; `brand`, `queue`, `language`, `assigned` narrow it."""
        answer = await self._send("GET", "/v1/asks", params=where)
        return tuple(AskCard.model_validate(card) for card in answer.json()["asks"])

    async def ask(self, ask: AskId) -> AskCard:
        """One ask, open or closed."""
        return await self._ask(AskCard, "GET", f"/v1/asks/{ask}")

    async def changes(
        self,
        after: str | None,
        *,
        wait: float = POLL_SECONDS,
        present: str | None = None,
        begin: Literal["all", "here"] = "all",
    ) -> FeedAnswer:
        """One answer of the feed. A lost cursor begins anew: the answer says `reset`.

        A first look tells everything that is open, or with `begin` `here` only what happens from now on.
        """
        given: dict[str, Any] = {"begin": begin} if after is None else {"after": after, "wait": wait}
        if present is not None:
            given["present"] = present
        try:
            answer = await self._send("GET", "/v1/feed", params=given)
        except CoreRefused as refused:
            if refused.code != "cursor_lost":
                raise
            answer = await self._send("GET", "/v1/feed", params={"begin": begin})
        try:
            return await feed_answer(answer.content)
        except ValueError as error:
            raise CoreRefused(answer.status_code, "unreadable_answer", texts_headless.UNREADABLE) from error

    async def feed(self, after: str | None = None) -> AsyncGenerator[FeedAnswer | CoreUnreachable]:
        """Everything that changes, from now on and for ever.

        After a broken connection it waits a little, tries again, and goes on where it was. While the core cannot be reached
        it yields `CoreUnreachable` once, so that a screen can say so.

        Raises:
            CoreRefused: Anything but a lost cursor and an ended session.
        """
        token, pause, told = after, FIRST_RETRY, False
        while True:
            try:
                news = await self.changes(token)
            except CoreUnreachable as error:
                if not told:
                    told = True
                    yield error
                await asyncio.sleep(pause * (1 + random.random() / 4))  # noqa: S311 - spreads consoles, no secret
                pause = min(LONGEST_RETRY, pause * 2)
                continue
            token, pause, told = news.token, FIRST_RETRY, False
            yield news

    # -- acting ---------------------------------------------------------------------------------------------------

    async def command(self, command: Command, *, key: str | None = None) -> CommandDone:
        """Sends a command; when the answer is lost it is sent again under the same key.

        Raises:
            CoreRefused: The core refused it; nothing was done.
            CoreUnreachable: Nobody knows whether it arrived; send it again with the same `key` to find out.
        """
        name = key or random_id("k")
        for attempt in range(COMMAND_TRIES):
            try:
                return await self._ask(CommandDone, "POST", "/v1/commands", command, headers={"idempotency-key": name})
            except CoreUnreachable:
                if attempt == COMMAND_TRIES - 1:
                    raise
                await asyncio.sleep(FIRST_RETRY * 2**attempt)
        raise AssertionError("the last attempt returns or raises")

    async def approve(
        self, card: AskCard, *, comment: str | None = None, key: str | None = None, seen: Seen | None = None
    ) -> CommandDone:
        """Approves exactly what a card shows. Acts after `not_before`; until then it can be recalled."""
        return await self._decide(card, "approve", comment, key, seen)

    async def deny(
        self, card: AskCard, *, comment: str | None = None, key: str | None = None, seen: Seen | None = None
    ) -> CommandDone:
        """Denies it; the comment reaches the agent."""
        return await self._decide(card, "deny", comment, key, seen)

    async def recall(self, card: AskCard, statement: str) -> CommandDone:
        """Takes one's own approval back."""
        if card.binding is None:
            raise NoKey("nothing_to_sign", texts_headless.NOTHING_TO_TAKE_BACK)
        return await self.command(Recall(proposal=card.binding.proposal, statement=statement))

    async def resume(self, brand: BrandId | None = None, workflow: WorkflowName | None = None) -> CommandDone:
        """Lets the agent work again: by one workflow, in one brand, or everywhere."""
        envelope = self._signs().resuming(await self.challenge(), brand, workflow)
        return await self.command(Resume(brand=brand, workflow=workflow, envelope=envelope))

    async def settle_unknown(self, card: AskCard, *, happened: bool, comment: str | None = None) -> CommandDone:
        """Says whether a write of unknown outcome happened."""
        words = Comment(text=comment) if comment else None
        envelope = self._signs().settling(await self.challenge(), card, happened=happened, comment=words)
        return await self.command(
            SettleUnknown(
                ask=card.ask,
                conversation=card.conversation,
                happened=happened,
                envelope=envelope,
                comment=words and words.text,
                comment_salt=words and words.salt,
            )
        )

    async def override_preview(
        self, conversation: ConversationId, workflows: Sequence[str], queue: str | None = None
    ) -> OverridePreview:
        """What an override of the routing would change."""
        asked = {"workflows": ",".join(workflows), **({} if queue is None else {"queue": queue})}
        path = f"/v1/conversations/{conversation}/override-preview"
        return await self._ask(OverridePreview, "GET", path, params=asked)

    async def override_routing(
        self, preview: OverridePreview, *, comment: str | None = None, seen: bool = True
    ) -> CommandDone:
        """Carries out what a preview has shown, signed where it lets the agent do more."""
        words = Comment(text=comment) if comment else None
        envelope = None
        if preview.needs_signature:
            envelope = self._signs().widening(
                await self.challenge(),
                "override_routing",
                preview.conversation,
                preview.value_digest,
                brand=preview.brand,
                conversation=preview.conversation,
                log_head=preview.log_head,
                comment=words,
            )
        return await self.command(
            OverrideRouting(
                conversation=preview.conversation,
                workflows=preview.then,
                queue=preview.queue,
                envelope=envelope,
                seen=preview.log_head.seq if seen else None,
                comment=words and words.text,
                comment_salt=words and words.salt,
            )
        )

    async def overrides(self) -> OverridesAnswer:
        """The newest overrides of the routing."""
        return await self._ask(OverridesAnswer, "GET", "/v1/overrides")

    async def audit_checkpoint(self) -> CheckpointAnswer:
        """The newest checkpoint of the core's log; nothing about it is proven yet (`headless.witness`)."""
        return await self._ask(CheckpointAnswer, "GET", "/v1/audit/checkpoint")

    async def audit_consistency(self, old: int, new: int) -> ConsistencyAnswer:
        """Why the log of `new` events begins with that of `old`."""
        return await self._ask(ConsistencyAnswer, "GET", "/v1/audit/consistency", params={"from": old, "to": new})

    async def acknowledge_audit(self, alarm: AlarmShown, core: str, *, comment: str | None = None) -> CommandDone:
        """An admin signs that they know that the log is another one; sensitive actions go on."""
        words = Comment(text=comment) if comment else None
        challenge = await self.challenge()
        envelope = self._signs().widening(challenge, "acknowledge_audit", core, alarm.alarm, comment=words)
        return await self.command(
            AcknowledgeAudit(
                alarm=alarm.alarm, envelope=envelope, comment=words and words.text, comment_salt=words and words.salt
            )
        )

    async def quarantined(self) -> tuple[AskCard, ...]:
        """The conversations in quarantine, as what on-call is asked about them; most urgent first."""
        return tuple(card for card in await self.asks() if card.kind == "quarantine")

    async def repair_shown(self, conversation: ConversationId) -> RepairShown:
        """Everything a repair needs, filled in as far as it is known."""
        return await self._ask(RepairShown, "GET", f"/v1/conversations/{conversation}/repair")

    async def repair(
        self,
        shown: RepairShown,
        answers: Mapping[str, CallAnswerWord] | None = None,
        *,
        comment: str | None = None,
        key: str | None = None,
    ) -> CommandDone:
        """Repairs exactly what was shown. `answers` by the key of a call replace what is presumed about it."""
        presumed: dict[str, CallAnswerWord] = {call.key: call.presumed for call in shown.calls}
        said: dict[str, CallAnswerWord] = {**presumed, **(answers or {})}
        settled = tuple(CallSettled(call=call, answer=answer) for call, answer in said.items())
        command = repair_order(
            self._signs(), await self.challenge(), settled,
            plan=shown.plan, conversation=shown.conversation, brand=shown.brand, log_head=shown.log_head, comment=comment,
        )  # fmt: skip
        return await self.command(command, key=key)

    async def still_unknown(self, card: AskCard, *, again_s: int = 3_600, comment: str | None = None) -> CommandDone:
        """Says that nobody can tell yet whether a write happened; it is looked at again later."""
        words = Comment(text=comment) if comment else None
        return await self.command(
            StillUnknown(
                ask=card.ask,
                conversation=card.conversation,
                again_s=again_s,
                comment=words and words.text,
                comment_salt=words and words.salt,
            )
        )

    async def erasure_preview(self, wanted: ErasureWanted) -> ErasurePreview:
        """What an erasure would take, and what stands in the way."""
        return await self._ask(ErasurePreview, "POST", "/v1/erasure/preview", wanted)

    async def erase(self, shown: ErasurePreview, reason: ErasureReason, *, key: str | None = None) -> CommandDone:
        """Signs that everything is erased that was shown.

        Args:
            shown: The preview, as the person saw it.
            reason: Why.
            key: Of the request, when it is sent again.
        """
        names = tuple(row.conversation for row in shown.conversations)
        scope = "conversation" if len(names) == 1 and shown.conversations[0].found_by == ("named",) else "customer"
        envelope = self._signs().widening(
            await self.challenge(), "erase", shown.brand, erase_value(names, scope, reason), brand=shown.brand
        )
        wanted = Erase(brand=shown.brand, conversations=names, scope=scope, reason=reason, envelope=envelope)
        return await self.command(wanted, key=key)

    async def export(self, conversation: ConversationId, *, against: int | None = None) -> bytes:
        """A conversation with its proofs, as a file; that it left is on record.

        Args:
            conversation: Which one.
            against: The size of a checkpoint that was kept: the file proves that its log goes on from that.
        """
        params = {} if against is None else {"against": against}
        return (await self._send("GET", f"/v1/conversations/{conversation}/export", params=params)).content

    async def integrations(self) -> IntegrationsAnswer:
        """How the systems of this session's brands fare."""
        return await self._ask(IntegrationsAnswer, "GET", "/v1/integrations")

    async def enrol(self, enrolment: Enrol) -> CommandDone:
        """Sends a signed enrolment."""
        return await self.command(enrolment)

    async def _decide(
        self, card: AskCard, decision: Literal["approve", "deny"], comment: str | None, key: str | None, seen: Seen | None
    ) -> CommandDone:
        assert self.session is not None, "sign in first"
        words = Comment(text=comment) if comment else None
        shown_at, opened = (None, False) if seen is None else (seen.shown_at, seen.opened)
        envelope = self._signs().decision(self.session.core, card, decision, words, shown_at=shown_at, opened=opened)
        return await self.command(
            Decide(envelope=envelope, comment=words and words.text, comment_salt=words and words.salt), key=key
        )
