"""The transcript: opens at once, stays where one reads, selects like text, reads like a list (R-M1, R-M8)."""

import random

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QAccessible, QGuiApplication
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot
from shiboken6 import delete

from console import strings
from console.theme.controller import Theme
from console.widgets.gallery import samples
from console.widgets.transcript.items import (
    AgentMessage,
    BesideMark,
    CustomerMessage,
    DayDivider,
    StrippedMark,
    ToolCallCard,
    TranscriptItem,
)
from console.widgets.transcript.selection import Place, Range
from console.widgets.transcript.view import TranscriptView

# The offscreen platform says once per window that it passes on no size hints; nothing can be done about it here.
pytestmark = [pytest.mark.qt, pytest.mark.qt_log_ignore("does not support propagateSizeHints")]
WORDS = ("order", "parcel", "refund", "late", "invoice", "card", "label", "please", "wrong", "size", "charged", "twice")


@pytest.fixture
def view(theme: Theme, qtbot: QtBot) -> TranscriptView:
    made = TranscriptView(theme)
    made.setParent(None)
    qtbot.addWidget(made)
    made.resize(800, 600)
    made.show()
    return made


def many(count: int) -> list[TranscriptItem]:
    chance = random.Random(7)
    items: list[TranscriptItem] = []
    for number in range(count):
        words = " ".join(chance.choices(WORDS, k=chance.randint(5, 60)))
        if number % 5 == 0:
            rows = (("Order", "88213"), ("Note", words[:60]))
            items.append(ToolCallCard(f"k{number}", "Look up", "orders.get", "x", rows, words[:90], "succeeded", raw="{}"))
        elif number % 2:
            items.append(CustomerMessage(f"k{number}", "Amara Okafor", "14:02", words))
        else:
            items.append(AgentMessage(f"k{number}", "Assistant", "14:03", words))
    return items


def settle(view: TranscriptView, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: view.column.settled, timeout=60_000)


def at_end(view: TranscriptView) -> bool:
    return view.verticalScrollBar().value() == view.verticalScrollBar().maximum()


def test_R_M1_two_thousand_messages_open_at_their_newest_before_the_rest_is_laid_out(
    view: TranscriptView, qtbot: QtBot
) -> None:
    items = many(2_000)
    view.set_items(items, fresh=True)
    view.viewport().repaint()
    assert at_end(view)
    assert not view.column.settled, "opening must not lay out everything"
    settle(view, qtbot)
    assert at_end(view), "measuring the rest must not move what is shown"


def test_offsets_are_the_sum_of_exact_heights_once_settled(view: TranscriptView, qtbot: QtBot) -> None:
    view.set_items(many(300), fresh=True)
    settle(view, qtbot)
    fresh = [block.arrange(view.column.width) for block in view.blocks]
    assert view.column.offsets[-1] == pytest.approx(view.column.offsets[0] + sum(fresh))


def test_new_messages_stick_to_the_end_only_for_someone_who_is_there(view: TranscriptView, qtbot: QtBot) -> None:
    view.set_items(many(200), fresh=True)
    settle(view, qtbot)
    view.append([CustomerMessage("new1", "Amara", "15:00", "one more")])
    assert at_end(view)
    view.verticalScrollBar().setValue(500)
    top = view.column.block_at(view.top)
    view.append([CustomerMessage("new2", "Amara", "15:01", "and another")])
    assert view.verticalScrollBar().value() == 500
    assert view.column.block_at(view.top) == top
    view.scroll_to_end()
    assert at_end(view)


def test_R_M8_what_is_shown_anew_starts_where_it_was_left(view: TranscriptView, qtbot: QtBot) -> None:
    items = many(200)
    view.begin_at(items[40].key)
    view.set_items(items, fresh=True)
    settle(view, qtbot)
    assert view.place() == items[40].key
    view.set_items(items, fresh=True)
    settle(view, qtbot)
    assert (view.place(), at_end(view)) == ("", True)
    view.begin_at("gone")
    view.set_items(items, fresh=True)
    settle(view, qtbot)
    assert at_end(view)


def test_a_resize_keeps_what_is_being_read(view: TranscriptView, qtbot: QtBot) -> None:
    view.set_items(many(300), fresh=True)
    settle(view, qtbot)
    view.verticalScrollBar().setValue(view.verticalScrollBar().maximum() // 2)
    reading = view.column.block_at(view.top)
    view.resize(520, 600)
    settle(view, qtbot)
    assert view.column.block_at(view.top) == reading


def test_an_item_that_changed_takes_the_place_of_the_old_one(view: TranscriptView) -> None:
    view.set_items(samples.TRANSCRIPT, fresh=True)
    kept = view.blocks[1]
    done = ToolCallCard("t2", "Track parcel", "carrier.track", "x", (), "In Leipzig", "succeeded")
    view.append([done])
    assert [block.key for block in view.blocks] == [item.key for item in samples.TRANSCRIPT]
    assert view.blocks[1] is kept
    assert "In Leipzig" in view.blocks[4].spoken()


def press_at(view: TranscriptView, number: int, char: int) -> QPoint:
    block = view.blocks[number]
    run = block.runs[0]
    line_middle = run.origin.y() + 10
    x = run.origin.x() + char * 6.0
    return QPoint(int(view.left + x), int(view.column.offsets[number] - view.top + line_middle))


def test_words_can_be_selected_with_the_mouse_and_copied(view: TranscriptView) -> None:
    view.set_items([CustomerMessage("m", "Amara", "14:02", "please refund order 88213")], fresh=True)
    run = view.blocks[0].runs[0]
    start = press_at(view, 0, 0)
    end = QPoint(int(view.left + run.rect().right() + 30), start.y())
    port = view.viewport()
    QTest.mousePress(port, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, start)
    QTest.mouseMove(port, end)
    view.choose(Range(Place(0, 0, 0), view.place_at(end.toPointF())))
    QTest.mouseRelease(port, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, end)
    assert view.selected_text() == "please refund order 88213"
    view.setFocus()
    QTest.keyClick(view, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert QGuiApplication.clipboard().text() == "please refund order 88213"


def test_a_double_click_takes_the_word(view: TranscriptView) -> None:
    view.set_items([CustomerMessage("m", "Amara", "14:02", "please refund order")], fresh=True)
    point = press_at(view, 0, 0) + QPoint(8, 0)
    QTest.mouseDClick(view.viewport(), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, point)
    assert view.selected_text() == "please"


def test_everything_is_chosen_and_copied_with_names(view: TranscriptView) -> None:
    view.set_items(samples.TRANSCRIPT, fresh=True)
    view.setFocus()
    QTest.keyClick(view, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    words = view.selected_text()
    assert "Amara Okafor (14:02)" in words
    assert "Northwind Assistant (14:03)" in words
    assert "Charges: 64.90 € (ch_19)" in words
    QTest.keyClick(view, Qt.Key.Key_Escape)
    assert view.selected_text() == ""


def test_a_selection_within_one_message_copies_only_its_part(view: TranscriptView) -> None:
    view.set_items([CustomerMessage("m", "Amara", "14:02", "please refund order")], fresh=True)
    view.choose(Range(Place(0, 0, 13), Place(0, 0, 7)))
    assert view.selected_text() == "refund"


def test_R_M8_the_keyboard_moves_from_item_to_item_and_extends(view: TranscriptView, qtbot: QtBot) -> None:
    view.set_items(samples.TRANSCRIPT, fresh=True)
    view.setFocus()
    QTest.keyClick(view, Qt.Key.Key_Home)
    assert view.current == 0
    with qtbot.waitSignal(view.current_changed, timeout=60_000) as moved:
        QTest.keyClick(view, Qt.Key.Key_J)
    assert moved.args == ["m1"]
    QTest.keyClick(view, Qt.Key.Key_Down, Qt.KeyboardModifier.ShiftModifier)
    assert view.selected_text().startswith("Amara Okafor (14:02)")
    QTest.keyClick(view, Qt.Key.Key_K)
    assert view.current == 1
    assert view.selected_text() == ""
    QTest.keyClick(view, Qt.Key.Key_End)
    assert view.current == len(view.blocks) - 1


def test_copying_with_nothing_chosen_copies_the_current_item(view: TranscriptView, qtbot: QtBot) -> None:
    view.set_items(samples.TRANSCRIPT, fresh=True)
    view.set_current(3)
    with qtbot.waitSignal(view.copied, timeout=60_000) as copied:
        view.copy()
    assert copied.args is not None
    assert copied.args[0].startswith("Look up order — Done")


def test_raw_data_is_one_key_away_and_hidden_before(view: TranscriptView) -> None:
    view.set_items(samples.TRANSCRIPT, fresh=True)
    view.setFocus()
    view.set_current(3)
    before = view.blocks[3].height
    assert '"amount"' not in view.blocks[3].copied()
    QTest.keyClick(view, Qt.Key.Key_I)
    assert view.blocks[3].unfolded()
    assert view.blocks[3].height > before
    assert '"amount": 6490' in view.blocks[3].copied()
    QTest.keyClick(view, Qt.Key.Key_I)
    assert view.blocks[3].height == pytest.approx(before)


def test_raw_data_that_is_not_json_is_shown_as_it_is(view: TranscriptView) -> None:
    card = ToolCallCard("t", "x", "x", "x", (), "", "failed", raw="{broken \u202e" + "[" * 5_000)
    view.set_items([card], fresh=True)
    view.set_current(0)
    view.toggle_raw()
    view.viewport().repaint()
    assert "{broken ‹RLO›" in view.blocks[0].copied()


def test_what_came_beside_a_message_opens_as_plain_text_by_key_and_by_click(view: TranscriptView) -> None:
    mark = BesideMark("m:hidden", "Hidden text found", "<b>Refund</b> \u202e everything", "triangle-alert", "warn")
    view.set_items([CustomerMessage("m", "Nia", "14:00", "Hi"), mark, BesideMark("m:files", "a.pdf (12 KB)")], fresh=True)
    view.viewport().repaint()
    block = view.blocks[1]
    assert "Refund" not in block.spoken()
    before = block.height
    view.set_current(1)
    QTest.keyClick(view, Qt.Key.Key_I)
    view.viewport().repaint()
    assert block.unfolded()
    assert block.height > before
    assert "<b>Refund</b> ‹RLO›" in block.copied()
    assert block.unfolding() == (strings.SHOW_TEXT, strings.HIDE_TEXT)
    QTest.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=view.block_rect(1).topLeft() + QPoint(70, 12))
    assert not block.unfolded()
    assert block.height == pytest.approx(before)
    view.set_current(2)
    view.toggle_raw()
    assert not view.blocks[2].unfolded()


def test_R_M8_every_item_is_a_child_with_its_own_words_and_place(view: TranscriptView) -> None:
    view.set_items(samples.TRANSCRIPT + samples.MORE_TRANSCRIPT, fresh=True)
    spoken = QAccessible.queryAccessibleInterface(view)
    assert spoken.role() == QAccessible.Role.List
    assert spoken.childCount() == len(view.blocks)
    for number in range(spoken.childCount()):
        child = spoken.child(number)
        assert child is not None
        assert child.role() == QAccessible.Role.ListItem
        assert child.text(QAccessible.Text.Name).strip()
        assert child.rect().width() > 0
    second = spoken.child(1)
    assert second is not None
    assert second.text(QAccessible.Text.Name).startswith("Amara Okafor, 14:02: Hi!")


def test_R_M8_a_transcript_read_aloud_dies_in_peace(theme: Theme, qtbot: QtBot) -> None:
    for _ in range(20):
        view = TranscriptView(theme)
        view.set_items(samples.TRANSCRIPT, fresh=True)
        spoken = QAccessible.queryAccessibleInterface(view)
        children = [spoken.child(number) for number in range(3)]
        for child in children:
            assert child is not None
            QAccessible.uniqueId(child)
        delete(view)


def test_R_D1_hostile_words_are_painted_as_characters_and_cost_nothing(view: TranscriptView) -> None:
    hostile = "<img src='http://evil.example/x.png'>\u202e" + "\u200b" * 1_000_000
    view.set_items([CustomerMessage("h", hostile, "14:00", hostile), StrippedMark("s", hostile)], fresh=True)
    view.viewport().repaint()
    shown = view.blocks[0].runs[0].words
    assert "<img src='http://evil.example/x.png'>‹RLO›‹ZWSP×" in shown
    assert len(shown) < 1_000


def test_nothing_and_a_lone_divider_can_be_shown_clicked_and_moved_through(view: TranscriptView) -> None:
    for items in ([], [DayDivider("d", "Today")]):
        view.set_items(items, fresh=True)
        view.viewport().repaint()
        view.setFocus()
        for key in (Qt.Key.Key_Home, Qt.Key.Key_J, Qt.Key.Key_K, Qt.Key.Key_I, Qt.Key.Key_End):
            QTest.keyClick(view, key)
        QTest.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(300, 30))
        QTest.mouseDClick(view.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(300, 30))
        QTest.keyClick(view, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
        assert view.selected_text() == ""


def test_a_selection_counts_characters_not_units_so_emoji_do_not_shift_it(view: TranscriptView) -> None:
    words = "📦📦 refund 📦 now"
    view.set_items([CustomerMessage("m", "Amara", "14:02", words)], fresh=True)
    run = view.blocks[0].runs[0]
    beyond = run.rect().bottomRight() + QPointF(50, -2)
    assert run.hit(beyond) == len(words)
    middle = run.rect().center().y()
    hits = [run.hit(QPointF(x, middle)) for x in range(int(run.rect().left()), int(run.rect().right()) + 2)]
    assert hits == sorted(hits)
    assert set(hits) == set(range(len(words) + 1))
    point = QPointF(view.left + run.rect().right() - 8, view.column.offsets[0] - view.top + middle)
    QTest.mouseDClick(view.viewport(), Qt.MouseButton.LeftButton, pos=point.toPoint())
    assert view.selected_text() == "now"
