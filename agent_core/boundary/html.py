"""HTML from outside becomes the text a person would see, and evidence of what they would not (R-D1, R-D3).

The parser is lexbor, behind a fence (`html_fence`); styles are read by `html_style` and `html_sheet`; nothing recurses,
nothing is fetched, nothing is run. Hidden text never stands in `visible`: it is evidence. Quoted history that the mail
program itself has marked is kept apart. It must never answer with markup, and what it answers is not yet clean: the
caller passes it through the boundary like every outside text. Sources: WHATWG HTML §15 (rendering), mail programs' own
marks for quotes.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from selectolax.lexbor import LexborHTMLParser, LexborNode

from agent_core.boundary.html_fence import MARK, fence
from agent_core.boundary.html_links import deceives, read_target
from agent_core.boundary.html_sheet import Element, Sheets, element, inline
from agent_core.boundary.html_style import PAGE, SPEAKING, Paint, Reason, painted
from agent_core.boundary.html_text import TextWriter

MOST_HTML: Final = 400_000
"""Characters of a document that are looked at."""
_MOST_NODES: Final = 100_000
_MOST_VISIBLE: Final = 200_000
_MOST_EVIDENCE: Final = 8_000
_MOST_ONE_EVIDENCE: Final = 1_000
_MOST_LINKS: Final = 100
_MOST_HOSTS: Final = 20
_MOST_RESOLVED: Final = 8

_PARAGRAPHS: Final = frozenset({
    "address", "article", "blockquote", "center", "dl", "fieldset", "figure", "form", "h1", "h2", "h3", "h4", "h5",
    "h6", "hr", "ol", "p", "pre", "section", "table", "ul", "main", "header", "footer", "aside", "nav",
})  # fmt: skip
_LINES: Final = frozenset({
    "body", "caption", "dd", "details", "dialog", "dir", "div", "dt", "figcaption", "html", "legend", "li", "menu",
    "option", "summary", "tbody", "tfoot", "thead",
})  # fmt: skip
_QUOTES: Final = frozenset({
    "gmail_quote", "gmail_quote_container", "moz-cite-prefix", "moz-forward-container", "yahoo_quoted",
    "protonmail_quote", "tutanota_quote", "zmail_extra", "hcsdk_quote", "x_gmail_quote",
})  # fmt: skip
_HISTORY_CLASSES: Final = frozenset({"outlookmessageheader"})
_HISTORY_IDS: Final = frozenset(
    {"divrplyfwdmsg", "appendonsend", "olk_src_body_section", "x_divrplyfwdmsg", "x_appendonsend"}
)
"""Marks after which a mail program puts everything that was written before."""
_CONDITIONAL = re.compile(r"\s*\[if\b|\s*<!\[endif|\s*\[endif", re.IGNORECASE)
_TAGS = re.compile(r"<[^<>]*>")
_VARIABLE = re.compile(r"var\(\s*(--[\w-]+)\s*(?:,\s*([^()]*))?\)")


@dataclass(frozen=True, slots=True)
class Hidden:
    """Text of the document that a person would not see, and why."""

    reason: Reason
    text: str


@dataclass(frozen=True, slots=True)
class Link:
    """A link: its words, the host it leads to (empty without one), and its bounded URL."""

    words: str
    host: str
    url: str
    deceptive: bool = False


@dataclass(frozen=True, slots=True)
class HtmlText:
    """What a document says.

    Attributes:
        visible: What a person sees, without quoted history; not yet clean.
        quoted: What a person sees of history that the mail program marked as such.
        hidden: What a person does not see; bounded evidence.
        links: The first links.
        images: How many there are; their remote hosts, never asked; how many lie in the mail itself.
        flags: `hidden_text`, `hidden_comment`, `deceptive_link`, `dangerous_link`, `remote_images`, `reordered_text`,
            `styles_unread`, `html_simplified`.
        truncated: Something was left out because of a bound.
    """

    visible: str
    quoted: str = ""
    hidden: tuple[Hidden, ...] = ()
    links: tuple[Link, ...] = ()
    images: int = 0
    inline_images: int = 0
    image_hosts: tuple[str, ...] = ()
    flags: tuple[str, ...] = ()
    truncated: bool = False


def read_html(html: str) -> HtmlText:
    """Reads a document or a fragment.

    Args:
        html: The source; at most `MOST_HTML` characters of it are looked at.
    """
    fenced = fence(html[:MOST_HTML].replace("\x00", "\ufffd"))
    tree = LexborHTMLParser(fenced.html)
    sheets = Sheets()
    sources = fenced.sheets if fenced.flattened else [node.text(deep=True) for node in tree.css("style")]
    for source in sources:
        sheets.read(source)
    sheets.match_pseudo(tree, html.count("<"))
    reading = _Reading(sheets, fenced.flattened, cut=len(html) > MOST_HTML or fenced.cut)
    if tree.root is not None:
        reading.walk(tree.root)
    return reading.result()


@dataclass(slots=True)
class _Open:
    """An element that the walk is inside of."""

    element: Element
    paint: Paint
    ends: str = ""
    """What is to be done at its end: `line`, `paragraph`, `cell`, `row`, `quote`."""
    quote: bool = False
    link: int = -1
    number: int = 0
    """Items of a list so far; -1 for a list without numbers."""


@dataclass(slots=True)
class _Words:
    """A link being read."""

    href: str
    parts: list[str] = field(default_factory=list[str])


class _Reading:
    """One walk through a document, in its order, without recursion."""

    __slots__ = (
        "_cut", "_evidence", "_evidence_left", "_flags", "_flattened", "_history", "_hosts", "_images", "_inline", "_links",
        "_newest", "_paints", "_quoted", "_quotes", "_sheets", "_stack", "_styles", "_variables",
    )  # fmt: skip

    def __init__(self, sheets: Sheets, flattened: bool, *, cut: bool) -> None:
        self._sheets = sheets
        self._flattened = flattened
        self._cut = cut
        self._newest = TextWriter(_MOST_VISIBLE)
        self._quoted = TextWriter(_MOST_VISIBLE)
        self._quotes = 0
        self._history = False
        self._stack: list[_Open] = [_Open(Element("", {}), PAGE)]
        self._evidence: list[Hidden] = []
        self._evidence_left = _MOST_EVIDENCE
        self._flags: set[str] = set()
        self._links: list[_Words] = []
        self._images = self._inline = 0
        self._hosts: dict[str, None] = {}
        self._variables: dict[str, str] = {}
        self._styles: dict[tuple[str | None, ...], Mapping[str, str]] = {}
        self._paints: dict[tuple[object, ...], Paint] = {}

    @property
    def _writer(self) -> TextWriter:
        return self._quoted if self._quotes or self._history else self._newest

    def walk(self, root: LexborNode) -> None:
        """Visits every node once; an element's end is acted on when the walk leaves it."""
        node: LexborNode | None = root
        last = root.mem_id  # nodes compare by their markup, which costs as much as the whole document
        for _ in range(_MOST_NODES):
            assert node is not None
            down = None
            if node.is_text_node:
                self._text(node.text_content or "")
            elif node.is_comment_node:
                self._comment(node.comment_content or "")
            elif node.is_element_node:
                down = node.child if self._enter(node) else None
                if down is None:
                    self._leave()
            else:
                down = node.child
            if down is not None:
                node = down
                continue
            following = node.next
            while following is None:
                node = node.parent
                if node is None or node.mem_id == last:
                    return
                self._leave()
                following = node.next
            node = following
        self._cut = True

    def result(self) -> HtmlText:
        """What was found."""
        visible, quoted = self._newest.text().strip(), self._quoted.text().strip()
        links = tuple(map(self._link, self._links))
        if any(link.deceptive for link in links):
            self._flags.add("deceptive_link")
        if self._hosts:
            self._flags.add("remote_images")
        if self._sheets.unread:
            self._flags.add("styles_unread")
        if self._flattened:
            self._flags.add("html_simplified")
        return HtmlText(
            visible,
            quoted,
            tuple(self._evidence),
            links,
            self._images,
            self._inline,
            tuple(self._hosts),
            tuple(sorted(self._flags)),
            self._cut or self._newest.cut or self._quoted.cut,
        )

    # -- nodes ------------------------------------------------------------------------------------------------------------

    def _enter(self, node: LexborNode) -> bool:
        """Begins an element; answers whether its children are of interest."""
        attributes: Mapping[str, str | None] = node.attributes
        name = (attributes.get(MARK) or "" if self._flattened else node.tag or "").lower()
        around = self._stack[-1]
        it = element(name, attributes)
        paint = self._paint(it, node, around.paint)
        entered = _Open(it, paint, link=around.link)
        self._stack.append(entered)
        if _is_history(it):
            self._history = True
        if not self._quotes and _is_quote(it):
            entered.quote = True
        if entered.quote:
            self._quotes += 1
        self._asides(attributes, paint)
        if paint.gone == "never_shown":
            # A script's source is no text of anybody; what stands in a template or a title is.
            return name not in {"script", "style"}
        if not paint.hidden:
            if paint.reordered:
                self._flags.add("reordered_text")
            self._begin(name, attributes, entered, around)
        elif name == "img":
            self._image(attributes)
        return True

    def _begin(self, name: str, attributes: Mapping[str, str | None], entered: _Open, around: _Open) -> None:
        writer = self._writer
        if name in {"br", "wbr"}:
            if name == "br":
                writer.end_line()
        elif name == "img":
            self._image(attributes)
        elif name == "a" and attributes.get("href"):
            if len(self._links) < _MOST_LINKS:
                entered.link = len(self._links)
                self._links.append(_Words(attributes.get("href") or ""))
            else:
                self._cut = True
        elif name == "tr":
            writer.begin_row()
            entered.ends = "row"
        elif name in {"td", "th"}:
            entered.ends = "cell" if writer.begin_cell() else "line"
        elif name in _PARAGRAPHS or name in _LINES:
            entered.ends = "paragraph" if name in _PARAGRAPHS else "line"
            self._space(entered.ends)
            self._list(name, attributes, entered, around)

    def _list(self, name: str, attributes: Mapping[str, str | None], entered: _Open, around: _Open) -> None:
        if name == "ol":
            start = attributes.get("start") or ""
            entered.number = int(start) - 1 if start.isascii() and start.isdigit() and len(start) < 7 else 0
        elif name == "ul":
            entered.number = -1
        elif name == "li":
            of = around if around.element.name in {"ol", "ul"} else None
            if of is not None and of.element.name == "ol":
                of.number += 1
                self._writer.prefix(f"{of.number}. ")
            else:
                self._writer.prefix("- ")

    def _leave(self) -> None:
        left = self._stack.pop()
        writer = self._writer
        match left.ends:
            case "row":
                writer.end_row()
            case "cell":
                writer.end_cell()
            case "line" | "paragraph":
                self._space(left.ends)
            case _:
                pass
        if left.quote:
            self._quotes -= 1
            self._space("paragraph")

    def _space(self, what: str) -> None:
        if what == "paragraph":
            self._writer.paragraph()
        else:
            self._writer.line()

    def _text(self, text: str) -> None:
        around = self._stack[-1]
        reason = around.paint.hidden
        if reason:
            if around.element.name not in {"script", "style"}:
                self._hide(reason, text)
            return
        self._writer.write(text, kept=around.paint.kept)
        if around.link >= 0:
            words = self._links[around.link]
            if len(words.parts) < 50:
                words.parts.append(text[:300])

    def _comment(self, text: str) -> None:
        """Mail programs put whole layouts into conditional comments; others hold prose only when somebody hides it there."""
        conditional = _CONDITIONAL.match(text) is not None
        self._hide("conditional_comment" if conditional else "comment", _TAGS.sub(" ", text) if conditional else text)

    def _asides(self, attributes: Mapping[str, str | None], paint: Paint) -> None:
        alt, title = attributes.get("alt"), attributes.get("title")
        if alt:
            self._hide("alternative_text", alt)
        if title and not paint.gone:
            self._hide("title_text", title)

    def _hide(self, reason: Reason, text: str) -> None:
        text = " ".join(text[: 4 * _MOST_ONE_EVIDENCE].split())
        if not any(character.isalnum() for character in text):
            return
        if reason == "comment":
            if text.count(" ") >= 2:
                self._flags.add("hidden_comment")
        elif reason not in {"conditional_comment", "alternative_text", "title_text", "never_shown"}:
            self._flags.add("hidden_text")
        kept = text[: min(_MOST_ONE_EVIDENCE, self._evidence_left)]
        self._evidence_left = max(0, self._evidence_left - len(kept) - 1)
        last = self._evidence[-1] if self._evidence else None
        if kept and last is not None and last.reason == reason and len(last.text) + len(kept) < _MOST_ONE_EVIDENCE:
            self._evidence[-1] = Hidden(reason, f"{last.text} {kept}")
        elif kept:
            self._evidence.append(Hidden(reason, kept))

    def _image(self, attributes: Mapping[str, str | None]) -> None:
        self._images += 1
        url, host, _ = read_target(attributes.get("src") or "")
        if host and len(self._hosts) < _MOST_HOSTS:
            self._hosts[host] = None
        elif url[:5].lower() in {"cid:", "data:"} or url[:4].lower() == "cid:":
            self._inline += 1

    def _link(self, words: _Words) -> Link:
        url, host, dangerous = read_target(words.href)
        if dangerous:
            self._flags.add("dangerous_link")
        text = " ".join("".join(words.parts).split())[:300]
        return Link(text, host, url, deceives(text, host, mail=url[:7].lower() == "mailto:"))

    # -- styles -----------------------------------------------------------------------------------------------------------

    def _paint(self, it: Element, node: LexborNode, parent: Paint) -> Paint:
        """How an element looks. Mails repeat themselves: the same style at the same place is computed once."""
        attributes = it.attributes
        key = (it.name, attributes.get("class"), it.id, attributes.get("style"))
        style = self._styles.get(key)
        if style is None:
            style = self._style(it, node)
            if self._variables or self._sheets.depends_on_place(it):
                return painted(parent, it.name, attributes, style)
            self._styles[key] = style
        if not SPEAKING.isdisjoint(attributes):
            return painted(parent, it.name, attributes, style)
        placed = (parent, *key, "href" in attributes)
        known = self._paints.get(placed)
        if known is None:
            known = self._paints[placed] = painted(parent, it.name, attributes, style)
        return known

    def _style(self, it: Element, node: LexborNode) -> Mapping[str, str]:
        own = it.attributes.get("style")
        if not own and self._sheets.empty:
            return {}
        around: Sequence[Element] = _Around(self._stack)
        won = {} if self._sheets.empty else self._sheets.winning(it, around, node.mem_id)
        if own:
            won = inline(won, own)
        style = {name: value for name, (_, value) in won.items()}
        for name, value in style.items():
            if name.startswith("--"):
                self._variables[name] = value
        return {name: self._resolved(value) if "var(" in value else value for name, value in style.items()}

    def _resolved(self, value: str) -> str:
        for _ in range(_MOST_RESOLVED):
            if "var(" not in value:
                break
            value = _VARIABLE.sub(lambda found: self._variables.get(found.group(1), found.group(2) or ""), value)[
                :200
            ].strip()
        return value


class _Around(Sequence[Element]):
    """The open elements as a selector's ancestors, outermost first."""

    __slots__ = ("_stack",)

    def __init__(self, stack: list[_Open]) -> None:
        self._stack = stack

    def __len__(self) -> int:
        return len(self._stack)

    def __getitem__(self, place: int) -> Element:  # pyright: ignore[reportIncompatibleMethodOverride] - selectors ask for one
        return self._stack[place].element


def _is_quote(it: Element) -> bool:
    if it.name == "blockquote" and (it.attributes.get("type") or "").lower() == "cite":
        return True
    return not _QUOTES.isdisjoint(it.classes)


def _is_history(it: Element) -> bool:
    if it.id and it.id.lower() in _HISTORY_IDS:
        return True
    return any(each.lower() in _HISTORY_CLASSES for each in it.classes)
