"""A core as a console sees it: typed questions, typed answers, one feed that reconnects by itself.

Nothing here decides or remembers what is true; the core does. Commands carry an idempotency key, so one whose answer was
lost is sent again without harm. It must never send a token to another host, and never follow a redirect.
"""

import asyncio
import contextlib
import itertools
import random
import ssl
import time
from collections.abc import AsyncGenerator, Mapping, Sequence
from importlib import import_module
from types import TracebackType
from typing import Any, Final, Literal, Self, TypeVar

import httpx
from pydantic import BaseModel

from agent_core.contract.assessing import AssessmentsAnswer
from agent_core.contract.bodies import Comment
from agent_core.contract.checked_replies import CheckedReply, CheckReply, ReplyChecksAnswer
from agent_core.contract.checkpoints import AlarmShown, CheckpointAnswer, ConsistencyAnswer
from agent_core.contract.commands import (
    AcknowledgeAudit,
    Challenge,
    Command,
    CommandDone,
    Decide,
    EmbeddedSignIn,
    Enrol,
    Erase,
    OverrideRouting,
    Recall,
    Resume,
    Session,
    SettleUnknown,
    SignIn,
    StillUnknown,
)
from agent_core.contract.erasing import ErasurePreview, ErasureWanted, erase_value
from agent_core.contract.events import ErasureReason
from agent_core.contract.evidence_of_authority import AuthorityEvidenceAnswer
from agent_core.contract.handing import HandoffPacket
from agent_core.contract.ids import AskId, BrandId, ConversationId, WorkflowName, random_id
from agent_core.contract.operator_proofs import PROOF_HEADER, request_proof_bytes, spell_proof
from agent_core.contract.overriding import OverridePreview, OverridesAnswer
from agent_core.contract.queues import BreachesAnswer, QueuesAnswer
from agent_core.contract.repairing import CallAnswerWord, CallSettled, RepairShown
from agent_core.contract.views import (
    AskCard,
    ConversationDetail,
    CoreShown,
    DetectionsAnswer,
    FeedAnswer,
    IntegrationsAnswer,
    RowPage,
)
from console import texts_headless
from console.headless.errors import ClientError, CoreRefused, CoreUnreachable, NoKey, NotSignedIn, refusal
from console.headless.feed_decoding import conversation_detail, feed_answer
from console.headless.repairing import repair_order
from console.headless.signing import KeyPair, Seen, Signer

POLL_SECONDS: Final = 25.0
_THOUGHT_THROUGH: Final = ("/forks", "/diagnose")
_THINKING: Final = httpx.Timeout(20.0, connect=5.0, read=270.0)
"""A turn that is run again with a live model takes what turns take; the core ends it after four minutes."""
_SHORT: Final = 64
"""Bytes of an answer that says nothing but ok; a longer one is not read twice."""
FIRST_RETRY: Final = 0.2
LONGEST_RETRY: Final = 5.0
COMMAND_TRIES: Final = 4
RENEW_AFTER: Final = 2 / 3
"""Of a token's life."""

Bucket = Literal["needs", "agent", "human", "all"]

_Model = TypeVar("_Model", bound=BaseModel)


def load_connections() -> None:
    """Loads what the first client needs. Call it while a core loads: then nobody waits for it."""
    import_module("httpcore")


class CoreClient:
    """One console's connection to one core.

    Args:
        base_url: Where the core is, e.g. `http://127.0.0.1:8400`.
        transport: Another httpx transport, for tests.
    """

    def __init__(self, base_url: str, transport: httpx.AsyncBaseTransport | None = None) -> None:
        self._place = (base_url, transport)
        self._http = httpx.AsyncClient(
            base_url=base_url.rstrip("/"),
            transport=transport,
            # A core here speaks plain HTTP: to read every certificate that is trusted takes longer than signing in.
            verify=True if base_url.startswith("https:") else ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT),
            timeout=httpx.Timeout(20.0, connect=5.0, read=POLL_SECONDS + 15.0),
            follow_redirects=False,
            trust_env=False,
        )
        self._token: str | None = None
        self._session_key: KeyPair | None = None
        self._numbers = itertools.count(1)
        self._renew_at = float("inf")
        self._renewing = asyncio.Lock()
        self._signer: Signer | None = None
        self._left = 0  # how often somebody signed out: a sign-in that was on its way then is none
        self.session: Session | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Closes the connections. Harmless when done twice."""
        await self._http.aclose()

    # -- who ------------------------------------------------------------------------------------------------------

    async def challenge(self) -> Challenge:
        """A challenge with a nonce: for signing in, or for a statement that widens."""
        return await self._ask(Challenge, "POST", "/v1/challenge")

    async def sign_in(self, signer: Signer) -> Session:
        """Signs in with a key; the client signs in again by itself when the session has ended.

        Raises:
            CoreRefused: The key is not enrolled, revoked, or the statement does not hold.
        """
        left, challenge, key = self._left, await self.challenge(), KeyPair.new()
        body = SignIn(envelope=signer.session(challenge, key.public_key))
        session = self._seated(await self._ask(Session, "POST", "/v1/sessions", body), key)
        if left != self._left:
            await self.sign_out()
            raise NotSignedIn(401, "signed_out", texts_headless.SIGNED_OUT)
        self._signer = signer
        return session

    def beside(self) -> "CoreClient":
        """Another client of the same core, with a session of its own."""
        return CoreClient(*self._place)

    async def sign_in_embedded(self, token: str, key: KeyPair | None = None) -> Session:
        """Signs in read-only, with the token of the core this console started: good again for the key it came with first."""
        self._signer, key = None, key or KeyPair.new()
        body = EmbeddedSignIn(token=token, session_key=key.public_key)
        return self._seated(await self._ask(Session, "POST", "/v1/sessions/embedded", body), key)

    def only_read(self) -> None:
        """Keeps the session and signs nothing more, not even in again."""
        self._signer = None

    async def sign_out(self, *, everywhere: bool = False) -> None:
        """Ends the session, or every session of this operator; whatever comes of it, this signs in by itself no more."""
        self._signer, self._left = None, self._left + 1
        try:
            if self._token is not None:
                await self._send("DELETE", "/v1/sessions/current", params={"everywhere": "true"} if everywhere else None)
        finally:
            self._token = self.session = self._session_key = None

    async def renew(self) -> Session:
        """A newer token for the same session; done by itself before the older one expires."""
        return self._seated(await self._ask(Session, "POST", "/v1/sessions/renew"), self._session_key)

    # -- reading --------------------------------------------------------------------------------------------------

    async def query(self, model: type[_Model], path: str, **params: Any) -> _Model:
        """Any other question, answered by a type of the contract."""
        return await self._ask(model, "GET", path, params=params or None)

    async def tell(self, model: type[_Model], path: str, body: BaseModel) -> _Model:
        """Something that is no command, such as what needs no session."""
        return await self._ask(model, "POST", path, body)

    @property
    def signer(self) -> Signer:
        """The key that signed in.

        Raises:
            NoKey: `read_only`.
        """
        return self._signs()

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

    def _signs(self) -> Signer:
        if self._signer is None:
            raise NoKey("read_only", texts_headless.ONLY_READS)
        return self._signer

    # -- the wire -------------------------------------------------------------------------------------------------

    def _seated(self, session: Session, key: KeyPair | None) -> Session:
        if key is not self._session_key:
            self._numbers = itertools.count(1)
        self._token, self.session, self._session_key = session.token, session, key
        self._renew_at = time.monotonic() + session.renew_within_s * RENEW_AFTER
        return session

    async def _renew_in_time(self) -> None:
        """Renews the token once two thirds of its life are over."""
        if time.monotonic() < self._renew_at:
            return
        async with self._renewing:
            if time.monotonic() >= self._renew_at:
                self._renew_at = float("inf")
                with contextlib.suppress(ClientError):  # what was wanted says itself what is wrong
                    await self.renew()

    async def _ask(self, model: type[_Model], method: str, path: str, body: BaseModel | None = None, **more: Any) -> _Model:
        answer = await self._send(method, path, body, **more)
        try:
            return model.model_validate_json(answer.content)
        except ValueError as error:
            raise CoreRefused(answer.status_code, "unreadable_answer", texts_headless.UNREADABLE) from error

    async def _send(
        self,
        method: str,
        path: str,
        body: BaseModel | None = None,
        *,
        headers: dict[str, str] | None = None,
        params: dict[str, Any] | None = None,
    ) -> httpx.Response:
        if self._token is not None and not path.startswith("/v1/sessions"):
            await self._renew_in_time()
        try:
            return await self._once(method, path, body, headers or {}, params)
        except NotSignedIn:
            if self._signer is None or path.startswith("/v1/sessions"):
                raise
            await self.sign_in(self._signer)
            return await self._once(method, path, body, headers or {}, params)

    async def _once(
        self, method: str, path: str, body: BaseModel | None, headers: dict[str, str], params: dict[str, Any] | None
    ) -> httpx.Response:
        given = dict(headers)
        if self._token is not None:
            given["authorization"] = f"Bearer {self._token}"
        content = None
        if body is not None:
            content, given["content-type"] = body.model_dump_json().encode(), "application/json"
        patience = _THINKING if path.endswith(_THOUGHT_THROUGH) else httpx.USE_CLIENT_DEFAULT
        request = self._http.build_request(method, path, content=content, headers=given, params=params, timeout=patience)
        if self._token is not None and self._session_key is not None:
            number = next(self._numbers)
            proof = request_proof_bytes(self._token, number, method, request.url.raw_path, content or b"")
            request.headers[PROOF_HEADER] = spell_proof(number, self._session_key.sign_bytes(proof))
        try:
            answer = await self._http.send(request)
        except httpx.HTTPError as error:
            raise CoreUnreachable(type(error).__name__) from error
        if answer.is_success:
            return answer
        if answer.status_code in (502, 503, 504):
            raise CoreUnreachable(str(answer.status_code))
        raise refusal(answer.status_code, answer.content)
