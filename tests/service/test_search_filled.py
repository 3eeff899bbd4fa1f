"""The large index that the bench searches is what the product would have written: row by row and word by word (R-M5)."""

import sqlite3
from dataclasses import replace
from datetime import timedelta
from itertools import islice
from pathlib import Path

import pytest

from agent_core.service.search import index_file
from agent_core.service.search.index_file import FILE_NAME, IndexFile, Talk
from tests.bench import search_filled
from tests.bench.search_texts import OF_ONE, said, talk_of
from tests.service.search_logs import name

VOLUME = 40
COPIES = 3


def test_a_copy_of_volumes_is_what_the_indexer_writes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(index_file, "VOLUME", VOLUME)
    own = search_filled.VOLUMES * VOLUME
    copied, written = tmp_path / "copied", tmp_path / "written"
    copied.mkdir()
    written.mkdir()
    talks = search_filled.write(copied, own, batch=50)
    search_filled.copy(copied / FILE_NAME, talks, COPIES)
    file = IndexFile(written)
    for copy in range(COPIES):
        file.keep((_moved(one, talks * copy) for one in islice(_stories(), talks)), own * (copy + 1), ("generation", "hash"))
    while file.purge():
        pass
    file.close()
    assert _tables(copied) == _tables(written)
    assert _words(copied) == _words(written)


def _stories() -> "islice[Talk]":
    return islice((talk_of(one) for one in said()), search_filled.VOLUMES * VOLUME // OF_ONE)


def _moved(talk: Talk, by: int) -> Talk:
    later = timedelta(seconds=by)
    number = int(talk.traits.stream.removeprefix("c_"), 16) + by
    traits = replace(
        talk.traits, stream=name(number), opened_at=talk.traits.opened_at + later, last_at=talk.traits.last_at + later
    )
    return Talk(traits, [replace(passage, at=passage.at + later) for passage in talk.passages])


def _tables(folder: Path) -> object:
    connection = sqlite3.connect(folder / FILE_NAME)
    try:
        return [connection.execute(f"SELECT * FROM {table} ORDER BY 1").fetchall() for table in ("talk", "passage", "brand")]  # noqa: S608 - names of ours
    finally:
        connection.close()


def _words(folder: Path) -> list[list[tuple[object, ...]]]:
    """Every word of every volume with its passage, column and place there."""
    connection = sqlite3.connect(folder / FILE_NAME)
    try:
        volumes = sorted(index_file.volumes_in(connection))
        assert volumes == list(range(search_filled.VOLUMES * COPIES))
        found: list[list[tuple[object, ...]]] = []
        for volume in volumes:
            connection.execute(f"CREATE VIRTUAL TABLE temp.v{volume} USING fts5vocab(main, words_{volume}, instance)")
            found.append(connection.execute(f"SELECT term, doc, col, offset FROM v{volume} ORDER BY 1, 2, 3, 4").fetchall())  # noqa: S608 - as above
        return found
    finally:
        connection.close()
