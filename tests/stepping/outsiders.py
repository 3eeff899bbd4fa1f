"""Customers and supervisors as they are seen by a core: each asks, and writes into the book what they were told."""

import itertools
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

from agent_core.contract.commands import Command, Decide, HandBack, HandToTeam, PersonReply, Recall, TakeOver
from agent_core.contract.errors import CountersignError
from agent_core.contract.ids import ConversationId
from agent_core.contract.statements import read_statement, statement_bytes, statement_digest
from agent_core.conversation.evolve import fold
from agent_core.conversation.state import ProposalState, State
from tests.engine.harness import ORDER
from tests.stepping.core import Core, Lost
from tests.stepping.play import Play, decision


class Outsiders:
    """Everybody outside, at whatever core runs now."""

    def __init__(self, play: Play) -> None:
        self.play = play
        self._numbers = itertools.count(1)
        self._shown: dict[ConversationId, State] = {}
        self.customers: dict[str, str] = {}
        """Thread -> the shop's id of its customer."""

    @property
    def core(self) -> Core:
        """The core that runs now."""
        return self.play.core

    async def told(
        self, op: str, who: str, conv: str, ask: Callable[[Core], Coroutine[Any, Any, object]], **more: Any
    ) -> str:
        """Asks, and notes what was answered: `ok`, `fail`, or `info` when the core died first."""
        book, number = self.play.world.book, next(self._numbers)
        line: dict[str, Any] = {"id": number, "op": op, "who": who, "conv": conv, **more}
        book.note("op", type="invoke", **line)
        try:
            core = self.core
            await core.asked(lambda: ask(core))
        except Lost:
            book.note("op", type="info", **line)
            return "info"
        except CountersignError as refused:
            book.note("op", type="fail", code=refused.code, message=refused.message, **line)
            return "fail"
        book.note("op", type="ok", **line)
        return "ok"

    async def writes(self, thread: str, text: str, event: str, *, by: str = "customer") -> str:
        """A message is delivered as webhooks are: again, until it is acknowledged."""
        customer = self.customers.setdefault(thread, str(self.play.shop.order(ORDER)["customer_id"]))
        conv = self.core.conversation(thread)
        op = "message" if by == "customer" else "message_of_person"
        for _ in range(10):
            told = await self.told(
                op,
                by,
                conv,
                lambda core: core.webhook(event, thread, text, customer=customer, author=by),
                event=event,
            )
            if told == "ok":
                return told
            await self.play.up()
        raise AssertionError(f"{event} was never taken")

    async def state(self, conv: ConversationId) -> State:
        """What a console shows of a conversation."""
        core, before = self.core, self._shown.get(conv, State())
        news = await core.asked(lambda: core.store.records(conv, after=before.seq))
        shown = fold(news, before)
        if shown.seq >= self._shown.get(conv, shown).seq:
            self._shown[conv] = shown
        return shown

    async def decides(self, who: str, conv: ConversationId, wanted: str, *, card: tuple[State, ProposalState]) -> str:
        """Signs a decision about a card as it was shown, and sends it; an answer that was lost is asked for again."""
        state, known = card
        envelope = decision(self.core, who, state, known, wanted)
        statement = statement_digest(statement_bytes(read_statement(envelope.payload_bytes())))
        return await self._sent(
            wanted, who, conv, Decide(envelope=envelope), proposal=known.proposal.id, statement=statement
        )

    async def recalls(self, who: str, conv: ConversationId, known: ProposalState) -> str:
        """Takes an approval back."""
        statement = known.approvals[-1].statement
        command = Recall(proposal=known.proposal.id, statement=statement)
        return await self._sent("recall", who, conv, command, proposal=known.proposal.id, statement=statement)

    async def takes_over(self, who: str, conv: ConversationId) -> str:
        """Takes a conversation over."""
        return await self._sent("take_over", who, conv, TakeOver(conversation=conv))

    async def stops_here(self, who: str, conv: ConversationId) -> str:
        """Stops the agent in one conversation and asks the team."""
        return await self._sent("hand_to_team", who, conv, HandToTeam(conversation=conv))

    async def hands_back(self, who: str, conv: ConversationId) -> str:
        """Hands a conversation back to the agent."""
        return await self._sent("hand_back", who, conv, HandBack(conversation=conv, note="Go on, please."))

    async def says(self, who: str, conv: ConversationId, text: str) -> str:
        """Writes to the customer, being in control."""
        return await self._sent("person_reply", who, conv, PersonReply(conversation=conv, text=text))

    async def _sent(self, op: str, who: str, conv: ConversationId, command: Command, **more: Any) -> str:
        key = f"{op}-{who}-{next(self._numbers)}"

        def ask(core: Core) -> Coroutine[Any, Any, object]:
            return core.command(who, command, key)

        told = await self.told(op, who, conv, ask, **more)
        while told == "info":  # a console asks again under the same key, and hears what became of it
            await self.play.up()
            told = await self.told(op, who, conv, ask, **more)
        return told


Scene = Callable[[Outsiders], Awaitable[None]]
