"""The house has the rooms of the plan, files one can hold in the head, and nothing that does not belong (DESIGN §2)."""

import ast
import re
import warnings
from pathlib import Path

import pytest

from tests.architecture.source_files import ROOT, called_name, calls, project_files, python_files, tree

AIM_LINES = 400
STOP_LINES = 600
FOLDERS = {"console", "agent_core", "resources", "tests", "packaging", ".ci"}
FILES = {
    ".gitignore",
    "ARCHITECTURE.md",
    "CHANGELOG.md",
    "LICENSE",
    "Makefile",
    "README.md",
    "SECURITY.md",
    "pyproject.toml",
    "uv.lock",
}
CORE_ROOMS = {
    "contract", "conversation", "workflows", "routing", "authority", "boundary", "guardrails", "escalation", "knowledge",
    "models", "systems", "engine", "store", "accounting", "measures", "releases", "simulation", "audit", "service",
    "sandbox", "cli",
}  # fmt: skip
EMPTY_WORDS = re.compile(r"(Manager|Helpers?|Utils?|Handler)$")
LARGEST_BYTES = 1_000_000
GENERATED = (".pyc", ".so", ".egg-info", ".qm", ".rcc", ".log", ".db", ".sqlite", ".sqlite3", ".whl", ".zip")


def test_the_top_level_is_the_plan_of_the_house() -> None:
    tops = {path.relative_to(ROOT).parts for path in project_files()}
    assert {parts[0] for parts in tops if len(parts) > 1} <= FOLDERS
    assert {parts[0] for parts in tops if len(parts) == 1} <= FILES


def test_the_core_has_only_rooms_of_the_plan() -> None:
    rooms = {path.relative_to(ROOT).parts[1] for path in project_files() if path.relative_to(ROOT).parts[0] == "agent_core"}
    folders = {room for room in rooms if (ROOT / "agent_core" / room).is_dir()}
    assert folders <= CORE_ROOMS


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


def test_no_file_is_longer_than_can_be_held_in_the_head() -> None:
    counted = {name_of(path): len(path.read_text(encoding="utf-8").splitlines()) for path in python_files()}
    assert not {name: lines for name, lines in counted.items() if lines > STOP_LINES}, f"aim under {AIM_LINES}"


def test_files_over_the_aim_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    counted = [(len(path.read_text(encoding="utf-8").splitlines()), path) for path in python_files()]
    long = sorted(((lines, path) for lines, path in counted if lines > AIM_LINES), reverse=True)
    with capsys.disabled():
        for lines, path in long:
            print(f"\n  over the aim of {AIM_LINES} lines: {path.relative_to(ROOT)} {lines}", end="")  # noqa: T201 - read by people


def test_nothing_is_called_by_a_word_that_says_nothing() -> None:
    classes = {
        f"{name_of(path)}: {node.name}"
        for path in python_files()
        for node in ast.walk(tree(path))
        if isinstance(node, ast.ClassDef) and EMPTY_WORDS.search(node.name)
    }
    assert not classes
    empty = {"utils", "util", "helpers", "helper", "misc", "manager", "handlers"}
    assert not [name_of(path) for path in python_files() if path.stem in empty]


def test_every_module_says_why_it_exists() -> None:
    modules = [path for path in python_files() if path.read_text(encoding="utf-8").strip()]
    assert not [name_of(path) for path in modules if not ast.get_docstring(tree(path))]


def test_no_test_asserts_how_long_something_took() -> None:
    """Figures live in `tests/bench`: a test that fails on a slow machine says nothing about the code."""
    clocks = {"perf_counter", "perf_counter_ns", "monotonic", "monotonic_ns", "process_time", "process_time_ns"}
    timed = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path in python_files("tests")
        if path.parent.name != "bench"
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Assert) and any(called_name(call) in clocks for call in calls(node))
    ]
    assert timed == []


def test_every_file_compiles_without_a_warning() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for path in python_files():
            compile(path.read_text(encoding="utf-8"), str(path), "exec")


def test_nothing_generated_and_nothing_large_is_kept() -> None:
    kept = [path for path in project_files() if path != ROOT / "uv.lock"]
    assert not [name_of(path) for path in kept if path.stat().st_size > LARGEST_BYTES]
    assert not [name_of(path) for path in kept if path.name.endswith(GENERATED)]


def test_a_binary_file_is_a_font_or_a_picture() -> None:
    binaries = [path for path in project_files() if b"\0" in path.read_bytes()[:8192]]
    allowed = {".ttf", ".woff2", ".png", ".ico", ".icns", ".gz"}
    assert not [name_of(path) for path in binaries if path.suffix not in allowed]


def test_the_readme_is_short_and_its_first_screen_says_how_to_begin() -> None:
    lines = (ROOT / "README.md").read_text(encoding="utf-8").splitlines()
    assert len(lines) < 120
    first_screen = "\n".join(lines[:20])
    assert "make demo" in first_screen
    assert "make test" in first_screen
