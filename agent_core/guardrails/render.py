"""Replies that need no model: the points of one run, and the brand's fixed texts (DESIGN §3).

Deterministic. What a run said is placed, never rewritten; `check_reply` looks at the result like at any other.
"""

import unicodedata
from collections.abc import Mapping, Sequence

from agent_core.contract.answers import Point
from agent_core.guardrails.checks.disclosures import due, says
from agent_core.guardrails.policy import ReplyRelease, ReplyText
from agent_core.guardrails.reading import ReplyContext
from agent_core.guardrails.reply import checks_off

MAX_NAME = 40

_TITLES = frozenset({"mr", "mrs", "ms", "dr", "prof", "herr", "frau", "mme", "sr", "sra"})


def first_name(full: str | None) -> str | None:
    """A name fit for a greeting, or None: names come from outside, and one that is no name is not repeated."""
    if not full:
        return None
    for word in full[:200].split():
        bare = word.strip(".,")
        if bare.casefold() in _TITLES or not bare:
            continue
        letters = all(unicodedata.category(c)[0] in "LM" or c in "-'’" for c in bare)
        return bare if letters and len(bare) <= MAX_NAME and any(c.isalpha() for c in bare) else None
    return None


def greeting(release: ReplyRelease, language: str, customer_name: str | None) -> str:
    """The brand's greeting, with the first name when there is one."""
    name = first_name(customer_name)
    return release.text("greeting_unnamed", language) if name is None else release.text("greeting", language, name=name)


def render_single(
    points: Sequence[Point], question: str | None, release: ReplyRelease, language: str, customer_name: str | None
) -> str:
    """The reply of one run: greeting, its points in order, its question, signature.

    Args:
        points: What the run says; repeated texts are said once.
        question: The run's one question, at the end.
        release: The active release.
        language: The language of the conversation.
        customer_name: The customer's full name as the channel gives it; outside text.

    Returns:
        Plain text, paragraphs apart; empty when there is nothing to say.
    """
    said = list(dict.fromkeys(_sentence(point.text) for point in points if point.text.strip()))
    asked = [_sentence(question)] if question and question.strip() else []
    if not said and not asked:
        return ""
    paragraphs = [greeting(release, language, customer_name), " ".join(said), *asked, release.text("signature", language)]
    return "\n\n".join(paragraph for paragraph in paragraphs if paragraph)


def fixed_text(key: ReplyText, release: ReplyRelease, language: str, customer_name: str | None = None) -> str:
    """A fixed text as it is sent: greeting, text, signature. Actor `system` (DESIGN §5)."""
    text = release.text(key, language)
    return "\n\n".join((greeting(release, language, customer_name), text, release.text("signature", language)))


def with_disclosures(text: str, context: ReplyContext) -> str:
    """The reply with every disclosure that belongs into it now and is not said yet, before the signature.

    What a brand fixed word for word is written by code: no model is asked for it, and none can forget it (R-F1).
    """
    if "disclosures" in checks_off(context.release.behaviour):
        return text
    missing = [rule for rule in due(context, text) if not says(context, text, rule)]
    if not missing:
        return text
    brand = context.release.brand
    wordings = [_spoken(rule.text, context.language, brand.default_language) for rule in missing]
    signature = context.release.text("signature", context.language)
    ends = text.rstrip().endswith(signature)
    body = text.rstrip().removesuffix(signature).rstrip() if ends else text.rstrip()
    return "\n\n".join((body, *wordings, *((signature,) if ends else ())))


def _spoken(text: Mapping[str, str], language: str, default: str) -> str:
    return next((text[key] for key in (language, "any", default) if key in text), next(iter(text.values())))


def _sentence(text: str) -> str:
    """The text in one line, ending like a sentence."""
    line = " ".join(text.split())
    return line if line.endswith((".", "!", "?", "…", '"', "“", "”", "»")) else f"{line}."
