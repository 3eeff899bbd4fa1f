"""What waits for a yes and rests on what a person put right lapses, and is proposed anew where it is still allowed (R-C5).

The same end as where a system reads otherwise: one way to lapse, one way to supersede. It must never touch what has begun.
"""

from agent_core.authority.errors import Lapsed
from agent_core.contract.proposals import EvidenceChange
from agent_core.conversation.plan import LapseCorrected
from agent_core.engine.common import Context
from agent_core.engine.steps.dispatch import lapse
from agent_core.engine.steps.doubts import found_after_all
from agent_core.engine.work import Work

REASON = "corrected_by_person"


async def lapse_corrected(context: Context, step: LapseCorrected) -> Work:
    """Ends a proposal as not executed."""
    known = context.session.state.proposals[step.proposal]
    if (done := await found_after_all(context, known)) is not None:
        return done
    keys = context.session.state.corrections[step.correction].keys
    changes = tuple(EvidenceChange(key=one.key, reason=REASON) for one in known.proposal.evidence if one.key in keys)
    return Work(await lapse(context, known, Lapsed("evidence_changed", changes, detail=step.correction)))
