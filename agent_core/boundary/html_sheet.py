"""Which rules of `<style>` meet an element, and which of their declarations win (R-D1).

Compounds of names, classes, ids and attributes, and chains of them with descendant and child, are matched here: one
pass, whatever a sheet says, because the parser's own matching backtracks (measured: three compounds over 4,000 nested
elements take 70 s). Single compounds with a pseudo-class are left to the parser. What goes beyond the work a document
may cost is not read, and says so. It must never let a condition hide words: rules under `@media` with a feature are for
other screens.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import tinycss2
from selectolax.lexbor import LexborHTMLParser, SelectolaxError

from agent_core.boundary.html_style import PAGE, declarations, nested_too_deeply, painted

_MOST_SHEET: Final = 100_000
_MOST_RULES: Final = 5_000
_MOST_WORK: Final = 300_000
_MOST_PSEUDO: Final = 16
_MOST_CHAIN: Final = 6
_LONGEST_SELECTOR: Final = 200
_MOST_TAGS_FOR_PSEUDO: Final = 4_000

_COMPOUND = re.compile(
    r"([a-zA-Z][\w-]{0,40}|\*)?((?:[.#][\w-]{1,80}|\[\s*[\w-]{1,40}\s*(?:=\s*(?:\"[^\"]*\"|'[^']*'|[\w-]*)\s*)?\])*)\Z"
)
_PART = re.compile(r"([.#])([\w-]+)|\[\s*([\w-]+)\s*(?:=\s*(?:\"([^\"]*)\"|'([^']*)'|([\w-]*))\s*)?\]")
_CHAIN = re.compile(r"\s*(>)\s*|\s+")
_PSEUDO = re.compile(
    r"[\w*.#-]*:(?:first-child|last-child|only-child|empty|"
    r"(?:nth-child|nth-last-child|nth-of-type)\([\dn+ odev-]{1,12}\)|not\([\w.#-]{1,60}\))\Z"
)
_MOMENTARY = re.compile(r"::|:(?:hover|active|focus|before|after|first-letter|first-line)")
_ALWAYS = re.compile(r"\s*(?:only\s+)?(?:all|screen)?\s*\Z", re.IGNORECASE)

Weight = tuple[bool, int, int]
"""Important, specificity, order: the greatest wins."""
Winning = dict[str, tuple[Weight, str]]
_INLINE: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class Compound:
    """One part of a selector. `attributes`: name and value, none for any value."""

    name: str
    classes: frozenset[str]
    id: str
    attributes: tuple[tuple[str, str | None], ...]

    def meets(self, element: "Element") -> bool:
        """Whether an element is one of these."""
        return (
            self.name in {"", "*", element.name}
            and (not self.id or self.id == element.id)
            and self.classes <= element.classes
            and all(
                name in element.attributes and value in {None, element.attributes[name]} for name, value in self.attributes
            )
        )


@dataclass(frozen=True, slots=True)
class Element:
    """What a selector may ask about."""

    name: str
    attributes: Mapping[str, str | None]
    classes: frozenset[str] = frozenset()
    id: str = ""


def element(name: str, attributes: Mapping[str, str | None]) -> Element:
    """An element as selectors see it."""
    listed = attributes.get("class")
    return Element(name, attributes, frozenset(listed.split()[:50]) if listed else frozenset(), attributes.get("id") or "")


@dataclass(frozen=True, slots=True)
class _Rule:
    chain: tuple[Compound, ...]
    child: tuple[bool, ...]
    """For each compound but the last: the next one must be its child, not just stand inside it."""
    declared: tuple[tuple[str, Weight, str], ...]


@dataclass(slots=True)
class Sheets:
    """Every rule of a document.

    Attributes:
        unread: Some rule was beyond what a document may cost.
    """

    unread: bool = False
    plain: dict[str, Winning] = field(default_factory=dict[str, Winning])
    """Rules of one name, class or id alone, by that, reduced to their winners."""
    chains: dict[str, list[_Rule]] = field(default_factory=dict[str, list[_Rule]])
    """All others, by what their last compound must at least have."""
    by_node: dict[int, list[tuple[str, Weight, str]]] = field(default_factory=dict[int, list[tuple[str, Weight, str]]])
    """Rules that the parser has matched, by element."""
    _pseudo: list[tuple[str, tuple[tuple[str, Weight, str], ...]]] = field(
        default_factory=list[tuple[str, tuple[tuple[str, Weight, str], ...]]]
    )
    _work: int = 0
    _order: int = 0

    @property
    def empty(self) -> bool:
        """There is no rule at all."""
        return not (self.plain or self.chains or self.by_node)

    def read(self, text: str) -> None:
        """Reads one `<style>`."""
        if len(text) > _MOST_SHEET:
            self.unread = True
        text = text[:_MOST_SHEET].replace("<!--", "").replace("-->", "")
        if nested_too_deeply(text):
            self.unread = True
            return
        self._rules(tinycss2.parse_stylesheet(text, skip_comments=True, skip_whitespace=True), nested=0)

    def _rules(self, rules: Sequence[Any], nested: int) -> None:
        for rule in rules:
            if self._order >= _MOST_RULES:
                self.unread = True
                return
            if rule.type == "qualified-rule":
                self._rule(tinycss2.serialize(rule.prelude), tinycss2.serialize(rule.content))
            elif rule.type == "at-rule" and rule.content and nested < 3:
                condition = tinycss2.serialize(rule.prelude)
                layered = rule.lower_at_keyword in {"layer", "supports"}
                if layered or (rule.lower_at_keyword == "media" and any(map(_ALWAYS.match, condition.split(",")))):
                    inner = tinycss2.parse_rule_list(rule.content, skip_comments=True, skip_whitespace=True)
                    self._rules(inner, nested + 1)

    def _rule(self, selectors: str, content: str) -> None:
        found = declarations(content)
        if not found:
            return
        for text in selectors.split(",")[:64]:
            self._order += 1
            text = text.strip()[:_LONGEST_SELECTOR].replace(":link", "").replace(":visited", "").replace(":root", "html")
            chain, child = _chain(text)
            if not chain:
                declared = tuple((n, (important, 11, self._order), v) for n, (v, important) in found.items())
                if _PSEUDO.match(text) and len(self._pseudo) < _MOST_PSEUDO:
                    self._pseudo.append((text, declared))
                elif _hides(found) and not _MOMENTARY.search(text):
                    self.unread = True
                continue
            weight = sum(
                100 * bool(c.id) + 10 * (len(c.classes) + len(c.attributes)) + (c.name not in {"", "*"}) for c in chain
            )
            declared = tuple((n, (important, weight, self._order), v) for n, (v, important) in found.items())
            self._keep(chain, child, declared)

    def _keep(
        self, chain: tuple[Compound, ...], child: tuple[bool, ...], declared: tuple[tuple[str, Weight, str], ...]
    ) -> None:
        last = chain[-1]
        key = f"#{last.id}" if last.id else f".{min(last.classes)}" if last.classes else last.name or "*"
        alone = (
            len(chain) == 1
            and (bool(last.id) + len(last.classes) + len(last.attributes) + (last.name not in {"", "*"})) <= 1
        )
        if alone and not last.attributes:
            _win(self.plain.setdefault(key, {}), declared)
        else:
            self.chains.setdefault(key, []).append(_Rule(chain, child, declared))

    def match_pseudo(self, tree: LexborHTMLParser, tags: int) -> None:
        """Lets the parser find the elements of rules with a pseudo-class."""
        if self._pseudo and tags > _MOST_TAGS_FOR_PSEUDO:
            self.unread = True
            return
        for selector, declared in self._pseudo:
            try:
                for node in tree.css(selector):
                    self.by_node.setdefault(node.mem_id, []).extend(declared)
            except SelectolaxError:
                self.unread = True

    def depends_on_place(self, of: Element) -> bool:
        """Whether an element like this one may look different elsewhere."""
        if self.by_node or "*" in self.chains or of.name in self.chains or (of.id and f"#{of.id}" in self.chains):
            return bool(self.by_node or self.chains)
        return any(f".{each}" in self.chains for each in of.classes)

    def winning(self, of: Element, around: Sequence[Element], node: int) -> Winning:
        """The declarations that win for an element, before its own `style`.

        Args:
            of: The element.
            around: Its ancestors, outermost first.
            node: The parser's number of it.
        """
        keys = ["*", of.name, *(f".{each}" for each in of.classes)]
        if of.id:
            keys.append(f"#{of.id}")
        won: Winning = {}
        for key in keys:
            for name, entry in self.plain.get(key, {}).items():
                if name not in won or won[name][0] < entry[0]:
                    won[name] = entry
            for rule in self.chains.get(key, ()):
                self._work += 1
                if self._work > _MOST_WORK:
                    self.unread = True
                    break
                if self._meets(rule, of, around):
                    _win(won, rule.declared)
        _win(won, self.by_node.get(node, ()))
        return won

    def _meets(self, rule: _Rule, of: Element, around: Sequence[Element]) -> bool:
        """From the last compound outwards, with every place among the ancestors where each could stand."""
        if not rule.chain[-1].meets(of):
            return False
        places = {len(around)}  # where the compound to the right may stand
        for compound, child in zip(reversed(rule.chain[:-1]), reversed(rule.child), strict=True):
            candidates = {place - 1 for place in places if place} if child else range(max(places))
            self._work += len(candidates)
            if self._work > _MOST_WORK:
                self.unread = True
                return False
            places = {place for place in candidates if compound.meets(around[place])}
            if not places:
                return False
        return True


def inline(won: Winning, style: str) -> Winning:
    """Adds an element's own `style`, which beats every selector, but not what is more important."""
    own = declarations(style)
    if own:
        _win(won, [(name, (important, _INLINE, 0), value) for name, (value, important) in own.items()])
    return won


def _hides(found: Mapping[str, tuple[str, bool]]) -> bool:
    """Whether the text of an element could not be seen any more."""
    return bool(painted(PAGE, "p", {}, {name: value for name, (value, _) in found.items()}).hidden)


def _win(won: Winning, declared: Sequence[tuple[str, Weight, str]]) -> None:
    for name, weight, value in declared:
        if name not in won or won[name][0] <= weight:
            won[name] = (weight, value)


def _chain(selector: str) -> tuple[tuple[Compound, ...], tuple[bool, ...]]:
    """A selector's compounds; none when it says something else than is matched here."""
    parts = _CHAIN.split(selector)  # compound, ">" or none, compound, …
    compounds = [_compound(part or "") for part in parts[::2]]
    if not compounds or len(compounds) > _MOST_CHAIN or None in compounds:
        return (), ()
    return tuple(c for c in compounds if c is not None), tuple(mark == ">" for mark in parts[1::2])


def _compound(text: str) -> Compound | None:
    found = _COMPOUND.match(text) if text else None
    if found is None:
        return None
    classes: set[str] = set()
    id, attributes = "", []
    for mark, word, name, *values in _PART.findall(found.group(2)):
        if mark == ".":
            classes.add(word)
        elif mark == "#":
            id = word
        else:
            attributes.append((name.lower(), next((v for v in values if v), None)))
    return Compound((found.group(1) or "").lower(), frozenset(classes), id, tuple(attributes))
