"""The crowd of customers: planned by a seed, listening to replies, playing over a real channel."""

import asyncio
import json
import random
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime
from email import message_from_bytes
from email.policy import default

import httpx
import pytest

from agent_core.sandbox.channel.app import create_channel_app
from agent_core.sandbox.channel.webhooks import new_webhook_secret
from agent_core.sandbox.customers.crowd import ChannelUnreachable, CrowdReport, CustomerCrowd, Pace, people_of
from agent_core.sandbox.customers.keyboard import typing_seconds, with_typos
from agent_core.sandbox.customers.mails import compose, hides_text
from agent_core.sandbox.customers.phrases import ANGER, ANSWERS, GREETINGS, REQUESTS, SUBJECTS
from agent_core.sandbox.customers.plan import DEMO_MIX, ConversationScript, Line, plan
from agent_core.sandbox.customers.reactions import MOST_ANSWERS, Memory, react
from agent_core.sandbox.local_http import local_client
from agent_core.sandbox.serving import serve
from agent_core.sandbox.shop.app import create_shop_app
from agent_core.sandbox.shop.people import KnownPerson
from agent_core.sandbox.shop.world import ShopWorld

TOKEN = "channel-test-token"


def known_people(customers: int = 300) -> list[KnownPerson]:
    with ShopWorld.seeded(1, customers, lambda: datetime(2026, 11, 21, tzinfo=UTC)) as world:
        return world.people()


PEOPLE = known_people()
MANY = plan(1, 1_000, PEOPLE)


def test_the_same_seed_plans_the_same_conversations_and_another_seed_others() -> None:
    assert plan(5, 50, PEOPLE) == plan(5, 50, PEOPLE)
    assert plan(5, 50, PEOPLE) != plan(6, 50, PEOPLE)
    assert plan(5, 10, PEOPLE) == plan(5, 50, PEOPLE)[:10]


def test_the_first_customer_asks_what_every_example_asks() -> None:
    first = MANY[0]
    assert [line.text for line in first.opening] == ["refund NW-10023 and where is NW-10024?"]
    assert (first.language, first.channel, first.authenticated) == ("en", "chat", True)
    assert first.intents == ("refund", "where_is_my_order")


def test_the_mix_is_about_what_the_demo_wants() -> None:
    kinds = Counter(script.kind for script in MANY)
    for kind, weight in DEMO_MIX.items():
        assert abs(kinds[kind] - weight * 10) <= max(15, weight * 3), kind


def test_refunds_are_on_the_side_of_50_euros_they_say_and_orders_belong_to_their_writer() -> None:
    for script in MANY:
        own = {order.id: order for order in script.person.orders}
        assert set(script.orders) <= set(own)
        if script.kind == "refund_large":
            assert own[script.orders[0]].refundable_minor >= 5_000
        if script.kind == "refund_small":
            assert 0 < own[script.orders[0]].refundable_minor < 5_000
        if script.kind == "both":
            assert script.orders[0] != script.orders[1]
            assert own[script.orders[1]].status == "shipped"


def test_a_mail_is_whole_always_the_same_and_quotes_what_it_answers() -> None:
    mails = [script for script in MANY if script.channel == "email"]
    for script in mails:
        text = script.opening[0].text
        raw = compose(script, text, number=1, last_reply=None)
        assert raw == compose(script, text, number=1, last_reply=None)
        read = message_from_bytes(raw, policy=default)
        plain, page = read.get_body(("plain",)), read.get_body(("html",))
        assert plain is not None
        assert page is not None
        assert plain.get_content().rstrip("\n").splitlines() == text.rstrip("\n").splitlines()
        assert ("display:none" in page.get_content() or "#ffffff" in page.get_content()) == hides_text(script)
        assert read["Subject"] == script.subject
    assert any(map(hides_text, mails))
    assert any(b"attachment" in compose(script, "x", number=1, last_reply=None) for script in mails)
    answer = message_from_bytes(compose(mails[0], "Thanks", number=3, last_reply="Hi\nSettled."), policy=default)
    assert answer["Subject"] == f"Re: {mails[0].subject}"
    assert answer["In-Reply-To"] == f"<{mails[0].id}.2@{mails[0].person.email.rpartition('@')[2]}>"
    plain = answer.get_body(("plain",))
    assert plain is not None
    assert plain.get_content().splitlines()[-2:] == ["> Hi", "> Settled."]


def test_no_order_is_written_about_twice_while_there_are_fresh_ones() -> None:
    orders = [order for script in plan(1, 60, PEOPLE) for order in script.orders]
    assert len(orders) > 50
    assert len(orders) == len(set(orders))


def test_the_crowd_is_as_varied_as_people_are() -> None:
    assert {script.language for script in MANY} == {"en", "de", "fr", "es", "ja", "ar"}
    assert {script.style for script in MANY} == {"plain", "terse", "angry", "chatty", "hasty"}
    assert {script.channel for script in MANY} == {"chat", "email"}
    assert any(len(script.opening) > 2 for script in MANY)
    assert any(not script.authenticated for script in MANY)
    withheld = [script for script in MANY if script.withheld]
    assert withheld
    assert not any("NW-" in line.text for script in withheld for line in script.opening)
    assert all("NW-" in script.answers["number"].text for script in withheld)
    attacks = plan(1, 100, PEOPLE, mix={"hostile": 1})
    hostile = "".join(line.text for script in attacks for line in script.opening)
    for mark in ("\u200b", "\U000e0061", "\u202e", "<script>", "tool_result", "Ignore all previous"):
        assert mark in hostile
    assert all(script.subject for script in MANY if script.channel == "email")
    for script in MANY:
        assert script.opening
        assert all(line.text.strip() and 0 <= line.pause_seconds <= 120 for line in script.opening)


def test_conversations_begin_at_the_asked_rate() -> None:
    slow, fast = plan(1, 600, PEOPLE, rate_per_minute=6), plan(1, 600, PEOPLE, rate_per_minute=60)
    assert 9 < sum(script.starts_after_seconds for script in slow) / 600 < 11
    assert 0.9 < sum(script.starts_after_seconds for script in fast) / 600 < 1.1
    with pytest.raises(ValueError, match="positive rate"):
        plan(1, 1, PEOPLE, rate_per_minute=0)
    with pytest.raises(ValueError, match="people"):
        plan(1, 1, [])


NAMED = {
    "refund", "where", "both", "cancel", "charged_twice", "legal", "send_back", "address", "document", "credit",
}  # fmt: skip


def test_every_phrase_can_be_filled_and_every_language_has_all_it_needs() -> None:
    for language, requests in REQUESTS.items():
        assert {"refund", "where", "both", "vague"} <= set(requests)
        assert {"number", "confirm", "thanks", "chase", "unsure"} <= set(ANSWERS[language])
        assert SUBJECTS[language]
        assert GREETINGS[language]
        assert ANGER[language]
        for intent, texts in requests.items():
            for text in texts:
                filled = text.format(order="NW-1", other="NW-2", item="tent", plan="club")
                assert ("NW-1" in filled) == (intent in NAMED), text


def test_typos_never_damage_an_order_number() -> None:
    dice = random.Random(3)
    text = "please refund order NW-10023 and tell me where NW-10024 is right now"
    damaged = [with_typos(dice, text, 0.3) for _ in range(200)]
    assert all("NW-10023" in each and "NW-10024" in each for each in damaged)
    assert len(set(damaged)) > 190
    assert with_typos(dice, text, 0.0) == text
    assert typing_seconds(dice, "x" * 10_000) == 120.0


def script_like(**changes: object) -> ConversationScript:
    return replace(MANY[0], **changes)


@pytest.mark.parametrize(
    ("reply", "answer", "mood"),
    [
        ("Which order is it about? The number looks like NW-10023.", "number", "open"),
        ("Können Sie mir bitte die Bestellnummer nennen?", "number", "open"),
        ("Shall I refund 64.90 EUR to your card?", "confirm", "open"),
        ("Do you still have the box?", "unsure", "open"),
        ("Your refund of 64.90 EUR needs to be approved by a colleague; I will let you know.", None, "open"),
        ("A colleague will take over from here.", None, "handed_over"),
        ("Your refund of 64.90 EUR has been made.", "thanks", "satisfied"),
        ("Your parcel is on its way.", "thanks", "satisfied"),
        ("Thank you for your message.", None, "open"),
    ],
)
def test_a_customer_answers_what_was_asked(reply: str, answer: str | None, mood: str) -> None:
    script = script_like(style="plain")
    memory, line = react(script, Memory(), reply)
    assert memory.replied_to
    assert memory.mood == mood
    wanted = {name: answer_line for name, answer_line in script.answers.items() if name == answer}
    assert line == next(iter(wanted.values()), None)


def test_a_customer_asked_for_ever_gives_up() -> None:
    script, memory = script_like(), Memory()
    said: list[Line] = []
    for _ in range(20):
        memory, line = react(script, memory, "Which order is it about?")
        if line is not None:
            said.append(line)
    assert len(said) == MOST_ANSWERS
    assert said.count(script.answers["number"]) == 1
    assert memory.mood == "handed_over"


def test_thanks_are_said_once() -> None:
    script = script_like(style="plain")
    memory, first = react(script, Memory(), "Your refund of 64.90 EUR has been made.")
    memory, second = react(script, memory, "Your parcel is on its way.")
    assert first == script.answers["thanks"]
    assert second is None


def patient_and_quick(script: ConversationScript) -> ConversationScript:
    return replace(
        script,
        patience_seconds=60_000.0,
        opening=tuple(replace(line, pause_seconds=0.0) for line in script.opening),
        answers={name: replace(line, pause_seconds=0.0) for name, line in script.answers.items()},
    )


def test_R_I5_the_crowd_plays_over_a_real_channel_and_hears_the_replies() -> None:
    scripts = [script for script in plan(2, 60, PEOPLE, rate_per_minute=600) if script.kind != "hostile"][:12]
    patient = [patient_and_quick(script) for script in scripts]
    asking = "Which order is it about? The number looks like NW-10023."

    async def answer_everybody(client: httpx.AsyncClient) -> None:
        answered: Counter[str] = Counter()
        while True:
            for conversation in (await client.get("/v1/conversations")).json()["conversations"]:
                name = conversation["id"]
                shown = (await client.get(f"/v1/conversations/{name}/messages")).json()["messages"]
                writer = next(script for script in patient if script.id == name)
                heard = sum(1 for message in shown if message["by"] == "customer")
                due = heard >= len(writer.opening) + answered[name] if answered[name] < 2 else False
                if due:
                    text = (asking, "Your refund of 10.00 EUR has been made.")[answered[name]]
                    answered[name] += 1
                    await client.post(
                        f"/v1/conversations/{name}/messages",
                        json={"text": text, "by": "agent"},
                        headers={"Idempotency-Key": f"{name}-{answered[name]}"},
                    )

    async def run() -> tuple[CrowdReport, dict[str, list[str]]]:
        app = create_channel_app(secret=new_webhook_secret(), core_url=None, token=TOKEN)
        async with (
            serve(app) as served,
            local_client(base_url=served.base_url, headers={"Authorization": f"Bearer {TOKEN}"}) as client,
        ):
            answering = asyncio.create_task(answer_everybody(client))
            crowd = CustomerCrowd(patient, channel_url=served.base_url, channel_token=TOKEN, pace=Pace(100))
            report = await crowd.run()
            answering.cancel()
            await asyncio.wait({answering})
            said: dict[str, list[str]] = {}
            for script in patient:
                shown = await client.get(f"/v1/conversations/{script.id}/messages")
                said[script.id] = [m["text"] for m in shown.json()["messages"] if m["by"] == "customer"]
            return report, said

    report, said = asyncio.run(run())
    assert report.opened == 12
    assert (report.failed, report.unanswered) == (0, 0)
    assert report.read == 24
    assert report.satisfied == 12
    for script in patient:
        opening = [line.text for line in script.opening]
        assert said[script.id][: len(opening)] == opening
        assert said[script.id][len(opening)] == script.answers["number"].text


def test_a_customer_nobody_answers_asks_again_once_and_leaves() -> None:
    script = replace(MANY[0], patience_seconds=1.0)

    async def run() -> tuple[CrowdReport, list[str]]:
        app = create_channel_app(secret=new_webhook_secret(), core_url=None, token=TOKEN)
        async with (
            serve(app) as served,
            local_client(base_url=served.base_url, headers={"Authorization": f"Bearer {TOKEN}"}) as client,
        ):
            crowd = CustomerCrowd([script], channel_url=served.base_url, channel_token=TOKEN, pace=Pace(1_000))
            report = await crowd.run()
            shown = await client.get(f"/v1/conversations/{script.id}/messages")
            return report, [message["text"] for message in shown.json()["messages"]]

    report, texts = asyncio.run(run())
    assert texts == ["refund NW-10023 and where is NW-10024?", script.answers["chase"].text]
    assert (report.unanswered, report.failed) == (1, 0)


def test_a_crowd_with_the_wrong_token_or_without_a_channel_says_so() -> None:
    async def run() -> CrowdReport:
        app = create_channel_app(secret=new_webhook_secret(), core_url=None, token=TOKEN)
        async with serve(app) as served:
            with pytest.raises(ChannelUnreachable):
                await CustomerCrowd(MANY[:3], channel_url=served.base_url, channel_token="x", pace=Pace(10_000)).run()
            gone = served.base_url
        with pytest.raises(ChannelUnreachable):
            await people_of(gone, TOKEN)
        crowd = CustomerCrowd(MANY[:3], channel_url=gone, channel_token=TOKEN, pace=Pace(10_000))
        return await crowd.run()

    assert asyncio.run(run()).failed == 3


def test_the_people_come_over_the_wire_as_they_are() -> None:
    async def run() -> None:
        with ShopWorld.seeded(1, 40) as world:
            async with serve(create_shop_app(world, token=TOKEN)) as served:
                assert await people_of(served.base_url, TOKEN) == world.people()

    asyncio.run(run())
    assert [KnownPerson.from_json(json.loads(json.dumps(person.as_json()))) for person in PEOPLE] == PEOPLE
