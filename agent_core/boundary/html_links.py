"""Where a link really leads, and whether its words say otherwise (R-D1, R-D3).

Pure: it reads text only. It must never open a link or look up a name.
"""

import re
from typing import Final
from urllib.parse import urlsplit

MOST_URL: Final = 500
_HARMLESS: Final = frozenset({"http", "https", "mailto", "tel", "sms", "cid", "ftp", "webcal", "geo", ""})
_SCHEME = re.compile(r"([a-zA-Z][a-zA-Z0-9+.-]{0,30}):")
_DROPPED = re.compile(r"[\x00-\x20\x7f]+")
_BREAKS = re.compile(r"[\t\n\r\x00]+")
_NAMED = re.compile(
    r"(?<![\w@.-])(?:https?://|www\.)?(?:[\w-]{1,63}\.){1,8}(?:[a-z]{2,24}|xn--[a-z0-9-]{2,59})(?![\w-])", re.IGNORECASE
)
_FILES: Final = frozenset({
    "pdf", "doc", "docx", "txt", "jpg", "jpeg", "png", "gif", "zip", "html", "htm", "xls", "xlsx", "csv", "py", "js",
    "md", "eml",
})  # fmt: skip


def read_target(href: str) -> tuple[str, str, bool]:
    """Reads a link's target as a browser would.

    Returns:
        The URL, bounded, without white space and controls; its host in lower case, empty without one (of a mail address: its
        domain); and whether the scheme is one that runs or shows what the link itself carries.
    """
    url = _BREAKS.sub("", href.strip("\x00\t\n\x0c\r "))[: 4 * MOST_URL]
    found = _SCHEME.match(_DROPPED.sub("", url[:100]))
    scheme = found.group(1).lower() if found else ""
    dangerous = scheme not in _HARMLESS
    if scheme == "mailto":
        address = url.partition(":")[2].partition("?")[0]
        host = address.rpartition("@")[2].strip().lower()[:253] if "@" in address else ""
    elif scheme in {"http", "https", "ftp"} or url[:2].replace("\\", "/") == "//":
        host = _host(url.replace("\\", "/"))
    else:
        host = ""
    return _DROPPED.sub("", url)[:MOST_URL], host, dangerous


def _host(url: str) -> str:
    head, slashes, rest = url.partition(":") if not url.startswith("/") else ("", "", url)
    rest = f"//{rest.lstrip('/')}"  # browsers take any number of slashes
    try:
        host = urlsplit(f"{head}{slashes}{rest}").hostname
    except ValueError:
        return ""
    return (host or "").rstrip(".")[:253]


def deceives(words: str, host: str, *, mail: bool = False) -> bool:
    """Whether a link's words name another host than the one it leads to.

    Args:
        words: The visible words of the link.
        host: The host it leads to (`read_target`).
        mail: The target is a mail address.
    """
    if not host:
        return False
    words = words[:300]
    if mail:
        named = [address.rpartition("@")[2] for address in re.findall(r"[^\s@<>]{1,64}@[\w.-]{1,253}", words)]
    else:
        named = [re.sub(r"^https?://", "", each, flags=re.IGNORECASE) for each in _NAMED.findall(words)]
    named = [each.lower().rstrip(".") for each in named if each.rpartition(".")[2].lower() not in _FILES]
    return bool(named) and not any(_same(each, host) for each in named)


def _same(one: str, other: str) -> bool:
    one, other = _ascii(one).removeprefix("www."), _ascii(other).removeprefix("www.")
    return one == other or one.endswith(f".{other}") or other.endswith(f".{one}")


def _ascii(host: str) -> str:
    try:
        return host.encode("idna").decode("ascii").lower()
    except (UnicodeError, ValueError):
        return host
