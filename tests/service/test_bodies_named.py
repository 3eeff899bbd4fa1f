"""Which bodies an event names is read off its type once; its JSON schema is the other opinion (R-M5)."""

import gc
import json
from typing import Any

import pytest

from agent_core.contract.base import Event
from agent_core.contract.bodies import BodyRef, new_body
from agent_core.contract.events import event_classes
from agent_core.service.projection.story import _holding, named  # pyright: ignore[reportPrivateUsage] - the plan itself
from agent_core.store.one_go import at_one_go


@pytest.mark.parametrize("of", event_classes(), ids=lambda each: each.__name__)
def test_a_field_is_looked_into_where_its_schema_leads_to_a_body_and_nowhere_else(of: type[Event]) -> None:
    schema = of.model_json_schema()
    leads = tuple(name for name, field in schema["properties"].items() if _leads(field, schema.get("$defs", {}), set()))
    assert set(_holding(of)) == set(leads)


def _leads(part: Any, defs: dict[str, Any], seen: set[str]) -> bool:
    text = json.dumps(part)
    for name in defs:
        if f'"#/$defs/{name}"' not in text or name in seen:
            continue
        if name == BodyRef.__name__ or _leads(defs[name], defs, seen | {name}):
            return True
    return False


def test_something_else_with_a_body_in_it_names_that_body() -> None:
    class Inner(Event):
        refs: tuple[BodyRef, ...]

    class Outer(Event):
        text: str
        inner: Inner | None
        pairs: dict[str, int]

    ref = new_body("message", "Hello").ref
    assert list(named(Outer(text="x", inner=Inner(refs=(ref,)), pairs={}))) == [ref]


def test_the_collector_is_on_again_behind_a_stretch_whatever_happens_in_it() -> None:
    assert gc.isenabled()
    with at_one_go():
        assert not gc.isenabled()
        with at_one_go():
            assert not gc.isenabled()
        assert not gc.isenabled()
    assert gc.isenabled()
    with pytest.raises(ZeroDivisionError):
        _fails()
    assert gc.isenabled()


def _fails() -> float:
    with at_one_go():
        return 1 / 0
