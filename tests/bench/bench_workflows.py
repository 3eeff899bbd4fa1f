"""What deciding about one message costs in pure code: routing, reply checks, prompts, loading.

Beside each figure stands the floor a reader can judge it by: parsing the same text as JSON, or the same work for two
workflows.
"""

import json
import tracemalloc
from collections.abc import Callable
from typing import Any

from agent_core.contract.answers import Point
from agent_core.engine.sight import SIGHT
from agent_core.guardrails.reading import ReplyContext
from agent_core.guardrails.reply import check_reply
from agent_core.routing.route import route
from agent_core.routing.triage import check_triage
from agent_core.workflows.prompt import run_system, tool_schemas
from agent_core.workflows.release import Release
from tests.bench.figure import Figure, alternating
from tests.routing.test_routing import triage
from tests.workflows.releases import BRANDS, load, release

REPETITIONS = 300
MANY = 1000
MESSAGE = "refund NW-10023 and where is NW-10024?"


def crowded(workflows: int) -> Release:
    """The demo brand with so many workflows."""
    made = release()
    flow = made.workflow("where_is_my_order")
    flows = tuple(
        flow.model_copy(
            update={"name": f"w_{n}", "intents": tuple(i.model_copy(update={"id": f"{i.id}_{n}"}) for i in flow.intents)}
        )
        for n in range(workflows)
    )
    return Release.of(made.content.model_copy(update={"workflows": flows}))


def _held(stored: str) -> float:
    """Bytes of memory that a release takes, while it is held."""
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        kept = Release.from_json(stored)
        found = tracemalloc.get_traced_memory()[0] - before
        assert len(kept.workflows) == MANY
    finally:
        tracemalloc.stop()
    return float(found)


def _started() -> Figure:
    """What a start reads of a folder that did not change: the release of the log, not thousands of files."""
    many = crowded(MANY).to_json()
    known, parsed = alternating((lambda: Release.from_json(many), lambda: load(BRANDS / "northwind")), 3)
    flows = len(release().workflows)
    return Figure(
        "start: a workflow of a folder that is as it was", [each / MANY for each in known], "ms",
        "one that is read anew", [each / flows for each in parsed],
    )  # fmt: skip


def run() -> list[Figure]:
    """The figures."""
    made, many = release(), crowded(MANY)
    both = triage(("refund", "refund NW-10023", 90), ("order_status", "where is NW-10024", 90))
    one = triage(("order_status_7", "where is NW-10024", 90))
    reply = (
        "Hello Zoë,\n\nyour refund of 64.90 EUR for order NW-10023 is waiting for a colleague's approval. It is quick.\n\n"
        * 8
    )
    facts: dict[str, tuple[str, Any]] = {"f1": ("order.NW-10023.total", {"amount_minor": 6490, "currency": "EUR"})}
    points = [Point(text="x", fact_ids=("f1",))]
    stored = made.to_json()
    under = ReplyContext(
        sight=SIGHT, points=points, facts=facts, release=made, language="en", pending=True, customer_words=(MESSAGE,)
    )  # fmt: skip

    def checked() -> object:
        return check_reply(reply, under)

    def routed(under: Release) -> Callable[[], object]:
        said = one if under is many else both
        return lambda: route(check_triage(said, (MESSAGE,), under), (), True, under)

    among_many, among_two = alternating((routed(many), routed(made)), REPETITIONS)
    checks, parsing = alternating((checked, lambda: json.loads(stored)), REPETITIONS)
    reloaded, from_files = alternating((lambda: Release.from_json(stored), lambda: load(BRANDS / "northwind")), 20)
    crowd = many.to_json()
    whole = sum(len(run_system(made, name)) + len(json.dumps(tool_schemas(made, name))) for name in made.workflows)
    alone = [len(run_system(made, name)) + len(json.dumps(tool_schemas(made, name))) for name in made.workflows]
    return [
        Figure(f"check triage and route, {MANY} workflows", among_many, "ms", "the same with two", among_two),
        Figure("check a reply of 900 characters", checks, "ms", "parsing the release as JSON", parsing),
        Figure("load a release by digest", reloaded, "ms", "reading the folder", from_files),
        _started(),
        Figure(f"memory of one of {MANY} workflows", [_held(crowd) / MANY], "bytes", "as JSON", [len(crowd) / MANY]),
        Figure("prompt of one workflow", [float(size) for size in alone], "bytes", "all workflows in one", [float(whole)]),
    ]
