"""The table a support lead reviews instead of policy text: who · may · what · if · needs whom (R-C2).

Made from the policies that are live, never written by hand, so it cannot say anything else than they do; a test reads every
row's condition back and asks Cedar whether it is true. It must never leave a rule out that has a say about a tool it shows.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

from agent_core.authority.lint import Rule, actions_of
from agent_core.authority.phrases import conditions
from agent_core.authority.policy import AuthorityPolicy
from agent_core.authority.schema import action_name

_MODES: Mapping[str, tuple[str, str]] = {
    "execute": ("do alone", "nobody"),
    "propose": ("ask people for", ""),
    "executeApproved": ("do when approved", ""),
    "approve": ("approve", "—"),
}
"""How each mode is said, and whose yes it needs; empty: whoever may approve that tool."""
_GROUPS: Mapping[str, str] = {
    "tool": "any action",
    "read": "any read",
    "write": "any change",
    "autonomousWrite": "any change alone",
    "riskyWrite": "any risky change",
    "autonomousRiskyWrite": "any risky change alone",
    "newWrite": "any new change",
    "approved": "any approved action",
    "approval": "any approval",
}
_HEAD = ("who", "may", "what", "if", "needs whom", "because", "rule")


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table.

    Attributes:
        may: `may` or `may never`.
        what: The action in words.
        condition: The whole condition, read aloud; empty: always.
        needs: Whose yes it needs.
        why: The rule's own reason.
        tool: The tool it is about; none when it is about many.
        action: The action, or group of actions, as policies name it; none for every action.
        origin: The house's, the default policies', or the brand's own.
    """

    who: str
    may: Literal["may", "may never"]
    what: str
    condition: str
    needs: str
    why: str
    rule: str
    source: str
    line: int
    tool: str | None
    action: str | None
    origin: Literal["house", "default", "brand"]


def authority_table(policy: AuthorityPolicy, *, tools: Collection[str] | None = None) -> tuple[Row, ...]:
    """Every rule that is live, house rules last, one line for each action it names.

    Args:
        policy: The set.
        tools: Only what has a say about these; none: about every tool the set knows.
    """
    ordered = sorted(policy.rules.values(), key=lambda rule: rule.house)
    rows = [row for rule in ordered for row in _rows(rule, policy)]
    return tuple(row for row in rows if tools is None or row.tool is None or row.tool in tools)


def approvers_of(tool: str, policy: AuthorityPolicy) -> tuple[str, ...]:
    """Whom the policies let approve a tool, in words."""
    permits = [rule for rule in policy.rules.values() if rule.effect == "permit"]
    found = [_who(rule.est) for rule in permits if action_name(tool, "approve") in actions_of(rule.est)]
    return tuple(dict.fromkeys(found))


def as_text(rows: Sequence[Row]) -> str:
    """The table as aligned plain text."""
    lines = [_HEAD[:5] + _HEAD[6:], *(_cells(row)[:5] + _cells(row)[6:] for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(lines[0]))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in lines
    )


def as_markdown(rows: Sequence[Row], policy: AuthorityPolicy, *, title: str) -> str:
    """The table for reviewing: one part for each tool, then what holds for all of them, then the house rules."""
    parts: dict[str, list[Row]] = {}
    for row in sorted(rows, key=lambda row: row.tool is None):
        name = policy.tools[row.tool].title if row.tool else "Whatever it is"
        parts.setdefault("House rules: no brand can allow these" if row.origin == "house" else name, []).append(row)
    lines = [
        f"# {_plain(title)}: who may do what",
        "",
        f"Policy set `{policy.digest}`. Made from the live policies; amounts",
    ]
    lines[-1] += " are in minor units (2000 is 20.00). What no line allows is not allowed."
    for name, mine in parts.items():
        lines += ["", f"## {_plain(name)}", "", f"| {' | '.join(_HEAD)} |", "|" + "---|" * len(_HEAD)]
        lines += [f"| {' | '.join(map(_plain, _cells(row)))} |" for row in mine]
    return "\n".join(lines) + "\n"


def as_data(rows: Sequence[Row]) -> list[dict[str, Any]]:
    """The table as JSON values."""
    return [asdict(row) for row in rows]


def _cells(row: Row) -> tuple[str, ...]:
    return (row.who, row.may, row.what, row.condition or "always", row.needs, row.why, row.rule)


def _plain(text: str) -> str:
    """Text in a Markdown table: nothing in it can end a cell, begin a tag or become a link."""
    escaped = "".join(f"\\{char}" if char in "\\|`*_[]<>#" else char for char in text)
    return " ".join(escaped.split())


def _rows(rule: Rule, policy: AuthorityPolicy) -> list[Row]:
    may: Literal["may", "may never"] = "may" if rule.effect == "permit" else "may never"
    found: list[Row] = []
    for name in actions_of(rule.est) or (None,):
        what, needs = ("do anything", "—") if name is None else _action(name, policy)
        tool = None if name is None or name in _GROUPS else name.rpartition(".")[0]
        found.append(
            Row(
                who=_who(rule.est),
                may=may,
                what=what,
                condition=_condition(rule.est, one_kind=tool is not None),
                needs=needs if may == "may" else "—",
                why=rule.why,
                rule=rule.id,
                source=rule.source,
                line=rule.line,
                tool=tool,
                action=name,
                origin="house" if rule.house else "default" if rule.default else "brand",
            )
        )
    return found


def _condition(est: Mapping[str, Any], *, one_kind: bool) -> str:
    """The whole condition; with which thing it is about, unless the action is about that kind alone."""
    resource, said = est["resource"], conditions(est)
    about = ""
    if resource["op"] == "is" and not one_kind:
        about = f"resource is a {resource['entity_type']}"
    elif resource["op"] == "==":
        about = f"resource is {resource['entity']['id']}"
    return "; ".join(part for part in (about, said) if part)


def _action(name: str, policy: AuthorityPolicy) -> tuple[str, str]:
    if name in _GROUPS:
        return _GROUPS[name], "—"
    tool, _, mode = name.rpartition(".")
    verb, needs = _MODES[mode]
    return f"{verb}: {policy.tools[tool].title}", needs or ", ".join(approvers_of(tool, policy)) or "nobody may approve it"


def _who(est: Mapping[str, Any]) -> str:
    principal = est["principal"]
    if principal["op"] == "All":
        return "anybody"
    if principal["op"] == "is":
        kind = "the agent" if principal["entity_type"] == "Workflow" else "people"
        inside = principal.get("in")
        return kind if inside is None else f"{kind} in {inside['entity']['id']}"
    entity = principal["entity"]
    return f"{entity['id']}s" if entity["type"] == "Role" else f"workflow {entity['id'].partition('/')[2] or entity['id']}"
