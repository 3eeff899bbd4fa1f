"""What an approval card says, as values: amounts, ages and times come written (R-C3, R-M2).

Pure values without Qt. Nothing is said here that the core did not say.
"""

from dataclasses import dataclass

from console.theme.tokens import Tone
from console.widgets.approval_state import OF_A_PROPOSAL, ApprovalState, Verb, Waiting

_WAITING = Waiting()


@dataclass(frozen=True, slots=True)
class EvidenceRow:
    """One fact the decision rests on: label, value, where it was read, how old it is, whether it is stale.

    `signed`: what the signature binds instead of the value, where a person is told more than an id; a pointer's rest away.
    """

    label: str
    value: str
    source: str
    age: str
    stale: bool = False
    signed: str = ""


@dataclass(frozen=True, slots=True)
class Difference:
    """What changed since the proposal this one takes the place of."""

    label: str
    before: str
    now: str


@dataclass(frozen=True, slots=True)
class QuestionRow:
    """What a person asked the agent about it, and what it answered, or that it has not yet."""

    by: str
    text: str
    answer: str
    answered: bool = True


@dataclass(frozen=True, slots=True)
class ApprovalProps:
    """An approval as a person reads it. Amounts, ages and times come written.

    Attributes:
        key: Id of the ask.
        headline: What happens and how much, e.g. `Refund 64.90 €`.
        to_whom: Whom it reaches and how, e.g. `Amara Okafor · Visa •••• 4417`.
        why: The agent's reason, in its words.
        rule: Which rule asked for a person, and what it says.
        reversible: `No — settles in 3 days`.
        irreversible: Whether it cannot be taken back; shown as a warning.
        evidence: What it rests on.
        differences: What changed since the proposal it supersedes.
        rows: What exactly will be sent: label, value, and what it means.
        given: Who has countersigned so far, in words.
        wanted: Who must countersign besides, in words.
        seconds_left: Until it expires, or until somebody was to look or decide; None without such a moment.
        promised: That moment is a promise: nothing expires, it is overdue from then on.
        late: Somebody should have looked or decided by now.
        state: The situation.
        offered: Verbs the core offers this person.
        questions: What people asked the agent about it.
        notes: What colleagues did with it before: sent up, taken from somebody.
        wait_s: For so many seconds more it is to be read before a yes counts. A no never waits.
        bound: What a yes would sign, by names that change with it; empty where nothing is signed.
        simulated: Says that a second person is simulated, or similar; empty otherwise.
    """

    key: str
    headline: str
    to_whom: str
    why: str
    rule: str
    reversible: str
    irreversible: bool = False
    evidence: tuple[EvidenceRow, ...] = ()
    differences: tuple[Difference, ...] = ()
    rows: tuple[tuple[str, str, Tone | None], ...] = ()
    given: tuple[str, ...] = ()
    wanted: str = ""
    seconds_left: int | None = None
    state: ApprovalState = _WAITING
    offered: frozenset[Verb] = OF_A_PROPOSAL
    simulated: str = ""
    questions: tuple[QuestionRow, ...] = ()
    notes: tuple[str, ...] = ()
    wait_s: int = 0
    promised: bool = False
    late: bool = False
    bound: str = ""
