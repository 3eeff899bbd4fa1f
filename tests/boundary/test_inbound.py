"""The entrance: a signed webhook becomes a typed message or a refusal that says why (R-A10, R-I3)."""

import base64
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent_core.boundary.inbound import read_message
from agent_core.boundary.raw import read_raw_record
from agent_core.boundary.signature import read_secret, sign, verify_signature
from agent_core.contract.errors import CountersignError, Forbidden, Invalid, Unusable

_NOW = datetime(2026, 11, 1, 12, 0, tzinfo=UTC)
_STAMP = int(_NOW.timestamp())
_KEY = b"k" * 24


def _event(**message: Any) -> dict[str, Any]:
    return {
        "type": "message.created",
        "id": "evt_1",
        "occurred_at": "2026-11-01T12:00:00+01:00",
        "conversation": {"id": "conv-1", "channel": "chat"},
        "customer": {"id": "cus_00001", "name": "Ana\u200b", "email": "ana@example.com", "authenticated": True},
        "message": {"id": "msg_1", "text": "Where is NW-10024?", **message},
        "unknown": {"ignored": True},
    }


def _body(event: object) -> bytes:
    return json.dumps(event).encode()


def _headers(body: bytes, *, key: bytes = _KEY, stamp: int = _STAMP) -> dict[str, str]:
    return {"Webhook-Id": "evt_1", "Webhook-Timestamp": str(stamp), "Webhook-Signature": sign(key, "evt_1", stamp, body)}


def test_R_I3_a_signed_webhook_is_accepted_under_any_valid_secret() -> None:
    body = _body(_event())
    assert verify_signature(_headers(body), body, keys=[b"o" * 24, _KEY], now=_NOW) == "evt_1"
    several = _headers(body) | {"Webhook-Signature": f"v1,AAAA v1a,xyz {sign(_KEY, 'evt_1', _STAMP, body)}"}
    assert verify_signature(several, body, keys=[_KEY], now=_NOW + timedelta(seconds=299)) == "evt_1"


def test_the_signature_is_that_of_the_specification() -> None:
    secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    signed = sign(read_secret(secret), "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}')
    assert signed == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"Webhook-Signature": ""}, "missing_header"),
        ({"Webhook-Id": ""}, "missing_header"),
        ({"Webhook-Timestamp": ""}, "missing_header"),
        ({"Webhook-Id": "evt_2"}, "bad_signature"),
        ({"Webhook-Timestamp": "12:00"}, "bad_signature"),
        ({"Webhook-Timestamp": str(_STAMP + 1)}, "bad_signature"),
        ({"Webhook-Signature": "v1,\ud800é"}, "bad_signature"),
        ({"Webhook-Signature": "v2," + "A" * 43 + "="}, "bad_signature"),
    ],
)
def test_R_A10_a_webhook_that_proves_nothing_is_refused(change: dict[str, str], code: str) -> None:
    body = _body(_event())
    with pytest.raises(Forbidden) as refused:
        verify_signature(_headers(body) | change, body, keys=[_KEY], now=_NOW)
    assert refused.value.code == code


def test_R_A10_changed_bytes_foreign_keys_and_no_keys_are_refused() -> None:
    body = _body(_event())
    for keys, data in (([_KEY], body + b" "), ([b"x" * 24], body), ([], body)):
        with pytest.raises(Forbidden) as refused:
            verify_signature(_headers(body), data, keys=keys, now=_NOW)
        assert refused.value.code == "bad_signature"


@pytest.mark.parametrize("away", [-301, 301])
def test_a_replayed_or_future_webhook_is_stale(away: int) -> None:
    body = _body(_event())
    with pytest.raises(Forbidden) as refused:
        verify_signature(_headers(body), body, keys=[_KEY], now=_NOW + timedelta(seconds=away))
    assert refused.value.code == "stale_timestamp"


@pytest.mark.parametrize("secret", ["", "whsec_", "whsec_!!", "plain", "whsec_" + base64.b64encode(b"short").decode()])
def test_a_secret_of_the_wrong_form_is_refused_without_being_told(secret: str) -> None:
    with pytest.raises(Unusable) as refused:
        read_secret(secret)
    assert "short" not in str(refused.value)


def test_a_message_is_read_cleaned_and_its_raw_text_kept() -> None:
    message = read_message(_body(_event(text="hi\u200b \u0000there\ud800", subject="Re:\u202e order", language="de-AT")))
    assert message.text.text == "hi there"
    assert message.text.removed == (("control", 1), ("surrogate", 1), ("zero_width", 1))
    assert message.subject is not None
    assert message.subject.text == "Re: order"
    assert message.name.text == "Ana"
    assert message.language == "de-at"
    assert message.occurred_at == datetime(2026, 11, 1, 11, 0, tzinfo=UTC)
    assert read_raw_record(message.raw) == "Re:\u202e order\0hi\u200b \u0000there\ud800"
    assert (message.author, message.authenticated, message.conversation) == ("customer", True, "conv-1")


def test_a_person_may_write_in_the_channel_itself() -> None:
    assert read_message(_body(_event(author="person"))).author == "person"
    assert read_message(_body(_with("author", {"kind": "person", "id": "p1"}))).author == "person"
    assert read_message(_body(_with("author", {"kind": "customer"}))).author == "customer"


def test_what_a_customer_may_leave_out_may_be_left_out() -> None:
    event = _event()
    event["customer"] = {"id": "cus_1", "email": "no address"}
    message = read_message(_body(event))
    assert (message.name.text, message.email, message.authenticated, message.subject) == ("", None, False, None)


def test_R_A10_ten_megabytes_of_zero_width_characters_are_cleaned_and_nothing_is_lost() -> None:
    message = read_message(_body(_event(text="Where is it?" + "\u200b" * 3_400_000)))
    assert message.text.text == "Where is it?"
    assert message.text.truncated
    assert "padding" in message.text.flags


def _without(path: str) -> dict[str, Any]:
    event = _event()
    *parents, last = path.split(".")
    holder = event
    for parent in parents:
        holder = holder[parent]
    del holder[last]
    return event


def _with(path: str, value: object) -> dict[str, Any]:
    event = _event()
    *parents, last = path.split(".")
    holder = event
    for parent in parents:
        holder = holder[parent]
    holder[last] = value
    return event


@pytest.mark.parametrize(
    ("event", "field"),
    [
        *((_without(path), path) for path in ("type", "id", "occurred_at", "conversation", "customer.id", "message.text")),
        (_with("id", "evt 1"), "id"),
        (_with("id", "e" * 201), "id"),
        (_with("conversation.id", "a\u200bb"), "conversation.id"),
        (_with("conversation.channel", "Chat Room"), "conversation.channel"),
        (_with("customer", []), "customer"),
        (_with("customer.authenticated", "yes"), "customer.authenticated"),
        (_with("customer.name", 7), "customer.name"),
        (_with("message.text", None), "message.text"),
        (_with("message.author", "agent"), "message.author"),
        (_with("author", {"kind": "agent"}), "message.author"),
        (_with("occurred_at", "2026-11-01T12:00:00"), "occurred_at"),
        (_with("occurred_at", "yesterday"), "occurred_at"),
        (_with("occurred_at", "0001-01-01T00:00:00+23:59"), "occurred_at"),
        (_with("occurred_at", "2026-11-01T12:00:00Z" + " " * 40), "occurred_at"),
    ],
)
def test_R_A10_a_field_of_the_wrong_form_is_named(event: dict[str, Any], field: str) -> None:
    with pytest.raises(Invalid) as refused:
        read_message(_body(event))
    assert refused.value.code == "bad_field"
    assert refused.value.detail == field


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", "broken_json"),
        (b'{"type": ', "broken_json"),
        (b"[]", "broken_json"),
        (b'"text"', "broken_json"),
        (b'{"a":1,"a":2}', "broken_json"),
        (b"[" * 100_000, "broken_json"),
        (b"9" * 5_000, "broken_json"),
        (_body(_with("type", "message.deleted")), "unknown_type"),
    ],
)
def test_R_A10_a_body_of_the_wrong_form_is_refused_with_a_code(body: bytes, code: str) -> None:
    with pytest.raises(Invalid) as refused:
        read_message(body)
    assert refused.value.code == code


def test_R_A10_a_body_beyond_the_bound_is_refused_unread() -> None:
    with pytest.raises(Invalid) as refused:
        read_message(b"x" * 101, limit=100)
    assert refused.value.code == "too_large"


@given(st.binary(max_size=200))
def test_R_A10_no_bytes_can_do_more_than_be_refused(body: bytes) -> None:
    with pytest.raises(CountersignError):
        read_message(body)
