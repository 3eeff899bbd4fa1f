"""The forms of a person's own deeds: propose an action, and approve like cases on one sheet (R-C3, R-E3, R-M2).

It must never send what was not shown: a yes counts for the newest answer of the core, or for the cases on the sheet.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from agent_core.contract.ids import AskId, OperatorId
from agent_core.contract.views import AskCard
from console import texts_acting, words
from console.shell.form import Form, FormFollows, FormLine, Given
from console.shell.palette import PaletteLine
from console.state.acting import AskPicked, PicksCleared, SheetLeft, SheetShown
from console.state.app_state import AppState
from console.state.bulk import batch_of, like, member_of
from console.state.deciding import decided_by, undecided
from console.state.happenings import News
from console.state.selectors import in_control, open_asks, queued, read_only_reason
from console.state.store import Store
from console.widgets.visible_text import one_line
from console.workspaces.acting import action_follows, action_form, arguments, choose_form, chosen, unreadable
from console.workspaces.acting_deeds import ActingDeeds
from console.workspaces.bulk import CASES, asks_of, kept, sheet_follows, sheet_form

if TYPE_CHECKING:
    from agent_core.contract.bulk import BatchMember


class ActingForms:
    """The forms of one window.

    Args:
        form: Where they are shown.
        store: The state.
        deeds: What can be asked of the core; none in a window that only shows.
    """

    def __init__(self, form: Form, store: Store, deeds: ActingDeeds | None) -> None:
        self._form = form
        self._store = store
        self._deeds = deeds
        self._opening = ""
        self._asked: Given | None = None
        self._waits = False
        self._sheet: FormFollows | None = None
        self._on_sheet: Mapping[AskId, BatchMember | None] = {}
        """What each case of the sheet binds, as it was put before the person."""
        form.changed.connect(self._changed)
        form.answered.connect(self._answered)
        form.dismissed.connect(self._dismissed)

    # -- an action of one's own ----------------------------------------------------------------------------------------

    def propose(self) -> None:
        """Ask which action is to be proposed in the open conversation."""
        state = self._store.state
        if self._deeds is None or state.detail is None:
            return
        if not in_control(state):
            self._store.dispatch(News("not-now", texts_acting.TAKE_OVER_FIRST))
            return
        self._opening = "choose"
        self._deeds.preview_action(state.detail.row.conversation, None, None)

    def refresh(self, before: AppState, state: AppState) -> None:
        """Open what was asked for once the core has said it, and follow what it says since."""
        preview = state.acting.preview
        if preview is not None and preview is not before.acting.preview:
            if self._opening == "choose" and preview.chosen is None:
                self._opening = ""
                self._form.show_form(choose_form(preview))
            elif self._opening == "fill" and preview.chosen is not None and preview.draft is None:
                self._opening, self._asked = "", None
                self._form.show_form(action_form(preview))
            elif self._shows_action() and self._waits:
                self._waits = False
                named = state.detail.row.customer_name if state.detail is not None else ""
                self._form.set_follows(replace(action_follows(preview, named), of=self._asked))
        if state.acting.sheet is not None and (self._form.current or "").startswith("together:"):
            self._follow_sheet(state)

    def _shows_action(self) -> bool:
        preview = self._store.state.acting.preview
        if preview is None or preview.chosen is None:
            return False
        return self._form.current == f"propose:{preview.conversation}:{preview.chosen.tool}"

    def _change_action(self, given: Given) -> None:
        preview = self._store.state.acting.preview
        of = {name: said for name, said in given.items() if name != "comment"}
        if preview is None or preview.chosen is None or self._deeds is None or of == self._asked:
            return
        self._asked, self._waits = of, False
        made, faults, empty = arguments(preview, given)
        if faults:
            self._form.set_follows(unreadable(faults))
        elif empty:
            self._form.set_follows(FormFollows(ready=False, note=texts_acting.FILL_IN))
        else:
            self._waits = True
            self._deeds.preview_action(preview.conversation, preview.chosen.tool, made)

    # -- like cases ----------------------------------------------------------------------------------------------------

    def pick(self, ask: AskId) -> bool:
        """Choose an ask together with others, or not any more; says why where it may not."""
        state = self._store.state
        card = state.asks.get(ask)
        me = None if state.session is None else state.session.operator
        if card is None:
            return False
        if ask not in state.acting.picked:
            first = next((state.asks[one] for one in state.acting.picked if one in state.asks), None)
            reason = _against(card, first, open_asks(state), me)
            if reason:
                self._store.dispatch(News("not-together", reason))
                return False
        self._store.dispatch(AskPicked(ask))
        return True

    def pick_like(self, ask: AskId) -> None:
        """Choose an ask and everything that is like it, as far as the limit goes; where they are chosen, none."""
        state = self._store.state
        card = state.asks.get(ask)
        if card is None:
            return
        if state.acting.picked:
            self._store.dispatch(PicksCleared())
            return
        me = None if state.session is None else state.session.operator
        found: list[AskCard] = []
        for one in like(card, queued(state), me):
            if len(found) < 1 or batch_of([*found, one]) is not None:
                found.append(one)
        if len(found) < 2:
            self._store.dispatch(News("not-together", texts_acting.NOTHING_LIKE_IT))
            return
        for one in found:
            self._store.dispatch(AskPicked(one.ask))

    def review(self) -> bool:
        """Open the sheet of what is chosen; return whether there is one."""
        state = self._store.state
        cards = self._picked(state)
        if len(cards) < 2 or self._deeds is None:
            return False
        if batch_of(cards) is None:
            self._store.dispatch(News("not-together", texts_acting.TOO_MUCH))
            return True
        self._on_sheet = {card.ask: member_of(card) for card in cards}
        self._form.show_form(sheet_form(cards, str(state.wanted)))
        self._store.dispatch(SheetShown(asks_of(cards), state.now))
        return True

    def clear(self) -> bool:
        """Choose nothing any more; return whether something was."""
        chosen_now = bool(self._store.state.acting.picked)
        if chosen_now:
            self._store.dispatch(PicksCleared())
        return chosen_now

    def _picked(self, state: AppState) -> tuple[AskCard, ...]:
        return tuple(state.asks[one] for one in state.acting.picked if one in state.asks)

    def _follow_sheet(self, state: AppState) -> None:
        sheet = state.acting.sheet
        if sheet is None:
            return
        cards = tuple(state.asks[one] for one in sheet.asks if one in state.asks)
        out = {card.ask: why for card in cards if (why := self._out(state, card))}
        for ask, why in out.items():
            self._form.put_out(CASES, ask, why)
        ticked = tuple(card for card in kept(self._form.given(), cards) if card.ask not in out)
        follows = sheet_follows(ticked, sheet.shown_at, state.now)
        if out:
            said = FormLine(texts_acting.TAKEN_OUT.of(len(out)), icon="info", tone="warn")
            follows = replace(follows, lines=(said, *follows.lines))
        if follows != self._sheet:
            self._sheet = follows
            self._form.set_follows(follows)

    def _out(self, state: AppState, card: AskCard) -> str:
        """Why a case is no longer what the sheet says of it, in a sentence; empty while it is.

        It was decided, somebody else is on it, or what it binds is another: amounts, the customer's words, what was changed.
        """
        if not undecided(card):
            by = decided_by(card)
            over = card.closed_sentence or texts_acting.OUT_OVER
            return texts_acting.OUT_DECIDED.format(name=one_line(by)) if by else over
        me = None if state.session is None else state.session.operator
        if card.claimed_by is not None and card.claimed_by != me:
            return texts_acting.OUT_TAKEN.format(name=one_line(card.claimed_name or words.A_COLLEAGUE))
        return "" if self._on_sheet.get(card.ask) == member_of(card) else texts_acting.OUT_CHANGED

    # -- the form ------------------------------------------------------------------------------------------------------

    def _changed(self, key: str, given: Given) -> None:
        if key.startswith("propose:"):
            self._change_action(given)
        elif key.startswith("together:"):
            self._follow_sheet(self._store.state)

    def _answered(self, key: str, given: Given) -> None:
        state, deeds = self._store.state, self._deeds
        if deeds is None:
            return
        preview, sheet = state.acting.preview, state.acting.sheet
        if key.startswith("action:") and preview is not None:
            self._opening = "fill"
            deeds.preview_action(preview.conversation, chosen(given), None)
        elif key.startswith("propose:") and preview is not None and preview.draft is not None:
            deeds.propose(preview, "".join(given.get("comment", ())))
        elif key.startswith("together:") and sheet is not None:
            cards = tuple(state.asks[one] for one in sheet.asks if one in state.asks)
            ticked = kept(given, cards)
            if not any(self._out(state, card) for card in ticked):
                deeds.approve_together(asks_of(ticked), sheet.shown_at)
            else:
                self._store.dispatch(News("together", texts_acting.MOVED_MEANWHILE, "", "warn"))

    def _dismissed(self, key: str) -> None:
        self._sheet = None
        if key.startswith("together:"):
            self._store.dispatch(SheetLeft())


def _against(card: AskCard, first: AskCard | None, cards: Sequence[AskCard], me: OperatorId | None) -> str:
    """Why a card may not be chosen together with the first one; empty when it may."""
    if first is None:
        return "" if len(like(card, cards, me)) > 1 else texts_acting.NOTHING_LIKE_IT
    return "" if card in like(first, (card,), me) else texts_acting.NOT_LIKE_IT


def acting_lines(state: AppState) -> list[PaletteLine]:
    """What the palette offers of one's own."""
    if state.detail is None or read_only_reason(state) or not in_control(state):
        return []
    said = texts_acting.PROPOSE_FOR.format(name=state.detail.row.customer_name)
    return [PaletteLine("do:propose", said, words.DO, "hand", "O")]
