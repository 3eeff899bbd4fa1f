"""The dataflow check: a value that may be missing, a condition that cannot hold, a step nothing reaches (R-A9)."""

from pathlib import Path

import pytest

from tests.workflows.releases import copy, findings, load

FLOW = "workflows/where_is_my_order.yaml"
STEPS = """
steps:
  - id: find_order
    text: Look it up.
    call: get_order
    with: {order_id: "{order_id}"}
"""
OUTPUTS = "\noutputs:\n  - {name: status, description: What it is., required: false}\n"


def flow(tmp_path: Path, *steps: str) -> Path:
    folder = copy(tmp_path, "northwind")
    path = folder / FLOW
    head = path.read_text(encoding="utf-8").split("\nsteps:")[0]
    path.write_text(head + STEPS + "".join(f"\n  - {step}\n" for step in steps) + OUTPUTS, encoding="utf-8")
    return folder


def found(tmp_path: Path, *steps: str) -> list[tuple[str, str]]:
    return [(finding.code, finding.file) for finding in findings(flow(tmp_path, *steps))]


def say(text: str, when: str | None = None, step: str = "tell") -> str:
    guard = f'when: "{when}", ' if when else ""
    return f"{{id: {step}, text: Tell., {guard}say: {{en: '{text}', de: '{text}'}}}}"


def track(when: str | None = None) -> str:
    guard = f'when: "{when}", ' if when else ""
    return f'{{id: track, text: Look., {guard}call: track_order, with: {{order_id: "{{order_id}}"}}, otherwise: continue}}'


@pytest.mark.parametrize(
    "steps",
    [
        (say("Order {order_id} is {find_order.status}.", "find_order.status == shipped"),),
        (say("Order {order_id} is {find_order.status}.", "find_order.outcome == succeeded"),),
        (say("It is {find_order.outcome}.", "find_order.outcome == failed"),),
        (track("find_order.status == shipped"), say("It is {find_order.status}.", "track.outcome == succeeded")),
        (track(), say("At {track.parcels.0.place} with {track.parcels.0.carrier}.", "track.parcels.0.place")),
        (say("Thank you.", "not find_order.status"),),
    ],
)
def test_R_A9_a_value_that_certainly_stands_there_may_be_used(tmp_path: Path, steps: tuple[str, ...]) -> None:
    assert load(flow(tmp_path, *steps)).brand.name == "northwind"


@pytest.mark.parametrize(
    ("steps", "code"),
    [
        ((say("It is {find_order.status}."),), "possibly_unassigned"),
        ((say("It is {find_order.status}.", "find_order.outcome == failed"),), "possibly_unassigned"),
        ((say("It is {find_order.status}.", "not find_order.note"),), "possibly_unassigned"),
        ((say("About {order_id}."),), "possibly_unassigned"),
        ((track(), say("At {track.parcels.0.place}.", "track.outcome == succeeded")), "possibly_unassigned"),
        ((track(), say("At {track.parcels.1.place}.", "track.parcels.0.place")), "possibly_unassigned"),
        ((track(), say("It is {find_order.status}.", "track.outcome == succeeded")), "possibly_unassigned"),
        ((say("Hm.", "find_order.outcome == succeded"),), "impossible_condition"),
        ((say("Hm.", "find_order.status == shipped and find_order.status == placed"),), "contradiction"),
        ((track("find_order.status != cancelled"),
          say("Hm.", "track.outcome == succeeded and find_order.status == cancelled")), "contradiction"),
        (("{id: out, text: People., escalate: complex}", say("Bye.")), "unreachable_step"),
    ],
)  # fmt: skip
def test_R_A9_a_value_that_may_be_missing_never_goes_live(tmp_path: Path, steps: tuple[str, ...], code: str) -> None:
    told = found(tmp_path, *steps)
    assert told == [(code, FLOW)]


def test_the_finding_stands_at_the_line_of_its_step_and_says_what_to_write(tmp_path: Path) -> None:
    only = findings(flow(tmp_path, say("It is {find_order.status}.")))[0]
    line = (tmp_path / "northwind" / FLOW).read_text(encoding="utf-8").splitlines()[only.line - 1]
    assert "say:" in line
    assert "find_order.outcome == succeeded" in only.message
