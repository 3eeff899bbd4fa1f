"""Every way to alter one signed statement that we could think of, for any kind of statement (R-C4, R-C7).

Three sorts, because they must be refused for different reasons: bytes that were changed and not signed again; bytes that the
right key really signed but in another spelling than the one there is; and other statements, really signed, by the right key
or by another one. What the signer may freely say about another thing is no alteration and is named in `free`.
"""

import base64
import copy
import itertools
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from agent_core.contract.canonical import canonical
from agent_core.contract.clock import iso
from agent_core.contract.statements import PAYLOAD_TYPE, Envelope, pre_authentication_encoding
from console.headless.signing import KeyPair

OTHER = "9" * 64
ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
FREE_EVERYWHERE = frozenset({"console.version", "console.instance"})
"""Where somebody signed is told, and decides nothing."""
MOMENTS = frozenset({"issued_at", "expires_at"})
"""Bent on their own, together: `_dated`."""
OPTIONAL = frozenset({("widening", "log_head")})
"""What a console may leave out; what it does name must be so."""

_PUT: Mapping[str, Any] = {
    "brand": "lumen", "conversation": "c_00000000000000000000", "workflow_step": "elsewhere", "proposed_by": "op_other",
    "supersedes": "p_other", "checkpoint": {"size": 3, "root_hash": OTHER}, "log_head": {"seq": 1, "hash": OTHER},
    "money": {"amount_minor": 1, "currency": "EUR"},
}  # fmt: skip
"""What stands where an honest statement has nothing; anything else is a digest."""


@dataclass(frozen=True, slots=True)
class Altered:
    """One alteration: what was done, and the envelope as JSON."""

    name: str
    envelope: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Honest:
    """A statement that would be accepted, and what else there is to build wrong ones from.

    Attributes:
        key: That signed it.
        free: Fields in which the signer may say something else, which is then another honest statement.
        strangers: Honest envelopes of other kinds, by the same key.
        others: Keys of other people; the first is enrolled nowhere. Each with `signed_by` as they would name themselves.
        swaps_signer: Whether a statement by another enrolled person would be as good.
    """

    envelope: Envelope
    key: KeyPair
    free: frozenset[str] = frozenset()
    strangers: Sequence[Envelope] = ()
    others: Sequence[tuple[KeyPair, Mapping[str, Any]]] = ()
    swaps_signer: bool = False

    @property
    def payload(self) -> bytes:
        """The signed bytes."""
        return self.envelope.payload_bytes()

    @property
    def value(self) -> dict[str, Any]:
        """The statement as JSON."""
        return json.loads(self.payload)


def sealed(payload: bytes, key: KeyPair, keyid: str | None = None) -> dict[str, Any]:
    """An envelope that this key really signed, whatever the payload is."""
    signature = key.sign_bytes(pre_authentication_encoding(PAYLOAD_TYPE, payload))
    return {
        "payloadType": PAYLOAD_TYPE,
        "payload": base64.b64encode(payload).decode(),
        "signatures": [{"keyid": keyid or key.fingerprint, "sig": base64.b64encode(signature).decode()}],
    }


def alterations(honest: Honest) -> Iterator[Altered]:
    """Every alteration but the single bits, which are `bits`."""
    for family in (_envelopes, _spellings, _shapes, _said_otherwise, _dated, _by_others):
        yield from family(honest)


def bits(honest: Honest, *, every: int = 1) -> Iterator[Altered]:
    """Payload and signature with one bit turned: each bit of the signature, every so many-th of the payload."""
    whole = _json(honest.envelope)
    payload, signature = honest.payload, base64.b64decode(whole["signatures"][0]["sig"])
    for place in range(0, len(payload) * 8, every):
        yield Altered(f"payload bit {place}", {**whole, "payload": _turned(payload, place)})
    for place in range(len(signature) * 8):
        one = {**whole["signatures"][0], "sig": _turned(signature, place)}
        yield Altered(f"signature bit {place}", {**whole, "signatures": [one]})


def _json(envelope: Envelope) -> dict[str, Any]:
    return envelope.model_dump(mode="json")


def _turned(data: bytes, place: int) -> str:
    bent = bytearray(data)
    bent[place // 8] ^= 1 << place % 8
    return base64.b64encode(bytes(bent)).decode()


def _envelopes(honest: Honest) -> Iterator[Altered]:
    """The same bytes in another wrapping, and parts of several envelopes in one."""
    whole = _json(honest.envelope)
    payload, (one,) = whole["payload"], whole["signatures"]
    sig, keyid = one["sig"], one["keyid"]

    def with_signature(**changes: Any) -> dict[str, Any]:
        return {**whole, "signatures": [{**one, **changes}]}

    yield Altered("no signature", {**whole, "signatures": []})
    yield Altered("the signature twice", {**whole, "signatures": [one, one]})
    yield Altered("a word more", {**whole, "note": "x"})
    yield Altered("a word more beside the signature", with_signature(alg="none"))
    yield Altered("no payload type", {k: v for k, v in whole.items() if k != "payloadType"})
    for kind in ("application/json", PAYLOAD_TYPE.replace("v1", "v2"), PAYLOAD_TYPE.upper(), PAYLOAD_TYPE + " ", ""):
        yield Altered(f"payload type {kind!r}", {**whole, "payloadType": kind})
    for name, text in _base64_spellings(payload):
        yield Altered(f"payload in base64 {name}", {**whole, "payload": text})
    for name, text in _base64_spellings(sig):
        yield Altered(f"signature in base64 {name}", with_signature(sig=text))
    zero = base64.b64encode(bytes(64)).decode()
    small = base64.b64encode(b"\x01" + bytes(63)).decode()  # a point of small order, which careless verifiers accept
    order = 2**252 + 27742317777372353535851937790883648493
    raw = base64.b64decode(sig)
    scalar = int.from_bytes(raw[32:], "little") + order
    twin = base64.b64encode(raw[:32] + scalar.to_bytes(33, "little")[:32]).decode()
    for name, text in (("of zeros", zero), ("of small order", small), ("plus the order", twin), ("empty", "")):
        yield Altered(f"signature {name}", with_signature(sig=text))
    yield Altered("half a signature", with_signature(sig=base64.b64encode(raw[:32]).decode()))
    for name, text in (
        ("unknown", "ed25519:" + OTHER), ("empty", ""), ("in capitals", keyid.upper()), ("bare", keyid.partition(":")[2])
    ):  # fmt: skip
        yield Altered(f"key id {name}", with_signature(keyid=text))
    for number, stranger in enumerate(honest.strangers):
        other = _json(stranger)
        yield Altered(f"signature of another statement {number}", {**whole, "signatures": other["signatures"]})
        yield Altered(f"payload of another statement {number}", {**whole, "payload": other["payload"]})
        yield Altered(f"both signatures {number}", {**whole, "signatures": [one, *other["signatures"]]})
        yield Altered(f"another statement as it is {number}", other)
    for number, (key, _) in enumerate(honest.others):
        yield Altered(f"key id of somebody else {number}", with_signature(keyid=key.fingerprint))
        yield Altered(f"signed by somebody else {number}", sealed(honest.payload, key))
        yield Altered(f"signed by somebody else under this key id {number}", sealed(honest.payload, key, keyid))
        both = [one, *sealed(honest.payload, key)["signatures"]]
        yield Altered(f"signed by both {number}", {**whole, "signatures": both})


def _base64_spellings(text: str) -> Iterator[tuple[str, str]]:
    yield "with a line end", text + "\n"
    yield "with a blank", text[:8] + " " + text[8:]
    yield "with more padding", text + "="
    yield "with something behind", text + "AAAA"
    if text.endswith("="):
        yield "without padding", text.rstrip("=")
        stem = text.rstrip("=")
        last = ALPHABET.index(stem[-1])
        yield "with bits nobody reads", stem[:-1] + ALPHABET[last ^ 1] + "=" * (len(text) - len(stem))
    other = text.replace("+", "-").replace("/", "_")
    if other != text:
        yield "for addresses", other


def _spellings(honest: Honest) -> Iterator[Altered]:
    """Really signed, and the same to many a reader of JSON: another spelling than the one there is."""
    right, value = honest.payload, honest.value
    text = right.decode()
    first = next(iter(value))
    written = canonical(value[first]).decode()
    spellings: dict[str, bytes] = {
        "blanks": json.dumps(value, sort_keys=True).encode(),
        "another order": json.dumps(dict(reversed(value.items())), separators=(",", ":")).encode(),
        "a mark of byte order": b"\xef\xbb\xbf" + right,
        "in two bytes": text.encode("utf-16-le"),
        "a blank behind": right + b" ",
        "a line end before": b"\n" + right,
        "two of them": right + right,
        "in a list": b"[" + right + b"]",
        "a comma at the end": right[:-1] + b",}",
        "a remark": right[:-1] + b"/**/}",
        "an escaped letter": right.replace(b'"core"', b'"\\u0063ore"'),
        "an escaped slash": right.replace(b'"core_', b'"core\\u005f'),
        "a field twice, the same": right.replace(b"{", f'{{"{first}":{written},'.encode(), 1),
        "a field twice, escaped once": right[:-1] + b',"\\u0063ore":"core_other"}',
        "the core twice": right[:-1] + b',"core":"core_other"}',
        "the type twice": right[:-1] + b',"type":"session"}',
        "the version as a fraction": right.replace(b'"statement_version":', b'"statement_version":1.0,"x":', 1),
        "no utf-8": right.replace(b'"core_', b'"core\xff', 1),
        "overlong utf-8": right.replace(b"core_", b"core\xc1\x9f", 1),
        "half a surrogate": right.replace(b'"core_', b'"core\\ud800', 1),
        "nothing": b"",
        "nought": b"\x00" + right,
        "deep": b"[" * 5_000,
        "single quotes": text.replace('"', "'").encode(),
    }
    for name, payload in spellings.items():
        if payload != right:
            yield Altered(f"spelt with {name}", sealed(payload, honest.key))
    for path, number in _leaves(value):
        if isinstance(number, bool) or not isinstance(number, int):
            continue
        forms = (f"{number}.0", f"{number}e0", f"{number}E+0", f"-{number}", f"0{number}", f'"{number}"', "1e999", "NaN")
        here = f'"{path.rpartition(".")[2]}":{number}'.encode()
        for form in forms:
            bent = right.replace(here, f'"{path.rpartition(".")[2]}":{form}'.encode())
            if bent != right:
                yield Altered(f"{path} as {form}", sealed(bent, honest.key))


def _shapes(honest: Honest) -> Iterator[Altered]:
    """Really signed canonical JSON with a field less, a field more, or of another kind or version."""
    value = honest.value
    for name in value:
        yield Altered(f"without {name}", sealed(canonical({k: v for k, v in value.items() if k != name}), honest.key))
        may_be_left_out = (value["type"], name) in OPTIONAL
        if value[name] is not None and name not in MOMENTS and name not in honest.free and not may_be_left_out:
            yield Altered(f"{name} of nothing", sealed(canonical({**value, name: None}), honest.key))
        yield Altered(f"{name} in a list", sealed(canonical({**value, name: [value[name]]}), honest.key))
    for name in ("admin", "approved", "statement_version_2", "Type", "core "):
        yield Altered(f"with {name}", sealed(canonical({**value, name: True}), honest.key))
    for version in (0, 2, 3, -1, True, None, "1", [1]):
        if version != value["statement_version"] or version is True:
            yield Altered(f"version {version!r}", sealed(canonical({**value, "statement_version": version}), honest.key))
    for kind in ("decision", "enrolment", "widening", "session", "Decision", "", 7, None):
        if kind != value["type"]:
            yield Altered(f"type {kind!r}", sealed(canonical({**value, "type": kind}), honest.key))


def _said_otherwise(honest: Honest) -> Iterator[Altered]:
    """Really signed by the right key, about something else in one field."""
    for path, leaf in _leaves(honest.value):
        if path in MOMENTS or _is_free(path, honest.free | FREE_EVERYWHERE) or path in {"type", "statement_version"}:
            continue
        for number, other in enumerate(_other_values(path, leaf)):
            if other != leaf:
                yield Altered(f"{path} otherwise {number}", sealed(canonical(_put(honest.value, path, other)), honest.key))
    pairs = [(a, b) for a, b in _same_kind(honest.value) if not {a, b} & honest.free]
    for a, b in pairs:
        value = honest.value
        value[a], value[b] = value[b], value[a]
        yield Altered(f"{a} and {b} exchanged", sealed(canonical(value), honest.key))


def _dated(honest: Honest) -> Iterator[Altered]:
    value = honest.value
    start, end = (datetime.fromisoformat(value[name]) for name in ("issued_at", "expires_at"))
    hour, life = timedelta(hours=1), end - start
    for name, issued, expires in (
        ("an hour old", start - hour, end - hour),
        ("from tomorrow", start + timedelta(days=1), end + timedelta(days=1)),
        ("too long a life", start, start + max(life * 3, timedelta(days=8))),
        ("the wrong way round", end, start),
        ("without any life", start, start),
        ("over at once", start, start + timedelta(microseconds=1)),
    ):
        if life > timedelta(days=1) and name == "an hour old":
            continue  # a recovery is signed days before it is used
        moved = {**value, "issued_at": iso(issued), "expires_at": iso(expires)}
        yield Altered(f"dated {name}", sealed(canonical(moved), honest.key))
    for name, text in (
        ("in another spelling", iso(end).replace("Z", "+00:00")), ("without a zone", iso(end)[:-1]),
        ("as a number", 4_000_000), ("far away", "9999-12-31T23:59:59.999999Z"), ("with a blank", iso(end) + " "),
    ):  # fmt: skip
        yield Altered(f"expires {name}", sealed(canonical({**value, "expires_at": text}), honest.key))


def _by_others(honest: Honest) -> Iterator[Altered]:
    """Other people's own signatures under the same words."""
    for number, (key, signed_by) in enumerate(honest.others):
        own = {**honest.value, "signed_by": dict(signed_by)}
        if number == 0 or not honest.swaps_signer:
            yield Altered(f"somebody else's own {number}", sealed(canonical(own), key))
        yield Altered(f"somebody else's, signed here {number}", sealed(canonical(own), honest.key))
        posing = {**honest.value, "signed_by": {**honest.value["signed_by"], "key": key.fingerprint}}
        yield Altered(f"under the owner's name with another key {number}", sealed(canonical(posing), key))


def _leaves(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Paths and values of everything that holds no fields of its own; a list counts as one."""
    if isinstance(value, dict):
        for name, inner in value.items():  # pyright: ignore[reportUnknownVariableType] - JSON
            yield from _leaves(inner, f"{path}.{name}" if path else str(name))  # pyright: ignore[reportUnknownArgumentType]
    else:
        yield path, value


def _put(value: dict[str, Any], path: str, new: Any) -> dict[str, Any]:
    result = copy.deepcopy(value)
    inner: Any = result
    *way, last = path.split(".")
    for name in way:
        inner = inner[name]
    inner[last] = new
    return result


def _other_values(path: str, leaf: Any) -> Iterator[Any]:
    """Values that could stand in this place as well."""
    match leaf:
        case bool():
            yield not leaf
        case int():
            yield from (leaf + 1, leaf - 1, leaf + 2**32, 0 if leaf else 7)
        case None:
            yield _PUT.get(path, OTHER)
        case list():
            items: list[Any] = leaf
            yield [*items, items[0] if items else OTHER]
            if items:
                yield items[1:]
            if len(items) > 1:
                yield list(reversed(items))
        case str() if len(leaf) > 1:
            last = leaf[-1]
            yield leaf[:-1] + ("1" if last == "0" else "0")
            yield leaf[:-1]
            yield leaf + last
            yield leaf.swapcase()
            yield leaf + "\u200b"
        case _:
            yield "x"


def _same_kind(value: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Neighbouring fields whose values could be exchanged."""
    digests = [name for name, each in value.items() if isinstance(each, str) and len(each) == 64]
    yield from itertools.pairwise(digests)


def _is_free(path: str, free: frozenset[str]) -> bool:
    return any(path == name or path.startswith(f"{name}.") for name in free)
