"""Reads `.feature` files: scenarios in plain words, whose every line must be a step that is known.

A small part of Gherkin: Feature, Background, Scenario, Given/When/Then/And/But and comments. It must never skip a line that
it does not understand: what is written for people is either carried out or an error.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Generic, TypeVar

_STEP: Final = re.compile(r"(?:Given|When|Then|And|But) (.+)")
_HOLE: Final = re.compile(r"\\\{(\w+)\\\}")


class UnreadableFeature(Exception):
    """A line that is none of Gherkin's, or out of place."""


@dataclass(frozen=True)
class Scenario:
    """One story: its steps in order, those of the background first, without their first word."""

    file: str
    title: str
    steps: tuple[str, ...]


def scenarios(path: Path) -> tuple[Scenario, ...]:
    """The scenarios of a file.

    Raises:
        UnreadableFeature: If a line is not understood, two scenarios share a title, or one has no step.
    """
    background: list[str] = []
    found: list[tuple[str, list[str]]] = []
    into: list[str] | None = None
    named = False
    for number, written in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        line = written.strip()
        step = _STEP.fullmatch(line)
        if not line or line.startswith("#"):
            continue
        if line.startswith("Feature: ") and not named:
            named = True
        elif line == "Background:" and named and not found:
            into = background
        elif line.startswith("Scenario: ") and named:
            into = []
            found.append((line.removeprefix("Scenario: "), into))
        elif step is not None and into is not None:
            into.append(step[1])
        elif into is not None or not named:  # free words stand only below the feature's name
            message = f"{path.name}:{number}: not understood: {line}"
            raise UnreadableFeature(message)
    titles = [title for title, _ in found]
    if not found or len(set(titles)) < len(titles) or not all(steps for _, steps in found):
        message = f"{path.name}: every scenario needs steps and a title of its own"
        raise UnreadableFeature(message)
    return tuple(Scenario(path.stem, title, (*background, *steps)) for title, steps in found)


W = TypeVar("W")


class Steps(Generic[W]):
    """The one table of all steps: words with `{holes}`, and what is done when they are met."""

    def __init__(self) -> None:
        self.table: dict[str, Callable[..., None]] = {}
        self._patterns: dict[str, re.Pattern[str]] = {}

    def step(self, words: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
        """Enter a function under its words; what stands in the holes are its arguments."""

        def enter(function: Callable[..., None]) -> Callable[..., None]:
            assert words not in self.table, words
            self.table[words] = function
            self._patterns[words] = re.compile(_HOLE.sub(r"(?P<\1>.+?)", re.escape(words)))
            return function

        return enter

    def known(self, line: str) -> tuple[str, dict[str, str]]:
        """The words of the table that a line is, and what fills their holes.

        Raises:
            UnreadableFeature: If no step, or more than one, has these words.
        """
        met = [(words, found) for words, pattern in self._patterns.items() if (found := pattern.fullmatch(line))]
        if len(met) != 1:
            message = f"{'no step is' if not met else 'several steps are'} “{line}”"
            raise UnreadableFeature(message)
        return met[0][0], met[0][1].groupdict()

    def run(self, scenario: Scenario, world: W) -> None:
        """Carry a scenario out; a failure says at which of its lines.

        Raises:
            UnreadableFeature: Before anything is done, if a step is unknown.
        """
        planned = [(line, *self.known(line)) for line in scenario.steps]
        for line, words, holes in planned:
            try:
                self.table[words](world, **holes)
            except Exception as error:
                error.add_note(f"{scenario.file}.feature, “{scenario.title}”, at: {line}")
                raise
