"""Keys that follow, stop, are invited or start anew: every row is proven back to the anchor, or ignored (R-C7)."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from agent_core.authority.anchor import enrolment
from agent_core.authority.errors import CheckFailed
from agent_core.authority.inviting import invited_event
from agent_core.authority.keys import KeyRing
from agent_core.authority.sign import key_fingerprint, public_key_text, rotation_proof, sign_statement
from agent_core.authority.verify import Verified, verify_envelope
from agent_core.contract.bodies import Body, new_body
from agent_core.contract.events import (
    AnchorRecovered,
    AnchorSet,
    InvitationAccepted,
    InvitationEnded,
    KeyRevoked,
    KeyRotated,
    KeyStopped,
)
from agent_core.contract.ids import InvitationId, KeyFingerprint, OperatorId
from agent_core.contract.operator_proofs import invitation_code_digest
from agent_core.contract.operator_statements import AcceptanceStatement, InvitationStatement, RotationStatement
from agent_core.contract.statements import (
    EnrolmentStatement,
    RevocationStatement,
    Statement,
    statement_bytes,
    statement_digest,
)
from tests.authority.world import CONSOLE, CORE, NOW, CoreLog, Someone, eur, someone

EARLIER = NOW - timedelta(hours=2)
CODE = "ABCD-EFGH-JKMN-PQRS-TVWX"
ID = InvitationId("i_1")


class Log(CoreLog):
    """The core's log, of a core that knows the rule of four eyes."""

    four_eyes = True
    recovered: str | None = None

    def ring(self, anchor: KeyFingerprint | None = None) -> KeyRing:
        return KeyRing.fold(
            self.records, anchor or self.anchor, self.bodies, core=CORE, four_eyes=self.four_eyes, recovered=self.recovered
        )

    def signed(self, statement: Statement, by: Ed25519PrivateKey) -> tuple[Body, str]:
        body = new_body("envelope", sign_statement(statement, by).model_dump_json())
        return body, statement_digest(statement_bytes(statement))


def started(*others: Someone) -> tuple[Log, Someone]:
    admin = someone("ann", "admin", brands=("*",), limit=None)
    log = Log(anchor=admin.fingerprint)
    log.append(AnchorSet(key=admin.fingerprint), at=EARLIER)
    log.enrol(admin, at=EARLIER)
    log.four_eyes = False
    for other in others:
        log.enrol(other, admin)
    log.four_eyes = True
    assert log.ring().ignored == ()
    return log, admin


def base(by: Someone, at: datetime = NOW) -> dict[str, Any]:
    return {
        "core": CORE, "signed_by": by.signed_by, "console": CONSOLE, "nonce": "n_x", "issued_at": at,
        "expires_at": at + timedelta(minutes=15),
    }  # fmt: skip


def rotate(log: Log, old: Someone, new: Someone, *, at: datetime = NOW, proof: str | None = None, **bend: Any) -> None:
    statement = RotationStatement(
        **base(old, at), public_key=public_key_text(new.key), proof=proof or rotation_proof(CORE, old.fingerprint, new.key)
    )
    body, digest = log.signed(statement, old.key)
    event = KeyRotated(
        operator=old.id, key=old.fingerprint, successor=new.fingerprint, public_key=public_key_text(new.key),
        statement=digest, envelope=body.ref,
    )  # fmt: skip
    log.append(event.model_copy(update=bend), body, at=at)


def revoke(log: Log, of: Someone, by: Someone, *, at: datetime = NOW) -> None:
    body, digest = log.signed(RevocationStatement(**base(by, at), key=of.fingerprint, reason="lost_laptop"), by.key)
    log.append(KeyRevoked(key=of.fingerprint, operator=by.id, statement=digest, envelope=body.ref), body, at=at)


def terms(by: Someone, **changes: Any) -> InvitationStatement:
    return InvitationStatement.model_validate(
        {
            **base(by), "invitation": ID, "operator": OperatorId("bo"), "name_digest": NAME.ref.digest,
            "role": "supervisor", "brands": ("northwind",), "limit": eur(5_000),
            "code_digest": invitation_code_digest(CODE), "until": NOW + timedelta(days=2), **changes,
        }
    )  # fmt: skip


NAME = new_body("context", "Bo")


def invite(log: Log, by: Someone, statement: InvitationStatement | None = None, *, at: datetime = NOW, **bend: Any) -> None:
    said = statement or terms(by)
    body, digest = log.signed(said, by.key)
    key = log.ring().keys.get(by.fingerprint)
    assert key is not None
    event = invited_event(Verified(said, key.operator, key, digest), said, name=NAME.ref, envelope=body.ref)
    log.append(event.model_copy(update=bend), body, at=at)


def accept(log: Log, bo: Someone, *, invited: str | None = None, at: datetime = NOW, **changes: Any) -> None:
    known = log.ring().invitations.get(ID)
    digest = invited or (known.event.statement if known else "0" * 64)
    statement = AcceptanceStatement.model_validate(
        {**base(bo, at), "invitation": ID, "invited": digest, "public_key": public_key_text(bo.key), **changes}
    )
    body, signed = log.signed(statement, bo.key)
    event = InvitationAccepted(
        invitation=ID, key=bo.fingerprint, public_key=public_key_text(bo.key), until=NOW + timedelta(days=3),
        statement=signed, envelope=body.ref,
    )  # fmt: skip
    log.append(event, body, at=at)


def countersign(log: Log, bo: Someone, by: Someone, **changes: Any) -> None:
    statement = enrolment(
        operator=bo.id, role=bo.role, brands=bo.brands, limit=bo.limit, public_key=public_key_text(bo.key), name=NAME.ref,
        core=CORE, console=CONSOLE, nonce=ID, now=NOW, signed_by=by.signed_by,
    ).model_copy(update=changes)  # fmt: skip
    assert isinstance(statement, EnrolmentStatement)
    log.append_enrolment(statement, by.key, NAME, at=NOW)


def codes(log: Log) -> list[str]:
    return [row.code for row in log.ring().ignored]


def refused(log: Log, by: Someone) -> str:
    with pytest.raises(CheckFailed) as caught:
        verify_envelope(sign_statement(terms(by), by.key), keys=log.ring(), now=NOW, audience=CORE)
    return caught.value.code


def test_R_C7_a_rotated_key_hands_everything_over_and_counts_no_more() -> None:
    sue, newer = someone("sue", limit=eur(700), day_count=3), someone("sue")
    log, _ = started(sue)
    rotate(log, sue, newer)
    ring = log.ring()
    assert ring.ignored == ()
    key = ring.keys[newer.fingerprint]
    assert (key.operator, key.follows, key.enrolled_by) == (sue.facts, sue.fingerprint, sue.fingerprint)
    assert refused(log, sue) == "key_rotated"
    assert not ring.keys[sue.fingerprint].counts_at(NOW)
    assert [one.fingerprint for one in ring.active if one.operator.id == "sue"] == [newer.fingerprint]


@pytest.mark.parametrize(
    ("bend", "code"),
    [
        ({"successor": KeyFingerprint("ed25519:" + "0" * 64)}, "row_differs"),
        ({"operator": OperatorId("ann")}, "row_differs"),
        ({"statement": "0" * 64}, "row_differs"),
        ({"public_key": "AAAA"}, "row_differs"),
        ({"key": KeyFingerprint("ed25519:" + "0" * 64)}, "row_differs"),
    ],
)
def test_R_C7_a_rotation_row_that_says_otherwise_is_ignored(bend: dict[str, Any], code: str) -> None:
    sue = someone("sue")
    log, _ = started(sue)
    rotate(log, sue, someone("sue"), **bend)
    assert codes(log) == [code]
    assert log.ring().keys[sue.fingerprint].counts_at(NOW)


def test_R_C7_nobody_names_a_successor_they_do_not_hold_or_that_is_known() -> None:
    sue, sam, stranger = someone("sue"), someone("sam"), someone("eve")
    log, _ = started(sue, sam)
    rotate(log, sue, stranger, proof=rotation_proof(CORE, sue.fingerprint, sue.key))
    rotate(log, sue, stranger, proof=rotation_proof("core_other", sue.fingerprint, stranger.key))
    rotate(log, sue, stranger, proof=rotation_proof(CORE, sam.fingerprint, stranger.key))
    rotate(log, sue, stranger, proof="AAAA")
    rotate(log, sue, sam)
    assert codes(log) == ["successor_not_proven"] * 4 + ["key_known"]


def test_R_C7_a_key_that_follows_a_revoked_one_falls_with_it() -> None:
    sue, second, third = someone("sue"), someone("sue"), someone("sue")
    log, admin = started(sue)
    rotate(log, sue, second)
    rotate(log, second, third, at=NOW + timedelta(minutes=1))
    revoke(log, sue, admin, at=NOW + timedelta(minutes=2))
    ring = log.ring()
    assert all(ring.keys[each.fingerprint].revoked for each in (sue, second, third))
    rotate(log, third, someone("sue"), at=NOW + timedelta(minutes=3))
    assert codes(log) == ["key_revoked"]


def test_R_C7_a_stopped_key_counts_again_only_by_an_amendment_signed_after_it() -> None:
    sue = someone("sue")
    log, admin = started(sue)
    log.append(KeyStopped(key=sue.fingerprint, operator=OperatorId("bo"), reason="suspicious"), at=NOW)
    assert refused(log, sue) == "key_stopped"
    log.enrol(sue, admin, at=NOW - timedelta(minutes=1))
    assert codes(log) == ["not_newer"]
    log.enrol(sue, admin, at=NOW + timedelta(minutes=1))
    assert log.ring().keys[sue.fingerprint].out_of_use is None
    log.append(KeyStopped(key=someone("eve").fingerprint, operator=OperatorId("bo"), reason="x"), at=NOW)
    assert codes(log) == ["not_newer", "no_such_key"]


def test_stopping_everybody_else_makes_nobody_alone() -> None:
    lee = someone("lee", "lead")
    log, admin = started(lee)
    log.append(KeyStopped(key=lee.fingerprint, operator=admin.id, reason="x"), at=NOW)
    log.enrol(someone("ann", "admin", brands=("*",), limit=None), admin, at=NOW + timedelta(minutes=1))
    assert codes(log) == ["enrols_themself"]


BO = someone("bo", limit=eur(5_000))


def test_R_C7_whoever_was_invited_counts_only_once_a_second_person_has_countersigned() -> None:
    lee = someone("lee", "lead")
    log, admin = started(lee)
    invite(log, admin)
    accept(log, BO)
    assert BO.fingerprint not in log.ring().keys
    assert refused(log, BO) == "unknown_key"
    countersign(log, BO, lee)
    ring = log.ring()
    assert ring.ignored == ()
    assert ring.keys[BO.fingerprint].operator == BO.facts
    invited = ring.invitations.get(ID)
    assert invited is not None
    assert invited.enrolled == BO.fingerprint


def test_R_C7_the_one_who_invited_countersigns_only_where_nobody_else_can() -> None:
    log, admin = started()
    invite(log, admin)
    accept(log, BO)
    countersign(log, BO, admin)
    assert log.ring().ignored == ()
    log, admin = started(someone("lee", "lead"))
    invite(log, admin)
    accept(log, BO)
    countersign(log, BO, admin)
    assert codes(log) == ["second_person_needed"]


def test_R_C7_nobody_makes_a_second_person_up_alone() -> None:
    lee = someone("lee", "lead")
    log, admin = started(lee)
    log.enrol(someone("puppet"), admin)
    log.enrol(replace(lee, limit=eur(1)), admin, at=NOW)
    log.enrol(someone("sim", simulated=True), admin)
    assert codes(log) == ["second_person_needed"]
    log.four_eyes = False
    assert codes(log) == []


@pytest.mark.parametrize(
    "changes",
    [
        {"role": "lead"}, {"brands": ("*",)}, {"limit": eur(5_001)}, {"limit": None}, {"day_count": 1},
        {"day_limit": eur(1)}, {"operator": OperatorId("eve")}, {"name_digest": "0" * 64},
        {"not_after": NOW + timedelta(days=1)}, {"simulated": True},
    ],
)  # fmt: skip
def test_R_C7_an_enrolment_is_what_the_invitation_offered_to_the_field(changes: dict[str, Any]) -> None:
    lee = someone("lee", "lead")
    log, admin = started(lee)
    invite(log, admin)
    accept(log, BO)
    countersign(log, BO, lee, **changes)
    assert codes(log)[0] in {"not_as_invited", "row_differs", "gives_more_than_it_has"}
    assert BO.fingerprint not in log.ring().keys


def test_R_C7_another_key_than_the_proven_one_is_not_countersigned() -> None:
    lee, eve = someone("lee", "lead"), someone("bo", limit=eur(5_000))
    log, admin = started(lee)
    invite(log, admin)
    countersign(log, BO, lee)
    accept(log, BO)
    countersign(log, eve, lee)
    log.append(InvitationEnded(invitation=ID, code="withdrawn"))
    countersign(log, BO, lee)
    assert codes(log) == ["invitation_open", "other_key_proven", "invitation_over"]


def test_R_C7_an_invitation_is_signed_by_somebody_who_has_what_it_offers() -> None:
    lee, sue, sim = someone("lee", "lead", limit=eur(4_000)), someone("sue"), someone("sim", "lead", simulated=True)
    log, admin = started(sue, sim, lee)
    for by in (lee, sue, sim):
        invite(log, by)
    invite(log, admin, terms(admin, operator=OperatorId("sue")))
    invite(log, admin, terms(admin, operator=admin.id))
    invite(log, admin, terms(admin, until=NOW))
    invite(log, admin, terms(admin, until=NOW + timedelta(days=15)))
    invite(log, admin, role="lead")
    invite(log, admin)
    invite(log, admin)
    assert codes(log) == [
        "gives_more_than_it_has", "may_not_invite", "may_not_invite", "operator_differs", "may_not_invite", "never_valid",
        "never_valid", "row_differs", "operator_differs",
    ]  # fmt: skip


def test_R_C7_an_acceptance_is_of_these_terms_by_the_key_itself_in_time_and_once() -> None:
    log, admin = started()
    accept(log, BO)
    invite(log, admin)
    accept(log, BO, invited="0" * 64)
    accept(log, BO, core="core_other")
    accept(log, replace(BO, role="lead"))
    accept(log, BO, public_key=public_key_text(admin.key))
    accept(log, BO, at=NOW + timedelta(days=2))
    accept(log, replace(BO, key=admin.key))
    accept(log, BO)
    accept(log, BO)
    assert codes(log) == [
        "no_such_invitation", "row_differs", "row_differs", "row_differs", "row_differs", "invitation_over", "key_known",
        "invitation_over",
    ]  # fmt: skip


def test_R_C7_where_the_anchor_moved_nobody_of_before_counts_and_the_revoked_stay_revoked() -> None:
    sue, sam = someone("sue"), someone("sam")
    log, admin = started(sue, sam)
    revoke(log, sue, admin)
    root = someone("rob", "admin", brands=("*",), limit=None)
    envelope = new_body("envelope", "{}").ref
    moved = AnchorRecovered(key=root.fingerprint, previous=admin.fingerprint, statements=("5" * 64,), envelopes=(envelope,))
    log.append(moved)
    assert codes(log) == ["anchor_mismatch"]  # the file says otherwise
    log.anchor = root.fingerprint
    log.recovered = "6" * 64
    assert "anchor_mismatch" in codes(log)  # the file names another move
    log.recovered = "5" * 64
    assert log.ring().keys == {}
    log.enrol(root)
    log.enrol(sam, root)
    log.enrol(sue, root)
    ring = log.ring()
    assert sorted(key.operator.id for key in ring.active) == ["rob", "sam"]
    assert codes(log) == ["was_revoked"]
    assert refused(log, admin) == "unknown_key"
    assert key_fingerprint(root.key) == ring.anchor


def test_a_revoked_key_that_was_not_known_is_barred() -> None:
    eve = someone("eve")
    log, admin = started()
    revoke(log, eve, admin)
    log.enrol(eve, admin)
    assert codes(log) == ["no_such_key", "was_revoked"]
