"""A tool that a brand declares itself in `tools.yaml`: from what is written there to the one declaration everything uses.

No Python is needed for a tool and none is run: a request is a template, a result a schema, a fact a path. What cannot be
checked is refused here with file, line and reason, because nobody looks again before money moves (R-B3, R-F1).
"""

import re
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Final

from pydantic import Field, JsonValue, ValidationError

from agent_core.contract.base import Value
from agent_core.workflows.findings import Finding, shown
from agent_core.workflows.json_shapes import closed, shape_faults
from agent_core.workflows.outside import (
    CUSTOMER,
    GIVEN,
    IDEMPOTENCY_KEY,
    HttpCall,
    HttpSystem,
    McpCall,
    McpSystem,
    Name,
    Reconcile,
    Text,
    texts_of,
)
from agent_core.workflows.templates import fields_of, well_formed
from agent_core.workflows.tools import (
    FactNeed,
    FactYield,
    Label,
    MoneyFields,
    Narrowing,
    ResourceType,
    Template,
    ToolDeclaration,
    ToolKind,
)
from agent_core.workflows.yaml_text import Located, Path

_BOTH_OWN: Final = frozenset({"Customer", "Conversation"})
_TAKEN: Final = frozenset({"if", "then", "else", "in", "is", "like", "has", "true", "false", "money", *GIVEN})
"""Words that Cedar or our own templates understand otherwise."""
_FACTS_OF_CODE: Final = frozenset({"customer.authenticated", "customer.confirmed"})
_NAME: Final = re.compile(r"[a-z][a-z0-9]*(?:_[a-z][a-z0-9]*)*")
_EXTRA: Final = frozenset({"label", "optional", "only_shown"})


class OwnTool(Value):
    """One declared tool as `tools.yaml` spells it; see `ToolDeclaration` for what the fields mean.

    Attributes:
        arguments: Name to schema, with `label`, `optional` and `only_shown` (a model's words: no policy reads it) beside it.
        result: Schema of a good answer. What it does not name is dropped before anybody reads it.
    """

    name: Name
    system: Name
    title: Label
    description: str = Field(min_length=1, max_length=600)
    kind: ToolKind
    sentence: Text | None = None
    arguments: Mapping[Name, dict[str, JsonValue]] = Field(default_factory=dict, max_length=30)
    result: dict[str, JsonValue]
    resource_type: ResourceType = "Customer"
    resource: Template | None = None
    owner: Template | None = None
    owner_label: Label = "Belongs to customer"
    discriminator: Template | None = None
    yields: tuple[FactYield, ...] = Field(default=(), max_length=20)
    needs: tuple[FactNeed, ...] = Field(default=(), max_length=20)
    money: MoneyFields | None = None
    narrowing: tuple[Narrowing, ...] = Field(default=(), max_length=10)
    reversible: bool = True
    low_risk: bool = False
    timeout_s: int = Field(ge=1, le=300, default=15)
    instead: tuple[Name, ...] = Field(default=(), max_length=10)
    answers_within_s: Annotated[int, Field(ge=60, le=90 * 86_400)] | None = None
    http: HttpCall | None = None
    mcp: McpCall | None = None

    @property
    def input_schema(self) -> dict[str, JsonValue]:
        """The closed schema of the arguments."""
        properties: dict[str, JsonValue] = {
            name: closed({key: value for key, value in schema.items() if key not in _EXTRA})
            for name, schema in self.arguments.items()
        }
        required: list[JsonValue] = [name for name, schema in self.arguments.items() if schema.get("optional") is not True]
        return {"type": "object", "properties": properties, "required": required, "additionalProperties": False}

    def declaration(self) -> ToolDeclaration:
        """The declaration; call it only when `own_tool_findings` found nothing.

        Raises:
            ValidationError: Names that are no arguments.
        """
        return ToolDeclaration(
            name=self.name,
            description=self.description,
            kind=self.kind,
            input_schema=self.input_schema,
            result_schema=self.result,
            facts_yielded=self.yields,
            title=self.title,
            sentence=self.sentence or self.title,
            labels={name: label for name, schema in self.arguments.items() if isinstance(label := schema.get("label"), str)},
            only_shown=tuple(name for name, schema in self.arguments.items() if schema.get("only_shown") is True),
            facts=self.needs,
            owner=self.owner,
            owner_label=self.owner_label,
            resource_type=self.resource_type,
            resource=self.resource or (self.resource_type.lower() if self.resource_type in _BOTH_OWN else None),
            discriminator=self.discriminator or ("-" if self.kind == "write" else None),
            low_risk=self.low_risk,
            narrowing=self.narrowing,
            reversible=self.reversible,
            timeout_s=self.timeout_s,
            money=self.money,
            system=self.system,
            instead=self.instead,
            answers_within_s=self.answers_within_s,
            http=self.http,
            mcp=self.mcp,
        )


def own_tool(
    tool: OwnTool, system: HttpSystem | McpSystem, located: Located, at: Path, findings: list[Finding]
) -> ToolDeclaration | None:
    """The declaration of a tool, or None and every finding about it."""
    found = list(_Checks(tool, system, located, at).findings())
    if not found:
        try:
            return tool.declaration()
        except ValidationError as error:
            reason = str(error.errors(include_url=False, include_input=False)[0].get("msg", ""))
            found.append(located.finding((*at, "name"), "bad_tool", f"The tool is declared wrongly: {shown(reason, 160)}."))
    findings.extend(found)
    return None


class _Checks:
    """What is wrong with one declared tool beside the types of its fields."""

    def __init__(self, tool: OwnTool, system: HttpSystem | McpSystem, located: Located, at: Path) -> None:
        self._tool = tool
        self._system = system
        self._located = located
        self._at = at

    def findings(self) -> Iterator[Finding]:
        yield from self._names()
        yield from self._shapes()
        yield from self._resource()
        yield from self._facts()
        if (self._system.kind == "http") != (self._tool.http is not None) or (self._tool.http and self._tool.mcp):
            yield self._finding(
                ("system",), "wrong_call", f"A tool of an `{self._system.kind}` system has one `{self._system.kind}:`."
            )
        elif self._tool.http is not None:
            yield from self._request(self._tool.http)
        elif self._tool.mcp is None:
            yield self._finding(("system",), "wrong_call", "A tool of an `mcp` system has one `mcp:`.")
        else:
            yield from self._served(self._tool.mcp)

    def _served(self, mcp: McpCall) -> Iterator[Finding]:
        tool = self._tool
        way = mcp.reconcile
        if mcp.digest is None or (way is not None and way.digest is None):
            why = "Nobody has agreed to what the server says of this tool: run `countersign-core pin-mcp` on the folder."
            yield self._finding(("mcp",), "not_pinned", why)
        if tool.answers_within_s is not None:
            yield self._finding(("answers_within_s",), "answered_at_once", "A tool of an MCP server is answered at once.")
        if tool.kind == "read" and (mcp.key_argument is not None or way is not None):
            yield self._finding(("mcp",), "read_with_key", "A read needs no key, and nobody looks up what became of it.")
        if way is not None and mcp.key_argument is None:
            yield self._finding(("mcp", "reconcile"), "bad_key_place", "It is looked up by its key: say `key_argument`.")
        for name in (mcp.key_argument, mcp.customer_argument):
            if name is not None and name in tool.arguments:
                yield self._finding(("mcp",), "name_taken", f"`{name}` is filled by code; it is no argument of a model's.")

    def _names(self) -> Iterator[Finding]:
        tool = self._tool
        for name in tool.arguments:
            if name in _TAKEN:
                yield self._finding(("arguments", name), "name_taken", f"`{name}` already means something else here.")
        facts = [need.name for need in tool.needs]
        for number, need in enumerate(tool.needs):
            camel_taken = need.name in {"customer_authenticated", "customer_confirmed"} or need.name in _TAKEN
            if camel_taken or need.name in facts[:number] or not _is_name(need.name):
                yield self._finding(("needs", number, "name"), "name_taken", f"`{shown(need.name)}` cannot name this fact.")
        for field, name in (
            *((("money",), each) for each in ((tool.money.amount, tool.money.currency) if tool.money else ())),
            *((("narrowing", number), narrow.field) for number, narrow in enumerate(tool.narrowing)),
        ):
            if name not in tool.arguments:
                yield self._finding(field, "unknown_argument", f"`{shown(name)}` is no argument of `{tool.name}`.")
        if tool.kind == "write" and tool.sentence is None:
            yield self._finding(("kind",), "no_sentence", "A write says what will happen: `sentence: …`, for the card.")
        if tool.narrowing and tool.kind == "read":
            yield self._finding(("narrowing",), "read_narrows", "Nobody approves a read, so nobody narrows it.")

    def _shapes(self) -> Iterator[Finding]:
        for name, schema in self._tool.arguments.items():
            plain = {key: value for key, value in schema.items() if key not in _EXTRA}
            for where, message in shape_faults(plain, "arguments"):
                yield self._finding(("arguments", name, *where), "bad_schema", message)
            label = schema.get("label", "")
            if not isinstance(label, str) or len(label) > 80:
                yield self._finding(("arguments", name, "label"), "bad_schema", "A label is a short text.")
            for flag in ("optional", "only_shown"):
                if not isinstance(schema.get(flag, False), bool):
                    yield self._finding(("arguments", name, flag), "bad_schema", f"`{flag}` is `true` or `false`.")
        for where, message in shape_faults(self._tool.result, "result"):
            yield self._finding(("result", *where), "bad_schema", message)
        if self._tool.result.get("type") != "object":
            yield self._finding(
                ("result",), "bad_schema", "A result is an object; a list that is answered stands in `items`."
            )

    def _resource(self) -> Iterator[Finding]:
        """Whose the thing is must be known, or the request itself must say for whom it is (R-C2)."""
        tool = self._tool
        for field in ("resource", "owner", "discriminator", "sentence"):
            text = getattr(tool, field)
            if text is None:
                continue
            yield from self._template((field,), text, {"money"} if field == "sentence" and tool.money else set())
        if tool.resource_type in _BOTH_OWN:
            return
        if tool.resource is None:
            yield self._finding(
                ("resource_type",), "no_resource", "Say which one it touches: `resource: order:{order_id}`, by an argument."
            )
        if tool.owner is None and not self._for_customer():
            yield self._finding(
                ("resource_type",), "no_owner",
                "Say whose it is: `owner:` names the fact that holds the customer, or send `{customer}` with the request.",
            )  # fmt: skip

    def _for_customer(self) -> bool:
        tool = self._tool
        if tool.http is not None:
            return CUSTOMER in tool.http.names()
        return tool.mcp is not None and tool.mcp.customer_argument is not None

    def _facts(self) -> Iterator[Finding]:
        names = set(self._tool.arguments)
        for number, fact in enumerate(self._tool.yields):
            at: Path = ("yields", number, "key")
            head = fact.key.split(".", 1)[0]
            if not well_formed(fact.key) or "{" in head or not _is_name(head):
                yield self._finding(at, "bad_fact", "A fact's key begins with a word: `order.{order_id}.status`.")
            elif fact.key in _FACTS_OF_CODE or (head == CUSTOMER and "{" in fact.key):
                yield self._finding(at, "fact_of_code", "Who the customer is, is found out by code and never by a tool.")
            elif fact.each is None and not set(fields_of(fact.key)) <= names | self._in_result():
                yield self._finding(at, "bad_fact", "A placeholder of this key is no argument and not in the result.")
            for field, path in (("value", fact.value), ("each", fact.each)):
                if path is not None and not self._leads(path, fact.each if field == "value" else None):
                    yield self._finding(("yields", number, field), "unknown_path", f"`{shown(path)}` leads nowhere.")
        for number, need in enumerate(self._tool.needs):
            yield from self._template(("needs", number, "key"), need.key, set())

    def _request(self, http: HttpCall) -> Iterator[Finding]:
        tool = self._tool
        at: Path = ("http",)
        if tool.kind == "write" and http.method == "GET":
            yield self._finding((*at, "method"), "write_with_get", "A GET changes nothing; a write is another method.")
        if tool.kind == "read" and http.method not in {"GET", "POST"}:
            yield self._finding((*at, "method"), "read_with_write", "A read is a GET, or a POST that only asks.")
        if http.body is not None and not http.has_body:
            yield self._finding((*at, "body"), "no_body", f"A {http.method} carries no body.")
        optional = {name for name, schema in tool.arguments.items() if schema.get("optional") is True}
        for text in (http.path, *([] if http.reconcile is None else [http.reconcile.path])):
            if set(fields_of(text)) & optional:
                yield self._finding((*at, "path"), "optional_in_path", "What stands in a path is not optional.")
        yield from self._template((*at, "path"), http.path, {CUSTOMER})
        for name, text in http.query.items():
            yield from self._template((*at, "query", name), text, {CUSTOMER})
        for text in texts_of(http.body):
            yield from self._template((*at, "body"), text, {CUSTOMER})
        yield from self._key(http)
        yield from self._answers(http)

    def _key(self, http: HttpCall) -> Iterator[Finding]:
        place = http.idempotency
        if place is not None and (place.header is None) == (place.field is None):
            yield self._finding(
                ("http", "idempotency"), "bad_key_place", "The key is sent as `header:` or as `field:`, one."
            )
        if place is not None and place.field is not None and not http.has_body:
            yield self._finding(("http", "idempotency"), "bad_key_place", f"A {http.method} has no body for the key.")
        if self._tool.kind == "read" and (place is not None or http.reconcile is not None):
            yield self._finding(("http",), "read_with_key", "A read needs no key, and nobody looks up what became of it.")
        if http.reconcile is not None:
            yield from self._reconcile(http.reconcile)

    def _reconcile(self, way: Reconcile) -> Iterator[Finding]:
        at: Path = ("http", "reconcile")
        texts = (way.path, *way.query.values(), *way.where.values())
        for text in texts:
            yield from self._template(at, text, {IDEMPOTENCY_KEY})
        if way.not_found == "did_not_happen" and not any(IDEMPOTENCY_KEY in fields_of(text) for text in texts):
            why = "`did_not_happen` is believed only if asked by `{idempotency_key}`: another call may look alike."
            yield self._finding(at, "not_by_key", why)

    def _answers(self, http: HttpCall) -> Iterator[Finding]:
        if http.later is None:
            if self._tool.answers_within_s is not None:
                yield self._finding(("answers_within_s",), "answered_at_once", "Say how it answers: `http: {later: …}`.")
            return
        if self._tool.kind == "read":
            yield self._finding(("http", "later"), "read_later", "Only a write is taken now and answered later.")
        yield from self._template(("http", "later", "path"), http.later.path, {"reference"})
        for field in ("reference", "status"):
            if not self._leads(getattr(http.later, field), None):
                yield self._finding(("http", "later", field), "unknown_path", "This path is not in the result.")

    def _template(self, at: Path, text: str, beside: set[str]) -> Iterator[Finding]:
        if not well_formed(text):
            yield self._finding(at, "bad_template", "A brace belongs to no `{argument}`.")
            return
        for name in fields_of(text):
            if name not in self._tool.arguments and name not in beside:
                yield self._finding(at, "unknown_argument", f"`{{{name}}}` is no argument of `{self._tool.name}`.")

    def _leads(self, path: str, within: str | None) -> bool:
        schema: Any = self._tool.result
        for part in (*(within.split(".") if within else ()), *([""] if within else []), *path.split(".")):
            if not isinstance(schema, dict):
                return False
            below: Any = schema.get("properties") if part else {"": schema.get("items")}
            if part and part.isdecimal() and "items" in schema:
                below = {part: schema["items"]}
            schema = below.get(part) if isinstance(below, dict) else None  # pyright: ignore[reportUnknownMemberType] - any JSON schema
        return schema is not None

    def _in_result(self) -> set[str]:
        properties = self._tool.result.get("properties")
        return set(properties) if isinstance(properties, dict) else set()

    def _finding(self, path: Path, code: str, message: str) -> Finding:
        return self._located.finding((*self._at, *path), code, message)


def _is_name(text: str) -> bool:
    return _NAME.fullmatch(text) is not None
