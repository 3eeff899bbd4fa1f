"""Every action that was wanted as a row of the table of views: the evidence about authority, without whole logs (R-C8).

A row holds codes, numbers and moments, never words; the log of one conversation always makes the same rows.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any, Final, cast

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from agent_core.contract.actors import Person
from agent_core.contract.errors import CountersignError
from agent_core.contract.events import (
    AssessmentFlagged,
    CallAnswered,
    CallJudged,
    Countersigned,
    DecisionRefused,
    EffectFinished,
    LookAgain,
    ProposalSettled,
    Proposed,
    Recalled,
    Recorded,
)
from agent_core.contract.evidence_of_authority import ActionEnd, ActionTaken
from agent_core.contract.ids import BrandId
from agent_core.contract.statements import Envelope
from agent_core.service.projection.story import Story
from agent_core.service.projection.undone import undone_in
from agent_core.service.projection.views import Placed
from agent_core.store.tables import view

KIND: Final = "authority"
MOST_ROWS: Final = 200_000

_ENDS: Final[Mapping[str, ActionEnd]] = MappingProxyType(
    {
        "succeeded": "executed", "failed": "failed", "timed_out": "failed", "unknown": "unknown", "refused": "not_executed",
        "denied": "not_executed", "not_run": "not_executed",
    }
)  # fmt: skip
"""What an answer says of an action that policy let act alone; what is owed later leaves it open."""


_MOVES: Final = (
    AssessmentFlagged, CallAnswered, CallJudged, Countersigned, DecisionRefused, LookAgain, ProposalSettled, Proposed,
    Recalled,
)  # fmt: skip
"""What a row can change by: nothing else is worth a walk through the log."""


@dataclass
class _Action:
    taken: ActionTaken
    position: int

    def move(self, record: Recorded, **changes: object) -> None:
        self.taken = self.taken.model_copy(update=changes)
        self.position = record.position


def actions(story: Story) -> dict[str, _Action]:
    """Every action that was wanted in a conversation, by a name that is stable."""
    found: dict[str, _Action] = {}
    for record in story.records:
        match record.event:
            case Proposed(proposal=wanted):
                taken = ActionTaken(
                    brand=wanted.brand, workflow=wanted.workflow, tool=wanted.tool, kind="proposed", at=record.at,
                    end="open", by_person=isinstance(record.actor, Person), edited=wanted.edited_from is not None,
                )  # fmt: skip
                found[wanted.id] = _Action(taken, record.position)
            case CallJudged() as judged:
                _judged(story, found, record, judged)
            case CallAnswered() as answered:
                known = found.get(f"{answered.run}:{answered.tool_use_id}")
                if known is not None and known.taken.kind == "autonomous" and known.taken.end == "open":
                    known.move(record, end=_ENDS.get(answered.outcome, "open"))
            case Countersigned() as signed:
                _signed(story, found, record, signed)
            case DecisionRefused(proposal=name) if name in found:
                found[name].move(record, refused_yes=found[name].taken.refused_yes + 1)
            case Recalled(proposal=name) if name in found:
                found[name].move(record, recalled=True)
            case LookAgain(proposal=name) if name in found:
                found[name].move(record, looked_again=True)
            case ProposalSettled() as settled if settled.proposal in found:
                found[settled.proposal].move(record, end=settled.outcome, code=settled.code)
            case AssessmentFlagged(wrong=how):
                _flagged(found, record, {"undone" if how == "undone" else "called_wrong": True})
            case _:
                pass
    _put_back(story, found)
    return found


def _flagged(found: dict[str, _Action], record: Recorded, changes: Mapping[str, object]) -> None:
    """A person said something of what was done in this conversation."""
    for known in found.values():
        if known.taken.end == "executed":
            known.move(record, **changes)


def _put_back(story: Story, found: dict[str, _Action]) -> None:
    """What systems told of it afterwards."""
    for record, name in undone_in(story):
        known = found.get(name)
        if known is not None and known.taken.end == "executed" and not known.taken.undone:
            known.move(record, undone=True)


def _judged(story: Story, found: dict[str, _Action], record: Recorded, judged: CallJudged) -> None:
    run = story.state.runs.get(judged.run)
    alone = judged.verdict == "execute" and judged.writes
    if run is None or (judged.verdict != "forbid" and not alone):
        return  # what is proposed has a record of its own, and a read changes nothing
    taken = ActionTaken(
        brand=story.state.brand,
        workflow=run.workflow,
        tool=judged.tool[:128],
        kind="autonomous" if alone else "refused",
        at=record.at,
        end="open" if alone else "refused",
        code=judged.code,
    )
    found[f"{judged.run}:{judged.tool_use_id}"] = _Action(taken, record.position)


def _signed(story: Story, found: dict[str, _Action], record: Recorded, signed: Countersigned) -> None:
    known = found.get(signed.proposal)
    if known is None:
        return
    seconds = max(0, int((record.at - known.taken.at).total_seconds()))
    if signed.decision != "approve":
        known.move(record, decided_s=seconds)
        return
    said, opened = _said(story.json(signed.envelope)), known.taken.opened
    seen = said.get("opened") if isinstance(said.get("opened"), bool) else None
    ask = story.state.asks.get(signed.ask)
    known.move(
        record,
        decided_s=seconds,
        opened=None if seen is None and opened is None else (seen is not False and opened is not False),
        approved_by=signed.operator,
        approved_at=record.at,
        min_shown_s=0 if ask is None or ask.ask.risk is None else ask.ask.risk.min_shown_s,
        in_batch=said.get("batch") is not None,
    )


def _said(value: Any) -> dict[str, Any]:
    """What a signed decision says; nothing where the envelope cannot be read any more."""
    try:
        said: Any = json.loads(Envelope.model_validate(value).payload_bytes())
    except (ValueError, CountersignError):
        return {}
    return cast("dict[str, Any]", said) if isinstance(said, dict) else {}


def authority_rows(story: Story, after: int) -> Iterator[Placed]:
    """The rows of what moved behind the position `after`."""
    if not any(_may_move(story, record.event) for record in story.behind(after)):
        return
    for name, known in actions(story).items():
        if known.position > after:
            yield Placed(
                KIND,
                f"{story.stream}:{name}",
                known.taken.brand,
                "",
                sort_key(known.taken.at),
                known.position,
                known.position,
                known.taken.model_dump_json(),
            )


def _may_move(story: Story, event: object) -> bool:
    """Whether this can change a row: what a system tells can, too, once something was done."""
    if not isinstance(event, EffectFinished):
        return isinstance(event, _MOVES)
    alone = (isinstance(each.event, CallJudged) and each.event.writes for each in story.records)
    return bool(event.facts) and (bool(story.state.actions) or any(alone))


def sort_key(at: datetime) -> str:
    """A moment as text that sorts like it."""
    return at.astimezone(UTC).isoformat(timespec="microseconds")


def taken(connection: Connection, brands: Sequence[BrandId], since: datetime, until: datetime) -> list[ActionTaken]:
    """What these brands' agents wanted from `since` on and before `until`; at most `MOST_ROWS`."""
    query = (
        sa.select(view.c.data)
        .where(view.c.kind == KIND, view.c.brand.in_(list(brands)))
        .where(view.c.sort_key >= sort_key(since), view.c.sort_key < sort_key(until))
        .order_by(view.c.sort_key, view.c.id)
        .limit(MOST_ROWS)
    )
    return [ActionTaken.model_validate_json(data) for (data,) in connection.execute(query)]
