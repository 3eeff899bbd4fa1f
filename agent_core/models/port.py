"""The port to a model: what is asked, what comes back. Everything above knows this module and no vendor.

A `ModelRequest` has exactly one body, so the record of a call can be compared byte for byte with what was sent (R-H3).
It must never carry a credential, and an answer's blocks are never edited: signed thinking goes back as it came.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from agent_core.contract.events.effects import Usage

Purpose = Literal["triage", "run", "compose", "ask_back"]
Alias = Literal["small", "standard"]

Block = Mapping[str, Any]
"""One content block, plain JSON as the Messages API spells it."""


def json_text(value: Any) -> str:
    """The one JSON spelling of everything sent to or received from a model: order kept, no spaces, no escapes but needed.

    Not canonical JSON: a model's tool input may hold fractions, and the order of a block's fields is the provider's.
    """
    return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))


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
            body["tools"] = list(self.tools)
        return {name: body[name] for name in sorted(body)}

    def request_bytes(self) -> bytes:
        """The bytes that go over the wire.

        Raises:
            UnicodeEncodeError: A lone surrogate reached a request: `boundary` was passed by.
        """
        return json_text(self.request_body()).encode()


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
