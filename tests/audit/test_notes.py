"""A checkpoint has one spelling, is signed as C2SP says, and nothing but the very text verifies."""

import base64
import hashlib
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from agent_core.audit.notes import NoteSigner, is_signed_by
from agent_core.contract.checkpoints import Checkpoint, CheckpointKey, origin_of, read_checkpoint
from agent_core.contract.errors import Invalid

AT = datetime(2026, 3, 1, 9, 30, 0, 123456, tzinfo=UTC)
SIGNER = NoteSigner.from_seed("core_9f2c", bytes(range(32)))
TOLD = Checkpoint(origin_of("core_9f2c"), 1234, hashlib.sha256(b"root").digest(), AT, "ab" * 32)


def test_a_checkpoint_is_spelt_as_the_formats_of_c2sp_want_it() -> None:
    root = base64.b64encode(TOLD.root).decode()
    text = f"countersign/core_9f2c\n1234\n{root}\nat 2026-03-01T09:30:00.123456Z\nprevious {'ab' * 32}\n"
    signed = SIGNER.sign(TOLD)
    assert TOLD.text == text
    body, line = signed.note.split("\n\n")
    assert f"{body}\n" == text
    dash, name, data = line.rstrip("\n").split(" ")
    assert (dash, name) == ("\u2014", "countersign/core_9f2c")
    raw = base64.b64decode(data)
    public = SIGNER.key.public
    assert raw[:4] == hashlib.sha256(name.encode() + b"\n\x01" + public).digest()[:4]
    assert raw[4:] == signed.signature


def test_what_was_signed_is_read_back_and_verifies_under_its_key_alone() -> None:
    signed = SIGNER.sign(TOLD)
    again = read_checkpoint(signed.note)
    assert again == signed
    key = CheckpointKey.read(SIGNER.key.text)
    assert key == SIGNER.key
    assert is_signed_by(again, key)
    other = NoteSigner.new("core_9f2c")
    assert not is_signed_by(again, other.key)
    assert not is_signed_by(again, CheckpointKey(key.name, other.key.public))
    assert not is_signed_by(replace(again, key_id=other.key.key_id), other.key)
    first = SIGNER.sign(replace(TOLD, size=0, previous=None))
    assert read_checkpoint(first.note) == first


def test_no_changed_character_of_a_checkpoint_verifies() -> None:
    signed = SIGNER.sign(TOLD)
    for place, letter in enumerate(signed.note):
        for other in {"0", "1", "A", "\n", " "} - {letter}:
            changed = signed.note[:place] + other + signed.note[place + 1 :]
            try:
                found = read_checkpoint(changed)
            except Invalid:
                continue
            assert not is_signed_by(found, SIGNER.key), (place, other)


GOOD = SIGNER.sign(TOLD).note

NONE = {
    "no last line feed": GOOD.rstrip("\n"),
    "more behind it": GOOD + "x",
    "two signatures": GOOD + GOOD.split("\n\n")[1],
    "another spelling of the size": GOOD.replace("1234\n", "01234\n", 1),
    "too large a size": GOOD.replace("1234\n", "9999999999999999\n", 1),
    "no such day": GOOD.replace("2026-03-01", "2026-02-31", 1),
    "another dash": GOOD.replace("\u2014", "-", 1),
    "other ends of lines": GOOD.replace("\n", "\r\n"),
    "nothing": "",
    "too much": "x" * 3000,
    "another signer": GOOD.replace("\u2014 countersign/core_9f2c", "\u2014 countersign/core_0000", 1),
}


@pytest.mark.parametrize("text", NONE.values(), ids=NONE.keys())
def test_what_is_no_checkpoint_is_refused(text: str) -> None:
    with pytest.raises(Invalid) as refused:
        read_checkpoint(text)
    assert refused.value.code == "bad_checkpoint"


def test_a_misspelt_key_is_refused_and_a_key_signs_for_its_own_core_only() -> None:
    text = SIGNER.key.text
    for bad in ("", "a+b+c", text[:-2], text.replace("core_9f2c", "core_0000"), text.replace("+", " ")):
        with pytest.raises(Invalid):
            CheckpointKey.read(bad)
    with pytest.raises(ValueError, match="own checkpoints"):
        SIGNER.sign(replace(TOLD, origin=origin_of("core_0000")))
    assert SIGNER.seed not in repr(SIGNER)
