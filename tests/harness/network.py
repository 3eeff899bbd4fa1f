"""No test reaches the outside: every connection and look-up beyond this machine raises, and fails the test besides.

An audit hook sees every socket of the process, whatever library opened it, and cannot be removed again, not even by
mistake. Code under test may swallow the refusal, so it is also kept and read when the test ends.
"""

import ipaddress
import sys
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from collections.abc import Sequence

REFUSED_EVENTS = frozenset({"socket.connect", "socket.sendto", "socket.sendmsg"})
LOOK_UPS = frozenset({"socket.getaddrinfo", "socket.gethostbyname"})

_refusals: list[str] = []
_installed = False


class NetworkRefused(RuntimeError):
    """A test tried to leave the machine."""


def is_local(host: object) -> bool:
    """Say whether a host, as given to a socket call, is this machine and no other.

    Args:
        host: A name or an address; anything but text is no internet host (None, or a netlink number).
    """
    if isinstance(host, bytes | bytearray):
        host = host.decode("ascii", "replace")
    if not isinstance(host, str):
        return True
    if host.lower().rstrip(".") in {"localhost", "ip6-localhost"}:
        return True
    try:
        return ipaddress.ip_address(host.split("%")[0]).is_loopback
    except ValueError:
        return False


def install() -> None:
    """Begin to refuse; once per process."""
    global _installed
    if not _installed:
        _installed = True
        sys.addaudithook(_judge)


def take_refusals() -> list[str]:
    """Answer what was refused since the last call, and forget it."""
    taken = list(_refusals)
    _refusals.clear()
    return taken


def _judge(event: str, arguments: tuple[object, ...]) -> None:
    if event in REFUSED_EVENTS:
        address = arguments[1]
        # A path is a unix socket; a tuple begins with the host, or with a number for kernel-only families.
        if isinstance(address, tuple) and not is_local(cast("Sequence[object]", address)[0]):
            _refuse(event, address)
    elif event in LOOK_UPS and not is_local(arguments[0]) and arguments[0] not in {"", b""}:
        _refuse(event, arguments[0])


def _refuse(event: str, target: object) -> None:
    sentence = f"{event} to {target!r}: tests talk to this machine only"
    _refusals.append(sentence)
    raise NetworkRefused(sentence)
