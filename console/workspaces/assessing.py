"""Saying that the handoff is wrong, and what would be right: one form, one command (R-E2, R-E3)."""

from agent_core.contract.commands import FlagAssessment
from agent_core.contract.handing import HandoffPacket
from console import strings, words
from console.shell.form import FormField, FormProps, Given
from console.widgets.check_row import CheckProps


def assessment_form(packet: HandoffPacket) -> FormProps:
    """Ask what is wrong, how, and what would be right; only what the packet shows can be wrong in it."""
    kinds = tuple(dict.fromkeys(bullet.kind for bullet in packet.bullets))
    parts = (
        CheckProps("whole", words.ASSESSED_PARTS["whole"]),
        *(CheckProps(kind, words.PACKET_KINDS[kind], _shown(packet, kind)) for kind in kinds),
        *(CheckProps(part, words.ASSESSED_PARTS[part]) for part in ("routing", "language")),
    )
    ways = tuple(CheckProps(key, said) for key, said in words.ASSESSED_AS.items())
    return FormProps(
        f"assess:{packet.conversation}:{packet.seq}",
        words.ASSESS_TITLE,
        words.ASSESS_WORDS,
        (
            FormField("part", words.ASSESS_PART, "one", parts, ("whole",), required=True),
            FormField("wrong", words.ASSESS_HOW, "one", ways, ("not_true",), required=True),
            FormField("correction", words.ASSESS_RIGHT, "text", required=True, hint=words.ASSESS_HINT),
        ),
        words.ASSESS_YES,
        "warn",
        "flag",
    )


def assessment(packet: HandoffPacket, given: Given) -> FlagAssessment:
    """The command."""
    return FlagAssessment.model_validate(
        {
            "conversation": packet.conversation,
            "part": given["part"][0],
            "wrong": given["wrong"][0],
            "correction": given["correction"][0],
            "seen": packet.seq,
        }
    )


def _shown(packet: HandoffPacket, kind: str) -> str:
    said = [bullet.quoted or bullet.text for bullet in packet.bullets if bullet.kind == kind]
    return strings.ELLIPSIS.join(said) if len(said) > 1 else "".join(said)
