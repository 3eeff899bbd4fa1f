"""What the Triage workspace knows: what is poisoned or stuck, the one that is looked at, a file, and what was said (R-M4).

Everything but choices and marks is what the core said. A late answer about something that is not looked at any more
changes nothing. It must never invent an answer about a call: what is pre-filled is what the core presumed.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal, assert_never

from agent_core.contract.ids import ConversationId, RunId
from agent_core.contract.repairing import CallAnswerWord
from agent_core.contract.triage import (
    CallLookedUp,
    CallTriaged,
    ConversationTriage,
    DiagnoseAnswer,
    MessageShown,
    ReconcileAnswer,
    RequestShown,
    TriageAnswer,
    TriageRow,
)
from console.state.triage_fork import Fork, ForkArrived, ForkHappening, ForkPointChosen, ForkSent, fork_reduced

TriageView = Literal["request", "repair", "fork"]
TRIAGE_VIEWS: tuple[TriageView, ...] = ("request", "repair", "fork")
Reading = Literal["unread", "reading", "shown", "failed"]


@dataclass(frozen=True, slots=True)
class LookedAt:
    """One conversation that is looked at.

    Attributes:
        conversation: Which one.
        reading: How far reading it has come.
        problem: Why it could not be read, safe to show.
        shown: What the core said of it; the last one while it is read anew.
        run: The run whose request is shown; the first one with none.
        pages: Messages of requests that were read beyond the first page, by run, in order.
        paging: A further page was asked for.
        broken: The last page that was asked for did not come: the next one waits for the person.
        said: What the person says about calls, where it is not what is presumed.
        looked_up: What the other sides said about calls, by call.
        asking: Calls the other sides are asked about right now.
    """

    conversation: ConversationId
    reading: Reading = "unread"
    problem: str = ""
    shown: ConversationTriage | None = None
    run: RunId | None = None
    pages: Mapping[RunId, tuple[MessageShown, ...]] = field(default_factory=dict[RunId, tuple[MessageShown, ...]])
    nexts: Mapping[RunId, int | None] = field(default_factory=dict[RunId, int | None])
    paging: bool = False
    broken: bool = False
    said: Mapping[str, CallAnswerWord] = field(default_factory=dict[str, CallAnswerWord])
    looked_up: Mapping[str, CallLookedUp] = field(default_factory=dict[str, CallLookedUp])
    asking: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class TriageFile:
    """A file somebody dropped on the window. Its bytes are not in here.

    Attributes:
        name: Its name, without its folder.
        size: In bytes.
        number: Counts up, so that a late answer about an older file is known.
        said: What the person says about calls in it, by tool use id.
    """

    name: str
    size: int
    number: int
    reading: Reading = "reading"
    problem: str = ""
    answer: DiagnoseAnswer | None = None
    said: Mapping[str, CallAnswerWord] = field(default_factory=dict[str, CallAnswerWord])
    saved: str = ""


@dataclass(frozen=True, slots=True)
class Triage:
    """The slice.

    Attributes:
        rows: What is poisoned or stuck, as the core said.
        reading: How far reading that has come; `failed` says why in `problem`.
        on_file: The file is looked at, and not a conversation.
        fork: A turn that is run again.
        healed: The conversation whose repair the core took; it is shown alive until the person moves on.
    """

    rows: TriageAnswer | None = None
    reading: Reading = "unread"
    problem: str = ""
    looked_at: LookedAt | None = None
    view: TriageView = "request"
    file: TriageFile | None = None
    on_file: bool = False
    files: int = 0
    fork: Fork = field(default_factory=Fork)
    healed: ConversationId | None = None


# -- what happens ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class TriageWanted:
    """What is poisoned or stuck was asked for."""


@dataclass(frozen=True, slots=True)
class TriageArrived:
    """What is poisoned or stuck came."""

    answer: TriageAnswer


@dataclass(frozen=True, slots=True)
class TriageFailed:
    """What is poisoned or stuck could not be read."""

    sentence: str


@dataclass(frozen=True, slots=True)
class TriageChosen:
    """The person looks at a conversation; None looks at none."""

    conversation: ConversationId | None


@dataclass(frozen=True, slots=True)
class LookWanted:
    """The whole of a conversation was asked for."""

    conversation: ConversationId


@dataclass(frozen=True, slots=True)
class LookArrived:
    """Everything on-call needs of one conversation came."""

    shown: ConversationTriage


@dataclass(frozen=True, slots=True)
class LookFailed:
    """It could not be read."""

    conversation: ConversationId
    sentence: str


@dataclass(frozen=True, slots=True)
class MorePageWanted:
    """Further messages of the shown request were asked for."""


@dataclass(frozen=True, slots=True)
class MorePageArrived:
    """Further messages of a request came; None when they did not."""

    conversation: ConversationId
    request: RequestShown | None


@dataclass(frozen=True, slots=True)
class TriageViewChosen:
    """The person wants another view of what is looked at."""

    view: TriageView


@dataclass(frozen=True, slots=True)
class RequestChosen:
    """The person wants the request of another run."""

    run: RunId


@dataclass(frozen=True, slots=True)
class CallSaid:
    """The person says what became of a call."""

    call: str
    word: CallAnswerWord


@dataclass(frozen=True, slots=True)
class ReconcileSent:
    """The other sides are being asked about calls."""

    calls: frozenset[str]


@dataclass(frozen=True, slots=True)
class ReconcileArrived:
    """What the other sides said; None when they could not be asked."""

    conversation: ConversationId
    calls: frozenset[str]
    answer: ReconcileAnswer | None


@dataclass(frozen=True, slots=True)
class RepairTaken:
    """The core took a repair: what follows is shown as it comes."""

    conversation: ConversationId


@dataclass(frozen=True, slots=True)
class FileDropped:
    """A file is to be diagnosed. `problem`: why it cannot even be sent; empty when it is on its way."""

    name: str
    size: int
    problem: str = ""


@dataclass(frozen=True, slots=True)
class FileDiagnosed:
    """What is wrong with a file came, or why it could not be found out."""

    number: int
    answer: DiagnoseAnswer | None
    problem: str = ""


@dataclass(frozen=True, slots=True)
class FileCallSaid:
    """The person says what became of a call in the file; it is diagnosed anew with that."""

    call: str
    word: CallAnswerWord


@dataclass(frozen=True, slots=True)
class FileSaved:
    """The repaired form lies in a file now."""

    number: int
    name: str


@dataclass(frozen=True, slots=True)
class FileChosen:
    """The person looks at the file again, or puts it away."""

    shown: bool


TriageHappening = (
    TriageWanted
    | TriageArrived
    | TriageFailed
    | TriageChosen
    | LookWanted
    | LookArrived
    | LookFailed
    | MorePageWanted
    | MorePageArrived
    | TriageViewChosen
    | RequestChosen
    | CallSaid
    | ReconcileSent
    | ReconcileArrived
    | RepairTaken
    | FileDropped
    | FileDiagnosed
    | FileCallSaid
    | FileSaved
    | FileChosen
    | ForkHappening
)


# -- the next slice ----------------------------------------------------------------------------------------------------


def triage_reduced(slice_: Triage, happening: TriageHappening) -> Triage:
    """The slice after something happened. Pure."""
    match happening:
        case TriageWanted() | TriageArrived() | TriageFailed() | TriageChosen() | TriageViewChosen() | RepairTaken():
            return _listed(slice_, happening)
        case FileDropped() | FileDiagnosed() | FileCallSaid() | FileSaved() | FileChosen():
            return _with_file(slice_, happening)
        case ForkPointChosen() | ForkSent() | ForkArrived():
            return replace(slice_, fork=fork_reduced(slice_.fork, happening))
        case (
            LookWanted()
            | LookArrived()
            | LookFailed()
            | MorePageWanted()
            | MorePageArrived()
            | RequestChosen()
            | CallSaid()
            | ReconcileSent()
            | ReconcileArrived()
        ):
            at = slice_.looked_at
            return slice_ if at is None else replace(slice_, looked_at=_looked(at, happening))
        case _:
            assert_never(happening)


def _listed(
    slice_: Triage,
    happening: TriageWanted | TriageArrived | TriageFailed | TriageChosen | TriageViewChosen | RepairTaken,
) -> Triage:
    match happening:
        case TriageWanted():
            return replace(slice_, reading="reading")
        case TriageFailed(sentence):
            return replace(slice_, reading="failed", problem=sentence)
        case TriageArrived(answer):
            older = slice_.rows is not None and slice_.rows.as_of > answer.as_of
            return slice_ if older else replace(slice_, rows=answer, reading="shown", problem="")
        case TriageViewChosen(view):
            return replace(slice_, view=view)
        case RepairTaken(conversation):
            at = slice_.looked_at
            same = at is not None and at.conversation == conversation
            return replace(slice_, healed=conversation) if same else slice_
        case TriageChosen(conversation):
            at = slice_.looked_at
            if conversation is None:
                return replace(slice_, looked_at=None, on_file=False, healed=None)
            if at is not None and at.conversation == conversation:
                return replace(slice_, on_file=False)
            return replace(slice_, looked_at=LookedAt(conversation), on_file=False, healed=None, view="request", fork=Fork())


def _looked(
    at: LookedAt,
    happening: LookWanted
    | LookArrived
    | LookFailed
    | MorePageWanted
    | MorePageArrived
    | RequestChosen
    | CallSaid
    | ReconcileSent
    | ReconcileArrived,
) -> LookedAt:
    match happening:
        case LookWanted(conversation):
            return replace(at, reading="reading") if conversation == at.conversation else at
        case LookFailed(conversation, sentence):
            return replace(at, reading="failed", problem=sentence) if conversation == at.conversation else at
        case LookArrived(shown):
            return _arrived(at, shown)
        case MorePageWanted():
            return replace(at, paging=True, broken=False)
        case MorePageArrived(conversation, request):
            return _paged(at, request) if conversation == at.conversation else at
        case RequestChosen(run):
            return replace(at, run=run)
        case CallSaid(call, word):
            return replace(at, said={**at.said, call: word}) if word in _allowed(at, call) else at
        case ReconcileSent(calls):
            return replace(at, asking=at.asking | calls)
        case ReconcileArrived(conversation, calls, answer):
            if conversation != at.conversation:
                return at
            found = {one.call: one for one in answer.calls} if answer is not None else {}
            return replace(at, asking=at.asking - calls, looked_up={**at.looked_up, **found})


def _arrived(at: LookedAt, shown: ConversationTriage) -> LookedAt:
    """A newer look; what was said about a call holds as long as the call is there and may be answered so."""
    old = at.shown
    if shown.conversation != at.conversation or (old is not None and old.log_head.seq > shown.log_head.seq):
        return at
    fresh = LookedAt(at.conversation, "shown", shown=shown, run=at.run, asking=at.asking)
    here = {one.call.key for one in shown.calls}
    kept = {call: word for call, word in at.said.items() if word in _allowed(fresh, call)}
    looked = {call: found for call, found in at.looked_up.items() if call in here}
    same = old is not None and old.log_head == shown.log_head
    pages, nexts = (at.pages, at.nexts) if same else ({}, {})
    return replace(fresh, said=kept, looked_up=looked, pages=pages, nexts=nexts)


def _allowed(at: LookedAt, call: str) -> tuple[CallAnswerWord, ...]:
    shown = at.shown
    return next((one.call.allowed for one in shown.calls if one.call.key == call), ()) if shown is not None else ()


def _paged(at: LookedAt, request: RequestShown | None) -> LookedAt:
    if request is None:
        return replace(at, paging=False, broken=True)
    before = at.pages.get(request.run, ())
    known = {one.index for one in before}
    pages = (*before, *(one for one in request.messages if one.index not in known))
    return replace(
        at, paging=False, pages={**at.pages, request.run: pages}, nexts={**at.nexts, request.run: request.next}
    )  # fmt: skip


def _with_file(slice_: Triage, happening: FileDropped | FileDiagnosed | FileCallSaid | FileSaved | FileChosen) -> Triage:
    match happening:
        case FileDropped(name, size, problem):
            number = slice_.files + 1
            reading: Reading = "failed" if problem else "reading"
            made = TriageFile(name, size, number, reading, problem)
            view: TriageView = "request" if slice_.view == "fork" else slice_.view
            return replace(slice_, file=made, files=number, on_file=True, view=view)
        case FileChosen(shown):
            if shown:
                return replace(slice_, on_file=slice_.file is not None)
            return replace(slice_, file=None, on_file=False)
        case FileDiagnosed(number, answer, problem):
            file = _file(slice_, number)
            if file is None:
                return slice_
            ended: Reading = "shown" if answer is not None else "failed"
            return replace(slice_, file=replace(file, answer=answer or file.answer, problem=problem, reading=ended))
        case FileCallSaid(call, word):
            file = slice_.file
            if file is None:
                return slice_
            return replace(slice_, file=replace(file, said={**file.said, call: word}, reading="reading"))
        case FileSaved(number, name):
            file = _file(slice_, number)
            return slice_ if file is None else replace(slice_, file=replace(file, saved=name))


def _file(slice_: Triage, number: int) -> TriageFile | None:
    return slice_.file if slice_.file is not None and slice_.file.number == number else None


# -- what views ask ----------------------------------------------------------------------------------------------------


def triage_rows(slice_: Triage) -> tuple[TriageRow, ...]:
    """What is poisoned or stuck, in the order of the core: the worst first, then the longest."""
    return slice_.rows.rows if slice_.rows is not None else ()


def count_of(slice_: Triage, quarantined: int) -> int:
    """How many there are to look at; before they were read, as many as are in quarantine."""
    return quarantined if slice_.rows is None else max(quarantined, len(slice_.rows.rows))


def answer_of(at: LookedAt, call: CallTriaged) -> CallAnswerWord:
    """What is said about a call now: by the person, else by the other side, else by the record."""
    said = at.said.get(call.call.key)
    if said is not None:
        return said
    looked = at.looked_up.get(call.call.key)
    if looked is not None and looked.presumed in call.call.allowed:
        return looked.presumed
    return call.call.presumed


def request_of(at: LookedAt) -> RequestShown | None:
    """The request that is shown: of the chosen run, else the first that has a fault, else the first."""
    requests = at.shown.requests if at.shown is not None else ()
    chosen = next((one for one in requests if one.run == at.run), None)
    return chosen or next((one for one in requests if one.findings), None) or next(iter(requests), None)


def messages_of(at: LookedAt, request: RequestShown) -> tuple[tuple[MessageShown, ...], int | None]:
    """Every message of a request that was read, in order, and where the next page begins."""
    more = at.pages.get(request.run, ())
    return (*request.messages, *more), at.nexts.get(request.run, request.next)


def reads_on(at: LookedAt) -> bool:
    """Whether something that is wrong with the shown request stands in messages that were not read yet."""
    request = request_of(at)
    if request is None or at.paging or at.broken:
        return False
    messages, following = messages_of(at, request)
    last = messages[-1].index if messages else -1
    return following is not None and any(one.message is not None and one.message > last for one in request.findings)


def healed(slice_: Triage) -> bool:
    """Whether the looked-at conversation was just repaired."""
    at = slice_.looked_at
    return not slice_.on_file and at is not None and slice_.healed == at.conversation
