"""Every detector there is, in one table; nothing registers itself."""

from collections.abc import Mapping
from typing import Final

from agent_core.boundary.detectors import (
    encoded_payload,
    exfiltration,
    imitation,
    mixed_script,
    padding,
    secrets_pasted,
    smuggled_text,
    suspected_injection,
)
from agent_core.boundary.detectors.finding import Detector
from agent_core.contract.detection import DetectorName

REGISTRY: Final[Mapping[DetectorName, Detector]] = {
    each.name: each
    for each in (
        suspected_injection.DETECTOR,
        imitation.DETECTOR,
        encoded_payload.DETECTOR,
        padding.DETECTOR,
        smuggled_text.DETECTOR,
        exfiltration.DETECTOR,
        mixed_script.DETECTOR,
        secrets_pasted.DETECTOR,
    )
}
