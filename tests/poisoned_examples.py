"""The recorded examples of poisoned transcripts, which are not part of the repository: where they are, and how they read."""

import copy
import os
from pathlib import Path
from typing import Any, Final

FIXTURES: Final = os.environ.get("COUNTERSIGN_FIXTURES")
NOT_HERE: Final = "COUNTERSIGN_FIXTURES is not set: the recorded examples are not part of the repository"


def examples() -> list[Path]:
    """Their files, in order; none where they are not."""
    return sorted((Path(FIXTURES) / "corpora" / "poisoned").glob("*.json")) if FIXTURES else []


def expanded(example: dict[str, Any]) -> dict[str, Any]:
    """The request of one, with what it says is to be repeated."""
    request = copy.deepcopy(example["request"])
    for rule in example["expand"]:
        holder: Any = request
        for step in rule["path"][:-1]:
            holder = holder[step]
        holder[rule["path"][-1]] += rule["append"] * rule["times"]
    return request
