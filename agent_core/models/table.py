"""What each model takes, for whoever chooses and asks one.

The table itself lies beside the check of every request (`conversation.health.capabilities`): what is sent and what is
checked must not go by two tables. It must never hold a model's name of its own.
"""

from agent_core.conversation.health.capabilities import Traits, traits

__all__ = ["Traits", "traits"]
