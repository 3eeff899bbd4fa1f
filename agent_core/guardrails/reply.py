"""Checks of a reply before it leaves. Each has a name; a finding is that name and never the text (R-F2, R-D3).

| finding              | what it means                                                                          |
|----------------------|----------------------------------------------------------------------------------------|
| empty_reply          | nothing is said                                                                        |
| too_long             | longer than the brand allows                                                           |
| hidden_characters    | control or invisible format characters                                                 |
| prohibited_CODE      | a phrase the brand prohibits                                                           |
| CODE of a claim      | it says an action happened that did not, or that still waits                           |
| unknown_amount       | an amount of money that no cited fact and no word of the customer holds                |
| unknown_percentage   | the same for a percentage                                                              |
| unknown_date         | the same for a date                                                                    |
| unknown_reference    | the same for an order number and the like                                              |
| foreign_link         | a link to a host the brand does not allow                                              |
| markdown_image       | an image, which would call a host when shown                                           |
| markup               | HTML or tags of our own prompts                                                        |
| foreign_email        | an e-mail address that is neither the customer's nor the brand's                       |
| missing_CODE         | a disclosure that belongs into this reply                                              |

Pure and bounded: a reply beyond the bound is found too long and not read further.
"""

import re
import unicodedata
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from pydantic import JsonValue

from agent_core.contract.answers import Point
from agent_core.guardrails.phrases import drawn_together, holds_any, in_language, sentences, squeezed
from agent_core.guardrails.policy import ClaimLike, ReplyRelease
from agent_core.guardrails.specifics import Ground, amounts, days, percentages, references

HARD_LIMIT = 12_000

_URL: Final = re.compile(r"(?:[a-z][a-z0-9+.-]{1,20}:)?//([^\s/?#)\]>\"']+)|\bwww\.([^\s/?#)\]>\"']+)", re.IGNORECASE)
_SCHEME: Final = re.compile(r"\b(?:javascript|data|vbscript|file):", re.IGNORECASE)
_BARE_HOST: Final = re.compile(
    r"(?<![\w@.-])((?:[a-z0-9-]{1,63}\.){1,5}(?:com|net|org|io|info|biz|eu|fr|uk|nl|ru|cn|app|dev|xyz|example|test|"
    # These are words, too: taken for an ending only in small letters, as in an address and unlike after a full stop.
    r"(?-i:co|de|it|es|shop|store|online|site|top|link|click)))(?![\w-])",
    re.IGNORECASE,
)
_IMAGE: Final = re.compile(r"!\[[^\]]{0,500}\]\s?[(\[]")
_MARKUP: Final = re.compile(r"</?[a-z][a-z0-9-]{0,40}(?:\s[^<>]{0,500})?/?>", re.IGNORECASE)
_EMAIL: Final = re.compile(r"[\w.+-]{1,64}@(?:[\w-]{1,63}\.){1,5}[a-z]{2,24}", re.IGNORECASE)
_MACHINE: Final = re.compile(
    r"\b(?:are you|am i talking to|is this|bist du|sind sie|spreche ich mit|ist das)\b[^.!?\n]{0,40}"
    r"\b(?:a bot|a robot|a machine|an ai|a real person|a human|ein bot|ein roboter|eine maschine|eine ki|ein mensch|"
    r"einem menschen|einem bot)(?![\w-])",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class _Reply:
    text: str
    points: Sequence[Point]
    facts: Mapping[str, tuple[str, JsonValue]]
    release: ReplyRelease
    language: str
    pending: bool
    actions_done: Collection[str]
    customer_words: Sequence[str]
    customer_emails: Collection[str]
    sources: Sequence[JsonValue]
    first_reply: bool
    words: str
    """The text squeezed, once for all checks."""
    drawn: str
    """The same with single letters drawn together."""


def check_reply(
    text: str,
    *,
    points: Sequence[Point],
    facts: Mapping[str, tuple[str, JsonValue]],
    release: ReplyRelease,
    language: str,
    pending: bool,
    actions_done: Collection[str],
    customer_words: Sequence[str] = (),
    customer_emails: Collection[str] = (),
    sources: Sequence[JsonValue] = (),
    first_reply: bool = False,
) -> list[str]:
    """Every finding about a reply, in the table's order, without repetition; empty means that it may leave.

    Args:
        text: The reply, as it would be sent.
        points: The points it was made of.
        facts: Fact id -> (fact key, value). Only those the points cite count.
        release: The active release: guardrails are always the active ones.
        language: The language of the reply.
        pending: A proposal of a run this reply covers still waits.
        actions_done: Names of the tools whose writes were really executed in this conversation.
        customer_words: The customer's messages so far; what they named themselves may be named back.
        customer_emails: The customer's own addresses.
        sources: Further values read by code for these points, such as results of the calls behind them.
        first_reply: This is the conversation's first reply.
    """
    if len(text) > HARD_LIMIT:
        return ["too_long"]
    words = squeezed(text)
    reply = _Reply(
        text, points, facts, release, language, pending, actions_done, customer_words, customer_emails, sources, first_reply,
        words, drawn_together(words),
    )  # fmt: skip
    found: list[str] = []
    for check in _CHECKS:
        found.extend(check(reply))
    return list(dict.fromkeys(found))


def _shape(reply: _Reply) -> list[str]:
    found: list[str] = []
    if not reply.text.strip():
        found.append("empty_reply")
    if len(reply.text) > reply.release.behaviour.thresholds.reply_chars:
        found.append("too_long")
    if any(_hidden(c) for c in set(reply.text)):
        found.append("hidden_characters")
    return found


def _hidden(c: str) -> bool:
    return c in _INVISIBLE or (unicodedata.category(c) in {"Cc", "Cs", "Co"} and c not in "\n\t")


_INVISIBLE: Final = frozenset(
    "\u200b\u2060\ufeff\u00ad\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f\u180e"
    + "".join(map(chr, range(0xE0000, 0xE0080)))
)


def _prohibited(reply: _Reply) -> list[str]:
    variants = (reply.words, reply.drawn)
    return [
        f"prohibited_{rule.code}"
        for rule in reply.release.behaviour.prohibited
        if any(holds_any(variant, in_language(rule.phrases)) for variant in variants)
    ]


def _claims(reply: _Reply) -> list[str]:
    """Claims of actions that did not happen. While something waits, one that happened before is no excuse."""
    found: list[str] = []
    for claim in reply.release.behaviour.claims:
        phrases, unless = in_language(claim.phrases), in_language(claim.unless)
        if not holds_any(reply.words, phrases) and not holds_any(reply.drawn, phrases):
            continue
        # Said somewhere: the sentence decides, and where no single sentence holds it the whole does.
        said = [words for sentence in sentences(reply.text) if _says(words := squeezed(sentence), phrases)] or [reply.words]
        claimed = any(not holds_any(words, unless) for words in said)
        if claimed and not (claim.tool in reply.actions_done and not reply.pending) and not _grounded(claim, reply):
            found.append(claim.code)
    return found


def _says(words: str, phrases: Sequence[str]) -> bool:
    return holds_any(words, phrases) or holds_any(drawn_together(words), phrases)


def _grounded(claim: ClaimLike, reply: _Reply) -> bool:
    """Whether a cited fact says that it is so, whoever did it."""
    patterns = [re.compile(re.escape(key).replace(r"\*", r"[^.]+")) for key in claim.grounded_by]
    return any(
        pattern.fullmatch(key) is not None and _something(value) for key, value in _cited(reply) for pattern in patterns
    )


def _something(value: JsonValue) -> bool:
    if isinstance(value, Mapping):
        return _something(value.get("amount_minor"))
    return bool(value)


def _cited(reply: _Reply) -> list[tuple[str, JsonValue]]:
    ids = dict.fromkeys(fact_id for point in reply.points for fact_id in point.fact_ids)
    return [reply.facts[fact_id] for fact_id in ids if fact_id in reply.facts]


def _specifics(reply: _Reply) -> list[str]:
    """Amounts, dates, percentages and references that rest on nothing."""
    release = reply.release
    patterns = [entity.pattern for entity in release.entities.values() if entity.reference]
    ground = Ground(patterns)
    for key, value in _cited(reply):
        ground.add_value(key, value)
    for source in reply.sources:
        ground.add_value("", source)
    for words in reply.customer_words:
        ground.add_text(words)
    # A brand says what its numbers look like; a customer who is asked for one may be shown that.
    for entity in release.entities.values():
        ground.references |= references(entity.example, patterns)
    found: list[str] = []
    if any(not ground.has_amount(amount, release.brand.currency) for amount in amounts(reply.text)):
        found.append("unknown_amount")
    if percentages(reply.text) - ground.percentages:
        found.append("unknown_percentage")
    if any(not ground.has_day(day) for day in days(reply.text)):
        found.append("unknown_date")
    if references(reply.text, patterns) - ground.references:
        found.append("unknown_reference")
    return found


def _links(reply: _Reply) -> list[str]:
    found: list[str] = []
    allowed = {host.casefold() for host in reply.release.brand.link_hosts}
    text = unicodedata.normalize("NFKC", reply.text)
    hosts = [_host(match[1] or f"www.{match[2]}") for match in _URL.finditer(text)]
    hosts += [match[1].casefold() for match in _BARE_HOST.finditer(text)]
    if _SCHEME.search(text) or any(host not in allowed for host in hosts):
        found.append("foreign_link")
    if _IMAGE.search(text):
        found.append("markdown_image")
    if _MARKUP.search(text):
        found.append("markup")
    return found


def _host(authority: str) -> str:
    """The host of what stands behind `//`: what comes before an `@` is bait, and a port changes nothing."""
    return authority.rsplit("@", 1)[-1].rsplit("\\", 1)[-1].split(":", 1)[0].rstrip(".,;!").casefold()


def _emails(reply: _Reply) -> list[str]:
    own = {address.casefold() for address in reply.customer_emails}
    own.update(address.casefold() for words in reply.customer_words for address in _EMAIL.findall(words[:HARD_LIMIT]))
    hosts = {host.casefold() for host in reply.release.brand.link_hosts}
    for address in _EMAIL.findall(unicodedata.normalize("NFKC", reply.text)):
        if address.casefold() not in own and address.rsplit("@", 1)[1].casefold() not in hosts:
            return ["foreign_email"]
    return []


def _disclosures(reply: _Reply) -> list[str]:
    asked = bool(reply.customer_words) and _MACHINE.search(reply.customer_words[-1][:HARD_LIMIT]) is not None
    return [
        f"missing_{rule.code}"
        for rule in reply.release.behaviour.disclosures
        if (asked if rule.when == "asked" else reply.first_reply) and not holds_any(reply.words, rule.text.values())
    ]


_CHECKS: Final[tuple[Callable[[_Reply], list[str]], ...]] = (
    _shape,
    _prohibited,
    _claims,
    _specifics,
    _links,
    _emails,
    _disclosures,
)
