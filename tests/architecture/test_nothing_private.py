"""Nothing in the project points at the machine it was written on, or at any package index but the public one."""

import re
from pathlib import Path

import pytest

from tests.architecture.source_files import ROOT, project_files

WORDS = ("wo" + "rk", "ro" + "ot", "ho" + "me")
"""In two halves, so that this file does not find itself."""
MACHINE_PATH = re.compile(rf"(?<![\w./{{}}$*-])/(?:(?:{WORDS[0]}|{WORDS[1]})(?![\w-])|{WORDS[2]}/\w)")
INDEX = re.compile(r"(?i)(?:index-url|extra-index-url|find-links|default-index|trusted-host)\s*[=:\s]\s*[\"']?\w+:/")
PUBLIC = {"pypi.org", "files.pythonhosted.org"}
TEXTS = [path for path in project_files() if b"\0" not in path.read_bytes()[:8192]]


def found(pattern: re.Pattern[str]) -> dict[str, list[str]]:
    texts = {str(path.relative_to(ROOT)): path.read_text(encoding="utf-8", errors="replace") for path in TEXTS}
    return {name: hits for name, text in texts.items() if (hits := pattern.findall(text))}


def test_no_path_of_the_machine_it_was_written_on() -> None:
    assert not found(MACHINE_PATH)


def test_no_package_index_of_ones_own() -> None:
    assert not found(INDEX)


@pytest.mark.parametrize("path", sorted((ROOT / "packaging").glob("*.txt")), ids=lambda path: path.name)
def test_requirement_lists_name_no_host(path: Path) -> None:
    assert set(re.findall(r"\w+://([^/\s]+)", path.read_text(encoding="utf-8"))) <= PUBLIC


@pytest.mark.parametrize("name", ["pip.conf", "uv.toml", ".npmrc", ".pypirc", "pip.ini"])
def test_no_settings_of_a_package_tool_are_kept(name: str) -> None:
    assert not [path for path in project_files() if path.name == name]


@pytest.mark.parametrize(
    ("text", "hit"),
    [
        (f"open('/{WORDS[0]}/main/x')", True),
        (f"see /{WORDS[1]}/.cache", True),
        (f"/{WORDS[2]}/" + "me/x", True),
        (f"https://example.org/{WORDS[0]}", False),
        (f"resources/{WORDS[0]}flows", False),
        (f"/{WORDS[0]}flows/refund", False),
        (f"{{url}}/{WORDS[0]}", False),
    ],
)
def test_the_rule_about_paths_can_fail(text: str, hit: bool) -> None:
    assert bool(MACHINE_PATH.search(text)) is hit


def test_the_rule_about_indexes_can_fail() -> None:
    assert INDEX.search("--extra-index" + "-url https://mirror.example.org/simple")
