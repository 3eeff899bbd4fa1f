"""What nobody needs in order to help is masked before anybody reads it: cards, accounts, ids, passwords (R-D3, R-N5).

The exact text stays in the raw record. A number is masked for what it is (length, issuer, check digits) and for the
words beside it; a number the brand itself gives out, such as an order id, and a parcel's number are never touched.
Sources: ISO/IEC 7812 issuer ranges as published by the schemes; python-stdnum for checksums; carriers' pages for
parcel numbers (UPS `1Z` and 16 characters; FedEx 12, 15, 20 or 22 digits; USPS 20 to 22 digits from `9`, or `420` and
a ZIP code before; DHL 10, `JJD…`, `00340…`).

It must never change anything else, never raise, and never put what it masked anywhere.
"""

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

from stdnum import iban, luhn

from agent_core.boundary.credentials import Hidden, passwords, tokens

MaskKind = Literal["card", "card_code", "iban", "bank_account", "national_id", "password", "secret"]

DOTS: Final = "••••"

_RUN: Final = re.compile(r"(?<![\w.,+-])\d(?:[ .\-\u00a0\u202f\u2011\u2013]?\d){11,39}(?![\w])")
_SIX_DIGITS: Final = re.compile(r"\d(?:\D{0,2}\d){5}")
"""What every number of a card, an account or a person holds: six digits, at most two other characters between each."""
_GROUP: Final = re.compile(r"\d+")
_IBAN: Final = re.compile(r"(?<![\w])[A-Za-z]{2}\d{2}(?:[ \u00a0-]?[A-Za-z0-9]){11,34}(?![\w])")
_CODE: Final = re.compile(
    r"(?i)\b(?P<name>cvv2?|cvc2?|cvn|csc|security\s+code|card\s+code|pr(?:ü|ue)f(?:ziffer|nummer)|kartenpr(?:ü|ue)fnummer"
    r"|cryptogramme|c[oó]digo\s+de\s+seguridad|codice\s+di\s+sicurezza|beveiligingscode|kontrolcifre|s[aä]kerhetskod"
    r"|kod\s+cvv|g[uü]venlik\s+kodu)\b\W{0,3}(?:\w{1,4}\W{1,3})?(?P<value>\d{3,4})(?!\d)"
)
_ALWAYS_CODE: Final = re.compile(r"(?i)^c(?:vv2?|vc2?|vn|sc)$|cvv")
_BARE_CODE: Final = re.compile(r"(?:\D{1,3}\d{1,2}\s?/\s?(?:20)?\d{2})?[\s,;]{1,3}(\d{3,4})(?![\d\w/.,%€$£])")
_ACCOUNT: Final = re.compile(
    r"(?i)\b(?:sort[\s-]?code|routing(?:\s+(?:number|no))?|aba|bank\s+account(?:\s+(?:number|no))?|bankverbindung|kontonummer"
    r"|konto-?nr|blz|bankleitzahl|num[eé]ro\s+de\s+compte|n[uú]mero\s+de\s+cuenta(?:\s+bancaria)?|numero\s+di\s+conto|conta\s+banc[aá]ria"
    r"|rekeningnummer|reg\.?\s?nr|clearingnummer|numer\s+konta|nr\s+konta|hesap\s+numara(?:m|s[ıi])|номер\s+сч[её]та|расч[её]тный\s+сч[её]т)\b"
    r"[\s:#=.]{0,4}(?:\w{1,6}[\s:]{1,2})?(?P<value>\d(?:[ -]?\d){5,23})(?!\d)"
)
_CJK_ACCOUNT: Final = re.compile(
    r"(?:銀行口座|口座番号|银行账号|银行卡号|رقم الحساب(?: البنكي)?)[\s::は是]{0,4}(?P<value>\d(?:[ -]?\d){5,23})(?!\d)"
)
_UK_ACCOUNT: Final = re.compile(r"(?i)\baccount(?:\s+(?:number|no))?[\s:#.]{0,3}(?:is\s)?(?P<value>\d{7,10})(?!\d)")
_CARD_WORDS: Final = re.compile(
    r"(?i)\b(?:cards?|credit|debit|visa|master\s?card|amex|american\s+express|maestro|kredit\w*|karten?\w*|carte|tarjeta|cart[aãõ]\w*"
    r"|creditcard|kort\w*|kart[yaęaıi]?\w*|карт\w+)\b|信用卡|银行卡|卡号|カード|بطاقة|카드"
)
_OTHER_WORDS: Final = re.compile(
    r"(?i)\b(?:order|tracking|track|parcel|shipment|invoice|reference|ref|serial|imei|ean|gtin|isbn|ticket|case|bestell\w*|sendung\w*"
    r"|rechnung\w*|auftrag\w*|paket\w*|commande|suivi|facture|colis|pedido|seguimiento|factura|ordine|spedizione|fattura|encomenda"
    r"|rastreio|fatura|bestelling|tracking\w*|zending|ordre|sporing\w*|faktura|spårning\w*|zam[oó]wieni\w*|przesyłk\w*|sipariş\w*|takip"
    r"|заказ\w*|отслежив\w*|посылк\w*)\b|订单|单号|注文|追跡|الطلب|التتبع"
)
_NEAR: Final = 40
_COMMON_GROUPS: Final = frozenset({(4, 4, 4, 4), (4, 6, 5), (4, 6, 4), (4, 4, 4, 4, 3)})


@dataclass(frozen=True, slots=True)
class Mask:
    """One masked stretch: where it stood in the clean text, what it was, what stands there now."""

    kind: MaskKind
    start: int
    end: int
    shown: str


@dataclass(frozen=True, slots=True)
class Masked:
    """A text with nothing in it that nobody needs.

    Attributes:
        masks: In order, by their places in the text before.
        counts: `(kind, count)`, by kind.
    """

    text: str
    masks: tuple[Mask, ...] = ()
    counts: tuple[tuple[MaskKind, int], ...] = ()


def mask(text: str, protected: Sequence[re.Pattern[str]] = ()) -> Masked:
    """Masks a clean text.

    Args:
        text: Clean text.
        protected: Patterns of numbers the brand gives out; a number inside one is left alone.
    """
    own = [[found.span() for found in pattern.finditer(text)] for pattern in protected]
    return _applied(text, [each for each in _candidates(text) if not any(_inside(each, spans) for spans in own)])


def _inside(each: Mask, spans: Sequence[tuple[int, int]]) -> bool:
    """Whether one of the spans, which are in order and apart, holds the whole mask."""
    place = bisect_right(spans, (each.start, len(spans) and spans[-1][1])) - 1
    return place >= 0 and each.end <= spans[place][1]


def mask_json(value: Any, protected: Sequence[re.Pattern[str]] = ()) -> tuple[Any, tuple[tuple[MaskKind, int], ...]]:
    """Masks what people wrote into a JSON value: every string of several words. Ids, numbers and keys stay as they are."""
    counts: Counter[MaskKind] = Counter()

    def visit(part: Any) -> Any:
        if isinstance(part, str):
            if " " not in part and "\n" not in part:
                return part
            masked = mask(part, protected)
            counts.update(dict(masked.counts))
            return masked.text
        if isinstance(part, Mapping):
            return {key: visit(item) for key, item in part.items()}  # pyright: ignore[reportUnknownVariableType] - any JSON value
        if isinstance(part, list | tuple):
            return [visit(item) for item in part]  # pyright: ignore[reportUnknownVariableType] - any JSON value
        return part

    return visit(value), tuple(sorted(counts.items()))


def _applied(text: str, chosen: Sequence[Mask]) -> Masked:
    if not chosen:
        return Masked(text)
    parts: list[str] = []
    kept: list[Mask] = []
    place = 0
    for each in sorted(chosen, key=lambda one: (one.start, -one.end)):
        if each.start < place:
            continue
        parts += (text[place : each.start], each.shown)
        place = each.end
        kept.append(each)
    parts.append(text[place:])
    counts: Counter[MaskKind] = Counter(each.kind for each in kept)
    return Masked("".join(parts), tuple(kept), tuple(sorted(counts.items())))


def _candidates(text: str) -> Iterator[Mask]:
    yield from _secrets(text)
    if sum(map(str.isdigit, text[:100_000])) < 3:
        return
    long = _SIX_DIGITS.search(text) is not None
    cards = list(_cards(text)) if long else []
    yield from cards
    yield from _codes(text, cards)
    yield from _ibans(text)
    if not long:
        return
    yield from _accounts(text)
    from agent_core.boundary.national_ids import national_ids  # twenty countries' rules: not before there is a number

    for start, end in national_ids(text):
        yield Mask("national_id", start, end, DOTS)


def _secrets(text: str) -> Iterator[Mask]:
    def masks(kind: MaskKind, found: Iterator[Hidden]) -> Iterator[Mask]:
        for hidden in found:
            yield Mask(kind, hidden.start, hidden.end, DOTS)

    yield from masks("password", passwords(text))
    yield from masks("secret", tokens(text))


def _plain(digits: str) -> str:
    """ASCII digits of a number written in any script's digits."""
    return "".join(str(int(character)) for character in digits if character.isdecimal())


def _cards(text: str) -> Iterator[Mask]:
    for run in _RUN.finditer(text):
        groups = [(found.start() + run.start(), found.group()) for found in _GROUP.finditer(run.group())]
        said = _said_before(text, run.start())
        for start, count in _windows(groups, anywhere=said == "card"):
            chosen = groups[start : start + count]
            number = _plain("".join(group for _, group in chosen))
            if _is_card(number, tuple(len(group) for _, group in chosen), said):
                end = chosen[-1][0] + len(chosen[-1][1])
                yield Mask("card", chosen[0][0], end, f"{DOTS} {number[-4:]}")
                break


def _windows(groups: Sequence[tuple[int, str]], *, anywhere: bool) -> Iterator[tuple[int, int]]:
    """Which neighbouring groups may be a card's number: all first, then beginnings, then any when a card is spoken of."""
    yield 0, len(groups)
    for start in range(len(groups) if anywhere else 1):
        for count in range(min(len(groups) - start, 6), 0, -1):
            yield start, count


def _said_before(text: str, start: int) -> Literal["card", "other", ""]:
    """What the words right before a number say it is; the last one counts."""
    before = text[max(0, start - _NEAR) : start]
    card = max((found.end() for found in _CARD_WORDS.finditer(before)), default=-1)
    other = max((found.end() for found in _OTHER_WORDS.finditer(before)), default=-1)
    return "" if card == other else "card" if card > other else "other"


def _is_card(number: str, grouping: tuple[int, ...], said: Literal["card", "other", ""]) -> bool:
    issuer = _issuer(number)
    if not issuer:
        return False
    usual = grouping in _COMMON_GROUPS
    if not luhn.is_valid(number):
        return said == "card" and usual and issuer == "strong"  # one digit mistyped is still nobody's business
    if said == "card":
        return True
    return issuer == "strong" and (usual or (said == "" and len(grouping) == 1))


def _issuer(number: str) -> Literal["strong", "weak", ""]:
    """Whether a card scheme issues such numbers, and whether their length alone makes another meaning unlikely."""
    length = len(number)
    two, three, four = int(number[:2]), int(number[:3]), int(number[:4])
    if number[0] == "4" and length in (13, 16, 19):
        return "strong" if length == 16 else "weak"
    if (51 <= two <= 55 or 2221 <= four <= 2720) and length == 16:
        return "strong"
    if two in (34, 37) and length == 15:
        return "strong"
    if (four == 6011 or 644 <= three <= 649 or two == 65 or two == 35 or two == 62) and 16 <= length <= 19:
        return "strong" if length == 16 else "weak"
    if (2200 <= four <= 2205 or four == 9792) and length == 16:
        return "strong"
    if (two in (36, 38, 39) or 300 <= three <= 305) and 14 <= length <= 19:
        return "weak"
    if (two in (50, 60, 81, 82) or 56 <= two <= 69) and 13 <= length <= 19:
        return "weak"
    return ""


def _codes(text: str, cards: Sequence[Mask]) -> Iterator[Mask]:
    for found in _CODE.finditer(text):
        if cards or _ALWAYS_CODE.search(found["name"]):
            yield Mask("card_code", found.start("value"), found.end("value"), "•••")
    for card in cards:
        bare = _BARE_CODE.match(text, card.end)
        if bare is not None:
            yield Mask("card_code", bare.start(1), bare.end(1), "•••")


def _ibans(text: str) -> Iterator[Mask]:
    for found in _IBAN.finditer(text):
        whole = found.group()
        said = "iban" in text[max(0, found.start() - _NEAR) : found.start()].casefold()
        ends = [place for place in range(len(whole), 14, -1) if place == len(whole) or not whole[place].isalnum()]
        for end in ends:
            number = re.sub(r"[^A-Za-z0-9]", "", whole[:end]).upper()
            if 15 <= len(number) <= 34 and number.isascii() and (iban.is_valid(number) or (said and number[4:].isdigit())):
                yield Mask("iban", found.start(), found.start() + end, f"{number[:2]}{DOTS} {number[-4:]}")
                break


def _accounts(text: str) -> Iterator[Mask]:
    banking = False
    for pattern in (_ACCOUNT, _CJK_ACCOUNT):
        for found in pattern.finditer(text):
            banking = True
            yield Mask("bank_account", found.start("value"), found.end("value"), f"{DOTS} {found['value'][-2:]}")
    if banking:
        for found in _UK_ACCOUNT.finditer(text):
            yield Mask("bank_account", found.start("value"), found.end("value"), f"{DOTS} {found['value'][-2:]}")
