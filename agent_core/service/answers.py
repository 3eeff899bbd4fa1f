"""Answers of the service that are nobody's view: health, a taken webhook, a plain yes."""

from typing import Literal

from agent_core.contract.base import Value
from agent_core.contract.versions import API_VERSION
from agent_core.contract.views import AskCard


class Health(Value):
    """The core is there. Says nothing about brands or people."""

    ok: Literal[True] = True
    core: str
    version: str
    api: int = API_VERSION


class Message(Value):
    """Yes; for a detail that was asked for behind a version: nothing newer."""

    ok: Literal[True] = True


class InboundTaken(Value):
    """The message is in the log, now or since before. `with_people`: the agent does not work on it, so people should."""

    ok: Literal[True] = True
    duplicate: bool = False
    with_people: bool = False


class CallbackTaken(Value):
    """The answer is in the log, now or since before. `late`: it was settled before, and nothing was done because of it."""

    ok: Literal[True] = True
    duplicate: bool = False
    late: bool = False


class InboundStatus(Value):
    """What became of a message: `working`, `answered`, `asked` (the customer), `with_a_person`."""

    ok: Literal[True] = True
    state: str


class AsksAnswer(Value):
    """The queue, in its order."""

    asks: tuple[AskCard, ...]
