"""One envelope, many ways to bend it: nothing but the signed bytes is ever accepted (R-C4)."""

import base64
import json
import random
import re
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent_core.authority.errors import CheckFailed
from agent_core.authority.verify import open_envelope, read_envelope, verify_envelope
from agent_core.contract.canonical import canonical
from agent_core.contract.commands import Decide
from agent_core.contract.statements import (
    PAYLOAD_TYPE,
    Envelope,
    EnvelopeSignature,
    pre_authentication_encoding,
    statement_bytes,
)
from tests.authority.world import CORE, NOW, World, world


def accepted(envelope: Envelope, it: World) -> bool:
    try:
        verify_envelope(envelope, keys=it.keys, now=NOW, audience=CORE)
    except CheckFailed:
        return False
    return True


def signed(it: World, payload: bytes) -> Envelope:
    """Really signed by Sue, whatever the payload is."""
    signature = it.sue.key.sign(pre_authentication_encoding(PAYLOAD_TYPE, payload))
    return Envelope(
        payloadType=PAYLOAD_TYPE,
        payload=base64.b64encode(payload).decode(),
        signatures=(EnvelopeSignature(keyid=it.sue.fingerprint, sig=base64.b64encode(signature).decode()),),
    )


def flips(it: World) -> Iterator[Envelope]:
    """Every envelope with one bit of payload or signature turned."""
    whole = it.envelope()
    payload, signature = whole.payload_bytes(), base64.b64decode(whole.signatures[0].sig)
    for place in range(len(payload) * 8):
        bent = bytearray(payload)
        bent[place // 8] ^= 1 << place % 8
        yield whole.model_copy(update={"payload": base64.b64encode(bytes(bent)).decode()})
    for place in range(len(signature) * 8):
        bent = bytearray(signature)
        bent[place // 8] ^= 1 << place % 8
        one = whole.signatures[0].model_copy(update={"sig": base64.b64encode(bytes(bent)).decode()})
        yield whole.model_copy(update={"signatures": (one,)})


def test_the_whole_envelope_is_accepted() -> None:
    it = world()
    assert accepted(it.envelope(), it)
    assert accepted(signed(it, statement_bytes(it.statement())), it)


def test_R_C4_no_sampled_bit_flip_is_accepted() -> None:
    it = world()
    sample = random.Random(4).sample(list(flips(it)), 1500)
    assert [envelope for envelope in sample if accepted(envelope, it)] == []


@pytest.mark.slow
def test_R_C4_no_bit_flip_at_all_is_accepted() -> None:
    it = world()
    everything = list(flips(it))
    assert len(everything) > 9_000
    assert [envelope for envelope in everything if accepted(envelope, it)] == []


def test_a_second_spelling_of_the_same_signature_is_refused() -> None:
    """The last character before the padding has bits that decode to nothing: another text, the same signature."""
    it = world()
    whole = it.envelope()
    text = whole.signatures[0].sig
    assert text.endswith("==")
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    twin = text[:-3] + alphabet[alphabet.index(text[-3]) ^ 1] + "=="
    assert base64.b64decode(twin) == base64.b64decode(text)
    bent = whole.model_copy(update={"signatures": (whole.signatures[0].model_copy(update={"sig": twin}),)})
    with pytest.raises(CheckFailed, match="canonical base64"):
        verify_envelope(bent, keys=it.keys, now=NOW, audience=CORE)


def test_really_signed_bytes_in_another_spelling_are_refused() -> None:
    it = world()
    right = statement_bytes(it.statement())
    value = json.loads(right)
    wrong = {
        "blank": json.dumps(value).encode(),
        "order": json.dumps(dict(reversed(value.items())), separators=(",", ":")).encode(),
        "duplicate key": right.replace(b'{"approval_number":1', b'{"approval_number":1,"approval_number":1'),
        "duplicate key that differs": right[:-1] + b',"decision":"deny"}',
        "fraction": right.replace(b'"approval_number":1', b'"approval_number":1.0'),
        "bytes after": right + b" ",
        "not utf-8": right.replace(b"refund_order", b"refund_\xffrder"),
        "nothing": b"",
        "deep": b"[" * 20_000,
    }
    for name, payload in wrong.items():
        assert payload != right, name
        with pytest.raises(CheckFailed) as caught:
            verify_envelope(signed(it, payload), keys=it.keys, now=NOW, audience=CORE)
        assert caught.value.code == "not_canonical", name


def test_canonical_bytes_that_are_no_statement_are_refused() -> None:
    it = world()
    value = json.loads(statement_bytes(it.statement()))
    for bent in (
        {},
        [],
        {**value, "extra": 1},
        {**value, "statement_version": 2},
        {**value, "type": "order"},
        {key: item for key, item in value.items() if key != "nonce"},
        {**value, "issued_at": "2026-03-02T10:00:00Z"},
        {**value, "issued_at": "2026-03-02T11:00:00.000000+01:00"},
        {**value, "approval_number": "1"},
    ):
        with pytest.raises(CheckFailed) as caught:
            verify_envelope(signed(it, canonical(bent)), keys=it.keys, now=NOW, audience=CORE)
        assert caught.value.code == "bad_statement", bent


def test_the_keyid_is_a_hint_and_decides_nothing() -> None:
    it = world()
    whole = it.envelope()
    hint = whole.signatures[0].model_copy(update={"keyid": it.sam.fingerprint})
    with pytest.raises(CheckFailed) as caught:
        verify_envelope(whole.model_copy(update={"signatures": (hint,)}), keys=it.keys, now=NOW, audience=CORE)
    assert caught.value.code == "bad_signature"
    public = it.sue.key.public_key().public_bytes_raw()
    with pytest.raises(CheckFailed) as caught:
        open_envelope(whole.model_copy(update={"signatures": (hint,)}), public, it.sue.fingerprint)
    assert caught.value.code == "key_not_named"


def test_a_key_that_is_no_key_verifies_nothing() -> None:
    it = world()
    with pytest.raises(CheckFailed) as caught:
        open_envelope(it.envelope(), b"short", it.sue.fingerprint)
    assert caught.value.code == "bad_signature"


@pytest.mark.parametrize("text", ["", "{", "[]", '{"payloadType": 1}', "null", "[" * 100_000, b"\xff"])
def test_text_that_is_no_envelope_is_refused(text: str | bytes) -> None:
    with pytest.raises(CheckFailed) as caught:
        read_envelope(text)
    assert caught.value.code == "bad_statement"


def test_an_envelope_is_dsse_json_and_survives_its_own_text() -> None:
    it = world()
    text = it.envelope().model_dump_json()
    value = json.loads(text)
    assert set(value) == {"payloadType", "payload", "signatures"}
    assert value["payloadType"] == PAYLOAD_TYPE
    assert [set(one) for one in value["signatures"]] == [{"keyid", "sig"}]
    assert re.fullmatch("ed25519:[0-9a-f]{64}", value["signatures"][0]["keyid"])
    assert read_envelope(text) == it.envelope()
    sent = json.loads(Decide(envelope=it.envelope()).model_dump_json())
    assert sent["envelope"] == Decide(envelope=it.envelope()).model_dump(mode="json")["envelope"] == value
    with pytest.raises(CheckFailed, match="known version"):
        read_envelope(text.replace("payloadType", "payload_type"))


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=200), st.text(max_size=100), st.text(max_size=90))
def test_no_text_at_all_is_accepted_or_crashes(kind: str, payload: str, signature: str) -> None:
    it = world()
    try:
        envelope = Envelope(
            payloadType=kind[:120],
            payload=payload,
            signatures=(EnvelopeSignature(keyid=it.sue.fingerprint, sig=signature),),
        )
    except ValueError:
        return
    assert not accepted(envelope, it)
    assert not accepted(envelope.model_copy(update={"payload_type": PAYLOAD_TYPE}), it)
