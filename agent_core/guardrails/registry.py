"""The one registry of `checks`, in the order their findings are told (R-F2).

Apart from `reply`, because to load them all takes longer than a core that starts should wait for: whoever checks the first
reply loads them, or the core does beforehand (`service.loading`). A check that is not here checks nothing.
"""

from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType, ModuleType
from typing import Final

from agent_core.contract.reply_checks import ReplyCheckName
from agent_core.guardrails.checks import (
    amounts,
    claims,
    counts,
    dates,
    disclosures,
    internal,
    language,
    links,
    markup,
    percentages,
    personal_data,
    prohibited,
    promises,
    references,
    shape,
    tracking,
    windows,
)
from agent_core.guardrails.finding import Finding
from agent_core.guardrails.reading import Reading

Check = Callable[[Reading], Iterator[Finding]]

_MODULES: Final[tuple[ModuleType, ...]] = (
    shape, prohibited, disclosures, claims, promises, amounts, percentages, dates, windows, counts, references, tracking,
    personal_data, language, links, markup, internal,
)  # fmt: skip

CHECKS: Final[Mapping[ReplyCheckName, Check]] = MappingProxyType({module.NAME: module.check for module in _MODULES})
"""Name -> check, in order."""
