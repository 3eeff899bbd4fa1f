"""Figures say what they are compared with, and a broken bench does not hide the others."""

import math
from pathlib import Path

from tests.bench.__main__ import discover, row, table
from tests.bench.figure import Figure, alternating, timed


def test_a_figure_is_its_median_and_its_ratio_to_the_floor() -> None:
    figure = Figure("turn", [3.0, 1.0, 2.0], "ms", "by hand", [0.5, 1.0, 4.0])
    assert figure.median == 2.0
    assert figure.spread == (1.0, 3.0)
    assert figure.ratio == 2.0
    assert row(figure) == ("turn", "2.000", "1.000", "3.000", "ms", "by hand", "2.00×")


def test_a_figure_without_a_floor_has_no_ratio_and_a_floor_of_nothing_is_infinitely_far() -> None:
    assert Figure("x", [1.0], "ms").ratio is None
    assert Figure("x", [1.0], "ms", "nothing", [0.0]).ratio == math.inf


def test_what_could_not_be_measured_here_is_a_row_that_says_why() -> None:
    line = row(Figure.skipped("a peer's turn", "it is not installed"))
    assert line == ("a peer's turn", "", "", "", "", "skipped: it is not installed", "")
    assert "skipped: it is not installed" in table([line])


def test_works_are_measured_in_turns_after_a_warm_up() -> None:
    order: list[str] = []
    ours, floor = alternating((lambda: order.append("a"), lambda: order.append("b")), 2, warm_up=1)
    assert order == ["a", "b"] * 3
    assert len(ours) == len(floor) == 2
    assert len(timed(lambda: None, 5)) == 5


def test_benches_are_found_by_name_and_chosen_by_word(tmp_path: Path) -> None:
    for name in ("bench_turn.py", "bench_feed.py", "figure.py"):
        (tmp_path / name).touch()
    assert discover(tmp_path, []) == ["bench_feed", "bench_turn"]
    assert discover(tmp_path, ["turn"]) == ["bench_turn"]
    (tmp_path / "bench_turn_work.py").touch()
    assert discover(tmp_path, ["bench_turn"]) == ["bench_turn"], "a whole name names one"
    assert discover(tmp_path, ["turn"]) == ["bench_turn", "bench_turn_work"]


def test_the_table_lines_up() -> None:
    lines = table(
        [row(Figure("a", [1.0], "ms")), row(Figure("a longer name", [1000.0], "ms", "floor", [10.0]))]
    ).splitlines()
    assert len(lines) == 4
    assert lines[0].startswith("what")
    assert "1,000.000" in lines[3]
    assert lines[3].endswith("100.00×")
