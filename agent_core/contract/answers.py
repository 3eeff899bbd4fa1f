"""What models answer: triage, the outcome of a run, a composed draft. Strict schemas, checked before anything counts (R-F3).

Percentages are integers: nothing here is ever signed with a float. The JSON schemas sent to the model come from these
classes (`json_schema`), so the words exist once.
"""

import functools
import json
from typing import Any, Literal

from pydantic import BaseModel, Field, JsonValue

from agent_core.contract.base import Value
from agent_core.contract.facts import Belief, Percent

Urgency = Literal["low", "normal", "high", "critical"]
Sentiment = Literal["negative", "neutral", "positive"]


class IntentFound(Value):
    """One intent of the message, with the words it rests on (an exact span of the message)."""

    id: str = Field(max_length=64)
    words: str = Field(max_length=300)
    confidence_percent: Percent


class EntityFound(Value):
    """A value the customer named, e.g. an order number."""

    name: str = Field(max_length=64)
    value: str = Field(max_length=200)


class TriageResult(Value):
    """Everything triage may say. It classifies only; it promises nothing (R-B1)."""

    intents: tuple[IntentFound, ...] = Field(max_length=12)
    category: Literal["orders", "billing", "account", "product", "subscription", "other"]
    urgency: Urgency
    sentiment: Sentiment
    complexity: Literal["simple", "complex"]
    language: str = Field(pattern=r"^[a-z]{2,3}$")
    entities: tuple[EntityFound, ...] = Field(max_length=30)
    legal: bool
    safety: bool
    clear: bool
    question: str | None = Field(max_length=400)
    refused_topics: tuple[str, ...] = Field(max_length=10, default=())
    """Topics the brand does not handle and the message asks about (R-B8)."""


class Point(Value):
    """Something the reply may say, and the facts it rests on."""

    text: str = Field(max_length=1200)
    fact_ids: tuple[str, ...] = Field(max_length=40)


class RunAnswer(Value):
    """A run's typed outcome. A run never writes the customer's text (DESIGN §3)."""

    phase: Literal["answered", "asking", "escalated"]
    points: tuple[Point, ...] = Field(max_length=20)
    question: str | None = Field(max_length=600)
    outputs: dict[str, str]
    beliefs: tuple[Belief, ...] = Field(max_length=20)
    escalation: str | None = Field(max_length=64)
    disclosures: tuple[str, ...] = Field(max_length=10)


class PersonAnswer(Value):
    """What the agent answers a person who asked it about its proposal. The customer never sees it (R-C3)."""

    answer: str = Field(min_length=1, max_length=1500)
    fact_ids: tuple[str, ...] = Field(max_length=40)


class ReplyDraft(Value):
    """One reply composed of several runs' points; it may state only what the named points state."""

    text: str = Field(min_length=1, max_length=6000)
    point_ids: tuple[str, ...] = Field(max_length=80)


def json_schema(answer: type[BaseModel]) -> dict[str, Any]:
    """The JSON schema of an answer as the Messages API's structured output takes it.

    Source: Messages API, structured outputs: every object closed, every property required, no numeric or length bounds
    (those are checked by code afterwards); references are inlined.
    """
    schema: dict[str, Any] = json.loads(_schema_text(answer))
    return schema


@functools.cache
def _schema_text(answer: type[BaseModel]) -> str:
    """Made once per class: every call to a model names one."""
    schema = answer.model_json_schema()
    definitions: dict[str, Any] = schema.pop("$defs", {})
    return json.dumps(_closed(schema, definitions))


_DROPPED = frozenset({"title", "default", "maxLength", "minLength", "maxItems", "minItems", "maximum", "minimum", "pattern"})


def _closed(node: JsonValue, definitions: dict[str, Any]) -> JsonValue:
    if isinstance(node, list):
        return [_closed(item, definitions) for item in node]
    if not isinstance(node, dict):
        return node
    reference = node.get("$ref")
    if isinstance(reference, str):
        return _closed(definitions[reference.rsplit("/", 1)[-1]], definitions)
    properties = node.get("properties")
    if isinstance(properties, dict):
        return {
            "type": "object",
            "properties": {name: _closed(item, definitions) for name, item in properties.items()},
            "required": list(properties),
            "additionalProperties": False,
        }
    return {key: _closed(item, definitions) for key, item in node.items() if key not in _DROPPED and key != "description"}
