"""Where an operator's key is kept: a port, and the store of the demonstration, which keeps nothing (R-M7).

A console asks `look()` first and shows its sentence when it cannot be used; it is then read-only. It must never fall back to
a file, an environment variable or anything else that is not the operating system's own keyring.
"""

from dataclasses import dataclass
from typing import Literal, Protocol

from console import texts_headless

Situation = Literal[
    "usable", "memory_only", "no_keyring", "null_backend", "plain_text", "foreign_backend", "overridden", "locked",
    "slow", "too_small", "reads_back_differently", "broken",
]  # fmt: skip


def sentence(situation: Situation) -> str:
    """What to tell a person about their key store."""
    return texts_headless.KEYRING[situation]


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
        return sentence(self.situation)


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
