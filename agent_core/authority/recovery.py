"""Moving the anchor: enough recovery keys say together where trust starts from now on (R-C7, DESIGN §4).

Recovery keys and not a vote of the admins: the house that needs this has lost its admins' keys, and most houses have one or
two admins. They are made apart, kept on paper, and pinned beside the anchor, outside the database; `need` of them must sign
the same words, each wherever its holder is. It must never count one key twice, and never a key that was not pinned.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from agent_core.authority.errors import CheckFailed
from agent_core.authority.verify import CLOCK_SKEW, Opened, open_envelope
from agent_core.contract.errors import Conflict, Forbidden, Invalid
from agent_core.contract.ids import KeyFingerprint
from agent_core.contract.operator_statements import ReanchorStatement, RecoveryKeysStatement
from agent_core.contract.statements import Envelope, fingerprint, strict_base64

SIGN_WITHIN = timedelta(days=7)
"""The longest a recovery statement lives: its signers may be far apart."""


@dataclass(frozen=True, slots=True)
class RecoverySet:
    """The recovery keys that are pinned: raw public keys in base64, and how many must sign together. None: nobody can."""

    need: int = 0
    keys: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Move:
    """Where trust starts from now on, and the statements that say so."""

    anchor: KeyFingerprint
    previous: KeyFingerprint
    then: RecoverySet
    opened: tuple[Opened, ...]


def recovery_set_of(statement: RecoveryKeysStatement | ReanchorStatement) -> RecoverySet:
    """The recovery keys a statement names.

    Raises:
        Invalid: `bad_recovery_keys` unless they are different keys, enough of them.
    """
    try:
        raw = [strict_base64(key) for key in statement.keys]
    except Invalid as error:
        raise _bad_keys() from error
    if any(len(key) != 32 for key in raw) or len(set(raw)) != len(raw) or statement.need > len(raw):
        raise _bad_keys()
    return RecoverySet(statement.need, statement.keys)


def check_move(
    envelopes: Sequence[Envelope],
    *,
    pinned: RecoverySet,
    anchor: KeyFingerprint | None,
    core: str,
    now: datetime,
) -> Move:
    """Whether enough recovery keys moved the anchor, with the same words.

    Args:
        envelopes: One of each signer.
        pinned: The recovery keys that count, from beside the anchor.
        anchor: The anchor so far.
        core: This core.
        now: The present moment.

    Raises:
        Conflict: `no_recovery_keys`, `too_few_recovery_keys`, `recovery_differs`.
        Forbidden: `not_a_recovery_key`.
        CheckFailed: An envelope does not hold.
    """
    if not pinned.need or anchor is None:
        raise Conflict("no_recovery_keys", "No recovery keys were named for this core, so its anchor cannot be moved.")
    known = {fingerprint(strict_base64(key)): strict_base64(key) for key in pinned.keys}
    signed: dict[KeyFingerprint, Opened] = {}
    for envelope in envelopes:
        signer = envelope.signatures[0].keyid if envelope.signatures else KeyFingerprint("")
        if signer not in known:
            raise Forbidden("not_a_recovery_key", "This was not signed by a recovery key of this core.", detail=signer)
        opened = open_envelope(envelope, known[signer], signer)
        _check_one(opened, anchor, core, now)
        signed[signer] = opened
    said = {_words(opened) for opened in signed.values()}
    if len(said) > 1:
        raise Conflict("recovery_differs", "The recovery keys did not sign the same. Nothing was changed.")
    if len(signed) < pinned.need:
        raise Conflict("too_few_recovery_keys", f"{pinned.need} different recovery keys must sign this; {len(signed)} did.")
    first = next(iter(signed.values()))
    assert isinstance(first.statement, ReanchorStatement)
    then = recovery_set_of(first.statement)
    return Move(first.statement.anchor, anchor, then, tuple(signed.values()))


def _check_one(opened: Opened, anchor: KeyFingerprint, core: str, now: datetime) -> None:
    statement = opened.statement
    if not isinstance(statement, ReanchorStatement):
        raise CheckFailed("bad_statement", detail=opened.digest)
    if statement.core != core:
        raise CheckFailed("wrong_core", detail=opened.digest)
    if statement.previous != anchor or statement.anchor == anchor:
        raise Conflict("recovery_differs", "This was signed for another anchor than the one that counts now.")
    if not timedelta(0) < statement.expires_at - statement.issued_at <= SIGN_WITHIN:
        raise CheckFailed("statement_expired", detail=opened.digest)
    if statement.issued_at > now + CLOCK_SKEW:
        raise CheckFailed("issued_in_future", detail=opened.digest)
    if now >= statement.expires_at:
        raise CheckFailed("statement_expired", detail=opened.digest)


def _words(opened: Opened) -> tuple[object, ...]:
    statement = opened.statement
    assert isinstance(statement, ReanchorStatement)
    return (statement.previous, statement.anchor, statement.need, statement.keys)


def _bad_keys() -> Invalid:
    return Invalid("bad_recovery_keys", "Recovery keys are different public keys, at least as many as must sign.")
