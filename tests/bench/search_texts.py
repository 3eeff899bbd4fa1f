"""Conversations as a shop has them, without an end, always the same: what the index of search is filled with for benches.

Words come as people use them: a few in every message, most hardly ever (Zipf, Mandelbrot's form). Two conversations in
three are English, the rest German, now and then with another script. Each has its own customer's name and order number,
and both come back in it. What is made up is made of syllables, so that it begins like many other words: prefixes are dear.
"""

import random
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from itertools import accumulate
from typing import Final

from agent_core.contract.ids import OperatorId
from agent_core.service.search.index_file import Talk
from agent_core.service.search.passages import Passage
from tests.service.search_logs import NOON, traits

OF_ONE: Final = 5
"""Messages of a conversation."""

BRANDS: Final = ("northwind", "lumen", "atlas")
_SHARE: Final = (60, 99, 100)
"""Of the conversations, summed up: a large brand, a smaller one, and one with a hundredth."""

_words: Final = re.compile(r"\S+").findall
_ENGLISH: Final = _words(
    "the to i and a my is it of you for in not have this was that on order but with me be please can your we are as would "
    "so if or will an from when at has been what get still they do hello thank parcel there any delivery thanks received "
    "no how hi out refund just one about am help need also day back package because item days told wrong know return "
    "tracking address number want could email card payment shipped arrived yet said sent which week account ordered "
    "money today invoice damaged cancel broken missing late charged twice size color lamp chair table box label courier "
    "warehouse customs replacement exchange discount voucher code store credit receipt warranty manual screw glass leg"
)
_GERMAN: Final = _words(
    "ich die und der das nicht ist sie zu mir bitte es in den mit auf ein habe für eine noch meine bestellung wie dass "
    "aber ihnen guten tag haben von an vielen dank hallo wurde paket im bei war wann kann nach lieferung seit sind dem "
    "angekommen leider rechnung uns oder auch wenn immer erhalten geld zurück tage grüße freundlichen nummer warte "
    "adresse größe möchte könnten artikel falsch rücksendung beschädigt stornieren gutschein lampe stuhl tisch zahlung "
    "konto doppelt abgebucht verspätet umtausch ersatz gewährleistung beschwerde straße überprüfen außerdem unzufrieden "
    "zusteller lager"
)
_OTHERS: Final = ("我想退款订单", "返金をお願いします", "أين طلبي", "где моя посылка", "환불 요청합니다")
_SYLLABLES: Final = _words(
    "ka lo mi re tu sa ven dor pel ist um an gra fen lu bo chi ber ter ung schaft ing ed pre con dis vor ge be st ent"
)
_FIRST: Final = _words(
    "Anna Ben Clara David Emma Felix Greta Hans Ida Jonas Karla Leon Mia Noah Olga Paul Rosa Sami Tilda Umut Vera Wim Zoe"
)
_LAST: Final = _words(
    "Müller Schmidt Smith Jones Brown Weber Fischer Taylor Wagner Becker Özdemir Nguyen Rossi Novák García"
)
_CHANNELS: Final = ("chat", "email", "chat", "web")
_FLOWS: Final = ("order_status", "refund_request", "returns", "address_change", "cancel_order")
_STATES: Final = ("closed", "closed", "closed", "listening", "human_control")
_SEED: Final = 11
MADE_UP: Final = 250_000


@dataclass(frozen=True)
class Said:
    """What one conversation is filled with, before it is a `Talk`."""

    number: int
    brand: str
    customer: str
    texts: tuple[str, ...]


def said() -> Iterator[Said]:
    """Conversations without an end."""
    chance = random.Random(_SEED)
    english, german = _language(1, tuple(_ENGLISH)), _language(2, tuple(_GERMAN))
    made_last = sorted({"".join(chance.choices(_SYLLABLES, k=3)).capitalize() for _ in range(4_000)})
    number = 0
    while True:
        words, weights = english if chance.random() < 0.66 else german
        last = chance.choice(_LAST) if chance.random() < 0.3 else chance.choice(made_last)
        customer = f"{chance.choice(_FIRST)} {last}"
        order = f"NW-{chance.randrange(10**6, 10**7)}"
        texts: list[str] = []
        for place in range(OF_ONE):
            long = min(90, 3 + int(chance.lognormvariate(2.6, 0.7)))
            text = " ".join(chance.choices(words, cum_weights=weights, k=long))
            if place in (0, 2):
                text = f"{text} {order}"
            if place in (1, 4):
                text = f"{customer}, {text}."
            if number % 40 == 0 and place == 0:
                text = f"{text} {_OTHERS[number // 40 % len(_OTHERS)]}"
            texts.append(text)
        share = chance.randrange(100)
        brand = next(name for name, upto in zip(BRANDS, _SHARE, strict=True) if share < upto)
        yield Said(number, brand, customer, tuple(texts))
        number += 1


def talk_of(one: Said) -> Talk:
    """As the indexer hands it over: what a customer and the agent or a person of ours said in turns."""
    number = one.number
    at = NOON + timedelta(seconds=number)
    reply_by = "person" if number % 7 == 0 else "agent"
    passages = [
        Passage(seq, 0, at, "message", "customer", None, "message_received", text)
        if seq % 2
        else Passage(seq, 0, at, "reply", reply_by, OperatorId("op_1") if reply_by == "person" else None, "reply_sent", text)
        for seq, text in enumerate(one.texts, 1)
    ]
    kept = traits(
        number, one.brand, customer_name=one.customer, channel=_CHANNELS[number % 4], workflows=(_FLOWS[number % 5],),
        state=_STATES[number % 5], flags=("injection",) if number % 997 == 0 else (), opened_at=at, last_at=at,
    )  # fmt: skip
    return Talk(kept, passages)


@cache
def _language(seed: int, known: tuple[str, ...]) -> tuple[list[str], list[float]]:
    """Words by how often they come, and their weights summed up."""
    chance = random.Random(seed)
    made = sorted({"".join(chance.choices(_SYLLABLES, k=chance.randint(2, 4))) for _ in range(MADE_UP)})
    chance.shuffle(made)
    words = [*known, *made]
    return words, list(accumulate((rank + 2.7) ** -1.15 for rank in range(len(words))))
