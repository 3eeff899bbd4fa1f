"""Pieces of JSON Schema that the built-in tools are declared with."""

from typing import Final

from pydantic import JsonValue

ID: Final[dict[str, JsonValue]] = {"type": "string", "minLength": 1, "maxLength": 64, "pattern": "^[A-Za-z0-9_-]+$"}
ORDER: Final[dict[str, JsonValue]] = {**ID, "description": "The order number, as the customer knows it."}
REASON: Final[dict[str, JsonValue]] = {
    "type": "string", "minLength": 1, "maxLength": 200, "description": "Why, in a few words.",
}  # fmt: skip
OWNER: Final = "order.{order_id}.customer"
"""The fact that names whose an order is."""


def object_of(properties: dict[str, JsonValue]) -> dict[str, JsonValue]:
    """The arguments of a tool: all of them needed, no others allowed."""
    required: list[JsonValue] = list(properties)
    return {"type": "object", "properties": properties, "required": required, "additionalProperties": False}


def result_of(*names: str, **shapes: JsonValue) -> dict[str, JsonValue]:
    """The shape of a result: plain values by name, and what has a shape of its own."""
    plain: dict[str, JsonValue] = {name: {} for name in names}
    return {"type": "object", "properties": plain | shapes}


def list_of(shape: JsonValue) -> dict[str, JsonValue]:
    """The shape of a list."""
    return {"type": "array", "items": shape}


MONEY: Final = result_of("amount_minor", "currency")
