"""Sizes of things in bytes, as people read them. It must never say more digits than help."""

from console import texts_triage as texts
from console.language.numbers import decimal, number


def size_words(count: int) -> str:
    """A size in words: `812 bytes`, `12 kB`, `3.1 MB`."""
    if count < 1_000:
        return texts.BYTES.format(count=number(count))
    if count < 1_000_000:
        return texts.KILOBYTES.format(count=number(count // 1_000))
    return texts.MEGABYTES.format(count=decimal(f"{count // 1_000_000}.{count % 1_000_000 // 100_000}"))
