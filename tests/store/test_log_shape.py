"""What an event may hold is pinned for each version of the log, so that nobody adds a field and forgets the version.

Values are closed (`contract.base.Value`): a core that does not know a field calls its event damaged. With a new version it
says the truth instead, that newer software wrote this folder. Write the shape of a new version with

    python -m tests.store.test_log_shape
"""

import json
from pathlib import Path
from typing import Any

import pytest

from agent_core.contract.errors import Unusable
from agent_core.contract.events import ACTOR, EVENT, ControlChanged
from agent_core.contract.versions import LOG_VERSION
from agent_core.store import Corrupt
from agent_core.store.upcast import parse_event

SHAPES = Path(__file__).parent / "log_shapes"
PRESENT = SHAPES / f"{LOG_VERSION}.json"

_ADVICE = (
    "An event or actor has gained, lost or renamed a field, or a field began or ceased to be required. Raise LOG_VERSION, "
    "say in contract/versions.py what is new, add steps to store/upcast.py where a default does not do, and write the "
    "shape of the new version: python -m tests.store.test_log_shape. The shape of a version that was released never changes."
)


def shape() -> dict[str, list[str]]:
    """The fields of every value that stands in a log, by its name; `?` after those that have a default."""
    found: dict[str, list[str]] = {}
    for schema in (EVENT.json_schema(), ACTOR.json_schema()):
        definitions: dict[str, dict[str, Any]] = schema["$defs"]
        for name, value in definitions.items():
            required = value.get("required", [])
            found[name] = [field if field in required else f"{field}?" for field in sorted(value.get("properties", {}))]
    return dict(sorted(found.items()))


def written(fields: dict[str, list[str]]) -> str:
    lines = (f" {json.dumps(name)}: {json.dumps(names)}" for name, names in fields.items())
    return "{\n" + ",\n".join(lines) + "\n}\n"


def test_the_fields_of_events_change_only_together_with_the_version_of_the_log() -> None:
    assert json.loads(PRESENT.read_text(encoding="utf-8")) == shape(), _ADVICE


def test_every_version_of_the_log_has_its_shape_on_record() -> None:
    assert {path.name for path in SHAPES.iterdir()} == {f"{number}.json" for number in range(1, LOG_VERSION + 1)}


OLD = '{"type":"control_changed","to":"human","code":"taken_over","sentence":"A person took over."}'
NEW = OLD.replace("}", ',"a_later_field":1}')


def test_an_event_with_a_later_field_is_newer_data_under_a_new_version_and_would_be_damage_under_the_old_one() -> None:
    with pytest.raises(Unusable) as newer:
        parse_event(NEW, LOG_VERSION + 1)
    assert newer.value.code == "data_newer"
    with pytest.raises(Corrupt):
        parse_event(NEW, LOG_VERSION)


def test_an_event_of_before_a_field_was_added_is_read_with_its_default_and_needs_no_step() -> None:
    event = parse_event(OLD, 1, newest=2)
    assert event == ControlChanged(to="human", code="taken_over", sentence="A person took over.", comment=None)


if __name__ == "__main__":
    SHAPES.mkdir(exist_ok=True)
    PRESENT.write_text(written(shape()), encoding="utf-8")
