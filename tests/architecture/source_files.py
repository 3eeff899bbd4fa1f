"""The project's own files as the architecture tests read them: tracked or about to be, parsed once."""

import ast
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


@cache
def project_files() -> tuple[Path, ...]:
    """Answer every file that is part of the project: tracked, or new and not ignored. Sorted, absolute.

    Without git (a source archive) everything on disk counts that is no environment and no cache.
    """
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    try:
        answer = subprocess.run(command, cwd=ROOT, capture_output=True, check=True).stdout.decode()
    except (OSError, subprocess.CalledProcessError):
        return tuple(sorted(_on_disk()))
    return tuple(sorted(path for name in answer.split("\0") if name and (path := ROOT / name).is_file()))


def _on_disk() -> Iterator[Path]:
    ignored = {"build", "dist", "__pycache__"}
    for path in ROOT.rglob("*"):
        parts = path.relative_to(ROOT).parts
        hidden = any(part in ignored or part.startswith((".venv", ".git", ".ruff", ".hypothesis")) for part in parts)
        if path.is_file() and not hidden:
            yield path


def python_files(*folders: str) -> list[Path]:
    """Answer the project's Python files, below the named top-level folders or everywhere."""
    return [
        path
        for path in project_files()
        if path.suffix == ".py" and (not folders or path.relative_to(ROOT).parts[0] in folders)
    ]


@cache
def tree(path: Path) -> ast.Module:
    """Parse one file."""
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


def calls(module: ast.AST) -> Iterator[ast.Call]:
    """Answer every call in a parsed file."""
    return (node for node in ast.walk(module) if isinstance(node, ast.Call))


def called_name(call: ast.Call) -> str:
    """Answer the last word of what is called: `QLabel` for both `QLabel()` and `QtWidgets.QLabel()`."""
    match call.func:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
        case _:
            return ""


def place(path: Path, node: ast.expr | ast.stmt) -> str:
    """Answer `file:line`, as an editor opens it."""
    return f"{path.relative_to(ROOT)}:{node.lineno}"
