"""A Merkle log over any store of hashes: tree heads that grow leaf by leaf, and both kinds of proofs (RFC 6962, RFC 9162).

    peaks = Peaks().grown(leaf_hash(data))
    inclusion_proof(index, size, node)        -> for `verify_inclusion`
    consistency_proof(old_size, size, node)   -> for `verify_consistency`

`node(level, index)` gives the hash of a *complete* subtree: of the leaves `index << level` up to `(index + 1) << level`.
Such a subtree never changes again, which is why a log can be stored once and every older head still be proven. Where its
hashes are kept is the caller's matter. The verifiers stand in `agent_core.contract.merkle`, for consoles too. This module
must never read a database, and never recurse deeper than the logarithm of a size.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from agent_core.contract.merkle import (
    EMPTY_ROOT,
    HASH_BYTES,
    LARGEST_SIZE,
    leaf_hash,
    node_hash,
    verify_consistency,
    verify_inclusion,
)

__all__ = [
    "EMPTY_ROOT",
    "HASH_BYTES",
    "LARGEST_SIZE",
    "Node",
    "Peaks",
    "consistency_proof",
    "inclusion_proof",
    "leaf_hash",
    "node_hash",
    "peaks_at",
    "root_at",
    "verify_consistency",
    "verify_inclusion",
]

Node = Callable[[int, int], bytes]
"""`(level, index)` -> the hash of a complete subtree; level 0 are the leaves."""


@dataclass(frozen=True, slots=True)
class Peaks:
    """A log as short as it can be written to go on with: its size, and the roots of its complete subtrees, largest first."""

    size: int = 0
    hashes: tuple[bytes, ...] = ()

    def __post_init__(self) -> None:
        if len(self.hashes) != self.size.bit_count() or any(len(each) != HASH_BYTES for each in self.hashes):
            raise ValueError("these are not the peaks of a log of this size")

    def grown(self, leaf: bytes) -> "Peaks":
        """The log with one leaf more, given by its hash."""
        return self.grown_by((leaf,))

    def grown_by(self, leaves: Iterable[bytes]) -> "Peaks":
        """The log with these leaves more, given by their hashes."""
        size, stack = self.size, list(self.hashes)
        for leaf in leaves:
            rest = size
            while rest & 1:
                leaf = node_hash(stack.pop(), leaf)
                rest >>= 1
            stack.append(leaf)
            size += 1
        return Peaks(size, tuple(stack))

    def grown_by_complete(self, root: bytes, level: int) -> "Peaks":
        """The log with a complete subtree of `1 << level` leaves more, given by its root.

        Raises:
            ValueError: Such a subtree cannot begin where this log ends.
        """
        if self.size % (1 << level):
            raise ValueError("no complete subtree of this height begins here")
        above = Peaks(self.size >> level, self.hashes).grown_by((root,))
        return Peaks(above.size << level, above.hashes)

    @property
    def root(self) -> bytes:
        """The head of the tree: what a checkpoint signs."""
        if not self.hashes:
            return EMPTY_ROOT
        found = self.hashes[-1]
        for peak in reversed(self.hashes[:-1]):
            found = node_hash(peak, found)
        return found


def peaks_at(size: int, node: Node) -> Peaks:
    """The peaks of the first `size` leaves."""
    return Peaks(size, tuple(node(level, index) for level, index in _complete(0, size)))


def root_at(size: int, node: Node) -> bytes:
    """The root of the first `size` leaves."""
    return peaks_at(size, node).root


def inclusion_proof(index: int, size: int, node: Node) -> tuple[bytes, ...]:
    """Why the leaf at `index` stands in the log of the first `size` leaves: hashes from its sibling upwards.

    Raises:
        ValueError: There is no such leaf in a log of this size.
    """
    if not 0 <= index < size <= LARGEST_SIZE:
        raise ValueError(f"no leaf {index} among {size}")
    found: list[bytes] = []
    begin, end = 0, size
    while end - begin > 1:
        middle = begin + _split(end - begin)
        if index < middle:
            found.append(_range_root(middle, end, node))
            end = middle
        else:
            found.append(_range_root(begin, middle, node))
            begin = middle
    return tuple(reversed(found))


def consistency_proof(old_size: int, size: int, node: Node) -> tuple[bytes, ...]:
    """Why the log of the first `size` leaves begins with that of the first `old_size`; empty where nothing is to be shown.

    Raises:
        ValueError: The older log is longer than the newer one.
    """
    if not 0 <= old_size <= size <= LARGEST_SIZE:
        raise ValueError(f"a log of {old_size} is no beginning of one of {size}")
    if old_size in {0, size}:
        return ()
    found: list[bytes] = []
    begin, end, whole = 0, size, True
    while old_size != end:
        middle = begin + _split(end - begin)
        if old_size <= middle:
            found.append(_range_root(middle, end, node))
            end = middle
        else:
            found.append(_range_root(begin, middle, node))
            begin, whole = middle, False
    if not whole:
        found.append(_range_root(begin, end, node))
    return tuple(reversed(found))


def _split(count: int) -> int:
    """The largest power of two below `count`: where a tree of so many leaves is divided."""
    return 1 << ((count - 1).bit_length() - 1)


def _complete(begin: int, end: int) -> Iterator[tuple[int, int]]:
    """The complete subtrees, largest first, that a subtree of the leaves `begin` up to `end` is made of."""
    while begin < end:
        level = (end - begin).bit_length() - 1
        yield level, begin >> level
        begin += 1 << level


def _range_root(begin: int, end: int, node: Node) -> bytes:
    """The hash of the subtree over the leaves `begin` up to `end`, where `begin` is where such a subtree may begin."""
    hashes = [node(level, index) for level, index in _complete(begin, end)]
    found = hashes.pop()
    while hashes:
        found = node_hash(hashes.pop(), found)
    return found
