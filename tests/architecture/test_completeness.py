"""Nothing is declared and then forgotten: every event can be shown, every tool belongs to a workflow (R-B3).

Conventions these tests rely on, for life:
- one module of the console holds `RENDERERS`, a mapping whose keys are the event classes (names) it can show;
- a brand folder has `tools.yaml` and `workflows/*.yaml`, each with a list or mapping `tools`.
"""

import ast
from pathlib import Path
from typing import Any, cast

import pytest
import yaml

from tests.architecture.source_files import ROOT, python_files, tree

BRANDS = sorted(path.parent for path in (ROOT / "resources").rglob("brand.yaml"))


def event_classes() -> set[str]:
    """Answer the names of the event classes: those in contract/events with a Literal field `type`."""
    found: set[str] = set()
    for path in python_files("agent_core"):
        if "events" not in path.relative_to(ROOT).parts:
            continue
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.ClassDef) and any(_is_type_tag(item) for item in node.body):
                found.add(node.name)
    return found


def _is_type_tag(item: ast.stmt) -> bool:
    return (
        isinstance(item, ast.AnnAssign)
        and isinstance(item.target, ast.Name)
        and item.target.id == "type"
        and "Literal" in ast.unparse(item.annotation)
    )


def rendered_classes() -> set[str] | None:
    """Answer the keys of the console's `RENDERERS`; None while there is none."""
    for path in python_files("console"):
        for node in tree(path).body:
            target = node.target if isinstance(node, ast.AnnAssign) else None
            if isinstance(node, ast.Assign) and len(node.targets) == 1:
                target = node.targets[0]
            value = getattr(node, "value", None)
            if isinstance(target, ast.Name) and target.id == "RENDERERS" and isinstance(value, ast.Dict):
                return {ast.unparse(key).split(".")[-1].strip("'\"") for key in value.keys if key is not None}
    return None


def test_every_event_has_a_renderer() -> None:
    events, rendered = event_classes(), rendered_classes()
    if not events or rendered is None:
        pytest.skip("the console declares no RENDERERS yet: nothing to compare the events with")
    assert events <= rendered, f"no renderer for {sorted(events - rendered)}"


def load(path: Path) -> Any:
    return yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)


def tool_names(document: Any) -> set[str]:
    """Answer the names under `tools`: a list of names, a list of `{name: …}`, or a mapping by name."""
    tools = cast("dict[str, Any]", document).get("tools", []) if isinstance(document, dict) else document
    if isinstance(tools, dict):
        return {str(name) for name in cast("dict[str, Any]", tools)}
    entries = cast("list[Any]", tools or [])
    return {str(entry["name"]) if isinstance(entry, dict) else str(entry) for entry in entries}


@pytest.mark.skipif(not BRANDS, reason="no brand folder yet: nothing to compare tools and workflows in")
@pytest.mark.parametrize("brand", BRANDS, ids=lambda path: path.name)
def test_every_tool_of_a_brand_belongs_to_a_workflow_and_every_workflow_names_only_tools_there_are(
    brand: Path,
) -> None:
    owned: set[str] = set()
    for path in sorted((brand / "workflows").glob("*.yaml")):
        owned |= tool_names(load(path))
    assert owned, f"{brand.name} has no workflow with a tool"
    if (brand / "tools.yaml").exists():
        declared = tool_names(load(brand / "tools.yaml"))
        assert declared <= owned, f"belongs to no workflow: {sorted(declared - owned)}"


@pytest.mark.parametrize(
    ("document", "names"),
    [({"tools": ["a", "b"]}, {"a", "b"}), ({"tools": [{"name": "a"}]}, {"a"}), ({"tools": {"a": {}}}, {"a"}), ({}, set())],
)
def test_tools_are_read_in_each_form(document: object, names: set[str]) -> None:
    assert tool_names(document) == names
