"""Who may ask: a challenge answered with a key, or the one-time token of the console that started this core (DESIGN §4).

Tokens are random, short-lived, kept as digests and only in memory, and bound to the console that signed in: every request
proves that it holds the session's key (`possession`). A token is renewed while its session lasts. A session without an
operator reads what everybody may (`keyless`), and enrols the first key while there is none. `Seat` is the one scope object:
every query and command carries it, so no query can forget the brands. It must never put a token into a log, and never
outlive its key or the terms it was opened under: a key that falls, or whose owner may do something else by now, ends it.
"""

import hashlib
import hmac
import secrets
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from pydantic import SecretStr

from agent_core.authority.errors import CheckFailed
from agent_core.authority.facts import OperatorFacts, shares_brand
from agent_core.authority.verify import verify_envelope
from agent_core.contract.base import Digest
from agent_core.contract.clock import Clock
from agent_core.contract.commands import Challenge, Session
from agent_core.contract.errors import CountersignError, Forbidden, NotFound
from agent_core.contract.ids import BrandId, KeyFingerprint, OperatorId, SessionId, random_id
from agent_core.contract.operator_statements import BoundSessionStatement
from agent_core.contract.statements import Envelope, SessionStatement
from agent_core.service.keyless import EVERY_BRAND, Brands, known_to_all, open_to_all
from agent_core.service.operators import OperatorBook
from agent_core.service.possession import Asking, Possession

CHALLENGE_LIFE = timedelta(minutes=5)
IDLE = timedelta(minutes=30)
TOKEN_LIFE = timedelta(minutes=15)
LONGEST = timedelta(hours=12)
MOST_CHALLENGES = 2_000
MOST_SESSIONS = 2_000


class NotSignedIn(CountersignError):
    """No valid session."""

    status = 401


@dataclass(frozen=True, slots=True)
class Seat:
    """A session as the core sees it: who, and which brands.

    Attributes:
        operator: None for a read-only session of the embedded console.
        key: The key that signed in.
        embedded: Of the console that started this core, on the same machine: without a key it may stop agents, nothing else.
        open_to: What a session without an operator reads.
        terms: The statement that says what the key's owner may do, as it was when they signed in.
    """

    session: SessionId
    operator: OperatorFacts | None
    key: KeyFingerprint | None
    begun: datetime
    seen: datetime
    embedded: bool = False
    open_to: Brands = ()
    terms: Digest | None = None

    def sees(self, brand: str | None) -> bool:
        """Whether this session may see a brand at all."""
        if self.operator is None:
            return self.open_to == EVERY_BRAND or brand in self.open_to
        return brand is not None and self.operator.works_for(brand)

    def knows(self, other: OperatorFacts) -> bool:
        """Whether this session may know that somebody is enrolled here."""
        return known_to_all(self.open_to, other) if self.operator is None else shares_brand(self.operator, other)

    def brands(self, all_brands: Iterable[BrandId]) -> tuple[BrandId, ...]:
        """The brands this session sees: the filter of every query."""
        return tuple(brand for brand in all_brands if self.sees(brand))

    def person(self) -> OperatorFacts:
        """The operator.

        Raises:
            Forbidden: `read_only_session`.
        """
        if self.operator is None:
            raise Forbidden("read_only_session", "This session may only read. Sign in with an enrolled key to act.")
        return self.operator

    def check_brand(self, brand: str | None) -> None:
        """Raises as if there were no such thing, so that nothing can be probed.

        Raises:
            NotFound: `not_found`.
        """
        if not self.sees(brand):
            raise NotFound("not_found", "There is no such thing here.")


class Desk:
    """Hands out challenges and sessions."""

    def __init__(
        self, people: OperatorBook, *, core: str, clock: Clock, embedded: SecretStr | None, require_proof: bool = True
    ) -> None:
        """A desk.

        Args:
            people: Whose keys count.
            core: This core: the audience of statements.
            clock: The present moment.
            embedded: The one-time token of the console that started this core.
            require_proof: Whether each request must prove that it comes from the console that signed in. Given proofs are
                checked either way.
        """
        self._people = people
        self._core = core
        self._clock = clock
        self._embedded = None if embedded is None else hashlib.sha256(embedded.get_secret_value().encode()).digest()
        self._embedded_by: str | None = None
        self._require_proof = require_proof
        self._challenges: dict[str, Challenge] = {}
        self._of_seats: dict[str, Challenge] = {}
        """Those of whoever is signed in: a flood of questions without a session pushes none of them out."""
        self._tokens: dict[str, tuple[SessionId, datetime]] = {}
        self._seats: dict[SessionId, Seat] = {}
        self._possessions: dict[SessionId, Possession] = {}

    def challenge(self, *, seated: bool = False) -> Challenge:
        """A new challenge with a nonce; each is good for one statement of any kind.

        Args:
            seated: Whoever asks has a session.
        """
        now, known = self._clock(), self._of_seats if seated else self._challenges
        for nonce in [nonce for nonce, one in known.items() if one.expires_at <= now]:
            del known[nonce]
        while len(known) >= MOST_CHALLENGES:
            del known[next(iter(known))]
        made = Challenge(
            core=self._core,
            challenge=secrets.token_urlsafe(32),
            nonce=random_id("n"),
            expires_at=now + CHALLENGE_LIFE,
        )
        known[made.nonce] = made
        return made

    def take_nonce(self, nonce: str) -> Challenge:
        """Uses a challenge up.

        Raises:
            CheckFailed: `nonce_not_issued`.
        """
        found = self._challenges.pop(nonce, None) or self._of_seats.pop(nonce, None)
        if found is None or found.expires_at <= self._clock():
            raise CheckFailed("nonce_not_issued")
        return found

    def give_back(self, challenges: Iterable[Challenge]) -> None:
        """What was used up for a command that could not be written down is good again, until it expires.

        Only for statements whose digest is taken in the transaction that carries them out: nothing else keeps them from
        counting twice.
        """
        self._of_seats.update({known.nonce: known for known in challenges})

    async def sign_in(self, envelope: Envelope) -> Session:
        """A session for a signed answer to a challenge.

        Raises:
            CheckFailed: The statement does not hold; the code says why.
        """
        people = await self._people.people()
        verified = verify_envelope(envelope, keys=people.ring, now=self._clock(), audience=self._core)
        statement = verified.statement
        if not isinstance(statement, SessionStatement | BoundSessionStatement):
            raise CheckFailed("bad_statement", detail=verified.digest)
        possession = self._possession(statement.session_key if isinstance(statement, BoundSessionStatement) else None)
        known = self.take_nonce(statement.nonce)
        if not hmac.compare_digest(known.challenge.encode(), statement.challenge.encode()):
            raise CheckFailed("nonce_not_issued", detail=verified.digest)
        operator = verified.operator
        now = self._clock()
        seat = Seat(_name_of_session(), operator, verified.key.fingerprint, now, now, terms=verified.key.statement)
        session = self._begin(seat, possession)
        return session.model_copy(update={"name": people.name(operator.id)})

    async def sign_in_embedded(self, token: str, session_key: str | None = None) -> Session:
        """The read-only session of the console that started this core. The token works once, and again for that console.

        It is that console which holds the session key that came first: each request of any session begun with the token is
        signed by it. So whoever signed out there can still stop agents (R-M3), and a token that was read off helps nobody.

        Raises:
            Forbidden: `bad_token`, `unbound_session`.
            Invalid: `bad_session_key`.
        """
        given = hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()
        if self._embedded is None or not hmac.compare_digest(given, self._embedded):
            raise Forbidden("bad_token", _ANOTHERS)
        possession = self._possession(session_key)
        if self._embedded_by is not None and self._embedded_by != session_key:
            raise Forbidden("bad_token", _ANOTHERS)
        if possession is None:
            self._embedded = None
        self._embedded_by = session_key
        ring, now = await self._people.keyring(), self._clock()
        seat = Seat(_name_of_session(), None, None, now, now, embedded=True, open_to=open_to_all(ring, now))
        return self._begin(seat, possession).model_copy(update={"may_enrol_first": not ring.keys})

    async def seat(self, token: str | None, asking: Asking | None = None) -> Seat:
        """The session of a token, which it keeps alive.

        Args:
            token: As sent.
            asking: The request, for its proof.

        Raises:
            NotSignedIn: `not_signed_in`, `session_ended`, `token_expired`, `proof_missing`, `proof_wrong` or `proof_used`.
        """
        return (await self._found(token, asking, renewing=False))[0]

    async def renew(self, token: str, asking: Asking) -> Session:
        """A newer token of the same session, also when the older one has expired. That one ends at its own time.

        Raises:
            NotSignedIn: As `seat`, but for `token_expired`.
        """
        seat, session = await self._found(token, asking, renewing=True)
        fresh = self._issue(session)
        return await self.shown(seat, fresh)

    async def _found(self, token: str | None, asking: Asking | None, *, renewing: bool) -> tuple[Seat, SessionId]:
        name = _name(token or "")
        session, until = self._tokens.get(name, (None, None))
        found = None if session is None else self._seats.get(session)
        if session is None or until is None or found is None:
            self._tokens.pop(name, None)
            raise NotSignedIn("not_signed_in", "Sign in first.")
        now = self._clock()
        idle = now - found.seen > (IDLE if found.operator is not None else LONGEST)
        over = idle or (found.operator is not None and now - found.begun > LONGEST)
        of_now = await self._of_now(found)
        if over or of_now is None or session not in self._seats:  # it may have been ended just now
            self._end(session)
            raise NotSignedIn("session_ended", "This session has ended. Sign in again.")
        self._check_possession(session, token or "", asking)
        if now >= until and not renewing:
            raise NotSignedIn("token_expired", "This token is too old. Renew it, or sign in again.")
        seat = replace(of_now, seen=now)
        self._seats[session] = seat
        return seat, session

    async def _of_now(self, seat: Seat) -> Seat | None:
        """A session with what its owner may do at this moment; none when it is over."""
        ring, now = await self._people.keyring(), self._clock()
        if seat.key is None:
            return replace(seat, open_to=open_to_all(ring, now))
        key = ring.get(seat.key)
        if key is None or not key.counts_at(now) or key.statement != seat.terms:
            return None
        return replace(seat, operator=key.operator)

    def _check_possession(self, session: SessionId, token: str, asking: Asking | None) -> None:
        possession = self._possessions.get(session)
        if possession is None or asking is None:
            if self._require_proof:
                raise NotSignedIn("proof_missing", _PROOF["proof_missing"])
            return
        fault = possession.fault(token, asking)
        if fault == "proof_missing" and not self._require_proof:
            return
        if fault is not None:
            raise NotSignedIn(fault, _PROOF[fault])

    def _possession(self, session_key: str | None) -> Possession | None:
        if session_key is not None:
            return Possession.of(session_key)
        if self._require_proof:
            raise Forbidden("unbound_session", "This console is too old: it must sign each request. Update it.")
        return None

    async def shown(self, seat: Seat, token: str) -> Session:
        """The session as its owner sees it."""
        people = await self._people.people()
        return _session(seat, token, self._core).model_copy(
            update={
                "name": None if seat.operator is None else people.name(seat.operator.id),
                "may_enrol_first": seat.operator is None and not people.ring.keys,
            }
        )

    async def end_fallen(self) -> None:
        """Ends the sessions of keys that count no more, or on other terms."""
        for session, seat in tuple(self._seats.items()):
            if await self._of_now(seat) is None:
                self._end(session)

    async def still(self, seat: Seat) -> Seat:
        """A session that has been waiting, as it is now: it may have ended, or see other brands.

        Raises:
            NotSignedIn: `session_ended`.
        """
        found = self._seats.get(seat.session)
        of_now = None if found is None else await self._of_now(found)
        if of_now is None:
            raise NotSignedIn("session_ended", "This session has ended. Sign in again.")
        return of_now

    def sign_out(self, seat: Seat, *, everywhere: bool = False) -> None:
        """Ends this session, or every session of its operator."""
        own = None if seat.operator is None else seat.operator.id
        for session, other in tuple(self._seats.items()):
            mine = everywhere and own is not None and other.operator is not None and other.operator.id == own
            if session == seat.session or mine:
                self._end(session)

    def _end(self, session: SessionId) -> None:
        self._seats.pop(session, None)
        self._possessions.pop(session, None)
        self._tokens = {name: known for name, known in self._tokens.items() if known[0] != session}

    def _begin(self, seat: Seat, possession: Possession | None) -> Session:
        for session in [each.session for each in self._seats.values() if seat.begun - each.seen > LONGEST]:
            self._end(session)
        while len(self._seats) >= MOST_SESSIONS:
            self._end(next(iter(self._seats)))
        self._seats[seat.session] = seat
        if possession is not None:
            self._possessions[seat.session] = possession
        return _session(seat, self._issue(seat.session), self._core)

    def _issue(self, session: SessionId) -> str:
        now = self._clock()
        token = secrets.token_urlsafe(32)
        self._tokens[_name(token)] = (session, now + TOKEN_LIFE)
        return token


_ANOTHERS = "This is not the token that was handed over when the core was started, or another console has used it."

_PROOF = {
    "proof_missing": "This request does not prove that it comes from the console that signed in.",
    "proof_wrong": "The proof does not fit this request and this session.",
    "proof_used": "This request was sent before. Each one counts once.",
}


def operator_of(seat: Seat) -> OperatorId:
    """The acting operator's id; see `Seat.person`."""
    return seat.person().id


def _name_of_session() -> SessionId:
    return SessionId(random_id("s"))


def _name(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def _session(seat: Seat, token: str, core: str) -> Session:
    operator = seat.operator
    return Session(
        session=seat.session,
        token=token,
        core=core,
        expires_at=min(seat.seen + (LONGEST if operator is None else IDLE), seat.begun + LONGEST),
        renew_within_s=int(TOKEN_LIFE.total_seconds()),
        operator=None if operator is None else operator.id,
        role=None if operator is None else operator.role,
        brands=seat.open_to if operator is None else operator.brands,
        key=seat.key,
        limit=None if operator is None else operator.limit,
    )
