"""The form in which a level is chosen, and what would change with it, as the core foresees that. Pure (R-C8).

It must never let a level be signed whose preview does not stand beside it.
"""

from typing import TYPE_CHECKING

from agent_core.contract.level_statements import LADDER, AuthorityLevel, is_above
from agent_core.contract.levels import LevelPreview, LevelShown, PolicyReplay
from console import strings, texts_levels
from console.language.numbers import number
from console.presenting import clock
from console.presenting.plain import plain_code
from console.shell.form import FormField, FormFollows, FormLine, FormProps, Given
from console.widgets.check_row import CheckProps

if TYPE_CHECKING:
    from console.theme.tokens import Tone

LEVEL = "level"
COMMENT = "comment"
_NEWEST = 6


def level_form(key: str, row: LevelShown, given: AuthorityLevel) -> FormProps:
    """Ask which level it is to be; what its file does not declare cannot be chosen."""
    choices = tuple(
        CheckProps(
            one,
            texts_levels.LEVELS[one],
            texts_levels.ABOVE_FILE if is_above(one, row.declared) else texts_levels.MEANS[one],
            enabled=not is_above(one, row.declared),
        )
        for one in LADDER
    )
    fields = (
        FormField(LEVEL, texts_levels.FORM_LEVEL, "one", choices, (given,), required=True),
        FormField(COMMENT, texts_levels.FORM_WHY, "text"),
    )
    return FormProps(
        key, texts_levels.FORM_TITLE.format(workflow=row.title), texts_levels.FORM_WORDS, fields, texts_levels.FORM_YES,
        "accent", "gauge", texts_levels.FORM_FOLLOWS, waiting_for_it(),
    )  # fmt: skip


def chosen(given: Given) -> AuthorityLevel | None:
    """The level that is chosen."""
    return next((one for one in LADDER if one in given.get(LEVEL, ())), None)


def waiting_for_it() -> FormFollows:
    """While the core is asked."""
    return FormFollows((FormLine(strings.LOADING, icon="loader-circle"),), ready=False, note=strings.LOADING)


def unknown(problem: str) -> FormFollows:
    """What it would come to could not be asked."""
    line = FormLine(texts_levels.FAILED.format(why=problem), icon="triangle-alert", tone="danger")
    return FormFollows((line,), ready=False)


def level_follows(shown: LevelPreview, row: LevelShown | None) -> FormFollows:
    """What would change, and whether this person may sign it."""
    of = {LEVEL: (shown.level,)}
    if shown.level == shown.was:
        return FormFollows((FormLine(texts_levels.NOW, icon="check"),), ready=False, note=texts_levels.SAME, of=of)
    lines: list[FormLine] = []
    for one in shown.obstacles:
        lines.append(FormLine(texts_levels.OBSTACLES.get(one.code, one.sentence), icon="ban", tone="danger"))
    up = shown.required_people > 1
    if shown.first is not None:
        name = row.waiting.name if row is not None and row.waiting is not None else ""
        said = texts_levels.SECOND.format(name=name)
    else:
        said = texts_levels.TWO_UP if up else texts_levels.ONE_DOWN
    tone: Tone = "warn" if up else "info"
    lines.append(FormLine(said, icon="users" if up else "signature", tone=tone))
    if shown.lapses:
        lines.append(FormLine(texts_levels.LAPSES.of(len(shown.lapses)), texts_levels.LAPSES_WORDS, "hourglass", "warn"))
    lines += _replayed(shown.replay)
    return FormFollows(tuple(lines), not shown.obstacles, "", of)


def _replayed(replay: PolicyReplay) -> list[FormLine]:
    lines = [FormLine(texts_levels.REPLAYED, head=True)]
    differ = sum(count for _, count in replay.counts)
    if not replay.decisions:
        lines.append(FormLine(texts_levels.REPLAY_NONE, icon="info"))
    elif not differ:
        lines.append(FormLine(texts_levels.REPLAY_SAME.of(replay.decisions), icon="check", tone="ok"))
    else:
        said = texts_levels.REPLAY_SOME.format(differ=number(differ), count=number(replay.decisions))
        lines.append(FormLine(said, icon="split"))
        for key, count in replay.counts:
            was, _, would = key.partition(">")
            lines.append(FormLine(_count(count, was, would), icon="arrow-right", tone=_weight(was, would)))
    if replay.unreadable:
        words = texts_levels.REPLAY_UNREADABLE_WORDS
        lines.append(FormLine(texts_levels.REPLAY_UNREADABLE.of(replay.unreadable), words, "info"))
    if not replay.complete:
        lines.append(FormLine(texts_levels.REPLAY_CUT, icon="triangle-alert", tone="warn"))
    if replay.differs:
        lines.append(FormLine(texts_levels.REPLAY_LATEST, head=True))
        lines += [
            FormLine(plain_code(one.tool), f"{clock.moment(one.at)} · {_count(1, one.was, one.would)}", "history")
            for one in replay.differs[:_NEWEST]
        ]
    return lines


def _count(count: int, was: str, would: str) -> str:
    known = texts_levels.DECISIONS
    if count == 1:
        return texts_levels.REPLAY_ONE.format(was=known.get(was, was), would=known.get(would, would))
    return texts_levels.REPLAY_COUNT.format(count=number(count), was=known.get(was, was), would=known.get(would, would))


def _weight(was: str, would: str) -> "Tone | None":
    """What would go without a person deserves a look."""
    return "warn" if would == "execute" and was != "execute" else None
