"""Which texts of a release are for customers and which are not: reply checks rest on the first and guard the second (R-F2).

A page of `knowledge/` is internal unless it says `visibility: public` in a header between two lines of `---`.
"""

import re
from collections.abc import Collection, Iterable, Iterator
from typing import Final

from agent_core.workflows.behaviour import Behaviour
from agent_core.workflows.brand import BrandConfig
from agent_core.workflows.tools import ToolDeclaration
from agent_core.workflows.workflow import Workflow

_PLACE: Final = re.compile(r"\{[^{}]{0,80}\}")
_HEADER: Final = re.compile(r"\A---\n(.{0,2000}?)\n---\n", re.DOTALL)
_PUBLIC: Final = re.compile(r"^visibility: *public *$", re.MULTILINE)
_STEP_TEXTS: Final = ("ask", "say", "pending", "done", "denied", "failed")


def authored_texts(
    brand: BrandConfig, behaviour: Behaviour, workflows: Iterable[Workflow], pages: Collection[str]
) -> Iterator[str]:
    """What people wrote for customers, placeholders blanked: fixed texts, disclosures, words of steps, public pages."""
    for text in brand.texts.values():
        yield from map(_blanked, text.values())
    for rule in behaviour.disclosures:
        yield from rule.text.values()
    for workflow in workflows:
        for step in workflow.steps:
            for name in _STEP_TEXTS:
                yield from map(_blanked, (getattr(step, name) or {}).values())
    yield from (page for page in pages if is_public(page))


def internal_texts(workflows: Iterable[Workflow], tools: Iterable[ToolDeclaration], pages: Collection[str]) -> Iterator[str]:
    """What people wrote for models and colleagues."""
    for workflow in workflows:
        yield workflow.instructions
        yield from (step.text for step in workflow.steps)
        yield from (intent.description for intent in workflow.intents)
    yield from (tool.description for tool in tools)
    yield from (page for page in pages if not is_public(page))


def is_public(page: str) -> bool:
    """Whether a page of knowledge may be told to customers."""
    header = _HEADER.match(page)
    return header is not None and _PUBLIC.search(header[1]) is not None


def _blanked(text: str) -> str:
    return _PLACE.sub(" … ", text)
