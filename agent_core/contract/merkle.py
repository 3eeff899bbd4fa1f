"""The half of a Merkle log that both sides share: its hashes, and the two verifiers (RFC 6962 §2.1, RFC 9162 §2.1).

A witness that keeps nothing but a size and a root checks with `verify_consistency` that the log it sees today still begins
with the log it saw then; whoever holds one event checks with `verify_inclusion` that it stands in a log of that root. Every
argument may come from an enemy: the verifiers answer True or False, they never raise and never loop longer than a proof is.
What builds proofs is `agent_core.audit.merkle`. This module must never read anything, nor trust a proof's length.
"""

import hashlib
from collections.abc import Sequence

HASH_BYTES = 32

EMPTY_ROOT = hashlib.sha256(b"").digest()
"""The root of a log without leaves."""

LARGEST_SIZE = 2**53 - 1
"""More leaves than any log here has, and the largest integer canonical JSON knows."""


def leaf_hash(data: bytes) -> bytes:
    """The hash of a leaf: SHA-256 of 0x00 and its data, so that no leaf passes for a node."""
    return hashlib.sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of an inner node: SHA-256 of 0x01 and both halves."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def verify_inclusion(leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> bool:
    """Whether a log of `size` leaves with this root has `leaf` at `index` (RFC 9162 §2.1.3.2).

    Args:
        leaf: The leaf's hash, 32 bytes (`leaf_hash` of its data).
        index: Where it stands, from 0.
        size: Leaves of the log.
        proof: Hashes from the leaf's sibling upwards.
        root: The root to arrive at.
    """
    if not 0 <= index < size <= LARGEST_SIZE or not _hashes((leaf, root, *proof)):
        return False
    fn, sn, found = index, size - 1, leaf
    for sibling in proof:
        if sn == 0:
            return False
        if fn & 1 or fn == sn:
            found = node_hash(sibling, found)
            while not fn & 1 and fn:
                fn, sn = fn >> 1, sn >> 1
        else:
            found = node_hash(found, sibling)
        fn, sn = fn >> 1, sn >> 1
    return sn == 0 and found == root


def verify_consistency(old_size: int, old_root: bytes, size: int, root: bytes, proof: Sequence[bytes]) -> bool:
    """Whether the log of `size` leaves begins with the log of `old_size` leaves (RFC 9162 §2.1.4.2).

    Every log begins with the empty one; two logs of one size are the same log. Both have an empty proof.

    Args:
        old_size: Leaves of the older log.
        old_root: Its root.
        size: Leaves of the newer log; a newer log is never shorter.
        root: Its root.
        proof: What `audit.merkle.consistency_proof` made.
    """
    if not 0 <= old_size <= size <= LARGEST_SIZE or not _hashes((old_root, root, *proof)):
        return False
    if old_size == 0:
        return not proof and old_root == EMPTY_ROOT and (size > 0 or root == EMPTY_ROOT)
    if old_size == size:
        return not proof and old_root == root
    path = [old_root, *proof] if not old_size & (old_size - 1) else list(proof)
    if not path:
        return False
    fn, sn = old_size - 1, size - 1
    while fn & 1:
        fn, sn = fn >> 1, sn >> 1
    old, new = path[0], path[0]
    for sibling in path[1:]:
        if sn == 0:
            return False
        if fn & 1 or fn == sn:
            old, new = node_hash(sibling, old), node_hash(sibling, new)
            while not fn & 1 and fn:
                fn, sn = fn >> 1, sn >> 1
        else:
            new = node_hash(new, sibling)
        fn, sn = fn >> 1, sn >> 1
    return sn == 0 and old == old_root and new == root


def _hashes(values: Sequence[bytes]) -> bool:
    return all(len(value) == HASH_BYTES for value in values)
