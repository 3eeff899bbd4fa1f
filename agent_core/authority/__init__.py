"""Authority: who may do what (Cedar), countersigned by whom (Ed25519), and whether it still holds right before it happens.

Pure: values in, values or a `CheckFailed` out. It reads no clock, no database, no keyring and no model's opinion; the only
files it reads are the policy texts shipped beside it. It imports the contract, cedarpy and cryptography.

The gate (R-C1, R-C2), `gate.py`::

    policy = AuthorityPolicy.load(text, source="authority.cedar", tools=declared_tools)   # PolicyInvalid: .errors
    gate = Gate(policy)                                                                   # one per active release
    call = call_facts(tool, arguments, RunFacts(...), facts_by_key, caps=Caps(...))
    gate.judge(call) -> Verdicted(verdict, rules, code, sentence, policy_digest, detail)
    gate.may_disclose(call)                       # after a read whose owner was not known before
    gate.required_people(call) -> int | None
    gate.may_approve(operator_facts, call, money=, proposed_by=, prior_approvers=)
    gate.may_execute_approved(call, ApprovalFacts(approvers, verified))

Proposals (R-C3), `proposals.py`::

    build_proposal(Wanted(...)) -> Built(proposal, ask, arguments, evidence, card)        # the last three are bodies

Signatures (R-C4, R-C7), `verify.py`, `keys.py`, `anchor.py`, `sign.py`::

    ring = KeyRing.fold(core_records, anchor, bodies, core=INSTANCE)                      # ring.ignored: rows without proof
    verify_envelope(envelope, keys=ring, now=, audience=) -> Verified(statement, operator, key, digest)

Decisions (R-C4, R-C5, R-C6), `decisions.py`, `dispatch.py`::

    check_decision(Arrival(...)) -> Verified          # when a person's statement arrives
    check_dispatch(DispatchCase(...)) -> Cleared      # in the transaction of the effect's start; raises CheckFailed

Every check has a code, a sentence and a consequence in `checks.CHECKS`; a `CheckFailed` carries `code` and `then`:
`refuse` | `look_again` | `lapse` (`Lapsed.changes`) | `wait` | `settled`.
"""
