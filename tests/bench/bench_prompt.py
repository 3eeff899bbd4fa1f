"""What a run is sent, beside one agent that carries every tool and instruction of its brand (R-B3, R-B5, R-H3).

The other agent is made of the very same texts: all workflows' system texts one after another, all tools, one transcript.
Tokens are counted as bytes, alike for both; the answer schema stands on both sides. Goal: at most 0.4 of the input.
"""

import json
from itertools import pairwise
from typing import Any

from agent_core.contract.ids import WorkflowName
from agent_core.models.port import ModelRequest
from agent_core.routing.shortlist import IntentIndex
from agent_core.workflows import prompt
from agent_core.workflows.release import Release
from tests.bench.figure import Figure, alternating
from tests.engine.long_history import LongConversation
from tests.routing.test_shortlist import crowd
from tests.workflows.releases import release

TURNS = 20
WISH = "Hello, please cancel my boathouse today, and repair the lampcover that came with it."
MESSAGE = "Where is my parcel NW-10023? And please refund NW-10024."


def brand_of(workflows: int) -> Release:
    """A brand of so many workflows as large as the shipped ones, in turns."""
    made = release()
    shipped = made.content.workflows
    flows = tuple(
        shipped[n % len(shipped)].model_copy(
            update={
                "name": WorkflowName(f"flow_{n}"),
                "intents": tuple(i.model_copy(update={"id": f"{i.id}_{n}"}) for i in shipped[n % len(shipped)].intents),
            }
        )
        for n in range(workflows)
    )
    return Release.of(made.content.model_copy(update={"workflows": flows}))


def history(made: Release, workflow: str) -> list[ModelRequest]:
    """The request after each turn."""
    talk, requests = LongConversation(made, workflow), list[ModelRequest]()
    for number in range(TURNS):
        talk.turn(f"Message {number}: {MESSAGE}")
        requests.append(talk.request())
    return requests


def everything(made: Release, request: ModelRequest) -> int:
    """Bytes of the same turn for one agent that carries all of the brand."""
    system = "\n".join(prompt.run_system(made, name, "en") for name in made.workflows)
    tools: dict[str, Any] = {tool["name"]: tool for name in made.workflows for tool in prompt.tool_schemas(made, name)}
    rest = len(request.request_bytes()) - len(_json(request.system)) - len(_json(list(request.tools)))
    return rest + len(_json(system)) + len(_json(list(tools.values())))


def _json(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode()


def _prompts(workflows: int) -> Figure:
    made = brand_of(workflows)
    ours, theirs = list[float](), list[float]()
    for request in history(made, "flow_0"):
        ours.append(len(request.request_bytes()))
        theirs.append(everything(made, request))
    return Figure(
        f"input of a turn, {workflows} workflows, {TURNS} turns", ours, "bytes", "one agent with all of it", theirs
    )


def _with_triage(workflows: int) -> Figure:
    """The same, with what triage is asked once a turn counted on our side; it goes to the smaller model."""
    made = brand_of(workflows)
    asked = len(_json(prompt.triage_system(made))) + len(_json(prompt.triage_schema())) + len(MESSAGE) + 300
    ours, theirs = list[float](), list[float]()
    for request in history(made, "flow_0"):
        ours.append(len(request.request_bytes()) + asked)
        theirs.append(everything(made, request))
    return Figure(
        f"the same and triage's question, {workflows} workflows", ours, "bytes", "one agent with all of it", theirs
    )


def _stable() -> Figure:
    """How much of a request stood in the one before, from the front: what a provider's cache can hold."""
    shares, whole = list[float](), list[float]()
    for before, after in pairwise(history(release(), "where_is_my_order")):
        first, second = _read(before), _read(after)
        same = next((n for n, (a, b) in enumerate(zip(first, second, strict=False)) if a != b), min(len(first), len(second)))
        shares.append(same)
        whole.append(len(first))
    return Figure("bytes of a turn that the next one repeats from the front", shares, "bytes", "all of the turn", whole)


def _read(request: ModelRequest) -> bytes:
    """In the order a provider reads it: tools, system, messages; the brackets that close them left out."""
    return (_json(list(request.tools)) + _json(request.system) + _json(list(request.messages))).rstrip(b"]}")


def _shortlists() -> Figure:
    few, many = IntentIndex(crowd(2, 5)), IntentIndex(crowd())
    ours, floor = alternating((lambda: many.shortlist([WISH]), lambda: few.shortlist([WISH])), 200)
    return Figure("choosing the intents that triage is shown, of 10,000 workflows", ours, "ms", "of 10", floor)


def run() -> list[Figure]:
    """Measure."""
    return [_prompts(2), _prompts(8), _prompts(40), _with_triage(8), _with_triage(40), _stable(), _shortlists()]
