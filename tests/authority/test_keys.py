"""The key ring is proven back to the anchor, whatever the database says (R-C7)."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from agent_core.authority.anchor import enrolled_event, enrolment, open_first_enrolment
from agent_core.authority.errors import CheckFailed
from agent_core.authority.keys import Ignored, KeyRing
from agent_core.authority.sign import public_key_text, sign_statement
from agent_core.authority.verify import Opened
from agent_core.contract.bodies import Body, new_body
from agent_core.contract.errors import Conflict
from agent_core.contract.events import AgentPaused, AnchorSet, KeyRevoked
from agent_core.contract.ids import BodyId, KeyFingerprint, OperatorId
from agent_core.contract.statements import (
    EnrolmentStatement,
    Envelope,
    RevocationStatement,
    SessionStatement,
    Statement,
    statement_bytes,
    statement_digest,
)
from tests.authority.world import CONSOLE, CORE, NOW, CoreLog, Someone, eur, someone

EARLIER = NOW - timedelta(hours=2)


def started() -> tuple[CoreLog, Someone]:
    admin = someone("ann", "admin", brands=("*",), limit=None)
    log = CoreLog(anchor=admin.fingerprint)
    log.append(AnchorSet(key=admin.fingerprint), at=EARLIER)
    log.enrol(admin, at=EARLIER)
    return log, admin


def codes(ring: KeyRing) -> list[str]:
    return [row.code for row in ring.ignored]


def named(ring: KeyRing) -> list[str]:
    return sorted(key.operator.id for key in ring.active)


def revocation(of: Someone, by: Someone, **changes: Any) -> RevocationStatement:
    base: dict[str, Any] = {
        "core": CORE, "signed_by": by.signed_by, "console": CONSOLE, "nonce": "n_r", "issued_at": NOW,
        "expires_at": NOW + timedelta(minutes=15), "key": of.fingerprint, "reason": "lost_laptop",
    }  # fmt: skip
    return RevocationStatement(**{**base, **changes})


def revoke(log: CoreLog, of: Someone, by: Someone, statement: Statement | None = None, **bend: Any) -> None:
    said = statement or revocation(of, by)
    envelope = sign_statement(said, by.key)
    body = new_body("envelope", envelope.model_dump_json())
    event = KeyRevoked(
        key=of.fingerprint, operator=by.id, statement=statement_digest(statement_bytes(said)), envelope=body.ref
    )
    if "statement_digest" in bend:
        bend["statement"] = bend.pop("statement_digest")
    log.append(event.model_copy(update=bend), body)


def test_R_C7_the_first_key_is_the_anchor_and_others_follow_from_it() -> None:
    log, admin = started()
    lead, sue = someone("lee", "lead", limit=eur(200_000)), someone("sue", limit=eur(50_000))
    log.enrol(lead, admin)
    log.enrol(sue, lead)
    ring = log.ring()
    assert named(ring) == ["ann", "lee", "sue"]
    assert ring.ignored == ()
    key = ring.get(sue.fingerprint)
    assert key is not None
    assert (key.operator, key.enrolled_by) == (sue.facts, lead.fingerprint)


def test_R_C7_a_row_written_into_the_database_is_ignored_and_reported() -> None:
    log, _ = started()
    mallory = someone("mallory", "admin", brands=("*",), limit=None)
    log.enrol(mallory)
    log.enrol(someone("eve"), mallory)
    ring = log.ring()
    assert named(ring) == ["ann"]
    assert ring.ignored == (Ignored(3, "not_anchored"), Ignored(4, "not_anchored"))


def test_a_database_with_another_anchor_proves_nobody() -> None:
    mallory = someone("mallory", "admin", brands=("*",), limit=None)
    forged = CoreLog(anchor=mallory.fingerprint)
    forged.append(AnchorSet(key=mallory.fingerprint))
    forged.enrol(mallory)
    ring = forged.ring(anchor=KeyFingerprint("ed25519:" + "0" * 64))
    assert named(ring) == []
    assert codes(ring) == ["anchor_mismatch", "not_anchored"]
    assert named(KeyRing.fold(forged.records, None, forged.bodies, core=CORE)) == []


@pytest.mark.parametrize(
    "bend",
    [
        {"limit": eur(10**9)},
        {"role": "admin"},
        {"brands": ("*",)},
        {"operator": OperatorId("ann")},
        {"simulated": True},
        {"day_limit": eur(10**9)},
        {"day_count": 10**6},
        {"not_after": NOW + timedelta(days=9)},
        {"replaces": "0" * 64},
        {"statement": "0" * 64},
        {"signed_by": KeyFingerprint("ed25519:" + "0" * 64)},
        {"key": KeyFingerprint("ed25519:" + "0" * 64)},
    ],
)
def test_R_C7_a_row_that_says_more_than_was_signed_is_ignored(bend: dict[str, Any]) -> None:
    log, admin = started()
    log.enrol(someone("sue"), admin, **bend)
    assert codes(log.ring()) == ["row_differs"]


def test_another_public_key_in_the_row_is_ignored() -> None:
    log, admin = started()
    log.enrol(someone("sue"), admin, public_key=public_key_text(someone("eve").key))
    log.enrol(someone("sam"), admin, public_key="!")
    log.enrol(someone("pat"), admin, public_key="AAAA")
    assert codes(log.ring()) == ["row_differs", "bad_public_key", "bad_public_key"]


def test_another_name_in_the_row_is_ignored() -> None:
    log, admin = started()
    log.enrol(someone("sue"), admin, name=new_body("comment", "Ann").ref)
    assert codes(log.ring()) == ["row_differs"]


def test_a_row_whose_envelope_is_gone_or_torn_is_ignored() -> None:
    log, admin = started()
    sue, sam = someone("sue"), someone("sam")
    log.enrol(sue, admin)
    log.enrol(sam, admin)
    ids = list(log.bodies)
    log.bodies.pop(ids[1])
    log.bodies[ids[2]] = "{}"
    assert codes(log.ring()) == ["envelope_missing", "bad_statement"]


def test_R_C7_nobody_gives_more_than_they_have() -> None:
    log, admin = started()
    lead = someone("lee", "lead", brands=("northwind",), limit=eur(50_000))
    bound = someone("bo", "admin", brands=("northwind",), limit=eur(100))
    log.enrol(lead, admin)
    log.enrol(bound, admin)
    for person, by in (
        (someone("a", "admin", limit=eur(1)), lead),
        (someone("b", brands=("lumen",), limit=eur(1)), lead),
        (someone("c", brands=("*",), limit=eur(1)), lead),
        (someone("d", limit=eur(50_001)), lead),
        (someone("e", limit=eur(1).model_copy(update={"currency": "USD"})), lead),
        (someone("f", "admin", limit=None), bound),
        (someone("g", limit=eur(101)), bound),
    ):
        log.enrol(person, by)
    log.enrol(someone("h", limit=None), lead)
    log.enrol(someone("i", limit=eur(50_000)), lead)
    ring = log.ring()
    assert codes(ring) == ["gives_more_than_it_has"] * 7
    assert named(ring) == ["ann", "bo", "h", "i", "lee"]


def test_someone_without_a_limit_who_is_no_admin_gives_none() -> None:
    log, admin = started()
    lead = someone("lee", "lead", limit=None)
    log.enrol(lead, admin)
    log.enrol(someone("a", limit=eur(1)), lead)
    assert codes(log.ring()) == ["gives_more_than_it_has"]


def test_supervisors_and_simulated_people_enrol_nobody() -> None:
    log, admin = started()
    sue, sim = someone("sue"), someone("sim", "lead", simulated=True)
    log.enrol(sue, admin)
    log.enrol(sim, admin)
    log.enrol(someone("a", limit=eur(1)), sue)
    log.enrol(someone("b", limit=eur(1)), sim)
    assert codes(log.ring()) == ["may_not_enrol", "may_not_enrol"]


def test_R_C7_nobody_enrols_themselves_unless_they_are_the_only_one() -> None:
    log, admin = started()
    second = replace(someone("ann", "admin", brands=("*",), limit=None))
    log.enrol(second, admin)
    assert named(log.ring()) == ["ann", "ann"]
    log.enrol(someone("sue"), admin)
    log.enrol(someone("ann", "admin", brands=("*",), limit=None), admin)
    assert codes(log.ring()) == ["enrols_themself"]


def test_an_enrolment_is_amended_by_a_newer_one_and_never_by_an_older() -> None:
    log, admin = started()
    sue = someone("sue", limit=eur(50_000))
    log.enrol(sue, admin, at=NOW - timedelta(minutes=50))
    log.enrol(replace(sue, limit=eur(100)), admin, at=NOW - timedelta(minutes=40))
    replayed = log.records[2]
    log.append(replayed.event, at=NOW - timedelta(minutes=39))
    log.append(replayed.event, at=NOW - timedelta(minutes=50))
    ring = log.ring()
    key = ring.get(sue.fingerprint)
    assert key is not None
    assert key.operator.limit == eur(100)
    assert codes(ring) == ["not_newer", "not_newer"]


def test_an_amendment_names_the_enrolment_it_replaces_and_nothing_else() -> None:
    log, admin = started()
    sue = someone("sue", limit=eur(50_000))
    log.enrol(sue, admin, at=NOW - timedelta(minutes=50))
    log.enrol(replace(sue, limit=eur(100)), admin, at=NOW - timedelta(minutes=40))
    assert log.ring().ignored == ()
    first: Any = log.records[2].event
    for wrong in (None, first.statement, "0" * 64):
        name = new_body("comment", "Sue")
        log.append_enrolment(_enrolment(sue, admin, name, replaces=wrong), admin.key, name, at=NOW)
    name = new_body("comment", "Eve")
    log.append_enrolment(_enrolment(someone("eve"), admin, name, replaces="0" * 64), admin.key, name, at=NOW)
    ring = log.ring()
    assert codes(ring) == ["replaces_another"] * 4
    assert ring.keys[sue.fingerprint].operator.limit == eur(100)


def _enrolment(person: Someone, by: Someone, name: Body, **changes: Any) -> EnrolmentStatement:
    return enrolment(
        operator=person.id, role=person.role, brands=person.brands, limit=person.limit,
        public_key=public_key_text(person.key), name=name.ref, core=CORE, console=CONSOLE, nonce="n_e", now=NOW,
        signed_by=by.signed_by, **changes,
    )  # fmt: skip


def test_R_C7_a_key_that_expired_signs_nothing_and_returns_when_it_is_enrolled_anew() -> None:
    log, admin = started()
    lead = someone("lee", "lead", not_after=NOW)
    log.enrol(lead, admin)
    log.enrol(someone("sue"), lead, at=NOW - timedelta(microseconds=1))
    log.enrol(someone("sam"), lead, at=NOW)
    ring = log.ring()
    assert (named(ring), codes(ring)) == (["ann", "lee", "sue"], ["key_expired"])
    key = ring.keys[lead.fingerprint]
    assert key.counts_at(NOW - timedelta(microseconds=1))
    assert not key.counts_at(NOW)
    log.enrol(replace(lead, not_after=None), admin, at=NOW + timedelta(minutes=1))
    log.enrol(someone("sam"), lead, at=NOW + timedelta(minutes=2))
    assert named(log.ring()) == ["ann", "lee", "sam", "sue"]


def test_a_key_that_never_counts_is_not_enrolled() -> None:
    log, admin = started()
    log.enrol(someone("sue", not_after=NOW), admin, at=NOW)
    assert codes(log.ring()) == ["never_valid"]


def test_nobody_gives_more_of_a_day_than_they_have() -> None:
    log, admin = started()
    lead = someone("lee", "lead", day_limit=eur(1_000), day_count=5)
    log.enrol(lead, admin)
    usd = eur(1).model_copy(update={"currency": "USD"})
    greedy: list[dict[str, Any]] = [
        {}, {"day_limit": eur(1_000)}, {"day_count": 5}, {"day_limit": eur(1_001), "day_count": 5},
        {"day_limit": eur(1_000), "day_count": 6}, {"day_limit": usd, "day_count": 5},
    ]  # fmt: skip
    for more in greedy:
        log.enrol(someone("sue", **more), lead)
    log.enrol(someone("sam", day_limit=eur(1_000), day_count=5), lead)
    ring = log.ring()
    assert codes(ring) == ["gives_more_than_it_has"] * 6
    assert named(ring) == ["ann", "lee", "sam"]
    sam = next(key.operator for key in ring.active if key.operator.id == "sam")
    assert (sam.day_limit, sam.day_count) == (eur(1_000), 5)


def test_one_key_never_becomes_another_persons() -> None:
    log, admin = started()
    sue = someone("sue")
    log.enrol(sue, admin, at=NOW - timedelta(minutes=50))
    log.enrol(replace(sue, id=OperatorId("eve")), admin, at=NOW - timedelta(minutes=40))
    assert codes(log.ring()) == ["operator_differs"]


def test_R_C7_a_revoked_key_never_returns() -> None:
    log, admin = started()
    sue = someone("sue")
    log.enrol(sue, admin)
    revoke(log, sue, admin)
    log.enrol(sue, admin, at=NOW + timedelta(minutes=1))
    ring = log.ring()
    key = ring.get(sue.fingerprint)
    assert key is not None
    assert key.revoked
    assert codes(ring) == ["was_revoked"]


def test_people_revoke_their_own_key_and_those_who_enrol_revoke_any() -> None:
    log, admin = started()
    lead, sue, sam = someone("lee", "lead"), someone("sue"), someone("sam")
    for person in (lead, sue, sam):
        log.enrol(person, admin)
    revoke(log, sue, sue)
    revoke(log, sam, lead)
    ring = log.ring()
    assert named(ring) == ["ann", "lee"]
    assert ring.ignored == ()


def test_a_revocation_narrows_and_so_is_honoured_even_without_a_proof() -> None:
    for case in (
        "foreign",
        "torn",
        "gone",
        "other key",
        "other name",
        "other digest",
        "simulated",
        "wrong kind",
        "not enrolled",
    ):
        log, admin = started()
        sue, sam = someone("sue"), someone("sam")
        log.enrol(sue, admin)
        log.enrol(sam, admin)
        if case == "foreign":
            revoke(log, sue, sam)
        elif case == "simulated":
            sim = someone("sim", "lead", simulated=True)
            log.enrol(sim, admin)
            revoke(log, sue, sim)
        elif case == "other name":
            revoke(log, sue, admin, operator=OperatorId("sam"))
        elif case == "other digest":
            revoke(log, sue, admin, statement_digest="0" * 64)
        elif case == "other key":
            revoke(log, sue, admin, revocation(sam, admin))
        elif case == "wrong kind":
            session = SessionStatement(
                core=CORE, signed_by=admin.signed_by, console=CONSOLE, nonce="n", issued_at=NOW,
                expires_at=NOW + timedelta(minutes=1), challenge="c",
            )  # fmt: skip
            revoke(log, sue, admin, session)
        elif case == "not enrolled":
            revoke(log, sue, someone("eve"))
        else:
            revoke(log, sue, admin)
            last = list(log.bodies)[-1]
            log.bodies[last] = "torn"
            if case == "gone":
                log.bodies.pop(last)
        ring = log.ring()
        assert "sue" not in named(ring), case
        assert [row.honoured for row in ring.ignored] == [True], case
    assert codes(ring) == ["unknown_key"]


def test_revoking_a_key_nobody_has_is_reported() -> None:
    log, admin = started()
    eve = someone("eve")
    revoke(log, eve, admin)
    assert codes(log.ring()) == ["no_such_key"]
    event = log.records[-1].event
    assert isinstance(event, KeyRevoked)
    assert log.ring().revocation_fault(event, at=NOW, envelope="") == "no_such_key"


def test_a_service_asks_before_it_appends() -> None:
    log, admin = started()
    other = CoreLog(anchor=admin.fingerprint)
    other.enrol(someone("sue"), admin)
    event: Any = other.records[0].event
    text = other.bodies[BodyId(event.envelope.id)]
    at = other.records[0].at
    assert log.ring().enrolment_fault(event, at=at, envelope=text) is None
    assert log.ring().enrolment_fault(event, at=NOW + timedelta(days=1), envelope=text) == "statement_expired"


def test_other_statements_and_events_enrol_nobody() -> None:
    log, admin = started()
    sue = someone("sue")
    log.enrol(sue, admin)
    body = new_body(
        "envelope", sign_statement(revocation(sue, admin, issued_at=EARLIER, expires_at=NOW), admin.key).model_dump_json()
    )
    event: Any = log.records[2].event
    wrong = sign_statement(revocation(sue, admin), admin.key)
    torn = new_body("envelope", wrong.model_dump_json())
    log.append(event.model_copy(update={"envelope": torn.ref}), torn)
    log.append(AgentPaused(operator=admin.id, code="stop"), body)
    assert codes(log.ring()) == ["not_an_enrolment"]


def _first(admin: Someone, **changes: Any) -> EnrolmentStatement:
    name = new_body("comment", "Ann")
    statement = enrolment(
        operator=admin.id, role=admin.role, brands=admin.brands, limit=admin.limit, public_key=public_key_text(admin.key),
        name=name.ref, core=CORE, console=CONSOLE, nonce="n_1", now=NOW,
    )  # fmt: skip
    return statement.model_copy(update=changes)


def _open(statement: Statement, admin: Someone, ring: KeyRing | None = None) -> Opened:
    envelope = sign_statement(statement, admin.key)
    return open_first_enrolment(envelope, ring=ring or KeyRing(None, CORE), now=NOW, audience=CORE)


def test_R_C7_the_first_key_enrols_itself_once() -> None:
    admin = someone("ann", "admin", brands=("*",), limit=None)
    opened = _open(_first(admin), admin)
    assert isinstance(opened.statement, EnrolmentStatement)
    log, _ = started()
    with pytest.raises(Conflict) as caught:
        _open(_first(admin), admin, log.ring())
    assert caught.value.code == "anchor_exists"
    for ring in (KeyRing(admin.fingerprint, CORE), replace(log.ring(), anchor=None)):
        with pytest.raises(Conflict):
            _open(_first(admin), admin, ring)


def test_a_first_enrolment_must_be_whole() -> None:
    admin, eve = someone("ann", "admin"), someone("eve", "admin")
    wrong: list[tuple[Any, str]] = [
        (_first(admin, core="other"), "wrong_core"),
        (_first(admin, operator=OperatorId("eve")), "foreign_operator"),
        (_first(admin, role="lead"), "wrong_role"),
        (_first(admin, expires_at=NOW), "lives_too_long"),
        (_first(eve), "bad_signature"),
        (_first(admin, signed_by=eve.signed_by), "key_not_named"),
        (_first(admin, public_key="AAAA"), "bad_statement"),
        (_first(admin, public_key="!"), "bad_statement"),
        (revocation(admin, admin), "bad_statement"),
    ]
    for statement, code in wrong:
        with pytest.raises(CheckFailed) as caught:
            _open(statement, admin)
        assert caught.value.code == code, code
    twice = sign_statement(_first(admin), admin.key)
    with pytest.raises(CheckFailed, match="exactly one"):
        open_first_enrolment(
            Envelope(payloadType=twice.payload_type, payload=twice.payload, signatures=()),
            ring=KeyRing(None, CORE), now=NOW, audience=CORE,
        )  # fmt: skip


def test_the_anchor_row_itself_must_be_for_this_core_and_say_who_signed() -> None:
    wrong: list[tuple[dict[str, Any], str]] = [
        ({"core": "other"}, "wrong_core"),
        ({"operator": OperatorId("eve")}, "operator_differs"),
        ({"role": "lead"}, "operator_differs"),
        ({"replaces": "0" * 64}, "replaces_another"),
    ]
    for changes, code in wrong:
        admin = someone("ann", "admin", brands=("*",), limit=None)
        log = CoreLog(anchor=admin.fingerprint)
        name = new_body("comment", "Ann")
        statement = _first(admin, name_digest=name.ref.digest, **changes)
        log.append_enrolment(statement, admin.key, name, at=NOW)
        assert codes(log.ring()) == [code]


def test_only_an_enrolment_becomes_a_row() -> None:
    admin = someone("ann", "admin")
    body = new_body("comment", "x").ref
    with pytest.raises(CheckFailed):
        enrolled_event(Opened(revocation(admin, admin), "0" * 64), name=body, envelope=body)


def test_R_C7_a_revoked_anchor_does_not_return_by_its_own_first_row() -> None:
    log, admin = started()
    revoke(log, admin, admin)
    log.append(log.records[1].event, at=EARLIER)
    ring = log.ring()
    assert named(ring) == []
    assert codes(ring) == ["key_revoked"]


def test_everywhere_is_given_only_by_those_who_work_everywhere() -> None:
    log, admin = started()
    odd = someone("lee", "lead", brands=("northwind", "*"))
    log.enrol(odd, admin)
    log.enrol(someone("a", brands=("*",)), odd)
    assert codes(log.ring()) == ["gives_more_than_it_has"]
    assert not odd.facts.works_for("lumen")
