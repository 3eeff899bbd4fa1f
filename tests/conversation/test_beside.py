"""What came beside a customer's words: the model is told that it is there; what a program wrote changes nothing."""

from datetime import UTC, datetime, timedelta

import pytest

from agent_core.contract.actors import Customer
from agent_core.contract.beside import FileCame, files_body, read_files, size_words
from agent_core.contract.bodies import new_body
from agent_core.contract.events import ConversationOpened, MessageReceived, Recorded
from agent_core.contract.ids import BrandId, MessageId, StreamId
from agent_core.conversation.decide import decide
from agent_core.conversation.evolve import fold
from agent_core.conversation.plan import OpenTurn, Plan, TurnRules
from agent_core.conversation.state import MessageSeen, State
from agent_core.conversation.transcript import MOST_FILES_NAMED, beside, heard

AT = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
TEXT, THREAD = new_body("message", "Hello"), new_body("context", "{}")


def record(seq: int, event: ConversationOpened | MessageReceived) -> Recorded:
    return Recorded(
        stream=StreamId("c_1"), brand=BrandId("northwind"), seq=seq, epoch=seq, at=AT, actor=Customer(), event=event,
        prev="0" * 64, hash=f"{seq:064d}",
    )  # fmt: skip


def message(number: int, *, automatic: bool) -> MessageReceived:
    return MessageReceived(
        message=MessageId(f"m_{number}"), raw=TEXT.ref, text=TEXT.ref, occurred_at=AT, automatic=automatic
    )


def after(*automatic: bool) -> State:
    opened = ConversationOpened(brand=BrandId("northwind"), channel="email", thread=THREAD.ref)
    events = [record(n, message(n, automatic=each)) for n, each in enumerate(automatic, 2)]
    return fold([record(1, opened), *events])


def test_R_A10_a_programs_message_opens_no_turn_and_a_persons_does() -> None:
    later = AT + timedelta(hours=1)
    robots = after(True, True)
    assert [each.author for each in robots.messages] == ["program", "program"]
    assert (robots.waiting, robots.last_customer_seq) == ((), 0)
    assert decide(robots, TurnRules(), later) == Plan()
    mixed = after(True, False, True)
    assert decide(mixed, TurnRules(), later).steps == (OpenTurn(1, 3),)
    assert [each.seq for each in mixed.waiting] == [3]


def seen(*, files: tuple[FileCame, ...] = (), quoted_lines: int = 0) -> tuple[MessageSeen, dict[str, str]]:
    body = files_body(files)
    of = MessageSeen(2, MessageId("m_2"), "customer", TEXT.ref, AT, body.ref if files else None, quoted_lines)
    return of, {TEXT.id: TEXT.text, **({body.id: body.text} if files else {})}


def test_R_D2_files_and_history_are_named_below_the_words() -> None:
    pdf = FileCame(name="a.pdf", type="application/pdf", size=12_480)
    logo = FileCame(name="logo.png", type="image/png", size=9, inline=True)
    of, texts = seen(files=(pdf, logo), quoted_lines=3)
    assert heard(of, texts) == "Hello\n\n[attached, not opened: a.pdf (12 KB)]\n\n[3 lines of quoted history left out]"  # pyright: ignore[reportArgumentType] - ids are strings
    assert list(beside([of])) == [of.attachments]
    plain, texts = seen(quoted_lines=1)
    assert heard(plain, texts) == "Hello\n\n[1 line of quoted history left out]"  # pyright: ignore[reportArgumentType] - likewise
    many, texts = seen(files=tuple(pdf.model_copy(update={"name": f"{n}.pdf"}) for n in range(MOST_FILES_NAMED + 2)))
    assert heard(many, texts).endswith("9.pdf (12 KB) and 2 more]")  # pyright: ignore[reportArgumentType] - likewise
    only_logo, texts = seen(files=(logo,))
    assert heard(only_logo, texts) == "Hello"  # pyright: ignore[reportArgumentType] - likewise


def test_erased_files_are_named_no_more() -> None:
    of, texts = seen(files=(FileCame(name="a.pdf", type="x", size=1),))
    assert heard(of, {TEXT.id: texts[TEXT.id]}) == "Hello"


def test_a_list_of_files_is_read_as_it_was_written_and_nothing_else_is_one() -> None:
    files = (FileCame(name="a.pdf", type="application/pdf", size=1, digest="0" * 64),)
    assert read_files(files_body(files).text) == files
    with pytest.raises(ValueError, match="name"):
        read_files('[{"type":"x","size":1}]')


@pytest.mark.parametrize(
    ("size", "words"),
    [(0, "0 B"), (999, "999 B"), (1_000, "1 KB"), (1_500, "2 KB"), (999_499, "999 KB"), (999_500, "1.0 MB"), (3_412_004,
    "3.4 MB")],
)  # fmt: skip
def test_a_size_is_said_as_people_say_it(size: int, words: str) -> None:
    assert size_words(size) == words
