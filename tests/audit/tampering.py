"""Ways to write into a core's database by hand: one row changed, removed, inserted, swapped; the end cut off.

Each `Mutation` works in an open transaction that the test rolls back. The clever ones do what somebody would who knows the
format: they mend chain, heads and Merkle log behind them, as far as no key is needed.
"""

# ruff: noqa: S608 - the names of tables and columns are our own

import json
import random
import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from agent_core.audit.merkle import Peaks
from agent_core.audit.tiles import WIDTH, leaf_of
from agent_core.store.chain import GENESIS, chain_hash

KEYS: Final[dict[str, tuple[str, ...]]] = {
    "event": ("position",),
    "body": ("id",),
    "stream": ("id",),
    "run_head": ("stream", "run"),
    "unique_key": ("key",),
    "merkle_tile": ("level", "number"),
    "checkpoint": ("size",),
    "scope_epoch": ("scope",),
}
"""Tables of the log and of what proves it, with their primary keys."""

UNPROVEN: Final = {
    ("stream", "created_at"): "of the core's own stream, made before its first event",
    ("scope_epoch", "epoch"): "counts changes of a scope; fences compare it, nothing depends on its value",
    ("unique_key", "seq"): "where the append began that took it: any number up to the event's own",
}
"""Columns of which not every value can be told to be wrong, and why."""

_DERIVED: Final = "key LIKE '%:start' OR key LIKE '%:finish' OR key LIKE 'statement:%'"


class Impossible(Exception):
    """The database itself refused, or nothing was changed by it."""


@dataclass(frozen=True, slots=True)
class Mutation:
    """A way to tamper. `apply` raises `Impossible` where it cannot; `outside`: seen only with a checkpoint from outside."""

    name: str
    apply: Callable[[sqlite3.Connection], None]
    outside: bool = False


def columns_of(db: sqlite3.Connection, table: str) -> list[str]:
    return [str(row[1]) for row in db.execute(f"PRAGMA table_info({table})")]


def rows_of(db: sqlite3.Connection, table: str) -> list[tuple[Any, ...]]:
    """The primary keys of the rows that are compared."""
    where = f" WHERE {_DERIVED}" if table == "unique_key" else ""
    return db.execute(f"SELECT {', '.join(KEYS[table])} FROM {table}{where}").fetchall()


def _at(table: str) -> str:
    return " AND ".join(f"{name} = ?" for name in KEYS[table])


def changed(table: str, key: tuple[Any, ...], column: str, seed: int) -> Mutation:
    """One value becomes another one."""

    def apply(db: sqlite3.Connection) -> None:
        chance = random.Random(f"{table}{key}{column}{seed}")
        (before,) = db.execute(f"SELECT {column} FROM {table} WHERE {_at(table)}", key).fetchone()
        others = db.execute(f"SELECT {column} FROM {table} ORDER BY random() LIMIT 1").fetchone()
        after = _another(before, others[0], chance)
        if type(after) is type(before) and after == before:
            raise Impossible
        done = db.execute(f"UPDATE {table} SET {column} = ? WHERE {_at(table)}", (after, *key))
        where = key if column not in KEYS[table] else tuple(
            after if name == column else value for name, value in zip(KEYS[table], key, strict=True)
        )  # fmt: skip
        found = db.execute(f"SELECT {column} FROM {table} WHERE {_at(table)}", where).fetchone()
        if done.rowcount != 1 or (found is not None and type(found[0]) is type(before) and found[0] == before):
            raise Impossible

    return Mutation(f"{table}{key} {column} changed #{seed}", apply)


def _another(value: Any, other: Any, chance: random.Random) -> Any:
    ways: list[Any] = [None, other]
    if isinstance(value, str):
        place = chance.randrange(len(value)) if value else 0
        ways += [value[:-1], value + "0", "", value[:place] + chance.choice("abc019 ") + value[place + 1 :]] * 2
    elif isinstance(value, bytes):
        place = chance.randrange(len(value)) if value else 0
        flipped = value[:place] + bytes([value[place] ^ (1 << chance.randrange(8))]) + value[place + 1 :] if value else b"x"
        ways += [flipped, flipped, value[:-1], value + b"\0", b""]
    elif isinstance(value, int):
        ways += [value + 1, value - 1, value + 1000, 0, -value, 2**40]
    else:
        ways += ["2026-01-01T00:00:00.000000Z", "r1", b"x"]
    return chance.choice(ways)


def removed(table: str, key: tuple[Any, ...]) -> Mutation:
    """One row is gone."""

    def apply(db: sqlite3.Connection) -> None:
        if db.execute(f"DELETE FROM {table} WHERE {_at(table)}", key).rowcount != 1:
            raise Impossible

    return Mutation(f"{table}{key} removed", apply)


def inserted(table: str, key: tuple[Any, ...], seed: int) -> Mutation:
    """A copy of a row, under another name."""

    def apply(db: sqlite3.Connection) -> None:
        names = columns_of(db, table)
        row = dict(zip(names, db.execute(f"SELECT * FROM {table} WHERE {_at(table)}", key).fetchone(), strict=True))
        match table:
            case "event":
                (last,) = db.execute("SELECT max(position) FROM event").fetchone()
                (seq,) = db.execute("SELECT max(seq) FROM event WHERE stream = ?", (row["stream"],)).fetchone()
                row |= {"position": last + 1, "seq": seq + 1}
            case "merkle_tile":
                (last,) = db.execute("SELECT max(number) FROM merkle_tile WHERE level = ?", (row["level"],)).fetchone()
                row |= {"number": last + 1}
            case "checkpoint":
                row |= {"size": row["size"] + 1 + seed % 7}
            case "unique_key":
                row |= {"key": f"x{row['key']}"}
            case "run_head":
                row |= {"run": f"r{90 + seed % 9}"}
            case _:
                name = KEYS[table][0]
                row |= {name: f"{row[name]}x"}
        marks = ", ".join("?" for _ in names)
        db.execute(f"INSERT INTO {table} ({', '.join(names)}) VALUES ({marks})", [row[name] for name in names])
        if table == "unique_key" and key[0].startswith("statement:"):
            raise Impossible  # one more statement that counts as used takes nothing from anybody

    return Mutation(f"{table}{key} doubled #{seed}", apply)


def swapped(table: str, one: tuple[Any, ...], other: tuple[Any, ...], column: str) -> Mutation:
    """Two rows exchange a value; for events' positions and numbers that is their order."""

    def apply(db: sqlite3.Connection) -> None:
        ask = f"SELECT {column} FROM {table} WHERE {_at(table)}"
        ((first,), (second,)) = db.execute(ask, one).fetchone(), db.execute(ask, other).fetchone()
        if first == second:
            raise Impossible
        put = f"UPDATE {table} SET {column} = ? WHERE {_at(table)}"
        if column in KEYS[table] and len(KEYS[table]) == 1:
            if _besides(db, table, column, one) == _besides(db, table, column, other):
                raise Impossible  # they say the same otherwise: exchanging them changes nothing
            spare = -1 if isinstance(first, int) else "spare"
            db.execute(put, (spare, *one))
            db.execute(put, (first, *other))
            db.execute(put, (second, spare))
        else:
            db.execute(put, (second, *one))
            db.execute(put, (first, *other))

    return Mutation(f"{table} {one} and {other} swapped by {column}", apply)


def _besides(db: sqlite3.Connection, table: str, column: str, row: tuple[Any, ...]) -> dict[str, Any]:
    """What a row says besides one column."""
    found = db.execute(f"SELECT * FROM {table} WHERE {_at(table)}", row)
    named = (each[0] for each in found.description)
    return {name: value for name, value in zip(named, found.fetchone(), strict=True) if name != column}


def cut(count: int, *, heads: bool, tiles: bool, checkpoints: bool) -> Mutation:
    """The newest events are removed, and what would tell of it, as far as is said."""

    def apply(db: sqlite3.Connection) -> None:
        (total,) = db.execute("SELECT count(*) FROM event").fetchone()
        if count >= total:
            raise Impossible
        db.execute(
            "DELETE FROM event WHERE position IN (SELECT position FROM event ORDER BY position DESC LIMIT ?)", (count,)
        )
        if heads:
            mend_heads(db)
        if tiles:
            mend_tiles(db)
        if checkpoints:
            db.execute("DELETE FROM checkpoint WHERE size > ?", (total - count,))

    whole = heads and tiles and checkpoints
    return Mutation(f"newest {count} events cut {heads} {tiles} {checkpoints}", apply, outside=whole)


def rewritten(position: int, *, tiles: bool, checkpoints: bool) -> Mutation:
    """An event says something else, and everything behind it is hashed anew."""

    def apply(db: sqlite3.Connection) -> None:
        data, stream = db.execute("SELECT data, stream FROM event WHERE position = ?", (position,)).fetchone()
        value = json.loads(data)
        name = next((each for each, held in sorted(value.items()) if isinstance(held, str) and each != "type"), None)
        if name is None:
            raise Impossible
        value[name] += "x"
        text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        db.execute("UPDATE event SET data = ? WHERE position = ?", (text, position))
        mend_chain(db, stream)
        if tiles:
            mend_tiles(db)
        if checkpoints:
            db.execute("DELETE FROM checkpoint WHERE size >= ?", (position,))

    return Mutation(f"event {position} rewritten {tiles} {checkpoints}", apply, outside=tiles and checkpoints)


def mend_chain(db: sqlite3.Connection, stream: str) -> None:
    """Hashes a whole stream anew."""
    prev = GENESIS
    rows = db.execute(
        "SELECT position, brand, seq, epoch, version, at, actor, data FROM event WHERE stream = ? ORDER BY seq", (stream,)
    ).fetchall()
    for position, brand, seq, epoch, version, at, actor, data in rows:
        made = chain_hash(
            prev, stream=stream, brand=brand, seq=seq, epoch=epoch, version=version, at=at, actor=actor, event=data
        )
        db.execute("UPDATE event SET prev = ?, hash = ? WHERE position = ?", (prev, made, position))
        prev = made
    db.execute("UPDATE stream SET head_hash = ? WHERE id = ?", (prev, stream))


def mend_heads(db: sqlite3.Connection) -> None:
    """Writes the heads of streams and runs as the events that are left say."""
    for (stream,) in db.execute("SELECT id FROM stream").fetchall():
        last = db.execute(
            "SELECT seq, epoch, hash FROM event WHERE stream = ? ORDER BY seq DESC LIMIT 1", (stream,)
        ).fetchone()
        if last is None:
            for table in ("body", "run_head", "unique_key"):
                db.execute(f"DELETE FROM {table} WHERE stream = ?", (stream,))
            db.execute("DELETE FROM stream WHERE id = ?", (stream,))
        else:
            db.execute("UPDATE stream SET seq = ?, epoch = ?, head_hash = ? WHERE id = ?", (*last, stream))
    db.execute("DELETE FROM run_head")
    db.execute("INSERT INTO run_head SELECT stream, run, max(seq) FROM event WHERE run IS NOT NULL GROUP BY stream, run")
    text = "".join(data for (data,) in db.execute("SELECT data FROM event"))
    text += "".join(bytes(data).decode() for (data,) in db.execute("SELECT data FROM body WHERE kind = 'manifest'"))
    for (name,) in db.execute("SELECT id FROM body").fetchall():
        if name not in text:
            db.execute("DELETE FROM body WHERE id = ?", (name,))
    for key, stream in db.execute(f"SELECT key, stream FROM unique_key WHERE {_DERIVED}").fetchall():
        rest, _, kind = key.rpartition(":")
        word = {"start": "effect_started", "finish": "effect_finished"}.get(kind)
        if word is not None:
            effect = rest.rpartition(":")[2]
            held = db.execute("SELECT data FROM event WHERE stream = ? AND type = ?", (stream, word)).fetchall()
            if not any(json.loads(data)["effect"] == effect for (data,) in held):
                db.execute("DELETE FROM unique_key WHERE key = ?", (key,))
    for scope in ("global", "brand:northwind"):
        stream = "core" if scope == "global" else scope
        said = db.execute(
            "SELECT type FROM event WHERE stream = ? AND type LIKE 'agent_%ed' ORDER BY seq DESC LIMIT 1",
            (stream,),
        ).fetchone()
        paused = said is not None and said[0] == "agent_paused"
        db.execute("UPDATE scope_epoch SET paused = ? WHERE scope = ?", (int(paused), scope))


def mend_tiles(db: sqlite3.Connection) -> None:
    """Builds the Merkle log anew from the events that are left."""
    rows = db.execute("SELECT position, hash FROM event ORDER BY position").fetchall()
    db.execute("DELETE FROM merkle_tile")
    level: list[bytes] = [leaf_of(hash_) for _, hash_ in rows]
    at = 0
    while level:
        above: list[bytes] = []
        for number in range((len(level) + WIDTH - 1) // WIDTH):
            held = level[number * WIDTH : (number + 1) * WIDTH]
            first, last = (rows[number * WIDTH][0], rows[number * WIDTH + len(held) - 1][0]) if at == 0 else (0, 0)
            db.execute(
                "INSERT INTO merkle_tile (level, number, count, first, last, hashes) VALUES (?, ?, ?, ?, ?, ?)",
                (at, number, len(held), first, last, b"".join(held)),
            )
            if len(held) == WIDTH:
                above.append(Peaks().grown_by(held).root)
        level, at = above, at + 1


def mutations(db: sqlite3.Connection, seed: int) -> Iterator[Mutation]:
    """Endlessly many ways, in a drawn order that the seed repeats."""
    chance = random.Random(seed)
    keys = {table: rows_of(db, table) for table in KEYS}
    names = {table: [name for name in columns_of(db, table) if (table, name) not in UNPROVEN] for table in KEYS}
    (total,) = db.execute("SELECT max(position) FROM event").fetchone()
    weights = {
        "event": 10,
        "body": 6,
        "stream": 2,
        "run_head": 1,
        "unique_key": 2,
        "merkle_tile": 2,
        "checkpoint": 3,
        "scope_epoch": 0,
    }
    tables = [table for table, weight in weights.items() for _ in range(weight)]
    while True:
        table = chance.choice(tables)
        key = chance.choice(keys[table])
        match chance.randrange(10):
            case 0 | 1 | 2 | 3 | 4:
                yield changed(table, key, chance.choice(names[table]), chance.randrange(10**6))
            case 5:
                yield removed(table, key)
            case 6:
                yield inserted(table, key, chance.randrange(100))
            case 7:
                column = chance.choice(names[table])
                yield swapped(table, key, chance.choice(keys[table]), column)
            case 8:
                heads, tiles, checkpoints = (chance.random() < 0.7 for _ in range(3))
                yield cut(chance.randrange(1, 40), heads=heads, tiles=tiles, checkpoints=checkpoints)
            case _:
                tiles, checkpoints = chance.random() < 0.7, chance.random() < 0.5
                yield rewritten(chance.randrange(1, total + 1), tiles=tiles, checkpoints=checkpoints)
