"""The ring of enrolled keys, folded from the core's log and proven by a chain of signed statements (R-C7, DESIGN §4).

The rows prove nothing; their signed envelopes do. Each enrolment must be signed by a key that was in the ring before it,
back to the anchor, whose fingerprint comes from outside the database. A row without such a proof is ignored and reported. So
a person with the database cannot enrol a key, raise a limit or widen a role. A revocation only narrows: it is honoured even
when its proof is damaged, and reported. (That a revocation was deleted, only the audit's checkpoints can show.)

Four eyes: nobody enrols themselves, except the first key, which becomes the anchor, and the only operator there is. Nobody
gives more than they have. Amending an enrolment is a newer statement about the same key that names the one it replaces; a
revoked key never returns, an expired one does by being amended. It
must never read `now`: a fold of the same rows is the same ring for ever.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from types import MappingProxyType

from agent_core.authority.errors import CheckFailed
from agent_core.authority.facts import OperatorFacts
from agent_core.authority.verify import Key, Verified, open_envelope, read_envelope, verify_envelope
from agent_core.contract.errors import Invalid
from agent_core.contract.events import AnchorSet, KeyRevoked, OperatorEnrolled, Recorded
from agent_core.contract.ids import BodyId, KeyFingerprint
from agent_core.contract.statements import (
    EnrolmentStatement,
    RevocationStatement,
    fingerprint,
    strict_base64,
)

Bodies = Mapping[BodyId, str]
"""Texts of the envelopes, by the id of their body."""

_ENROLLERS = frozenset({"admin", "lead"})


@dataclass(frozen=True, slots=True)
class Ignored:
    """A row of the core's log that proves nothing.

    Attributes:
        code: `anchor_mismatch`, `envelope_missing`, `row_differs`, `not_an_enrolment`, `not_a_revocation`, `not_anchored`,
            `enrols_themself`, `may_not_enrol`, `gives_more_than_it_has`, `not_newer`, `was_revoked`, `bad_public_key`,
            `operator_differs`, `replaces_another`, `never_valid`, `may_not_revoke`, `no_such_key`, or a code of `CHECKS`.
        honoured: A revocation whose proof is damaged counts all the same.
    """

    seq: int
    code: str
    honoured: bool = False


@dataclass(frozen=True, slots=True)
class KeyRing:
    """Every key ever enrolled with a proof, and the rows that have none.

    Attributes:
        anchor: The fingerprint trust starts at, from outside the database; none while nobody is enrolled.
        core: This core's instance: the audience of every statement.
    """

    anchor: KeyFingerprint | None
    core: str
    keys: Mapping[KeyFingerprint, Key] = field(default_factory=lambda: MappingProxyType({}))
    ignored: tuple[Ignored, ...] = ()

    @staticmethod
    def fold(records: Iterable[Recorded], anchor: KeyFingerprint | None, bodies: Bodies, *, core: str) -> "KeyRing":
        """The ring after the core's log.

        Args:
            records: The core's own stream, in order; other events are passed over.
            anchor: The fingerprint kept outside the database.
            bodies: The envelopes' texts.
            core: This core's instance.
        """
        ring = KeyRing(anchor=anchor, core=core)
        for record in records:
            ring = ring.after(record, bodies)
        return ring

    def get(self, fingerprint: KeyFingerprint, /) -> Key | None:
        """The enrolled key of a fingerprint, revoked ones included."""
        return self.keys.get(fingerprint)

    @property
    def active(self) -> tuple[Key, ...]:
        """Keys that count."""
        return tuple(key for key in self.keys.values() if not key.revoked)

    def after(self, record: Recorded, bodies: Bodies) -> "KeyRing":
        """The ring after one more event of the core's log."""
        event = record.event
        if isinstance(event, AnchorSet):
            return self if event.key == self.anchor else self._ignoring(record, "anchor_mismatch")
        if isinstance(event, OperatorEnrolled):
            try:
                return self._with(self._enrolled(event, record.at, _envelope_text(bodies, event.envelope.id)))
            except _NotProven as reason:
                return self._ignoring(record, reason.code)
        if isinstance(event, KeyRevoked):
            return self._after_revocation(event, record, bodies)
        return self

    def enrolment_fault(self, event: OperatorEnrolled, *, at: datetime, envelope: str) -> str | None:
        """Why an enrolment would be ignored, asked before it is appended; none when it would count.

        Args:
            event: The row about to be written.
            at: The moment it is written.
            envelope: The text of its signed envelope.
        """
        try:
            self._enrolled(event, at, envelope)
        except _NotProven as reason:
            return reason.code
        return None

    def revocation_fault(self, event: KeyRevoked, *, at: datetime, envelope: str) -> str | None:
        """Why a revocation has no proof, asked before it is appended; none when it has."""
        key = self.keys.get(event.key)
        if key is None:
            return "no_such_key"
        try:
            verified = verify_envelope(read_envelope(envelope), keys=self, now=at, audience=self.core)
        except CheckFailed as error:
            return error.code
        return _revocation_fault(event, verified, key)

    def _enrolled(self, event: OperatorEnrolled, at: datetime, envelope: str) -> Key:
        public = _public_key(event.public_key)
        own = fingerprint(public)
        first = own == self.anchor and not self.keys
        try:
            if first:
                opened = open_envelope(read_envelope(envelope), public, own)
                statement, digest, signer = opened.statement, opened.digest, None
            else:
                verified = verify_envelope(read_envelope(envelope), keys=self, now=at, audience=self.core)
                statement, digest, signer = verified.statement, verified.digest, verified.key
        except CheckFailed as error:
            raise _NotProven("not_anchored" if error.code == "unknown_key" else error.code) from error
        if not isinstance(statement, EnrolmentStatement):
            raise _NotProven("not_an_enrolment")
        if not _row_agrees(event, statement, digest, own):
            raise _NotProven("row_differs")
        operator = OperatorFacts(
            id=statement.operator,
            role=statement.role,
            brands=statement.brands,
            limit=statement.limit,
            simulated=statement.simulated,
            day_limit=statement.day_limit,
            day_count=statement.day_count,
        )
        if statement.not_after is not None and statement.not_after <= statement.issued_at:
            raise _NotProven("never_valid")
        if signer is None:
            self._check_first(statement)
        else:
            self._check_signer(signer, operator, own, statement)
        return Key(
            fingerprint=own,
            public=public,
            operator=operator,
            valid_from=statement.issued_at,
            statement=digest,
            enrolled_by=statement.signed_by.key,
            not_after=statement.not_after,
        )

    def _check_first(self, statement: EnrolmentStatement) -> None:
        """The anchor enrols itself, as itself, for this core."""
        if statement.core != self.core:
            raise _NotProven("wrong_core")
        if statement.signed_by.operator != statement.operator or statement.signed_by.role != statement.role:
            raise _NotProven("operator_differs")
        if statement.replaces is not None:
            raise _NotProven("replaces_another")

    def _check_signer(
        self, signer: Key, operator: OperatorFacts, own: KeyFingerprint, statement: EnrolmentStatement
    ) -> None:
        known = self.keys.get(own)
        if known is not None and known.revoked:
            raise _NotProven("was_revoked")
        if known is not None and known.operator.id != operator.id:
            raise _NotProven("operator_differs")
        if known is not None and statement.issued_at <= known.valid_from:
            raise _NotProven("not_newer")
        if statement.replaces != (None if known is None else known.statement):
            raise _NotProven("replaces_another")
        if signer.operator.role not in _ENROLLERS or signer.operator.simulated:
            raise _NotProven("may_not_enrol")
        alone = all(key.operator.id == signer.operator.id for key in self.active)
        if signer.operator.id == operator.id and not alone:
            raise _NotProven("enrols_themself")
        if not _gives_at_most(signer.operator, operator):
            raise _NotProven("gives_more_than_it_has")

    def _after_revocation(self, event: KeyRevoked, record: Recorded, bodies: Bodies) -> "KeyRing":
        key = self.keys.get(event.key)
        if key is None:
            return self._ignoring(record, "no_such_key")
        envelope = bodies.get(event.envelope.id)
        fault = "envelope_missing" if envelope is None else self.revocation_fault(event, at=record.at, envelope=envelope)
        ring = self._with(replace(key, revoked=True))
        return ring if fault is None else ring._ignoring(record, fault, honoured=True)

    def _with(self, key: Key) -> "KeyRing":
        return replace(self, keys=MappingProxyType({**self.keys, key.fingerprint: key}))

    def _ignoring(self, record: Recorded, code: str, *, honoured: bool = False) -> "KeyRing":
        return replace(self, ignored=(*self.ignored, Ignored(seq=record.seq, code=code, honoured=honoured)))


class _NotProven(Exception):
    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def _envelope_text(bodies: Bodies, body: BodyId) -> str:
    text = bodies.get(body)
    if text is None:
        raise _NotProven("envelope_missing")
    return text


def _public_key(text: str) -> bytes:
    try:
        public = strict_base64(text)
    except Invalid as error:
        raise _NotProven("bad_public_key") from error
    if len(public) != 32:
        raise _NotProven("bad_public_key")
    return public


def _row_agrees(event: OperatorEnrolled, statement: EnrolmentStatement, digest: str, own: KeyFingerprint) -> bool:
    """Whether the row says what was signed: what is shown is what is proven."""
    row = (
        event.operator, event.role, event.brands, event.limit, event.day_limit, event.day_count, event.public_key,
        event.not_after, event.replaces, event.simulated, event.signed_by,
    )  # fmt: skip
    signed = (
        statement.operator, statement.role, statement.brands, statement.limit, statement.day_limit, statement.day_count,
        statement.public_key, statement.not_after, statement.replaces, statement.simulated, statement.signed_by.key,
    )  # fmt: skip
    return row == signed and event.key == own and event.statement == digest and event.name.digest == statement.name_digest


def _gives_at_most(giver: OperatorFacts, taker: OperatorFacts) -> bool:
    """Whether an enrolment gives no more role, brands or money than its signer has."""
    if giver.role != "admin" and taker.role == "admin":
        return False
    everywhere = giver.brands == ("*",)
    if not everywhere and ("*" in taker.brands or not set(taker.brands) <= set(giver.brands)):
        return False
    return _limit_within(giver, taker) and _days_within(giver, taker)


def _days_within(giver: OperatorFacts, taker: OperatorFacts) -> bool:
    """None means the house's own limit, which is the largest there is."""
    if giver.day_count is not None and (taker.day_count is None or taker.day_count > giver.day_count):
        return False
    mine, theirs = giver.day_limit, taker.day_limit
    if mine is None:
        return True
    return theirs is not None and theirs.currency == mine.currency and theirs.amount_minor <= mine.amount_minor


def _limit_within(giver: OperatorFacts, taker: OperatorFacts) -> bool:
    if giver.role == "admin" and giver.limit is None:
        return True
    if taker.limit is None:
        return taker.role != "admin"
    mine = giver.limit
    return mine is not None and mine.currency == taker.limit.currency and taker.limit.amount_minor <= mine.amount_minor


def _revocation_fault(event: KeyRevoked, verified: Verified, key: Key) -> str | None:
    statement, by = verified.statement, verified.operator
    if not isinstance(statement, RevocationStatement):
        return "not_a_revocation"
    if statement.key != event.key or event.statement != verified.digest or event.operator != by.id:
        return "row_differs"
    if by.id != key.operator.id and (by.role not in _ENROLLERS or by.simulated):
        return "may_not_revoke"
    return None
