"""House rules about how policies are written, beyond what Cedar's validator demands.

`permit (principal, action, resource);` passes validation (measured), so breadth is refused here: every permit names who,
which actions one by one, and which type of thing, and every policy has an id and a reason in words. It reads Cedar's own
JSON form, never the text. It must never let a permit pass that names an action group: a new tool would be granted silently.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final, Literal

from agent_core.authority.schema import GROUPS
from agent_core.authority.tools import DeclaredTool

_ID = re.compile(r"^[a-z0-9][a-z0-9._-]{0,119}$")
_CODE = re.compile(r"^[a-z][a-z0-9_]{0,63}$")
_KNOWN = frozenset({"id", "why", "code"})


@dataclass(frozen=True, slots=True)
class Rule:
    """One policy, read.

    Attributes:
        est: Cedar's JSON form.
        code: Of the verdict when this rule decides; none means the gate's own.
        house: Whether it is a house rule.
        default: Whether it came with `use commerce;`.
    """

    id: str
    why: str
    code: str | None
    effect: Literal["permit", "forbid"]
    line: int
    source: str
    text: str
    est: dict[str, Any]
    house: bool = False
    default: bool = False


def findings(est: dict[str, Any], tools: dict[str, DeclaredTool]) -> Iterator[tuple[str, str]]:
    """What is wrong with one policy: codes and sentences."""
    yield from _annotations(est.get("annotations") or {})
    if est["effect"] == "permit":
        yield from _scope(est)
        yield from _conditions(est, tools)


def _annotations(notes: dict[str, Any]) -> Iterator[tuple[str, str]]:
    name, why, code = notes.get("id"), notes.get("why"), notes.get("code")
    if not isinstance(name, str) or not _ID.match(name):
        yield "no_id", 'Give the policy an @id of lower-case letters, digits, ".", "-" and "_".'
    if not isinstance(why, str) or not why.strip() or len(why) > 300:
        yield "no_why", "Say in @why, in one sentence of at most 300 characters, why the policy exists."
    if code is not None and not (isinstance(code, str) and _CODE.match(code)):
        yield "bad_code", "@code is snake_case, at most 64 characters."
    unknown = sorted(set(notes) - _KNOWN)
    if unknown:
        yield "unknown_annotation", f"@{unknown[0][:40]} is not known here; there are @id, @why and @code."


def _scope(est: dict[str, Any]) -> Iterator[tuple[str, str]]:
    principal, resource = est["principal"], est["resource"]
    if principal["op"] == "All" and not _both_may(est):
        yield "broad_principal", "A permit says whom it is for: `principal is Workflow`, a role, or one workflow."
    names = actions_of(est)
    if not names:
        yield "broad_action", "A permit names its action, or a list of actions, one by one."
    elif any(name in GROUPS for name in names):
        yield "action_group", "A permit names single actions, never a group: a new tool would be allowed silently."
    if resource["op"] not in {"is", "=="}:
        yield "broad_resource", "A permit says which type of thing it is about: `resource is Order`."


def _both_may(est: dict[str, Any]) -> bool:
    """Proposing and executing what was approved are the same for the agent and for people in control."""
    names = actions_of(est)
    return bool(names) and all(name.endswith((".propose", ".executeApproved")) for name in names)


def _conditions(est: dict[str, Any], tools: dict[str, DeclaredTool]) -> Iterator[tuple[str, str]]:
    for name in actions_of(est):
        tool, _, mode = name.rpartition(".")
        declared = tools.get(tool)
        if declared is None or mode != "execute" or not declared.writes or declared.low_risk:
            continue
        if not est["conditions"]:
            yield "unconditional_write", f"{tool} changes something: a permit to do it alone needs a condition."
        elif declared.money is not None and not any(_reads(c["body"], "caps") for c in est["conditions"]):
            yield "uncapped_write", f"{tool} moves money: a permit to do it alone must respect the day's caps."


def actions_of(est: dict[str, Any]) -> tuple[str, ...]:
    """The actions a policy names; empty when it names none."""
    action = est["action"]
    entities = action.get("entities") or ([action["entity"]] if "entity" in action else [])
    return tuple(entity["id"] for entity in entities)


_CAPS: Final = {".": {"left": {"Var": "context"}, "attr": "caps"}}


def _reads(node: Any, attribute: str) -> bool:
    """Whether an expression reads `context.<attribute>`; that caps are known is no cap."""
    if isinstance(node, dict):
        access: Any = node.get(".")
        if isinstance(access, dict) and access.get("left") == _CAPS and access.get("attr") == "known":
            return False
        if isinstance(access, dict) and access.get("attr") == attribute and access.get("left") == {"Var": "context"}:
            return True
        return any(_reads(child, attribute) for child in node.values())
    return isinstance(node, list) and any(_reads(child, attribute) for child in node)
