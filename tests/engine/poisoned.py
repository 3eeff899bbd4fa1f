"""Ways in which a real conversation of ours could hold damage: what a model said, and what became of stored bodies."""

import json
import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from agent_core.contract.actors import Agent
from agent_core.contract.bodies import Body, BodyRef, new_body
from agent_core.contract.events import ModelSpoke
from agent_core.contract.events.effects import Usage
from agent_core.contract.ids import ConversationId, EffectId, RunId
from agent_core.models.port import ModelAnswer
from agent_core.store import Append, Draft
from tests.engine.harness import OTHER_ORDER
from tests.engine.stage import Stage

READ = {"type": "tool_use", "id": "toolu_read", "name": "get_order", "input": {"order_id": OTHER_ORDER}}


@dataclass(frozen=True)
class Poison:
    """Content a model could leave behind, and the head of its diagnosis."""

    name: str
    head: str
    content: tuple[Any, ...]


def _call(**changes: Any) -> dict[str, Any]:
    return {**READ, **changes}


_DOCUMENT = {"type": "document", "source": {"type": "text", "media_type": "text/plain", "data": "x"}}
_SEARCH = {"type": "server_tool_use", "id": "srvtoolu_1", "name": "web_search", "input": {"query": "x"}}

SAID: tuple[Poison, ...] = (
    Poison("an empty text", "empty_text_block", ({"type": "text", "text": ""}, READ)),
    Poison("white space", "whitespace_text_block", ({"type": "text", "text": " \n"}, READ)),
    Poison("an id of another provider", "bad_tool_use_id", (_call(id="call:1.2"),)),
    Poison("an empty id", "bad_tool_use_id", (_call(id=""),)),
    Poison("a name no tool may have", "bad_tool_name", (_call(name="get order!"),)),
    Poison("a field nobody knows", "unknown_block_field", ({"type": "text", "text": "Hm.", "mood": "good"}, READ)),
    Poison("thinking without a signature", "thinking_unsigned", ({"type": "thinking", "thinking": "hm"}, READ)),
    Poison("a result it made up", "wrong_role", ({"type": "tool_result", "tool_use_id": "toolu_0", "content": "x"}, READ)),
    Poison("a document", "document_in_assistant_turn", (_DOCUMENT, READ)),
    Poison("a server tool that never answered", "dangling_server_tool_use", (_SEARCH, READ)),
    Poison("a block of no kind", "unknown_block_type", ({"type": "hologram", "text": "x"}, READ)),
)
"""Said in the middle of work, beside a call that was really made."""

STORED: tuple[Poison, ...] = (
    Poison("a call nobody recorded", "dangling_tool_use", (_call(id="toolu_ghost", name="refund_payment"),)),
    Poison("two calls of one id", "duplicate_tool_use_id", (_call(id="toolu_g"), _call(id="toolu_g"))),
    Poison("an input that is text", "tool_input_not_object", (_call(id="toolu_g", input='{"order_id": 1'),)),
    Poison("an input that is a list", "tool_input_not_object", (_call(id="toolu_g", input=[]),)),
    Poison("nothing at all", "empty_message", ()),
    Poison("an empty text alone", "empty_text_block", ({"type": "text", "text": ""},)),
    Poison("half a character", "lone_surrogate", ({"type": "text", "text": "\ud83d"},)),
)
"""Found in a stored assistant message that no event of ours would have made."""


def sampled(poisons: Sequence[Poison], often: int) -> list[Any]:
    """Every so manyth in each run of the tests, all of them in the long one."""
    return [
        pytest.param(poison, id=poison.name, marks=() if number % often == 0 else pytest.mark.slow)
        for number, poison in enumerate(poisons)
    ]


def answer(poison: Poison) -> ModelAnswer:
    """What the model says."""
    return ModelAnswer(poison.content, "tool_use", Usage(input_tokens=1, output_tokens=1), "scripted")


async def stored(stage: Stage, c: ConversationId, text: str, run: str = "r1") -> None:
    """An assistant message enters a run's transcript behind everybody's back."""
    body = new_body("model_message", text)
    spoke = ModelSpoke(run=RunId(run), effect=EffectId("e999"), content=body.ref, stop="end")
    await stage.harness.store.append(Append(c, [Draft(spoke, Agent(run=RunId(run)))], bodies=[body]))


def written(poison: Poison) -> str:
    """A poison as the text of a body; halves of characters in their escaped form, as a store can hold them."""
    return json.dumps(list(poison.content))


def tampered(folder: Path, ref: BodyRef, change: Callable[[Body], Body] | None = None) -> None:
    """Somebody wrote into the database: the body is not what its digest says."""
    with sqlite3.connect(folder / "data" / "countersign.sqlite3") as connection:
        connection.execute("UPDATE body SET data = ? WHERE id = ?", (b'{"x":1}', ref.id))


def erased(folder: Path, ref: BodyRef) -> None:
    """The body was erased on purpose."""
    with sqlite3.connect(folder / "data" / "countersign.sqlite3") as connection:
        connection.execute(
            "UPDATE body SET data = NULL, salt = NULL, erased_at = '2026-11-21T09:00:00Z' WHERE id = ?", (ref.id,)
        )
