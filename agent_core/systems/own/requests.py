"""A declared tool and its arguments as one request: every value placed where its template stands, none interpreted.

A value can neither leave its segment of a path nor begin a query, and a JSON body is built as data. It must never send an
argument that no template names.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from agent_core.systems.transport import path_part
from agent_core.workflows.outside import HttpCall
from agent_core.workflows.templates import fields_of


class NotSaid(Exception):
    """A value that the request needs is not there; nothing was sent."""


@dataclass(frozen=True, slots=True)
class Request:
    """What is sent."""

    method: str
    path: str
    query: Mapping[str, str]
    body: Any
    headers: Mapping[str, str]


def request_of(call: HttpCall, arguments: Mapping[str, Any], *, customer: str | None, key: str | None) -> Request:
    """The request of one call.

    Args:
        call: How the tool is asked.
        arguments: Valid by its schema.
        customer: The shop's id of a customer somebody vouched for.
        key: The idempotency key.

    Raises:
        NotSaid: A template names something that is not there.
    """
    given = dict(arguments) if customer is None else {**arguments, "customer": customer}
    body = _body(call, arguments, given) if call.has_body else None
    headers: dict[str, str] = {}
    place = call.idempotency
    if place is not None and key is not None:
        if place.header is not None:
            headers[place.header] = key
        elif isinstance(body, dict) and place.field is not None:
            body[place.field] = key
    return Request(call.method, path_of(call.path, given), query_of(call.query, given), body, headers)


def path_of(template: str, given: Mapping[str, Any]) -> str:
    """A path with its values percent-encoded.

    Raises:
        NotSaid: A value is missing, or its segment would mean *here* or *up* to somebody on the way, encoded or not.
    """
    segments = template.split("/")
    made: list[str] = []
    for segment in segments:
        filled = placed(segment, given, encode=True)
        if segment != filled and not unquote(filled).strip("."):
            raise NotSaid(segment)
        made.append(filled)
    return "/".join(made)


def query_of(templates: Mapping[str, str], given: Mapping[str, Any]) -> dict[str, str]:
    """Parameters; one whose argument was left out is left out."""
    return {name: placed(text, given) for name, text in templates.items() if all(each in given for each in fields_of(text))}


def placed(template: str, given: Mapping[str, Any], *, encode: bool = False) -> str:
    """A template with its values in place.

    Raises:
        NotSaid: One is missing or no plain value.
    """
    for name in fields_of(template):
        value = given.get(name)
        if isinstance(value, bool):
            text = "true" if value else "false"
        elif isinstance(value, str | int) and value != "":
            text = str(value)
        else:
            raise NotSaid(name)
        # One pass for each name, and values are encoded or hold no template of ours: a value is never read again.
        template = template.replace(f"{{{name}}}", path_part(text) if encode else text.replace("{", "\x00"))
    return template.replace("\x00", "{")


def _body(call: HttpCall, arguments: Mapping[str, Any], given: Mapping[str, Any]) -> Any:
    if call.body is None:
        elsewhere = call.names()
        return {name: value for name, value in arguments.items() if name not in elsewhere}
    return _filled(call.body, given)


_LEFT_OUT = object()


def _filled(value: Any, given: Mapping[str, Any]) -> Any:
    if isinstance(value, str):
        names = fields_of(value)
        if len(names) == 1 and value == f"{{{names[0]}}}":
            return given.get(names[0], _LEFT_OUT)
        return placed(value, given)
    if isinstance(value, dict):
        made = {name: _filled(item, given) for name, item in value.items()}  # pyright: ignore[reportUnknownVariableType] - any JSON
        return {name: item for name, item in made.items() if item is not _LEFT_OUT}
    if isinstance(value, list):
        return [item for item in (_filled(each, given) for each in value) if item is not _LEFT_OUT]  # pyright: ignore[reportUnknownVariableType] - any JSON
    return value
