"""YAML that could mean something else, or grow, never gets past the reader."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent_core.workflows.yaml_text import MAX_BYTES, YamlRefused, read_yaml


def refused(text: bytes) -> YamlRefused:
    with pytest.raises(YamlRefused) as caught:
        read_yaml(text, "f.yaml")
    return caught.value


def test_values_come_with_the_line_and_column_of_their_keys() -> None:
    located = read_yaml(b"a: 1\nb:\n  - x: yes\n    y: true\n  - 'true'\n", "f.yaml")
    assert located.value == {"a": 1, "b": [{"x": "yes", "y": True}, "true"]}
    assert located.places["b", 0, "y"] == (4, 5)
    assert located.finding(("b", 0, "y", "deeper"), "c", "m").line == 4


def test_fractions_dates_and_words_of_old_yaml_stay_text() -> None:
    assert read_yaml(b"a: 1.5\nb: 2026-01-01\nc: on\nd: 0x10\ne: 1_000\n", "f").value == {
        "a": "1.5", "b": "2026-01-01", "c": "on", "d": "0x10", "e": "1_000",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("text", "code", "line"),
    [
        (b"a: &x [1]\nb: *x\n", "yaml_alias", 1),
        (b"&k a: 1\n", "bad_key", 1),
        (b"a: !!python/object/apply:os.system ['x']\n", "yaml_tag", 1),
        (b"a: !!int 3\n", "yaml_tag", 1),
        (b"a: 1\n\na: 2\n", "duplicate_key", 3),
        (b"---\na: 1\n---\nb: 1\n", "yaml_documents", 3),
        (b"? [a]\n: 1\n", "bad_key", 1),
        (b"a: [1\nb: 2\n", "bad_yaml", 2),
        (b"", "empty_file", 0),
        (b"# nothing\n", "empty_file", 0),
        (b"a: 1\nb: \xff\n", "not_utf8", 2),
        (b"a: \x00\n", "bad_yaml", 0),
        (b"a: " + b"[" * 40 + b"]" * 40, "too_deep", 1),
        (b"a: [" + b"1," * 60_000 + b"1]", "too_many_values", 1),
        (b"x" * (MAX_BYTES + 1), "file_too_large", 0),
    ],
)
def test_R_A10_what_is_not_plain_yaml_is_refused_with_its_line(text: bytes, code: str, line: int) -> None:
    finding = refused(text).finding
    assert (finding.code, finding.line) == (code, line)


def test_a_billion_laughs_are_not_laughed() -> None:
    rows = [b"a: &a [x,x,x,x,x,x,x,x,x]"]
    rows += [b"%c: &%c [%s]" % (c, c, b",".join([b"*%c" % (c - 1)] * 9)) for c in range(ord("b"), ord("j"))]
    assert refused(b"\n".join(rows)).finding.code == "yaml_alias"


@given(st.binary(max_size=300))
def test_no_bytes_make_the_reader_fail_in_another_way(data: bytes) -> None:
    with contextlib.suppress(YamlRefused):
        read_yaml(data, "f.yaml")
