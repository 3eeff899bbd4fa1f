"""The offline brain: does what our prompts literally ask, offline and always the same way.

It is no model and says so when it meets a prompt it does not know. Outside text is data to it by construction: nothing in
it is ever looked at for instructions.
"""

from typing import Any

from agent_core.sandbox.messages.answer import Answer, Say
from agent_core.sandbox.messages.compose import answer_compose
from agent_core.sandbox.messages.matching import system_text
from agent_core.sandbox.messages.prompt import read_system
from agent_core.sandbox.messages.run import answer_run
from agent_core.sandbox.messages.triage import answer_triage

STAND_IN = (
    "This is the sandbox stand-in for the Messages API, not a model. It only knows the prompts of this product and does "
    "not recognise this one."
)


class LiteralBrain:
    """Follows triage, workflow and compose prompts to the letter."""

    def think(self, request: dict[str, Any], seed: int) -> Answer:
        """Answers a request; the answer depends on nothing but the request."""
        del seed
        prompt = read_system(system_text(request))
        if prompt is None:
            return Answer((Say(STAND_IN),))
        if prompt.tag == "triage":
            return answer_triage(prompt, request)
        if prompt.tag == "compose":
            return answer_compose(prompt, request)
        return answer_run(prompt, request)
