"""How people decided, in words and bars; small numbers are called small (R-C4, R-C8, R-M5)."""

from dataclasses import dataclass

from agent_core.contract.oversight import OversightAnswer, OversightRow
from console import texts_audit
from console.language.numbers import number
from console.presenting.plain import plain_code, plain_workflow
from console.widgets.audit.bars import Bar, BarsProps, ShareProps

_COARSE: tuple[int | None, ...] = (5, 10, 30, 60, 300, 900, None)
"""Upper ends of the drawn ranges, in seconds; the core counts finer ones."""


@dataclass(frozen=True, slots=True)
class RowProps:
    """One row of oversight: what became of the decisions, how long they took, and what deserves a look.

    Attributes:
        figures: Label and value, in order.
        enough: Whether it may be compared.
    """

    key: str
    shares: ShareProps
    times: BarsProps
    figures: tuple[tuple[str, str], ...]
    enough: bool


def seconds(value: int | None) -> str:
    """A length of time as people say it."""
    if value is None:
        return texts_audit.FIGURE_NONE
    if value < 60:
        return texts_audit.SECONDS.format(count=value)
    if value < 600 and value % 60:
        return texts_audit.MINUTES_SECONDS.format(minutes=value // 60, seconds=value % 60)
    if value < 3_600:
        return texts_audit.MINUTES.format(count=value // 60)
    return texts_audit.HOURS.format(count=value // 3_600)


def rows(answer: OversightAnswer, by: str) -> tuple[RowProps, ...]:
    """The rows to show, most decisions first."""
    chosen = {"person": answer.by_person, "workflow": answer.by_workflow, "both": answer.by_both}.get(by, answer.total)
    several = len({row.brand for row in answer.total}) > 1
    ordered = sorted(chosen, key=lambda one: (-one.decisions, one.name, one.workflow))
    return tuple(row_props(row, several=several) for row in ordered)


def total(answer: OversightAnswer) -> tuple[RowProps, ...]:
    """Everybody together, by brand."""
    return tuple(row_props(row) for row in answer.total)


def row_props(row: OversightRow, *, several: bool = False) -> RowProps:
    """One row; of several brands it says whose."""
    person = row.name if row.operator is not None else ""
    flow = plain_workflow(row.workflow) if row.workflow else ""
    name = " · ".join(part for part in (person, flow) if part) or texts_audit.EVERYBODY
    if row.operator is None and not row.workflow:
        name = " · ".join((texts_audit.EVERYBODY, plain_code(row.brand)))
    elif several:
        name = " · ".join((name, plain_code(row.brand)))
    note = "" if row.enough else texts_audit.FEW
    unedited = max(0, row.approved - row.approved_edited)
    shares = ShareProps(
        name,
        row.decisions,
        (
            Bar(texts_audit.SHARE_UNEDITED, unedited, "ok"),
            Bar(texts_audit.SHARE_EDITED, row.edited + row.approved_edited, "info"),
            Bar(texts_audit.SHARE_DENIED, row.denied, "danger"),
        ),
        note,
    )
    return RowProps(
        key=f"{row.brand}:{row.operator}:{row.workflow}",
        shares=shares,
        times=_times(row),
        figures=_figures(row),
        enough=row.enough,
    )


def _of(count: int, whole: int) -> str:
    """A count and what it is of: a share alone would hide how few there are."""
    if not whole:
        return texts_audit.FIGURE_NONE
    return texts_audit.FIGURE_OF.format(count=number(count), whole=number(whole))


def _figures(row: OversightRow) -> tuple[tuple[str, str], ...]:
    known = max(0, row.approved - row.opened_unknown)
    fast = texts_audit.FIGURE_NONE
    if row.p10_s is not None and row.p90_s is not None:
        fast = texts_audit.RANGE.format(least=seconds(row.p10_s), most=seconds(row.p90_s))
    return (
        (texts_audit.FIGURE_MEDIAN, seconds(row.p50_s)),
        (texts_audit.FIGURE_RANGE, fast),
        (texts_audit.FIGURE_UNOPENED, _of(row.approved_unopened, known)),
        (texts_audit.FIGURE_REVERSED, _of(row.reversed, row.approved)),
        (texts_audit.FIGURE_WRONG, _of(row.called_wrong, row.approved)),
    )


def _times(row: OversightRow) -> BarsProps:
    counts = dict.fromkeys(_COARSE, 0)
    for bucket in row.times:
        upto = bucket.upto_s
        place = None if upto is None else next((one for one in _COARSE if one is not None and upto <= one), None)
        counts[place] += bucket.count
    bars = tuple(
        Bar(
            texts_audit.BUCKET_OVER.format(time=seconds(_COARSE[-2]))
            if upto is None
            else texts_audit.BUCKET_UPTO.format(time=seconds(upto)),
            count,
            "warn" if upto == _COARSE[0] else "accent",
        )
        for upto, count in counts.items()
    )
    return BarsProps(texts_audit.DECISION_TIME, bars, texts_audit.NO_TIMES)
