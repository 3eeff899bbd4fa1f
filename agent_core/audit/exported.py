"""The file that one conversation leaves the house as: its shape, and the one spelling of its bytes (R-N5).

Canonical JSON, so that every byte has a meaning and a flipped one is found. It holds what a stranger needs who has neither
the database nor this core: the events as they were hashed, the bodies with their salts, the keys' own log, and for every
event the proof that it stands in the log the core signed for. Nothing is believed because it stands in the file; what
checks it is `audit.checking`. No database, no engine: this module knows the contract only.
"""

import hashlib
from collections.abc import Iterator
from typing import Final, Literal

from pydantic import Field, ValidationError

from agent_core.contract.base import Digest, Value
from agent_core.contract.bodies import BodyKind, BodyRef, SaltText
from agent_core.contract.canonical import canonical, parse_strict
from agent_core.contract.errors import Invalid
from agent_core.contract.ids import BodyId, BrandId, ConversationId, KeyFingerprint

FORMAT: Final = "countersign-export/1"
MOST_BYTES: Final = 400_000_000
"""Larger files are refused unread."""


class ExportedEvent(Value):
    """An event as it was hashed: `actor` and `event` are canonical JSON text.

    Attributes:
        index: Which leaf of the whole log it is, from 0.
        proof: Hashes from that leaf's sibling upwards, to the root of the file's checkpoint.
    """

    seq: int = Field(ge=1)
    epoch: int = Field(ge=0)
    version: int = Field(ge=1)
    at: str = Field(max_length=40)
    actor: str
    event: str
    prev: Digest
    hash: Digest
    index: int = Field(ge=0)
    proof: tuple[Digest, ...] = Field(max_length=64)


class ExportedBody(Value):
    """A body that events name. An erased one has neither text nor salt: its digest proves nothing any more."""

    id: BodyId
    kind: BodyKind
    digest: Digest
    size: int = Field(ge=0)
    salt: SaltText | None
    text: str | None

    @property
    def ref(self) -> BodyRef:
        """How events name it."""
        return BodyRef(id=self.id, digest=self.digest, size=self.size, kind=self.kind)


class Trust(Value):
    """Where trust starts, as the core keeps it outside its database. Compare the anchor with one you know."""

    anchor: KeyFingerprint | None
    four_eyes: bool
    recovered: Digest | None


class Consistency(Value):
    """Why the log of the file's checkpoint begins with an older one of `size` events that somebody had kept."""

    size: int = Field(ge=0)
    root: Digest
    proof: tuple[Digest, ...] = Field(max_length=128)


class Export(Value):
    """Everything in the file but its digest."""

    format: Literal["countersign-export/1"] = FORMAT
    core: str = Field(max_length=80)
    brand: BrandId
    conversation: ConversationId
    trust: Trust
    checkpoint: str
    """The signed text."""
    checkpoint_key: str
    consistency: Consistency | None
    events: tuple[ExportedEvent, ...] = Field(min_length=2)
    bodies: tuple[ExportedBody, ...]
    """Sorted by id, each once."""
    core_events: tuple[ExportedEvent, ...]
    """The core's own log: whose keys count, since when, until when."""
    core_bodies: tuple[ExportedBody, ...]
    """The signed envelopes of that log, and nothing else of it."""
    transcript: str
    """Markdown for people, made of the rest; whoever checks makes it again and compares."""


class _File(Export):
    digest: Digest


def file_bytes(export: Export) -> bytes:
    """The whole file."""
    value = export.model_dump(mode="json")
    return canonical({**value, "digest": _digest(value)})


def read_export(data: bytes) -> Export:
    """The export in a file's bytes. Only their form is checked here, and that no byte was changed by accident.

    Raises:
        Invalid: `too_large`, `not_canonical`, `not_an_export`, `changed`.
    """
    if len(data) > MOST_BYTES:
        raise Invalid("too_large", "This file is too large to be an exported conversation.")
    value = parse_strict(data)
    try:
        file = _File.model_validate(value)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"][:4])
        raise Invalid(
            "not_an_export", "This is not an exported conversation.", detail=f"{where}: {first['type']}"
        ) from error
    made = file.model_dump(mode="json", exclude={"digest"})
    if canonical({**made, "digest": file.digest}) != data:
        raise Invalid("not_an_export", "This is not an exported conversation in its one spelling.")
    if _digest(made) != file.digest:
        raise Invalid("changed", "The file is not as it was written: its own digest does not fit.")
    return Export.model_validate(made)


def _digest(value: object) -> str:
    return hashlib.sha256(canonical(value)).hexdigest()


def named_bodies(event: object) -> Iterator[BodyRef]:
    """Every body that an event names, at any depth."""
    if isinstance(event, BodyRef):
        yield event
    elif isinstance(event, tuple):
        for item in event:  # pyright: ignore[reportUnknownVariableType] - tuples of anything
            yield from named_bodies(item)  # pyright: ignore[reportUnknownArgumentType] - likewise
    elif isinstance(event, Value):
        for item in vars(event).values():
            yield from named_bodies(item)
