"""One thing that is wrong with what was checked. A value; it must never hold a personal one."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    """What is wrong.

    Attributes:
        code: For machines.
        where: The place in the file, e.g. `events 12`.
        sentence: For people.
        detail: For whoever wants to know more; no outside text.
    """

    code: str
    where: str
    sentence: str
    detail: str = ""
