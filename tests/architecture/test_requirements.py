"""Every promise is claimed by a test that fails without it, or stands on the list of what comes later, by name.

A claim is a requirement's id in a test function's name (`test_R_A7_…`) or docstring (`R-A7`).
"""

import ast
import re
import tomllib
from pathlib import Path

import pytest

from tests.architecture.source_files import ROOT, python_files, tree

CLAIMS = Path(__file__).with_name("requirements_claims.toml")
CLAIM = re.compile(r"(?<![A-Za-z0-9])R[-_]([A-N]\d{1,2})(?![0-9])")
ROW = re.compile(r"^\|\s*([A-N]\d{1,2})\s*\|", re.MULTILINE)


def claimed_by(module: ast.Module) -> set[str]:
    """Answer the ids that the test functions of one file claim."""
    found: set[str] = set()
    for node in ast.walk(module):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_"):
            found |= set(CLAIM.findall(node.name)) | set(CLAIM.findall(ast.get_docstring(node) or ""))
    return found


def claimed() -> set[str]:
    return {claim for path in python_files("tests") if path.name.startswith("test_") for claim in claimed_by(tree(path))}


def later() -> dict[str, str]:
    return dict(tomllib.loads(CLAIMS.read_text(encoding="utf-8"))["later"])


def test_every_requirement_is_claimed_or_comes_later(fixtures: Path) -> None:
    promised = set(ROW.findall((fixtures / "REQUIREMENTS.md").read_text(encoding="utf-8")))
    assert promised, "no requirement found: has the table changed its form?"
    forgotten = promised - claimed() - set(later())
    assert not forgotten, f"claimed by no test and not listed as later: {sorted(forgotten)}"


def test_no_test_claims_a_promise_nobody_made(fixtures: Path) -> None:
    promised = set(ROW.findall((fixtures / "REQUIREMENTS.md").read_text(encoding="utf-8")))
    assert claimed() <= promised
    assert set(later()) <= promised


def test_everything_listed_as_later_says_which_part_builds_it() -> None:
    assert all(part.strip() for part in later().values())


@pytest.mark.parametrize(
    ("source", "ids"),
    [
        ("def test_R_A7_every_use_gets_one_result(): pass", {"A7"}),
        ("def test_R_A7_and_R_C4_hold(): pass", {"A7", "C4"}),
        ('def test_x():\n    """It holds (R-N1, R-A10)."""', {"N1", "A10"}),
        ("def helper_R_A7(): pass", set()),
        ("def test_R_Z1_x(): pass", set()),
        ("def test_FOR_A7(): pass", set()),
    ],
)
def test_claims_are_read_from_names_and_docstrings(source: str, ids: set[str]) -> None:
    assert claimed_by(ast.parse(source)) == ids


def test_the_list_of_what_comes_later_lives_in_the_project() -> None:
    assert CLAIMS.is_relative_to(ROOT)
