"""What each model accepts: the table behind `/v1/models` and behind every rule that depends on the model.

The names are those of the anthropic SDK 2.11 (``types/model.py``); the traits are those seen in public threads, since the
service's own capabilities say nothing about prefill, forced tools or mid-conversation system messages.
It must never be read as a price list or as a promise about the real models.
"""

from dataclasses import dataclass
from typing import Any, Literal

Line = Literal["haiku", "sonnet", "opus", "fable", "mythos"]


@dataclass(frozen=True)
class ModelTraits:
    """What one model accepts.

    Attributes:
        id: Model name on the wire.
        line: Model line.
        created: RFC 3339 release time shown by `/v1/models`.
        takes_prefill: The conversation may end with an assistant turn.
        takes_forced_tools: ``tool_choice`` may be ``any`` or ``tool``.
        takes_system_turns: ``{"role": "system"}`` is allowed inside ``messages``.
        binds_thinking: A thinking block is bound to everything before it (preserved thinking).
        manual_thinking: ``thinking.type: enabled`` with a budget is accepted.
        thinking_off: ``thinking.type: disabled`` is accepted.
        context_tokens: Size of the context window, in tokens.
        output_tokens: Largest ``max_tokens``.
    """

    id: str
    line: Line
    created: str
    takes_prefill: bool = False
    takes_forced_tools: bool = True
    takes_system_turns: bool = False
    binds_thinking: bool = False
    manual_thinking: bool = True
    thinking_off: bool = True
    context_tokens: int = 200_000
    output_tokens: int = 64_000

    def info(self) -> dict[str, Any]:
        """The ``ModelInfo`` object of `/v1/models`."""
        yes, no = {"supported": True}, {"supported": False}
        return {
            "type": "model",
            "id": self.id,
            "display_name": self.id.replace("-", " ").title(),
            "created_at": self.created,
            "deprecated_at": None,
            "retires_at": None,
            "lifecycle": "active",
            "line": self.line,
            "max_input_tokens": self.context_tokens,
            "max_tokens": self.output_tokens,
            "capabilities": {
                "batch": no,
                "citations": no,
                "code_execution": no,
                "context_management": {"supported": False},
                "effort": {"supported": True, "low": yes, "medium": yes, "high": yes, "max": yes, "xhigh": no},
                "image_input": yes,
                "pdf_input": yes,
                "server_tools": {"supported": False, "code_execution": no, "web_search": no},
                "structured_outputs": yes,
                "thinking": {
                    "supported": True,
                    "types": {
                        "adaptive": {"supported": True},
                        "between_tools": no,
                        "disabled": {"supported": self.thinking_off},
                        "enabled": {"supported": self.manual_thinking},
                    },
                },
            },
        }


def _latest(name: str, line: Line, created: str, *, forced: bool, off: bool = True) -> ModelTraits:
    return ModelTraits(
        name,
        line,
        created,
        takes_forced_tools=forced,
        takes_system_turns=line in {"opus", "fable", "mythos"},
        binds_thinking=True,
        manual_thinking=False,
        thinking_off=off,
    )


def _unbound(name: str, line: Line, created: str, *, system_turns: bool, forced: bool = True) -> ModelTraits:
    return ModelTraits(
        name,
        line,
        created,
        takes_forced_tools=forced,
        takes_system_turns=system_turns,
        manual_thinking=False,
    )


_MODELS = (
    _latest("claude-fable-5-2", "fable", "2026-10-21T00:00:00Z", forced=False),
    _latest("claude-mythos-5-2", "mythos", "2026-10-21T00:00:00Z", forced=False),
    _latest("claude-haiku-5-5", "haiku", "2026-10-07T00:00:00Z", forced=True),
    _latest("claude-sonnet-5-5", "sonnet", "2026-09-16T00:00:00Z", forced=True),
    _latest("claude-fable-5-1", "fable", "2026-08-31T00:00:00Z", forced=False),
    _latest("claude-opus-5-5", "opus", "2026-09-02T00:00:00Z", forced=False, off=False),
    _latest("claude-mythos-5-1", "mythos", "2026-08-31T00:00:00Z", forced=False),
    _unbound("claude-sonnet-5", "sonnet", "2026-06-30T00:00:00Z", system_turns=False),
    _unbound("claude-fable-5", "fable", "2026-06-30T00:00:00Z", system_turns=True, forced=False),
    _unbound("claude-mythos-5", "mythos", "2026-06-30T00:00:00Z", system_turns=True, forced=False),
    _unbound("claude-opus-5", "opus", "2026-07-14T00:00:00Z", system_turns=True),
    _unbound("claude-opus-4-8", "opus", "2026-05-28T00:00:00Z", system_turns=True),
    _unbound("claude-opus-4-7", "opus", "2026-04-16T00:00:00Z", system_turns=False),
    ModelTraits("claude-opus-4-6", "opus", "2026-02-05T00:00:00Z"),
    ModelTraits("claude-sonnet-4-6", "sonnet", "2026-02-17T00:00:00Z"),
    ModelTraits("claude-haiku-4-5", "haiku", "2025-10-01T00:00:00Z", takes_prefill=True),
    ModelTraits("claude-haiku-4-5-20251001", "haiku", "2025-10-01T00:00:00Z", takes_prefill=True),
    ModelTraits("claude-opus-4-5", "opus", "2025-11-01T00:00:00Z", takes_prefill=True),
    ModelTraits("claude-opus-4-5-20251101", "opus", "2025-11-01T00:00:00Z", takes_prefill=True),
    ModelTraits("claude-sonnet-4-5", "sonnet", "2025-09-29T00:00:00Z", takes_prefill=True),
    ModelTraits("claude-sonnet-4-5-20250929", "sonnet", "2025-09-29T00:00:00Z", takes_prefill=True),
)

MODELS: dict[str, ModelTraits] = {traits.id: traits for traits in _MODELS}
"""Every known model by name, newest generation first."""
