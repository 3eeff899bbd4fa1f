"""The walk of somebody on call, without a window: what is held, what is wrong with one, repair it. An example and a tool.

    held = await client.quarantined()
    shown = await client.repair_shown(held[0].conversation)
    print(page(shown))
    await client.repair(shown, {"r1/toolu_7": "executed"}, comment="The shop's list shows it.")

`page` is plain text for a terminal: what may hold damage was escaped by the core, and is escaped here once more. It must
never show a block as if it were our own words.
"""

from collections.abc import Iterator, Sequence

from agent_core.contract.repairing import FindingShown, OpenCallShown, RepairShown, RunRepairShown
from agent_core.contract.views import AskCard

MOST_BLOCK = 400
_WORDS = {
    "happened": "the other side says: it happened",
    "did_not_happen": "the other side says: it did not happen",
    "unknown": "the other side cannot say",
    "not_asked": "the other side was not asked",
}


def listed(cards: Sequence[AskCard]) -> str:
    """What is held, one line each."""
    lines = [f"{card.conversation}  {card.brand}  {card.code}  {_plain(card.sentence)}" for card in cards]
    return "\n".join(lines) or "Nothing is in quarantine."


def page(shown: RepairShown) -> str:
    """Everything about one repair, from the diagnosis to the questions."""
    return "\n".join(_lines(shown))


def _lines(shown: RepairShown) -> Iterator[str]:
    yield f"{shown.conversation} ({shown.brand}), in quarantine since {shown.since.isoformat()}"
    yield f"Diagnosis: {shown.diagnosis} ({shown.cause}). {_plain(shown.sentence)}"
    if shown.said:
        yield f"The provider said: {_plain(shown.said)}"
    for place in shown.places:
        yield f"  at {_plain(place)}"
    told = "was told that a person will come back" if shown.told else "was not told yet"
    yield f"The customer {told}; {shown.unanswered} unanswered. {len(shown.left_alone)} actions wait for a yes and stay so."
    for run in shown.runs:
        yield from _run(run)
    for call in shown.calls:
        yield from _call(call)
    if shown.obstacle:
        yield f"Not now: {shown.obstacle}"


def _run(run: RunRepairShown) -> Iterator[str]:
    sent = "would be sent" if not run.verdict else "would be refused"
    yield f"{run.run} ({run.workflow}, {run.why}) goes on as {run.successor}; its repaired request {sent}."
    for finding in (*run.findings, *run.verdict):
        yield from _finding(finding)


def _finding(finding: FindingShown) -> Iterator[str]:
    where = "the request" if finding.message is None else f"message {finding.message}"
    where += "" if finding.block is None else f", block {finding.block}"
    yield f"  {finding.diagnosis} in {where}: {finding.sentence}"
    if finding.shown:
        yield f"    {_plain(finding.shown)[:MOST_BLOCK]}"


def _call(call: OpenCallShown) -> Iterator[str]:
    yield f"Open call {_plain(call.key)}: {call.title}, {'a write' if call.writes else 'a read'}. {call.record}"
    yield f"  {_WORDS[call.looked_up]}; presumed: {call.presumed}; you may say: {', '.join(call.allowed)}"
    yield f"  {_plain(call.arguments)[:MOST_BLOCK]}"


def _plain(text: str) -> str:
    """One line in which nothing acts on a terminal."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in text)
