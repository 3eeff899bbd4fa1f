"""Finds numbers a state gave to a person: by checksum and the word beside it, or by a form no other number has (R-D3).

A helper of `masking` alone. It must never take a number for a person's because it merely could be one.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from stdnum.br import cpf
from stdnum.cn import ric
from stdnum.de import idnr
from stdnum.dk import cpr
from stdnum.es import dni, nie
from stdnum.fi import hetu
from stdnum.fr import nir
from stdnum.in_ import aadhaar
from stdnum.it import codicefiscale
from stdnum.jp import in_ as my_number
from stdnum.kr import rrn
from stdnum.nl import bsn
from stdnum.no import fodselsnummer
from stdnum.pl import pesel
from stdnum.pt import nif
from stdnum.se import personnummer
from stdnum.tr import tckimlik
from stdnum.us import ssn

Check = Callable[[str], bool]
_NEAR: Final = 48


@dataclass(frozen=True, slots=True)
class _Kind:
    """One country's number. `words`: none when the form says it all."""

    form: re.Pattern[str]
    valid: Check
    words: re.Pattern[str] | None


def _kind(form: str, valid: Check, words: str = "") -> _Kind:
    return _Kind(
        re.compile(rf"(?<![\w.-])(?:{form})(?![\w-])", re.IGNORECASE),
        valid,
        re.compile(words, re.IGNORECASE) if words else None,
    )


def _always(number: str) -> bool:
    return bool(number)


_DIGITS_9: Final = r"\d{3}[ .-]?\d{3}[ .-]?\d{3}"
_DIGITS_11: Final = r"\d{2,3}(?:[ .-]?\d{2,3}){3,4}"

_NIR: Final = r"[12]\s?\d{2}\s?\d{2}\s?\d[\dAB]\s?\d{3}\s?\d{3}\s?\d{2}"
_NINO: Final = r"[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z]\s?\d{2}\s?\d{2}\s?\d{2}\s?[A-D]"

_KINDS: Final = (
    _kind(r"\d{3}-\d{2}-\d{4}", ssn.is_valid),
    _kind(r"\d{9}", ssn.is_valid, r"\bssn\b|social\s+security"),
    _kind(r"[A-Z]{6}\d{2}[A-EHLMPRST]\d{2}[A-Z]\d{3}[A-Z]", codicefiscale.is_valid),
    _kind(r"\d{3}\.\d{3}\.\d{3}-\d{2}", cpf.is_valid),
    _kind(r"\d{11}", cpf.is_valid, r"\bcpf\b"),
    _kind(r"\d{17}[\dX]", ric.is_valid),
    _kind(r"\d{6}-[1-4]\d{6}", rrn.is_valid),
    _kind(r"\d{6}[ -]?\d{4}", cpr.is_valid, r"\bcpr\b|personnummer"),
    _kind(r"(?:\d{2})?\d{6}[+-]?\d{4}", personnummer.is_valid, r"personnummer|personnr|pers\.?nr"),
    _kind(r"\d{6}[ -]?\d{5}", fodselsnummer.is_valid, r"f(?:ø|o)dselsnummer|personnummer"),
    _kind(r"\d{6}[-+A]\d{3}[0-9A-Y]", hetu.is_valid, r"henkilötunnus|hetu|sotu"),
    _kind(_DIGITS_11, idnr.is_valid, r"steuer-?\s?(?:id|nummer|ident\w*)|\bidnr\b|identifikationsnummer"),
    _kind(r"\d{8}-?[A-Z]", dni.is_valid, r"\bdni\b|\bnif\b"),
    _kind(r"[XYZ]-?\d{7}-?[A-Z]", nie.is_valid, r"\bnie\b"),
    _kind(_NIR, nir.is_valid, r"s(?:é|e)curit(?:é|e)\s+sociale|\bnir\b|insee"),
    _kind(_DIGITS_9, bsn.is_valid, r"\bbsn\b|burgerservicenummer|sofinummer"),
    _kind(r"\d{11}", pesel.is_valid, r"pesel"),
    _kind(_DIGITS_9, nif.is_valid, r"\bnif\b|contribuinte"),
    _kind(r"\d{11}", tckimlik.is_valid, r"kimlik|tckn|\btc\b"),
    _kind(r"\d{4}[ -]?\d{4}[ -]?\d{4}", aadhaar.is_valid, r"aadhaar|aadhar|आधार"),
    _kind(r"\d{4}[ -]?\d{4}[ -]?\d{4}", my_number.is_valid, r"マイナンバー|個人番号"),
    _kind(_NINO, _always, r"national\s+insurance|\bnino?\b"),
)  # fmt: skip


def national_ids(text: str) -> Iterator[tuple[int, int]]:
    """The places of such numbers, kind after kind; they may overlap."""
    for kind in _KINDS:
        for found in kind.form.finditer(text):
            near = text[max(0, found.start() - _NEAR) : found.start()]
            if (kind.words is None or kind.words.search(near)) and _holds(kind.valid, found.group()):
                yield found.span()


def _holds(valid: Check, number: str) -> bool:
    if not number.isascii():
        return False
    return bool(valid(number))
