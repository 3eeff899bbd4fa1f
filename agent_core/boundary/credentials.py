"""Finds passwords and keys that somebody pasted: by the words before them, or by a form that nothing else has.

A helper of `masking`. It must never return what it found, only where it stands: a secret belongs in no log and no evidence.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Hidden:
    """Where a secret stands."""

    start: int
    end: int


_NAMES: Final = (
    r"pass\s?words?|passwd|passcode|pwd|passwort|kennwort|mot\s+de\s+passe|mdp|contrase(?:ñ|n)a|senha|palavra-passe|parola|parolam"
    r"|wachtwoord|adgangskode|kodeord|l(?:ö|o)senord|passord|salasana|has(?:ł|l)o|(?:ş|s)ifre(?:m|niz)?|пароль|كلمة\s+(?:المرور|السر)|رمز\s+عبور"
    r"|密码|密碼|パスワード|비밀번호|mật\s+khẩu|kata\s+sandi|סיסמה|κωδικός\s+πρόσβασης|पासवर्ड"
)
_IS: Final = (
    r"(?:\s*[:=：]\s*|\s+(?:is|was|ist|lautet|war|est|es|era|è|é|är|er|jest|to|adalah|là)\s*:?\s+"
    r"|\s*(?:是|は|为|為|هي|—|-)\s*)"
)
_PASSWORD: Final = re.compile(rf"(?i)(?<![\w])(?:{_NAMES}){_IS}(?P<quote>[\"'“„«`]?)(?P<value>[^\s\"'“”„«»`]{{4,64}})")
_PIN: Final = re.compile(
    r"(?<![\w])(?:PIN|pin)(?:\s*(?:code|number|nummer|kode))?\s*(?:[:=]|is|ist|er|är|est|es)\s*(?P<value>\d{4,8})(?!\d)"
)
_NOT_ONE: Final = frozenset(
    word
    for line in (
        "wrong not incorrect invalid expired still too also never always correct right fine gone lost forgotten",
        "unknown reset locked blocked case required needed working asking rejected refused weak the that what when",
        "where mine same falsch nicht abgelaufen weg ungültig unbekannt richtig korrekt vergessen gesperrt",
        "zurückgesetzt leider immer auch incorrecta incorrecto invalide oublié expiré refusé perdu correcta olvidada",
        "caducada bloqueada errada sbagliata scaduta corretta incorreta inválida expirada verkeerd verlopen onjuist",
        "vergeten forkert udløbet glemt felaktigt utgånget glömt fel błędne niepoprawne wygasło nieprawidłowe yanlış",
        "geçersiz неверный забыт забыла истёк",
    )
    for word in line.split()
)
_SENTENCE_END: Final = re.compile(r"[.,;!?)]*(?:\s*$|\s*\n|[.,;!?]\s|\s+(?:and|und|et|y|e|en|og|och|i|but|aber)\s)")
_TRAILING: Final = ".,;:!?)]}。、，"

_TOKENS: Final = re.compile(
    r"-----BEGIN [A-Z ]{0,20}PRIVATE KEY-----(?:[^-]|-(?!----)){0,8000}+(?:-----END [A-Z ]{0,20}PRIVATE KEY-----)?"
    r"|\b(?:sk|rk|pk)_(?:live|test)_[A-Za-z0-9]{16,128}"
    r"|\bsk-(?:[a-z]{2,12}-)?[A-Za-z0-9_-]{20,200}"
    r"|\bgh[pousr]_[A-Za-z0-9]{30,80}|\bgithub_pat_[A-Za-z0-9_]{30,100}"
    r"|\bxox[abeoprs]-[A-Za-z0-9-]{10,200}"
    r"|\bAKIA[0-9A-Z]{16}\b|\bASIA[0-9A-Z]{16}\b"
    r"|\bAIza[A-Za-z0-9_-]{35}\b"
    r"|\bwhsec_[A-Za-z0-9+/=]{20,200}"
    r"|\beyJ[A-Za-z0-9_-]{10,2000}\.[A-Za-z0-9_-]{10,2000}\.[A-Za-z0-9_-]{0,2000}"
    r"|\bSG\.[A-Za-z0-9_-]{16,40}\.[A-Za-z0-9_-]{30,60}"
)
"""Private keys, and access keys whose issuers gave them a prefix so that they can be found."""

_LONG: Final = re.compile(r"[\w+/=.-]{15}")
"""What every access key holds, and hardly any word: so many characters of which keys are made."""


def passwords(text: str) -> Iterator[Hidden]:
    """Values somebody calls a password or a PIN."""
    for found in _PASSWORD.finditer(text):
        value = found["value"].rstrip(_TRAILING)
        start = found.start("value")
        if len(value) >= 4 and _is_password(value, text, start + len(value), quoted=bool(found["quote"])):
            yield Hidden(start, start + len(value))
    for found in _PIN.finditer(text):
        yield Hidden(*found.span("value"))


def tokens(text: str) -> Iterator[Hidden]:
    """Keys and tokens known by their form."""
    if _LONG.search(text) is None and "PRIVATE KEY" not in text:
        return
    for found in _TOKENS.finditer(text):
        yield Hidden(*found.span())


def _is_password(value: str, text: str, end: int, *, quoted: bool) -> bool:
    """A word is one when it looks like nothing else, or when nothing else follows in its sentence."""
    if value.casefold() in _NOT_ONE or value.startswith(("http://", "https://", "•")):
        return False
    if quoted or (any(c.isdigit() for c in value) and any(c.isalpha() for c in value)) or value.isdecimal():
        return True
    if any(not c.isalnum() and c not in "-–'’/." for c in value) and value.isascii():
        return True
    return value.isascii() and value.isalnum() and _SENTENCE_END.match(text, end) is not None
