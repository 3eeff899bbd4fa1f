"""What somebody typed, as terms to look for; and those terms as FTS5 reads them.

Three things mean something: a blank, quotation marks around a phrase, and a - before what must not be there. Everything else
is letters to look for. What reaches SQLite is made of tokens, which hold letters, marks and digits only, so no text can ever
say anything in its query language: a property test tries.
"""

from dataclasses import dataclass
from typing import Final

import regex

from agent_core.service.search.words import Word, words_of

MOST_TERMS: Final = 12
MOST_TOKENS: Final = 40
"""Of one term: a long run of Chinese is as many."""

_CHUNKS: Final = regex.compile(r'(-?)"([^"]*)("?)|(\S+)')
_QUOTES: Final = str.maketrans("“”„‟«»", '""""""')


@dataclass(frozen=True, slots=True)
class Term:
    """Tokens that must follow each other, in any of their spellings.

    Attributes:
        spellings: The same words spelt otherwise: `Müller` is `muller` and `mueller`.
        prefix: The last token may go on.
        without: It must not be there.
    """

    spellings: tuple[tuple[str, ...], ...]
    prefix: bool = False
    without: bool = False

    @property
    def shown(self) -> str:
        """The term for people."""
        return f"{'-' if self.without else ''}{' '.join(self.spellings[0])}{'…' if self.prefix else ''}"


@dataclass(frozen=True, slots=True)
class Question:
    """Terms of one question. Without any that must be there, nothing can be looked for."""

    terms: tuple[Term, ...]

    @property
    def wanted(self) -> tuple[Term, ...]:
        """Terms that must be there."""
        return tuple(term for term in self.terms if not term.without)

    def match(self) -> str:
        """The question in the language of FTS5."""
        wanted = " AND ".join(_match(term) for term in self.wanted)
        without = " OR ".join(_match(term) for term in self.terms if term.without)
        return f"({wanted}) NOT ({without})" if without else f"({wanted})"


def read_question(text: str) -> Question:
    """The terms of what was typed. The last word may still be typed, unless a blank follows it."""
    text = text.translate(_QUOTES)
    terms: list[Term] = []
    for found in _CHUNKS.finditer(text):
        quoted = found[2] is not None
        chunk = found[2] if quoted else found[4]
        without = bool(found[1]) if quoted else chunk.startswith("-")
        open_end = found.end() == len(text) and not (quoted and found[3])
        term = _term(chunk, prefix=open_end, without=without)
        if term is not None and term not in terms:
            terms.append(term)
    return Question(tuple(terms[:MOST_TERMS]))


def _term(chunk: str, *, prefix: bool, without: bool) -> Term | None:
    starred = chunk.endswith("*")
    found = list(words_of(chunk))[:MOST_TOKENS]
    if not found:
        return None
    tokens, goes_on = _looked_for(found)
    prefix = (prefix and not found[-1].pair) or starred or goes_on
    return Term(_spellings(tokens, found), prefix=prefix and not without, without=without)


def _looked_for(found: list[Word]) -> tuple[tuple[str, ...], bool]:
    """Tokens as they stand in an index, and whether the last one begins a pair there.

    The single letter that ends a run here need not end one there: only a run of one letter is looked for by it.
    """
    if not found[-1].last:
        return tuple(word.text for word in found), False
    if len(found) > 1 and found[-2].pair and not found[-2].last:
        return tuple(word.text for word in found[:-1]), False
    return tuple(word.text for word in found), True


def _spellings(tokens: tuple[str, ...], words: list[Word]) -> tuple[tuple[str, ...], ...]:
    """A single word with umlauts also as somebody without them on the keyboard wrote it; the index has the other way."""
    if len(tokens) == 1 and words[0].spelt:
        return (tokens, (words[0].spelt,))
    return (tokens,)


def _match(term: Term) -> str:
    star = "*" if term.prefix else ""
    phrases = (f'"{" ".join(tokens)}"{star}' for tokens in term.spellings)
    return f"({' OR '.join(phrases)})"
