"""The palette finds places, deeds, settings, customers and every conversation, by keyboard, what was recent first (R-M8)."""

import asyncio
from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QListView
from pytestqt.qtbot import QtBot

from agent_core.contract.searching import FoundConversation, SearchAnswer, SearchAsked, SearchHit
from console.finding_deeds import FindingWork
from console.shell.matching import best
from console.shell.palette import PaletteLine
from console.shell.window import MainWindow
from console.state.app_state import AppState
from console.state.finding import Finding, FindWanted, Found, Visited, finding_reduced
from console.state.happenings import FeedArrived
from console.state.ports import Unreachable
from console.state.store import Store
from console.tasks import Tasks
from tests.console import made
from tests.console.fake_core import AskedFor
from tests.console.opened import AtWindow
from tests.console.shown_window import shown_window
from tests.console.states import begun

pytestmark = pytest.mark.qt


def found(number: int, name: str = "Ada Older") -> FoundConversation:
    return FoundConversation(
        conversation=made.conversation(number), brand=made.BRAND, channel="email", customer_name=name, state="closed",
        workflows=("refund_order",), tools=(), outcomes=(), flags=(), language="en", replied="agent_alone",
        handled="automated", money=None, score_percent=None, reviewed=False, messages=4, opened_at=made.NOW,
        last_at=made.NOW,
    )  # fmt: skip


class Looked:
    """Remembers what was looked for."""

    def __init__(self) -> None:
        self.typed: list[str] = []

    def find(self, typed: str) -> None:
        self.typed.append(typed)


class Opened(AtWindow):
    """A window with the palette over it: all that is pressed and written goes there."""

    def __init__(self, window: MainWindow, looked: Looked, deeds: AskedFor) -> None:
        super().__init__(window)
        self.looked, self.deeds = looked, deeds
        self.palette = window.palette_overlay

    def type(self, text: str) -> None:
        field = self.palette.findChild(QLineEdit)
        assert field is not None
        QTest.keyClicks(field, text)

    def press(self, key: Qt.Key) -> None:
        field = self.palette.findChild(QLineEdit)
        assert field is not None
        QTest.keyClick(field, key)
        self.window.refresh.flush()

    def shown(self) -> list[PaletteLine]:
        listed = self.palette.findChild(QListView)
        assert listed is not None
        model = listed.model()
        lines = [model.index(at, 0).data(Qt.ItemDataRole.UserRole) for at in range(model.rowCount())]
        return [line for line in lines if isinstance(line, PaletteLine)]


@pytest.fixture
def opened(qapp: QApplication, qtbot: QtBot) -> Iterator[Opened]:
    looked, deeds = Looked(), AskedFor()
    with shown_window(qapp, qtbot, begun("light"), deeds, finding=looked) as window:
        window.open_palette()
        yield Opened(window, looked, deeds)


def test_R_M8_a_setting_is_found_by_what_it_is_for_and_set_from_the_palette(opened: Opened) -> None:
    opened.type("dark")
    assert "set:theme:dark" in [line.key for line in opened.shown()]
    opened.type(" :")
    assert opened.shown()[0].key == "set:theme:dark"
    opened.press(Qt.Key.Key_Return)
    assert opened.store.state.preferences.theme == "dark"
    opened.window.open_palette()
    opened.type("screen")
    assert opened.shown()[0].key == "setting:outside_words"
    opened.press(Qt.Key.Key_Return)
    assert opened.store.state.workspace == "settings"


def test_a_customer_with_several_conversations_is_one_line_that_shows_them_all(opened: Opened) -> None:
    opened.palette.close_overlay()
    rows = tuple(made.row(number, customer_name="Amara Okafor") for number in (30, 31))
    opened.say(FeedArrived(made.answer(reset=False, rows=rows), made.NOW))
    opened.window.open_palette()
    opened.type("amara")
    line = next(one for one in opened.shown() if one.key.startswith("customer:"))
    assert line.words == "Amara Okafor — 3 conversations"
    opened.window.carry_out(line.key)
    assert (opened.store.state.bucket, opened.store.state.search) == ("all", "Amara Okafor")


def test_what_the_core_finds_comes_below_and_the_line_one_stands_on_stays(opened: Opened, qtbot: QtBot) -> None:
    opened.type("okafor")
    qtbot.waitUntil(lambda: opened.looked.typed[-1] == "okafor")
    opened.say(FindWanted("okafor"))
    assert opened.shown()[-1].key == ""
    before = [line.key for line in opened.shown()[:-1]]
    opened.say(Found("okafor", (found(90, "Ben Okafor"), found(1, "Amara Okafor"))))
    keys = [line.key for line in opened.shown()]
    assert keys == [*before, f"conversation:{made.conversation(90)}"]
    opened.press(Qt.Key.Key_PageDown)
    opened.press(Qt.Key.Key_PageDown)
    opened.press(Qt.Key.Key_Return)
    assert opened.store.state.wanted == made.conversation(90)


def test_where_one_was_lately_comes_first(opened: Opened) -> None:
    opened.type("releases")
    opened.press(Qt.Key.Key_Return)
    opened.window.open_palette()
    first = opened.shown()[0]
    assert (first.key, first.kind) == ("go:releases", "Recent")


def test_words_rank_before_what_something_is_for_and_what_was_recent_a_little_higher() -> None:
    line, other = PaletteLine("1", "Audit", "", ""), PaletteLine("2", "Quiet hours", "", "", more="an audit of nights")
    lately = PaletteLine("3", "Open audit", "", "", recent=True)
    assert [one.key for one in best("audit", [other, line, lately], 9)] == ["1", "3", "2"]
    assert [one.key for one in best("qh", [other], 9)] == ["2"]
    assert best("zebra", [line, other], 9) == []


def test_an_answer_to_another_question_is_not_shown() -> None:
    finding = finding_reduced(Finding(), FindWanted("oka"))
    finding = finding_reduced(finding, FindWanted("okafor"))
    assert finding_reduced(finding, Found("oka", (found(1),))) == finding
    answered = finding_reduced(finding, Found("okafor", (found(1), found(2), found(1))))
    assert [one.conversation for one in answered.found] == [made.conversation(1), made.conversation(2)]
    assert not answered.busy
    assert finding_reduced(answered, FindWanted("")).found == ()


def test_deeds_are_not_recent_places_and_few_are_remembered() -> None:
    finding = Finding()
    for key in ("do:pause", "customer:Ada", "go:live", *(f"setting:{at}" for at in range(20)), "x:" + "y" * 300):
        finding = finding_reduced(finding, Visited(key))
    assert len(finding.recent) == 12
    assert finding.recent[0] == "setting:19"
    assert not {"do:pause", "customer:Ada"} & set(finding.recent)


class _Core:
    def __init__(self, *answers: SearchAnswer | Exception) -> None:
        self.answers = list(answers)
        self.asked: list[SearchAsked] = []

    async def search(self, asked: SearchAsked) -> SearchAnswer:
        self.asked.append(asked)
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


async def _answered(store: Store) -> None:
    told = asyncio.Event()
    leave = store.listen(lambda _before, after: None if after.finding.busy else told.set())
    async with asyncio.timeout(300):
        while store.state.finding.busy:
            await told.wait()
    leave()


def test_only_the_words_typed_last_are_looked_for_and_a_core_that_is_away_finds_nothing() -> None:
    async def play() -> None:
        hit = SearchHit(found_in=found(7), seq=3, at=made.NOW, kind="message", by="customer", speaker="",
                        what="message_received", snippet="Okafor")  # fmt: skip
        core = _Core(SearchAnswer.model_construct(hits=(hit,)), Unreachable("core_unreachable", "Away."))
        store, failed = Store(AppState(now=made.NOW)), list[BaseException]()
        tasks = Tasks(failed.append)
        work = FindingWork(store, core, tasks)
        work.find("ok")
        assert not core.asked
        work.find("okafor ")
        work.find("okafor")
        await _answered(store)
        assert [one.q for one in core.asked] == ["okafor"]
        assert [one.conversation for one in store.state.finding.found] == [made.conversation(7)]
        work.find("zebra")
        await _answered(store)
        assert store.state.finding.found == ()
        assert not store.state.finding.busy
        assert not failed
        await tasks.close()

    asyncio.run(play())
