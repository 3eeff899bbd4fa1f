"""What a person asks for, carried out: sign where a signature is needed, send, and tell the state what was answered.

Every deed marks its subject as being sent, once, before anything is awaited; what becomes of it is shown by the feed. A
deed is sent again with the same key when the core did not answer, so it never happens twice. It must never sign anything
but what the card binds, and never decide by itself.
"""

from collections.abc import Awaitable, Callable, Coroutine, Mapping
from typing import Any, Literal

from agent_core.contract.bodies import Comment
from agent_core.contract.commands import (
    AskBack,
    Claim,
    Command,
    Decide,
    Enrol,
    Escalate,
    FlagAssessment,
    HandBack,
    HandToTeam,
    Pause,
    PersonReply,
    Recall,
    ReleaseClaim,
    ResolveAsk,
    Resume,
    Session,
    SettleUnknown,
    Steer,
    StillUnknown,
    TakeOver,
)
from agent_core.contract.editing import EditPreview
from agent_core.contract.events import Recorded
from agent_core.contract.ids import AskId, BrandId, ConversationId, StreamId, WorkflowName, random_id
from agent_core.contract.overriding import OverridePreview
from console import words
from console.errands import Errands
from console.paging import Paging
from console.state import sentences
from console.state.app_state import Bucket, Doubted
from console.state.happenings import (
    EditShown,
    Happening,
    KeyringKnown,
    News,
    ReplyDoubted,
    RoutingShown,
    SignedIn,
    SystemsArrived,
)
from console.state.ports import ConsoleError, Core, SessionEnded, Signer
from console.state.selectors import KEEPING, stop_subject
from console.state.store import Store
from console.tasks import Tasks

_Make = Callable[[Session], Awaitable[Command]]


class Supervisor:
    """The deeds of one person on one core.

    Args:
        store: The state.
        core: The line to the core.
        signer: The person's key.
        tasks: Where the work is kept.
        show_log: Called with the log of a conversation that was asked for.
    """

    def __init__(
        self, store: Store, core: Core, signer: Signer, tasks: Tasks, show_log: Callable[[tuple[Recorded, ...]], None]
    ) -> None:
        self._store = store
        self._core = core
        self._signer = signer
        self._tasks = tasks
        self._show_log = show_log
        self._errands = Errands(store, tasks)
        self._pages = Paging(store, core, tasks)

    # -- deciding ------------------------------------------------------------------------------------------------------

    def approve(self, ask: AskId) -> None:
        """Countersign what an ask proposes."""
        self._decide(ask, "approve", None)

    def deny(self, ask: AskId, reason: str) -> None:
        """Say no, with the reason the agent uses."""
        self._decide(ask, "deny", reason)

    def _decide(self, ask: AskId, decision: Literal["approve", "deny"], reason: str | None) -> None:
        card = self._store.state.asks.get(ask)
        if card is None:
            return

        async def make(session: Session) -> Command:
            words = Comment(text=reason) if reason else None
            return Decide(
                envelope=await self._signer.decide(session, card, decision, words, self._store.state.seen.get(ask)),
                comment=words and words.text,
                comment_salt=words and words.salt,
            )

        self._send(str(ask), decision, card.version, make)

    def ask_back(self, ask: AskId, question: str) -> None:
        """Ask the agent about what it proposed."""
        card = self._store.state.asks.get(ask)
        if card is not None:
            command = AskBack(ask=ask, conversation=card.conversation, question=question)
            self._send(str(ask), "ask_back", card.version, _ready(command))

    def escalate(self, ask: AskId, note: str) -> None:
        """Send an ask to those above."""
        card = self._store.state.asks.get(ask)
        if card is not None:
            command = Escalate(ask=ask, conversation=card.conversation, comment=note)
            self._send(str(ask), "escalate", card.version, _ready(command))

    def claim(self, ask: AskId, steal: str) -> None:
        """Say that one is on it; with a reason, take it from whoever is."""
        card = self._store.state.asks.get(ask)
        if card is not None:
            command = Claim(ask=ask, conversation=card.conversation, steal=steal or None)
            session = self._store.state.session
            mine = session is not None and session.operator is not None and card.claimed_by == session.operator
            # A lease that is renewed in the background never stands in the way of what its owner decides.
            self._send(f"{KEEPING}{ask}" if mine else str(ask), "claim", card.version, _ready(command))

    def release_claim(self, ask: AskId) -> None:
        """Give an ask back."""
        card = self._store.state.asks.get(ask)
        if card is not None:
            command = ReleaseClaim(ask=ask, conversation=card.conversation)
            self._send(str(ask), "release", card.version, _ready(command))

    def preview_edit(self, ask: AskId, arguments: Mapping[str, Any] | None) -> None:
        """Ask what a change of the arguments would come to; with none, what a form needs."""
        card = self._store.state.asks.get(ask)
        if card is None:
            return

        async def answer() -> Happening:
            return EditShown(await self._core.edit_preview(card, arguments))

        self._question("edit", answer)

    def edit(self, preview: EditPreview, comment: str) -> None:
        """Carry out a change exactly as it was shown; signed. It was read with the card that it changes."""
        seen = self._store.state.seen.get(preview.ask)
        self._call(str(preview.ask), "edit", lambda: self._core.edit(preview, comment or None, seen))

    def recall(self, ask: AskId) -> None:
        """Take one's own decision back before it leaves."""
        card = self._store.state.asks.get(ask)
        if card is None or card.binding is None or card.statement is None:
            return
        command = Recall(proposal=card.binding.proposal, statement=card.statement)
        self._send(str(ask), "recall", card.version, _ready(command))

    def resolve(self, ask: AskId, note: str) -> None:
        """Say that an escalation is dealt with."""
        card = self._store.state.asks.get(ask)
        if card is not None:
            command = ResolveAsk(ask=ask, conversation=card.conversation, comment=note or None)
            self._send(str(ask), "resolve", card.version, _ready(command))

    def settle(self, ask: AskId, happened: bool) -> None:
        """Say whether a write of unknown outcome happened; signed, because it decides about money."""
        card = self._store.state.asks.get(ask)
        if card is None:
            return

        async def make(session: Session) -> Command:
            envelope = await self._signer.settle(session, card, happened=happened)
            return SettleUnknown(ask=ask, conversation=card.conversation, happened=happened, envelope=envelope)

        self._send(str(ask), "settle", card.version, make)

    def still_unknown(self, ask: AskId, note: str) -> None:
        """Say that nobody can tell yet whether a write happened."""
        card = self._store.state.asks.get(ask)
        if card is not None:
            command = StillUnknown(ask=ask, conversation=card.conversation, comment=note or None)
            self._send(str(ask), "still_unknown", card.version, _ready(command))

    # -- control -------------------------------------------------------------------------------------------------------

    def take_over(self, conversation: ConversationId) -> None:
        """Take control of a conversation."""
        self._about(conversation, "take_over", TakeOver(conversation=conversation))

    def hand_back(self, conversation: ConversationId, note: str) -> None:
        """Give control back to the agent."""
        self._about(conversation, "hand_back", HandBack(conversation=conversation, note=note or None))

    def hand_to_team(self, conversation: ConversationId) -> None:
        """Stop the agent without taking the conversation."""
        self._about(conversation, "hand_to_team", HandToTeam(conversation=conversation))

    def _about(self, conversation: ConversationId, verb: str, command: Command) -> None:
        row = self._store.state.rows.get(conversation)
        self._send(str(conversation), verb, row.version if row is not None else 0, _ready(command))

    def reply(self, conversation: ConversationId, text: str) -> None:
        """Write to the customer: checked first, and sent at once when nothing stands against it.

        What stands against it is shown; the same words sent again leave all the same (R-F2, R-E3).
        """
        doubted = self._store.state.doubted
        warned = doubted is not None and (doubted.conversation, doubted.text) == (conversation, text)
        sent = False

        async def reply() -> None:
            nonlocal sent
            checked = None if warned else await self._core.check_reply(conversation, text)
            if checked is not None and checked.warnings:
                self._store.dispatch(ReplyDoubted(Doubted(conversation, text, checked.text, checked.warnings)))
                if self._store.state.doubted is None:
                    # They look elsewhere by now, and believe that it left.
                    key = f"refused:reply:{conversation}"
                    self._store.dispatch(News(key, words.NOT_SENT_YET, words.NOT_SENT_YET_WORDS, "warn", conversation))
                return
            sent = True
            self._session()
            await self._sent(PersonReply(conversation=conversation, text=text))

        def over() -> None:
            if sent:
                self._store.dispatch(ReplyDoubted(None))

        self._errands.do(f"reply:{conversation}", "reply", reply, done=lambda _: over(), refused=over)

    def steer(self, conversation: ConversationId, note: str) -> None:
        """Tell the agent something in private while it works."""
        self._send(f"reply:{conversation}", "steer", 0, _ready(Steer(conversation=conversation, note=note)), shown=True)

    def flag_assessment(self, command: FlagAssessment) -> None:
        """Say that a handoff is wrong, and what would be right."""
        self._send(f"assess:{command.conversation}", "flag_assessment", 0, _ready(command), shown=True)

    def preview_routing(self, conversation: ConversationId, workflows: tuple[str, ...], queue: str | None) -> None:
        """Ask what an override of the routing would change."""

        async def ask() -> Happening:
            return RoutingShown(await self._core.override_preview(conversation, workflows, queue))

        self._question("routing", ask)

    def override_routing(self, preview: OverridePreview, comment: str) -> None:
        """Carry out what a preview has shown, signed where it lets the agent do more."""
        self._call(str(preview.conversation), "override", lambda: self._core.override_routing(preview, comment or None))

    def _question(self, about: str, question: Callable[[], Awaitable[Happening]]) -> None:
        self._errands.ask(about, question, lambda sentence: News(about, sentence, "", "warn"))

    def _call(self, subject: str, verb: str, call: Callable[[], Awaitable[object]]) -> None:
        """Do something the line signs and sends in one."""
        state = self._store.state
        shown = state.rows.get(ConversationId(StreamId(subject))) or state.asks.get(AskId(subject))
        self._errands.do(subject, verb, call, version=shown.version if shown is not None else 0, shown=False)

    def pause(self, brand: BrandId | None, workflow: WorkflowName | None = None) -> None:
        """Stop the agent, or one workflow: needs no key, and nobody who is signed in (R-M3)."""
        command, subject = Pause(brand=brand, workflow=workflow), stop_subject(brand, workflow)
        if self._store.state.session is not None:
            self._send(subject, "pause", 0, _ready(command), shown=True)
            return

        def told(_: None) -> None:
            self._store.dispatch(News("pause", sentences.PAUSED_UNSEEN, "", "ok"))

        self._errands.do(subject, "pause", lambda: self._core.stop(command), done=told)

    def resume(self, brand: BrandId | None, workflow: WorkflowName | None = None) -> None:
        """Let the agent, or one workflow, work again; signed."""

        async def make(session: Session) -> Command:
            return Resume(brand=brand, workflow=workflow, envelope=await self._signer.resume(session, brand, workflow))

        self._send(stop_subject(brand, workflow), "resume", 0, make, shown=True)

    def enrol_first(self, name: str) -> None:
        """Make this person's key the first, and sign in with it."""

        async def enrol() -> None:
            session = self._session()
            self._store.dispatch(KeyringKnown(await self._signer.make_key()))
            made = await self._signer.enrol_first(session, name)
            await self._sent(Enrol(envelope=made.envelope, name=made.name, name_salt=made.name_salt))
            self._store.dispatch(SignedIn(await self._core.sign_in()))
            self._store.dispatch(KeyringKnown(await self._signer.look()))

        news = News("enrolled", words.ENROLLED, words.ENROLLED_WORDS, "ok")
        self._errands.do("enrol", "enrol", enrol, done=lambda _: self._store.dispatch(news))

    # -- sending -------------------------------------------------------------------------------------------------------

    def _send(self, subject: str, verb: str, version: int, make: _Make, *, shown: bool = False) -> None:
        async def made() -> None:
            await self._sent(await make(self._session()))

        self._errands.do(subject, verb, made, version=version, shown=shown)

    def _session(self) -> Session:
        session = self._store.state.session
        if session is None:
            raise SessionEnded("not_signed_in", sentences.READ_ONLY_SESSION)
        return session

    async def _sent(self, command: Command) -> None:
        # One key per deed: when the answer is lost the line asks again with it, so that it never happens twice.
        await self._core.command(command, random_id("k"))

    # -- reading -------------------------------------------------------------------------------------------------------

    def read_page(self, bucket: Bucket) -> None:
        """Read the next page of a part of the list."""
        self._pages.read_rows(bucket)

    def read_asks(self) -> None:
        """Read on in the queue of open asks."""
        self._pages.read_asks()

    def read_systems(self) -> None:
        """Ask how the systems of the brands fare."""

        async def ask() -> Happening:
            return SystemsArrived(await self._core.systems())

        self._question("systems", ask)

    def read_log(self, conversation: ConversationId) -> None:
        """Read the log of a conversation and show it."""
        self._tasks.start(self._logging(conversation), "log")

    async def _logging(self, conversation: ConversationId) -> None:
        try:
            records = await self._core.log(conversation)
        except ConsoleError as error:
            self._store.dispatch(News("log", error.message, "", "warn"))
        else:
            self._show_log(records)


def _ready(command: Command) -> Callable[[Session], Coroutine[Any, Any, Command]]:
    async def make(_session: Session) -> Command:
        return command

    return make
