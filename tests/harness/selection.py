"""Which test file belongs to which suite.

Why by reading the file: the core's suite runs where Qt is really absent, so a file that needs Qt must be set aside
before it is imported. A file needs Qt when it imports Qt, or a part of the console that may, or asks for a Qt fixture.
Only `console.state` and `console.headless` promise to run without it; their tests prove that promise by running here.
"""

import ast
from functools import cache
from pathlib import Path
from zlib import crc32

QT_ROOTS = frozenset({"PySide6", "shiboken6", "qasync", "pytestqt", "console"})
WITHOUT_QT = ("console.state", "console.headless")
QT_FIXTURES = frozenset({"qtbot", "qapp", "qloop", "qtmodeltester", "qtlog"})


@cache
def needs_qt(path: Path) -> bool:
    """Say whether a test file can only run where Qt is installed.

    Args:
        path: A Python file; one that cannot be parsed is left to pytest to complain about.
    """
    try:
        tree = ast.parse(path.read_text(encoding="utf-8"))
    except (SyntaxError, UnicodeDecodeError):
        return False
    return any(_node_needs_qt(node) for node in ast.walk(tree))


def _node_needs_qt(node: ast.AST) -> bool:
    match node:
        case ast.Import(names=names):
            return any(_module_needs_qt(alias.name) for alias in names)
        case ast.ImportFrom(module=str(module), names=names):
            return any(_module_needs_qt(f"{module}.{alias.name}") for alias in names)
        case ast.FunctionDef(args=arguments):
            return any(argument.arg in QT_FIXTURES for argument in arguments.args)
        case ast.AsyncFunctionDef(name=name):
            return name.startswith("test_")
        case ast.Attribute(value=ast.Attribute(attr="mark"), attr="qt" | "xvfb"):
            return True
        case _:
            return False


def _module_needs_qt(module: str) -> bool:
    free = any(module == name or module.startswith(f"{name}.") for name in WITHOUT_QT)
    return module.split(".")[0] in QT_ROOTS and not free


def may_hold_keyring_tests(path: Path) -> bool:
    """Say whether a file is worth importing for the keyring suite."""
    return "mark.keyring" in path.read_text(encoding="utf-8", errors="replace")


def share_of(path: Path) -> str:
    """The half a file belongs to: the same on every machine, whatever other files there are."""
    return ("first", "second")[crc32(path.name.encode()) & 1]
