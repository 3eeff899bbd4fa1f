"""What belongs to somebody else, or in no reply at all (R-F2).

Addresses, phone numbers and e-mail addresses leave only when they are this customer's (a fact, a result or their own words
say so) or the brand's own, published by its people. Cards, accounts, national ids, passwords and keys never leave, whose
ever they are: nobody needs them to be helped.
"""

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from typing import Final

from agent_core.contract.reply_checks import ReplyCheckName
from agent_core.guardrails.finding import Finding, Span
from agent_core.guardrails.policy import ReplyRelease
from agent_core.guardrails.reading import Reading
from agent_core.guardrails.sight import Sight
from agent_core.guardrails.specifics import amounts, codes, days, references

NAME: Final[ReplyCheckName] = "personal_data"

_MOST: Final = 12_000
_DIGIT: Final = re.compile(r"\d")
_EMAIL: Final = re.compile(r"[\w.+-]{1,64}@(?:[\w-]{1,63}\.){1,5}[a-z]{2,24}", re.IGNORECASE)
_EMAIL_DISGUISED: Final = re.compile(
    r"\b[\w.+-]{2,64}\s?(?:\(at\)|\[at\]|\{at\})\s?[\w-]{2,63}\s?(?:\.|\(dot\)|\[dot\]| dot | punkt )\s?[a-z]{2,10}\b"
    r"|\b[\w.+-]{2,64} at [\w-]{2,63}(?:\(dot\)|\[dot\]| dot | punkt )[a-z]{2,10}\b",
    re.IGNORECASE,
)
_PHONE: Final = re.compile(r"(?<![\w.,:/€$£-])(?:\+|00|\(?0)[\d\u00a0 ()./-]{5,22}\d(?![\w-])")
_PHONE_SAID: Final = re.compile(
    r"\b(?:phone|call|tel|telephone|mobile|number is|ring|telefon\w*|tel\.|handy\w*|mobil\w*|ruf\w*|anruf\w*"
    r"|nummer)\b[^\d\n]{0,24}"
    r"(\d[\d\u00a0 ()./-]{5,18}\d)(?![\w-])",
    re.IGNORECASE,
)
_REGIONS: Final = {
    "de": "DE",
    "en": "GB",
    "fr": "FR",
    "es": "ES",
    "it": "IT",
    "nl": "NL",
    "pl": "PL",
    "sv": "SE",
    "da": "DK",
}
_STREET: Final = re.compile(
    r"\b[A-ZÄÖÜ][\wäöüß.-]{1,30}(?:straße|strasse|str\.|weg|platz|allee|gasse|damm|ufer|chaussee|steig"
    r"|pfad) ?\d{1,4} ?[a-zA-Z]?\b"
    r"|\b(?:[A-ZÄÖÜ][\wäöüß-]{1,30} ){1,2}(?:Straße|Strasse|Str\.|Weg|Platz|Allee|Gasse|Damm|Ufer|Ring) \d{1,4} ?[a-zA-Z]?\b"
    r"|\b\d{1,5}[A-Za-z]?,? (?:[A-Z][\w'-]{1,24} ){1,3}(?:Street|St|Road|Rd|Avenue|Ave|Lane|Ln|Drive|Dr|Court|Ct|Way"
    r"|Square|Sq|Close|Terrace|"
    r"Boulevard|Blvd|Crescent|Gardens|Grove|Hill|Row)\b\.?"
)
_TOWN: Final = re.compile(r"(?<![\w-])(?:D-)?\d{5} [A-ZÄÖÜ][a-zäöüß]{2,30}\b|\b[A-Z]{1,2}\d[A-Z\d]? \d[A-Z]{2}\b")
_NO_TOWN: Final = re.compile(r"^\d{5} (?:Bestellung|Paket|Punkte|Stück|Euro|Kilo|Artikel)", re.IGNORECASE)

_KINDS: Final = {
    "card": "card_number", "card_code": "card_number", "iban": "bank_account", "bank_account": "bank_account",
    "national_id": "national_id", "password": "secret", "secret": "secret",
}  # fmt: skip
_SPOKEN: Final = {
    "card_number": "a card's number or code", "bank_account": "a bank account's number", "national_id": "a national id",
    "secret": "a password or key",
}  # fmt: skip


def check(reading: Reading) -> Iterator[Finding]:
    """`foreign_email`, `foreign_phone`, `foreign_address`, `card_number`, `bank_account`, `national_id`, `secret`."""
    yield from _emails(reading)
    if _DIGIT.search(reading.text):
        yield from _phones(reading)
        yield from _addresses(reading)
    yield from _never(reading)


def _emails(reading: Reading) -> Iterator[Finding]:
    text = reading.text
    plain = text if text.isascii() else unicodedata.normalize("NFKC", text)
    if "@" not in plain and not _EMAIL_DISGUISED.search(plain):
        return
    own = {value.casefold() for value in reading.context.customer_own if "@" in value}
    for words in (*reading.context.customer_words, *reading.authored):
        own.update(address.casefold() for address in _EMAIL.findall(words[:_MOST]))
    hosts = {host.casefold() for host in reading.release.brand.link_hosts}
    places = [
        found.span()
        for found in _EMAIL.finditer(plain)
        if found[0].casefold() not in own and found[0].rsplit("@", 1)[1].casefold() not in hosts
    ]
    places += [found.span() for found in _EMAIL_DISGUISED.finditer(plain)]
    if places:
        yield Finding(
            NAME,
            "foreign_email",
            "It holds an e-mail address that is neither this customer's nor the brand's.",
            "It held an e-mail address that is neither the customer's nor the brand's. Leave it out.",
            tuple(places) if len(plain) == len(text) else ((0, len(text)),),
        )


def _phones(reading: Reading) -> Iterator[Finding]:
    text = reading.text
    found = [(match[0], match.span()) for match in _PHONE.finditer(text)]
    found += [(match[1], match.span(1)) for match in _PHONE_SAID.finditer(text)]
    if not found:
        return
    taken = [said.span for said in (*references(text, reading.patterns), *days(text), *amounts(text))]
    known: set[str] | None = None
    places: list[Span] = []
    for number, span in found:
        if any(start < span[1] and span[0] < end for start, end in taken) or not _valid(
            number, tuple(reading.release.brand.languages)
        ):
            continue
        known = _known_numbers(reading) if known is None else known
        if _tail(number) not in known:
            places.append(span)
    if places:
        yield Finding(
            NAME,
            "foreign_phone",
            "It holds a phone number that is neither this customer's nor the brand's.",
            "It held a phone number that is neither the customer's nor one the brand publishes. Leave it out.",
            tuple(dict.fromkeys(places)),
        )


@lru_cache(maxsize=4096)
def _valid(number: str, languages: tuple[str, ...]) -> bool:
    """Whether somebody can be called there, in the numbering plans of the countries the brand speaks with."""
    import phonenumbers  # the numbering plans of the world: read when the first number is seen

    regions = dict.fromkeys(_REGIONS[language] for language in languages if language in _REGIONS)
    for region in (*regions, "US"):
        try:
            parsed = phonenumbers.parse(number, region)
        except phonenumbers.NumberParseException:
            continue
        if phonenumbers.is_valid_number(parsed):
            return True
    return False


def _known_numbers(reading: Reading) -> set[str]:
    texts = [*reading.context.customer_words, *reading.authored, *reading.context.customer_own, reading.told]
    found = (match[0] for text in texts for match in re.finditer(r"\+?\d[\d\u00a0 ()./-]{5,22}\d", text[:_MOST]))
    return {_tail(number) for number in found}


def _tail(number: str) -> str:
    """The last digits, which are the same with and without the country's."""
    return re.sub(r"\D", "", number)[-8:]


def _addresses(reading: Reading) -> Iterator[Finding]:
    text = reading.text
    found = [match.span() for match in _STREET.finditer(text)]
    found += [match.span() for match in _TOWN.finditer(text) if not _NO_TOWN.match(match[0])]
    if not found:
        return
    sight, context = reading.context.sight, reading.context
    own = sight.fold(" ".join(context.customer_own)).text
    published = _published(sight, reading.release, frozenset(context.workflows))
    known = f"{_letters(reading.told)} {_letters(reading.written)} {_letters(own)} {published}"
    places = [span for span in found if _letters(reading.context.sight.fold(text[slice(*span)]).text) not in known]
    if places:
        yield Finding(
            NAME,
            "foreign_address",
            "It holds a postal address that nothing in this conversation gives as this customer's or the brand's.",
            "It held a postal address that no fact holds. Leave it out.",
            tuple(places),
        )


@lru_cache(maxsize=64)
def _published(sight: Sight, release: ReplyRelease, workflows: frozenset[str]) -> str:
    """The letters of what the brand's people wrote for customers."""
    return " ".join(_letters(sight.fold(text).text) for text in release.authored(workflows))


def _letters(folded: str) -> str:
    return re.sub(r"[\W_]+", "", folded)


def _never(reading: Reading) -> Iterator[Finding]:
    text = reading.text
    own = [said.span for said in (*references(text, reading.patterns), *codes(text)) if _told(reading, said.value)]
    by_code: dict[str, list[Span]] = {}
    for found in reading.context.sight.private(text):
        if not any(start <= found.start and found.end <= end for start, end in own):
            by_code.setdefault(_KINDS[found.kind], []).append((found.start, found.end))
    for code, places in by_code.items():
        spoken = _SPOKEN[code]
        yield Finding(
            NAME,
            code,
            f"It holds {spoken}, which no reply may.",
            f"It held {spoken}. No reply may, whose ever it is. Leave it out.",
            tuple(places),
        )


def _told(reading: Reading, value: str) -> bool:
    """A parcel's number that happens to look like a card's."""
    return value in reading.ground.references or value in reading.ground.codes
