"""A client for this machine alone, as every stand-in and every customer speaks: plain HTTP, nothing of the environment.

Why it exists: a client of httpx reads every certificate that is trusted anywhere, which takes longer than all it is then
used for. This one trusts none: it can never speak to anything but plain HTTP, which is for this machine only.
"""

import ssl
from typing import Any

import httpx


def local_client(*, timeout: float = 60.0, **options: Any) -> httpx.AsyncClient:
    """A client; options are those of httpx. `timeout` is in seconds: this machine answers, however busy it is."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    return httpx.AsyncClient(verify=context, trust_env=False, timeout=timeout, **options)
