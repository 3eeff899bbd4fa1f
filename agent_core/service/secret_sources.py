"""Where credentials of systems come from when nobody handed them over: the environment, or the core's own keyring (R-B3).

By name: a brand's name and the one that `tools.yaml` gives the secret. Asked when a release goes live, so a name that an
edit adds is found without a restart. It must never write a value anywhere but into the keyring, log one, or fall back to a
keyring that keeps it in the clear.
"""

import os
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, Protocol

import structlog
from pydantic import SecretStr

log = structlog.get_logger(__name__)

PREFIX: Final = "COUNTERSIGN_SECRET"
SERVICE: Final = "countersign-core"
"""Under this name the system's keyring keeps the core's entries."""
CORE: Final = "core"
"""In place of a brand: secrets of the installation itself, such as `anthropic_key`."""

MOST_CHARACTERS: Final = 8_192
_NOT_A_NAME: Final = re.compile(r"[^A-Z0-9]+")
_SYSTEM_KEYRINGS: Final = ("SecretService", "kwallet", "libsecret", "macOS", "Windows")
"""Modules of `keyring.backends` that are an operating system's own."""


class SecretSource(Protocol):
    """Something that may know a secret. `place` says where, in words without a value."""

    place: str

    def find(self, brand: str, name: str) -> SecretStr | None:
        """The secret of that name; none where it is not here."""
        ...


def variable(brand: str, name: str) -> str:
    """The environment variable that holds a secret: `COUNTERSIGN_SECRET_LUMEN_STOCK_KEY`."""
    return "_".join((PREFIX, *(_NOT_A_NAME.sub("_", part.upper()).strip("_") for part in (brand, name))))


class Environment:
    """Variables of the process, as whoever starts a service sets them."""

    place = "the environment"

    def __init__(self, values: Mapping[str, str] | None = None) -> None:
        self._values = os.environ if values is None else values

    def find(self, brand: str, name: str) -> SecretStr | None:
        """What the variable holds; an empty one is none."""
        value = self._values.get(variable(brand, name), "")
        return SecretStr(value) if 0 < len(value) <= MOST_CHARACTERS else None


class KeyringUnusable(Exception):
    """The keyring is none, keeps things in the clear, or does not answer. Its text names no value."""


class CoreKeyring:
    """The operating system's keyring, under the core's own name. Its calls may block, so it is asked only where wanted.

    Args:
        backend: Another one, for tests; the system's own unless given.
    """

    place = "the keyring"

    def __init__(self, backend: Any = None) -> None:
        self._backend = backend

    def find(self, brand: str, name: str) -> SecretStr | None:
        """What the keyring holds; none where it holds nothing or cannot be used, which is logged."""
        try:
            value = self._asked(lambda keyring: keyring.get_password(SERVICE, entry(brand, name)))
        except KeyringUnusable as error:
            log.warning("keyring_unusable", reason=str(error))
            return None
        return SecretStr(value) if value else None

    def put(self, brand: str, name: str, value: str) -> None:
        """Keeps a secret, and makes sure that it is given back.

        Raises:
            KeyringUnusable: It is not kept.
        """
        self._asked(lambda keyring: keyring.set_password(SERVICE, entry(brand, name), value))
        if self._asked(lambda keyring: keyring.get_password(SERVICE, entry(brand, name))) != value:
            raise KeyringUnusable("It did not give back what was put in.")

    def remove(self, brand: str, name: str) -> bool:
        """Forgets a secret. Answers whether there was one.

        Raises:
            KeyringUnusable: Nobody knows.
        """
        if self._asked(lambda keyring: keyring.get_password(SERVICE, entry(brand, name))) is None:
            return False
        self._asked(lambda keyring: keyring.delete_password(SERVICE, entry(brand, name)))
        return True

    def _asked(self, ask: Callable[[Any], Any]) -> Any:
        try:
            return ask(self._backend or _system_keyring())
        except KeyringUnusable:
            raise
        except Exception as error:  # noqa: BLE001 - backends raise what their system raises, and its text may hold anything
            raise KeyringUnusable(f"The keyring does not work ({type(error).__name__}).") from None


def entry(brand: str, name: str) -> str:
    """What an entry of the keyring is called."""
    return f"{brand}/{name}"


def _system_keyring() -> Any:
    """The operating system's own keyring.

    Raises:
        KeyringUnusable: There is none, or another one stands in its place.
    """
    import keyring  # its backends are looked for when it is loaded

    found = keyring.get_keyring()
    inner: Sequence[Any] = getattr(found, "backends", None) or (found,)  # a chain asks each of its own
    for each in inner:
        module = type(each).__module__
        if not module.startswith("keyring.backends.") or module.rsplit(".", 1)[-1] not in _SYSTEM_KEYRINGS:
            raise KeyringUnusable("There is no keyring of the system's own here, or another one stands in its place.")
    return found


class InOrder:
    """Several sources: the first that knows it."""

    place = "several places"

    def __init__(self, sources: Sequence[SecretSource]) -> None:
        self._sources = tuple(sources)

    def find(self, brand: str, name: str) -> SecretStr | None:
        """The secret, from the first source that has it."""
        for source in self._sources:
            found = source.find(brand, name)
            if found is not None:
                return found
        return None

    def where(self, brand: str, name: str) -> str | None:
        """Where it would come from, in words; none where nobody knows it."""
        return next((source.place for source in self._sources if source.find(brand, name) is not None), None)
