"""How people decide, counted over a period: per workflow, per person, and both (R-C4, R-C8, R-M5). Only reads.

Numbers are what was signed. A row says itself when it is too small to say anything; it must never rank anybody.
"""

from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta

from agent_core.contract.errors import Invalid
from agent_core.contract.ids import BrandId, OperatorId
from agent_core.contract.oversight import BUCKETS_S, ENOUGH, DecisionTaken, OversightAnswer, OversightRow, TimeBucket
from agent_core.service.authority_evidence import EARLIEST, LONGEST
from agent_core.service.commands.common import Means
from agent_core.service.projection import decision_rows

Name = Callable[[OperatorId], str]
Key = tuple[BrandId, str, OperatorId | None]


async def oversight(
    means: Means,
    brands: Sequence[BrandId],
    days: int,
    since: datetime | None,
    until: datetime | None,
    *,
    workflow: str | None = None,
    operator: str | None = None,
) -> OversightAnswer:
    """Decisions at these brands: from `since`, or the last `days`, until `until`, or now.

    Raises:
        Invalid: `bad_period`: it ends before it begins, or is longer than 400 days.
    """
    end = until or means.clock() + timedelta(microseconds=1)
    start = since or end - timedelta(days=days)
    if not timedelta() <= end - start <= LONGEST or start < EARLIEST:
        raise Invalid("bad_period", "The period must begin before it ends, and be at most 400 days long.")
    taken = await means.store.read(lambda tx: decision_rows.taken(tx.connection, brands, start, end))
    people = await means.people.people()
    chosen = [one for one in taken if workflow in (None, one.workflow) and operator in (None, one.operator)]
    return OversightAnswer(
        since=start,
        until=end,
        total=rows(chosen, people.name, lambda one: (one.brand, "", None)),
        by_workflow=rows(chosen, people.name, lambda one: (one.brand, one.workflow, None)),
        by_person=rows(chosen, people.name, lambda one: (one.brand, "", one.operator)),
        by_both=rows(chosen, people.name, lambda one: (one.brand, one.workflow, one.operator)),
        complete=len(taken) < decision_rows.MOST_ROWS,
    )


def rows(taken: Iterable[DecisionTaken], name: Name, key: Callable[[DecisionTaken], Key]) -> tuple[OversightRow, ...]:
    """One row for each key, in its order; each decision is in exactly one."""
    groups: defaultdict[Key, list[DecisionTaken]] = defaultdict(list)
    for one in taken:
        groups[key(one)].append(one)
    ordered = sorted(groups, key=lambda each: (each[0], each[1], each[2] or ""))
    return tuple(_row(each, groups[each], name) for each in ordered)


def _row(key: Key, taken: Sequence[DecisionTaken], name: Name) -> OversightRow:
    brand, workflow, operator = key
    kinds = Counter(one.decision for one in taken)
    approved = [one for one in taken if one.decision == "approve"]
    times = sorted(one.decided_s for one in taken if one.decided_s is not None)
    return OversightRow(
        brand=brand,
        workflow=workflow,
        operator=operator,
        name="" if operator is None else name(operator),
        decisions=len(taken),
        approved=len(approved),
        denied=kinds["deny"],
        edited=kinds["edit"] + sum(one.edited for one in approved),
        approved_edited=sum(one.edited for one in approved),
        approved_unopened=sum(one.opened is False for one in approved),
        opened_unknown=sum(one.opened is None for one in approved),
        reversed=sum(one.recalled for one in approved),
        called_wrong=sum(one.called_wrong for one in approved),
        p10_s=_part(times, 10),
        p50_s=_part(times, 50),
        p90_s=_part(times, 90),
        times=_buckets(times),
        enough=len(taken) >= ENOUGH,
    )


def _buckets(times: Sequence[int]) -> tuple[TimeBucket, ...]:
    """Every range, the empty ones too, so that two rows can be laid side by side."""
    counts = Counter(bisect_left(BUCKETS_S, seconds) for seconds in times)
    ends = (*BUCKETS_S, None)
    return tuple(TimeBucket(upto_s=end, count=counts[place]) for place, end in enumerate(ends))


def _part(values: Sequence[int], percent: int) -> int | None:
    """The value below or at which so many percent lie (nearest rank): one that really was."""
    return values[max(0, -(-percent * len(values) // 100) - 1)] if values else None
