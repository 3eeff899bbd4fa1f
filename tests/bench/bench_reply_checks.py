"""What checking a reply costs, what it finds, and what it holds back by mistake (R-F2).

Good replies are varied by hand (`tests.guardrails.good_replies`), bad ones made of them by named mutations
(`bad_replies`); both and the checks come from the same hands, so the share that is found is an upper bound. The sentences to
which nothing was fitted are the honest neighbour. Times are processor time: the machine is shared.
"""

import time
from collections import Counter
from collections.abc import Sequence

from agent_core.guardrails.reading import ReplyContext
from agent_core.guardrails.reply import check_reply
from tests.bench.figure import Figure
from tests.guardrails.bad_replies import MUTATIONS, Bad, bad_replies, untuned_replies
from tests.guardrails.good_replies import good_replies

EVERY = 7
"""Of the mutated replies so many are left out for one that is checked; a prime, so that every kind and situation comes."""
ROUNDS = 3


def run() -> list[Figure]:
    """The figures."""
    good = [(each.text, each.context) for each in good_replies()]
    bad = [each for number, each in enumerate(bad_replies()) if number % EVERY == 0]
    alarms = sum(1 for text, context in good if check_reply(text, context))  # also warms what is made once
    times = [spent for _ in range(ROUNDS) for spent in _times(good)]
    bad_times = _times([(each.text, each.context) for each in bad])
    found, right = _found(bad)
    kinds = Counter(each.kind for each in bad)
    missed = [kind for kind in kinds if right[kind] < kinds[kind]]
    print(f"kinds of mutation: {len(kinds)} of {len(MUTATIONS)}; not always found by the right check: {missed or 'none'}")
    held = [bool(check_reply(text, context)) for text, context in untuned_replies()]
    return [
        Figure("checks of a good reply, p50", [_percentile(times, 50)], "ms of processor"),
        Figure("checks of a good reply, p99", [_percentile(times, 99)], "ms of processor", "the goal", [5.0]),
        Figure("checks of a bad reply, p99", [_percentile(bad_times, 99)], "ms of processor", "the goal", [5.0]),
        Figure("good replies held back", [float(alarms)], "replies", "good replies in all", [float(len(good))]),
        Figure("bad replies found", [float(sum(found.values()))], "replies", "bad replies in all", [float(len(bad))]),
        Figure(
            "bad replies found by the right check", [float(sum(right.values()))], "replies", "bad in all", [float(len(bad))]
        ),
        Figure("bad sentences nothing was fitted to, found", [float(sum(held))], "replies", "in all", [float(len(held))]),
    ]


def _times(replies: Sequence[tuple[str, ReplyContext]]) -> list[float]:
    spent: list[float] = []
    for text, context in replies:
        started = time.process_time_ns()
        check_reply(text, context)
        spent.append((time.process_time_ns() - started) / 1e6)
    return spent


def _found(bad: Sequence[Bad]) -> tuple[Counter[str], Counter[str]]:
    found: Counter[str] = Counter()
    right: Counter[str] = Counter()
    for each in bad:
        findings = check_reply(each.text, each.context)
        found[each.kind] += bool(findings)
        right[each.kind] += any(finding.check in each.wanted for finding in findings)
    return found, right


def _percentile(values: Sequence[float], percent: int) -> float:
    return sorted(values)[min(len(values) - 1, len(values) * percent // 100)]
