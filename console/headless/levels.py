"""How far workflows may go by themselves, as a console asks for it and signs it (R-C8).

A thin layer over `CoreClient`. What is signed is what a preview of the core showed; it must never sign a level nobody saw.
"""

from dataclasses import dataclass

from agent_core.contract.bodies import Comment
from agent_core.contract.commands import Challenge, CommandDone
from agent_core.contract.evidence_of_authority import AuthorityEvidenceAnswer
from agent_core.contract.ids import BrandId, WorkflowName
from agent_core.contract.level_statements import AuthorityLevel, LevelStatement
from agent_core.contract.levels import (
    ChangeLevel,
    LevelPreview,
    LevelsAnswer,
    LevelWaiting,
    PolicyReplay,
    RecallLevel,
    ReplayWanted,
)
from console.headless.client import CoreClient
from console.headless.signing import LIFETIME, Signer


def level_statement(
    signer: Signer, challenge: Challenge, shown: LevelPreview, comment: Comment | None = None
) -> LevelStatement:
    """What is signed: the second person's where another has signed before."""
    now = signer.clock()
    return LevelStatement(
        core=challenge.core,
        signed_by=signer.signed_by,
        console=signer.console,
        nonce=challenge.nonce,
        issued_at=now,
        expires_at=now + LIFETIME,
        brand=shown.brand,
        workflow=shown.workflow,
        was=shown.was,
        level=shown.level,
        declared=shown.declared,
        release=shown.release,
        follows=shown.follows,
        comment_digest=None if comment is None else comment.digest,
        approval_number=1 if shown.first is None else 2,
        required_approvals=shown.required_people,
        previous_approvals=() if shown.first is None else (shown.first,),
    )


@dataclass(frozen=True, slots=True)
class WorkflowLevels:
    """A person at a console, and the levels of their brands.

    Attributes:
        client: Signed in with a key.
    """

    client: CoreClient

    async def all(self) -> LevelsAnswer:
        """What holds."""
        return await self.client.query(LevelsAnswer, "/v1/authority/levels")

    async def preview(self, brand: BrandId, workflow: str, level: AuthorityLevel) -> LevelPreview:
        """What a change would come to. Nothing is done."""
        return await self.client.query(LevelPreview, f"/v1/authority/levels/{brand}/{workflow}/preview", level=level)

    async def change(self, shown: LevelPreview, *, comment: str | None = None, key: str | None = None) -> CommandDone:
        """Signs exactly what was shown: all of it, or the first or second of two signatures."""
        words = Comment(text=comment) if comment else None
        signer = self.client.signer
        statement = level_statement(signer, await self.client.challenge(), shown, words)
        command = ChangeLevel(
            brand=shown.brand,
            workflow=shown.workflow,
            level=shown.level,
            envelope=signer.key.sign(statement),
            comment=words and words.text,
            comment_salt=words and words.salt,
        )
        return await self.client.command(command, key=key)

    async def recall(self, brand: BrandId, workflow: WorkflowName, first: LevelWaiting) -> CommandDone:
        """Takes the first of two signatures back; it only takes away, so it is not signed."""
        return await self.client.command(RecallLevel(brand=brand, workflow=workflow, statement=first.statement))

    async def evidence(self, days: int) -> AuthorityEvidenceAnswer:
        """How the actions of every workflow fared in the last days."""
        return await self.client.authority_evidence(days=days)

    async def replay(self, brand: BrandId, policy: str, days: int = 14) -> PolicyReplay:
        """What other policies would have decided in the last days."""
        return await self.client.tell(
            PolicyReplay, "/v1/authority/replay", ReplayWanted(brand=brand, policy=policy, days=days)
        )
