"""The port behind which answers are made: a script, an offline brain, or a brain that was taken over.

A brain sees one request that follows the rules and returns one answer; it keeps no memory between requests, so equal
requests get equal answers.
"""

from typing import Any, Protocol

from agent_core.sandbox.messages.answer import Answer


class Brain(Protocol):
    """Makes the answer to a request."""

    def think(self, request: dict[str, Any], seed: int) -> Answer:
        """Answers a request.

        Args:
            request: A request that passed every rule.
            seed: Seed of the stand-in; equal seed and request give an equal answer.
        """
        ...
