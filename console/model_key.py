"""The key of a real model: in the operating system's keyring, handed to the core when it starts, and nowhere else (R-M7).

Every call may block: run it in a thread. It must never be written to a file, a log or the state.
"""

import re
from typing import Final

from pydantic import SecretStr

from console import texts_model
from console.headless.errors import NoKey
from console.headless.keys import KeyStore

MODEL_KEY: Final = "anthropic"
"""Its name in the keyring."""

_FORM = re.compile(r"[\x21-\x7e]{20,400}")


def looks_like_a_key(given: str) -> bool:
    """Whether what somebody pasted can be a key at all: one word of plain signs, not too short."""
    return _FORM.fullmatch(given.strip()) is not None


def model_key(keys: KeyStore) -> SecretStr | None:
    """The real model's key, if the keyring has one."""
    try:
        found = keys.get(MODEL_KEY) if keys.look().usable else None
    except NoKey:
        return None
    return SecretStr(found) if found else None


def keep_model_key(keys: KeyStore, given: SecretStr) -> None:
    """Keep it.

    Raises:
        NoKey: There is no keyring to keep it in; the sentence says what to do.
    """
    looked = keys.look()
    if not looked.usable:
        raise NoKey("no_keyring", texts_model.NOT_KEPT)
    keys.put(MODEL_KEY, given.get_secret_value().strip())


def forget_model_key(keys: KeyStore) -> None:
    """Take it out of the keyring again; harmless where there is none."""
    if keys.look().usable:
        keys.remove(MODEL_KEY)
