"""Quoted history and signatures: split off where that is sure, kept where it is not, and no word is ever lost."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent_core.boundary.mail_quotes import split_quotes

NEW = "Please refund NW-10023."

HEADERS = (
    "On Fri, Nov 20, 2026 at 10:00 AM Northwind <help@shop.example> wrote:",
    "On Fri, Nov 20, 2026 at 10:00 AM Northwind Support\n<help@shop.example> wrote:",
    "Am 20.11.2026 um 10:00 schrieb Northwind <help@shop.example>:",
    "Den fre. 20. nov. 2026 kl. 10.00 skrev Northwind <help@shop.example>:",
    "Le ven. 20 nov. 2026 à 10:00, Northwind <help@shop.example> a écrit :",
    "El vie, 20 nov 2026 a las 10:00, Northwind (<help@shop.example>) escribió:",
    "Il giorno ven 20 nov 2026 alle ore 10:00 Northwind <help@shop.example> ha scritto:",
    "Op vr 20 nov 2026 om 10:00 schreef Northwind <help@shop.example>:",
    "Den fre 20 nov. 2026 kl 10:00 skrev Northwind <help@shop.example>:",
    "2026年11月20日(金) 10:00 Northwind <help@shop.example>:",
    "2026年11月20日 10:00，Northwind 写道：",
    "2026년 11월 20일 (금) 오전 10:00, Northwind님이 작성하였습니다:",
    "пт, 20 нояб. 2026 г. в 10:00, Northwind <help@shop.example>:",
    "Em sex., 20 de nov. de 2026 às 10:00, Northwind <help@shop.example> escreveu:",
)

BLOCKS = (
    "-----Original Message-----\nFrom: Northwind <help@shop.example>\nSent: Friday\nTo: Nia\nSubject: X\n\nHow can we help?",
    "From: Northwind <help@shop.example>\nSent: Friday\nTo: Nia\nSubject: Order\n\nHow can we help?",
    "________________________________\nVon: Northwind <help@shop.example>\nGesendet: Freitag\nAn: Nia\nBetreff: X\n\nHallo?",
    "Fra: Northwind <help@shop.example>\nSendt: fredag\nTil: Nia\nEmne: X\n\nHvad kan vi gøre?",
    "-------- Ursprüngliche Nachricht --------\nVon: Northwind\nDatum: 20.11.26\n\nHallo?",
)


@pytest.mark.parametrize("header", HEADERS)
@pytest.mark.parametrize("signed", [False, True])
def test_a_quote_below_the_answer_is_history(header: str, signed: bool) -> None:
    body = f"{NEW}\n\n-- \nNia" if signed else NEW
    split = split_quotes(f"{body}\n\n{header}\n> How can we help?\n> \n> Bye\n")
    assert split.newest == NEW
    assert split.signature == ("-- \nNia" if signed else "")
    assert "How can we help?" in split.quoted
    assert split.quoted_lines >= 2


@pytest.mark.parametrize("block", BLOCKS)
def test_a_program_that_quotes_without_marks_quotes_to_the_end(block: str) -> None:
    split = split_quotes(f"{NEW}\n\n{block}\n\nThank you\n")
    assert split.newest == NEW
    assert split.quoted.endswith("Thank you")


def test_an_answer_below_the_quote_is_the_message() -> None:
    split = split_quotes(f"{HEADERS[0]}\n> How can we help?\n> Bye\n\n{NEW}\n")
    assert split.newest.endswith(NEW)
    assert HEADERS[0] in split.quoted


def test_answers_between_the_quotes_stay_with_what_they_answer() -> None:
    split = split_quotes(f"{HEADERS[0]}\n> Which order?\n\nNW-10023\n\n> Refund or replacement?\n\nRefund\n\n> Bye\n")
    assert split.newest == "> Which order?\n\nNW-10023\n\n> Refund or replacement?\n\nRefund"
    assert split.quoted.endswith("> Bye")
    long = "".join(f"> line {n}\n" for n in range(9))
    split = split_quotes(f"Hi\n{long}yes\n")
    assert split.newest == "Hi\n> line 6\n> line 7\n> line 8\nyes"
    assert split.quoted_lines == 6


@pytest.mark.parametrize(
    "text",
    [
        "> only a quote", "> one\n> two\n\n", f"{HEADERS[0]}\n> all of it", BLOCKS[0], "", "\n\n", "Hello", "a: b",
        "From: me",
        "It said: hello\nand then left", "On Friday I wrote:\nnothing came back.",
        "Order: NW-1\nDate: Friday\nmissing still",
        "Two things:\n- a refund\n- a parcel", "Tak for svaret. Hvor er NW-10023?", "Thanks, but where is NW-10023?",
        "Hi\nThanks, but where is my order?", "See 10:30 and 11:00:\nboth fail",
    ],
)  # fmt: skip
def test_what_is_no_history_stays(text: str) -> None:
    split = split_quotes(text)
    assert split.newest == text.strip()
    assert (split.quoted, split.signature, split.quoted_lines) == ("", "", 0)


@pytest.mark.parametrize(
    "signature",
    ["-- \nNia Novak\nExample Ltd", "Best regards,\nNia", "Mit freundlichen Grüßen\nNia Novak", "Med venlig hilsen\nNia",
     "Sent from my iPhone", "Cordialement,\nNia", "__\nNia", "Met vriendelijke groet,\nNia\n+31 20 123 45 67"],
)  # fmt: skip
def test_a_signature_is_split_off(signature: str) -> None:
    split = split_quotes(f"{NEW}\n\n{signature}\n")
    assert split.newest == NEW
    assert split.signature == signature.strip()


@pytest.mark.parametrize(
    "ending",
    ["Best regards,\nNia\nOrder NW-10023", "Thanks,\nwhere is my parcel?",
    "-- \n" + "A long sentence that says something. " * 3,
     "Best regards,\nNia, customer 1234567", "Thanks, and please send it to my new address", "-- \n#4711"],
)  # fmt: skip
def test_a_signature_that_may_hold_more_stays(ending: str) -> None:
    split = split_quotes(f"{NEW}\n\n{ending}")
    assert split.newest == f"{NEW}\n\n{ending}".strip()
    assert split.signature == ""


def test_a_forwarded_message_is_meant_to_be_read() -> None:
    forwarded = f"See below.\n\n---------- Forwarded message ---------\nFrom: Shop <a@b.example>\nDate: Friday\n\n{NEW}"
    assert split_quotes(forwarded).newest == forwarded
    outlook = f"See below.\n\n{BLOCKS[1]}"
    assert split_quotes(outlook, subject="FW: Order").newest == outlook
    assert split_quotes(outlook, subject="RE: Order").newest == "See below."


_LINE = st.one_of(
    st.sampled_from(
        [*HEADERS, *BLOCKS, "> a", ">> b", "", "-- ", "Best regards,", "Nia", "From: x", "Sent: y", NEW, "_" * 40]
    ),
    st.text(st.characters(codec="utf-8", exclude_characters="\n\r"), max_size=30),
)


@given(st.lists(_LINE, max_size=25).map("\n".join), st.sampled_from(["", "Re: x", "Fwd: x"]))
def test_no_line_is_lost_or_changed(text: str, subject: str) -> None:
    split = split_quotes(text, subject=subject)
    parts = "\n".join((split.newest, split.quoted, split.signature))
    assert sorted(filter(None, map(str.strip, parts.split("\n")))) == sorted(filter(None, map(str.strip, text.split("\n"))))


def test_R_A10_hostile_lines_cost_no_more_than_their_number() -> None:
    for line in ("Den skrev " * 2_000 + ":", "On " * 5_000 + "wrote:", "From:" + " " * 20_000, "> " * 20_000, ": " * 10_000):
        text = f"{NEW}\n" + f"{line}\n" * 200
        assert split_quotes(text).newest.startswith(NEW)
    assert split_quotes(f"{NEW}\n" + "a:\n> b\nc\n" * 20_000).newest.startswith(NEW)
