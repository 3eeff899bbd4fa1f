"""What reading a mail costs: a newsletter of 50 KB beside the parser alone, and the dearest document of the same size.

The floor is lexbor reading the same source and nothing else: no styles, no links, no text.
"""

from selectolax.lexbor import LexborHTMLParser

from agent_core.boundary.html import read_html
from agent_core.boundary.mail import read_mail
from tests.bench.figure import Figure, alternating, timed

REPETITIONS = 40
SIZE = 50_000

_STYLE = (
    "<style>.wrap{width:600px}.p{color:#333;font-size:14px}.pre{display:none;max-height:0}td.c a{color:#06c}"
    "@media (max-width:600px){.wrap{width:100%!important}.m{display:none}}</style>"
)
_ROW = (
    '<tr><td class="c" style="padding:8px 16px;font-family:Arial,sans-serif;font-size:14px;line-height:20px;color:#333333">'
    '<a href="https://click.shop.example/ls/click?upn=u001.{n}" style="color:#0066cc;text-decoration:none">'
    '<img src="https://img.shop.example/{n}.png" width="120" alt="Product {n}" style="display:block;border:0"></a></td>'
    '<td class="c" style="padding:8px;vertical-align:top"><p class="p" style="margin:0 0 8px 0">Product number {n} is back '
    "in stock, and it goes well with what you bought.</p><b>49,90 &euro;</b></td></tr>\n"
)


def newsletter(size: int = SIZE) -> str:
    """A shop's newsletter of about so many characters: nested layout tables, inline styles, a hidden preheader."""
    head = f'<html><head><title>News</title>{_STYLE}</head><body bgcolor="#f4f4f4"><div class="pre">Only today</div>'
    rows: list[str] = []
    length = len(head)
    while length < size:
        rows.append(_ROW.replace("{n}", str(len(rows))))
        length += len(rows[-1])
    table = f'<table class="wrap" cellpadding="0" style="background-color:#ffffff"><tbody>{"".join(rows)}</tbody></table>'
    return f"{head}<table><tr><td><table><tr><td>{table}</td></tr></table></td></tr></table></body></html>"


def run() -> list[Figure]:
    """The figures."""
    page = newsletter()
    raw = (
        b"From: Shop <news@shop.example>\r\nSubject: News\r\nMIME-Version: 1.0\r\n"
        b"Content-Type: text/html; charset=utf-8\r\n\r\n" + page.encode()
    )
    assert "Product number 7" in read_html(page).visible
    whole, html, floor = alternating(
        (lambda: read_mail(raw), lambda: read_html(page), lambda: LexborHTMLParser(page)), REPETITIONS, warm_up=3
    )
    worst = "".join(f"<p style='c\\6flor:rgb({n},2,3)'>x" for n in range(SIZE // 33))
    return [
        Figure("a newsletter of 50 KB to text", html, "ms", "lexbor alone", floor),
        Figure("the same as a whole mail", whole, "ms", "lexbor alone", floor),
        Figure("50 KB of styles written with escapes", timed(lambda: read_html(worst), 10), "ms"),
        Figure("400 KB of nested blocks", timed(lambda: read_html("<div>" * 80_000), 10), "ms"),
    ]
