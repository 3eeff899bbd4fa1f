"""The ring of enrolled keys, folded from the core's log and proven by a chain of signed statements (R-C7, DESIGN §4).

The rows prove nothing; their signed envelopes do. Each enrolment must be signed by a key that was in the ring before it,
back to the anchor, whose fingerprint comes from outside the database. A row without such a proof is ignored and reported. So
a person with the database cannot enrol a key, raise a limit or widen a role. A revocation only narrows: it is honoured even
when its proof is damaged, and reported. (That a revocation was deleted, only the audit's checkpoints can show.)

Four eyes: nobody enrols themselves, except the first key, which becomes the anchor, and the only operator there is. Nobody
gives more than they have. Amending an enrolment is a newer statement about the same key that names the one it replaces; a
revoked key never returns, a stopped or an expired one does by being amended. A key that was rotated names its successor, and
falls with it when it is revoked. Where the anchor was moved, nothing of before counts but revocations. It
must never read `now`: a fold of the same rows is the same ring for ever.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from types import MappingProxyType

from agent_core.authority.errors import CheckFailed
from agent_core.authority.facts import OperatorFacts
from agent_core.authority.inviting import Invitations, Invited, acceptance_fault, enrolment_fits, invitation_fault
from agent_core.authority.succession import rotation_fault, successor
from agent_core.authority.verify import Key, Verified, check_times, open_envelope, read_envelope, verify_envelope
from agent_core.contract.base import Digest
from agent_core.contract.errors import Invalid
from agent_core.contract.events import (
    AnchorRecovered,
    AnchorSet,
    InvitationAccepted,
    InvitationEnded,
    KeyRevoked,
    KeyRotated,
    KeyStopped,
    OperatorEnrolled,
    OperatorInvited,
    Recorded,
)  # fmt: skip
from agent_core.contract.ids import BodyId, InvitationId, KeyFingerprint, OperatorId
from agent_core.contract.operator_statements import InvitationStatement
from agent_core.contract.statements import (
    EnrolmentStatement,
    RevocationStatement,
    fingerprint,
    strict_base64,
)

Bodies = Mapping[BodyId, str]
"""Texts of the envelopes, by the id of their body."""

ENROLLERS = frozenset({"admin", "lead"})


@dataclass(frozen=True, slots=True)
class Ignored:
    """A row of the core's log that proves nothing.

    Attributes:
        code: `anchor_mismatch`, `envelope_missing`, `row_differs`, `not_an_enrolment`, `not_a_revocation`, `not_anchored`,
            `enrols_themself`, `may_not_enrol`, `gives_more_than_it_has`, `not_newer`, `was_revoked`, `bad_public_key`,
            `operator_differs`, `replaces_another`, `never_valid`, `may_not_revoke`, `no_such_key`, `not_an_invitation`,
            `may_not_invite`, `no_such_invitation`, `not_an_acceptance`, `invitation_open`, `invitation_over`,
            `other_key_proven`, `not_as_invited`, `second_person_needed`, `not_a_rotation`, `successor_not_proven`,
            `key_known`, or a code of `CHECKS`.
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
        four_eyes: A new person needs an invitation of one enroller and the signature of another, where there are two. Pinned
            beside the anchor: older cores enrolled without.
        recovered: The statement that moved the anchor here, pinned beside it; a move that is another is no move.
        barred: Keys that were revoked before the anchor moved: they never return.
    """

    anchor: KeyFingerprint | None
    core: str
    four_eyes: bool = False
    recovered: Digest | None = None
    keys: Mapping[KeyFingerprint, Key] = field(default_factory=lambda: MappingProxyType({}))
    ignored: tuple[Ignored, ...] = ()
    invitations: Invitations = field(default_factory=Invitations)
    barred: frozenset[KeyFingerprint] = frozenset()

    @staticmethod
    def fold(
        records: Iterable[Recorded],
        anchor: KeyFingerprint | None,
        bodies: Bodies,
        *,
        core: str,
        four_eyes: bool = False,
        recovered: Digest | None = None,
    ) -> "KeyRing":
        """The ring after the core's log.

        Args:
            records: The core's own stream, in order; other events are passed over.
            anchor: The fingerprint kept outside the database.
            bodies: The envelopes' texts.
            core: This core's instance.
            four_eyes: As pinned beside the anchor.
            recovered: Likewise.
        """
        ring = KeyRing(anchor=anchor, core=core, four_eyes=four_eyes, recovered=recovered)
        for record in records:
            ring = ring.after(record, bodies)
        return ring

    def get(self, fingerprint: KeyFingerprint, /) -> Key | None:
        """The enrolled key of a fingerprint, revoked ones included."""
        return self.keys.get(fingerprint)

    @property
    def active(self) -> tuple[Key, ...]:
        """Keys that count, and stopped ones: their people are here."""
        return tuple(key for key in self.keys.values() if not key.revoked and key.followed_by is None)

    def could_enrol(self, offered: OperatorFacts) -> frozenset[OperatorId]:
        """Real people who may enrol somebody with these rights."""
        able = (key.operator for key in self.active if key.stopped_at is None)
        who = (one for one in able if one.role in ENROLLERS and not one.simulated and gives_at_most(one, offered))
        return frozenset(one.id for one in who)

    def needs_another(self, signer: OperatorId, offered: OperatorFacts) -> bool:
        """Whether somebody else than the signer is there to invite, or to countersign, a person with these rights."""
        return bool(self.could_enrol(offered) - {signer, offered.id})

    def after(self, record: Recorded, bodies: Bodies) -> "KeyRing":
        """The ring after one more event of the core's log."""
        event = record.event
        if isinstance(event, AnchorSet):
            return self if event.key == self.anchor else self._ignoring(record, "anchor_mismatch")
        if isinstance(event, OperatorEnrolled):
            try:
                key = self._enrolled(event, record.at, _envelope_text(bodies, event.envelope.id))
                return self._with(key)._used_up(key)
            except _NotProven as reason:
                return self._ignoring(record, reason.code)
        if isinstance(event, KeyRevoked):
            return self._after_revocation(event, record, bodies)
        if isinstance(event, KeyStopped):
            return self._after_stop(event, record)
        if isinstance(event, KeyRotated):
            return self._after_rotation(event, record, bodies)
        if isinstance(event, OperatorInvited | InvitationAccepted | InvitationEnded):
            return self._after_inviting(event, record, bodies)
        if isinstance(event, AnchorRecovered):
            return self._after_recovery(event, record)
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

    def rotation_fault(self, event: KeyRotated, *, at: datetime, envelope: str) -> str | None:
        """Why a rotation would be ignored, asked before it is appended; none when it counts."""
        try:
            self._rotated(event, at, envelope)
        except _NotProven as reason:
            return reason.code
        return None

    def inviting_fault(self, event: OperatorInvited | InvitationAccepted, *, at: datetime, envelope: str) -> str | None:
        """Why an invitation, or its acceptance, would be ignored; none when it counts."""
        try:
            self._invited(event, at, envelope)
        except _NotProven as reason:
            return reason.code
        return None

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
        known = self.keys.get(own)
        going_on = known is not None and known.counts_at(statement.issued_at)
        return Key(
            fingerprint=own,
            public=public,
            operator=operator,
            valid_from=known.valid_from if known is not None and going_on else statement.issued_at,
            amended_at=None if known is None else statement.issued_at,
            follows=None if known is None else known.follows,
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
        if (known is not None and (known.revoked or known.followed_by is not None)) or own in self.barred:
            raise _NotProven("was_revoked")
        if known is not None and known.operator.id != operator.id:
            raise _NotProven("operator_differs")
        if known is not None and statement.issued_at <= _newest(known):
            raise _NotProven("not_newer")
        if statement.replaces != (None if known is None else known.statement):
            raise _NotProven("replaces_another")
        if signer.operator.role not in ENROLLERS or signer.operator.simulated:
            raise _NotProven("may_not_enrol")
        alone = all(key.operator.id == signer.operator.id for key in self.active)
        if signer.operator.id == operator.id and not alone:
            raise _NotProven("enrols_themself")
        if not gives_at_most(signer.operator, operator):
            raise _NotProven("gives_more_than_it_has")
        if known is None:
            self._check_second_person(signer, operator, statement)

    def _check_second_person(self, signer: Key, operator: OperatorFacts, statement: EnrolmentStatement) -> None:
        """Somebody new: as the invitation says, and signed by another enroller than the one who invited, if there is one.

        Else one person could make a second one up, and be two people.
        """
        invited = self.invitations.get(InvitationId(statement.nonce))
        if invited is not None:
            fault = enrolment_fits(statement, invited)
            if fault is not None:
                raise _NotProven(fault)
        if not self.four_eyes or operator.simulated or not self.needs_another(signer.operator.id, operator):
            return
        if signer.operator.id == operator.id:
            return
        if invited is None or invited.event.by == signer.operator.id:
            raise _NotProven("second_person_needed")

    def _after_revocation(self, event: KeyRevoked, record: Recorded, bodies: Bodies) -> "KeyRing":
        key = self.keys.get(event.key)
        if key is None:
            return replace(self, barred=self.barred | {event.key})._ignoring(record, "no_such_key")
        envelope = bodies.get(event.envelope.id)
        fault = "envelope_missing" if envelope is None else self.revocation_fault(event, at=record.at, envelope=envelope)
        ring = self
        following: Key | None = key
        while following is not None:
            ring = ring._with(replace(following, revoked=True))
            following = None if following.followed_by is None else self.keys.get(following.followed_by)
        return ring if fault is None else ring._ignoring(record, fault, honoured=True)

    def _used_up(self, key: Key) -> "KeyRing":
        """The invitation this enrolment came of can be used no more."""
        for invited in self.invitations.by_id.values():
            accepted = invited.accepted
            if accepted is not None and accepted.key == key.fingerprint and invited.enrolled is None:
                done = replace(invited, enrolled=key.fingerprint)
                return replace(self, invitations=self.invitations.having(done))
        return self

    def _after_stop(self, event: KeyStopped, record: Recorded) -> "KeyRing":
        key = self.keys.get(event.key)
        if key is None:
            return self._ignoring(record, "no_such_key")
        return self._with(replace(key, stopped_at=record.at))

    def _rotated(self, event: KeyRotated, at: datetime, envelope: str) -> tuple[Key, Key]:
        """The older key and its successor."""
        try:
            verified = verify_envelope(read_envelope(envelope), keys=self, now=at, audience=self.core)
        except CheckFailed as error:
            raise _NotProven(error.code) from error
        fault = rotation_fault(event, verified, core=self.core)
        if fault is not None:
            raise _NotProven(fault)
        if event.successor in self.keys or event.successor in self.barred:
            raise _NotProven("key_known")
        return replace(verified.key, followed_by=event.successor), successor(event, verified)

    def _after_rotation(self, event: KeyRotated, record: Recorded, bodies: Bodies) -> "KeyRing":
        try:
            older, newer = self._rotated(event, record.at, _envelope_text(bodies, event.envelope.id))
        except _NotProven as reason:
            return self._ignoring(record, reason.code)
        return self._with(older)._with(newer)

    def _invited(self, event: OperatorInvited | InvitationAccepted, at: datetime, envelope: str) -> Invited:
        """The invitation after one of its two statements."""
        try:
            if isinstance(event, OperatorInvited):
                verified = verify_envelope(read_envelope(envelope), keys=self, now=at, audience=self.core)
                fault = invitation_fault(event, verified) or self._may_invite(verified)
                if fault is not None or not isinstance(verified.statement, InvitationStatement):
                    raise _NotProven(fault or "not_an_invitation")
                return Invited(event, verified.statement)
            known = self.invitations.get(event.invitation)
            if known is None:
                raise _NotProven("no_such_invitation")
            if known.ended is not None or known.accepted is not None:
                raise _NotProven("invitation_over")
            if at >= known.terms.until:
                raise _NotProven("invitation_over")
            public = _public_key(event.public_key)
            if fingerprint(public) in self.keys or fingerprint(public) in self.barred:
                raise _NotProven("key_known")
            opened = open_envelope(read_envelope(envelope), public, fingerprint(public))
            check_times(opened.statement, at)
            fault = acceptance_fault(event, opened, known, core=self.core)
            if fault is not None:
                raise _NotProven(fault)
        except CheckFailed as error:
            raise _NotProven(error.code) from error
        return replace(known, accepted=event)

    def _may_invite(self, verified: Verified) -> str | None:
        statement, by = verified.statement, verified.operator
        if not isinstance(statement, InvitationStatement):
            return "not_an_invitation"
        if by.role not in ENROLLERS or by.simulated or by.id == statement.operator:
            return "may_not_invite"
        offered = OperatorFacts(
            statement.operator, statement.role, statement.brands, statement.limit, False, statement.day_limit,
            statement.day_count,
        )  # fmt: skip
        if not gives_at_most(by, offered):
            return "gives_more_than_it_has"
        taken = statement.invitation in self.invitations.by_id
        known = any(key.operator.id == statement.operator for key in self.keys.values())
        return "operator_differs" if taken or known else None

    def _after_inviting(
        self, event: OperatorInvited | InvitationAccepted | InvitationEnded, record: Recorded, bodies: Bodies
    ) -> "KeyRing":
        if isinstance(event, InvitationEnded):
            known = self.invitations.get(event.invitation)
            if known is None or known.enrolled is not None:
                return self
            return replace(self, invitations=self.invitations.having(replace(known, ended=event.code)))
        try:
            invited = self._invited(event, record.at, _envelope_text(bodies, event.envelope.id))
        except _NotProven as reason:
            return self._ignoring(record, reason.code)
        return replace(self, invitations=self.invitations.having(invited))

    def _after_recovery(self, event: AnchorRecovered, record: Recorded) -> "KeyRing":
        """Nothing of before counts, but that revoked keys are revoked."""
        if event.key != self.anchor or self.recovered not in event.statements:
            return self._ignoring(record, "anchor_mismatch")
        gone = {key.fingerprint for key in self.keys.values() if key.revoked}
        return KeyRing(
            self.anchor, self.core, self.four_eyes, self.recovered, barred=self.barred | gone
        )  # fmt: skip

    def _with(self, key: Key) -> "KeyRing":
        return replace(self, keys=MappingProxyType({**self.keys, key.fingerprint: key}))

    def _ignoring(self, record: Recorded, code: str, *, honoured: bool = False) -> "KeyRing":
        return replace(self, ignored=(*self.ignored, Ignored(seq=record.seq, code=code, honoured=honoured)))


def _newest(key: Key) -> datetime:
    """When something was last said about a key."""
    return max(each for each in (key.valid_from, key.amended_at, key.stopped_at) if each is not None)


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


def gives_at_most(giver: OperatorFacts, taker: OperatorFacts) -> bool:
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
    if by.id != key.operator.id and (by.role not in ENROLLERS or by.simulated):
        return "may_not_revoke"
    return None
