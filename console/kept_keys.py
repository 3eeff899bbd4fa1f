"""Which of this person's keys are kept for a core, each under a name of its own, in the key store (R-M7, R-C7).

One is this person's. Beside it may lie a successor that the core was told of or not, a key that was proven with a one-time
code and that nobody has countersigned yet, one that recovery keys have named, and the one that counted before. Every call
may block: run it in a thread. It must never write over a key that may still count: whoever loses the only one loses all.
"""

import contextlib
import json
from dataclasses import replace
from typing import Any, Final

from pydantic import TypeAdapter

from agent_core.contract.clock import Clock
from agent_core.contract.ids import KeyFingerprint, OperatorId
from agent_core.contract.statements import ConsoleIdentity, Role
from console.headless.errors import NoKey
from console.headless.keys import KeyStore
from console.headless.signing import KeyPair, Signer, new_operator
from console.state import sentences

_ROLE: Final[TypeAdapter[Role]] = TypeAdapter(Role)
FIRST_ROLE: Final[Role] = "admin"


class KeptKeys:
    """The keys of one person at one console.

    Args:
        keys: Where they lie.
        console: How statements name this console.
        clock: The time statements are signed at.
    """

    def __init__(self, keys: KeyStore, console: ConsoleIdentity, clock: Clock) -> None:
        self._keys = keys
        self._console = console
        self._clock = clock

    def own(self, core: str) -> Signer | None:
        """This person's key; none when there is none.

        Raises:
            NoKey: The store refuses, or what is kept is no key.
        """
        return self._read(_own(core))

    def waiting(self, core: str) -> tuple[Signer, ...]:
        """Keys that count as soon as the core says so: a successor, and one proven with a code."""
        found = (self._read(name(core)) for name in (_successor, _invited))
        return tuple(each for each in found if each is not None)

    def holds(self, core: str, key: KeyFingerprint) -> bool:
        """Whether a key is still one of those that may count here.

        Raises:
            NoKey: The store refuses, or what is kept is no key.
        """
        return any(
            signer is not None and signer.key.fingerprint == key
            for signer in (self._read(name(core)) for name in (_own, _successor, _invited))
        )

    def keep_own(self, core: str, signer: Signer) -> None:
        """From now on this is the person's key. Another one that was it is kept aside."""
        before = self._keys.get(_own(core))
        if before is not None and (known := self._known(before)) is not None and not _same(known, signer):
            self._keys.put(_former(core), before)
        if before != _text(signer):
            self._keys.put(_own(core), _text(signer))

    def first(self, core: str, name: str) -> Signer:
        """A key for the first enrolment, kept before it is told to anybody.

        The answer of an earlier try may have been lost: so the same key is told again, never another one.
        """
        kept, prepared = self._known(self._keys.get(_own(core))), self._keys.get(_prepared(core))
        key = None if prepared is None else KeyPair.from_seed(prepared)
        if kept is not None and (key is None or key.fingerprint == kept.key.fingerprint):
            signer = replace(kept, role=FIRST_ROLE)
        else:
            signer = Signer(key or KeyPair.new(), new_operator(name), FIRST_ROLE, self._console, self._clock)
        self.keep_own(core, signer)
        return signer

    def prepared(self, core: str) -> KeyFingerprint:
        """The key that the next first enrolment uses, made now if there is none."""
        kept = self._keys.get(_prepared(core))
        if kept is None:
            kept = KeyPair.new().seed()
            self._keys.put(_prepared(core), kept)
        return KeyPair.from_seed(kept).fingerprint

    def successor(self, core: str, own: Signer) -> Signer:
        """A key to follow one's own, kept before the core is told. One that may have been told already is told again."""
        kept = self._known(self._keys.get(_successor(core)))
        if kept is not None and not _same(kept, own):
            return replace(kept, role=own.role)
        made = Signer(KeyPair.new(), own.operator, own.role, self._console, self._clock)
        self._keys.put(_successor(core), _text(made))
        return made

    def forget_successor(self, core: str) -> None:
        """The core did not take it: the next one is made anew."""
        self._keys.remove(_successor(core))

    def invited(self, core: str, operator: OperatorId, role: Role) -> tuple[Signer, str | None]:
        """A new key for an invitation, kept before it is proven; and what was kept there before."""
        before = self._keys.get(_invited(core))
        made = Signer(KeyPair.new(), operator, role, self._console, self._clock)
        self._keys.put(_invited(core), _text(made))
        return made, before

    def not_invited(self, core: str, before: str | None) -> None:
        """The core did not take it: what lay there before lies there again."""
        with contextlib.suppress(NoKey):
            if before is None:
                self._keys.remove(_invited(core))
            else:
                self._keys.put(_invited(core), before)

    def _read(self, name: str) -> Signer | None:
        kept = self._keys.get(name)
        return None if kept is None else self._of(kept)

    def _known(self, kept: str | None) -> Signer | None:
        """What is kept, if it is a key."""
        try:
            return None if kept is None else self._of(kept)
        except NoKey:
            return None

    def _of(self, kept: str) -> Signer:
        try:
            value: dict[str, Any] = json.loads(kept)
            key = KeyPair.from_seed(str(value["seed"]))
            role = _ROLE.validate_python(value["role"])
            return Signer(key, OperatorId(str(value["operator"])), role, self._console, self._clock)
        except (ValueError, KeyError, TypeError):
            # Without its cause: that would show what is kept.
            raise NoKey("bad_key", sentences.KEY_DAMAGED) from None


def _same(one: Signer, other: Signer) -> bool:
    return one.key.fingerprint == other.key.fingerprint


def _text(signer: Signer) -> str:
    return json.dumps({"seed": signer.key.seed(), "operator": signer.operator, "role": signer.role})


def _own(core: str) -> str:
    return f"operator:{core}"


def _successor(core: str) -> str:
    return f"successor:{core}"


def _invited(core: str) -> str:
    return f"invited:{core}"


def _prepared(core: str) -> str:
    return f"prepared:{core}"


def _former(core: str) -> str:
    return f"former:{core}"
