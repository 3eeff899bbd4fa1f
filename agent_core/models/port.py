"""The port to a model: what is asked, what comes back. Everything above knows this module and no vendor.

A `ModelRequest` has exactly one body, so the record of a call can be compared byte for byte with what was sent (R-H3).
It must never carry a credential, and an answer's blocks are never edited: signed thinking goes back as it came.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Literal, Protocol

from agent_core.contract.events.effects import Usage
from agent_core.contract.fixed import text_of
from agent_core.contract.json_writing import json_text

Purpose = Literal["triage", "run", "compose", "ask_back"]
Alias = Literal["small", "standard"]

Block = Mapping[str, Any]
"""One content block, plain JSON as the Messages API spells it."""


@dataclass(frozen=True, slots=True)
class ModelRequest:
    """One request.

    Attributes:
        purpose: Why the call is made; never sent.
        model: The provider's model name, already resolved from an alias.
        system: The whole system text.
        tools: Tool definitions `{"name", "description", "input_schema"}`, in a fixed order.
        messages: `{"role", "content"}` objects; content is a list of blocks (or a text).
        output_schema: JSON schema of the final answer, or none for free text.
        max_tokens: Upper bound of the answer, in tokens.
    """

    purpose: Purpose
    model: str
    system: str
    tools: Sequence[Mapping[str, Any]]
    messages: Sequence[Mapping[str, Any]]
    output_schema: Mapping[str, Any] | None
    max_tokens: int
    calls: bool = True
    """Whether it may call the tools it is given. They are given also where it may not: what stands first stays the same."""
    _contents: list[tuple[str, ...]] = field(default_factory=list[tuple[str, ...]], init=False, repr=False, compare=False)
    """What `contents` has written: a request is made once and never changed, so neither is this. A copy begins without."""

    def parameters(self) -> dict[str, Any]:
        """The body without messages, system and tools.

        A run's transcript only grows, so the provider is asked to cache it as it goes (R-H3).
        """
        body: dict[str, Any] = {"max_tokens": self.max_tokens, "model": self.model}
        if self.purpose in ("run", "ask_back"):
            body["cache_control"] = {"type": "ephemeral"}
        if self.output_schema is not None:
            body["output_config"] = {"format": {"type": "json_schema", "schema": self.output_schema}}
        body["stream"] = True
        if not self.calls:
            body["tool_choice"] = {"type": "none"}
        return body

    def request_body(self) -> dict[str, Any]:
        """The whole request body. Keys are in alphabetical order; the same request always gives the same bytes."""
        messages = [{"role": message["role"], "content": message["content"]} for message in self.messages]
        body: dict[str, Any] = {**self.parameters(), "messages": messages}
        if self.system:
            body["system"] = self.system
        if self.tools:
            body["tools"] = self.tools if isinstance(self.tools, list) else list(self.tools)
        return {name: body[name] for name in sorted(body)}

    def contents(self) -> tuple[str, ...]:
        """The JSON text of each message's content; written once, for it is checked, recorded and sent."""
        if not self._contents:
            self._contents.append(tuple(json_text(message["content"]) for message in self.messages))
        return self._contents[0]

    def parameters_text(self) -> str:
        """`parameters` as JSON text."""
        return _object_text(self.parameters())

    def request_text(self) -> str:
        """`request_body` as JSON text: put together of what never changes and of what was written already."""
        body = self.request_body()
        roles = (json_text(message["role"]) for message in self.messages)
        said = zip(roles, self.contents(), strict=True)
        messages = ",".join([f'{{"role":{role},"content":{content}}}' for role, content in said])
        return _object_text(body, messages=f"[{messages}]")

    def request_bytes(self) -> bytes:
        """The bytes that go over the wire.

        Raises:
            UnicodeEncodeError: A lone surrogate reached a request: `boundary` was passed by.
        """
        return self.request_text().encode()


def _object_text(values: Mapping[str, Any], **written: str) -> str:
    """The text of an object whose names are plain; some of its values may have been written."""
    fields = [f'"{name}":{written.get(name) or _value_text(name, value)}' for name, value in values.items()]
    return f"{{{','.join(fields)}}}"


def _value_text(name: str, value: Any) -> str:
    if name == "system":
        return _system_text(value)
    if name != "output_config":
        return text_of(value)
    form = value["format"]
    return f'{{"format":{{"type":{json_text(form["type"])},"schema":{text_of(form["schema"])}}}}}'


@lru_cache(maxsize=256)
def _system_text(system: str) -> str:
    """The JSON text of a system text: a release has a few, and each request repeats one. Nobody's words are in them."""
    return json_text(system)


@dataclass(frozen=True, slots=True)
class ToolCall:
    """A tool call the model made, whole: its JSON was complete when the answer ended."""

    id: str
    name: str
    arguments: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class ModelAnswer:
    """One whole answer.

    Attributes:
        content: The blocks, unchanged; append them to the transcript as they are.
        stop_reason: `tool_use` exactly when the answer holds calls.
        usage: Tokens as the provider counted them.
        model: The model that answered.
        request_id: The provider's id of the request.
    """

    content: tuple[Block, ...]
    stop_reason: Literal["end_turn", "tool_use"]
    usage: Usage
    model: str
    request_id: str | None = None

    @property
    def calls(self) -> tuple[ToolCall, ...]:
        """The tool calls, in order."""
        return tuple(
            ToolCall(block["id"], block["name"], block["input"]) for block in self.content if block["type"] == "tool_use"
        )

    @property
    def text(self) -> str:
        """All text blocks, joined."""
        return "".join(block["text"] for block in self.content if block["type"] == "text")


class ModelClient(Protocol):
    """A model one can ask. Cancelling the task cancels the call at once."""

    async def answer(self, request: ModelRequest, *, deadline_seconds: float) -> ModelAnswer:
        """Asks, and waits for the whole answer.

        Raises:
            ModelFailure: Anything but a whole, well-formed answer.
        """
        ...

    async def close(self) -> None:
        """Gives back connections."""
        ...


@dataclass(frozen=True, slots=True)
class ModelNames:
    """Which model stands behind each alias; configuration, per brand if wanted."""

    small: str = "claude-haiku-5-5"
    standard: str = "claude-sonnet-5-5"

    def resolve(self, alias: Alias) -> str:
        """The model's name on the wire."""
        return self.small if alias == "small" else self.standard
