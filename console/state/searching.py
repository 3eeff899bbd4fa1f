"""What is searched for, what was found so far, and the searches a person keeps (R-M5).

Hits of one question are only ever added to. An answer names its question, and one to an older question changes nothing, so
that what is shown always fits what is typed. It must never narrow or order hits by itself: the core did.
"""

from dataclasses import dataclass, field, replace
from typing import Final, assert_never

from agent_core.contract.searching import SearchAnswer, SearchAsked, SearchFacets, SearchHit
from console.state.audit_happened import AuditHappened

MOST_SAVED: Final = 40
LONGEST_NAME: Final = 60


@dataclass(frozen=True, slots=True)
class SavedSearch:
    """A search somebody keeps: its name and exactly what it asks."""

    name: str
    asked: SearchAsked


@dataclass(frozen=True, slots=True)
class SearchWanted(AuditHappened):
    """Another question. It has no cursor."""

    asked: SearchAsked


@dataclass(frozen=True, slots=True)
class SearchMoreWanted(AuditHappened):
    """The next page of the present question is asked for."""


@dataclass(frozen=True, slots=True)
class SearchArrived(AuditHappened):
    """A page came. `asked` is the question with the cursor it was asked with."""

    asked: SearchAsked
    answer: SearchAnswer


@dataclass(frozen=True, slots=True)
class SearchFailed(AuditHappened):
    """A page did not come: why, safe to show."""

    asked: SearchAsked
    sentence: str


@dataclass(frozen=True, slots=True)
class FacetsArrived(AuditHappened):
    """What filters can be set to came."""

    facets: SearchFacets


@dataclass(frozen=True, slots=True)
class SearchSaved(AuditHappened):
    """The present search is kept under a name; one of the same name is replaced."""

    name: str


@dataclass(frozen=True, slots=True)
class SearchRenamed(AuditHappened):
    """A kept search has another name."""

    old: str
    new: str


@dataclass(frozen=True, slots=True)
class SearchForgotten(AuditHappened):
    """A kept search is kept no longer."""

    name: str


@dataclass(frozen=True, slots=True)
class SavedRead(AuditHappened):
    """The searches this console kept from before."""

    saved: tuple[SavedSearch, ...]


SearchHappening = (
    SearchWanted | SearchMoreWanted | SearchArrived | SearchFailed | FacetsArrived | SearchSaved | SearchRenamed
    | SearchForgotten | SavedRead
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Search:
    """A search as it stands.

    Attributes:
        asked: The question, without a cursor.
        found: The question the hits answer; None before the first answer.
        hits: What was read so far, in the core's order.
        last: The newest page's own words: cursor, counts, what was not looked through.
        loading: A page is on its way.
        problem: Why the last one did not come; empty while it did.
        facets: What filters can be set to; read when somebody looks.
        saved: Searches that are kept, by name in the order they were made.
    """

    asked: SearchAsked = field(default_factory=SearchAsked)
    found: SearchAsked | None = None
    hits: tuple[SearchHit, ...] = ()
    last: SearchAnswer | None = None
    loading: bool = False
    problem: str = ""
    facets: SearchFacets | None = None
    saved: tuple[SavedSearch, ...] = ()

    @property
    def next_page(self) -> SearchAsked | None:
        """The question with the cursor of its next page; None where there is none, or one is on its way."""
        if self.loading or self.last is None or self.last.next is None or self.found != self.asked:
            return None
        return self.asked.model_copy(update={"after": self.last.next})

    @property
    def is_filtered(self) -> bool:
        """Whether anything but words narrows it."""
        return self.asked.model_copy(update={"q": "", "order": "newest"}) != SearchAsked()


def reduced(search: Search, happening: SearchHappening) -> Search:
    """The search after something happened."""
    match happening:
        case SearchWanted(asked):
            return replace(search, asked=_plain(asked), loading=True, problem="")
        case SearchMoreWanted():
            return replace(search, loading=True, problem="")
        case SearchArrived(asked, answer):
            return _arrived(search, asked, answer)
        case SearchFailed(asked, sentence):
            return search if _plain(asked) != search.asked else replace(search, loading=False, problem=sentence)
        case FacetsArrived(facets):
            return replace(search, facets=facets)
        case SavedRead(saved):
            return replace(search, saved=saved[:MOST_SAVED])
        case SearchSaved(name):
            return replace(search, saved=_kept(search.saved, SavedSearch(_named(name), search.asked)))
        case SearchRenamed(old, new):
            name = _named(new)
            others = {one.name for one in search.saved if one.name != old}
            if not name or name in others:
                return search
            saved = tuple(replace(one, name=name) if one.name == old else one for one in search.saved)
            return replace(search, saved=saved)
        case SearchForgotten(name):
            return replace(search, saved=tuple(one for one in search.saved if one.name != name))
        case _:
            assert_never(happening)


def _plain(asked: SearchAsked) -> SearchAsked:
    return asked if asked.after is None else asked.model_copy(update={"after": None})


def _named(name: str) -> str:
    return " ".join(name.split())[:LONGEST_NAME]


def _arrived(search: Search, asked: SearchAsked, answer: SearchAnswer) -> Search:
    if _plain(asked) != search.asked:
        return search
    if asked.after is None:
        return replace(search, found=search.asked, hits=answer.hits, last=answer, loading=False, problem="")
    if search.last is None or search.last.next != asked.after:
        return search
    known = {(hit.found_in.conversation, hit.seq, hit.kind) for hit in search.hits[-200:]}
    fresh = tuple(hit for hit in answer.hits if (hit.found_in.conversation, hit.seq, hit.kind) not in known)
    # How many there are is what the first page said: a cursor's page may have counted from further on.
    last = answer.model_copy(update={"count": max(answer.count, search.last.count)})
    return replace(search, hits=(*search.hits, *fresh), last=last, loading=False, problem="")


def _kept(saved: tuple[SavedSearch, ...], one: SavedSearch) -> tuple[SavedSearch, ...]:
    if not one.name:
        return saved
    if any(known.name == one.name for known in saved):
        return tuple(one if known.name == one.name else known for known in saved)
    return (*saved, one)[-MOST_SAVED:]
