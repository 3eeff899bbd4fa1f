"""The record of a model call, from which its request can be rebuilt byte for byte (R-H3, DESIGN §6 bodies).

System text, tools, parameters and the content of each message are bodies of their own; a manifest names them. A
transcript only grows, so each message is stored once however many calls repeat it. It must never hold a credential, and
never re-encode what was sent: content is kept in the very spelling of the wire.
"""

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

from pydantic import Field, ValidationError

from agent_core.contract import fixed
from agent_core.contract.base import Value, of_checked
from agent_core.contract.bodies import Body, BodyKind, BodyRef, new_body
from agent_core.contract.canonical import canonical
from agent_core.contract.errors import Invalid
from agent_core.contract.json_writing import json_text
from agent_core.models.port import ModelRequest, Purpose

MANIFEST_VERSION: Final = 1


class ManifestMessage(Value):
    """One message: its role, and the body of its content."""

    role: str = Field(pattern=r"^(user|assistant|system)$")
    content: BodyRef


class Manifest(Value):
    """Names every body of one request."""

    manifest_version: int = Field(ge=1, le=MANIFEST_VERSION, default=MANIFEST_VERSION)
    purpose: Purpose
    model: str
    system: BodyRef | None
    tools: BodyRef | None
    parameters: BodyRef
    messages: tuple[ManifestMessage, ...]

    def refs(self) -> tuple[BodyRef, ...]:
        """Every body it names, in order."""
        head = (each for each in (self.system, self.tools, self.parameters) if each is not None)
        return (*head, *(message.content for message in self.messages))


@dataclass(frozen=True, slots=True)
class Recorded:
    """What to store for one call.

    Attributes:
        manifest: The manifest's own body; its `.ref` goes into `EffectStarted.manifest`.
        new: Bodies that are not stored yet, without the manifest.
        known: `content_key` -> reference, for the next call of the same run.
    """

    manifest: Body
    new: tuple[Body, ...]
    known: Mapping[str, BodyRef]


def content_text(content: object) -> str:
    """The text of the body that holds a message's content: the wire's own spelling.

    Store an assistant message's blocks with it (`ModelSpoke.content`), and no later manifest stores them again.
    """
    return json_text(content)


def content_key(kind: BodyKind, text: str) -> str:
    """Names a body by what it holds, within one run; never leaves memory, so it needs no salt."""
    return hashlib.sha256(f"{kind}\0{text}".encode()).hexdigest()


def record_call(request: ModelRequest, known: Mapping[str, BodyRef] | None = None) -> Recorded:
    """Records a request.

    Args:
        request: What will be sent.
        known: Bodies of this run that are stored already: `Recorded.known` of the call before, or `known_bodies`.
    """
    shelf = _Shelf(dict(known or {}))
    manifest = Manifest(
        purpose=request.purpose,
        model=request.model,
        system=shelf.place("model_system", request.system) if request.system else None,
        tools=shelf.place("model_tools", _tools_text(request.tools)) if request.tools else None,
        parameters=shelf.place("model_parameters", request.parameters_text()),
        messages=tuple(
            _named(message["role"], shelf.place("model_message", text))
            for message, text in zip(request.messages, request.contents(), strict=True)
        ),
    )
    body = new_body("manifest", canonical(manifest.model_dump(mode="json")).decode())
    return Recorded(body, tuple(shelf.new), shelf.known)


_ROLES: Final = frozenset({"user", "assistant", "system"})


def _named(role: str, content: BodyRef) -> ManifestMessage:
    """One message; of a role that is one of ours nothing is left to check."""
    if role in _ROLES:
        return of_checked(ManifestMessage, {"role": role, "content": content})
    return ManifestMessage(role=role, content=content)


def _tools_text(tools: Sequence[Mapping[str, Any]]) -> str:
    return fixed.text_of(tools if isinstance(tools, list) else list(tools))


def read_manifest(text: str) -> Manifest:
    """The manifest in a body's text.

    Raises:
        Invalid: `bad_manifest`.
    """
    try:
        return Manifest.model_validate_json(text)
    except ValidationError as error:
        raise Invalid("bad_manifest", "This is not the record of a model call.", detail=str(error)[:300]) from error


def known_bodies(manifest_text: str, text_of: Callable[[BodyRef], str]) -> dict[str, BodyRef]:
    """What a run has stored already, read back after a restart from its last manifest."""
    return {content_key(ref.kind, text_of(ref)): ref for ref in read_manifest(manifest_text).refs()}


def rebuild(manifest_text: str, text_of: Callable[[BodyRef], str]) -> bytes:
    """The exact bytes of the request.

    Args:
        manifest_text: Text of the manifest's body.
        text_of: Reads a body's text; checking its digest is the store's work.

    Raises:
        Invalid: `bad_manifest`.
    """
    manifest = read_manifest(manifest_text)
    fields = {name: json_text(value) for name, value in json.loads(text_of(manifest.parameters)).items()}
    messages = (f'{{"role":"{each.role}","content":{text_of(each.content)}}}' for each in manifest.messages)
    fields["messages"] = f"[{','.join(messages)}]"
    if manifest.system is not None:
        fields["system"] = json_text(text_of(manifest.system))
    if manifest.tools is not None:
        fields["tools"] = text_of(manifest.tools)
    return f"{{{','.join(f'{json_text(name)}:{fields[name]}' for name in sorted(fields))}}}".encode()


_REPEATED: Final = frozenset[BodyKind]({"model_system", "model_tools", "model_parameters"})
"""What a release says in every request, and nobody's words."""


@lru_cache(maxsize=256)
def _known_key(kind: BodyKind, text: str) -> str:
    return content_key(kind, text)


class _Shelf:
    """Finds a stored body or makes a new one."""

    def __init__(self, known: dict[str, BodyRef]) -> None:
        self.known = known
        self.new: list[Body] = []

    def place(self, kind: BodyKind, text: str) -> BodyRef:
        key = _known_key(kind, text) if kind in _REPEATED else content_key(kind, text)
        if key not in self.known:
            body = new_body(kind, text)
            self.new.append(body)
            self.known[key] = body.ref
        return self.known[key]
