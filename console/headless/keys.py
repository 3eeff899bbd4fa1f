"""Where an operator's key is kept: a port, and the store of the demonstration, which keeps nothing (R-M7).

A console asks `look()` first and shows its sentence when it cannot be used; it is then read-only. It must never fall back to
a file, an environment variable or anything else that is not the operating system's own keyring.
"""

from dataclasses import dataclass
from typing import Literal, Protocol

Situation = Literal[
    "usable", "memory_only", "no_keyring", "null_backend", "plain_text", "foreign_backend", "overridden", "locked",
    "slow", "too_small", "reads_back_differently", "broken",
]  # fmt: skip

SENTENCES: dict[Situation, str] = {
    "usable": "Your key is kept in the system's keyring.",
    "memory_only": "Demonstration: the key lives in memory only and is gone when this window closes.",
    "no_keyring": (
        "There is no keyring on this computer, so nothing can be signed. Install and unlock one (such as GNOME Keyring or "
        "KWallet), then start again. Until then you can read everything."
    ),
    "null_backend": (
        "The keyring is switched off (null backend): it would swallow the key. Remove that setting, then start again. Until "
        "then you can read everything."
    ),
    "plain_text": (
        "The keyring in use keeps secrets as plain text in a file. Remove the package keyrings.alt or choose the system's "
        "own keyring, then start again. Until then you can read everything."
    ),
    "foreign_backend": (
        "The keyring in use is not one this console trusts. Choose the system's own keyring, then start again. Until then "
        "you can read everything."
    ),
    "overridden": (
        "A setting outside this console (PYTHON_KEYRING_BACKEND or keyringrc.cfg) chooses another keyring. Remove it, then "
        "start again. Until then you can read everything."
    ),
    "locked": "The keyring is locked. Unlock it, then try again. Until then you can read everything.",
    "slow": (
        "The keyring did not answer. A question of the system may be waiting behind another window. Until it is answered "
        "you can read everything."
    ),
    "too_small": "The keyring refuses entries as long as a key. Ask your administrator. Until then you can read everything.",
    "reads_back_differently": (
        "The keyring did not give back what was put in, so it cannot be trusted with a key. Until that is repaired you can "
        "read everything."
    ),
    "broken": "The keyring does not work. Repair it, then start again. Until then you can read everything.",
}


@dataclass(frozen=True, slots=True)
class Looked:
    """What a look at the key store found."""

    situation: Situation

    @property
    def usable(self) -> bool:
        """Whether a key can be kept and used."""
        return self.situation in ("usable", "memory_only")

    @property
    def sentence(self) -> str:
        """What to tell the person."""
        return SENTENCES[self.situation]


class KeyStore(Protocol):
    """Keeps small secrets by name. Every call may block: run it in a thread."""

    def look(self) -> Looked:
        """Whether secrets can be kept here; tries it out."""
        ...

    def get(self, name: str) -> str | None:
        """A secret; none when there is none."""
        ...

    def put(self, name: str, secret: str) -> None:
        """Keeps a secret.

        Raises:
            NoKey: It cannot be kept; the sentence says what to do.
        """
        ...

    def remove(self, name: str) -> None:
        """Forgets a secret. Harmless when there is none."""
        ...


class MemoryKeyStore:
    """The demonstration's: in memory, and it says so."""

    def __init__(self) -> None:
        self._secrets: dict[str, str] = {}

    def look(self) -> Looked:
        return Looked("memory_only")

    def get(self, name: str) -> str | None:
        return self._secrets.get(name)

    def put(self, name: str, secret: str) -> None:
        self._secrets[name] = secret

    def remove(self, name: str) -> None:
        self._secrets.pop(name, None)

    def __repr__(self) -> str:
        return f"MemoryKeyStore({len(self._secrets)} kept)"
