"""The second reader: the sandbox's stand-in, asked about a body the way it would arrive."""

import json
from typing import Any

from agent_core.sandbox.messages.problems import ApiProblem
from agent_core.sandbox.messages.reading import parse
from agent_core.sandbox.messages.rules import check_request

HEADERS = {"anthropic-version": "2026-10-21"}


def refusal(body: Any) -> str | None:
    """What the stand-in refuses the body with, or none when it takes it."""
    try:
        check_request(parse(json.dumps(body).encode()), HEADERS)
    except ApiProblem as problem:
        return problem.message
    return None
