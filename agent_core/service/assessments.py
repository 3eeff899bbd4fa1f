"""Corrections of assessments: listed and counted, for those who judge the next release (R-E3). Only reads."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from agent_core.contract.assessing import AssessmentsAnswer, AssessmentShown
from agent_core.contract.ids import BrandId
from agent_core.service.commands.common import Means
from agent_core.service.cursors import opened, sealed
from agent_core.service.projection import assessment_rows

_LIST: Final = "assessments"
DAYS: Final = 30
"""Counted on the first page."""


async def listed(means: Means, brands: Sequence[BrandId], after: str | None, limit: int) -> AssessmentsAnswer:
    """The newest corrections of these brands; with the first page, how often what was called wrong."""
    since = (means.clock() - timedelta(days=DAYS - 1)).date()
    behind = None if after is None else str(opened(means.store, _LIST, after)[0])
    rows = await means.store.read(lambda tx: assessment_rows.page(tx.connection, brands, behind, limit + 1))
    counts = () if after is not None else await means.store.read(
        lambda tx: assessment_rows.counts(tx.connection, brands, since)
    )  # fmt: skip
    more = sealed(means.store, _LIST, rows[limit - 1][0]) if len(rows) > limit else None
    shown = tuple(AssessmentShown.model_validate_json(data) for _, data in rows[:limit])
    return AssessmentsAnswer(assessments=shown, counts=tuple(counts), next=more)
