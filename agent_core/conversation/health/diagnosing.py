"""Diagnoses any Messages API request body: every fault, named, in a stable order (R-A8).

Written from the provider's documentation and error texts, on purpose not shared with the sandbox's stand-in: two readers, so
that one misunderstanding cannot hide. It must never raise, whatever it is given, and never take more than linear time.
"""

from collections.abc import Iterator, Mapping
from itertools import chain
from typing import Any, Final, cast

from agent_core.conversation.health.blocks import blocks
from agent_core.conversation.health.capabilities import Traits, traits
from agent_core.conversation.health.catalogue import finding
from agent_core.conversation.health.effects import effects
from agent_core.conversation.health.findings import NOTHING, Aside, Finding
from agent_core.conversation.health.images import images
from agent_core.conversation.health.pairing import pairing
from agent_core.conversation.health.request import request
from agent_core.conversation.health.sizes import sizes
from agent_core.conversation.health.texts import characters, meanings
from agent_core.conversation.health.thinking import thinking
from agent_core.conversation.health.turns import turns
from agent_core.conversation.health.view import Json, View, view_of, written

_LAST: Final = 1 << 62


def diagnose(body: Json, aside: Aside = NOTHING) -> tuple[Finding, ...]:
    """Every fault of a request body; empty when it is healthy.

    Args:
        body: What would be sent: any JSON value, whole history.
        aside: What is known beside it.

    Returns:
        Findings by message and block, those about the request itself last; within one place in a fixed order.
    """
    return _diagnosed(body, aside, warnings=True)


def errors(body: Json, aside: Aside = NOTHING, *, wire: str | None = None) -> tuple[Finding, ...]:
    """The faults for which the API would refuse a request: what is asked before every send.

    Args:
        body: What would be sent.
        aside: What is known beside it.
        wire: Its JSON text, where somebody has it already: the very text that would be sent.
    """
    return tuple(each for each in _diagnosed(body, aside, warnings=False, wire=wire) if each.severity == "error")


def _diagnosed(body: Json, aside: Aside, *, warnings: bool, wire: str | None = None) -> tuple[Finding, ...]:
    if not isinstance(body, dict):
        return (finding("malformed:body", None, None),)
    view = view_of(cast("Mapping[str, Any]", body), wire)
    if not isinstance(view.body.get("messages"), list | tuple):
        return (finding("malformed:messages", None, None),)
    return tuple(sorted(_findings(view, aside, warnings=warnings), key=_place))


def _findings(view: View, aside: Aside, *, warnings: bool) -> Iterator[Finding]:
    name = view.body.get("model")
    model = traits(name) if isinstance(name, str) else Traits()
    pairs = pairing(view, aside)
    return chain(
        _odd(view),
        request(view, model, aside) if aside.form == "request" else (),
        pairs.findings,
        turns(view, model, pairs, aside.form),
        blocks(view, aside),
        thinking(view, model, aside) if view.may_hold('thinking"') else (),
        images(view) if view.may_hold('"image"') else (),
        characters(view),
        meanings(view, aside) if warnings else (),
        effects(view, aside) if warnings else (),
        # How much another provider's models take is not known here.
        sizes(view) if aside.form != "foreign" else (),
    )


def _odd(view: View) -> Iterator[Finding]:
    """Where the values stand that JSON cannot carry."""
    if view.odd is None:
        return
    named = False
    for index, message in enumerate(view.body["messages"]):
        odd = written(message)[1]
        if odd is not None:
            named = True
            yield finding(odd, index, None)
    if not named:
        yield finding(view.odd, None, None)


def _place(each: Finding) -> tuple[int, int]:
    return (_LAST if each.message is None else each.message, -1 if each.block is None else each.block)
