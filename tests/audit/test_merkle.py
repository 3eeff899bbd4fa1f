"""The Merkle log against the RFC's own vectors and against its definition, written as recursively as the RFC writes it."""

import hashlib
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent_core.audit.merkle import (
    EMPTY_ROOT,
    Peaks,
    consistency_proof,
    inclusion_proof,
    leaf_hash,
    node_hash,
    peaks_at,
    root_at,
    verify_consistency,
    verify_inclusion,
)

CT_LEAVES = tuple(
    bytes.fromhex(text)
    for text in (
        "", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f",
    )
)  # fmt: skip
"""The leaves that Certificate Transparency's own implementations are tested with."""

CT_ROOTS = (
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
)
"""Their roots after 0 … 8 leaves."""


def naive_root(leaves: Sequence[bytes]) -> bytes:
    """MTH of RFC 6962 §2.1, word for word."""
    if not leaves:
        return hashlib.sha256().digest()
    if len(leaves) == 1:
        return hashlib.sha256(b"\x00" + leaves[0]).digest()
    k = _below(len(leaves))
    return hashlib.sha256(b"\x01" + naive_root(leaves[:k]) + naive_root(leaves[k:])).digest()


def naive_path(m: int, leaves: Sequence[bytes]) -> list[bytes]:
    """PATH of RFC 6962 §2.1.1, word for word."""
    if len(leaves) == 1:
        return []
    k = _below(len(leaves))
    if m < k:
        return [*naive_path(m, leaves[:k]), naive_root(leaves[k:])]
    return [*naive_path(m - k, leaves[k:]), naive_root(leaves[:k])]


def naive_subproof(m: int, leaves: Sequence[bytes], *, whole: bool) -> list[bytes]:
    """SUBPROOF of RFC 6962 §2.1.2, word for word."""
    if m == len(leaves):
        return [] if whole else [naive_root(leaves)]
    k = _below(len(leaves))
    if m <= k:
        return [*naive_subproof(m, leaves[:k], whole=whole), naive_root(leaves[k:])]
    return [*naive_subproof(m - k, leaves[k:], whole=False), naive_root(leaves[:k])]


def _below(n: int) -> int:
    k = 1
    while k * 2 < n:
        k *= 2
    return k


class Tree:
    """Complete subtrees by level and index, filled from the leaves."""

    def __init__(self, leaves: Sequence[bytes]) -> None:
        self.levels = [[leaf_hash(leaf) for leaf in leaves]]
        while len(self.levels[-1]) > 1:
            below = self.levels[-1]
            self.levels.append([node_hash(below[i], below[i + 1]) for i in range(0, len(below) - 1, 2)])

    def node(self, level: int, index: int) -> bytes:
        """One of them; an IndexError when it is not complete, which no proof may ask for."""
        return self.levels[level][index]


def leaves_of(count: int) -> list[bytes]:
    return [count.to_bytes(4, "big") for count in range(count)]


def test_the_roots_are_those_of_certificate_transparency() -> None:
    for size, root in enumerate(CT_ROOTS):
        peaks = Peaks().grown_by(leaf_hash(leaf) for leaf in CT_LEAVES[:size])
        assert peaks.root.hex() == root
    assert EMPTY_ROOT.hex() == CT_ROOTS[0]


def test_the_proofs_of_the_eight_known_leaves_are_the_known_ones() -> None:
    tree = Tree(CT_LEAVES)
    assert [each.hex() for each in inclusion_proof(0, 8, tree.node)] == [
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    ]
    assert [each.hex() for each in inclusion_proof(5, 8, tree.node)] == [
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ]
    assert [each.hex() for each in consistency_proof(6, 8, tree.node)] == [
        "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ]


def test_every_proof_of_every_small_log_is_the_definitions_and_verifies() -> None:
    for size in range(1, 34):
        leaves = leaves_of(size)
        tree, root = Tree(leaves), naive_root(leaves)
        assert root_at(size, tree.node) == root
        for index in range(size):
            proof = inclusion_proof(index, size, tree.node)
            assert list(proof) == naive_path(index, leaves)
            assert verify_inclusion(leaf_hash(leaves[index]), index, size, proof, root)
        for old in range(size + 1):
            proof = consistency_proof(old, size, tree.node)
            assert list(proof) == ([] if old == 0 else naive_subproof(old, leaves, whole=True))
            assert verify_consistency(old, naive_root(leaves[:old]), size, root, proof)


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 700), st.data())
def test_a_log_grown_in_any_steps_is_the_definitions(size: int, data: st.DataObject) -> None:
    leaves = leaves_of(size)
    hashes = [leaf_hash(leaf) for leaf in leaves]
    cut = data.draw(st.integers(0, size))
    grown = Peaks().grown_by(hashes[:cut]).grown_by(hashes[cut:])
    tree = Tree(leaves)
    assert grown.root == naive_root(leaves)
    assert grown == peaks_at(size, tree.node)
    old = data.draw(st.integers(0, size))
    proof = consistency_proof(old, size, tree.node)
    assert verify_consistency(old, naive_root(leaves[:old]), size, grown.root, proof)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 40), st.integers(0, 4))
def test_a_log_grown_by_a_complete_subtree_is_the_one_grown_leaf_by_leaf(begun: int, level: int) -> None:
    width = 1 << level
    hashes = [leaf_hash(leaf) for leaf in leaves_of(begun + width)]
    before, root = Peaks().grown_by(hashes[:begun]), Peaks().grown_by(hashes[begun:]).root
    if begun % width:
        with pytest.raises(ValueError, match="no complete subtree"):
            before.grown_by_complete(root, level)
    else:
        assert before.grown_by_complete(root, level) == Peaks().grown_by(hashes)


@settings(max_examples=120, deadline=None)
@given(st.integers(2, 200), st.data())
def test_nothing_but_the_true_proof_of_the_true_leaf_verifies(size: int, data: st.DataObject) -> None:
    leaves = leaves_of(size)
    tree, root = Tree(leaves), naive_root(leaves)
    index = data.draw(st.integers(0, size - 1))
    leaf, proof = leaf_hash(leaves[index]), inclusion_proof(index, size, tree.node)
    other = data.draw(st.integers(0, size - 1).filter(lambda each: each != index))
    assert not verify_inclusion(leaf_hash(leaves[other]), index, size, proof, root)
    assert not verify_inclusion(leaf, other, size, proof, root)
    assert not verify_inclusion(leaf, index, size, proof[:-1], root)
    assert not verify_inclusion(leaf, index, size, (*proof, root), root)
    place = data.draw(st.integers(0, len(proof) - 1))
    bit = data.draw(st.integers(0, 255))
    assert not verify_inclusion(leaf, index, size, _flipped(proof, place, bit), root)
    assert not verify_inclusion(leaf, index, size, proof, _flip(root, bit))


@settings(max_examples=120, deadline=None)
@given(st.integers(2, 200), st.data())
def test_no_log_passes_for_the_continuation_of_another(size: int, data: st.DataObject) -> None:
    leaves = leaves_of(size)
    old = data.draw(st.integers(1, size - 1))
    changed = data.draw(st.integers(0, old - 1))
    rewritten = [*leaves]
    rewritten[changed] = b"rewritten"
    tree, false = Tree(leaves), Tree(rewritten)
    old_root, root = naive_root(leaves[:old]), naive_root(leaves)
    proof = consistency_proof(old, size, tree.node)
    for offered in (proof, consistency_proof(old, size, false.node)):
        assert not verify_consistency(old, old_root, size, naive_root(rewritten), offered)
        assert not verify_consistency(old, naive_root(rewritten[:old]), size, root, offered)
    assert not verify_consistency(old, old_root, size, root, proof[:-1])
    assert not verify_consistency(old, old_root, size, root, (*proof, root))
    assert not verify_consistency(size, root, old, old_root, proof)
    bit = data.draw(st.integers(0, 255))
    place = data.draw(st.integers(0, len(proof) - 1))
    assert not verify_consistency(old, old_root, size, root, _flipped(proof, place, bit))


def test_what_is_no_proof_at_all_is_refused_and_raises_nothing() -> None:
    root = naive_root(leaves_of(5))
    for index, size in ((-1, 5), (5, 5), (0, 0), (0, 2**60)):
        assert not verify_inclusion(root, index, size, (), root)
    assert not verify_inclusion(b"short", 0, 1, (), b"short")
    assert not verify_consistency(-1, root, 5, root, ())
    assert not verify_consistency(6, root, 5, root, ())
    assert not verify_consistency(0, root, 5, root, ()), "the empty log has one root"
    assert not verify_consistency(0, EMPTY_ROOT, 5, root, (root,))
    assert not verify_consistency(5, root, 5, EMPTY_ROOT, ())
    assert not verify_consistency(3, root, 5, root, ())
    assert not verify_consistency(4, root, 5, root, (b"short",))
    assert verify_consistency(0, EMPTY_ROOT, 0, EMPTY_ROOT, ())


def test_proofs_of_what_is_not_there_and_false_peaks_are_refused() -> None:
    tree = Tree(leaves_of(5))
    with pytest.raises(ValueError, match="no leaf"):
        inclusion_proof(5, 5, tree.node)
    with pytest.raises(ValueError, match="no beginning"):
        consistency_proof(6, 5, tree.node)
    with pytest.raises(ValueError, match="peaks"):
        Peaks(3, (EMPTY_ROOT,))


def _flip(value: bytes, bit: int) -> bytes:
    changed = bytearray(value)
    changed[bit // 8] ^= 1 << (bit % 8)
    return bytes(changed)


def _flipped(proof: Sequence[bytes], place: int, bit: int) -> tuple[bytes, ...]:
    return (*proof[:place], _flip(proof[place], bit), *proof[place + 1 :])
