"""What tests of workflows, routing and guardrails share: the demo brands as releases, and folders with one thing wrong."""

import shutil
from functools import lru_cache
from pathlib import Path

from agent_core.workflows.commerce_tools import commerce_catalog
from agent_core.workflows.findings import BrandInvalid, Finding
from agent_core.workflows.loader import load_brand, no_policy_check
from agent_core.workflows.release import Release

BRANDS = Path(__file__).resolve().parents[2] / "resources" / "brands"


@lru_cache
def release(brand: str = "northwind") -> Release:
    """A demo brand's release; policy is not this test's matter."""
    return load(BRANDS / brand)


def load(folder: Path) -> Release:
    return load_brand(folder, tools=commerce_catalog(), check_policy=no_policy_check)


def copy(into: Path, brand: str = "lumen") -> Path:
    """A copy of a brand folder that a test may break."""
    folder = into / brand
    shutil.copytree(BRANDS / brand, folder)
    if not (folder / "authority.cedar").exists():
        (folder / "authority.cedar").write_text("// nothing is allowed\n", encoding="utf-8")
    return folder


def edit(folder: Path, file: str, before: str, after: str) -> None:
    """Replaces a text that must be there."""
    path = folder / file
    text = path.read_text(encoding="utf-8")
    assert before in text, f"{before!r} is not in {file}"
    path.write_text(text.replace(before, after, 1), encoding="utf-8")


def findings(folder: Path) -> tuple[Finding, ...]:
    """What is wrong with a folder; fails when nothing is."""
    try:
        load(folder)
    except BrandInvalid as invalid:
        return invalid.findings
    raise AssertionError("the folder was accepted")


def only(folder: Path) -> Finding:
    """The one thing that is wrong with a folder."""
    found = findings(folder)
    assert len(found) == 1, [finding.text() for finding in found]
    return found[0]
