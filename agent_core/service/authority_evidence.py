"""How actions fared, counted over a period: what people look at before they widen a workflow's authority (R-C8). Only reads.

It must never recommend by itself anything that a person has not asked for, and never count an action twice.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

from agent_core.contract.errors import Invalid
from agent_core.contract.evidence_of_authority import ActionTaken, AuthorityEvidence, AuthorityEvidenceAnswer
from agent_core.contract.ids import BrandId
from agent_core.service.commands.common import Means
from agent_core.service.projection import authority_rows

LONGEST: Final = timedelta(days=400)
EARLIEST: Final = datetime(1000, 1, 1, tzinfo=UTC)
"""Before it there are no moments (`contract.base.Instant`)."""


async def evidence(
    means: Means,
    brands: Sequence[BrandId],
    days: int,
    since: datetime | None,
    until: datetime | None,
    workflow: str | None,
) -> AuthorityEvidenceAnswer:
    """Evidence about these brands: from `since`, or the last `days`, until `until`, or now.

    Raises:
        Invalid: `bad_period`: it ends before it begins, or is longer than 400 days.
    """
    end = until or means.clock() + timedelta(microseconds=1)
    start = since or end - timedelta(days=days)
    if not timedelta() <= end - start <= LONGEST or start < EARLIEST:
        raise Invalid("bad_period", "The period must begin before it ends, and be at most 400 days long.")
    taken = await means.store.read(lambda tx: authority_rows.taken(tx.connection, brands, start, end))
    chosen = [one for one in taken if workflow is None or one.workflow == workflow]
    return AuthorityEvidenceAnswer(
        since=start, until=end, evidence=counted(chosen), complete=len(taken) < authority_rows.MOST_ROWS
    )


def counted(taken: Iterable[ActionTaken]) -> tuple[AuthorityEvidence, ...]:
    """The numbers by brand, workflow and tool."""
    taken = list(taken)
    hurried = {id(one) for one in _hurried(taken)}
    groups: defaultdict[tuple[BrandId, str, str], list[ActionTaken]] = defaultdict(list)
    for one in taken:
        groups[one.brand, one.workflow, one.tool].append(one)
    return tuple(
        _counted(*key, groups[key]).model_copy(update={"hurried": sum(id(one) in hurried for one in groups[key])})
        for key in sorted(groups)
    )


def _hurried(taken: Iterable[ActionTaken]) -> Iterator[ActionTaken]:
    """What somebody approved right behind something else: nobody reads two cards in one moment."""
    last: dict[str, datetime] = {}
    for one in sorted((each for each in taken if each.approved_at is not None), key=lambda each: str(each.approved_at)):
        assert one.approved_at is not None
        who = str(one.approved_by)
        before = last.get(who)
        if before is not None and not one.in_batch and one.approved_at - before < timedelta(seconds=max(1, one.min_shown_s)):
            yield one
        last[who] = one.approved_at


def _counted(brand: BrandId, workflow: str, tool: str, taken: Sequence[ActionTaken]) -> AuthorityEvidence:
    kinds = Counter(one.kind for one in taken)
    ends = Counter(one.end for one in taken if one.kind != "refused")
    done = [one for one in taken if one.end == "executed"]
    asked = [one for one in done if one.kind == "proposed"]
    times = sorted(one.decided_s for one in taken if one.decided_s is not None)
    refused = Counter(one.code for one in taken if one.kind == "refused")
    return AuthorityEvidence(
        brand=brand,
        workflow=workflow,
        tool=tool,
        proposed=kinds["proposed"],
        autonomous=kinds["autonomous"],
        refused=kinds["refused"],
        open=ends["open"],
        approved_unedited=sum(not one.edited for one in asked),
        approved_edited=sum(one.edited for one in asked),
        autonomous_executed=len(done) - len(asked),
        denied=ends["denied"],
        edited=ends["edited"],
        expired=ends["expired"],
        lapsed=ends["lapsed"],
        withdrawn=ends["withdrawn"],
        failed=ends["failed"] + ends["not_executed"],
        unknown=ends["unknown"],
        recalled=sum(one.recalled for one in taken),
        looked_again=sum(one.looked_again for one in taken),
        called_wrong=sum(one.called_wrong for one in done),
        undone=sum(one.undone for one in done),
        unopened=sum(one.opened is False for one in taken),
        refused_yes=sum(one.refused_yes for one in taken),
        in_batch=sum(one.in_batch for one in taken),
        decided_p50_s=_part(times, 50),
        decided_p95_s=_part(times, 95),
        refused_codes=tuple(sorted(refused.items())),
    )


def _part(values: Sequence[int], percent: int) -> int | None:
    """The value below or at which so many percent lie (nearest rank)."""
    return values[max(0, -(-percent * len(values) // 100) - 1)] if values else None
