"""Where a key is kept: the system's keyring, nothing else; each thing that can be wrong has its own sentence (R-M7, S10)."""

import threading
from typing import Any

import pytest
from keyring.backend import KeyringBackend
from keyring.backends import fail, null
from keyring.compat import properties
from keyring.errors import InitError, KeyringLocked, PasswordDeleteError, PasswordSetError

from console.headless.errors import NoKey
from console.headless.keys import MemoryKeyStore, Situation
from console.headless.signing import KeyPair
from console.keyring_store import TRUSTED, KeyringStore
from console.texts_headless import KEYRING as SENTENCES


class Drawer(KeyringBackend):
    """A keyring in memory, that can be broken in every way the real ones are."""

    @properties.classproperty
    def priority(cls) -> float:
        """Raises: keyring then never chooses it by itself, in this session or for another test."""
        raise RuntimeError("of these tests only")

    def __init__(self, fault: str = "") -> None:
        super().__init__()
        self.fault = fault
        self.kept: dict[tuple[str, str], str] = {}
        self.answer = threading.Event()

    def get_password(self, service: str, username: str) -> str | None:
        if self.fault == "slow":
            self.answer.wait(300)
        if self.fault == "other":
            return "something else"
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        if self.fault == "locked":
            raise KeyringLocked("collection is locked")
        if self.fault == "dismissed":
            raise InitError("Prompt dismissed")
        if self.fault == "small" and len(password) > 20:
            raise PasswordSetError("The stub received bad data")
        if self.fault == "broken":
            raise OSError("bus is gone: secret words")
        if self.fault != "swallows":
            self.kept[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        if (service, username) not in self.kept:
            raise PasswordDeleteError("no such")
        del self.kept[service, username]


MINE = frozenset({f"{Drawer.__module__}.{Drawer.__qualname__}"})


class PlaintextKeyring(Drawer):
    """Named as the plain-text backends are."""


@pytest.fixture(autouse=True)
def _no_override(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PYTHON_KEYRING_BACKEND", raising=False)


def store(backend: Any, *, trusted: frozenset[str] = MINE, patience: float = 300) -> KeyringStore:
    return KeyringStore(lambda: backend, trusted=trusted, patience=patience)


@pytest.mark.parametrize(
    ("backend", "situation"),
    [
        (Drawer(), "usable"),
        (fail.Keyring(), "no_keyring"),
        (null.Keyring(), "null_backend"),
        (PlaintextKeyring(), "plain_text"),
        (Drawer("locked"), "locked"),
        (Drawer("dismissed"), "locked"),
        (Drawer("small"), "too_small"),
        (Drawer("other"), "reads_back_differently"),
        (Drawer("swallows"), "reads_back_differently"),
        (Drawer("broken"), "broken"),
    ],
    ids=lambda value: value if isinstance(value, str) else type(value).__name__,
)
def test_S10_each_situation_is_known_and_leaves_nothing_behind(backend: Any, situation: Situation) -> None:
    looked = store(backend).look()
    assert looked.situation == situation
    assert looked.usable == (situation == "usable")
    assert looked.sentence == SENTENCES[situation]
    assert getattr(backend, "kept", {}) == {}


def test_S10_a_backend_nobody_named_is_refused_also_when_a_setting_chose_it(monkeypatch: pytest.MonkeyPatch) -> None:
    foreign = store(Drawer(), trusted=TRUSTED)
    assert foreign.look().situation == "foreign_backend"
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "somebody.elses.Keyring")
    assert foreign.look().situation == "overridden"
    with pytest.raises(NoKey) as refused:
        foreign.put("key", "secret")
    assert refused.value.code == "overridden"


def test_S10_a_keyring_that_does_not_answer_is_slow_and_does_not_hold_the_console() -> None:
    backend = Drawer("slow")
    try:
        kept = store(backend, patience=0.05)
        assert kept.look().situation == "slow"
        with pytest.raises(NoKey) as refused:
            kept.get("key")
        assert refused.value.code == "slow"
    finally:
        backend.answer.set()


def test_S10_while_a_call_hangs_nothing_else_is_asked_and_nothing_is_written_late_over_what_came_since() -> None:
    backend = Drawer()
    slow, hangs = threading.Event(), threading.Event()
    asked: list[str] = []

    class Hanging(Drawer):
        def set_password(self, service: str, username: str, password: str) -> None:
            asked.append(password)
            hangs.set()
            slow.wait(300)
            backend.kept[service, username] = password

        def get_password(self, service: str, username: str) -> str | None:
            return backend.kept.get((service, username))

    mine = frozenset({f"{Hanging.__module__}.{Hanging.__qualname__}"})
    kept = KeyringStore(Hanging, trusted=mine, patience=0.05)
    for secret in ("first", "second"):
        with pytest.raises(NoKey) as refused:
            kept.put("key", secret)
        assert refused.value.code == "slow"
    assert hangs.wait(300)
    assert asked == ["first"], "one question of the system is before the person, not two"
    (hanging,) = kept._given_up  # pyright: ignore[reportPrivateUsage] - waited for, so that the test never sleeps
    slow.set()
    hanging.join(300)
    kept._patience = 300  # pyright: ignore[reportPrivateUsage] - what answers is waited for, however slow this machine is
    assert kept.get("key") == "first"
    kept.put("key", "third")
    assert kept.get("key") == "third"


def test_S10_every_sentence_says_what_to_do_and_that_nothing_is_decided_until_then() -> None:
    for situation, sentence in SENTENCES.items():
        assert sentence.endswith(".")
        if situation not in ("usable", "memory_only"):
            assert "nothing can be decided here" in sentence.lower()
    assert len(set(SENTENCES.values())) == len(SENTENCES)


def test_R_M7_a_key_is_kept_read_back_and_forgotten_and_never_shown() -> None:
    backend = Drawer()
    kept, key = store(backend), KeyPair.new()
    kept.put("operator", key.seed())
    found = kept.get("operator")
    assert found is not None
    assert KeyPair.from_seed(found).fingerprint == key.fingerprint
    for shown in (repr(kept), repr(key), str(key)):
        assert key.seed() not in shown
    kept.remove("operator")
    kept.remove("operator")
    assert kept.get("operator") is None


def test_R_M7_errors_of_a_keyring_never_carry_its_words_or_a_secret() -> None:
    with pytest.raises(NoKey) as refused:
        store(Drawer("broken")).put("operator", "top-secret-seed")
    assert "secret words" not in str(refused.value)
    assert "top-secret-seed" not in repr(refused.value)
    assert refused.value.__cause__ is None
    with pytest.raises(NoKey, match="did not give back"):
        store(Drawer("other")).put("operator", "x")
    with pytest.raises(NoKey):
        store(Drawer()).put("operator", "x" * 1_281)


def test_the_demonstration_keeps_its_key_in_memory_and_says_so() -> None:
    kept = MemoryKeyStore()
    assert kept.look().usable
    assert "memory only" in kept.look().sentence
    kept.put("operator", "seed")
    assert (kept.get("operator"), "seed" in repr(kept)) == ("seed", False)
    kept.remove("operator")
    assert kept.get("operator") is None


def test_a_damaged_seed_is_one_sentence() -> None:
    for text in ("", "abc", "é", "A" * 44):
        with pytest.raises(NoKey, match="damaged"):
            KeyPair.from_seed(text + "=")


@pytest.mark.keyring
def test_R_M7_the_real_keyring_keeps_a_key() -> None:
    kept, key = KeyringStore(), KeyPair.new()
    assert kept.look().situation == "usable"
    kept.put("test-operator", key.seed())
    assert kept.get("test-operator") == key.seed()
    kept.remove("test-operator")
    assert kept.get("test-operator") is None
