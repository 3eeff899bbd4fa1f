"""Systems a brand brings itself, and how their tools are called: data of `tools.yaml`, kept in the release (R-B3, R-F1).

Addresses and templates are the brand's; what fills a template comes from outside, so it is placed, never interpreted. A
secret is only ever named here. Nothing in this module sends anything.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal

from pydantic import Field, JsonValue, StringConstraints

from agent_core.contract.base import Digest, Value
from agent_core.workflows.templates import fields_of

Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9]*(_[a-z][a-z0-9]*)*$", max_length=40)]
"""snake_case whose every part begins with a letter, so that its spelling in policies (`camelCase`) is its own."""
HeaderName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]{0,63}$")]
HeaderValue = Annotated[str, StringConstraints(pattern=r"^[\x20-\x7e]{0,200}$")]
Path = Annotated[str, StringConstraints(pattern=r"^(/[A-Za-z0-9._~{}:@!$&()*+,;=-]*)+$", max_length=300)]
Dotted = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*$", max_length=200)]
Text = Annotated[str, StringConstraints(min_length=1, max_length=400)]
Status = Annotated[int, Field(ge=100, le=599)]
Words = Annotated[str, StringConstraints(pattern=r"^[^\x00]{1,400}$")]

CUSTOMER = "customer"
IDEMPOTENCY_KEY = "idempotency_key"
GIVEN = frozenset({CUSTOMER, IDEMPOTENCY_KEY})
"""What code fills into a template beside arguments: the shop's id of a customer somebody vouched for, and the key."""


class Auth(Value):
    """How a system knows us.

    Attributes:
        secret: The name under which the installation keeps the credential; never the credential.
        header: Where it is sent, behind `prefix`.
    """

    secret: Name
    header: HeaderName = "authorization"
    prefix: HeaderValue = "Bearer "


class HttpSystem(Value):
    """A system that is asked over HTTP with JSON.

    Attributes:
        url: Where every path begins; no path can lead to another host.
    """

    kind: Literal["http"]
    name: Name
    url: Annotated[str, StringConstraints(max_length=300)]
    auth: Auth | None = None
    headers: Mapping[HeaderName, HeaderValue] = Field(default_factory=dict, max_length=20)


class McpSystem(Value):
    """A server of the Model Context Protocol: a program of this machine (`command`) or an address (`url`).

    Attributes:
        command: The program and its arguments, as they are; no shell reads them.
        env: Environment variables of the program, each the name of a secret. It inherits nothing of ours.
    """

    kind: Literal["mcp"]
    name: Name
    command: tuple[Words, ...] = Field(default=(), max_length=40)
    env: Mapping[Annotated[str, StringConstraints(pattern=r"^[A-Z][A-Z0-9_]{0,63}$")], Name] = Field(
        default_factory=dict, max_length=20
    )
    url: Annotated[str, StringConstraints(max_length=300)] | None = None
    auth: Auth | None = None


OutsideSystem = Annotated[HttpSystem | McpSystem, Field(discriminator="kind")]


class KeyPlace(Value):
    """Where the idempotency key stands: in a header, or in a field of the body. One of the two."""

    header: HeaderName | None = None
    field: Name | None = None


class Failures(Value):
    """HTTP statuses that mean something else here than they do everywhere.

    Attributes:
        transient: Nothing was done, and trying again may help; also for a write.
        refused: The other side said no.
        unknown: A write may have been performed.
        code: Path of the other side's own reason in its answer, e.g. `error.code`.
    """

    transient: tuple[Status, ...] = ()
    refused: tuple[Status, ...] = ()
    unknown: tuple[Status, ...] = ()
    code: Dotted = "error.code"


class Reconcile(Value):
    """How to find out what became of a write of which no answer came.

    Attributes:
        path: Read with GET, like `query` a template over the arguments and `{idempotency_key}`.
        found: Path of what is looked at in the answer: a thing, or a list of things; none: the whole answer.
        where: Fields that the thing must have, so that it is ours: name to template.
        not_found: What its absence means. `did_not_happen` only where the system shows at once what was written.
    """

    path: Path
    query: Mapping[str, Text] = Field(default_factory=dict, max_length=20)
    found: Dotted | None = None
    where: Mapping[Dotted, Text] = Field(default_factory=dict, max_length=10)
    not_found: Literal["did_not_happen", "unknown"] = "unknown"


class LaterAnswer(Value):
    """A call that is taken at once and answered some day (R-A5).

    Attributes:
        reference: Path of the other side's own name for it in what it answers at once.
        status: Path of the word that says how far it is, here, in callbacks and when it is looked up.
        open: Words that mean: still under way.
        refused: Words that mean: it will not be done.
        path: Where it is looked up with GET; a template over the arguments and `{reference}`.
    """

    reference: Dotted
    status: Dotted
    open: tuple[Annotated[str, StringConstraints(min_length=1, max_length=40)], ...] = Field(min_length=1, max_length=20)
    refused: tuple[Annotated[str, StringConstraints(min_length=1, max_length=40)], ...] = Field(default=(), max_length=20)
    path: Path


class HttpCall(Value):
    """How one tool is a request.

    Attributes:
        path: Behind the system's address; what fills `{…}` is one percent-encoded segment or a part of one.
        query: Name to template; a parameter whose optional argument is missing is left out.
        body: JSON with templates in its texts; a text that is one placeholder alone becomes the argument itself. None: for
            methods with a body an object of every argument that stands nowhere else.
    """

    method: Literal["GET", "POST", "PUT", "PATCH", "DELETE"]
    path: Path
    query: Mapping[Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_.\[\]-]{1,64}$")], Text] = Field(
        default_factory=dict, max_length=20
    )
    body: JsonValue = None
    idempotency: KeyPlace | None = None
    failures: Failures = Failures()
    reconcile: Reconcile | None = None
    later: LaterAnswer | None = None

    @property
    def has_body(self) -> bool:
        """Whether the method sends one."""
        return self.method in {"POST", "PUT", "PATCH"}

    def names(self) -> frozenset[str]:
        """Every placeholder of the request itself."""
        found = {*fields_of(self.path), *(name for text in self.query.values() for name in fields_of(text))}
        return frozenset(found | {name for text in texts_of(self.body) for name in fields_of(text)})


ServerName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_./-]{1,128}$")]
ServerArgument = Annotated[str, StringConstraints(pattern=r"^[A-Za-z_][A-Za-z0-9_]{0,63}$")]


class McpLookUp(Value):
    """Another tool of the server, which tells what became of a write.

    Attributes:
        tool: The server's own name for it; it is given the idempotency key and nothing else.
        found: Path of the thing, or of a list of things, in its answer.
        not_found: As in `Reconcile`.
    """

    tool: ServerName
    digest: Digest | None = None
    key_argument: ServerArgument
    found: Dotted | None = None
    not_found: Literal["did_not_happen", "unknown"] = "unknown"


class McpCall(Value):
    """How one tool is a tool of an MCP server.

    Attributes:
        tool: The server's own name for it.
        digest: Of what the server said of it when it was agreed to; anything else stops the tool. None: not agreed yet.
        key_argument: The server's argument that takes the idempotency key.
        customer_argument: The server's argument that takes the customer's id, filled by code.
    """

    tool: ServerName
    digest: Digest | None = None
    key_argument: ServerArgument | None = None
    customer_argument: ServerArgument | None = None
    reconcile: McpLookUp | None = None


def agreed_digest(name: str, title: str | None, description: str | None, arguments: Any, result: Any) -> str:
    """Names what a server says of a tool: its words and its schemas, not their layout. Its hints count for nothing."""
    said = {"name": name, "title": title, "description": description, "input": arguments, "output": result}
    return hashlib.sha256(json.dumps(said, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def texts_of(value: JsonValue) -> Iterator[str]:
    """Every text inside a JSON value."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for item in value.values():
            yield from texts_of(item)
    elif isinstance(value, list):
        for item in value:
            yield from texts_of(item)
