"""A long conversation that stands open costs nothing while others change, and little when it goes on (R-M1, R-M8)."""

from datetime import datetime, timedelta

import pytest
from pytestqt.qtbot import QtBot

from agent_core.contract.views import ConversationDetail, ConversationRow, MarkItem, TranscriptItem
from console.presenting import transcript as presenting
from console.presenting.transcript import KeptTranscript, one_item, transcript
from console.shell.window import MainWindow
from console.state.app_state import AppState
from console.state.happenings import ConversationChosen, DetailArrived, FeedArrived, SignedIn
from console.state.store import Store
from console.theme.controller import Theme
from tests.console import made
from tests.console.fake_core import AskedFor

pytestmark = pytest.mark.qt


@pytest.fixture
def looked_at(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Items that were put into words, in order."""
    found: list[str] = []

    def counted(item: TranscriptItem) -> object:
        found.append(item.id)
        return one_item(item)

    monkeypatch.setattr(presenting, "one_item", counted)
    return found


def test_a_kept_transcript_says_what_the_transcript_says_and_looks_again_at_what_changed(looked_at: list[str]) -> None:
    kept, first = KeptTranscript(), made.detail(1)
    shown = kept.at(first, made.NOW, "Northwind")
    assert shown == transcript(first, made.NOW, "Northwind")
    looked_at.clear()
    assert kept.at(first, made.NOW + timedelta(seconds=1), "Northwind") is shown
    more = MarkItem(id="mark99", seq=99, version=99, at=made.NOW, what="notice", tone="ok", text="It came.")
    changed = first.items[0].model_copy(update={"version": 99})
    went_on = first.model_copy(update={"items": (changed, *first.items[1:], more)})
    again = kept.at(went_on, made.NOW, "Northwind")
    assert looked_at == [changed.id, "mark99"]
    assert again == transcript(went_on, made.NOW, "Northwind")
    for detail, now, brand in _others(went_on):
        assert kept.at(detail, now, brand) == transcript(detail, now, brand)


def _others(detail: ConversationDetail) -> list[tuple[ConversationDetail, datetime, str]]:
    """The same tomorrow, under another name, through another channel, and without its last item."""
    row: ConversationRow = detail.row.model_copy(update={"channel": "sms"})
    return [
        (detail, made.NOW + timedelta(days=1), "Northwind"),
        (detail, made.NOW, "Lumen"),
        (detail.model_copy(update={"row": row}), made.NOW, "Northwind"),
        (detail.model_copy(update={"items": detail.items[:-1]}), made.NOW, "Northwind"),
    ]


def test_R_M8_what_happens_elsewhere_puts_nothing_of_the_open_conversation_into_words_again(
    qtbot: QtBot, looked_at: list[str]
) -> None:
    theme, store = Theme("light"), Store(AppState(now=made.NOW))
    window = MainWindow(theme, store, AskedFor(), "console.ini")
    qtbot.addWidget(window)
    detail = made.detail(1)
    for happening in (
        SignedIn(made.session()), FeedArrived(made.answer(), made.NOW), ConversationChosen(detail.row.conversation),
        DetailArrived(detail),
    ):  # fmt: skip
        store.dispatch(happening)
    window.refresh.flush()
    assert {item.id for item in detail.items} <= set(looked_at)
    looked_at.clear()
    for number in range(5):
        elsewhere = made.row(500, version=number + 1)
        store.dispatch(FeedArrived(made.answer(reset=False, rows=(elsewhere,), asks=(), core=None), made.NOW))
        window.refresh.flush()
    assert looked_at == []
    store.dispatch(ConversationChosen(None))
    window.refresh.flush()
    window.stop()
