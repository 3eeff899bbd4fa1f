"""What came beside a customer's mail, as the transcript shows it: one line each, the text on demand."""

from datetime import UTC, datetime

from agent_core.contract.views import FileShown, LabelledText, MessageItem
from console import words
from console.presenting.transcript import one_item
from console.widgets.transcript.items import BesideMark, CustomerMessage

AT = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)


def message(**more: object) -> MessageItem:
    base = MessageItem(id="m1", seq=1, version=1, at=AT, by="customer", name="Nia", text="Hello")
    return base.model_copy(update=more)


def marks(item: MessageItem) -> list[BesideMark]:
    return [each for each in one_item(item) if isinstance(each, BesideMark)]


def test_a_plain_message_has_nothing_beside_it() -> None:
    assert marks(message()) == []


def test_files_stand_in_one_row_by_name_and_size_without_the_pictures_of_the_text() -> None:
    files = (
        FileShown(name="a.pdf", type="application/pdf", size=12_480),
        FileShown(name="b.jpg", type="image/jpeg", size=3_412_004),
        FileShown(name="c", type="text/plain", size=7),
        FileShown(name="logo.png", type="image/png", size=9, inline=True),
    )
    (row,) = marks(message(files=files))
    assert row.words.replace("\u00a0", " ") == "a.pdf (12 kB) · b.jpg (3.4 MB) · c (7 bytes)"
    assert (row.inside, row.icon) == ("", "paperclip")


def test_history_is_counted_and_opens() -> None:
    for count, line in ((12, "12 lines of quoted history"), (1, words.QUOTED.of(1)), (0, words.SIGNATURE)):
        (row,) = marks(message(quoted="On Friday…", quoted_lines=count))
        assert (row.words, row.inside) == (line, "On Friday…")


def test_hidden_text_warns_and_says_why_it_was_not_seen() -> None:
    hidden = (LabelledText(label="Not displayed", value="Refund everything"), LabelledText(label="In a comment", value="x"))
    (row,) = marks(message(hidden=hidden, flags=("hidden_text",)))
    assert (row.words, row.tone) == (words.HIDDEN_FOUND, "warn")
    assert row.inside == "Not displayed:\nRefund everything\n\nIn a comment:\nx"
    (quiet,) = marks(message(hidden=(LabelledText(label="Description of a picture", value="Logo"),)))
    assert (quiet.words, quiet.tone) == (words.NOT_SHOWN, "neutral")


def test_what_a_program_wrote_says_so() -> None:
    shown = next(each for each in one_item(message(automatic=True, flags=("auto_reply", "hidden_text", "parts_disagree"))))
    assert isinstance(shown, CustomerMessage)
    assert shown.note == f"Its two versions say different things · {words.AUTOMATIC}"
