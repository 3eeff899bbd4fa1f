"""Dependencies point one way, and the tool that enforces it really runs (DESIGN §2)."""

import ast
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.architecture.source_files import ROOT, place, python_files, tree


def test_the_import_contracts_hold() -> None:
    script = Path(sys.executable).with_name("lint-imports.exe" if os.name == "nt" else "lint-imports")
    answer = subprocess.run([script, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert answer.returncode == 0, answer.stdout + answer.stderr
    assert "0 broken" in answer.stdout


def imports(path: Path) -> list[tuple[ast.stmt, str]]:
    found: list[tuple[ast.stmt, str]] = []
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            found += [(node, alias.name) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            found.append((node, node.module or "."))
    return found


def places(folder: str, bad: Callable[[Path, str], bool]) -> list[str]:
    """Answer where a file below one top-level folder imports something it may not."""
    return [place(path, node) for path in python_files(folder) for node, name in imports(path) if bad(path, name)]


def test_the_core_names_no_part_of_qt_not_even_inside_a_function() -> None:
    roots = {"PySide6", "shiboken6", "qasync", "pytestqt", "console", "tests"}
    assert not places("agent_core", lambda _path, name: name.split(".")[0] in roots)


def test_the_console_names_the_core_only_by_its_contract() -> None:
    """Also inside functions and under TYPE_CHECKING, where nothing is imported but something is known."""

    def beyond(_path: Path, name: str) -> bool:
        return name.split(".")[0] == "agent_core" and not f"{name}.".startswith("agent_core.contract.")

    assert not places("console", beyond)


def test_R_D1_outside_text_is_cleaned_by_the_bounds_of_its_source_and_in_no_other_way() -> None:
    """Who calls `clean` with bounds of their own has made an entrance that the table of sources does not know."""

    def cleans(path: Path) -> list[str]:
        return [
            place(path, node)
            for node in ast.walk(tree(path))
            if isinstance(node, ast.ImportFrom) and node.module == "agent_core.boundary.clean"
            if any(alias.name != "Cleaned" for alias in node.names)
        ]

    outside = [path for path in python_files("agent_core") if path.relative_to(ROOT).parts[1] != "boundary"]
    assert not [where for path in outside for where in cleans(path)]


def test_pure_state_and_the_headless_client_name_no_qt() -> None:
    def qt_in_pure(path: Path, name: str) -> bool:
        return path.relative_to(ROOT).parts[1] in {"state", "headless"} and name.split(".")[0] in {"PySide6", "qasync"}

    assert not places("console", qt_in_pure)


def test_the_os_keyring_is_opened_in_one_module_of_each_package() -> None:
    """A second place that reads secrets would be a second place to leak them."""
    for package in ("agent_core", "console"):
        users = {found.split(":")[0] for found in places(package, lambda _path, name: name.split(".")[0] == "keyring")}
        assert len(users) <= 1, users


@pytest.mark.parametrize("source", ["import a.b", "from a.b import c", "def f():\n    import a.b"])
def test_imports_are_found_wherever_they_stand(tmp_path: Path, source: str) -> None:
    path = tmp_path / "x.py"
    path.write_text(source, encoding="utf-8")
    assert [name for _, name in imports(path)] == ["a.b"]
