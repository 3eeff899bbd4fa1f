"""What each model takes: the provider's own capability list says nothing about these, so they are written down here.

Source: the vendor's release notes and public error texts: prefill ended with the 4.6 models; Opus 5.5, Fable and Mythos
refuse forced tools; preserved thinking binds Fable and Mythos 5.1 and later and all 5.5 models; system turns came with
Opus 4.8 and are not on Sonnet 5. A model not listed is taken to accept the least; it must never be assumed to take more
than was seen.
"""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Traits:
    """What one model takes.

    Attributes:
        system_turns: `{"role": "system"}` inside the messages, for notices and steering.
        prefill: The conversation may end with an assistant turn.
        forced_tools: `tool_choice` may be `any` or `tool`.
        binds_thinking: Thinking is bound to system, tools and everything before it: append only, or strip it all.
        thinking_off: Thinking can be switched off.
        thinking_budget: `thinking.type` may be `enabled`, with a budget.
        window: Tokens of a request, at most.
    """

    system_turns: bool = False
    prefill: bool = False
    forced_tools: bool = False
    binds_thinking: bool = True
    thinking_off: bool = True
    thinking_budget: bool = False
    window: int = 200_000


_LEAST: Final = Traits()
_NAMES: Final = {
    "claude-fable-5-2": Traits(system_turns=True),
    "claude-mythos-5-2": Traits(system_turns=True),
    "claude-fable-5-1": Traits(system_turns=True),
    "claude-mythos-5-1": Traits(system_turns=True),
    "claude-opus-5-5": Traits(system_turns=True, thinking_off=False),
    "claude-sonnet-5-5": Traits(forced_tools=True),
    "claude-haiku-5-5": Traits(forced_tools=True),
    "claude-fable-5": Traits(system_turns=True, binds_thinking=False),
    "claude-mythos-5": Traits(system_turns=True, binds_thinking=False),
    "claude-opus-5": Traits(system_turns=True, forced_tools=True, binds_thinking=False),
    "claude-opus-4-8": Traits(system_turns=True, forced_tools=True, binds_thinking=False),
    "claude-sonnet-5": Traits(forced_tools=True, binds_thinking=False),
    "claude-opus-4-7": Traits(forced_tools=True, binds_thinking=False),
    "claude-opus-4-6": Traits(forced_tools=True, binds_thinking=False, thinking_budget=True),
    "claude-sonnet-4-6": Traits(forced_tools=True, binds_thinking=False, thinking_budget=True),
    "claude-opus-4-5": Traits(prefill=True, forced_tools=True, binds_thinking=False, thinking_budget=True),
    "claude-sonnet-4-5": Traits(prefill=True, forced_tools=True, binds_thinking=False, thinking_budget=True),
    "claude-haiku-4-5": Traits(prefill=True, forced_tools=True, binds_thinking=False, thinking_budget=True),
}


def traits(model: str) -> Traits:
    """What a model takes; a dated name such as `claude-haiku-4-5-20251001` is its family's."""
    head, _, tail = model.rpartition("-")
    name = head if len(tail) == 8 and tail.isdigit() else model
    return _NAMES.get(name, _LEAST)
