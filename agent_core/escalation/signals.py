"""What the escalation table looks at, as plain values. Nothing here is a guess: what is not known is None or empty."""

from dataclasses import dataclass

from agent_core.contract.answers import Sentiment
from agent_core.contract.money import Money


@dataclass(frozen=True, slots=True)
class Signals:
    """What is known of a conversation at one moment.

    Attributes:
        safety: The newest message speaks of danger.
        legal: It speaks of lawyers, courts or complaints.
        security: How many of its words are about a stolen or foreign account.
        regulatory: How many name a supervisory authority, a breach of data or the press.
        disputes: How many say that a payment was not agreed to, or wrong.
        amounts: Payments and orders known here: what a dispute may be about.
        category: Triage's category of the newest message.
        tier: The customer's tier as the brand's systems name it; none where nobody knows.
        moods: Sentiment of the turns since the agent began or was handed the conversation back, newest last.
        turns: Number of the present turn on its matter (the same workflow), from 1; 0 where no workflow works on it.
        agent_percent: How sure a run is of the belief it is least sure of.
        retrieval_percent: How well the best knowledge found fits; none where nothing was looked up.
    """

    safety: bool = False
    legal: bool = False
    security: int = 0
    regulatory: int = 0
    disputes: int = 0
    amounts: tuple[Money, ...] = ()
    category: str = ""
    tier: str | None = None
    moods: tuple[Sentiment, ...] = ()
    turns: int = 0
    agent_percent: int | None = None
    retrieval_percent: int | None = None
