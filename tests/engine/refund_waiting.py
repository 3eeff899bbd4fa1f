"""A refund that waits for a yes in a living engine, and what somebody may do about it who can write into the log."""

import base64
import dataclasses
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from agent_core.authority.facts import OperatorFacts
from agent_core.authority.keys import KeyRing
from agent_core.authority.sign import key_fingerprint
from agent_core.contract.actors import Actor, Person, System
from agent_core.contract.bodies import new_body
from agent_core.contract.canonical import canonical
from agent_core.contract.events import (
    AskRaised,
    Countersigned,
    EffectStarted,
    Proposed,
)  # fmt: skip
from agent_core.contract.ids import (
    ConversationId,
    OperatorId,
    ProposalId,
)
from agent_core.contract.statements import (
    PAYLOAD_TYPE,
    pre_authentication_encoding,
    statement_bytes,
    statement_digest,
)
from agent_core.conversation.state import ProposalState
from agent_core.store import Append, Draft, Fence, WakeRequest
from agent_core.workflows.release import Release
from tests.engine.harness import decision_statement
from tests.engine.stage import Stage

OTHER = "9" * 64
SUE, LEO = OperatorId("sue"), OperatorId("leo")
SYSTEM: Actor = System(part="test")
FORGED = ProposalId("p_forged")


@dataclasses.dataclass
class Set:
    """A conversation with a refund that waits for a yes."""

    stage: Stage
    conversation: ConversationId
    proposal: ProposalId

    async def known(self) -> ProposalState:
        """The proposal as the log says."""
        return (await self.stage.harness.state(self.conversation)).proposals[self.proposal]

    async def put(self, *events: Any, actor: Actor = SYSTEM) -> None:
        """Somebody who can write into the log does."""
        drafts = [Draft(event, actor) for event in events]
        state = await self.stage.harness.state(self.conversation)
        store = self.stage.harness.store
        begins = any(isinstance(event, EffectStarted) for event in events)
        fence = Fence(state.epoch, await store.run_heads(self.conversation)) if begins else None
        await store.append(Append(self.conversation, drafts, fence=fence, wake=WakeRequest()))

    async def yes(
        self,
        who: str = "sue",
        *,
        signer: Ed25519PrivateKey | None = None,
        payload: Callable[[bytes], bytes] = lambda payload: payload,
        envelope: Callable[[dict[str, Any]], dict[str, Any]] = lambda envelope: envelope,
        undo: timedelta = timedelta(0),
        row: str | None = None,
        **changes: Any,
    ) -> dict[str, Any]:
        """An approval is in the log, whatever it is worth.

        Args:
            who: The operator that signs.
            signer: Signs instead of that operator's key.
            payload: Bends the bytes before they are signed.
            envelope: Bends what is signed already.
            undo: How long it can be recalled.
            row: Whose approval the row says it is, if it lies.
            changes: Of the statement.
        """
        stage = self.stage
        state = await stage.harness.state(self.conversation)
        known = state.proposals[self.proposal]
        key = stage.harness.keys[who]
        now = stage.clock()
        honest = decision_statement(state, known, who, key, "approve", at=now)
        statement = honest.model_copy(update={"proposed_by": known.proposed_by, **changes})
        signed = payload(statement_bytes(statement))
        mark = (signer or key).sign(pre_authentication_encoding(PAYLOAD_TYPE, signed))
        keyid = key_fingerprint(signer or key)
        whole = envelope(
            {
                "payloadType": PAYLOAD_TYPE,
                "payload": base64.b64encode(signed).decode(),
                "signatures": [{"keyid": keyid, "sig": base64.b64encode(mark).decode()}],
            }
        )
        body = new_body("envelope", canonical(whole).decode())
        said = OperatorId(row or who)
        event = Countersigned(
            run=known.proposal.run,
            ask=known.proposal.ask,
            proposal=known.proposal.id,
            decision="approve",
            operator=said,
            key=key_fingerprint(stage.harness.keys[said]),
            nonce=known.nonce,
            statement=statement_digest(signed),
            envelope=body.ref,
            seen_through=known.seen_through,
            expires_at=now + timedelta(hours=1),
            not_before=now + undo,
        )
        draft = Draft(event, Person(operator=said))
        await stage.harness.store.append(Append(self.conversation, [draft], bodies=[body], wake=WakeRequest()))
        return whole

    async def forge(self, *, actor: Actor = SYSTEM, ask: Mapping[str, Any] | None = None, **changes: Any) -> None:
        """A second proposal beside the first, with something that is not so; it is the one that is approved."""
        known = await self.known()
        new = {"id": FORGED, "nonce": "n_forged", "intent_key": "7" * 64, "idempotency_key": FORGED, **changes}
        proposal = known.proposal.model_copy(update=new)
        events: list[Any] = [Proposed(proposal=proposal)]
        if ask is not None:
            state = await self.stage.harness.state(self.conversation)
            events.append(AskRaised(ask=state.asks[proposal.ask].ask.model_copy(update=dict(ask))))
        await self.put(*events, actor=actor)
        self.proposal = FORGED

    def bend(self, who: str = "sue", **changes: Any) -> None:
        """A key counts otherwise than it was enrolled."""
        fingerprint = key_fingerprint(self.stage.harness.keys[who])
        people = {each.name for each in dataclasses.fields(OperatorFacts)}
        of_people = {k: v for k, v in changes.items() if k in people}
        of_key = {k: v for k, v in changes.items() if k not in of_people}

        def bent(ring: KeyRing) -> KeyRing:
            key = ring.keys[fingerprint]
            key = dataclasses.replace(key, operator=dataclasses.replace(key.operator, **of_people), **of_key)
            return dataclasses.replace(ring, keys={**ring.keys, fingerprint: key})

        self.stage.harness.bent = bent

    def activate(self, **content: Any) -> None:
        """Another release is active."""
        brands = self.stage.harness.brands
        release = Release.of(brands.at_work.release.content.model_copy(update=content))
        brands.activate(dataclasses.replace(brands.at_work, release=release))

    @property
    def release(self) -> Release:
        """What is active."""
        return self.stage.harness.brands.at_work.release
