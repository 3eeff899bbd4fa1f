"""The operating system's keyring, and the only module of the console that opens it (R-M7).

`keyring` may silently choose a plain-text file, or a backend that swallows what it is given (both measured). So backends are
on a list, and each start writes, reads back, compares and deletes. Whatever is not clearly right is a situation with its own
sentence, and the console is read-only. It must never fall back to a file, and never put a secret into a log or an error.
"""

import os
import queue
import secrets
import threading
from collections.abc import Callable
from typing import Final, TypeVar

import keyring.core
from keyring.backend import KeyringBackend
from keyring.errors import InitError, KeyringError, KeyringLocked, NoKeyringError

from console.headless.errors import NoKey
from console.headless.keys import Looked, Situation, sentence

SERVICE: Final = "countersign"
PATIENCE_SECONDS: Final = 10.0
LONGEST: Final = 1_000
"""Characters of one entry; Windows takes 1,280 at most."""

TRUSTED: Final = frozenset({
    "keyring.backends.SecretService.Keyring",
    "keyring.backends.libsecret.Keyring",
    "keyring.backends.kwallet.DBusKeyring",
    "keyring.backends.kwallet.DBusKeyringKWallet4",
    "keyring.backends.macOS.Keyring",
    "keyring.backends.Windows.WinVaultKeyring",
})  # fmt: skip
_CHAINER: Final = "keyring.backends.chainer.ChainerBackend"

_T = TypeVar("_T")


class KeyringStore:
    """A `KeyStore` over the system's keyring.

    Args:
        backend: Gives the keyring; the system's own choice unless a test passes another.
        trusted: Names of backend classes that may be used.
        patience: Seconds a keyring may take; one that asks the person takes longer and counts as slow.
    """

    def __init__(
        self,
        backend: Callable[[], KeyringBackend] = keyring.core.get_keyring,
        *,
        trusted: frozenset[str] = TRUSTED,
        patience: float = PATIENCE_SECONDS,
    ) -> None:
        self._backend = backend
        self._trusted = trusted
        self._patience = patience
        self._given_up: list[threading.Thread] = []
        """Calls that nobody waits for any more and that the keyring may answer yet."""

    def look(self) -> Looked:
        """Whether keys can be kept here; writes, reads back and deletes one to know."""
        try:
            return Looked(self._in_time(self._probe))
        except _Slow:
            return Looked("slow")

    def get(self, name: str) -> str | None:
        """A secret; none when there is none.

        Raises:
            NoKey: The keyring cannot be used now.
        """
        return self._guarded(lambda backend: backend.get_password(SERVICE, name))

    def put(self, name: str, secret: str) -> None:
        """Keeps a secret, and reads it back before it counts as kept.

        Raises:
            NoKey: It cannot be kept.
        """
        if len(secret) > LONGEST or not secret.isascii():
            raise NoKey("too_small", sentence("too_small"))

        def keep(backend: KeyringBackend) -> bool:
            backend.set_password(SERVICE, name, secret)
            return backend.get_password(SERVICE, name) == secret

        if not self._guarded(keep):
            raise NoKey("reads_back_differently", sentence("reads_back_differently"))

    def remove(self, name: str) -> None:
        """Forgets a secret. Harmless when there is none."""

        def forget(backend: KeyringBackend) -> None:
            if backend.get_password(SERVICE, name) is not None:
                backend.delete_password(SERVICE, name)

        self._guarded(forget)

    def __repr__(self) -> str:
        return "KeyringStore()"

    def _probe(self) -> Situation:
        try:
            backend = self._backend()
            distrust = self._distrust(backend)
            return distrust or _try_out(backend)
        except (KeyringLocked, NoKeyringError, InitError, KeyringError, RuntimeError, OSError, ValueError) as error:
            return _situation(error)
        except Exception as error:  # noqa: BLE001 - backends raise whatever their libraries raise; none of it may pass
            return _situation(error)

    def _distrust(self, backend: KeyringBackend) -> Situation | None:
        """Why a backend may not be used; none when it may."""
        name = _name(backend)
        if name == _CHAINER:
            parts = list(getattr(backend, "backends", ()))
            return next((found for part in parts if (found := self._distrust(part))), None) if parts else "no_keyring"
        if name in self._trusted:
            return None
        if name.startswith("keyring.backends.fail."):
            return "no_keyring"
        if name.startswith("keyring.backends.null."):
            return "null_backend"
        if name.startswith("keyrings.alt.") or "Plaintext" in name:
            return "plain_text"
        return "overridden" if os.environ.get("PYTHON_KEYRING_BACKEND") else "foreign_backend"

    def _guarded(self, work: Callable[[KeyringBackend], _T]) -> _T:
        def careful() -> _T:
            backend = self._backend()
            distrust = self._distrust(backend)
            if distrust is not None:
                raise NoKey(distrust, sentence(distrust))
            return work(backend)

        try:
            return self._in_time(careful)
        except NoKey:
            raise
        except _Slow:
            raise NoKey("slow", sentence("slow")) from None
        except Exception as error:  # noqa: BLE001 - whatever a backend raises has a sentence
            found = _situation(error)
            raise NoKey(found, sentence(found)) from None

    def _in_time(self, work: Callable[[], _T]) -> _T:
        """Runs `work` in a thread of its own: a keyring may wait for a person for ever.

        While a call that was given up still hangs, nothing else is asked: it may write late, over what was kept since, and
        each further one would be another window that asks the person.
        """
        self._given_up = [each for each in self._given_up if each.is_alive()]
        if self._given_up:
            raise _Slow
        answers: queue.SimpleQueue[tuple[_T | None, BaseException | None]] = queue.SimpleQueue()

        def run() -> None:
            try:
                answers.put((work(), None))
            except BaseException as error:  # noqa: BLE001 - handed to the caller
                answers.put((None, error))

        asked = threading.Thread(target=run, name="keyring", daemon=True)
        asked.start()
        try:
            value, error = answers.get(timeout=self._patience)
        except queue.Empty:
            self._given_up.append(asked)
            raise _Slow from None
        if error is not None:
            raise error
        return value  # pyright: ignore[reportReturnType] - a value or an error, never neither


class _Slow(Exception):
    """The keyring did not answer in time."""


def _try_out(backend: KeyringBackend) -> Situation:
    """Writes something as long as a key, reads it back, deletes it."""
    name, secret = f"probe-{secrets.token_hex(6)}", secrets.token_hex(22)
    try:
        backend.set_password(SERVICE, name, secret)
    except Exception as error:  # noqa: BLE001 - likewise
        found = _situation(error)
        if found == "broken" and _takes(backend, name, "short"):
            return "too_small"
        return found
    found_back = backend.get_password(SERVICE, name)
    try:
        backend.delete_password(SERVICE, name)
    except KeyringError:
        return "reads_back_differently" if found_back != secret else "broken"
    gone = backend.get_password(SERVICE, name) is None
    return "usable" if found_back == secret and gone else "reads_back_differently"


def _takes(backend: KeyringBackend, name: str, secret: str) -> bool:
    try:
        backend.set_password(SERVICE, name, secret)
        backend.delete_password(SERVICE, name)
    except Exception:  # noqa: BLE001 - only asked whether it works
        return False
    return True


def _situation(error: BaseException) -> Situation:
    """What an error of a keyring means. Its words are the system's and are not shown."""
    if isinstance(error, KeyringLocked):
        return "locked"
    if isinstance(error, NoKeyringError):
        return "no_keyring"
    if isinstance(error, InitError):
        # "Prompt dismissed": a service is there, and nobody could unlock it.
        return "locked"
    return "broken"


def _name(backend: KeyringBackend) -> str:
    return f"{type(backend).__module__}.{type(backend).__qualname__}"
