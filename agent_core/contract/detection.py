"""Names of what looks at outside text, and from which score on it says so (R-D3). Events hold them as plain codes."""

from collections.abc import Mapping
from typing import Final, Literal, get_args

DetectorName = Literal[
    "suspected_injection", "imitation", "encoded_payload", "padding", "smuggled_text", "exfiltration", "mixed_script",
    "secrets_pasted",
]  # fmt: skip
"""The detectors:

    suspected_injection   words that tell the assistant to change its instructions, its role, or to give them away
    imitation             text that looks like a system message, another speaker, a tool call or a tool's result
    encoded_payload       encoded text that, decoded, one of the two above would flag
    padding               floods of invisible characters, spaces or repeated words
    smuggled_text         text written in invisible characters
    exfiltration          links and images made to carry data away, and hosts that imitate others
    mixed_script          names whose letters come from several scripts
    secrets_pasted        passwords, keys and card codes that somebody pasted
"""

DETECTORS: Final[tuple[DetectorName, ...]] = get_args(DetectorName)

THRESHOLDS: Final[Mapping[DetectorName, int]] = {
    "suspected_injection": 60,
    "imitation": 60,
    "encoded_payload": 60,
    "padding": 50,
    "smuggled_text": 50,
    "exfiltration": 50,
    "mixed_script": 50,
    "secrets_pasted": 50,
}
"""Percent, unless a brand's `behaviour.yaml` says otherwise."""
