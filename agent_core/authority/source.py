"""Cuts a Cedar text into its single policies, each with its line, before Cedar sees any of it.

Two reasons. Cedar's errors name no line, and a person who wrote a policy needs one. And its parser recurses: a text nested
a thousand deep ended the process with a segmentation fault (cedarpy 4.12.2, measured), so size and nesting are bounded
here, first. It must never decide what a policy means.
"""

import re
from dataclasses import dataclass

from agent_core.authority.errors import PolicyError

MAX_TEXT = 200_000
"""Characters of one policy text."""
MAX_POLICY = 8_000
"""Characters of one policy."""
MAX_NESTING = 24
"""Brackets, and `if`s, inside one another in one policy."""

_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|//[^\n]*|[(){}\[\];"]|\bif\b|\n', re.DOTALL)


_USE = re.compile(r"use\s+([a-z_]{1,40})\s*;")


@dataclass(frozen=True, slots=True)
class PolicyText:
    """The text of one policy as it stands in its source.

    Attributes:
        line: Where it begins, from 1 (the first character that is neither blank nor comment).
    """

    text: str
    line: int
    source: str

    @property
    def used(self) -> str | None:
        """The name of the default policies that `use NAME;` asks for; none when this is a policy."""
        match = _USE.fullmatch(self.text)
        return None if match is None else match[1]


def cut(text: str, source: str) -> tuple[list[PolicyText], list[PolicyError]]:
    """The policies of a text, and what is wrong with their outer form."""
    if len(text) > MAX_TEXT:
        return [], [PolicyError("text_too_long", f"A policy text has at most {MAX_TEXT} characters.", 1, source)]
    cutter = _Cutter(text, source)
    cutter.run()
    return cutter.policies, cutter.errors


class _Cutter:
    def __init__(self, text: str, source: str) -> None:
        self._text = text
        self._source = source
        self._start = 0
        self._depth = 0
        self._deepest = 0
        self._ifs = 0
        self.policies: list[PolicyText] = []
        self.errors: list[PolicyError] = []

    def run(self) -> None:
        for token in _TOKEN.finditer(self._text):
            word = token[0]
            if word == '"':
                self._refuse("open_string", "A string is not closed.", token.start())
                return
            if word in "([{":
                self._depth += 1
                self._deepest = max(self._deepest, self._depth)
            elif word in ")]}":
                self._depth -= 1
            elif word == "if":
                self._ifs += 1
            elif word == ";" and self._depth <= 0:
                self._end(token.end())
        if self._begin(len(self._text)) < len(self._text):
            self._refuse("unfinished_policy", "A policy is not finished: its semicolon is missing.", self._start)

    def _begin(self, end: int) -> int:
        """Where the policy itself begins, behind blanks and comments."""
        blank = re.compile(r"(?:\s+|//[^\n]*)*").match(self._text, self._start, end)
        return self._start if blank is None else blank.end()

    def _line(self, at: int) -> int:
        return self._text.count("\n", 0, at) + 1

    def _refuse(self, code: str, message: str, at: int) -> None:
        self.errors.append(PolicyError(code, message, self._line(max(at, self._begin(len(self._text)))), self._source))

    def _end(self, end: int) -> None:
        begin = self._begin(end)
        if max(self._deepest, self._ifs) > MAX_NESTING:
            self._refuse("nested_too_deeply", f"A policy nests at most {MAX_NESTING} deep.", begin)
        elif end - begin > MAX_POLICY:
            self._refuse("policy_too_long", f"A policy has at most {MAX_POLICY} characters.", begin)
        else:
            self.policies.append(PolicyText(self._text[begin:end], self._line(begin), self._source))
        self._start, self._depth, self._deepest, self._ifs = end, 0, 0, 0
