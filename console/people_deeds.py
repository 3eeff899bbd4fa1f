"""The deeds about people and keys, signed with this person's key over the line's own client (R-C7).

A one-time code is shown once and kept nowhere. It must never sign a key whose fingerprint was not compared, and never send
what makes another key this person's before that key is kept.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

from agent_core.contract.ids import KeyFingerprint
from agent_core.contract.operator_commands import InvitationRow, OperatorKey
from console import texts_people
from console.connected import Connected
from console.errands import Errands
from console.headless.key_signing import Terms
from console.headless.operators import Operators
from console.headless.signing import new_operator
from console.state.happenings import KeyringKnown, News, SignedIn
from console.state.people import PeopleArrived, PeopleKnown
from console.state.ports import ConsoleError
from console.state.store import Store
from console.tasks import Tasks
from console.telling import told
from console.workspaces.people_deeds import Once, TermsAsked

_REASON: Final = "stopped_by_a_person"
_TRY_EVERY_S: Final = 4.0
_TRIES: Final = 450


class PeoplePerson:
    """What one person does about people and keys.

    Args:
        store: The state.
        line: To the core.
        tasks: Where the work is kept.
        show: Shows something once.
    """

    def __init__(self, store: Store, line: Connected, tasks: Tasks, show: Callable[[Once], None]) -> None:
        self._store = store
        self._line = line
        self._tasks = tasks
        self._show = show
        self._errands = Errands(store, tasks)

    @property
    def _operators(self) -> Operators:
        return Operators(self._line.client)

    def read_people(self) -> None:
        """Ask who counts."""
        self._tasks.start(self._reading(), "people")

    async def _reading(self) -> None:
        session = self._store.state.session
        enrols = session is not None and session.role in {"admin", "lead"}
        try:
            with told():
                keys = (await self._operators.all()).operators
                anchor = await self._operators.anchor()
                invitations = await self._operators.invitations() if enrols else ()
        except ConsoleError:
            return  # the line's own loop says that the core is away; it is asked again when somebody looks again
        self._store.dispatch(PeopleArrived(PeopleKnown(keys, invitations, anchor)))

    def invite(self, name: str, terms: TermsAsked) -> None:
        """Sign an invitation; its code is shown once."""

        async def deed() -> None:
            made = await self._operators.invite(new_operator(name), name, _terms(terms))
            title = texts_people.CODE_TITLE.format(name=name)
            self._show(Once(title, texts_people.CODE_WORDS, made.code, texts_people.CODE_HOW))

        self._do(f"invite:{name}", deed, texts_people.INVITED_OK.format(name=name))

    def withdraw(self, row: InvitationRow) -> None:
        """Take an invitation back."""
        self._do(f"invite:{row.invitation}", lambda: self._operators.withdraw(row.invitation), texts_people.DONE_WITHDRAWN)

    def countersign(self, row: InvitationRow) -> None:
        """Sign the key that was proven, after its fingerprint was compared."""
        if row.key is None:
            return
        key = row.key
        done = texts_people.DONE_ENROLLED.format(name=row.name)
        self._do(f"invite:{row.invitation}", lambda: self._operators.countersign(row, key), done)

    def amend(self, known: OperatorKey, terms: TermsAsked) -> None:
        """Sign other terms for a colleague."""
        done = texts_people.DONE_AMENDED.format(name=known.name)
        self._do(f"key:{known.key}", lambda: self._operators.amend(known, _terms(terms)), done)

    def stop(self, key: KeyFingerprint) -> None:
        """A key counts for nothing until its terms are signed anew."""
        self._do(f"key:{key}", lambda: self._operators.stop(key, _REASON), texts_people.DONE_STOPPED)

    def revoke(self, key: KeyFingerprint) -> None:
        """A key counts for nothing for ever; signed."""
        self._do(f"key:{key}", lambda: self._operators.revoke(key, _REASON), texts_people.DONE_REVOKED)

    def rotate(self) -> None:
        """A new key for oneself."""
        self._do("key:rotate", self._line.rotate_key, texts_people.DONE_ROTATED)

    def accept(self, code: str) -> None:
        """Make and prove a key for a one-time code; its fingerprint is shown."""

        async def deed() -> None:
            name, key = await self._line.accept_invitation(code.strip())
            self._show(Once(texts_people.ACCEPTED_TITLE.format(name=name), texts_people.ACCEPTED_WORDS, str(key)))
            self._tasks.start(self._until_enrolled(), "people:enrolled")

        self._do("key:accept", deed, "")

    async def _until_enrolled(self) -> None:
        """Sign in as soon as a second person has countersigned; given up after a while, the next start tries again."""
        for _ in range(_TRIES):
            await asyncio.sleep(_TRY_EVERY_S)
            try:
                session = await self._line.sign_in()
                keyring = await self._line.look()
            except ConsoleError:
                continue
            if session.operator is not None:
                self._store.dispatch(SignedIn(session))
                self._store.dispatch(KeyringKnown(keyring))
                self._store.dispatch(News("key:accept", texts_people.SIGNED_IN, "", "ok"))
                return

    def _do(self, subject: str, deed: Callable[[], Awaitable[object]], said: str) -> None:
        async def signed() -> None:
            with told():
                await deed()

        def done(_: None) -> None:
            if said:
                self._store.dispatch(News(subject, said, "", "ok"))
            self.read_people()

        self._errands.do(subject, subject.partition(":")[0], signed, done=done)


def _terms(asked: TermsAsked) -> Terms:
    return Terms(asked.role, asked.brands, asked.limit, asked.day_limit)
