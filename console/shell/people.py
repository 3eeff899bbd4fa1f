"""Forms and questions about people and keys, opened from Settings (R-C7).

What gives is signed after its form; what takes away needs a yes. It must never sign a key whose fingerprint was not read
aloud, and never let an amount be guessed.
"""

from collections.abc import Callable
from functools import partial

from agent_core.contract.operator_commands import InvitationRow, OperatorKey
from console import texts_people
from console.shell.form import Form, Given
from console.state.happenings import News
from console.state.store import Store
from console.widgets.prompt_overlay import PromptProps
from console.workspaces.people_deeds import PeopleDeeds
from console.workspaces.people_forms import is_that_key, terms, terms_form
from console.workspaces.workspace import Asking


class People:
    """What is asked about people in one window.

    Args:
        form: Where terms are asked for.
        asking: Puts questions.
        store: The state.
        deeds: What can be asked of the core; none: nothing.
    """

    def __init__(self, form: Form, asking: Asking, store: Store, deeds: PeopleDeeds | None) -> None:
        self._form = form
        self._asking = asking
        self._store = store
        self._deeds = deeds
        form.answered.connect(self._answered)

    def wanted(self, deed: str, about: str) -> None:
        """Begin what was pressed."""
        deeds = self._deeds
        if deeds is None:
            return
        known = self._key(about)
        row = next((one for one in self._store.state.people.invitations if one.invitation == about), None)
        match deed:
            case "invite":
                self._form.show_form(terms_form(self._store.state))
            case "accept":
                self._ask_code(deeds)
            case "rotate":
                self._ask(
                    "rotate", texts_people.ROTATE_TITLE, texts_people.ROTATE_WORDS, texts_people.ROTATE_YES, deeds.rotate
                )
            case "amend" if known is not None:
                self._form.show_form(terms_form(self._store.state, known))
            case "stop" if known is not None:
                title = texts_people.STOP_TITLE.format(name=known.name)
                act = partial(deeds.stop, known.key)
                self._ask(f"stop:{about}", title, texts_people.STOP_WORDS, texts_people.STOP_YES, act, danger=True)
            case "revoke" if known is not None:
                title = texts_people.REVOKE_TITLE.format(name=known.name)
                act = partial(deeds.revoke, known.key)
                self._ask(f"revoke:{about}", title, texts_people.REVOKE_WORDS, texts_people.REVOKE_YES, act, danger=True)
            case "countersign" if row is not None:
                self._ask_fingerprint(deeds, row)
            case "withdraw" if row is not None:
                deeds.withdraw(row)
            case _:
                pass

    def _key(self, fingerprint: str) -> OperatorKey | None:
        return next((one for one in self._store.state.people.keys or () if one.key == fingerprint), None)

    def _ask(self, key: str, title: str, said: str, yes: str, act: Callable[[], None], *, danger: bool = False) -> None:
        props = PromptProps(
            f"people:{key}", title, said, yes, "danger" if danger else "accent", "ban" if danger else "key-round"
        )
        self._asking.ask(props, lambda _given: act())

    def _ask_code(self, deeds: PeopleDeeds) -> None:
        props = PromptProps(
            "people:accept", texts_people.ACCEPT_TITLE, texts_people.ACCEPT_WORDS, texts_people.ACCEPT_YES, "accent",
            "key-round", texts_people.ACCEPT_FIELD, required=True,
        )  # fmt: skip
        self._asking.ask(props, deeds.accept)

    def _ask_fingerprint(self, deeds: PeopleDeeds, row: InvitationRow) -> None:
        props = PromptProps(
            f"people:{row.invitation}", texts_people.COUNTERSIGN_TITLE.format(name=row.name),
            texts_people.COUNTERSIGN_WORDS.format(name=row.name), texts_people.COUNTERSIGN_YES, "accent", "signature",
            texts_people.COUNTERSIGN_FIELD, required=True,
        )  # fmt: skip

        def compared(read: str) -> None:
            if row.key is not None and is_that_key(read, row.key):
                deeds.countersign(row)
            else:
                news = News("people", texts_people.OTHER_FINGERPRINT, texts_people.OTHER_FINGERPRINT_WORDS, "danger")
                self._store.dispatch(news)

        self._asking.ask(props, compared)

    def _answered(self, key: str, given: Given) -> None:
        kind, _, about = key.partition(":")
        if kind != "person" or self._deeds is None:
            return
        try:
            asked = terms(given)
        except ValueError:
            self._store.dispatch(News("people", texts_people.BAD_AMOUNT, texts_people.BAD_AMOUNT_WORDS, "warn"))
            return
        name = "".join(given.get("name", ())).strip()
        known = self._key(about)
        if asked is None or (known is None and not name):
            self._store.dispatch(News("people", texts_people.NOT_WHOLE, texts_people.NOT_WHOLE_WORDS, "warn"))
        elif known is not None:
            self._deeds.amend(known, asked)
        else:
            self._deeds.invite(name, asked)
