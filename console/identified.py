"""Who sits at this console: the key that is kept here, whom a core lets in with it, and why nothing is shown to others.

Keys are read in a thread, because a keyring may wait for a person. Whose key the core does not let in (any more) is shown
one sentence and nothing else: reading without a key is for whoever has none. It must never keep a key longer than a session
needs it, never sign with one that the keyring did not give, and never sign in to a core that is not the one it had pinned.
"""

import asyncio
import contextlib
import time
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final, Literal, get_args

from pydantic import SecretStr

from agent_core.contract.clock import Clock
from agent_core.contract.commands import Challenge, Session
from agent_core.contract.errors import Invalid
from agent_core.contract.ids import KeyFingerprint
from agent_core.contract.statements import ConsoleIdentity, Role
from console import texts_headless, texts_identity, texts_shell
from console.anchored import anchor_news
from console.headless import errors
from console.headless.anchor_pin import Pin, check_anchor
from console.headless.client import CoreClient
from console.headless.connection import GONE
from console.headless.keys import KeyStore, Looked
from console.headless.operators import Operators
from console.headless.signing import KeyPair, Signer
from console.kept_keys import KeptKeys
from console.state import sentences
from console.state.app_state import Keyring
from console.state.ports import Enrolment, NoKey, SessionEnded, Unreachable
from console.telling import told

if TYPE_CHECKING:
    from collections.abc import Callable

    from agent_core.contract.operator_commands import AnchorShown
    from console.state.happenings import News

_ROLES: Final[tuple[Role, ...]] = get_args(Role)
FORBIDDEN: Final = 403
"""How a core says that a key, or what was signed with it, does not count."""
_LOOK_AGAIN_S: Final = 60.0
"""A keyring that was not usable is tried again no sooner: each try may ask the person something."""


@dataclass(frozen=True, slots=True)
class Attached:
    """A core that this console speaks to.

    Attributes:
        client: The connection.
        core: Its name.
        token: For reading and stopping without a key; none where somebody else started it.
    """

    client: CoreClient
    core: str
    token: SecretStr | None
    own: KeyPair = field(default_factory=KeyPair.new)
    """What the token's sessions are bound to: with it the token is good for as long as the core runs."""


class Identified:
    """The person and their key, at one core.

    Args:
        keys: Where this person's key is kept.
        console: How statements name this console.
        clock: The time statements are signed at.
    """

    def __init__(self, keys: KeyStore, console: ConsoleIdentity, clock: Clock) -> None:
        self._keys = keys
        self._kept = KeptKeys(keys, console, clock)
        self._clock = clock
        self._attached: Attached | None = None
        self._looked: Looked | None = None
        self._looked_at = 0.0
        self._signer: Signer | None = None
        self._session: Session | None = None
        self._anchors: dict[str, AnchorShown] = {}
        self._problem = ""
        self._shut = ""
        """Why nothing is shown here; empty while something may be."""
        self._refused: KeyFingerprint | None = None
        """The kept key that the core did not let in when it was tried last."""
        self._resting = False
        self._own: KeyFingerprint | None = None
        """The key that is being signed in with: whose own it is needs to be told of nobody's word."""
        self.learned: Callable[[News], None] | None = None

    def attach(self, client: CoreClient, core: str, token: SecretStr | None) -> None:
        """Speak to this core from now on; the token is good for reading, and for stopping whoever is signed in or not."""
        client.expect(core)
        client.vouched, client.holds = self._vouched, self._held
        self._attached = Attached(client, core, token)
        self._session = None

    def detach(self) -> None:
        """The core is gone."""
        self._attached = None
        self._session = None

    def _there(self) -> Attached:
        if self._attached is None:
            raise Unreachable("core_starting", sentences.CORE_STARTING)
        return self._attached

    @property
    def client(self) -> CoreClient:
        """The client of the core that is attached: what parts of the console with their own questions speak through.

        Raises:
            Unreachable: There is no core now.
        """
        return self._there().client

    # -- signing in -----------------------------------------------------------------------------------------------------

    async def sign_in(self) -> Session:
        """An operator's session when a key is kept here, else one to read with; none while somebody is signed out.

        Raises:
            SessionEnded: Nothing is shown here; `look` says why.
        """
        there, session = self._there(), None
        try:
            if not self._resting:
                session = await self._signed_in(there)
        finally:
            if self._resting:  # they may have signed out while this was on its way
                self._signer = self._session = None
        if self._resting or session is None:
            with told():
                await there.client.sign_out()
            raise SessionEnded("signed_out", texts_shell.SIGNED_OUT)  # whoever comes next is shown nothing
        return session

    async def _signed_in(self, there: Attached) -> Session:
        with told():
            try:
                session = await self._entered(there)
                session = await self._reading(there) if session is None else session
            except errors.NoKey as another:
                # Another core, or another beginning of trust: nothing was signed for it, and nothing of it is shown.
                raise await self._close_here(there, another.code, another.message) from another
            except errors.CoreRefused as refused:
                if refused.status != FORBIDDEN:
                    raise
                said = texts_identity.KEY_REFUSED.format(why=refused.message)
                raise await self._close_here(there, refused.code, said) from refused
            self._shut = ""
            return session

    async def _close_here(self, there: Attached, code: str, sentence: str) -> SessionEnded:
        """Nothing is shown from now on: neither what was read, nor by a session that is still open."""
        self._signer, self._session, self._shut = None, None, sentence
        with contextlib.suppress(errors.ClientError):
            await there.client.sign_out()
        return SessionEnded(code, sentence)

    async def _entered(self, there: Attached) -> Session | None:
        """The session of a key that is kept here; none where there is no key, or one that nobody has countersigned yet.

        Raises:
            CoreRefused: The core does not let this person's key in, nor one that may have followed it.
            NoKey: This is not the core that was pinned.
        """
        self._signer = None
        own, refused = await self._key_of(there.core), None
        if own is not None:
            try:
                return await self._as(there, own)
            except errors.CoreRefused as error:
                if error.status != FORBIDDEN:
                    raise
                refused = error
        self._refused = None if own is None else own.key.fingerprint
        for other in await self._waiting(there.core):
            if other.key.fingerprint == self._refused:
                continue
            try:
                session = await self._as(there, other)
            except errors.CoreRefused as error:
                if error.status != FORBIDDEN:
                    raise
                continue
            with contextlib.suppress(errors.NoKey):  # the next start finds it where it lies
                await asyncio.to_thread(self._kept.keep_own, there.core, other)
            return session
        if refused is not None:
            raise refused
        return None

    async def _as(self, there: Attached, signer: Signer) -> Session:
        """The session of a key, in the role that its owner has by now: whoever enrolled them may have signed another one."""
        wrong: errors.CoreRefused | None = None
        for role in (signer.role, *(each for each in _ROLES if each != signer.role)):
            mine = replace(signer, role=role)
            self._own = mine.key.fingerprint
            try:
                session = await there.client.sign_in(mine)
            except errors.CoreRefused as error:
                if error.code != "wrong_role":
                    raise
                wrong = wrong or error
                continue
            self._signer, self._session, self._refused = mine, session, None
            if role != signer.role:
                with contextlib.suppress(errors.NoKey):
                    await asyncio.to_thread(self._kept.keep_own, there.core, mine)
            return session
        assert wrong is not None, "there is at least one role"
        raise wrong

    async def _reading(self, there: Attached) -> Session:
        """A session without a key.

        Raises:
            SessionEnded: Nothing is read without one: the core says so.
        """
        if there.token is None:
            raise SessionEnded("session_over", sentences.SESSION_OVER)
        session = await self._without_key(there, there.token)
        if not session.brands and not session.may_enrol_first:
            looked = self._looked
            why = self._problem or (looked.sentence if looked is not None and not looked.usable else sentences.NO_KEY_HERE)
            raise await self._close_here(there, "key_needed", texts_identity.KEY_NEEDED.format(why=why))
        self._session = session
        return session

    async def _without_key(self, there: Attached, token: SecretStr) -> Session:
        before = there.client.session
        if before is not None and before.operator is None:
            with contextlib.suppress(errors.NotSignedIn):
                return await there.client.renew()
        return await there.client.sign_in_embedded(token.get_secret_value(), there.own)

    async def _vouched(self, challenge: Challenge) -> None:
        """Compares where a core's trust starts with what is pinned, before anything is signed for it.

        Raises:
            NoKey: It is another one, or nothing can be compared now and nothing was compared since this console started.
        """
        shown = challenge.anchor
        if shown is None or shown.core != challenge.core:
            raise errors.NoKey("anchor_changed", texts_headless.ANCHOR_CHANGED)
        try:
            pin = await asyncio.to_thread(check_anchor, self._keys, shown)
        except Invalid as error:
            raise errors.NoKey("anchor_changed", texts_headless.ANCHOR_CHANGED) from error
        except errors.NoKey as error:
            if error.code == "anchor_changed" or self._anchors.get(shown.core) != shown:
                raise
        else:
            self._tell(shown.core, pin)
        self._anchors[shown.core] = shown

    def _tell(self, core: str, pin: Pin) -> None:
        """Say what is trusted from now on: nobody else can tell whether that is what the house wanted."""
        news = anchor_news(core, pin)
        mine = pin.learned == "first" and self._own is not None and self._own == pin.anchor
        if news is not None and self.learned is not None and not mine:
            self.learned(news)

    async def _held(self, signer: Signer) -> None:
        """Asks the key store once more, before a signature leaves: whoever took their key away signs nothing.

        Raises:
            NoKey: `key_gone`, and the session is over; or the store gives nothing now, and nothing is sent.
        """
        there = self._there()
        try:
            held = await asyncio.to_thread(self._kept.holds, there.core, signer.key.fingerprint)
        except errors.NoKey as error:
            if error.code != "bad_key":
                raise
            held = False
        if not held:
            self._signer = self._session = None
            with contextlib.suppress(errors.ClientError):
                await there.client.sign_out()
            raise errors.NoKey(GONE, texts_identity.KEY_GONE)

    async def look_for_key(self) -> None:
        """Whether the key that signed in is still kept; asked when somebody comes back to the window.

        Raises:
            NoKey: `key_gone`: nothing is signed any more, and the session is over.
        """
        if self._signer is None or self._attached is None:
            return
        with told():
            try:
                await self._held(self._signer)
            except errors.NoKey as error:
                if error.code == GONE:
                    raise  # a keyring that is locked meanwhile says so when something is to be signed

    def seated(self) -> Session | None:
        """The session as it is by now: the client begins another one by itself when what this person may do has changed."""
        return self._session

    async def _look_again(self, there: Attached) -> None:
        """Whoever reads without a key may see less by now, or nothing.

        Raises:
            SessionEnded: Nothing.
        """
        if self._session is not None and self._session.operator is None:
            with told():
                await self._reading(there)

    def _adopt(self, there: Attached) -> None:
        """Who is signed in, as the client knows it."""
        if self._session is not None and there.client.session is not None:
            self._session = there.client.session

    # -- who is here ---------------------------------------------------------------------------------------------------

    def rest(self) -> None:
        """Use no key from now on, until `wake`."""
        self._resting, self._signer, self._session, self._shut = True, None, None, ""

    def wake(self) -> None:
        """Use the key that is kept here again."""
        self._resting, self._looked = False, None

    async def end_session(self) -> None:
        """End whatever session there is with the core."""
        with told():
            await self._there().client.sign_out()

    # -- the key -------------------------------------------------------------------------------------------------------

    async def look(self) -> Keyring:
        """Where the key is and whether it can be used, in words; a usable keyring is tried out once."""
        looked = await self._look()
        kind: Literal["os", "memory", "none"] = "none"
        if looked.usable:
            kind = "memory" if looked.situation == "memory_only" else "os"
        fingerprint = str(self._signer.key.fingerprint) if self._signer is not None else ""
        if self._resting:
            return Keyring(usable=False, kind=kind, sentence=texts_shell.SIGNED_OUT, resting=True)
        if self._shut:
            return Keyring(usable=False, kind=kind, sentence=self._shut, shut=True)
        if self._problem:
            return Keyring(usable=False, kind=kind, sentence=self._problem)
        return Keyring(looked.usable, kind, looked.sentence, fingerprint)

    async def _look(self) -> Looked:
        """What is known of the key store. One that cannot be used is tried again now and then: it may ask the person."""
        looked = self._looked
        if looked is None or (not looked.usable and time.monotonic() - self._looked_at > _LOOK_AGAIN_S):
            self._looked = looked = await asyncio.to_thread(self._keys.look)
            self._looked_at = time.monotonic()
        return looked

    async def make_key(self) -> Keyring:
        """Whether a key can be made; it is made with the enrolment, when its owner has a name."""
        found = await self.look()
        if not found.usable:
            raise NoKey("no_keyring", found.sentence)
        return found

    async def prepare_key(self, core: str) -> KeyFingerprint:
        """The fingerprint of the key that the next first enrolment here uses: what recovery keys must name beforehand."""
        with told():
            return await asyncio.to_thread(self._kept.prepared, core)

    async def enrol_first(self, session: Session, name: str) -> Enrolment:
        """Make this person's key the first one; kept before it is sent, so that it cannot be lost in between."""
        there = self._there()
        with told():
            signer = await asyncio.to_thread(self._kept.first, session.core, name)
            made = signer.enrolment(await there.client.challenge(), name=name)
            self._signer = signer
            return Enrolment(made.envelope, made.name, made.name_salt)

    async def rotate_key(self) -> None:
        """Another key for this person: kept first, named by the old one as its successor, and signed in with."""
        there = self._there()
        with told():
            old = self._signs()
            # Whatever happens in between, one of the two that are kept is the one that counts.
            new = await asyncio.to_thread(self._kept.successor, there.core, old)
            try:
                self._signer = await Operators(there.client).rotate(new.key)
            except errors.CoreRefused as refused:
                if refused.code == "rotation_refused":
                    await asyncio.to_thread(self._kept.forget_successor, there.core)
                raise
            await asyncio.to_thread(self._kept.keep_own, there.core, self._signer)
            self._session = there.client.session

    async def accept_invitation(self, code: str) -> tuple[str, KeyFingerprint]:
        """Makes a key for a one-time code and proves it; answers whose it is and what is read to whoever countersigns.

        It becomes this console's once somebody has countersigned it. Nobody's key that may still count is replaced.
        """
        there, keyring = self._there(), await self.look()
        if keyring.kind == "none":
            raise NoKey("no_keyring", keyring.sentence)
        if self._signer is not None or await self._another_counts(there.core):
            raise NoKey("key_here", texts_identity.KEY_HERE)
        with told():
            operators = Operators(there.client)
            shown = await operators.open_invitation(code)
            if shown.core != there.core:
                raise errors.NoKey("another_core", texts_headless.ANOTHER_CORE)
            signer, before = await asyncio.to_thread(self._kept.invited, there.core, shown.operator, shown.role)
            try:
                taken = await operators.accept(code, shown, signer)
            except errors.CoreRefused:
                await asyncio.to_thread(self._kept.not_invited, there.core, before)
                raise
            return shown.name, taken.key

    async def _another_counts(self, core: str) -> bool:
        """Whether somebody's key is kept here that the core may let in."""
        with told():
            try:
                own = await asyncio.to_thread(self._kept.own, core)
            except errors.NoKey as error:
                if error.code != "bad_key":
                    raise
                return False
            return own is not None and own.key.fingerprint != self._refused

    async def _waiting(self, core: str) -> tuple[Signer, ...]:
        if not (await self._look()).usable:
            return ()
        try:
            return await asyncio.to_thread(self._kept.waiting, core)
        except errors.NoKey as error:
            self._problem = self._problem or error.message
            return ()

    @property
    def signer(self) -> Signer | None:
        """The key that signed in; none while this console can only read."""
        return self._signer

    def _signs(self) -> Signer:
        if self._signer is None:
            raise NoKey("no_key_here", sentences.NO_KEY_HERE)
        return self._signer

    async def _key_of(self, core: str) -> Signer | None:
        """The key of this core; a keyring that refuses leaves reading, and its sentence says why."""
        try:
            return await self._load(core)
        except errors.NoKey as error:
            self._problem = error.message
            return None

    async def _load(self, core: str) -> Signer | None:
        self._problem = ""
        if not (await self._look()).usable:
            return None
        return await asyncio.to_thread(self._kept.own, core)
