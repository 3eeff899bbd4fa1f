"""People, keys and invitations as lines of a card: who, what they may do, how their key stands, what can be done. Pure."""

from agent_core.contract.ids import BrandId
from agent_core.contract.money import Money
from agent_core.contract.operator_commands import InvitationRow, OperatorKey
from console import strings, texts_people, words
from console.language.numbers import money, number
from console.presenting import clock
from console.state.app_state import AppState
from console.state.selectors import brands, read_only_reason
from console.theme.tokens import Tone
from console.widgets.people_panel import PersonDeed, PersonLine

_TONES: dict[str, Tone] = {
    "active": "ok", "stopped": "warn", "rotated": "neutral", "revoked": "danger", "expired": "neutral",
    "open": "info", "accepted": "warn", "enrolled": "ok", "withdrawn": "neutral",
}  # fmt: skip


def enrols(state: AppState) -> bool:
    """Whether this person may invite, countersign and change terms."""
    session = state.session
    return session is not None and session.role in {"admin", "lead"} and not read_only_reason(state)


def may_accept(state: AppState) -> bool:
    """Whether a one-time code may be used here: by whoever has no key that counts."""
    return state.keyring.shut if state.session is None else state.session.operator is None


def people_lines(state: AppState) -> tuple[PersonLine, ...]:
    """Every key, those that count first; keys that others took the place of are left out."""
    shown = [one for one in state.people.keys or () if one.state != "rotated"]
    return tuple(_key(state, one) for one in sorted(shown, key=lambda one: (one.state != "active", one.name.casefold())))


def invitation_lines(state: AppState) -> tuple[PersonLine, ...]:
    """Invitations that still lead somewhere."""
    return tuple(_invitation(state, one) for one in state.people.invitations if one.state in {"open", "accepted"})


def nobody_words(state: AppState) -> str:
    """What stands where no key does: it must never deny people whom nobody has asked about yet."""
    return strings.LOADING if state.people.keys is None else texts_people.NOBODY


def recovery_lines(state: AppState) -> tuple[str, ...]:
    """How trust is moved when every admin's key is lost, and whether it could be; nothing before that is known."""
    if state.people.keys is None:
        return ()
    anchor = state.people.anchor
    named = anchor is not None and anchor.need > 0
    if anchor is not None and named:
        need, of = number(anchor.need), number(len(anchor.recovery_keys))
        return (texts_people.RECOVERY_NAMED.format(need=need, of=of), *texts_people.RECOVERY_HOW)
    return (texts_people.RECOVERY_NONE, *texts_people.RECOVERY_HOW)


def _key(state: AppState, one: OperatorKey) -> PersonLine:
    session = state.session
    mine = session is not None and session.operator == one.operator
    notes = [word for word, holds in ((texts_people.YOU, mine), (texts_people.ANCHOR, one.anchor),
                                      (texts_people.SIMULATED, one.simulated)) if holds]  # fmt: skip
    said = _may(state, one.role, one.brands, one.limit, one.day_limit, one.day_count)
    deeds: list[PersonDeed] = []
    if enrols(state) and one.state in {"active", "stopped"} and not one.simulated:
        if not mine:
            deeds.append(PersonDeed("amend", "pencil", texts_people.AMEND_SPOKEN.format(name=one.name)))
        if one.state == "active":
            deeds.append(PersonDeed("stop", "pause", texts_people.STOP_SPOKEN.format(name=one.name)))
        if not mine:
            deeds.append(PersonDeed("revoke", "ban", texts_people.REVOKE_SPOKEN.format(name=one.name)))
    about = " · ".join((*notes, *said))
    return PersonLine(one.key, one.name, about, texts_people.STATES[one.state], _TONES[one.state], one.key, tuple(deeds))


def _invitation(state: AppState, one: InvitationRow) -> PersonLine:
    names = {key.operator: key.name for key in state.people.keys or ()}
    until = clock.moment(one.until)
    by = texts_people.INVITED_BY.format(name=names.get(one.invited_by, one.invited_by), time=until)
    said = _may(state, one.role, one.brands, one.limit, one.day_limit, one.day_count)
    deeds: list[PersonDeed] = []
    session = state.session
    if enrols(state):
        alone = not any(
            key.state == "active" and key.role in {"admin", "lead"} and not key.simulated and key.operator != one.invited_by
            for key in state.people.keys or ()
        )
        mine = session is not None and session.operator == one.invited_by
        if one.state == "accepted" and (alone or not mine):
            spoken = texts_people.COUNTERSIGN_TITLE.format(name=one.name)
            deeds.append(PersonDeed("countersign", "signature", spoken, texts_people.COUNTERSIGN))
        spoken = texts_people.WITHDRAW_SPOKEN.format(name=one.name)
        deeds.append(PersonDeed("withdraw", "undo-2", spoken))
    about = " · ".join((*said, by))
    key = one.key or ""
    return PersonLine(one.invitation, one.name, about, texts_people.INVITED[one.state], _TONES[one.state], key, tuple(deeds))


def _may(
    state: AppState, role: str, named: tuple[str, ...], limit: Money | None, day: Money | None, count: int | None
) -> list[str]:
    titles = {one.brand: one.title for one in brands(state)}
    whole = texts_people.ANY_BRAND if "*" in named else ", ".join(titles.get(BrandId(one), one) for one in named)
    alone = texts_people.UP_TO.format(limit=money(limit)) if limit is not None else texts_people.NO_MONEY
    said = [words.role_words(role), whole, texts_people.ALL_MONEY if role == "admin" and limit is None else alone]
    if day is not None:
        said.append(texts_people.A_DAY.format(limit=money(day)))
    if count is not None:
        said.append(texts_people.TIMES_A_DAY.format(count=number(count)))
    return said
