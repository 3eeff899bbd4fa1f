"""What stands in a request that is looked at, as frozen values without Qt (R-M4, R-A8).

Texts may be damage or an attack: they are bounded and made visible when painted, and never taken for words of ours. An
item must never change; an update is another item with the same `key`.
"""

from dataclasses import dataclass
from typing import Literal

from console.theme.tokens import Tone


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a block.

    Attributes:
        words: Says it to a person.
        below: What the API would answer, and which repair fits.
        severe: Whether the API would refuse the request because of it.
    """

    words: str
    below: str = ""
    severe: bool = True


@dataclass(frozen=True, slots=True)
class RequestHead:
    """The beginning of a message, or of system and tools; `remark` stands at its right."""

    key: str
    words: str
    remark: str = ""


@dataclass(frozen=True, slots=True)
class RequestPiece:
    """One block of a request.

    Attributes:
        key: Where it stands.
        title: What it is, e.g. `Tool call · refund_payment`.
        detail: Its id, its size.
        text: What it holds, whole.
        icon: Name of an icon.
        code: Whether `text` is JSON and set so.
        faults: What is wrong with it, the worst first.
        chosen: It is the one that a deed is about.
    """

    key: str
    title: str
    detail: str
    text: str
    icon: str = "braces"
    code: bool = True
    faults: tuple[Fault, ...] = ()
    chosen: bool = False


Likeness = Literal["same", "changed", "added", "removed"]
"""How the right side stands to the left: told by a sign and a word, never by colour alone."""


@dataclass(frozen=True, slots=True)
class PairSide:
    """One side of a comparison."""

    title: str
    text: str
    code: bool = True


@dataclass(frozen=True, slots=True)
class ComparedPair:
    """Two things side by side; a side that has nothing is None.

    Attributes:
        key: Where it stands.
        likeness: How the right side stands to the left.
        mark: The same in a word.
        why: What was done and why, in a line; may be empty.
    """

    key: str
    likeness: Likeness
    mark: str
    left: PairSide | None
    right: PairSide | None
    why: str = ""


@dataclass(frozen=True, slots=True)
class RequestNote:
    """Something to know about the whole, with an icon."""

    key: str
    words: str
    tone: Tone = "info"
    icon: str = "info"


RequestItem = RequestHead | RequestPiece | ComparedPair | RequestNote
