"""How the log stands, in words: what a verification found, what an alarm means, what this console has seen (R-M9)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from agent_core.contract.checkpoints import AlarmShown
from agent_core.contract.verification import FindingShown, VerificationShown
from console import texts_audit
from console.language.numbers import number
from console.presenting.clock import moment
from console.state.app_state import AppState
from console.state.audit import ACKNOWLEDGING
from console.state.selectors import read_only_reason
from console.theme.tokens import Tone


@dataclass(frozen=True, slots=True)
class AlarmProps:
    """An alarm as it is shown.

    Attributes:
        kind: The core's own, or what this console saw as a witness.
        rows: What was seen, since when, what is stopped, who may acknowledge: label and words.
        action: Words of the one thing to do; empty where this person cannot.
        why_not: Why they cannot.
        busy: It is being signed.
    """

    kind: Literal["core", "witness"]
    title: str
    sentence: str
    rows: tuple[tuple[str, str], ...]
    action: str
    why_not: str = ""
    busy: bool = False


def alarms(state: AppState) -> tuple[AlarmProps, ...]:
    """The alarms that stand, the core's own first."""
    found: list[AlarmProps] = []
    busy = ACKNOWLEDGING in state.pending
    alarm = state.core.alarm if state.core is not None else None
    if alarm is not None:
        may = may_acknowledge(state)
        why = read_only_reason(state) or ("" if may else texts_audit.ALARM_NOT_YOURS)
        action = "" if why else texts_audit.ALARM_ACKNOWLEDGE
        found.append(
            AlarmProps("core", texts_audit.ALARM_TITLE, alarm.sentence, _alarm_rows(state, alarm), action, why, busy)
        )
    if state.log.sentence and state.log.mine:
        rows = (
            (texts_audit.ALARM_SEEN, state.log.sentence),
            (texts_audit.ALARM_NOW, texts_audit.ALARM_EVENTS.of(state.log.size)),
            (texts_audit.ALARM_STOPPED, texts_audit.ALARM_WITNESS_STOPPED),
            (texts_audit.ALARM_DO, texts_audit.ALARM_DO_WORDS),
        )
        found.append(
            AlarmProps(
                "witness", texts_audit.ALARM_WITNESS_TITLE, state.log.sentence, rows, texts_audit.ALARM_TAKE_ON, busy=busy
            )
        )
    return tuple(found)


def may_acknowledge(state: AppState) -> bool:
    """Whether the core would take this person's acknowledgement: an admin for every brand."""
    session = state.session
    return session is not None and session.role == "admin" and "*" in session.brands


def _alarm_rows(state: AppState, alarm: AlarmShown) -> tuple[tuple[str, str], ...]:
    before = texts_audit.ALARM_EVENTS.of(alarm.expected_size)
    admins = [one.name for one in state.core.operators if one.role == "admin" and not one.revoked] if state.core else []
    return (
        (texts_audit.ALARM_SEEN, alarm.sentence),
        (texts_audit.ALARM_SINCE, _since(alarm.raised_at)),
        (texts_audit.ALARM_BEFORE, before),
        (texts_audit.ALARM_ROOT, alarm.expected_root),
        (texts_audit.ALARM_NOW, texts_audit.ALARM_EVENTS.of(alarm.found_size)),
        (texts_audit.ALARM_STOPPED, texts_audit.ALARM_STOPPED_WORDS),
        (texts_audit.ALARM_WHO, ", ".join(admins) or texts_audit.ALARM_WHO_NOBODY),
        (texts_audit.ALARM_DO, texts_audit.ALARM_DO_WORDS),
    )


def _since(raised_at: str) -> str:
    try:
        return moment(datetime.fromisoformat(raised_at))
    except ValueError:
        return raised_at


@dataclass(frozen=True, slots=True)
class VerdictProps:
    """How the newest verification stands.

    Attributes:
        running: It goes on: `done` of `total` events.
        rows: Figures, label and value.
        findings: What does not hold: a sentence, and where.
        notes: What cannot be known from here.
        button: Words of the one button.
    """

    title: str
    words: str
    tone: Tone
    icon: str
    running: bool = False
    done: int = 0
    total: int = 0
    rows: tuple[tuple[str, str], ...] = ()
    findings: tuple[tuple[str, str], ...] = ()
    more: str = ""
    notes: tuple[str, ...] = ()
    button: str = ""


def verdict(state: AppState) -> VerdictProps:
    """How the newest verification stands; honest where nobody knows."""
    shown, problem = state.audit.verification, state.audit.verification_problem
    states = texts_audit.VERIFY_STATES
    if shown is None:
        said = texts_audit.VERIFY_UNKNOWN.format(why=problem) if problem else ""
        return VerdictProps(states["never"], said, "neutral", "shield-check", button=texts_audit.VERIFY)
    if shown.state == "running":
        return VerdictProps(
            states["running"], shown.sentence, "info", "loader-circle", running=True, done=shown.done, total=shown.total,
            button=texts_audit.VERIFY_STOP,
        )  # fmt: skip
    looks: dict[str, tuple[Tone, str]] = {"holds": ("ok", "shield-check"), "broken": ("danger", "shield-alert")}
    key = shown.verdict if shown.state == "done" and shown.verdict is not None else shown.state
    tone, icon = looks.get(key, ("warn" if key in {"failed", "cancelled"} else "neutral", "shield-check"))
    more = texts_audit.VERIFY_HIDDEN.of(shown.hidden) if shown.hidden else ""
    return VerdictProps(
        states.get(key, shown.sentence), problem or shown.sentence, tone, icon, rows=_figures(shown),
        findings=tuple(map(_finding, shown.findings)), more=more, notes=shown.notes,
        button=texts_audit.VERIFY if shown.state == "never" else texts_audit.VERIFY_AGAIN,
    )  # fmt: skip


def _figures(shown: VerificationShown) -> tuple[tuple[str, str], ...]:
    if shown.state != "done":
        return ()
    names = texts_audit.VERIFY_ROWS
    counts = (
        ("events", shown.events), ("streams", shown.streams), ("bodies", shown.bodies), ("statements", shown.statements),
        ("checkpoints", shown.checkpoints), ("erased", shown.erased), ("signed", shown.signed),
    )  # fmt: skip
    rows = [(names[key], number(count)) for key, count in counts]
    remembered = shown.remembered_size
    rows.append((names["remembered"], texts_audit.VERIFY_NOT_REMEMBERED if remembered is None else number(remembered)))
    if shown.root is not None:
        rows.append((names["root"], shown.root))
    return tuple(rows)


def _finding(found: FindingShown) -> tuple[str, str]:
    where = found.subject if found.seq is None else texts_audit.FINDING_AT.format(subject=found.subject, seq=found.seq)
    return found.sentence, where


def verified_by(shown: VerificationShown | None) -> str:
    """Who had it verified, and when it came to its end; empty before."""
    if shown is None or shown.finished_at is None:
        return ""
    return texts_audit.VERIFY_BY.format(name=shown.by_name or "—", when=moment(shown.finished_at))


def witnessed(state: AppState) -> tuple[tuple[str, str, Tone | None], ...]:
    """What this console has seen of the log: label, value, tone."""
    log = state.log
    if log.sentence:
        said, tone = log.sentence, "danger"
    else:
        said, tone = (texts_audit.WITNESS_FINE, "ok") if log.size else (texts_audit.WITNESS_NONE, "neutral")
    rows: list[tuple[str, str, Tone | None]] = [(texts_audit.WITNESS, said, tone)]
    if log.size:
        rows.append((texts_audit.WITNESS_SIZE, texts_audit.ALARM_EVENTS.of(log.size), None))
    return tuple(rows)
