"""Makes a hostile HTML document harmless for the parser before the parser sees it (R-D1, R-A10).

HTML's tree construction is not linear: nested blocks and many attributes cost their square, unclosed formatting
elements are copied into every later paragraph (measured with lexbor: 100,000 nested blocks take 10 s, 100,000
attributes 16 s, and 37 KB of unclosed `<b>` become four million nodes). A document for which that can matter is written
anew: well nested, only `div` and `span`, only the attributes that say something about visibility. Everybody else's
document passes untouched. It must never drop text, and never take longer than a time proportional to what it is given.
Source: WHATWG HTML §13.2.5 (tokenisation).
"""

import re
from dataclasses import dataclass
from typing import Final

MARK: Final = "x-t"
"""In a document written anew: the attribute that says which element stood there."""

_MOST_TAGS: Final = 8_000
_MOST_COPIES: Final = 150_000
_MOST_ATTRIBUTE_TEXT: Final = 4_000
_MOST_DEPTH: Final = 250
_MOST_NAME: Final = 20
_MOST_VALUE: Final = 2_000
_LOOKED_BACK: Final = 64

_ATTRIBUTE = r"""[\s/]*+(=?[^\s/>=]++)(?:\s*+=\s*+("[^"]*+(?:"|\Z)|'[^']*+(?:'|\Z)|[^\s>"'][^\s>]*+|))?+"""
_ATTRIBUTES = re.compile(_ATTRIBUTE)
_TOKEN = re.compile(
    r"<(?:(?P<end>/?)(?P<name>[a-zA-Z][^\s/>]*+)(?P<attributes>(?:" + _ATTRIBUTE.replace("(=", "(?:=").replace('("', '(?:"')
    + r""")*+)[\s/]*+(?:>|\Z)|!--(?:>|->|(?s:.*?)(?:--!?>|\Z))|[!?/][^>]*+(?:>|\Z))"""
)  # fmt: skip
_FORMATS: Final = frozenset({
    "a", "b", "big", "code", "em", "font", "i", "nobr", "s", "small", "strike", "strong", "tt", "u",
})  # fmt: skip
_FORMATTING = re.compile(rf"<(?:{'|'.join(sorted(_FORMATS))})(?=[\s/>])", re.IGNORECASE)
_RAW_TEXT: Final = frozenset({"script", "style", "textarea", "title", "xmp", "iframe", "noembed", "noframes"})
_VOID: Final = frozenset({
    "area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source", "track", "wbr",
    "basefont",
})  # fmt: skip
_BLOCKS: Final = frozenset({
    "address", "article", "aside", "blockquote", "body", "center", "dd", "details", "dialog", "dir", "div", "dl", "dt",
    "fieldset", "figcaption", "figure", "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6", "header", "html", "li",
    "main", "menu", "nav", "ol", "p", "pre", "section", "summary", "table", "tbody", "td", "tfoot", "th", "thead", "tr",
    "ul",
})  # fmt: skip
_ENDS: Final[dict[str, frozenset[str]]] = {
    "p": frozenset({"p"}),
    "li": frozenset({"li", "p"}),
    "dt": frozenset({"dt", "dd", "p"}),
    "dd": frozenset({"dt", "dd", "p"}),
    "option": frozenset({"option"}),
    "td": frozenset({"td", "th", "p"}),
    "th": frozenset({"td", "th", "p"}),
    "tr": frozenset({"td", "th", "tr", "p"}),
}
"""What an element that begins ends without an end tag."""
_KEPT: Final = frozenset({
    "align", "alt", "aria-hidden", "background", "bgcolor", "class", "color", "dir", "hidden", "href", "id", "open",
    "size", "src", "start", "style", "text", "title", "type",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Fenced:
    """A document the parser takes in linear time.

    Attributes:
        html: What the parser is given.
        flattened: It was written anew; `MARK` names the elements, and nothing but this module wrote that attribute.
        sheets: The text of `<style>` elements, where the document was written anew.
        cut: Nesting beyond what anybody can see was left out; text was not.
    """

    html: str
    flattened: bool = False
    sheets: tuple[str, ...] = ()
    cut: bool = False


def fence(html: str) -> Fenced:
    """The document itself when it is an ordinary one, otherwise one with the same text and a simpler structure."""
    return Fenced(html) if _ordinary(html) else _Flattening(html).run()


def _ordinary(html: str) -> bool:
    """By upper bounds only, so that a document which reads differently than it is counted cannot pass for less."""
    tags = html.count("<")
    if tags > _MOST_TAGS:
        return False
    if len(_FORMATTING.findall(html)) * tags > _MOST_COPIES and _left_open(html) * tags > _MOST_COPIES:
        return False
    # Between two tags there may be text; what matters is that no tag is longer, wherever one reader sees it begin.
    return not any(len(found["attributes"] or "") > _MOST_ATTRIBUTE_TEXT for found in _TOKEN.finditer(html))


def _left_open(html: str) -> int:
    """How many formatting elements may be open at once, at most.

    One that is not closed as the innermost counts to the end: who knows what the parser makes of an end tag elsewhere.
    """
    stack: list[str] = []
    lost = innermost = most = place = 0
    while (found := _TOKEN.search(html, place)) is not None:
        place = found.end()
        name = (found["name"] or "").lower()[:_MOST_NAME]
        if found["end"]:
            if stack and stack[-1] == name:
                stack.pop()
                innermost -= name in _FORMATS
            elif name in stack[-_LOOKED_BACK:]:
                while (left := stack.pop()) != name:
                    lost += left in _FORMATS
                lost += name in _FORMATS
        elif name and name not in _VOID:
            stack.append(name)
            innermost += name in _FORMATS
            most = max(most, innermost)
            if name in _RAW_TEXT:
                place = _end_of_raw(html, name, place)
    return most + lost


class _Flattening:
    """Writes a document anew."""

    __slots__ = ("cut", "html", "out", "sheets", "stack")

    def __init__(self, html: str) -> None:
        self.html = html
        self.out: list[str] = []
        self.stack: list[str] = []
        self.sheets: list[str] = []
        self.cut = False

    def run(self) -> Fenced:
        place, html = 0, self.html
        while True:
            found = _TOKEN.search(html, place)
            if found is None:
                break
            self._text(html[place : found.start()])
            place = found.end()
            name = (found["name"] or "").lower()[:_MOST_NAME]
            if not name:
                self._comment(found.group())
            elif found["end"]:
                self._end(name)
            else:
                self._start(name, found["attributes"])
                if name in _RAW_TEXT:
                    place = self._raw(name, place)
        self._text(html[place:])
        self.out.extend(_closing(name) for name in reversed(self.stack))
        return Fenced("".join(self.out), True, tuple(self.sheets), self.cut)

    def _text(self, text: str) -> None:
        self.out.append(text.replace("<", "&lt;"))

    def _comment(self, text: str) -> None:
        if text.startswith("<!--"):
            self.out.append(f"<!--{text[4:].removesuffix('>').rstrip('-!').replace('--', '- ')[:_MOST_VALUE]}-->")

    def _raw(self, name: str, place: int) -> int:
        """Takes the text of an element that holds no markup; answers where it ends."""
        stop = _end_of_raw(self.html, name, place)
        text = self.html[place:stop]
        if name == "style":
            self.sheets.append(text)
        elif name == "textarea":
            self._text(text)
        return stop

    def _start(self, name: str, attributes: str) -> None:
        ends = _ENDS.get(name)
        while ends and self.stack and self.stack[-1] in ends:
            self.out.append(_closing(self.stack.pop()))
        void = name in _VOID
        if not void and len(self.stack) >= _MOST_DEPTH:
            self.cut = True
            return
        element = "div" if name in _BLOCKS else "span"
        self.out.append(f'<{element} {MARK}="{_escaped(name)}"{_attributes(attributes)}>')
        if void:
            self.out.append(f"</{element}>")
        else:
            self.stack.append(name)

    def _end(self, name: str) -> None:
        for back in range(1, min(len(self.stack), _LOOKED_BACK) + 1):
            if self.stack[-back] == name:
                for _ in range(back):
                    self.out.append(_closing(self.stack.pop()))
                return


def _end_of_raw(html: str, name: str, place: int) -> int:
    end = re.compile(rf"</{name}(?=[\s/>])", re.IGNORECASE).search(html, place)
    return len(html) if end is None else end.start()


def _closing(name: str) -> str:
    return "</div>" if name in _BLOCKS else "</span>"


def _escaped(value: str) -> str:
    return value.replace('"', "&quot;").replace("<", "&lt;")


def _attributes(text: str) -> str:
    kept: dict[str, str] = {}
    for found in _ATTRIBUTES.finditer(text):
        name = found.group(1).lower()
        if name in _KEPT and name not in kept:
            value = found.group(2) or ""
            value = value[1:].removesuffix(value[0]) if value[:1] in {'"', "'"} else value
            kept[name] = value[:_MOST_VALUE]
    return "".join(f' {name}="{_escaped(value)}"' for name, value in kept.items())
