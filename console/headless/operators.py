"""Operators and their keys, as a console asks for them over its line to a core (R-C7).

A thin layer over `CoreClient`: fetch a challenge, sign exactly one thing, send it. It must never keep a key or a code.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from agent_core.contract.commands import CommandDone
from agent_core.contract.ids import InvitationId, KeyFingerprint, OperatorId
from agent_core.contract.operator_commands import (
    AnchorShown,
    InvitationRow,
    InvitationsAnswer,
    InvitationShown,
    InvitationTaken,
    OpenInvitation,
    OperatorKey,
    OperatorsAnswer,
    StopKey,
    WithdrawInvitation,
)
from console.headless import key_signing
from console.headless.client import CoreClient
from console.headless.key_signing import Invited, Terms
from console.headless.signing import KeyPair, Signer


@dataclass(frozen=True, slots=True)
class Operators:
    """What a person at a console does about operators and keys.

    Attributes:
        client: Signed in, except for `open_invitation` and `accept`.
    """

    client: CoreClient

    async def all(self) -> OperatorsAnswer:
        """Every key this session may know of."""
        return await self.client.query(OperatorsAnswer, "/v1/operators")

    async def anchor(self) -> AnchorShown:
        """Where trust starts."""
        return await self.client.query(AnchorShown, "/v1/anchor")

    async def invitations(self) -> tuple[InvitationRow, ...]:
        """Invitations, newest first; for admins and leads."""
        return (await self.client.query(InvitationsAnswer, "/v1/invitations")).invitations

    async def invite(self, operator: OperatorId, name: str, terms: Terms) -> Invited:
        """Invites somebody; the answer holds the code, which nobody can show again."""
        made = key_signing.invitation(self.client.signer, await self.client.challenge(), operator, name, terms)
        await self.client.command(made.command)
        return made

    async def withdraw(self, invitation: InvitationId) -> CommandDone:
        """Takes an invitation back."""
        return await self.client.command(WithdrawInvitation(invitation=invitation))

    async def open_invitation(self, code: str) -> InvitationShown:
        """What an invitation offers; needs no session."""
        return await self.client.tell(InvitationShown, "/v1/invitations/open", OpenInvitation(code=code))

    async def accept(self, code: str, shown: InvitationShown, signer: Signer) -> InvitationTaken:
        """Proves the invited person's key; needs no session. Read its fingerprint to the one who countersigns."""
        return await self.client.tell(InvitationTaken, "/v1/invitations/accept", key_signing.acceptance(signer, shown, code))

    async def countersign(self, row: InvitationRow, fingerprint: KeyFingerprint) -> CommandDone:
        """Makes the proven key an operator's, after its fingerprint was compared by another way."""
        assert self.client.session is not None, "sign in first"
        made = key_signing.countersigned(self.client.signer, self.client.session.core, row, fingerprint)
        return await self.client.command(made)

    async def amend(self, known: OperatorKey, terms: Terms) -> CommandDone:
        """Other terms for a colleague's key; the same ones let a stopped key count again."""
        made = key_signing.amendment(self.client.signer, await self.client.challenge(), known, terms)
        return await self.client.command(made)

    async def stop(self, key: KeyFingerprint, reason: str) -> CommandDone:
        """A key counts for nothing until it is amended. Needs no signature."""
        return await self.client.command(StopKey(key=key, reason=reason))

    async def revoke(self, key: KeyFingerprint, reason: str) -> CommandDone:
        """A key counts for nothing for ever."""
        return await self.client.command(
            key_signing.revocation(self.client.signer, await self.client.challenge(), key, reason)
        )

    async def rotate(self, successor: KeyPair) -> Signer:
        """Puts another key in the place of this session's and signs in with it. Keep the successor before."""
        old = self.client.signer
        await self.client.command(key_signing.rotation(old, await self.client.challenge(), successor))
        new = Signer(successor, old.operator, old.role, old.console, old.clock)
        await self.client.sign_in(new)
        return new

    async def protect_anchor(self, need: int, keys: Sequence[str]) -> CommandDone:
        """Names the recovery keys, once."""
        shown = await self.anchor()
        assert shown.anchor is not None, "somebody is signed in"
        challenge = await self.client.challenge()
        return await self.client.command(key_signing.recovery_keys(self.client.signer, challenge, shown.anchor, need, keys))
