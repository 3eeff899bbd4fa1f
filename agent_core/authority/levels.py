"""How far each workflow of a brand may go by itself: its file's own level, narrowed by what people signed (R-C8, DESIGN §4).

Folded from the brand's log. Rows prove nothing: one that narrows is honoured as it stands, one that takes a narrowing back
counts only with signatures that are verified here, of people who lead, and only upon what it says it follows. A level never
goes above what the workflow's file declares, whatever stands in the log. It must never trust a flag in place of a signature.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final

from agent_core.authority.errors import CheckFailed
from agent_core.authority.verify import Key, Keys, check_times, open_envelope, read_envelope
from agent_core.contract.base import Digest
from agent_core.contract.events import LevelChanged, LevelRecalled, LevelSigned, Recorded
from agent_core.contract.ids import BodyId, BrandId, OperatorId, WorkflowName
from agent_core.contract.level_statements import AuthorityLevel, LevelStatement, is_above, lower
from agent_core.contract.statements import Role

LEVELLERS: Final[tuple[Role, ...]] = ("lead", "admin")
"""Who may sign a level."""

Bodies = Mapping[BodyId, str]


@dataclass(frozen=True, slots=True)
class SignedLevel:
    """The level people signed for a workflow.

    Attributes:
        statement: What was signed; the next statement follows it.
        unproven: A later row wants more and proves nothing.
    """

    level: AuthorityLevel
    statement: Digest
    by: tuple[OperatorId, ...]
    at: datetime
    unproven: bool = False


@dataclass(frozen=True, slots=True)
class Levels:
    """What people signed about a brand's workflows, and what waits for a second person."""

    signed: Mapping[WorkflowName, SignedLevel] = field(default_factory=dict[WorkflowName, SignedLevel])
    waiting: Mapping[WorkflowName, LevelSigned] = field(default_factory=dict[WorkflowName, LevelSigned])

    def of(self, workflow: WorkflowName, declared: AuthorityLevel) -> AuthorityLevel:
        """The level that holds."""
        known = self.signed.get(workflow)
        return declared if known is None else lower(declared, known.level)

    def follows(self, workflow: WorkflowName) -> Digest | None:
        """What the next statement about a workflow follows."""
        known = self.signed.get(workflow)
        return None if known is None else known.statement


def fold_levels(
    records: Iterable[Recorded], brand: BrandId, keys: Keys, bodies: Bodies, *, core: str, sandbox: bool
) -> Levels:
    """The levels of a brand.

    Args:
        records: Of the brand's own stream, in order; others are passed over.
        brand: Whose.
        keys: Every enrolled key.
        bodies: Texts of the envelopes that the records name.
        core: The audience of every statement.
        sandbox: Whether simulated people count.
    """
    signed: dict[WorkflowName, SignedLevel] = {}
    waiting: dict[WorkflowName, LevelSigned] = {}
    recalled: set[Digest] = set()
    for record in records:
        event = record.event
        if isinstance(event, LevelSigned):
            waiting[event.workflow] = event
        if isinstance(event, LevelRecalled):
            waiting.pop(event.workflow, None)
            recalled.add(event.statement)
        if not isinstance(event, LevelChanged):
            continue
        waiting.pop(event.workflow, None)
        known = signed.get(event.workflow)
        before = event.declared if known is None else known.level
        by = _proven(event, record.at, brand, keys, bodies, core=core, sandbox=sandbox, known=known)
        if event.first in recalled:
            by = None
        if by is None and is_above(event.level, before):
            if known is not None:
                signed[event.workflow] = replace(known, unproven=True)
            continue
        signed[event.workflow] = SignedLevel(event.level, event.statement, by or (event.operator,), record.at)
    return Levels(signed, waiting)


def check_level_signer(key: Key, brand: BrandId, *, sandbox: bool) -> None:
    """Whether the owner of this key may sign a level of this brand.

    Raises:
        CheckFailed: `role_not_allowed`, `foreign_brand` or `simulated_person`.
    """
    if not key.operator.works_for(brand):
        raise CheckFailed("foreign_brand", detail=key.operator.id)
    if key.operator.role not in LEVELLERS:
        raise CheckFailed("role_not_allowed", detail=key.operator.id)
    if key.operator.simulated and not sandbox:
        raise CheckFailed("simulated_person", detail=key.operator.id)


def _proven(
    event: LevelChanged,
    at: datetime,
    brand: BrandId,
    keys: Keys,
    bodies: Bodies,
    *,
    core: str,
    sandbox: bool,
    known: SignedLevel | None,
) -> tuple[OperatorId, ...] | None:
    """Who signed exactly this, when all of it holds; none when something does not."""
    first = event.first_envelope
    wanted = [(event.statement, event.envelope)]
    if first is not None and event.first is not None:
        wanted.insert(0, (event.first, first))
    people: list[OperatorId] = []
    used: set[str] = set()
    for number, (digest, ref) in enumerate(wanted, 1):
        try:
            envelope = read_envelope(bodies.get(ref.id, ""))
            key = keys.get(envelope.signatures[0].keyid) if envelope.signatures else None
            if key is None or key.revoked:
                return None
            opened = open_envelope(envelope, key.public, key.fingerprint)
            check_level_signer(key, brand, sandbox=sandbox)
            check_times(opened.statement, at)
        except CheckFailed:
            return None
        said = opened.statement
        same = (
            isinstance(said, LevelStatement)
            and opened.digest == digest
            and (said.core, said.brand, said.workflow, said.level) == (core, brand, event.workflow, event.level)
            and said.follows == (None if known is None else known.statement)
            and (said.approval_number, said.required_approvals) == (number, len(wanted))
            and said.previous_approvals == tuple(each for each, _ in wanted[: number - 1])
            and said.signed_by.operator == key.operator.id
        )
        if not same:
            return None
        people.append(key.operator.id)
        used.add(key.fingerprint)
    needed = 2 if is_above(event.level, event.declared if known is None else known.level) else 1
    if not len(set(people)) == len(used) == len(wanted) >= needed:
        return None
    return tuple(people)
