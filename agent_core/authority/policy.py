"""A policy set that may go live: parsed, validated against the schema, linted, named by a digest; or every reason why not.

House rules always come first and cannot be left out; `use commerce;` in a brand's text brings the default policies of a
shop, which the brand's own rules then narrow. Without that line nothing is granted that the text itself does not grant.
A set is immutable; whoever holds the last good one keeps it when a new text is refused. It must never be built from a text
with any finding, and never be empty.
"""

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

import cedarpy

from agent_core.authority.errors import PolicyError, PolicyInvalid
from agent_core.authority.lint import Rule, actions_of, findings
from agent_core.authority.schema import GROUPS, full_schema
from agent_core.authority.shipped import DEFAULTS, base_schema, house_rules
from agent_core.authority.source import PolicyText, cut
from agent_core.authority.tools import DeclaredTool

HOUSE_SOURCE = "house.cedar"

_POLICY_ID = re.compile(r"^policy(\d+)$")
_FOR_POLICY = re.compile(r"^for policy `[^`]*`, ")


@dataclass(frozen=True, slots=True)
class AuthorityPolicy:
    """A policy set that passed everything. Build it with `load`.

    Attributes:
        digest: Names it for ever: SHA-256 over the policies' meaning, not their layout, and the schema's text.
        rules: Every rule by its id, house rules first.
        schema_text: The whole schema, for readers.
    """

    digest: str
    rules: Mapping[str, Rule]
    tools: Mapping[str, DeclaredTool]
    schema_text: str
    policy_set: cedarpy.PolicySet
    schema: cedarpy.Schema

    @staticmethod
    def load(text: str, *, source: str, tools: Iterable[DeclaredTool]) -> "AuthorityPolicy":
        """Builds a policy set of the house rules, the default policies it uses, and a brand's text.

        Args:
            text: The brand's `authority.cedar`.
            source: How findings name the text, e.g. its file.
            tools: Every tool the brand declares.

        Raises:
            PolicyInvalid: With every finding, each with line and reason.
            Invalid: `tool_declared_twice`.
        """
        by_name: dict[str, DeclaredTool] = {}
        declared = tuple(tools)
        by_name.update((tool.name, tool) for tool in declared)
        schema_text = full_schema(base_schema(), declared)
        schema = cedarpy.Schema.from_str(schema_text)
        house = _shipped(house_rules(), HOUSE_SOURCE, by_name, house=True)
        pieces, errors = cut(text, source)
        names = _used(pieces, errors)
        defaults = [
            rule
            for name in names
            for rule in _shipped(DEFAULTS[name](), f"{name}.cedar", by_name)
            if _has_its_tools(rule, by_name)
        ]
        rules = _read([piece for piece in pieces if piece.used is None], by_name, errors)
        if not any(rule.effect == "permit" for rule in (*defaults, *rules)) and not errors:
            errors.append(
                PolicyError("no_permit", "The text permits nothing: a set without a permit never goes live.", 1, source)
            )
        known = {rule.id: rule for rule in (*house, *defaults)}
        for rule in rules:
            if rule.id in known:
                first = known[rule.id]
                message = f"The @id {rule.id} is already used in {first.source}, line {first.line}."
                errors.append(PolicyError("id_used_twice", message, rule.line, source))
            known.setdefault(rule.id, rule)
        errors.extend(_validate([*house, *defaults, *rules], schema, source))
        if errors:
            raise PolicyInvalid(tuple(sorted(errors, key=lambda error: (error.line, error.code))))
        est = {"templates": {}, "templateLinks": [], "staticPolicies": {rule.id: rule.est for rule in known.values()}}
        return AuthorityPolicy(
            digest=_digest(schema_text, est),
            rules=MappingProxyType(known),
            tools=MappingProxyType(by_name),
            schema_text=schema_text,
            policy_set=cedarpy.PolicySet.from_json_str(json.dumps(est)),
            schema=schema,
        )


def _digest(schema_text: str, est: dict[str, Any]) -> str:
    """Not RFC 8785: a policy may hold any 64-bit number, which that form has no place for."""
    meaning = json.dumps({"schema": schema_text, "policies": est}, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(meaning.encode()).hexdigest()


def _shipped(text: str, source: str, tools: dict[str, DeclaredTool], *, house: bool = False) -> list[Rule]:
    pieces, errors = cut(text, source)
    rules = _read(pieces, tools, errors)
    assert not errors, errors
    return [replace(rule, house=house, default=not house) for rule in rules]


def _used(pieces: list[PolicyText], errors: list[PolicyError]) -> list[str]:
    """The default policies a text uses."""
    names: list[str] = []
    for piece in pieces:
        name = piece.used
        if name is None:
            continue
        if name not in DEFAULTS:
            known = ", ".join(f"`use {each};`" for each in DEFAULTS)
            errors.append(
                PolicyError(
                    "unknown_defaults", f"There are no such default policies; there are {known}.", piece.line, piece.source
                )
            )
        elif name in names:
            errors.append(PolicyError("used_twice", f"`use {name};` stands here twice.", piece.line, piece.source))
        else:
            names.append(name)
    return names


def _has_its_tools(rule: Rule, tools: dict[str, DeclaredTool]) -> bool:
    """Whether every tool that a default rule names is declared. Each forbid names one tool, or groups: none gets lost."""
    return all(name in GROUPS or name.rpartition(".")[0] in tools for name in actions_of(rule.est))


def _read(pieces: list[PolicyText], tools: dict[str, DeclaredTool], errors: list[PolicyError]) -> list[Rule]:
    rules: list[Rule] = []
    for piece in pieces:
        est = _parse(piece, errors)
        if est is None:
            continue
        found = list(findings(est, tools))
        errors.extend(PolicyError(code, message, piece.line, piece.source) for code, message in found)
        notes = est.get("annotations") or {}
        if isinstance(notes.get("id"), str) and isinstance(notes.get("why"), str):
            rules.append(
                Rule(
                    id=notes["id"],
                    why=notes["why"],
                    code=notes.get("code"),
                    effect=est["effect"],
                    line=piece.line,
                    source=piece.source,
                    text=piece.text,
                    est=est,
                )
            )
    return rules


def _parse(piece: PolicyText, errors: list[PolicyError]) -> dict[str, Any] | None:
    """Cedar's JSON form of one policy."""
    try:
        parsed = json.loads(cedarpy.policies_to_json_str(piece.text))
    except ValueError as error:
        errors.append(PolicyError("syntax", f"This is not a Cedar policy: {str(error)[:200]}.", piece.line, piece.source))
        return None
    if parsed["templates"]:
        errors.append(PolicyError("template", "Templates are not used here: name whom it is for.", piece.line, piece.source))
        return None
    return next(iter(parsed["staticPolicies"].values()), None)


def _validate(rules: list[Rule], schema: cedarpy.Schema, source: str) -> list[PolicyError]:
    """Cedar's own validation of every rule; its errors are brought back to their lines."""
    errors: list[PolicyError] = []
    for error in cedarpy.validate_policies("\n".join(rule.text for rule in rules), schema).errors:
        match = _POLICY_ID.match(error.policy_id)
        rule = rules[int(match[1])] if match and int(match[1]) < len(rules) else None
        message = _FOR_POLICY.sub("", error.error)[:300]
        line, where = (rule.line, rule.source) if rule else (1, source)
        errors.append(PolicyError("not_valid", f"Cedar's validator refuses this: {message}.", line, where))
    return errors
