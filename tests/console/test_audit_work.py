"""Audit's deeds against a core in memory: late answers are dropped, files are whole or not there, a deed is sent once."""

import asyncio
import stat
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from agent_core.contract.checkpoints import AlarmShown
from agent_core.contract.commands import CommandDone
from agent_core.contract.erasing import ErasurePreview, ErasureWanted
from agent_core.contract.events import ErasureReason
from agent_core.contract.ids import ConversationId, EffectId
from agent_core.contract.looking_back import CallRequestShown, CallsAnswer, MomentShown
from agent_core.contract.oversight import OversightAnswer
from agent_core.contract.reviewing import FinishReview, NoteReview, ReviewCommand, ReviewQueue, ReviewsShown, ScoreReview
from agent_core.contract.searching import SearchAnswer, SearchAsked, SearchFacets
from agent_core.contract.verification import VerificationShown
from agent_core.contract.views import ConversationDetail
from console.audit_deeds import AuditWork
from console.state.app_state import AppState, LogStanding
from console.state.audit import EXPORTING
from console.state.past import PastOpened
from console.state.ports import NoKey, RefusedByCore, Unreachable
from console.state.store import Store
from console.tasks import Tasks
from tests.console import made, made_audit


@dataclass
class PastCore:
    """Answers when it is let: each question waits at its gate, by name."""

    gates: dict[str, asyncio.Event] = field(default_factory=dict[str, asyncio.Event])
    asked: list[tuple[object, ...]] = field(default_factory=list[tuple[object, ...]])
    refuse: dict[str, Exception] = field(default_factory=dict[str, Exception])
    shown: list[VerificationShown] = field(default_factory=list[VerificationShown])

    async def _said(self, name: str, *about: object) -> None:
        self.asked.append((name, *about))
        gate = self.gates.get(":".join((name, *map(str, about))))
        if gate is not None:
            await gate.wait()
        if name in self.refuse:
            raise self.refuse[name]

    async def search(self, asked: SearchAsked) -> SearchAnswer:
        await self._said("search", asked.q)
        return SearchAnswer(hits=(made_audit.hit(1, asked.q, asked.q),), count=1)

    async def facets(self) -> SearchFacets:
        await self._said("facets")
        return made_audit.FACETS

    async def detail(self, conversation: ConversationId) -> ConversationDetail:
        await self._said("detail", conversation)
        return made.detail(1)

    async def moment(self, conversation: ConversationId, position: int) -> MomentShown:
        await self._said("moment", position)
        return made_audit.moment(1, position)

    async def calls(self, conversation: ConversationId) -> CallsAnswer:
        await self._said("calls")
        return made_audit.CALLS

    async def request(self, conversation: ConversationId, effect: EffectId) -> CallRequestShown:
        await self._said("request", effect)
        return made_audit.request()

    async def reviews(self, conversation: ConversationId) -> ReviewsShown:
        await self._said("reviews", conversation)
        return made_audit.reviews(1)

    async def review_queue(self) -> ReviewQueue:
        await self._said("queue")
        return made_audit.QUEUE

    async def review(self, command: ReviewCommand) -> CommandDone:
        await self._said("review", command)
        return CommandDone(seq=40)

    async def verification(self) -> VerificationShown:
        await self._said("verification")
        return self.shown.pop(0) if self.shown else made_audit.verification()

    async def verify(self) -> VerificationShown:
        await self._said("verify")
        return made_audit.verification(state="running", verdict=None)

    async def stop_verifying(self) -> VerificationShown:
        await self._said("stop")
        return made_audit.verification(state="cancelled", verdict=None)

    async def oversight(self, days: int) -> OversightAnswer:
        await self._said("oversight", days)
        return made_audit.OVERSIGHT

    async def export(self, conversation: ConversationId) -> bytes:
        await self._said("export")
        return b'{"format": "countersign-export"}'

    async def erasure_preview(self, wanted: ErasureWanted) -> ErasurePreview:
        await self._said("preview", wanted.customer)
        return made_audit.erasure()

    async def erase(self, shown: ErasurePreview, reason: ErasureReason) -> CommandDone:
        await self._said("erase", len(shown.conversations), reason)
        return CommandDone(seq=1)

    async def acknowledge(self, alarm: AlarmShown, comment: str) -> CommandDone:
        await self._said("acknowledge", alarm.alarm, comment)
        return CommandDone(seq=1)

    async def witness(self) -> LogStanding:
        await self._said("witness")
        return LogStanding("", 7)

    async def take_on_log(self) -> LogStanding:
        await self._said("take_on")
        return LogStanding("", 9)


def played(core: PastCore, play: Callable[[AuditWork, Store], Awaitable[None]]) -> Store:
    """Play with the deeds of one person, and end everything."""
    lost: list[BaseException] = []
    store = Store(AppState(now=made.NOW))

    async def run() -> None:
        tasks = Tasks(lost.append)
        await play(AuditWork(store, core, tasks, look_again_s=0, pause_s=0), store)
        await tasks.close()

    asyncio.run(run())
    assert not lost
    return store


async def until(holds: Callable[[], object]) -> None:
    """Let others work until something holds."""
    for _ in range(20_000):
        if holds():
            return
        await asyncio.sleep(0)
    raise AssertionError("it never held")


def test_an_overtaken_answer_is_dropped() -> None:
    core = PastCore(gates={"search:ref": asyncio.Event()})

    async def play(work: AuditWork, store: Store) -> None:
        work.search(SearchAsked(q="ref"))
        await until(lambda: core.asked)
        work.search(SearchAsked(q="refund"))
        await until(lambda: store.state.audit.search.hits)
        core.gates["search:ref"].set()
        await asyncio.sleep(0)
        await asyncio.sleep(0)

    found = played(core, play).state.audit.search
    assert found.hits[0].snippet == "refund"
    assert not found.loading


def test_a_page_is_asked_for_only_where_there_is_one() -> None:
    core = PastCore()

    async def play(work: AuditWork, store: Store) -> None:
        work.search_more()
        work.search(SearchAsked(q="a"))
        work.search_more()
        await until(lambda: store.state.audit.search.hits)
        work.search_more()

    played(core, play)
    assert core.asked == [("search", "a")]


def test_a_conversation_is_read_with_its_reviews_and_says_why_it_cannot_be() -> None:
    core = PastCore(refuse={"detail": RefusedByCore("not_found", "There is no such thing here.")})

    async def play(work: AuditWork, store: Store) -> None:
        work.open_past(PastOpened(made.conversation(1), 3))
        await until(lambda: store.state.audit.past.problems and store.state.audit.past.reviews)

    past = played(core, play).state.audit.past
    assert past.problems == {"detail": "There is no such thing here."}
    assert past.reviews is not None


def test_what_is_passed_by_with_a_held_key_is_not_read() -> None:
    core = PastCore()

    async def play(work: AuditWork, store: Store) -> None:
        for number in (4, 3, 2, 1):
            work.open_past(PastOpened(made.conversation(number)))
        await until(lambda: store.state.audit.past.detail and store.state.audit.past.reviews)
        for number in (4, 7, 11):
            work.show_call(made_audit.call(number).effect)
        await until(lambda: store.state.audit.past.request)

    played(core, play)
    assert core.asked == [
        ("detail", made.conversation(1)), ("reviews", made.conversation(1)), ("request", made_audit.call(11).effect),
    ]  # fmt: skip


def test_moments_that_are_passed_by_quickly_are_not_asked_for() -> None:
    core = PastCore(gates={"moment:3": asyncio.Event()})

    async def play(work: AuditWork, store: Store) -> None:
        work.open_past(PastOpened(made.conversation(1)))
        await until(lambda: store.state.audit.past.detail)
        for position in (3, 6, 9, 14):
            work.stand_at(position)
            await asyncio.sleep(0)
        core.gates["moment:3"].set()
        await until(lambda: store.state.audit.past.moment)
        work.stand_at(None)
        work.stand_at(6)
        await until(lambda: store.state.audit.past.moment)

    past = played(core, play).state.audit.past
    assert [about[1] for about in core.asked if about[0] == "moment"] == [3, 14, 6]
    assert past.moment is not None
    assert past.moment.seq == 6


def test_the_next_review_is_another_one_and_says_why_it_was_picked() -> None:
    core = PastCore()

    async def play(work: AuditWork, store: Store) -> None:
        work.next_review()
        await until(lambda: store.state.audit.past.conversation)
        assert store.state.audit.past.picked == "disputed"
        work.next_review()
        await until(lambda: store.state.audit.past.conversation == made.conversation(2))
        assert store.state.audit.past.picked == "random"

    assert played(core, play).state.audit.queue == made_audit.QUEUE


def test_a_score_names_the_rubric_that_was_shown_and_leaves_the_queue_with_it() -> None:
    core = PastCore()
    shown = made_audit.reviews(1)

    async def play(work: AuditWork, store: Store) -> None:
        points = shown.scores[0].scores
        work.score(shown, points, "Good", "random", done=True)
        work.score(shown, points, "", None, done=False)
        await until(lambda: not store.state.pending)
        work.note(made.conversation(1), "Look at this", 18)
        await until(lambda: not store.state.pending)

    played(core, play)
    score, finish, note = [about[1] for about in core.asked if about[0] == "review"]
    assert isinstance(score, ScoreReview)
    assert (score.rubric, score.seen, score.comment, score.picked) == (shown.rubric_digest, 24, "Good", "random")
    assert isinstance(finish, FinishReview)
    assert isinstance(note, NoteReview)
    assert (note.note, note.about) == ("Look at this", 18)


def test_a_verification_is_followed_to_its_end() -> None:
    running = made_audit.verification(state="running", verdict=None, done=5)
    core = PastCore(shown=[running])

    async def play(work: AuditWork, store: Store) -> None:
        work.verify()
        work.read_verification()
        await until(lambda: store.state.audit.verification is not None and store.state.audit.verification.state == "done")

    shown = played(core, play).state.audit.verification
    assert shown is not None
    assert shown.verdict == "holds"


def test_R_N5_an_export_is_written_whole_and_for_its_owner_only(tmp_path: Path) -> None:
    file = tmp_path / "c.json"

    async def play(work: AuditWork, store: Store) -> None:
        work.export(made.conversation(1), file)
        work.export(made.conversation(1), file)
        await until(lambda: store.state.notices)

    core = PastCore()
    store = played(core, play)
    assert core.asked == [("export",)]
    assert file.read_bytes().startswith(b'{"format"')
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [one.name for one in tmp_path.iterdir()] == ["c.json"]
    assert "verify-export" in store.state.notices[-1].words


def test_a_file_that_cannot_be_written_is_said_and_nothing_is_left(tmp_path: Path) -> None:
    taken = tmp_path / "there"
    taken.mkdir()

    async def play(work: AuditWork, store: Store) -> None:
        work.export(made.conversation(1), taken)
        await until(lambda: store.state.notices)

    store = played(PastCore(), play)
    assert store.state.notices[-1].tone == "danger"
    assert [one.name for one in tmp_path.iterdir()] == ["there"]
    assert EXPORTING not in store.state.pending


def test_R_N5_what_was_shown_is_erased_once_and_a_refusal_is_said() -> None:
    core = PastCore(gates={"erase:3:law": asyncio.Event()})

    async def play(work: AuditWork, store: Store) -> None:
        work.preview_erasure(ErasureWanted(brand=made.BRAND, customer="a@b.example"))
        await until(lambda: store.state.audit.erasure)
        shown = store.state.audit.erasure
        assert shown is not None
        work.erase(shown, "law")
        work.erase(shown, "law")
        core.gates["erase:3:law"].set()
        await until(lambda: store.state.notices)
        core.refuse["erase"] = NoKey("read_only", "This console has no key, so it can only read.")
        work.erase(shown, "law")
        await until(lambda: len(store.state.notices) == 2)

    store = played(core, play)
    assert [about for about in core.asked if about[0] == "erase"] == [("erase", 3, "law")] * 2
    assert store.state.notices[-1].title == "This console has no key, so it can only read."


def test_a_form_that_was_closed_gets_no_answer_any_more() -> None:
    core = PastCore(gates={"preview:a@b.example": asyncio.Event()})

    async def play(work: AuditWork, store: Store) -> None:
        work.preview_erasure(ErasureWanted(brand=made.BRAND, customer="a@b.example"))
        await until(lambda: core.asked)
        work.preview_erasure(None)
        core.gates["preview:a@b.example"].set()
        await asyncio.sleep(0)
        await asyncio.sleep(0)

    assert played(core, play).state.audit.erasure is None


def test_R_M9_an_alarm_is_acknowledged_with_words_and_a_log_taken_on_here() -> None:
    core = PastCore()

    async def play(work: AuditWork, store: Store) -> None:
        work.acknowledge(made_audit.ALARM, "A backup of Tuesday was restored.")
        await until(lambda: store.state.notices)
        work.take_on_log()
        await until(lambda: store.state.log.size == 9)

    played(core, play)
    assert core.asked == [
        ("acknowledge", made_audit.ALARM.alarm, "A backup of Tuesday was restored."), ("witness",), ("take_on",),
    ]  # fmt: skip


def test_a_core_that_is_away_is_said_where_one_looks() -> None:
    away: dict[str, Any] = dict.fromkeys(("search", "oversight", "verification"), Unreachable("away", "The core is away."))
    core = PastCore(refuse=away)

    async def play(work: AuditWork, store: Store) -> None:
        work.search(SearchAsked(q="a"))
        work.read_oversight("7")
        work.read_verification()
        await until(lambda: store.state.audit.oversight_problem and store.state.audit.verification_problem)

    audit = played(core, play).state.audit
    assert (audit.search.problem, audit.search.loading) == ("The core is away.", False)
    assert (audit.oversight_problem, audit.period) == ("The core is away.", "7")
