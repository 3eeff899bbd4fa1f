"""Repairing a conversation in quarantine: what is wrong, what the core would send instead, what became of each call (R-A8).

A person says of each open call what they know; the repair that is signed is exactly what was shown. It must never presume
an answer that the core did not presume.
"""

from typing import Final

from agent_core.contract.repairing import CallAnswerWord, OpenCallShown, RepairShown
from console import words
from console.shell.form import FormField, FormFollows, FormLine, FormProps, Given
from console.widgets.check_row import CheckProps

_CALL: Final = "call:"
_REQUEST = 1_500


def repair_form(shown: RepairShown) -> FormProps:
    """Ask what became of each open call, beside what is wrong and what would be sent."""
    calls = [_call(at, call) for at, call in enumerate(shown.calls)]
    fields = [*calls, FormField("comment", words.REPAIR_NOTE, "text", hint=words.OPTIONAL)]
    said = words.REPAIR_WORDS if shown.calls else words.REPAIR_WORDS_NO_CALLS
    return FormProps(
        f"repair:{shown.conversation}", words.REPAIR_TITLE, said, tuple(fields), words.REPAIR_YES, "accent", "stethoscope",
        words.REPAIR_FOLLOWS, repair_follows(shown),
    )  # fmt: skip


def answers(shown: RepairShown, given: Given) -> dict[str, CallAnswerWord]:
    """What is said of each call, by the key of the call."""
    said: dict[str, CallAnswerWord] = {}
    for at, call in enumerate(shown.calls):
        chosen = given.get(f"{_CALL}{at}", ())
        for allowed in call.allowed:
            if allowed in chosen:
                said[call.key] = allowed
    return said


def repair_follows(shown: RepairShown) -> FormFollows:
    """What is wrong, and what a repair would do."""
    lines: list[FormLine] = []
    if shown.obstacle:
        lines.append(FormLine(shown.obstacle, icon="ban", tone="danger"))
    lines.append(FormLine(shown.sentence, shown.diagnosis, "biohazard", "danger"))
    if shown.said:
        lines.append(FormLine(words.REPAIR_SAID, shown.said, "message-circle"))
    lines += [FormLine(place, icon="braces") for place in shown.places[-3:]]
    for run in shown.runs:
        lines.append(FormLine(words.REPAIR_RUN.format(flow=run.title, successor=run.successor), head=True))
        for fault in run.findings:
            lines.append(FormLine(fault.sentence, fault.shown, "x", "danger" if fault.severity == "error" else "warn"))
        if run.verdict:
            lines += [
                FormLine(words.REPAIR_STILL.format(what=one.sentence), icon="ban", tone="danger") for one in run.verdict
            ]
        else:
            lines.append(FormLine(words.REPAIR_VALID, icon="check", tone="ok"))
        lines.append(FormLine(words.REPAIR_REQUEST, run.request[:_REQUEST], "braces"))
    lines.append(FormLine(words.REPAIR_AROUND, head=True))
    lines.append(FormLine(words.REPAIR_TOLD if shown.told else words.REPAIR_NOT_TOLD, icon="info"))
    if shown.unanswered:
        lines.append(FormLine(words.repair_unanswered(shown.unanswered), icon="mail"))
    if shown.left_alone:
        lines.append(FormLine(words.repair_left_alone(len(shown.left_alone)), icon="hourglass"))
    return FormFollows(tuple(lines), not shown.obstacle, words.REPAIR_SIGNED)


def _call(at: int, call: OpenCallShown) -> FormField:
    amount = f" {call.money.text()}" if call.money is not None else ""
    looked = words.REPAIR_LOOKED[call.looked_up]
    choices = tuple(CheckProps(word, words.REPAIR_ANSWERS[word]) for word in call.allowed)
    label = f"{call.title}{amount}: {call.record} {looked}".strip()
    return FormField(f"{_CALL}{at}", label, "one", choices, (call.presumed,), required=True)
