"""The shape of the sentences of one language."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Words:
    """Openings, sentences and closings of one language, with placeholders in braces."""

    openings: tuple[str, ...]
    closings: tuple[str, ...]
    bodies: tuple[str, ...]
