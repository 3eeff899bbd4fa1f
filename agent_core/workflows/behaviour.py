"""`behaviour.yaml` as values: what may not be said, what must be said, from when on a person comes in (R-F1, R-E1).

Data only; `guardrails` applies it. Percentages are whole numbers.
"""

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from agent_core.contract.base import Value
from agent_core.contract.detection import THRESHOLDS, DetectorName
from agent_core.contract.facts import Percent
from agent_core.contract.reply_checks import ReplyCheckName
from agent_core.workflows.texts import LanguageKey, LocalText, Word

Phrase = Annotated[str, StringConstraints(min_length=2, max_length=120, strip_whitespace=True)]
Phrases = Mapping[LanguageKey, Annotated[tuple[Phrase, ...], Field(max_length=200)]]
"""Phrases per language, or under `any`; matched whole, without regard to case, spacing, punctuation and look-alikes."""


class Prohibited(Value):
    """Something no reply may say; `code` is what the finding says."""

    code: Word
    phrases: Phrases


class Disclosure(Value):
    """Something a reply must say at the right moment.

    Attributes:
        when: In the first reply, when somebody asks whether this is a machine, or when we ask for personal data.
    """

    code: Word
    when: Literal["first_reply", "asked", "data_requested"]
    text: LocalText


class Claim(Value):
    """Words that claim an action happened; allowed only when it did.

    Attributes:
        tool: The tool whose execution makes the claim true.
        phrases: Words of the claim.
        unless: Words in the same sentence that make it no claim (`not`, `once`).
        grounded_by: Fact keys (`*` for one part) that make it true without an action of ours when they hold a value other
            than nothing, e.g. `payment.*.refunded`.
    """

    code: Word
    tool: Word
    phrases: Phrases
    unless: Phrases = Field(default_factory=dict)
    grounded_by: tuple[Annotated[str, StringConstraints(pattern=r"^[a-z][A-Za-z0-9_.*:-]{0,119}$")], ...] = ()


class Thresholds(Value):
    """From when on code decides otherwise.

    Attributes:
        intent_percent: An intent below it counts as unclear.
        unquoted_percent: Highest confidence of an intent whose quoted words nobody wrote.
        max_turns: The turn of this number on one matter (the same workflow) goes to a person.
        negative_turns: From this turn on a negative message brings a person.
        reply_chars: Longest reply.
    """

    intent_percent: Percent = 50
    unquoted_percent: Percent = 40
    max_turns: int = Field(ge=1, le=100, default=8)
    negative_turns: int = Field(ge=1, le=20, default=3)
    reply_chars: int = Field(ge=100, le=6000, default=2500)


Tier = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9 _.-]{0,39}$")]
Currency = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]


def _disputed_above() -> Mapping[Currency, int]:
    return {"EUR": 50_000, "USD": 50_000, "GBP": 50_000}


class Escalation(Value):
    """When a person must come in, beside the turn counts of `thresholds` (R-E1).

    Attributes:
        disputed_above: Minor units by currency: a disputed payment above it goes to a person; one in a currency that is not
            named always does.
        vip_tiers: Values of the fact `customer.tier` whose customers a person looks after.
        enterprise_tiers: Those whose bills a person looks after.
        sensitive_categories: Categories of triage where weakly fitting knowledge is not enough.
        retrieval_percent: Knowledge that fits less is weak.
        agent_percent: A run that is less sure of something it says does not answer.
        falling_turns: Over so many of the newest turns sentiment is compared.
        falling_by: So many steps down (positive, neutral, negative) are a fall.
        security_words: More words of a stolen or foreign account, beside the house's own.
        regulatory_words: More names of authorities.
        dispute_words: More words for a payment that was not agreed to.
    """

    disputed_above: Mapping[Currency, Annotated[int, Field(ge=0)]] = Field(default_factory=_disputed_above)
    vip_tiers: tuple[Tier, ...] = Field(max_length=20, default=("vip",))
    enterprise_tiers: tuple[Tier, ...] = Field(max_length=20, default=("enterprise",))
    sensitive_categories: tuple[Literal["orders", "billing", "account", "product", "subscription", "other"], ...] = (
        "billing",
        "account",
    )
    retrieval_percent: Percent = 50
    agent_percent: Percent = 60
    falling_turns: int = Field(ge=2, le=20, default=3)
    falling_by: int = Field(ge=1, le=2, default=2)
    security_words: tuple[Phrase, ...] = Field(max_length=200, default=())
    regulatory_words: tuple[Phrase, ...] = Field(max_length=200, default=())
    dispute_words: tuple[Phrase, ...] = Field(max_length=200, default=())


class DetectorRule(Value):
    """How one detector works for the brand.

    Attributes:
        enabled: False turns it off: it does not even look.
        threshold_percent: From which score on it flags; the house's own when left out.
    """

    enabled: bool = True
    threshold_percent: int | None = Field(ge=1, le=100, default=None)


class Boundary(Value):
    """What detectors say about texts from outside (R-D3). They flag; they never hold anything back."""

    detectors: Mapping[DetectorName, DetectorRule] = Field(default_factory=dict[DetectorName, DetectorRule])

    def threshold(self, detector: DetectorName) -> int | None:
        """Percent from which on it flags; none when it is off."""
        rule = self.detectors.get(detector)
        if rule is None:
            return THRESHOLDS[detector]
        if not rule.enabled:
            return None
        return rule.threshold_percent or THRESHOLDS[detector]


class CheckRule(Value):
    """How one reply check works for the brand. `enabled: false` turns it off; activating the release records that (R-F2)."""

    enabled: bool = True


class Behaviour(Value):
    """Everything `behaviour.yaml` says."""

    format: Literal[1]
    tone: tuple[Annotated[str, StringConstraints(min_length=1, max_length=300)], ...] = Field(max_length=20, default=())
    prohibited: tuple[Prohibited, ...] = Field(max_length=100, default=())
    disclosures: tuple[Disclosure, ...] = Field(max_length=20, default=())
    claims: tuple[Claim, ...] = Field(max_length=50, default=())
    thresholds: Thresholds = Thresholds()
    escalation: Escalation = Escalation()
    boundary: Boundary = Boundary()
    reply_checks: Mapping[ReplyCheckName, CheckRule] = Field(default_factory=dict[ReplyCheckName, CheckRule])
