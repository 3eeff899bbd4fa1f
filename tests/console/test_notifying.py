"""What a person is told, where, and how often: nothing twice, no storm, no names outside the window (R-M8)."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QApplication

from agent_core.contract.ids import OperatorId
from agent_core.contract.views import AskCard
from console.notifying import Notifying
from console.shell.tray import Tray
from console.state.app_state import AppState, Notice
from console.state.happenings import (
    AskChosen,
    ConnectionChanged,
    FeedArrived,
    PreferencesChosen,
    SignedIn,
    Ticked,
    WorkspaceChosen,
)
from console.state.occasions import quiet_now
from console.state.preferences import Preferences, changed
from console.state.store import Store
from tests.console import made
from tests.console.scene import asks

pytestmark = pytest.mark.qt


def ask(number: int, **changes: object) -> AskCard:
    """An ask without a promised time, unless one is given."""
    return made.ask(number, **{"expires_at": None, **changes})


class Shown:
    """A tray that is always there, and what it was told."""

    there = True

    def __init__(self) -> None:
        self.news: list[tuple[str, str]] = []
        self.tip = ""

    def show(self, title: str, text: str) -> None:
        self.news.append((title, text))

    def waiting(self, text: str) -> None:
        self.tip = text


class Told:
    """A console that tells, with everything in reach."""

    def __init__(self) -> None:
        self.store = Store(AppState(now=made.NOW, preferences=Preferences(desktop="always")))
        self.outside = Shown()
        self.in_front = False
        self.at = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
        self.notifying = Notifying(self.store, self.outside, lambda: self.in_front, lambda: self.at)
        self.say(SignedIn(made.session()), asks(ask(1)), ConnectionChanged("live", made.NOW))

    def say(self, *happenings: object) -> None:
        for one in happenings:
            self.store.dispatch(one)  # pyright: ignore[reportArgumentType] - tests pass happenings only
        self.notifying.tell()

    def notices(self) -> list[Notice]:
        return list(self.store.state.notices)

    def titles(self) -> list[str]:
        return [one.title for one in self.notices()]


@pytest.fixture
def told(qapp: QApplication) -> Iterator[Told]:
    made_one = Told()
    yield made_one
    made_one.notifying.stop()


def test_what_stood_there_at_first_is_no_news(told: Told) -> None:
    assert told.titles() == []
    assert told.outside.news == []


def test_R_M8_a_new_ask_is_told_inside_with_names_and_outside_without(told: Told) -> None:
    told.say(asks(ask(2)))
    (notice,) = told.notices()
    assert "Refund 64.90" in notice.title
    assert "Amara Okafor" in notice.title
    assert notice.conversation == made.conversation(2)
    ((title, text),) = told.outside.news
    assert title == "An approval waits for you"
    assert "Amara" not in title + text
    assert "64" not in title + text


def test_names_leave_the_window_only_when_the_person_chose_that(told: Told) -> None:
    told.say(PreferencesChosen(Preferences(desktop="always", outside_words=True)), asks(ask(2)))
    assert "Amara Okafor" in told.outside.news[0][0]


def test_a_storm_is_one_notice_and_then_a_rest(told: Told) -> None:
    told.say(*(asks(ask(number)) for number in range(2, 42)))
    told.say(*(asks(ask(number)) for number in range(42, 60)))
    assert told.titles() == ["40 new things wait for you"]
    assert [title for title, _ in told.outside.news] == ["40 things wait for you"]
    told.notifying.rested()
    assert told.titles() == ["18 new things wait for you"]
    assert told.outside.tip == "Countersign: 59 things wait for you"


def test_an_ask_of_somebody_else_is_not_told(told: Told) -> None:
    told.say(asks(ask(2, roles=("admin",))), asks(ask(3, assigned_to=OperatorId("o_ines"))))
    told.say(asks(ask(4, money=made.euros(9_000_000))))
    assert told.titles() == []


def test_an_ask_that_is_over_before_it_is_told_is_not_told(told: Told) -> None:
    told.store.dispatch(asks(ask(2)))
    told.say(asks(ask(2, version=2, state="closed", closed_by="timeout", closed_at=made.NOW)))
    assert told.titles() == []


def test_a_promise_that_is_about_to_be_missed_is_told_once(told: Told) -> None:
    due = made.NOW + timedelta(minutes=8)
    told.say(asks(ask(1, version=2, next_breach=due, expires_at=None)))
    assert told.titles() == []
    told.say(Ticked(made.NOW + timedelta(minutes=4)))
    assert told.titles() == ["4\u00a0min left: Refund 64.90\u00a0EUR — Amara Okafor"]
    told.notifying.rested()
    told.say(Ticked(made.NOW + timedelta(minutes=5)))
    assert len(told.notices()) == 1
    assert [title for title, _ in told.outside.news] == ["A promised time is close"]


def _closed(number: int, name: str) -> AskCard:
    return ask(number, version=3, state="closed", closed_by="person", closed_name=name, closed_at=made.NOW)


def test_what_i_was_shown_and_a_colleague_decided_is_told(told: Told) -> None:
    told.say(WorkspaceChosen("approvals"), AskChosen(ask(1).ask), asks(_closed(1, "Ines Roth")))
    assert told.titles() == ["Ines Roth decided: Refund 64.90\u00a0EUR — Amara Okafor"]
    assert [title for title, _ in told.outside.news] == ["A colleague decided what you were shown"]


def test_what_i_decided_or_never_saw_is_not_told(told: Told) -> None:
    told.say(WorkspaceChosen("approvals"), AskChosen(ask(1).ask), asks(_closed(1, "Mira Duarte")))
    told.say(asks(ask(2)))
    told.notifying.rested()
    told.say(AskChosen(None), asks(_closed(2, "Ines Roth")))
    assert not [one for one in told.titles() if "decided" in one]


def test_what_was_taken_from_me_is_told(told: Told) -> None:
    told.say(asks(ask(1, version=2, state="claimed", claimed_by=made.ME, claimed_name="Mira Duarte")))
    told.say(asks(ask(1, version=3, state="claimed", claimed_by=OperatorId("o_ines"), claimed_name="Ines Roth")))
    assert told.titles() == ["Ines Roth took this from you: Refund 64.90\u00a0EUR — Amara Okafor"]


def test_what_came_while_the_core_was_away_is_told_once_it_is_back(told: Told) -> None:
    told.say(ConnectionChanged("offline", made.NOW, "The core does not answer."))
    told.say(ConnectionChanged("catching_up", made.NOW), asks(ask(1), ask(2), ask(3)))
    assert [title for title, _ in told.outside.news] == ["The core does not answer; nothing can be decided now"]
    told.notifying.rested()
    told.say(ConnectionChanged("live", made.NOW))
    assert told.titles() == ["2 new things wait for you"]
    assert {title for title, _ in told.outside.news[1:]} == {"2 things wait for you", "The core answers again"}


@pytest.mark.parametrize("key", ["notify_asks", "notify_breach", "notify_elsewhere", "notify_core"])
def test_each_kind_can_be_switched_off(told: Told, key: str) -> None:
    told.say(PreferencesChosen(changed(Preferences(desktop="always"), key, "off")))
    told.say(WorkspaceChosen("approvals"), AskChosen(ask(1).ask))
    told.say(asks(ask(2), _closed(1, "Ines Roth"), ask(3, next_breach=made.NOW + timedelta(minutes=1))))
    told.say(ConnectionChanged("offline", made.NOW))
    kinds = {one.key.removeprefix("notify:") for one in told.notices()}
    kinds |= {"core"} if any("core" in title for title, _ in told.outside.news) else set()
    assert kinds == {"ask", "breach", "elsewhere", "core"} - {key.replace("asks", "ask").removeprefix("notify_")}


def test_whoever_stands_before_the_queue_finds_it_under_the_bell(told: Told) -> None:
    told.in_front = True
    told.say(PreferencesChosen(Preferences(desktop="away")), WorkspaceChosen("approvals"), asks(ask(2)))
    assert [one.quiet for one in told.notices()] == [True]
    assert told.outside.news == []


def test_in_quiet_hours_nothing_leaves_the_window(told: Told) -> None:
    local = told.at.astimezone()
    now = local.hour * 60 + local.minute
    quiet = Preferences(desktop="always", quiet=True, quiet_from=(now - 5) % 1440, quiet_until=(now + 5) % 1440)
    told.say(PreferencesChosen(quiet), asks(ask(2)))
    assert len(told.titles()) == 1
    assert told.outside.news == []


def test_quiet_hours_go_past_midnight() -> None:
    night = Preferences(quiet=True, quiet_from=22 * 60, quiet_until=7 * 60)
    assert [quiet_now(night, at * 60) for at in (21, 22, 23, 0, 6, 7, 12)] == [False, True, True, True, True, False, False]
    assert not quiet_now(Preferences(quiet=False), 23 * 60)


def test_a_core_that_begins_its_story_anew_brings_no_old_news(told: Told) -> None:
    told.say(FeedArrived(made.answer(rows=(), asks=(ask(1),)), made.NOW))
    assert told.titles() == []


def test_where_there_is_no_tray_nothing_is_promised(qapp: QApplication) -> None:
    tray = Tray(QIcon())
    assert not tray.there
    tray.waiting("calm")
    tray.show("News", "of the day")
    tray.stop()
