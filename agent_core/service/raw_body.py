"""The raw bytes of a webhook, bounded while they arrive: more than the bound is never held (R-A10).

It must never read what is in them.
"""

from collections.abc import AsyncIterator, Mapping

from agent_core.contract.errors import CountersignError


class TooLarge(CountersignError):
    """The body is above the bound; it was not read to its end."""

    status = 413

    def __init__(self, size: int, most: int) -> None:
        super().__init__("too_large", f"A webhook has at most {most} bytes.", detail=f"at least {size}")
        self.size = size


async def bounded(headers: Mapping[str, str], chunks: AsyncIterator[bytes], most: int) -> bytes:
    """The body, or a refusal before more than the bound is held. A length that is announced is believed at once.

    Raises:
        TooLarge: It is above `most` bytes.
    """
    given = {name.lower(): value for name, value in headers.items()}.get("content-length", "")
    if given.isascii() and given.isdigit() and int(given[:12]) > most:
        raise TooLarge(int(given[:12]), most)
    body = bytearray()
    async for chunk in chunks:
        if len(body) + len(chunk) > most:
            raise TooLarge(len(body) + len(chunk), most)
        body += chunk
    return bytes(body)
