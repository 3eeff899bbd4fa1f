"""A core and a key in memory, for tests of the console: says what it is told to say, and remembers what it was asked."""

import asyncio
import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from agent_core.contract.bodies import Comment
from agent_core.contract.checked_replies import CheckedReply, ReplyWarning
from agent_core.contract.commands import Command, CommandDone, FlagAssessment, Pause, Session
from agent_core.contract.editing import EditPreview
from agent_core.contract.events import Recorded
from agent_core.contract.handing import HandoffPacket
from agent_core.contract.ids import BrandId, ConversationId, WorkflowName
from agent_core.contract.integrations import IntegrationsAnswer
from agent_core.contract.listing import EVERYTHING, RowFilter
from agent_core.contract.overriding import OverridePreview
from agent_core.contract.statements import PAYLOAD_TYPE, Envelope, EnvelopeSignature
from agent_core.contract.views import AskCard, AskPage, ConversationDetail, FeedAnswer, RowPage
from console.state.app_state import Bucket, Keyring, LogStanding, Seen
from console.state.ports import Enrolment, NoKey
from tests.console import made


@dataclass
class FakeCore:
    """Answers from lists; an exception in a list is raised."""

    session: Session = field(default_factory=made.session)
    details: dict[ConversationId, ConversationDetail] = field(default_factory=dict[ConversationId, ConversationDetail])
    commands: list[tuple[Command, str]] = field(default_factory=list[tuple[Command, str]])
    packets: dict[ConversationId, HandoffPacket] = field(default_factory=dict[ConversationId, HandoffPacket])
    warnings: tuple[ReplyWarning, ...] = ()
    called: list[tuple[object, ...]] = field(default_factory=list[tuple[object, ...]])
    checked: list[str] = field(default_factory=list[str])
    refuse: list[Exception] = field(default_factory=list[Exception])
    signed_in: int = 0
    standing: LogStanding = field(default_factory=LogStanding)
    looked: Seen | None = None
    asked_after: list[str | None] = field(default_factory=list[str | None])

    pages: list[tuple[str, str | None, RowFilter, BrandId | None]] = field(
        default_factory=list[tuple[str, str | None, RowFilter, BrandId | None]]
    )

    queue: list[tuple[str | None, BrandId | None]] = field(default_factory=list[tuple[str | None, BrandId | None]])

    def __post_init__(self) -> None:
        self.answers: asyncio.Queue[FeedAnswer | Exception] = asyncio.Queue()

    async def sign_in(self) -> Session:
        self.signed_in += 1
        return self.session

    def seated(self) -> Session | None:
        return self.session

    async def witness(self) -> LogStanding:
        return self.standing

    def accept_log(self) -> None:
        self.standing = LogStanding()

    async def feed(self, after: str | None, wait: int) -> FeedAnswer:
        self.asked_after.append(after)
        answer = await self.answers.get()
        if isinstance(answer, Exception):
            raise answer
        return answer

    async def rows(
        self, bucket: Bucket, after: str | None, limit: int, wanted: RowFilter = EVERYTHING, brand: BrandId | None = None
    ) -> RowPage:
        self.pages.append((bucket, after, wanted, brand))
        return RowPage(rows=(), next=None, counts=made.COUNTS)

    async def stop(self, command: Pause) -> None:
        self.called.append(("stop", command.brand, command.workflow))

    async def asks(self, after: str | None, limit: int, brand: BrandId | None = None) -> AskPage:
        self.queue.append((after, brand))
        return AskPage(asks=(), next=None, counts=made.COUNTS)

    async def detail(self, conversation: ConversationId) -> ConversationDetail:
        return self.details[conversation]

    async def log(self, conversation: ConversationId) -> tuple[Recorded, ...]:
        return ()

    async def packet(self, conversation: ConversationId) -> HandoffPacket:
        return self.packets[conversation]

    async def check_reply(self, conversation: ConversationId, text: str) -> CheckedReply:
        self.checked.append(text)
        return CheckedReply(text=text, warnings=self.warnings)

    async def edit_preview(self, card: AskCard, arguments: Mapping[str, Any] | None) -> EditPreview:
        return made.edit(1)

    async def edit(self, preview: EditPreview, comment: str | None, seen: Seen | None) -> CommandDone:
        self.called.append(("edit", preview.draft, comment))
        self.looked = seen
        return CommandDone(seq=31)

    async def systems(self) -> IntegrationsAnswer:
        return IntegrationsAnswer(integrations=())

    async def override_preview(
        self, conversation: ConversationId, workflows: Sequence[str], queue: str | None
    ) -> OverridePreview:
        return made.preview(1, then=tuple(workflows), queue=queue)

    async def override_routing(self, preview: OverridePreview, comment: str | None) -> CommandDone:
        self.called.append(("override", preview.then, comment))
        if self.refuse:
            raise self.refuse.pop(0)
        return CommandDone(seq=31)

    async def command(self, command: Command, key: str) -> CommandDone:
        self.commands.append((command, key))
        if self.refuse:
            raise self.refuse.pop(0)
        return CommandDone(seq=30)

    async def close(self) -> None:
        return


def envelope(words: str) -> Envelope:
    return Envelope(
        payloadType=PAYLOAD_TYPE,
        payload=base64.b64encode(words.encode()).decode(),
        signatures=(EnvelopeSignature(keyid=made.KEY, sig="c2ln"),),
    )


@dataclass
class FakeSigner:
    """Signs by writing down what it was asked to sign."""

    keyring: Keyring = field(
        default_factory=lambda: Keyring(usable=True, kind="memory", sentence="In memory.", fingerprint=made.KEY)
    )
    signed: list[str] = field(default_factory=list[str])
    seen: list[Seen | None] = field(default_factory=list[Seen | None])

    async def look(self) -> Keyring:
        return self.keyring

    async def make_key(self) -> Keyring:
        return self.keyring

    def _sign(self, words: str) -> Envelope:
        if not self.keyring.usable:
            raise NoKey("no_keyring", self.keyring.sentence)
        self.signed.append(words)
        return envelope(words)

    async def decide(
        self,
        session: Session,
        card: AskCard,
        decision: Literal["approve", "deny"],
        comment: Comment | None,
        seen: Seen | None,
    ) -> Envelope:
        assert card.binding is not None
        self.seen.append(seen)
        return self._sign(f"{decision} {card.binding.proposal} {comment.text if comment else ''}".strip())

    async def settle(self, session: Session, card: AskCard, *, happened: bool) -> Envelope:
        return self._sign(f"settle {card.ask} {happened}")

    async def resume(self, session: Session, brand: BrandId | None, workflow: WorkflowName | None = None) -> Envelope:
        return self._sign(f"resume {brand}" if workflow is None else f"resume {brand}/{workflow}")

    async def enrol_first(self, session: Session, name: str) -> Enrolment:
        return Enrolment(self._sign(f"enrol {name}"), name, "0" * 32)


@dataclass
class AskedFor:
    """Deeds written down instead of done."""

    deeds: list[tuple[object, ...]] = field(default_factory=list[tuple[object, ...]])
    reads: list[str] = field(default_factory=list[str])

    def approve(self, ask: str) -> None:
        self.deeds.append(("approve", ask))

    def deny(self, ask: str, reason: str) -> None:
        self.deeds.append(("deny", ask, reason))

    def ask_back(self, ask: str, question: str) -> None:
        self.deeds.append(("ask_back", ask, question))

    def escalate(self, ask: str, note: str) -> None:
        self.deeds.append(("escalate", ask, note))

    def claim(self, ask: str, steal: str) -> None:
        self.deeds.append(("claim", ask, steal))

    def release_claim(self, ask: str) -> None:
        self.deeds.append(("release", ask))

    def preview_edit(self, ask: str, arguments: Mapping[str, Any] | None) -> None:
        self.deeds.append(("preview_edit", ask, arguments))

    def edit(self, preview: EditPreview, comment: str) -> None:
        self.deeds.append(("edit", preview, comment))

    def recall(self, ask: str) -> None:
        self.deeds.append(("recall", ask))

    def resolve(self, ask: str, note: str) -> None:
        self.deeds.append(("resolve", ask, note))

    def still_unknown(self, ask: str, note: str) -> None:
        self.deeds.append(("still_unknown", ask, note))

    def settle(self, ask: str, happened: bool) -> None:
        self.deeds.append(("settle", ask, happened))

    def take_over(self, conversation: str) -> None:
        self.deeds.append(("take_over", conversation))

    def hand_back(self, conversation: str, note: str) -> None:
        self.deeds.append(("hand_back", conversation, note))

    def hand_to_team(self, conversation: str) -> None:
        self.deeds.append(("hand_to_team", conversation))

    def reply(self, conversation: str, text: str) -> None:
        self.deeds.append(("reply", conversation, text))

    def steer(self, conversation: str, note: str) -> None:
        self.deeds.append(("steer", conversation, note))

    def flag_assessment(self, command: FlagAssessment) -> None:
        self.deeds.append(("assess", command))

    def preview_routing(self, conversation: str, workflows: tuple[str, ...], queue: str | None) -> None:
        self.deeds.append(("preview", conversation, workflows, queue))

    def override_routing(self, preview: OverridePreview, comment: str) -> None:
        self.deeds.append(("override", preview, comment))

    def pause(self, brand: str | None, workflow: str | None = None) -> None:
        self.deeds.append(("pause", brand) if workflow is None else ("pause", brand, workflow))

    def resume(self, brand: str | None, workflow: str | None = None) -> None:
        self.deeds.append(("resume", brand) if workflow is None else ("resume", brand, workflow))

    def enrol_first(self, name: str) -> None:
        self.deeds.append(("enrol", name))

    def read_systems(self) -> None:
        self.reads.append("systems")

    def read_page(self, bucket: str) -> None:
        self.deeds.append(("page", bucket))

    def read_log(self, conversation: str) -> None:
        self.deeds.append(("log", conversation))
