"""Support messages in 15 languages, made from sentences by a fixed seed: the same thousand on every machine (R-D3)."""

import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from tests.boundary.samples import support_phrases_a as a
from tests.boundary.samples import support_phrases_b as b
from tests.boundary.samples.support_words import Words

LANGUAGES: Final[Mapping[str, Words]] = {
    "en": a.EN, "de": a.DE, "fr": a.FR, "es": a.ES, "it": a.IT, "pt": a.PT, "nl": a.NL, "da": a.DA,
    "sv": b.SV, "pl": b.PL, "tr": b.TR, "ru": b.RU, "ar": b.AR, "zh": b.ZH, "ja": b.JA,
}  # fmt: skip

_NAMES = ("Zoë", "Jürgen", "Łukasz", "Ана", "محمد", "王芳", "さくら", "Søren", "O'Neill", "Müller-Lüdenscheidt")
_PRICES = ("€ 49,90", "$1,299.00", "1.234,56 EUR", "¥12,800", "499 kr.", "£20", "89 zł", "₺750", "₽ 4 990", "CHF 45.-")
_PRODUCTS = ("Trail 2.0", "kettle", "iPhone 15", "Nähmaschine", "лампа", "X-Pro III", "耳机", "Café Crème", "βeta-Lamp")
_URLS = (
    "https://photos.example.com/a/IMG_2041.jpg",
    "https://www.northwind.example/orders/NW-10023?ref=mail",
    "https://t.example/track?id=00340434161094042557&lang=de",
    "www.northwind.example/help",
    "https://drive.example.net/file/d/1aB2cD3eF4gH5iJ6kL7mN8oP9qR0sT/view?usp=sharing",
)
_TRACKS = (
    "1Z999AA10123456784",
    "00340434161094042557",
    "420 92374 9374889676091 297",
    "JJD014600003344556677",
    "6129 9998 7654 3210 98",
)
_PHONES = ("+49 30 901820", "(555) 010-4477", "0170 1234567", "+45 33 12 34 56", "03-1234-5678", "+1-202-555-0143")
_MAILS = ("zoe.lang@example.org", "j.d@mail.example.com", "info@купон.example", "support+vip@example.net")
_DATES = ("3.11.2026", "2026-11-03", "11/03/2026", "Nov 3rd", "12. Mai", "3 月 5 日")
_CODES = ("SAVE20", "HERBST-2026-XK", "BF1000", "A1B2-C3D4-E5F6", "WELCOME10")
_EMOJI = ("", "", "", " 😀", " 👍🏽", " 👨‍👩‍👧", " 🇩🇪", " ❤️", "!!!", " :-)", " ???")


@dataclass(frozen=True, slots=True)
class Message:
    """A harmless message and the language it is written in."""

    language: str
    text: str


def support_messages(count: int = 1_000, seed: int = 7) -> Iterator[Message]:
    """So many messages, the languages in turns."""
    chance = random.Random(seed)
    codes = tuple(LANGUAGES)
    for number in range(count):
        language = codes[number % len(codes)]
        words = LANGUAGES[language]
        parts = [chance.choice(words.openings)] if chance.random() < 0.7 else []
        parts += chance.sample(words.bodies, chance.choice((1, 1, 2, 2, 3)))
        if chance.random() < 0.6:
            parts.append(chance.choice(words.closings))
        text = chance.choice((" ", " ", "\n", "\n\n")).join(parts) + chance.choice(_EMOJI)
        yield Message(language, _filled(text, chance))


def _filled(text: str, chance: random.Random) -> str:
    values = {
        "order": f"NW-{chance.randrange(10_000, 99_999)}",
        "price": chance.choice(_PRICES),
        "phone": chance.choice(_PHONES),
        "date": chance.choice(_DATES),
        "url": chance.choice(_URLS),
        "email": chance.choice(_MAILS),
        "track": chance.choice(_TRACKS),
        "product": chance.choice(_PRODUCTS),
        "code": chance.choice(_CODES),
        "name": chance.choice(_NAMES),
    }
    return text.format_map(values)
