"""The brand's thresholds as the table reads them. A hard trigger has no switch, only the figure it rests on."""

from collections.abc import Mapping
from dataclasses import dataclass, field


def _house() -> Mapping[str, int]:
    return {"EUR": 50_000, "USD": 50_000, "GBP": 50_000}


@dataclass(frozen=True, slots=True)
class Rules:
    """Thresholds; `behaviour.yaml` documents them under the same names.

    Attributes:
        negative_turns: From this turn on a negative message brings a person.
        max_turns: The turn of this number on one matter goes to a person.
        disputed_above: Minor units by currency; a disputed payment above it goes to a person, and one in a currency that is
            not named does always.
        vip_tiers: Tiers whose customers a person looks after.
        enterprise_tiers: Tiers whose bills a person looks after.
        sensitive_categories: Where weakly fitting knowledge is not enough.
        retrieval_percent: Knowledge that fits less is weak.
        agent_percent: A run that is less sure does not answer.
        falling_turns: Over so many of the newest turns sentiment is compared.
        falling_by: Steps from positive over neutral to negative that are a fall.
    """

    negative_turns: int = 3
    max_turns: int = 8
    disputed_above: Mapping[str, int] = field(default_factory=_house)
    vip_tiers: frozenset[str] = frozenset({"vip"})
    enterprise_tiers: frozenset[str] = frozenset({"enterprise"})
    sensitive_categories: frozenset[str] = frozenset({"billing", "account"})
    retrieval_percent: int = 50
    agent_percent: int = 60
    falling_turns: int = 3
    falling_by: int = 2
