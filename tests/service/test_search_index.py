"""The index of search: hostile questions, every script, paging, erased bytes, deaths, other brands (R-M5, R-N5)."""

import asyncio
import shutil
import sqlite3
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent_core.contract.ids import StreamId
from agent_core.service.projection.story import Story, read_story
from agent_core.service.search import index_file
from agent_core.service.search.cursors import PageLost
from agent_core.service.search.index_file import FILE_NAME, IndexFile, Talk
from agent_core.service.search.indexer import Indexer
from agent_core.service.search.questions import read_question
from agent_core.service.search.snippets import (
    LONG,
    _whole_score,  # pyright: ignore[reportPrivateUsage] - the way that takes any text
    score,
    snippet,
)
from agent_core.service.search.words import indexed, words_of
from agent_core.store import Store
from tests.service.search_logs import (
    erases,
    filled,
    index_all,
    indexer_of,
    look,
    name,
    numbers,
    passage,
    traits,
    writes,
)

TEXTS = (
    "Where is my parcel NW-10023?",
    "Guten Tag, die Größe passt nicht. Grüße, Jörg Müller",
    "我想退款订单 NW-10024, 谢谢",
    "返金をお願いします。注文番号は NW-10025 です",
    "สวัสดี ขอคืนเงินค่ะ",
    "مرحبا، أين طلبي؟",
    "नमस्ते, मेरा पैकेज कहाँ है?",
    "Καλημέρα, πού είναι το δέμα μου;",
    "환불 요청합니다 NW-10026",
    "ＦＵＬＬ ｗｉｄｔｈ and ß in Straße",
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("index")
    filled(place, TEXTS).close()
    return place


@pytest.mark.parametrize(
    ("words", "wanted"),
    [
        ("parcel", [0]), ("parc", [0]), ("nw-1002", [8, 3, 2, 0]), ("NW-10023", [0]), ('"my parcel"', [0]),
        ('"parcel my"', []), ("grosse", [1]), ("Grösse", [1]), ("groesse", [1]), ("joerg muel", [1]), ("JÖRG", [1]),
        ("退款", [2]), ("退", [2]), ("订单", [2]), ("款订", [2]), ("单", [2]), ("款单", []), ("返金", [3]),
        ("注文番号", [3]), ("คืนเงิน", [4]), ("طلبي", [5]), ("पैकेज", [6]), ("δέμα", [7]), ("δεμα", [7]), ("환불", [8]),
        ("full width", [9]), ("strasse", [9]), ("straße", [9]), ("nw -退款", [8, 3, 0]), ("-parcel", []), ("!!!", []),
        ("parcel xyz", []),
    ],
)  # fmt: skip
def test_R_M5_words_of_every_script_are_found_as_they_are_typed(folder: Path, words: str, wanted: list[int]) -> None:
    found, _ = look(folder, words)
    assert numbers(found) == wanted
    question = read_question(words)
    for row in found.rows:
        shown = snippet(row.text, question)
        assert shown.marks, "what was found is marked"
        assert all(0 <= mark.start < mark.end <= len(shown.text) for mark in shown.marks)


_HOSTILE = st.one_of(
    st.text(max_size=80),
    st.text(alphabet="\"'()*:^+-{}\\;%_ \0\n\ud800abAND OR NOT NEAR", max_size=60),
    st.sampled_from(
        ["text : x", '"', '""', "NEAR(a b, 2)", "a AND", "scope:b", "*", "-", '-"', "'; DROP TABLE talk; --", "\0"]
    ),
)


@settings(max_examples=250, deadline=None)
@given(_HOSTILE)
def test_no_text_means_anything_in_the_query_language_and_none_fails(folder: Path, words: str) -> None:
    question = read_question(words)
    tokens = [token for term in question.terms for spelling in term.spellings for token in spelling]
    assert all(token and not set(token) & set("\"'()*:^+-{} \0") for token in tokens)
    connection = sqlite3.connect(":memory:")
    try:
        connection.execute(
            "CREATE VIRTUAL TABLE w USING fts5(text, spelt, scope, content='', columnsize=0, tokenize='ascii')"
        )
        if question.wanted:
            match = f"{{text spelt}} : ({question.match()})"
            assert connection.execute("SELECT rowid FROM w WHERE w MATCH ?", (match,)).fetchall() == []
    finally:
        connection.close()
    if "\ud800" not in words:
        look(folder, words[:400])


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=200))
def test_a_text_is_found_by_each_of_its_words_and_what_is_indexed_are_its_tokens(text: str) -> None:
    words = list(words_of(text))
    assert indexed(text)[0] == " ".join(word.text for word in words)
    assert all(0 <= word.start < word.end <= len(text) for word in words)
    for word in words[:5]:
        shown = snippet(text, read_question(text[word.start : word.end]))
        assert len(shown.text) <= LONG
        assert "\n" not in shown.text


def test_R_M5_pages_neither_repeat_nor_miss_anything_while_more_comes_in(tmp_path: Path) -> None:
    file = filled(tmp_path, [f"refund number {number} {'refund ' * (number % 5)}" for number in range(100)])
    for order in ("newest", "best"):
        seen: list[int] = []
        token: str | None = None
        while True:
            found, token = look(tmp_path, "refund", order=order, limit=7, after=token)
            seen += numbers(found)
            assert (found.count, found.counted_all) == (100 + (0 if order == "newest" else 1), True)
            if token is None:
                break
            if len(seen) == 14 and order == "newest":
                file.keep([Talk(traits(200), [passage("refund at last", 200)])], 101, ("generation", "hash"))
        assert len(seen) == len(set(seen))
        assert set(seen) >= set(range(100))
        if order == "newest":
            assert seen == sorted(seen, reverse=True)
        else:
            assert seen[0] % 5 in (3, 4), "the best came first"
    _, token = look(tmp_path, "refund", limit=7)
    assert token is not None
    for asked in ({"q": "number"}, {"q": "refund", "channel": "chat"}):
        with pytest.raises(PageLost):
            look(tmp_path, asked.pop("q"), limit=7, after=token, **asked)
    for broken in ("x", "", "W10", token[:-4], "A" * 400):
        with pytest.raises(PageLost):
            look(tmp_path, "refund", limit=7, after=broken)
    file.close()


def test_hits_are_counted_as_far_as_is_said_and_no_further(tmp_path: Path) -> None:
    filled(tmp_path, [f"parcel {number}" for number in range(1_200)]).close()
    found, token = look(tmp_path, "parcel", limit=10)
    assert (len(found.rows), found.count, found.counted_all) == (10, 1_000, False)
    more, _ = look(tmp_path, "parcel", limit=10, after=token)
    assert (more.count, more.counted_all) == (1_000, False), "the same on every page"
    listed, _ = look(tmp_path, "", limit=10)
    assert numbers(listed) == list(range(1_199, 1_189, -1))


def test_R_C1_no_brand_is_ever_found_from_another_whatever_is_asked(tmp_path: Path) -> None:
    filled(tmp_path, [f"parcel {number}" for number in range(40)], ("northwind", "lumen", "atlas")).close()
    ours = [number for number in range(39, -1, -1) if number % 3 == 1]
    for asked in ({}, {"kind": "message"}, {"order": "best"}, {"by": "customer", "q": ""}, {"q": ""}):
        words = asked.get("q", "parcel")
        found, _ = look(tmp_path, words, ["lumen"], limit=100, **{k: v for k, v in asked.items() if k != "q"})
        assert sorted(numbers(found), reverse=True) == ours
        assert found.count == len(ours)
    assert look(tmp_path, "parcel", ["lumen"], brand="northwind")[0].rows == []
    assert look(tmp_path, "parcel", ["northwind", "atlas"], brand="lumen")[0].rows == []
    for seen in (["northwind", "atlas"], ["lumen", "atlas", "nobody"], ["northwind", "lumen", "atlas"]):
        there = [number for number in range(39, -1, -1) if ("northwind", "lumen", "atlas")[number % 3] in seen]
        assert numbers(look(tmp_path, "parcel", seen, limit=100)[0]) == there
    assert look(tmp_path, "parcel", [])[0].rows == []
    assert look(tmp_path, "", ["nobody"])[0].count == 0


def _holding(folder: Path, words: bytes) -> list[str]:
    return [path.name for path in sorted(folder.glob(f"{FILE_NAME}*")) if words in path.read_bytes()]


def test_R_N5_no_byte_of_what_was_erased_is_left_in_the_index(tmp_path: Path) -> None:
    async def run() -> None:
        async with await Store.open(tmp_path) as store:
            for number in range(30):
                await writes(store, number, [f"Hello, I am xanthippe{number} of Quillmoor and want my parcel", "Thanks"])
            indexer = indexer_of(store, tmp_path, batch=20)
            await index_all(indexer)
            await indexer.clean()
            assert numbers(look(tmp_path, "xanthippe7")[0]) == [7]
            assert _holding(tmp_path, b"xanthippe7")
            assert _holding(tmp_path, b"cus7")
            reader = index_file.reading(tmp_path / FILE_NAME)
            reader.execute("BEGIN")
            reader.execute("SELECT count(*) FROM talk").fetchall()
            await erases(store, 7)
            while await indexer.step():
                pass
            assert numbers(look(tmp_path, "xanthippe7")[0]) == []
            cleaning = asyncio.create_task(indexer.clean())
            await asyncio.sleep(0)
            reader.execute("COMMIT")
            reader.close()
            await cleaning
            assert _holding(tmp_path, b"xanthippe7") == []
            assert _holding(tmp_path, b"cus7\n") == []
            assert numbers(look(tmp_path, "quillmoor", limit=100)[0]) == [n for n in range(29, -1, -1) if n != 7]
            await indexer.close()
            assert _holding(tmp_path, b"xanthippe7") == []

    asyncio.run(run())


def test_R_M5_killed_at_any_statement_the_index_goes_on_and_ends_as_if_nothing_had_happened(tmp_path: Path) -> None:
    """The files as they stand in the midst of a transaction are what a killed process leaves behind."""

    async def run() -> None:
        data = tmp_path / "data"
        async with await Store.open(data) as store:
            for number in range(12):
                await writes(store, number, [f"parcel {number}", f"refund {number}"])
            await erases(store, 3)
            whole = tmp_path / "whole"
            whole.mkdir()
            undisturbed = indexer_of(store, whole, batch=9)
            await index_all(undisturbed)
            await undisturbed.clean()
            await undisturbed.close()
            for point in range(3, 120, 13):
                killed, left = tmp_path / f"killed{point}", tmp_path / f"left{point}"
                killed.mkdir()
                left.mkdir()
                indexer = indexer_of(store, killed, batch=9)
                await indexer.open()
                statements = _dies_at(indexer, point, killed, left)
                while await indexer.step():
                    pass
                await indexer.clean()
                await indexer.close()
                if not any(left.iterdir()):
                    assert statements[0] < point
                    continue
                again = indexer_of(store, left, batch=9)
                await index_all(again)
                await again.clean()
                await again.close()
                assert _everything(left) == _everything(whole), point

    asyncio.run(run())


def _dies_at(indexer: Indexer, point: int, folder: Path, left: Path) -> list[int]:
    """Copies the files right before the statement of this number."""
    count = [0]
    file = indexer._file  # pyright: ignore[reportPrivateUsage] - whoever kills looks inside
    assert file is not None
    connection = file._connection  # pyright: ignore[reportPrivateUsage] - as above

    def statement(_text: str) -> None:
        count[0] += 1
        if count[0] == point:
            for path in folder.glob(f"{FILE_NAME}*"):
                if not path.name.endswith("-shm"):
                    shutil.copy(path, left / path.name)

    connection.set_trace_callback(statement)
    return count


def _everything(folder: Path) -> object:
    connection = index_file.reading(folder / FILE_NAME)
    try:
        kept = [
            connection.execute(f"SELECT {columns} FROM {table} ORDER BY 1, 2").fetchall()  # noqa: S608 - names of ours
            for columns, table in (("id, talk, seq, part, text", "passage"), ("stream, state, messages, work", "talk"))
        ]
        position = connection.execute("SELECT value FROM about WHERE key = 'position'").fetchall()
    finally:
        connection.close()
    return kept, position, [numbers(look(folder, words, limit=50)[0]) for words in ("parcel", "refund", "t3", "par 5")]


def test_an_index_of_another_log_of_another_version_or_a_damaged_one_is_built_anew(tmp_path: Path) -> None:
    async def run() -> None:
        async with await Store.open(tmp_path / "one") as store:
            await writes(store, 1, ["parcel"])
            for spoil in (_foreign, _older, _damaged):
                folder = tmp_path / spoil.__name__
                folder.mkdir()
                filled(folder, ["something else"] * 5).close()
                spoil(folder)
                indexer = indexer_of(store, folder)
                await index_all(indexer)
                await indexer.close()
                assert numbers(look(folder, "parcel")[0]) == [1], spoil
                assert numbers(look(folder, "something")[0]) == [], spoil

    asyncio.run(run())


def test_R_M5_an_indexer_far_behind_builds_the_same_and_pushes_nothing_out_of_what_the_core_remembers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def run() -> None:
        async with await Store.open(tmp_path / "data") as store:
            for number in range(12):
                await writes(store, number, [f"parcel {number}", f"refund {number}"])
            await erases(store, 3)
            asked: list[StreamId] = []

            async def remembered(stream: StreamId) -> Story:
                asked.append(stream)
                return await read_story(store, stream)

            near, far = tmp_path / "near", tmp_path / "far"
            for folder, story in ((near, None), (far, remembered)):
                folder.mkdir()
                monkeypatch.setattr("agent_core.service.search.indexer.FAR", 10 if story else 10**9)
                indexer = indexer_of(store, folder, batch=9 if story else 400, story=story)
                await index_all(indexer)
                await indexer.clean()
                await indexer.close()
            assert _everything(far) == _everything(near)
            assert set(asked) <= {name(number) for number in (3, 9, 10, 11)}, "only the newest few, and what was erased last"

    asyncio.run(run())


def _foreign(_folder: Path) -> None:
    """It is of another log already."""


def _older(folder: Path) -> None:
    with sqlite3.connect(folder / FILE_NAME) as connection:
        connection.execute("UPDATE about SET value = '0.0' WHERE key = 'version'")
    connection.close()


def _damaged(folder: Path) -> None:
    (folder / FILE_NAME).write_bytes(b"This is no database at all." * 400)


def test_a_full_volume_is_merged_and_what_is_asked_for_is_found_across_volumes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(index_file, "VOLUME", 16)
    monkeypatch.setattr("agent_core.service.search.looking.VOLUME", 16)
    file = IndexFile(tmp_path)
    for number in range(100):
        file.keep([Talk(traits(number), [passage(f"parcel {number}", number)])], number + 1, ("generation", "hash"))
    while file.purge():
        pass
    assert file.scrub()
    seen: list[int] = []
    token: str | None = None
    while True:
        found, token = look(tmp_path, "parcel", limit=13, after=token)
        seen += numbers(found)
        if token is None:
            break
    assert seen == list(range(99, -1, -1))
    assert numbers(look(tmp_path, "parcel", conversation=name(40))[0]) == [40]
    file.close()


@settings(max_examples=300, deadline=None)
@given(st.text(alphabet="aAbßorderORDER -19_\n", max_size=90), st.text(alphabet='abordeORDER1 *"', max_size=20))
def test_how_well_a_plain_text_answers_is_the_same_by_both_ways(text: str, words: str) -> None:
    question = read_question(words)
    assert score(text, question) == _whole_score(text, question)
