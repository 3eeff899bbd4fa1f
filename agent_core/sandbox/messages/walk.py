"""Walks the steps of a workflow over a transcript: what is known, what comes next, what can be said.

Follows the workflow to the letter and nothing else: outside text can supply an entity's value and never anything more. A
call that was made is never made again, except one that code reports as ``not_run``.
"""

import re
from dataclasses import dataclass, field
from typing import Any, Literal

from agent_core.sandbox.messages import words
from agent_core.sandbox.messages.answer import Call
from agent_core.sandbox.messages.entities import find_all
from agent_core.sandbox.messages.prompt import Made, Marked, SystemPrompt, Transcript
from agent_core.sandbox.messages.steps import Step, read_steps
from agent_core.sandbox.messages.tokens import canonical
from agent_core.sandbox.messages.values import (
    MISSING,
    dig,
    fill,
    fill_text,
    holds,
    paths_in,
    paths_of_condition,
)

Standing = Literal["pending", "done", "denied", "failed"]

MOST_TRIES = 3
"""How often a call is made whose every result so far was ``not_run``."""

MOST_ASKS = 3
"""How often one question is asked before the run is given up."""

_STANDING: dict[str, Standing] = {
    "pending": "pending",
    "succeeded": "done",
    "edited_succeeded": "done",
    "refused": "denied",
    "denied": "denied",
    "expired": "denied",
    "lapsed": "denied",
    "withdrawn": "denied",
    "recalled": "denied",
}


@dataclass(frozen=True)
class Known:
    """What is known about the call of one step.

    Attributes:
        outcome: The latest outcome, by result or by notice.
        result: The call's result.
        fact_ids: Facts the call yielded.
        reason: Reason given for a refusal or failure.
        arguments: The arguments that took effect, as far as is known.
    """

    outcome: str
    result: dict[str, Any]
    fact_ids: tuple[str, ...]
    reason: str
    arguments: dict[str, Any] = field(default_factory=dict[str, Any])

    @property
    def whole(self) -> dict[str, Any]:
        """The result, completed by the arguments: a step's own name stands for it, e.g. as ``{refund|money}``."""
        return {**self.arguments, **self.result}

    @property
    def standing(self) -> Standing:
        """What the outcome means for the steps."""
        return _STANDING.get(self.outcome, "failed")


def standing_of(outcome: str) -> str:
    """What an outcome means for the steps; ``not_started`` stays itself."""
    return "not_started" if outcome == "not_started" else _STANDING.get(outcome, "failed")


@dataclass(frozen=True)
class Spoken:
    """A point for the reply."""

    text: str
    fact_ids: tuple[str, ...]


@dataclass
class Ending:
    """How far the walk came.

    Attributes:
        calls: Calls to make next; when there are any, nothing else counts.
        points: Points of all steps passed, in order.
        question: The run's one question.
        escalation: Reason code with which the run ends.
    """

    calls: list[Call] = field(default_factory=list[Call])
    points: list[Spoken] = field(default_factory=list[Spoken])
    question: str | None = None
    escalation: str | None = None

    @property
    def stopped(self) -> bool:
        """Whether no later step may run."""
        return self.question is not None or self.escalation is not None


class Walk:
    """One walk over one request."""

    def __init__(self, prompt: SystemPrompt, transcript: Transcript, offered: set[str]) -> None:
        self.steps = read_steps(prompt.lines("Steps"))
        self.patterns = prompt.entities()
        self.known: dict[str, Known] = {}
        self._transcript = transcript
        self._context = transcript.context
        self._offered = offered
        self._claimed: set[str] = set()
        self._asks = {step.id: step.ask for step in self.steps if step.ask is not None and step.tool is None}
        self._entities = {name: self._find_entity(name) for name in self.patterns}

    def go(self) -> Ending:
        """Walks all steps."""
        ending = Ending()
        waiting: set[str] = set()
        for step in self.steps:
            if waiting and self._must_wait(step, waiting):
                break
            if not holds(step.when, self.look):
                continue
            if step.tool is None and not step.broken:
                self._speak(step, ending)
            elif not self._call(step, ending, waiting):
                break
            if ending.stopped:
                break
        return ending

    def look(self, path: str) -> Any:
        """The value of a path, or :data:`MISSING`."""
        head, *rest = path.split(".")
        if head in self.known and not (not rest and head in self.patterns):
            return self._look_in(self.known[head], rest)
        if head == "customer":
            return dig(self._context, [head, *rest])
        if head in self._asks and rest in (["answer"], ["confirmed"]):
            return self._look_at_answer(self._asks[head], rest[0])
        if head in self._entities and not rest:
            return self._entities[head]
        return MISSING

    def _look_in(self, known: Known, rest: list[str]) -> Any:
        if not rest:
            return known.whole if known.standing == "done" and known.whole else known.standing == "done"
        if rest == ["outcome"]:
            return "succeeded" if known.outcome == "edited_succeeded" else known.outcome
        found = dig(known.result, rest)
        return known.reason if found is MISSING and rest == ["reason"] and known.reason else found

    def _look_at_answer(self, question: str, wanted: str) -> Any:
        """What was written after a question: the first words that agree, or else the first; and whether any did."""
        # The first line: below it may stand what came beside the words, which is nobody's answer.
        heard = [text.strip().split("\n", 1)[0].strip() for text in self._heard_after(question)]
        since = max((number for number, text in enumerate(heard, 1) if declines(text)), default=0)
        agreeing = [text for text in heard[since:] if agrees(text)]
        if not heard:
            return MISSING
        return bool(agreeing) if wanted == "confirmed" else (agreeing or heard)[0]

    def _find_entity(self, name: str) -> Any:
        """A later outside block first, then what code gave this run, then the first turn's outside text."""
        pattern = self.patterns[name]
        outside = self._transcript.of("outside")
        first_turn = min((block.turn for block in outside), default=0)
        for block in reversed([block for block in outside if block.turn > first_turn]):
            found = find_all(pattern, block.text)
            if found:
                return found[0]
        given = dig(self._context, ["entities", name])
        if given is not MISSING:
            return given
        for block in reversed([block for block in outside if block.turn == first_turn]):
            found = find_all(pattern, block.text)
            if found:
                return found[0]
        return MISSING

    def _must_wait(self, step: Step, waiting: set[str]) -> bool:
        """Whether a step needs the result of a call that is about to be made."""
        if step.ask is not None and step.tool is None:
            return True
        if step.escalate is not None:
            return True
        texts = [step.arguments, step.says]
        named = paths_of_condition(step.when) + [path for text in texts for path in paths_in(text)]
        return any(path.split(".")[0] in waiting for path in named)

    def _speak(self, step: Step, ending: Ending) -> None:
        if step.ask is not None and not self._was_answered(step.ask):
            self._ask(step.ask, ending)
            return
        self._add_says(step, ending, ())
        if step.escalate is not None:
            ending.escalation = step.escalate

    def _call(self, step: Step, ending: Ending, waiting: set[str]) -> bool:
        """Makes a call or draws the conclusion of one; False when the calls about to be made must come first."""
        if step.broken or step.tool is None:
            ending.escalation = "workflow_unreadable"
            return True
        arguments = fill(step.arguments, self.look)
        if arguments is MISSING:
            if step.ask is not None and not waiting:
                self._ask(step.ask, ending)
            return step.ask is None or not waiting
        tries = self._find_made(step.tool, arguments)
        known = self._know(step.tool, tries)
        if known is not None:
            self.known[step.id] = known
            self._conclude(step, known, ending)
        elif step.tool not in self._offered or len(tries) >= MOST_TRIES:
            if waiting:
                return False
            ending.escalation = "tool_unavailable" if step.tool not in self._offered else "not_run_repeatedly"
        else:
            ending.calls.append(Call(step.tool, arguments))
            waiting.add(step.id)
        return True

    def _find_made(self, tool: str, arguments: dict[str, Any]) -> list[Made]:
        wanted = canonical(arguments)
        found = [
            made
            for made in self._transcript.made
            if made.tool == tool and made.id not in self._claimed and canonical(made.arguments) == wanted
        ]
        self._claimed.update(made.id for made in found)
        return found

    def _know(self, tool: str, tries: list[Made]) -> Known | None:
        for made in reversed(tries):
            if made.result is not None and made.result.get("outcome") != "not_run":
                notices = [block for block in self._transcript.of("notice") if block.data.get("tool_use_id") == made.id]
                return _merge(made.result, notices, made.arguments)
        if tries:
            return None
        # A run that succeeds another has the notices but not the calls.
        ids = {made.id for made in self._transcript.made}
        orphans = [
            block
            for block in self._transcript.of("notice")
            if block.data.get("tool") == tool and block.data.get("tool_use_id") not in ids
        ]
        return _merge({}, orphans, {}) if orphans else None

    def _conclude(self, step: Step, known: Known, ending: Ending) -> None:
        text = {"pending": step.pending, "done": step.done, "denied": step.denied, "failed": step.failed}[known.standing]
        if text is not None:
            self._add_point(step.id, text, ending, known)
        if known.standing == "done":
            self._add_says(step, ending, known.fact_ids)
        if known.standing == "failed" and not step.goes_on:
            ending.escalation = step.escalate or ("outcome_unknown" if known.outcome == "unknown" else "tool_failed")
        elif step.escalate is not None and known.standing != "failed":
            ending.escalation = step.escalate

    def _add_says(self, step: Step, ending: Ending, own: tuple[str, ...]) -> None:
        for text in step.says:
            filled = fill_text(text, self.look)
            if isinstance(filled, str):
                ending.points.append(Spoken(filled, self._cited(text, own)))

    def _add_point(self, step_id: str, text: str, ending: Ending, known: Known) -> None:
        def look(path: str) -> Any:
            if path == "reason":
                return known.reason or "no reason was given"
            if path == step_id:
                return known.whole or MISSING
            found = self.look(path)
            return dig(known.whole, path.split(".")) if found is MISSING else found

        filled = fill_text(text, look)
        if isinstance(filled, str):
            ending.points.append(Spoken(filled, self._cited(text, known.fact_ids)))

    def _cited(self, text: str, own: tuple[str, ...]) -> tuple[str, ...]:
        ids = list(own)
        for path in paths_in(text):
            head = path.split(".")[0]
            if head in self.known:
                ids += self.known[head].fact_ids
            ids += [
                str(fact["id"])
                for fact in self._context.get("facts") or []
                if isinstance(fact, dict) and fact.get("key") == path and "id" in fact
            ]
        return tuple(dict.fromkeys(ids))

    def _ask(self, question: str, ending: Ending) -> None:
        filled = fill_text(question, self.look)
        asked = question if not isinstance(filled, str) else filled
        before = [answer for _, answer in self._transcript.answers if answer.get("question") == asked]
        if len(before) >= MOST_ASKS:
            ending.escalation = "missing_information"
        else:
            ending.question = asked

    def _was_answered(self, question: str) -> bool:
        return bool(self._heard_after(question))

    def _heard_after(self, question: str) -> list[str]:
        filled = fill_text(question, self.look)
        asked = question if not isinstance(filled, str) else filled
        turns = [turn for turn, answer in self._transcript.answers if answer.get("question") == asked]
        blocks = self._transcript.of("outside") if turns else []
        return [block.text for block in blocks if block.turn > min(turns)]


def agrees(text: str) -> bool:
    """Whether somebody says yes to what they were asked."""
    return not declines(text) and _holds(text, words.AGREEING)


def declines(text: str) -> bool:
    """Whether somebody says no to what they were asked."""
    return _holds(text, words.DECLINING)


def _holds(text: str, phrases: tuple[str, ...]) -> bool:
    low = text[:400].lower().replace("’", "'")
    return any(re.search(rf"(?<!\w){re.escape(phrase)}(?!\w)", low) for phrase in phrases)


def _merge(result: dict[str, Any], notices: list[Marked], arguments: dict[str, Any]) -> Known:
    outcome = str(result.get("outcome", "unknown"))
    values = _object(result.get("result"))
    facts = _fact_ids(result)
    reason = str(result.get("reason") or "")
    for block in notices:
        data = block.data
        outcome = str(data.get("outcome", outcome))
        values = {**values, **_object(data.get("result"))}
        facts += _fact_ids(data)
        reason = str(data.get("reason") or reason)
        arguments = {**arguments, **_object(data.get("effective_arguments"))}
    return Known(outcome, values, tuple(dict.fromkeys(facts)), reason, arguments)


def _object(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _fact_ids(data: dict[str, Any]) -> list[str]:
    facts = data.get("facts")
    return [
        str(fact["id"]) for fact in (facts if isinstance(facts, list) else []) if isinstance(fact, dict) and "id" in fact
    ]
