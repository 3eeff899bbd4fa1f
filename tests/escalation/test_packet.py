"""The handoff packet: at most 200 words, nothing that is not in its facts, the same facts always the same words (R-E2)."""

import re
from dataclasses import fields, replace
from datetime import UTC, datetime
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from agent_core.contract.handing import MOST_PACKET_WORDS, MomentSaid
from agent_core.engine.common import SENTENCES
from agent_core.escalation.packet import Action, PacketFacts, packet, shortened, words_in
from agent_core.escalation.table import TABLE
from agent_core.escalation.words import GERMAN

SINCE = MomentSaid(said="21 Nov 2026, 09:00 UTC", at=datetime(2026, 11, 21, 9, tzinfo=UTC))
REFUND = Action("refund payment payment:P-7", "64.90 EUR")
FULL = PacketFacts(
    name="Amara Okafor", tier="vip", channel="chat", proven=True, messages=3, since=SINCE, language="en",
    issue=("My lamp never came.", "I want my 64.90 back now!"),
    reasons=(("frustrated", "The customer is still unhappy after several turns."),),
    looked_up=(Action("get order NW-1"),), failed=(Action("track parcel", why="The carrier does not answer"),),
    done=(Action("resend invoice order:NW-1"),), pending=(REFUND,), unknown=(Action("cancel order order:NW-2"),),
    unanswered=True, moods=("neutral", "negative"), urgency="high", sensitive=("law",), last_said="We are looking into it.",
)  # fmt: skip


def told(facts: PacketFacts) -> str:
    return "\n".join(f"{b.kind}: {b.text} {b.quoted}".strip() for b in packet(facts))


def test_R_E2_the_packet_says_who_what_why_what_was_tried_what_waits_what_next_and_how_they_feel() -> None:
    assert told(FULL).splitlines() == [
        "customer: Amara Okafor, tier vip; chat, identity proven; 3 messages since 21 Nov 2026, 09:00 UTC.",
        "issue: In their words: My lamp never came. … I want my 64.90 back now!",
        "reason: Wanted because: The customer is still unhappy after several turns.",
        "tried: Read: get order NW-1.",
        "tried: Did not work: track parcel (The carrier does not answer).",
        "done: Done: resend invoice order:NW-1.",
        "pending: Waits for a decision, not done: refund payment payment:P-7 64.90 EUR.",
        "pending: Nobody knows whether it happened: cancel order order:NW-2.",
        "next: First: find out what became of the unknown action before anything is repeated; then decide what waits; then "
        "finish what did not work; then answer the newest message. Last told: We are looking into it.",
        "tone: Mood negative, was neutral, urgency high, speaks of law, writes in English.",
    ]


def test_R_E2_what_is_not_known_is_not_said() -> None:
    assert [b.kind for b in packet(PacketFacts(channel="chat"))] == ["customer", "next"]
    assert "Name unknown; chat, identity not proven; 0 messages." in told(PacketFacts(channel="chat"))


LONG = st.text(alphabet="ab c9é", max_size=900)
REASONS = st.lists(st.tuples(st.just("some_code"), LONG), max_size=20).map(tuple)
ACTIONS = st.lists(st.builds(Action, what=LONG, why=LONG), max_size=30).map(tuple)


@settings(max_examples=60, deadline=None)
@given(
    issue=st.lists(LONG, max_size=4).map(tuple), reasons=REASONS, said=LONG, name=LONG,
    read=ACTIONS, failed=ACTIONS, waits=ACTIONS,
)  # fmt: skip
def test_R_E2_the_packet_never_has_more_than_200_words_and_is_the_same_each_time(
    issue: Any, reasons: Any, said: str, name: str, read: Any, failed: Any, waits: Any
) -> None:
    facts = replace(
        FULL, issue=issue, reasons=reasons, last_said=said, name=name, looked_up=read, failed=failed, unknown=waits
    )  # fmt: skip
    bullets = packet(facts)
    assert words_in(bullets) <= MOST_PACKET_WORDS
    assert packet(facts) == bullets
    assert any("64.90\u00a0EUR" in b.text or "64.90 EUR" in b.text for b in bullets)


def test_R_E2_every_number_in_the_packet_is_in_its_facts() -> None:
    given_facts = " ".join(str(getattr(FULL, field.name)) for field in fields(FULL))
    assert set(re.findall(r"\d+", told(FULL))) <= set(re.findall(r"\d+", given_facts))


def test_a_shortened_text_says_so() -> None:
    assert shortened("one two three", 2) == "one two…"
    assert shortened("one two", 2) == "one two"


def test_R_E2_a_colleague_reads_the_packet_in_their_language_and_the_quote_as_it_was_written() -> None:
    german = {(b.kind, b.text, b.quoted) for b in packet(FULL, "de")}
    english = {(b.kind, b.text, b.quoted) for b in packet(FULL)}
    texts = "\n".join(text for _, text, _ in german)
    assert "Nach mehreren Runden ist der Kunde noch immer unzufrieden." in texts
    assert {quoted for _, _, quoted in german} == {quoted for _, _, quoted in english}
    assert not {text for _, text, _ in german} & {text for _, text, _ in english}, "no bullet is left in English"
    figures = re.compile(r"\d[\d.,]*")
    for ours, theirs in zip(packet(FULL, "de"), packet(FULL), strict=True):
        assert ours.kind == theirs.kind
        assert sorted(figures.findall(ours.text)) == sorted(figures.findall(theirs.text)), "no figure is lost"
    assert packet(FULL, "fi") == packet(FULL), "where the house has no words it is in English"
    assert words_in(packet(FULL, "de")) <= MOST_PACKET_WORDS


def test_every_trigger_of_the_table_has_its_sentence_in_german_and_nothing_else_has_one_that_means_nothing() -> None:
    assert {trigger.code for trigger in TABLE} <= set(GERMAN.reasons)
    assert set(GERMAN.reasons) <= {*SENTENCES, "handed_to_team"}
