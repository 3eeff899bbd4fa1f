"""Every decision of a person as a row of the table of views: measured oversight without whole logs (R-C4, R-C8).

A row holds codes, numbers and moments, never words; the log of one conversation always makes the same rows. How long
somebody took and whether they had opened anything is what they signed, by the clock of their own console.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, cast

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from agent_core.contract.bodies import BodyRef
from agent_core.contract.events import (
    AssessmentFlagged,
    Countersigned,
    ProposalEdited,
    ProposalSettled,
    Proposed,
    Recalled,
    Recorded,
)
from agent_core.contract.ids import BrandId, OperatorId, ProposalId
from agent_core.contract.oversight import DecisionTaken
from agent_core.contract.proposals import Proposal
from agent_core.contract.statements import Envelope
from agent_core.service.projection.authority_rows import sort_key
from agent_core.service.projection.story import Story
from agent_core.service.projection.views import Placed
from agent_core.store.tables import view

KIND: Final = "decision"
MOST_ROWS: Final = 200_000
_LONGEST_S: Final = 366 * 86_400
"""A console whose clock was set in between says nothing about how long somebody took."""

_MOVES: Final = (Countersigned, ProposalEdited, Recalled, ProposalSettled, AssessmentFlagged)


@dataclass
class _Decision:
    taken: DecisionTaken
    proposal: ProposalId
    position: int

    def move(self, record: Recorded, **changes: object) -> None:
        self.taken = self.taken.model_copy(update=changes)
        self.position = record.position


def decisions(story: Story) -> dict[str, _Decision]:
    """Every decision in a conversation, by the digest of its statement."""
    proposals: dict[ProposalId, Proposal] = {}
    found: dict[str, _Decision] = {}
    for record in story.records:
        match record.event:
            case Proposed(proposal=wanted):
                proposals[wanted.id] = wanted
            case Countersigned() as signed if signed.proposal in proposals:
                wanted = proposals[signed.proposal]
                said = _said(story, signed.envelope)
                taken = _taken(record, wanted, signed.operator, signed.decision, said)
                edited = wanted.edited_from is not None
                found[signed.statement] = _Decision(
                    taken.model_copy(update={"edited": edited}), signed.proposal, record.position
                )
            case ProposalEdited(narrows=False) as edit if edit.proposal in proposals:
                said = _said(story, edit.envelope)
                taken = _taken(record, proposals[edit.proposal], edit.operator, "edit", said)
                found[edit.statement] = _Decision(taken, edit.proposal, record.position)
            case Recalled() as recalled if recalled.statement in found:
                found[recalled.statement].move(record, recalled=True)
            case ProposalSettled() as settled:
                for known in found.values():
                    if known.proposal == settled.proposal:
                        known.move(record, end=settled.outcome)
            case AssessmentFlagged():
                for known in found.values():
                    if known.taken.end == "executed":
                        known.move(record, called_wrong=True)
            case _:
                pass
    return found


def _taken(record: Recorded, wanted: Proposal, operator: OperatorId, decision: Any, said: dict[str, Any]) -> DecisionTaken:
    opened = said.get("opened")
    return DecisionTaken(
        brand=wanted.brand,
        workflow=wanted.workflow,
        tool=wanted.tool,
        operator=operator,
        decision=decision,
        at=record.at,
        decided_s=_seconds(said),
        opened=opened if isinstance(opened, bool) else None,
    )


def _said(story: Story, envelope: BodyRef) -> dict[str, Any]:
    """What was signed; nothing where the envelope cannot be read any more."""
    try:
        payload: Any = json.loads(Envelope.model_validate(story.json(envelope)).payload_bytes())
    except ValueError:
        return {}
    return cast("dict[str, Any]", payload) if isinstance(payload, dict) else {}


def _seconds(said: dict[str, Any]) -> int | None:
    """From when the card was first shown until it was signed, whole seconds; none where the two do not fit."""
    try:
        shown, signed = (datetime.fromisoformat(said[name]) for name in ("shown_at", "issued_at"))
        seconds = int((signed - shown).total_seconds())
    except (KeyError, TypeError, ValueError):
        return None
    return seconds if 0 <= seconds <= _LONGEST_S else None


def decision_rows(story: Story, after: int) -> Iterator[Placed]:
    """The rows of what moved behind the position `after`."""
    if not any(isinstance(record.event, _MOVES) for record in story.behind(after)):
        return
    for statement, known in decisions(story).items():
        if known.position > after:
            yield Placed(
                KIND,
                f"{story.stream}:{statement}"[:120],
                known.taken.brand,
                "",
                sort_key(known.taken.at),
                known.position,
                known.position,
                known.taken.model_dump_json(),
            )


def taken(connection: Connection, brands: Sequence[BrandId], since: datetime, until: datetime) -> list[DecisionTaken]:
    """Decisions about these brands' actions from `since` on and before `until`; at most `MOST_ROWS`."""
    query = (
        sa.select(view.c.data)
        .where(view.c.kind == KIND, view.c.brand.in_(list(brands)))
        .where(view.c.sort_key >= sort_key(since), view.c.sort_key < sort_key(until))
        .order_by(view.c.sort_key, view.c.id)
        .limit(MOST_ROWS)
    )
    return [DecisionTaken.model_validate_json(data) for (data,) in connection.execute(query)]
