"""The table of what the API refuses names diagnoses, modules and tests there are, and no diagnosis is missing (R-A8)."""

import re
from pathlib import Path

from agent_core.conversation.health import catalogue

HEALTH = Path(catalogue.__file__).parent
TABLE = (HEALTH / "RULES.md").read_text(encoding="utf-8")
ROWS = [[cell.strip() for cell in line.strip("|").split(" | ")] for line in TABLE.splitlines() if line.startswith("| ")][1:]


def names(cell: str) -> list[str]:
    return re.findall(r"`([a-z_:.]+)`", cell)


def test_R_A8_every_diagnosis_stands_in_the_table() -> None:
    heads = {name.partition(":")[0] for name in names(TABLE)}
    assert {name.partition(":")[0] for name in catalogue.CATALOGUE} <= heads | {"no_messages"}


def test_R_A8_what_the_table_names_is_there() -> None:
    assert len(ROWS) > 50
    known = catalogue.CATALOGUE.keys() | {name.partition(":")[0] for name in catalogue.CATALOGUE}
    for sentence, diagnoses, modules, shown in ROWS:
        assert set(names(diagnoses)) <= known, sentence
        code = "".join((HEALTH / f"{module}.py").read_text(encoding="utf-8") for module in modules.split(", "))
        assert all(name.partition(":")[0] in code for name in names(diagnoses)), sentence
        file, _, test = shown.strip("`| ").partition("::")
        assert f"def {test}(" in (Path(__file__).parent / file).read_text(encoding="utf-8"), sentence
