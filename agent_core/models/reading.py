"""Reads structured answers strictly, or says what is wrong with them (R-F3).

Every answer of a model is outside text: its strings pass the boundary before anything looks at them. It must never fill a
gap, convert a type or take the first of two JSON values; a problem goes back to the model or to a person.
"""

import json
from dataclasses import dataclass
from typing import Any, Literal, TypeVar

from pydantic import BaseModel, ValidationError

from agent_core.boundary.sources import read_json
from agent_core.contract.answers import PersonAnswer, ReplyDraft, RunAnswer, TriageResult
from agent_core.contract.json_writing import json_text
from agent_core.models.port import ModelAnswer

_Shape = TypeVar("_Shape", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class AnswerProblem:
    """Why an answer does not count.

    Attributes:
        code: Machine-readable reason.
        sentence: Our own words, safe to show a person and to send to the model again.
        where: Path of the first wrong field; names of our own schema only.
    """

    code: Literal["unexpected_call", "no_text", "broken_json", "wrong_shape"]
    sentence: str
    where: str = ""

    @property
    def retry_text(self) -> str:
        """What the model is told when it may try again."""
        return f"{self.sentence} Answer again, with the agreed JSON object only."


def parse_triage(answer: ModelAnswer) -> TriageResult | AnswerProblem:
    """A triage answer."""
    return _read(answer, TriageResult)


def parse_run_answer(answer: ModelAnswer) -> RunAnswer | AnswerProblem:
    """A run's answer."""
    return _read(answer, RunAnswer)


def parse_draft(answer: ModelAnswer) -> ReplyDraft | AnswerProblem:
    """A composed reply."""
    return _read(answer, ReplyDraft)


def parse_person_answer(answer: ModelAnswer) -> PersonAnswer | AnswerProblem:
    """What a person is answered who asked back."""
    return _read(answer, PersonAnswer)


def _read(answer: ModelAnswer, shape: type[_Shape]) -> _Shape | AnswerProblem:
    if answer.calls:
        return AnswerProblem("unexpected_call", "The answer holds tool calls where a final answer was due.")
    text = answer.text
    if not text.strip():
        return AnswerProblem("no_text", "The answer is empty.")
    try:
        value = json.loads(text, object_pairs_hook=_no_duplicates, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        return AnswerProblem("broken_json", "The answer is not one JSON object.")
    cleaned = read_json("model_output", value)
    try:
        return shape.model_validate_json(json_text(cleaned.value), strict=True)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False, include_context=False)[0]
        where = ".".join(_known(part, shape) for part in first["loc"])
        return AnswerProblem("wrong_shape", f"The answer does not have the agreed form at {where or 'its top'}.", where)


def _known(part: int | str, shape: type[BaseModel]) -> str:
    """A path element, unless the model invented it."""
    if isinstance(part, int):
        return str(part)
    return part if part in _names(shape) else "?"


def _names(shape: type[BaseModel]) -> frozenset[str]:
    schema = shape.model_json_schema()
    definitions: dict[str, Any] = schema.get("$defs", {})
    return frozenset(name for each in (schema, *definitions.values()) for name in each.get("properties", {}))


def _no_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) != len(pairs):
        raise ValueError("duplicate key")
    return result


def _no_constant(text: str) -> Any:
    raise ValueError(text)
