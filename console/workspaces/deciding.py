"""Deciding about asks, the same in every workspace: from a press to the question it may need, to the deed (R-M2, R-C4).

A press on much at stake arms the card and asks for a second one; a denial needs its reason. It must never act on anything
but the card that is shown, and never change the card: the core does, through the feed.
"""

from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Final

from agent_core.contract.ids import AskId, ConversationId
from agent_core.contract.views import AskCard
from console import strings, texts_acting, words
from console.presenting.approval import bound
from console.state.deciding import undecided
from console.state.happenings import AskArmed, AskReviewed, News
from console.state.selectors import KEEPING, away, is_mine, must_look_again, needs_second_press, still_to_read
from console.state.store import Store
from console.widgets.approval_card import ApprovalCard
from console.widgets.approval_state import LookAgain, Verb
from console.widgets.prompt_overlay import PromptProps
from console.widgets.visible_text import one_line
from console.workspaces.workspace import Asking, Deeds

if TYPE_CHECKING:
    from collections.abc import Callable

    from console.theme.tokens import Tone


RENEW_BEFORE: Final = timedelta(seconds=45)
_KEYS: dict[str, Verb] = {
    "A": "approve",
    "E": "edit",
    "D": "deny",
    "S": "resolve",
    "X": "repair",
    "Y": "confirm_executed",
    "N": "confirm_not_executed",
    "U": "still_unknown",
    "B": "ask_back",
    "L": "escalate",
}
_YES: Final[frozenset[Verb]] = frozenset({"approve", "confirm_executed", "confirm_not_executed"})
"""What signs: it counts only for what stood on the card when it was pressed."""


class Deciding:
    """What presses on approval cards lead to.

    Args:
        store: The state.
        deeds: What can be asked of the core.
        asking: Puts questions to the person.
    """

    def __init__(self, store: Store, deeds: Deeds, asking: Asking) -> None:
        self._store = store
        self._deeds = deeds
        self._asking = asking

    def connect(self, card: ApprovalCard) -> None:
        """Take the presses of a card."""
        card.decided.connect(partial(self._decided, card))
        card.recalled.connect(self._recalled)
        card.seen.connect(partial(self._seen, card))
        card.claim_wanted.connect(self._claim_wanted)
        card.too_soon.connect(self._moved)

    def _recalled(self, ask: str) -> None:
        self._deeds.recall(AskId(ask))

    def _claim_wanted(self, ask: str) -> None:
        card = self._store.state.asks.get(AskId(ask))
        if card is not None:
            self._claim(card)

    def keep(self, card: AskCard) -> None:
        """Stay on it while it is shown to somebody here: a lease that is about to end is renewed. Who went away lets go."""
        state = self._store.state
        if away(state):
            return
        me = state.session.operator if state.session is not None else None
        if card.state != "claimed" or me is None or card.claimed_by != me or card.claimed_until is None:
            return
        under_way = {str(card.ask), f"{KEEPING}{card.ask}"} & state.pending.keys()
        if card.claimed_until - state.now < RENEW_BEFORE and not under_way:
            self._deeds.claim(card.ask, "")

    def keep_about(self, conversation: ConversationId | None) -> None:
        """Stay on what is claimed of a conversation that is worked on where its cards are not shown."""
        for card in self._store.state.asks.values() if conversation is not None else ():
            if card.conversation == conversation:
                self.keep(card)

    def _seen(self, card: ApprovalCard, ask: str) -> None:
        shown = self._store.state.asks.get(AskId(ask))
        if shown is None or not self._says(card, shown):
            self._moved()
        else:
            self._store.dispatch(AskReviewed(shown.ask))

    def _says(self, card: ApprovalCard, shown: AskCard) -> bool:
        """Whether a card on the screen says what is known by now: between the two lies a moment in which one presses."""
        on_it, newest = card.props.state, LookAgain(words.SINCE_SHOWN.format(words=shown.latest_words))
        asked = must_look_again(self._store.state, shown)
        return card.props.bound == bound(shown) and (on_it == newest if asked else not isinstance(on_it, LookAgain))

    def _moved(self) -> None:
        self._store.dispatch(News("not-now", texts_acting.MOVED_UNDER))

    def _decided(self, card: ApprovalCard, ask: str, verb: str) -> None:
        shown = self._store.state.asks.get(AskId(ask))
        if shown is None:
            return
        acts: dict[str, Callable[[AskCard], bool]] = {
            "approve": self._approve,
            "deny": self._deny,
            "edit": self._edit,
            "resolve": self._resolve,
            "ask_back": self._ask_back,
            "escalate": self._escalate,
            "take_over": self._take_over,
            "repair": self._repair,
            "confirm_executed": lambda one: self._settle(one, happened=True),
            "confirm_not_executed": lambda one: self._settle(one, happened=False),
            "still_unknown": self._still_unknown,
        }
        act = acts.get(verb)
        if verb in _YES and not self._says(card, shown):
            self._moved()
            card.release()
        elif act is None or not act(shown):
            # Nothing was sent yet: a question is open, or a second press is wanted.
            card.release()

    def _approve(self, card: AskCard) -> bool:
        state = self._store.state
        if needs_second_press(state, card) and state.armed != card.ask:
            self._store.dispatch(AskArmed(card.ask))
            return False
        self._deeds.approve(card.ask)
        return True

    def _edit(self, card: AskCard) -> bool:
        self._asking.edit(card.ask)
        return False

    def _deny(self, card: AskCard) -> bool:
        asked = (words.DENY_TITLE, words.DENY_WORDS, words.DENY_YES, words.DENY_FIELD, "ban")
        return self._with_words(card, "deny", *asked, self._deeds.deny, tone="danger")

    def _ask_back(self, card: AskCard) -> bool:
        asked = (words.ASK_BACK_TITLE, words.ASK_BACK_WORDS, words.ASK_BACK_YES, words.ASK_BACK_FIELD)
        return self._with_words(card, "ask_back", *asked, "message-circle-question-mark", self._deeds.ask_back)

    def _escalate(self, card: AskCard) -> bool:
        asked = (words.SEND_UP_TITLE, words.SEND_UP_WORDS, words.SEND_UP_YES, words.SEND_UP_FIELD, "chevron-up")
        return self._with_words(card, "escalate", *asked, self._deeds.escalate)

    def _with_words(
        self,
        card: AskCard,
        verb: Verb,
        title: str,
        follows: str,
        confirm: str,
        label: str,
        icon: str,
        deed: "Callable[[AskId, str], None]",
        *,
        tone: "Tone" = "accent",
    ) -> bool:
        """Ask for the words without which a verb cannot be done."""
        about = f"{card.title} · {card.subtitle}\n{follows}"
        props = PromptProps(f"{verb}:{card.ask}", title, about, confirm, tone, icon, label, required=True)
        self._asking.ask(props, lambda said: deed(card.ask, said))
        return False

    def _claim(self, card: AskCard) -> None:
        """Take it, give it back, or take it from somebody with a reason."""
        session = self._store.state.session
        if session is None or session.operator is None or not undecided(card):
            self._store.dispatch(News("not-now", words.NOT_ALLOWED_NOW))
        elif card.state == "waiting":
            self._deeds.claim(card.ask, "")
        elif card.claimed_by == session.operator:
            self._deeds.release_claim(card.ask)
        else:
            name = one_line(card.claimed_name or words.A_COLLEAGUE)
            props = PromptProps(
                f"claim:{card.ask}", words.STEAL_TITLE.format(name=name), words.STEAL_WORDS.format(name=name),
                words.STEAL_YES, "warn", "hand", words.STEAL_FIELD, required=True,
            )  # fmt: skip
            self._asking.ask(props, lambda why: self._deeds.claim(card.ask, why))

    def _resolve(self, card: AskCard) -> bool:
        props = PromptProps(
            f"resolve:{card.ask}", words.RESOLVE_TITLE, f"{card.title}\n{words.RESOLVE_WORDS}", strings.RESOLVE,
            "accent", "circle-check", words.RESOLVE_FIELD,
        )  # fmt: skip
        self._asking.ask(props, lambda note: self._deeds.resolve(card.ask, note))
        return False

    def _settle(self, card: AskCard, *, happened: bool) -> bool:
        answer = strings.IT_HAPPENED if happened else strings.IT_DID_NOT
        props = PromptProps(f"settle:{card.ask}", f"{card.title}: {answer}?", card.sentence, answer, "warn", "scale")
        self._asking.ask(props, lambda _given: self._deeds.settle(card.ask, happened))
        return False

    def _still_unknown(self, card: AskCard) -> bool:
        props = PromptProps(
            f"unknown:{card.ask}", words.STILL_UNKNOWN_TITLE, f"{card.title}\n{words.STILL_UNKNOWN_WORDS}",
            strings.STILL_UNKNOWN, "accent", "scale", words.STILL_UNKNOWN_FIELD,
        )  # fmt: skip
        self._asking.ask(props, lambda note: self._deeds.still_unknown(card.ask, note))
        return False

    def _take_over(self, card: AskCard) -> bool:
        self._deeds.take_over(card.conversation)
        return False

    def _repair(self, card: AskCard) -> bool:
        self._asking.repair(card.conversation)
        return False

    def _undo(self, shown: AskCard) -> None:
        """Take back the decision on this card; where there is none of this person's, their newest that has not left yet.

        Whoever has gone on to the next card still means the last one, and it is said which. Taking back never widens.
        """
        state = self._store.state
        mine = [card for card in state.asks.values() if card.state == "deciding" and is_mine(state, card)]
        if shown in mine:
            self._deeds.recall(shown.ask)
        elif mine:
            last = max(mine, key=lambda card: card.approvals[-1].at)
            said = texts_acting.TAKES_BACK.format(what=last.title, who=one_line(last.customer_name))
            self._store.dispatch(News(f"undo:{last.ask}", said, "", "info", last.conversation))
            self._deeds.recall(last.ask)
        else:
            self._store.dispatch(News("not-now", texts_acting.NOTHING_TO_TAKE_BACK))

    def takes(self, card: ApprovalCard | None, key: str) -> bool:
        """Whether a plain key would act on a card. Taking back waits for nothing: it never widens."""
        shown = None if card is None else self._store.state.asks.get(AskId(card.props.key))
        if shown is None:
            return False
        return key in _KEYS or key == "C" or (key == "R" and must_look_again(self._store.state, shown))

    def press(self, card: ApprovalCard | None, key: str) -> bool:
        """Take a plain key for the shown card; return whether it meant something on it."""
        if key not in _KEYS and key not in {"R", "Z", "C"}:
            return False
        if card is None:
            return key != "R"
        shown = self._store.state.asks.get(AskId(card.props.key))
        if shown is None:
            return True
        if card.settles:
            self._moved()
        elif key == "Z":
            self._undo(shown)
        elif key == "C":
            self._claim(shown)
        elif key == "R":
            if not must_look_again(self._store.state, shown):
                return False
            self._seen(card, shown.ask)
        elif key == "A" and still_to_read(self._store.state, shown):
            self._store.dispatch(News("still-reading", texts_acting.STILL_READING))
        elif not card.press(_KEYS[key]):
            self._store.dispatch(News("not-now", words.NOT_ALLOWED_NOW))
        return True
