"""Mail at the boundary: a person's newest words come through, what nobody saw does not, and nothing is ever fetched."""

import hashlib
import json
import os
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent_core.boundary.mail import is_automatic, read_body, read_mail
from tests.boundary.hostile_mails import (
    CASES,
    HELLO,
    SECRET,
    TEXT,
    VISIBLE_STYLES,
    Case,
    file,
    hidden,
    html,
    mail,
    multi,
    part,
)


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_R_D1_a_hostile_mail_comes_to_what_a_person_would_have_read(case: Case) -> None:
    read = read_mail(case.raw)
    if case.text is not None:
        assert read.text.text == case.text
    assert SECRET not in read.text.text
    assert case.flags <= set(read.flags)
    harmless = {"remote_images", "html_simplified", "auto_reply"}
    assert case.flags or not set(read.flags) - harmless
    assert read.automatic is case.automatic
    if case.quoted is not None:
        assert read.quoted_lines == case.quoted
    if case.attachments is not None:
        assert tuple(each.name for each in read.attachments) == case.attachments


def test_there_are_at_least_sixty_hostile_mails_and_each_has_a_name_of_its_own() -> None:
    names = [case.name for case in CASES]
    assert len(names) >= 60
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("style", VISIBLE_STYLES)
def test_what_only_looks_like_hiding_stays_visible(style: str) -> None:
    read = read_mail(hidden(style))
    assert read.text.text == f"{HELLO}\n\n{SECRET}"
    assert "hidden_text" not in read.flags


@pytest.mark.parametrize("case", [case for case in CASES if "hidden_text" in case.flags], ids=lambda case: case.name)
def test_R_D3_hidden_text_is_kept_as_evidence_with_its_reason(case: Case) -> None:
    found = read_mail(case.raw).hidden
    assert any(SECRET in each.text and each.reason for each in found)


def test_headers_are_read_whatever_their_encoding() -> None:
    raw = mail(
        HELLO,
        head="Message-ID: <a@b>\r\nIn-Reply-To: <c@d>\r\nReferences: <e@f>\r\n <g@h>\r\n"
        "Date: Sat, 21 Nov 2026 07:00:00 +0100\r\n",
    ).replace(b"Subject: Order", b"Subject: =?utf-8?b?w4Q=?= =?iso-8859-1?q?_=D6?=\r\n folded")
    read = read_mail(raw)
    assert read.subject.text == "Ä Ö folded"
    assert (read.message_id, read.in_reply_to, read.references) == ("<a@b>", "<c@d>", ("<e@f>", "<g@h>"))
    assert read.date == datetime(2026, 11, 21, 6, 0, tzinfo=UTC)
    assert (read.sender, read.sender_name.text, read.reply_to) == ("nia@example.com", "Nia", "")
    assert read_mail(mail(HELLO, head="Date: yesterday\r\n")).date is None
    assert read_mail(mail(HELLO, head="Date: Sat, 21 Nov 2026 07:00:00\r\n")).date == datetime(
        2026, 11, 21, 7, 0, tzinfo=UTC
    )


@pytest.mark.parametrize(
    ("given", "address", "name"),
    [
        (b"Nia <nia@example.com>", "nia@example.com", "Nia"),
        (b"nia@example.com", "nia@example.com", ""),
        (b"=?utf-8?q?N=C3=ADa?= <nia@example.com>", "nia@example.com", "Nía"),
        ("Nía <nia@example.com>".encode(), "nia@example.com", "Nía"),
        ("Nía <nia@example.com>".encode("latin-1"), "nia@example.com", "Nía"),
        (b"=?utf-8?q?x=3Cadmin=40bank.example=3E?= <nia@example.com>", "nia@example.com", "x<admin@bank.example>"),
        (b"<>", "", ""),
        (b"nobody", "", ""),
        (b'"((((((" <a@b.example', "a@b.example", ""),
    ],
)
def test_a_sender_is_an_address_and_a_name_and_neither_becomes_the_other(given: bytes, address: str, name: str) -> None:
    read = read_mail(mail(HELLO).replace(b"Nia <nia@example.com>", given))
    assert read.sender == address
    if address == "nia@example.com":
        assert read.sender_name.text == name


def test_a_file_is_named_measured_and_never_read() -> None:
    read = read_mail(multi("mixed", TEXT, file("attachment; filename=a.bin"), part("image/png", "x", "Content-ID: <logo>")))
    first, logo = read.attachments
    assert (first.name, first.size, first.digest) == ("a.bin", 5, hashlib.sha256(b"hello").hexdigest())
    assert (first.inline, logo.inline) == (False, True)
    assert "hello" not in repr(read)


def test_R_A10_bombs_cost_no_more_than_their_size() -> None:
    nested = b"".join(b"--b%d\r\nContent-Type: multipart/mixed; boundary=b%d\r\n\r\n" % (n, n + 1) for n in range(3_000))
    bombs = {
        "levels": mail(nested, type="multipart/mixed; boundary=b0"),
        "one boundary": mail(
            b"--b\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n" * 10_000, type="multipart/mixed; boundary=b"
        ),
        "parts": mail(b"--b\r\n\r\nx\r\n" * 50_000, type="multipart/mixed; boundary=b"),
    }
    for name, raw in bombs.items():
        read = read_mail(raw)
        assert "too_nested" in read.flags, name
        assert read.truncated, name
    headers = read_mail(b"".join(b"X-%d: y\r\n" % n for n in range(50_000)) + b"\r\n" + HELLO.encode())
    assert headers.truncated
    folded = read_mail(b"Subject: a\r\n" + b" b\r\n" * 10_000 + b"\r\n" + HELLO.encode())
    assert len(folded.subject.text) <= 500
    long = read_mail(mail("x" * 3_000_000))
    assert long.truncated
    assert len(long.text.text) <= 20_000


def test_many_files_and_many_texts_are_bounded_and_say_so() -> None:
    many = read_mail(multi("mixed", TEXT, *(file(f"attachment; filename=a{n}") for n in range(70))))
    assert len(many.attachments) == 50
    assert many.truncated
    texts = read_mail(multi("mixed", *(part("text/plain", f"line {n}") for n in range(20))))
    assert texts.text.text.count("line") == 10
    assert len(texts.attachments) == 10


def test_a_newsletter_whose_two_bodies_differ_shows_what_the_reader_saw() -> None:
    plain = part("text/plain", "Your mail program does not show HTML. Open this in a browser, please, to see it all.")
    page = part("text/html", "<h1>Sale</h1><p>Everything must go this weekend, at half the price.</p>")
    read = read_mail(multi("alternative", plain, page))
    assert read.text.text.startswith("Sale")
    assert "parts_disagree" in read.flags
    assert read.other.startswith("Your mail program")


def test_links_and_descriptions_in_a_plain_body_are_no_disagreement() -> None:
    plain = part(
        "text/plain", "Hello <https://shop.example/a?b=c>\r\n[image: Our Logo]\r\nSee www.shop.example now: Our Logo"
    )
    page = part(
        "text/html", "<p><a href='https://shop.example/a?b=c'>Hello</a></p><img alt='Our Logo' src=cid:1><p>See now:</p>"
    )
    assert "parts_disagree" not in read_mail(multi("alternative", plain, page)).flags


def test_a_body_that_a_helpdesk_has_taken_apart_is_read_alike() -> None:
    page = f"<p>{HELLO}</p><p style='display:none'>{SECRET}</p><blockquote type=cite>old</blockquote>"
    for plain in (None, "", HELLO):
        read = read_body(plain, page)
        assert read.text.text == HELLO
        assert "hidden_text" in read.flags
    assert read_body(HELLO, None).text.text == HELLO
    assert read_body(None, None).text.text == ""
    assert read_body(None, page).quoted == "old"


def test_two_pages_are_read_one_after_the_other() -> None:
    first, second = part("text/html", "<p>One <a href='https://a.example'>x</a></p>"), part("text/html", "<p>Two</p>")
    read = read_mail(multi("mixed", first, second))
    assert read.text.text == "One x\n\nTwo"
    assert [link.host for link in read.links] == ["a.example"]


def test_a_forwarded_page_is_read_to_its_end() -> None:
    page = f"<p>See below.</p><div class=gmail_quote>---------- Forwarded message ---------<br>{HELLO}</div>"
    read = read_mail(html(page))
    assert read.text.text.startswith("See below.")
    assert HELLO in read.text.text
    assert read.quoted_lines == 0


def test_whoever_writes_by_program_is_known_from_headers_alone() -> None:
    def of(**given: str) -> bool:
        values = {name.replace("_", "-"): value for name, value in given.items()}
        return is_automatic(lambda name: [values[name]] if name in values else [], "nia@example.com")

    assert of(auto_submitted="auto-generated")
    assert of(precedence="junk")
    assert of(return_path="<>")
    assert of(content_type="multipart/report; report-type=delivery-status")
    assert not of(auto_submitted="No")
    assert not of(precedence="first-class")
    assert not of()


_WORD = st.text(st.characters(codec="utf-8"), max_size=30)


def _leaf(type: str, body: bytes, name: str, encoding: str) -> bytes:
    named = [f'Content-Disposition: attachment; filename="{name}"'] if name else []
    return part(type, body, *named, *([f"Content-Transfer-Encoding: {encoding}"] if encoding else []))


def _branch(kind: str, parts: list[bytes], mark: str) -> bytes:
    return multi(kind, *parts, boundary=mark).partition(b"MIME-Version: 1.0\r\n")[2]


_LEAF = st.builds(
    _leaf,
    st.sampled_from(
        ["text/plain", "text/html; charset=utf-8", "image/png", "message/rfc822", "text/plain; charset=idna", "x"]
    ),
    st.one_of(st.binary(max_size=60), _WORD.map(str.encode), st.sampled_from([b"<p>x<div hidden>y", b"> a\r\nb", b"--b"])),
    st.sampled_from(["", "a.pdf", "../x", "con"]),
    st.sampled_from(["", "base64", "quoted-printable", "7bit", "zip"]),
)
_KINDS = st.sampled_from(["mixed", "alternative", "related", "report", "digest"])
_MARKS = st.sampled_from(["b", "c", "b--", "'x y'"])
_TREE = st.recursive(_LEAF, lambda inner: st.builds(_branch, _KINDS, st.lists(inner, max_size=4), _MARKS), max_leaves=12)


@given(_TREE)
def test_R_A10_any_tree_of_parts_is_read_and_stays_within_its_bounds(tree: bytes) -> None:
    raw = b"From: a@b.example\r\nSubject: x\r\n" + tree
    read = read_mail(raw)
    assert read == read_mail(raw)
    read.text.text.encode("utf-8")
    assert all(each.name and not set(each.name) & set("/\\\0\n") for each in read.attachments)
    assert all(each.size <= len(raw) for each in read.attachments)
    assert list(read.flags) == sorted(set(read.flags))


@given(st.binary(max_size=400))
def test_R_A10_any_bytes_are_a_mail(raw: bytes) -> None:
    read_mail(raw).text.text.encode("utf-8")


FIXTURES = os.environ.get("COUNTERSIGN_FIXTURES")


@pytest.mark.skipif(FIXTURES is None, reason="COUNTERSIGN_FIXTURES names the folder of the public corpora")
def test_every_mail_of_a_public_corpus_keeps_its_words() -> None:
    folder = Path(FIXTURES or "") / "corpora" / "bipia"
    mails = [json.loads(line)["context"] for name in ("email_test", "email_train")
             for line in (folder / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()]  # fmt: skip
    assert len(mails) == 100
    for words in mails:
        read = read_mail(mail(words.encode()))
        assert sorted((read.text.text + " " + read.signature + " " + read.quoted).split()) == sorted(words.split())
        assert not read.flags
