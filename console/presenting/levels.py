"""Levels as cards: where each workflow stands, who signed, what waits, how it fared, what can be done. Pure (R-C8)."""

from datetime import datetime

from agent_core.contract.evidence_of_authority import AuthorityEvidence
from agent_core.contract.ids import OperatorId
from agent_core.contract.level_statements import LADDER
from agent_core.contract.levels import LevelShown, LevelWaiting
from console import strings, texts_audit, texts_levels
from console.language.numbers import number
from console.presenting import clock
from console.presenting.around import brand_title
from console.presenting.codes import as_head
from console.presenting.oversight import seconds
from console.presenting.plain import plain_code
from console.state.app_state import AppState
from console.state.audit import PERIODS
from console.state.selectors import brands, read_only_reason
from console.widgets.level_ladder import LadderProps
from console.widgets.levels_panel import Figure, LevelCard, LevelDeed, LevelNote, LevelsProps, ToolFigures
from console.widgets.segmented import Segment, SegmentedProps

_LEADS = frozenset({"admin", "lead"})


def signs_levels(state: AppState, brand: str) -> bool:
    """Whether this person may sign levels of a brand."""
    session = state.session
    if session is None or read_only_reason(state):
        return False
    return session.role in _LEADS and ("*" in session.brands or brand in session.brands)


def levels_props(state: AppState) -> LevelsProps:
    """What is shown: of the brand that is chosen, else of all this session sees."""
    known = state.levels
    problems = tuple(
        texts_levels.FAILED.format(why=why) for why in dict.fromkeys((known.problem, known.evidence_problem)) if why
    )
    if known.evidence is not None and not known.evidence.complete:
        problems = (*problems, texts_levels.CUT_OFF)
    if known.brands is None:
        return LevelsProps((), "" if problems else strings.LOADING, problems)
    shown = [one for one in known.brands if state.brand in {None, one.brand}]
    several = len(brands(state)) > 1
    made = tuple(
        (brand_title(state, one.brand) if several else "", tuple(_card(state, one.brand, row) for row in one.workflows))
        for one in shown
    )
    return LevelsProps(made, "" if known.problem or any(cards for _, cards in made) else texts_levels.EMPTY, problems)


def level_periods(state: AppState) -> SegmentedProps:
    """Over how many days evidence is looked at."""
    segments = tuple(Segment(one, texts_audit.PERIOD_DAYS.of(int(one))) for one in PERIODS)
    return SegmentedProps(texts_levels.PERIOD, segments, state.levels.period)


def _card(state: AppState, brand: str, row: LevelShown) -> LevelCard:
    level, declared = texts_levels.LEVELS[row.level], texts_levels.LEVELS[row.declared]
    spoken = texts_levels.LADDER_SPOKEN.format(workflow=row.title, level=level, declared=declared)
    steps = tuple(texts_levels.LEVELS[one] for one in LADDER)
    ladder = LadderProps(steps, LADDER.index(row.level), LADDER.index(row.declared), spoken)
    may = signs_levels(state, brand) and f"level:{brand}:{row.workflow}" not in state.pending
    notes: list[LevelNote] = []
    if row.waiting is not None and row.waiting.until > state.now:
        notes.append(_waiting(state, row, row.waiting, may=may))
    if row.unproven:
        notes.append(LevelNote(texts_levels.UNPROVEN, "shield-alert", "danger"))
    deeds: tuple[LevelDeed, ...] = ()
    if may:
        spoken = texts_levels.CHANGE_SPOKEN.format(workflow=row.title)
        deeds = (LevelDeed("change", texts_levels.CHANGE, "pencil", spoken),)
    figures = _evidence(state, brand, row.workflow)
    none = ""
    if not figures:
        none = strings.LOADING if state.levels.evidence is None else texts_levels.NO_EVIDENCE
        none = "" if state.levels.evidence_problem else none
    return LevelCard(
        brand, row.workflow, row.title, ladder, _signed(state, row), tuple(notes), figures, none, deeds
    )  # fmt: skip


def _signed(state: AppState, row: LevelShown) -> str:
    if row.since is None or not row.by:
        return texts_levels.BY_FILE
    names = [_name(state, one) for one in row.by]
    said = names[0] if len(names) == 1 else texts_levels.AND.format(first=", ".join(names[:-1]), second=names[-1])
    return texts_levels.SIGNED_BY.format(names=said, time=_when(row.since))


def _waiting(state: AppState, row: LevelShown, first: LevelWaiting, *, may: bool) -> LevelNote:
    mine = state.session is not None and state.session.operator == first.operator
    template = texts_levels.WAITING_MINE if mine else texts_levels.WAITING
    said = template.format(name=first.name, level=texts_levels.LEVELS[first.level], time=clock.at(first.until))
    deeds: list[LevelDeed] = []
    if may and not mine:
        spoken = texts_levels.SIGN_SPOKEN.format(workflow=row.title)
        deeds.append(LevelDeed("sign", texts_levels.SIGN, "signature", spoken, "primary"))
    if may:
        spoken = texts_levels.TAKE_BACK_SPOKEN.format(workflow=row.title)
        deeds.append(LevelDeed("take_back", texts_levels.TAKE_BACK, "undo-2", spoken, "ghost"))
    return LevelNote(said, "users", "warn", tuple(deeds))


def _name(state: AppState, operator: OperatorId) -> str:
    known = state.core.operators if state.core is not None else ()
    return next((one.name for one in known if one.operator == operator), operator)


def _when(moment: datetime) -> str:
    return clock.moment(moment)


def _evidence(state: AppState, brand: str, workflow: str) -> tuple[ToolFigures, ...]:
    answer = state.levels.evidence
    if answer is None:
        return ()
    chosen = [one for one in answer.evidence if one.brand == brand and one.workflow == workflow]
    return tuple(ToolFigures(plain_code(one.tool), _figures(one)) for one in chosen)


def _figures(one: AuthorityEvidence) -> tuple[Figure, ...]:
    codes = ", ".join(f"{as_head('code', code)}: {number(count)}" for code, count in one.refused_codes)
    return (
        Figure(texts_levels.PROPOSED, number(one.proposed)),
        Figure(texts_levels.UNEDITED, number(one.approved_unedited)),
        Figure(texts_levels.EDITED, number(one.edited)),
        Figure(texts_levels.DENIED, number(one.denied)),
        Figure(texts_levels.ALONE, number(one.autonomous_executed)),
        Figure(texts_levels.UNDONE, number(one.undone), tone="warn" if one.undone else None),
        Figure(texts_levels.REFUSED, number(one.refused), codes),
        Figure(texts_levels.DECIDED, seconds(one.decided_p50_s)),
        Figure(texts_levels.UNOPENED, number(one.unopened), tone="warn" if one.unopened else None),
    )
