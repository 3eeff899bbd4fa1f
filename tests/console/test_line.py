"""The line and the deeds against a core in memory: reconnects, loses nothing, sends once, signs exactly what is shown."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta

import pytest

from agent_core.contract.checked_replies import ReplyWarning
from agent_core.contract.commands import Decide, Enrol, Pause, PersonReply, Resume, TakeOver
from agent_core.contract.events import Recorded
from agent_core.contract.ids import BrandId, ConversationId
from agent_core.contract.listing import EVERYTHING, RowFilter
from agent_core.contract.overriding import OverridePreview
from agent_core.contract.views import ConversationDetail, RowPage
from console.line import Line
from console.state import sentences
from console.state.app_state import AppState, Bucket, Keyring, Seen
from console.state.happenings import (
    BucketChosen,
    ConnectionChanged,
    ConversationChosen,
    DetailArrived,
    FeedArrived,
    SignedIn,
    Ticked,
)
from console.state.listing import FilterChosen
from console.state.ports import RefusedByCore, SessionEnded, Unreachable
from console.state.selectors import shown_rows, wants_page
from console.state.store import Store
from console.supervisor import Supervisor
from console.tasks import Tasks
from tests.console import made
from tests.console.fake_core import FakeCore, FakeSigner

pytestmark = pytest.mark.qt


@dataclass
class Scene:
    core: FakeCore
    signer: FakeSigner
    store: Store
    deeds: Supervisor
    line: Line
    errors: list[BaseException] = field(default_factory=list[BaseException])

    async def until(self, true: Callable[[AppState], bool]) -> None:
        changed = asyncio.Event()
        leave = self.store.listen(lambda _before, _after: changed.set())
        while not true(self.store.state):
            changed.clear()
            await changed.wait()
        leave()


@asynccontextmanager
async def scene(*, follow: bool = True, core: FakeCore | None = None) -> AsyncGenerator[Scene]:
    core, signer, store = core or FakeCore(), FakeSigner(), Store(AppState(now=made.NOW))
    errors: list[BaseException] = []
    tasks = Tasks(errors.append)

    def show(_records: tuple[Recorded, ...]) -> None:
        return

    deeds = Supervisor(store, core, signer, tasks, show)
    line = Line(store, core, signer, lambda: made.NOW, lambda: deeds.read_page(store.state.bucket), deeds.read_asks)
    running = asyncio.get_running_loop().create_task(line.run()) if follow else None
    try:
        yield Scene(core, signer, store, deeds, line, errors)
    finally:
        if running is not None:
            running.cancel()
            await asyncio.wait({running})
        await tasks.close()
    assert not errors


async def test_R_M8_a_conversation_that_is_gone_is_let_go_and_not_asked_for_for_ever() -> None:
    class Gone(FakeCore):
        async def detail(self, conversation: ConversationId) -> ConversationDetail:
            self.called.append(("detail", conversation))
            raise RefusedByCore("not_found", "There is no such thing here.")

    async with scene(core=Gone()) as here:
        here.store.dispatch(ConversationChosen(made.conversation(77)))
        here.core.answers.put_nowait(made.answer())
        await here.until(lambda state: state.connection.phase == "live" and state.wanted is None)
        assert here.core.called == [("detail", made.conversation(77))]


async def test_it_signs_in_follows_the_feed_and_reads_the_first_page() -> None:
    async with scene() as here:
        here.core.answers.put_nowait(made.answer())
        await here.until(lambda state: state.connection.phase == "live")
        assert here.store.state.session == here.core.session
        await here.until(lambda state: state.paging.get("needs") is not None and state.paging["needs"].started)
        assert len(here.store.state.rows) == len(made.ROWS)


async def test_R_M8_it_says_offline_and_goes_on_from_the_last_token_without_loss() -> None:
    async with scene() as here:
        here.core.answers.put_nowait(made.answer(token="7"))
        await here.until(lambda state: state.connection.phase == "live")
        here.core.answers.put_nowait(Unreachable("core_unreachable", "The core does not answer."))
        await here.until(lambda state: state.connection.phase == "offline")
        assert here.store.state.notices[-1].title == "The core does not answer."
        here.line.hurry()
        missed = made.answer(token="8", reset=False, rows=(made.row(50),), asks=())
        here.core.answers.put_nowait(missed)
        await here.until(lambda state: state.connection.phase == "live")
        assert made.conversation(50) in here.store.state.rows
        assert len(here.store.state.rows) == len(made.ROWS) + 1
        assert "7" in here.core.asked_after
        assert here.core.signed_in == 2


async def test_a_lost_cursor_begins_anew() -> None:
    async with scene() as here:
        here.core.answers.put_nowait(made.answer(token="7"))
        here.core.answers.put_nowait(RefusedByCore("cursor_lost", "Begin anew."))
        here.core.answers.put_nowait(made.answer(token="9", rows=(made.row(60),)))
        await here.until(lambda state: set(state.rows) == {made.conversation(60)})
        assert here.core.asked_after[:3] == [None, "7", None]


async def test_an_ended_session_is_begun_again() -> None:
    async with scene() as here:
        here.core.answers.put_nowait(made.answer())
        here.core.answers.put_nowait(SessionEnded("session_over", "Sign in again."))
        await here.until(lambda state: here.core.signed_in == 1 and state.session is None)
        here.line.hurry()
        here.core.answers.put_nowait(made.answer(token="2", reset=False))
        await here.until(lambda state: state.session is not None)
        assert here.core.signed_in == 2


async def test_more_to_come_is_said_as_catching_up() -> None:
    async with scene() as here:
        here.core.answers.put_nowait(made.answer(more=True))
        await here.until(lambda state: state.connection.phase == "catching_up")
        here.core.answers.put_nowait(made.answer(token="2", reset=False))
        await here.until(lambda state: state.connection.phase == "live")


async def test_the_open_conversation_is_read_and_read_again_when_it_moved() -> None:
    async with scene() as here:
        one = made.conversation(1)
        here.core.details[one] = made.detail(1)
        here.core.answers.put_nowait(made.answer())
        here.store.dispatch(ConversationChosen(one))
        await here.until(lambda state: state.detail is not None)
        here.core.details[one] = made.detail(1, seq=25, why_stopped="Because.")
        here.core.answers.put_nowait(made.answer(token="2", reset=False, changed=((one, 25),)))
        await here.until(lambda state: state.detail is not None and state.detail.why_stopped == "Because.")


async def test_R_C4_approving_signs_the_shown_card_and_sends_it_once() -> None:
    async with scene(follow=False) as here:
        here.store.dispatch(SignedIn(made.session()))
        here.store.dispatch(FeedArrived(made.answer(), made.NOW))
        ask = made.ask(1)
        here.deeds.approve(ask.ask)
        here.deeds.approve(ask.ask)
        await here.until(lambda state: state.pending[str(ask.ask)].answered)
        assert ask.binding is not None
        assert here.signer.signed == [f"approve {ask.binding.proposal}"]
        assert len(here.core.commands) == 1
        assert isinstance(here.core.commands[0][0], Decide)


async def test_R_C4_a_decision_says_when_its_card_was_shown_and_that_the_conversation_was_open() -> None:
    card = made.ask(1)
    async with scene(follow=False) as here:
        here.store.dispatch(SignedIn(made.session()))
        here.store.dispatch(FeedArrived(made.answer(), made.NOW))
        here.store.dispatch(ConversationChosen(card.conversation))
        here.store.dispatch(DetailArrived(made.detail(1, asks=(card,))))
        here.deeds.approve(card.ask)
        await here.until(lambda state: state.pending[str(card.ask)].answered)
        assert here.signer.seen == [Seen(made.NOW, opened=True)]


async def test_R_B7_of_two_answers_that_overtake_each_other_the_one_to_the_newer_question_stays() -> None:
    chat = made.conversation(1)
    async with scene(follow=False) as here:
        here.store.dispatch(SignedIn(made.session()))
        here.store.dispatch(ConversationChosen(chat))
        first, second = asyncio.Event(), asyncio.Event()
        gates = iter((first, second))

        async def slow(_chat: object, workflows: Sequence[str], _queue: str | None) -> OverridePreview:
            await next(gates).wait()
            return made.preview(1, then=tuple(workflows))

        here.core.override_preview = slow  # type: ignore[method-assign]
        here.deeds.preview_routing(chat, ("refund_order",), None)
        here.deeds.preview_routing(chat, ("cancel_order",), None)
        second.set()
        await here.until(lambda state: state.routing is not None)
        first.set()
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        assert here.store.state.routing is not None
        assert here.store.state.routing.then == ("cancel_order",)


async def test_R_M9_the_loser_of_a_race_is_told_who_was_faster() -> None:
    async with scene(follow=False) as here:
        here.store.dispatch(SignedIn(made.session()))
        here.store.dispatch(FeedArrived(made.answer(), made.NOW))
        here.core.refuse.append(RefusedByCore("already_decided", "Ines Roth has decided this."))
        here.deeds.deny(made.ask(1).ask, "Too old")
        await here.until(lambda state: not state.pending)
        assert here.store.state.notices[-1].title == "Ines Roth has decided this."
        assert here.store.state.asks[made.ask(1).ask].state == "waiting"


async def test_R_M7_without_a_key_a_decision_is_refused_with_what_to_do() -> None:
    async with scene(follow=False) as here:
        here.signer.keyring = Keyring(usable=False, sentence="Start gnome-keyring.")
        here.store.dispatch(SignedIn(made.session()))
        here.store.dispatch(FeedArrived(made.answer(), made.NOW))
        here.deeds.approve(made.ask(1).ask)
        await here.until(lambda state: not state.pending)
        assert here.store.state.notices[-1].title == "Start gnome-keyring."
        assert not here.core.commands


async def test_R_M3_pausing_needs_no_key_and_resuming_is_signed() -> None:
    async with scene(follow=False) as here:
        here.store.dispatch(SignedIn(made.session()))
        here.deeds.pause(None)
        await here.until(lambda state: not state.pending)
        assert here.signer.signed == []
        here.deeds.resume(None)
        await here.until(lambda state: not state.pending)
        assert here.signer.signed == ["resume None"]
        assert [type(command) for command, _ in here.core.commands] == [Pause, Resume]


async def test_R_M3_who_has_no_key_at_all_stops_everything_from_the_console_of_the_core() -> None:
    async with scene(follow=False) as here:
        here.store.dispatch(SignedIn(made.session(operator=None, name=None, role=None, brands=(), key=None, limit=None)))
        here.deeds.pause(None)
        await here.until(lambda state: not state.pending)
        assert [command for command, _ in here.core.commands] == [Pause()]
        assert here.signer.signed == []


async def test_R_M3_a_stop_that_nobody_is_signed_in_for_goes_by_the_cores_own_token() -> None:
    async with scene(follow=False) as here:
        assert here.store.state.session is None
        here.deeds.pause(None)
        await here.until(lambda state: not state.pending)
        assert here.core.commands == []
        assert here.core.called == [("stop", None, None)]
        assert here.store.state.notices[-1].title == sentences.PAUSED_UNSEEN


async def test_R_M3_a_stop_at_a_core_that_was_not_started_here_says_that_nothing_was_paused() -> None:
    async with scene(follow=False) as here:

        async def elsewhere(command: Pause) -> None:
            raise SessionEnded("session_over", sentences.PAUSE_SIGN_IN)

        here.core.stop = elsewhere
        here.deeds.pause(None)
        await here.until(lambda state: not state.pending)
        assert here.store.state.notices[-1].title == sentences.PAUSE_SIGN_IN


async def test_control_and_replies_are_sent_with_their_words() -> None:
    async with scene(follow=False) as here:
        here.store.dispatch(SignedIn(made.session()))
        one = made.conversation(1)
        here.deeds.take_over(one)
        here.deeds.reply(one, "Hello")
        await here.until(lambda state: f"reply:{one}" not in state.pending)
        assert {type(command) for command, _ in here.core.commands} == {TakeOver, PersonReply}
        assert len({key for _, key in here.core.commands}) == 2


async def test_R_F2_words_with_a_doubt_stay_until_they_are_sent_again_and_changed_words_are_checked_anew() -> None:
    chat = made.conversation(1)
    doubt = ReplyWarning(check="promises", code="promise", sentence="It promises a day.", places=((0, 3),))
    async with scene(follow=False) as here:
        here.store.dispatch(SignedIn(made.session()))
        here.store.dispatch(ConversationChosen(chat))
        here.core.warnings = (doubt,)
        here.deeds.reply(chat, "By Friday.")
        await here.until(lambda state: state.doubted is not None and not state.pending)
        assert here.core.commands == []
        here.deeds.reply(chat, "By Monday.")
        await here.until(
            lambda state: state.doubted is not None and state.doubted.text == "By Monday." and not state.pending
        )
        assert here.core.commands == []
        here.deeds.reply(chat, "By Monday.")
        await here.until(lambda state: state.doubted is None and not state.pending)
        ((sent, _),) = here.core.commands
        assert isinstance(sent, PersonReply)
        assert sent.text == "By Monday."
        assert here.core.checked == ["By Friday.", "By Monday."]


async def test_R_E2_what_a_person_must_know_is_read_when_people_are_wanted_and_again_when_something_happened() -> None:
    chat = made.conversation(3)
    row = made.row(3, label="awaiting_human", owner="nobody", needs_person=True, asks=("escalation",))
    async with scene() as here:
        here.core.details[chat] = made.detail(1, row=row, seq=26)
        here.core.packets[chat] = made.packet(3, seq=26)
        here.core.answers.put_nowait(made.answer())
        here.store.dispatch(ConversationChosen(chat))
        await here.until(lambda state: state.packet is not None)
        here.core.details[chat] = made.detail(1, row=row.model_copy(update={"version": 2}), seq=30)
        here.core.packets[chat] = made.packet(3, seq=30)
        here.core.answers.put_nowait(made.answer(reset=False, changed=((chat, 30),)))
        await here.until(lambda state: state.packet is not None and state.packet.seq == 30)
        here.store.dispatch(ConversationChosen(made.conversation(1)))
        assert here.store.state.packet is None


async def test_the_first_key_is_enrolled_and_signed_in_with() -> None:
    async with scene(follow=False) as here:
        here.store.dispatch(SignedIn(made.session(operator=None, may_enrol_first=True)))
        here.deeds.enrol_first("Mira Duarte")
        await here.until(lambda state: not state.pending)
        assert here.signer.signed == ["enrol Mira Duarte"]
        assert isinstance(here.core.commands[0][0], Enrol)
        assert here.store.state.session == here.core.session


async def test_an_error_nobody_expected_is_reported_and_ends_nothing_else() -> None:
    reported: list[BaseException] = []
    told = asyncio.Event()

    def report(error: BaseException) -> None:
        reported.append(error)
        told.set()

    tasks = Tasks(report)

    async def breaks() -> None:
        raise ValueError("no")

    async def waits() -> None:
        await asyncio.Event().wait()

    tasks.start(breaks(), "breaks")
    tasks.start(waits(), "waits")
    await told.wait()
    await tasks.close()
    tasks.start(waits(), "after the end")
    assert [type(error) for error in reported] == [ValueError]


async def test_R_M1_the_queue_is_read_in_pages_and_the_open_conversation_once_more_when_the_story_begins_anew() -> None:
    core = FakeCore(details={made.conversation(1): made.detail(1)})
    async with scene(core=core) as here:
        here.core.answers.put_nowait(made.answer(rows=(), asks=(), begun="here"))
        await here.until(lambda state: state.asking.started)
        assert here.core.queue == [(None, None)]
        here.store.dispatch(ConversationChosen(made.conversation(1)))
        await here.until(lambda state: state.detail is not None)
        newer = made.detail(1, seq=99)
        here.core.details[made.conversation(1)] = newer
        # Between the old story and the new one nobody tells that more has happened here.
        here.core.answers.put_nowait(made.answer(rows=(), asks=(), begun="here", token="2"))
        await here.until(lambda state: state.detail == newer and state.begun == 2 and state.asking.started)
        assert here.core.queue == [(None, None), (None, None)]


async def test_R_M1_a_list_that_time_moves_rows_into_is_read_again_as_far_as_it_was_read() -> None:
    late = RowFilter(waiting_over_s=600)
    row = made.row(70, waiting_since=made.NOW - timedelta(seconds=590))

    class Clocked(FakeCore):
        async def rows(
            self, bucket: Bucket, after: str | None, limit: int, wanted: RowFilter = EVERYTHING, brand: BrandId | None = None
        ) -> RowPage:
            first = not self.pages
            self.pages.append((bucket, after, wanted, brand))
            return RowPage(rows=() if first else (row,), next=None, counts=made.COUNTS)

    core = Clocked()
    async with scene(core=core, follow=False) as here:
        for happening in (
            SignedIn(made.session()), FilterChosen(late), BucketChosen("all"), ConnectionChanged("live", made.NOW)
        ):  # fmt: skip
            here.store.dispatch(happening)
        here.deeds.read_page("all")
        await here.until(lambda state: state.paging["all"].started)
        here.deeds.read_page("all")
        assert len(core.pages) == 1
        here.store.dispatch(Ticked(made.NOW + timedelta(seconds=31)))
        assert wants_page(here.store.state)
        here.deeds.read_page("all")
        assert not wants_page(here.store.state)
        await here.until(lambda state: row in shown_rows(state) and not state.paging["all"].loading)
        assert not wants_page(here.store.state)
        assert core.pages == [("all", None, late, None)] * 2
