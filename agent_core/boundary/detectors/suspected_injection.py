"""Words that tell the assistant to change its instructions or role, or to give them away (R-D3; OWASP LLM01).

An override is a word for *drop* near a word for *what binds the assistant*, in one sentence. Whose instructions they
are makes the difference: `ignore my delivery instructions` is a customer's good right. Never alone a reason to treat
somebody worse.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

import regex

from agent_core.boundary.detectors.concepts import Token, tokens_of
from agent_core.boundary.detectors.finding import Detector, Hit
from agent_core.boundary.detectors.look import Look
from agent_core.boundary.detectors.orders_in_data import orders

WEIGHTS: Final[Mapping[str, int]] = {
    "override_instructions": 70,  # drop + prior or yours + rules
    "override_of_something": 30,  # drop + rules, whose is not said, or the writer's own
    "forget_all": 60,  # forget everything you were told
    "asks_for_prompt": 65,  # show + system prompt, or your instructions
    "names_prompt": 30,  # system prompt
    "asks_what_it_was_told": 60,
    "steer_encoding": 60,  # answer in base64
    "follow_instead": 30,
    "role_switch": 35,
    "unlocked_mode": 40,
    "addressed": 25,
    "addressed_in_data": 45,
    "keep_quiet": 35,
    "steer_output": 35,
    "given_text": 30,
    "important_marker": 30,
    "full_access": 35,
    "order_in_data": 60,  # data asks for an action with a target
}
_WINDOW: Final = 8
_MOST_HITS: Final = 50
_PLAIN: Final = (
    "asks_what_it_was_told", "follow_instead", "role_switch", "unlocked_mode", "keep_quiet", "steer_output",
    "given_text", "important_marker",
    "full_access",
)  # fmt: skip

_CALLED: Final = regex.compile(r"(?:^|\n)[ \t>*\"]{0,4}(?:dear |hey |attention,? )?(?:assistant|ai|bot|agent|chatbot) ?[:,]")
_ENCODING: Final = regex.compile(
    r"\b(?:your|the)\s+(?:final\s+)?(?:answer|response|reply|output|message|text)\b[^.\n]{0,40}?"
    r"\b(?:base ?-?\d{2}|rot ?-?13|morse|revers\w+|backwards?|emojis?|hexadecimal|binary|encod\w+|caesar|pig latin)"
)


def hits(look: Look) -> Iterator[Hit]:
    """Every signal, at its place."""
    tokens = tokens_of(look.match)
    yield from _overrides(look, tokens)
    for token in tokens:
        for signal in _PLAIN:
            if signal in token.concepts:
                yield _hit(look, signal, token.start, token.end)
        if "addressed" in token.concepts:
            yield _hit(look, "addressed" if look.by_customer else "addressed_in_data", token.start, token.end)
    yield from _probes(look, tokens)
    for _, found in zip(range(_MOST_HITS), _ENCODING.finditer(look.match.text), strict=False):
        yield _hit(look, "steer_encoding", *found.span())
    if not look.by_customer:
        for _, found in zip(range(_MOST_HITS), _CALLED.finditer(look.match.text), strict=False):
            yield _hit(look, "addressed_in_data", *found.span())
        for start, end in orders(look.match.text):
            yield _hit(look, "order_in_data", start, end)


def _hit(look: Look, signal: str, start: int, end: int) -> Hit:
    return Hit(signal, *look.match.span(start, end))


def _near(tokens: Sequence[Token], place: int, window: int = _WINDOW) -> Iterator[int]:
    """Places around a token in its own sentence, nearest first."""
    here = tokens[place].sentence
    for distance in range(1, window + 1):
        for other in (place + distance, place - distance):
            if 0 <= other < len(tokens) and tokens[other].sentence == here:
                yield other


def _overrides(look: Look, tokens: Sequence[Token]) -> Iterator[Hit]:
    drops = [place for place, token in enumerate(tokens) if "drop" in token.concepts]
    for place in drops[:_MOST_HITS]:
        token = tokens[place]
        around = list(_near(tokens, place))
        rules = next((other for other in around if "rules" in tokens[other].concepts and other != place), None)
        meant = {concept for other in around for concept in tokens[other].concepts}
        if rules is not None:
            low, high = min(place, rules), max(place, rules)
            signal = _whose(tokens, rules, tokens[low + 1 : high], meant)
            yield _hit(look, signal, tokens[low].start, tokens[high].end)
        elif "prior" in meant and "told" in meant and "mine" not in meant:
            last = max(other for other in around if "told" in tokens[other].concepts)
            yield _hit(look, "forget_all", min(token.start, tokens[last].start), max(token.end, tokens[last].end))


def _whose(tokens: Sequence[Token], rules: int, between: Sequence[Token], meant: set[str]) -> str:
    """Whether it is the assistant's instructions that are to be dropped."""
    here = tokens[rules].sentence
    before = [token for token in tokens[max(0, rules - 3) : rules] if token.sentence == here]
    modifiers = {concept for token in (*between, *before) for concept in token.concepts} | _after(tokens, rules)
    if "mine" in modifiers or ("mine" in meant and not modifiers & {"yours", "prior"}):
        return "override_of_something"
    # A word we do not know right before says what the rules are about. In writing without spaces it says nothing.
    strange = bool(before) and not before[-1].concepts and (before[-1].word.isascii() or len(before[-1].word) > 1)
    named = rules + 1 < len(tokens) and "others" in tokens[rules + 1].concepts
    if strange or named:
        return "override_of_something"
    return "override_instructions" if modifiers & {"prior", "yours"} else "override_of_something"


def _after(tokens: Sequence[Token], rules: int) -> set[str]:
    """What the two words after the rules mean: `instructions above`, `instructions précédentes`."""
    here = tokens[rules].sentence
    return {c for token in tokens[rules + 1 : rules + 3] if token.sentence == here for c in token.concepts} - {"mine"}


def _probes(look: Look, tokens: Sequence[Token]) -> Iterator[Hit]:
    for place in [place for place, token in enumerate(tokens) if token.concepts & {"prompt", "yours"}][: 4 * _MOST_HITS]:
        token = tokens[place]
        if "prompt" in token.concepts:
            asked = any("reveal" in tokens[other].concepts for other in _near(tokens, place))
            yield _hit(look, "asks_for_prompt" if asked else "names_prompt", token.start, token.end)
        elif place + 1 < len(tokens):
            ahead = tokens[place + 1]
            if "yours" in ahead.concepts and place + 2 < len(tokens):
                ahead = tokens[place + 2]
            told = ahead.word.startswith(_INSTRUCTIONS) and ahead.sentence == token.sentence
            if told and any("reveal" in tokens[other].concepts for other in _near(tokens, place, 5)):
                yield _hit(look, "asks_for_prompt", token.start, ahead.end)


_INSTRUCTIONS: Final = (
    "instruction", "prompt", "anweisung", "instruktion", "consigne", "instruccion", "instruc", "istruzion", "instructie",
    "instrukc", "talimat",
)  # fmt: skip


DETECTOR: Final = Detector("suspected_injection", WEIGHTS, hits)
