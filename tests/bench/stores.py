"""Data directories with many datasets and fine-tuned models.

The API would take minutes to make them: one of each is made by it, and copied in the database. Each copy of a dataset
has its own file, which is a link to the first one's. A directory is kept, and made again when the schema has changed.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

from datasets import DATASET, create_model, wait_until_trained
from servers import Bench, Client
from upload import upload_seconds

# The time at which all of it was made, and at which it is looked at: datasets expire.
CLOCK = "2025-06-01T12:00:00Z"
ROOT = Path(__file__).resolve().parents[2]
# What a kept directory depends on.
SOURCES = (ROOT / "server" / "store" / "store_schema.c", Path(__file__))
# One file has so many links at most: ext4 allows 65,000.
LINKS_MAX = 50_000
ROWS = 300


class Size(NamedTuple):
    datasets: int
    models: int


WORLDS = {"short": Size(100, 100), "small": Size(1000, 1000), "medium": Size(10_000, 0), "long": Size(100_000, 10_000)}
QUICK_WORLDS = {"short": Size(100, 100), "small": Size(110, 110), "medium": Size(300, 0), "long": Size(900, 200)}


def worlds_of(bench: Bench) -> dict[str, Size]:
    return QUICK_WORLDS if bench.quick else WORLDS


def of_worlds(bench: Bench) -> Path:
    """A directory with the worlds above."""
    name = "worlds-quick" if bench.quick else "worlds"
    return kept(bench, name, lambda folder: fill(folder, worlds_of(bench)))


def of_datasets(bench: Bench, count: int) -> Path:
    """A directory with `count` datasets in the world `default`."""
    return kept(bench, f"datasets-{count}", lambda folder: fill(folder, {"default": Size(count, 0)}))


def kept(bench: Bench, name: str, fill_folder: Callable[[Path], None]) -> Path:
    folder, stamp = bench.cache / f"store-{name}", bench.cache / f"store-{name}.stamp"
    wanted = hashlib.sha256(b"".join(path.read_bytes() for path in SOURCES)).hexdigest()
    if not stamp.exists() or stamp.read_text(encoding="ascii") != wanted:
        stamp.unlink(missing_ok=True)
        shutil.rmtree(folder, ignore_errors=True)
        print(f"Making {folder.name} in build/bench/, once", flush=True)
        make_first(bench, folder)
        fill_folder(folder)
        stamp.write_text(wanted, encoding="ascii")
    return folder


def make_first(bench: Bench, folder: Path) -> None:
    """A directory with one dataset and one model, which has learnt what it can."""
    rows = bench.folder / "rows.jsonl"
    with rows.open("w", encoding="utf-8") as out:
        for i in range(ROWS):
            row = {"query": f"question {i}", "relevant_passages": [f"answer {i}"], "hard_negatives": [f"no answer {i}"]}
            out.write(json.dumps(row) + "\n")
    options = ("--clock", CLOCK, "--lifecycle", "instant")
    with bench.run_mockhere(*options, data=folder) as server, Client(server.port) as client:
        dataset = json.loads(upload_seconds(bench, server.port, DATASET, rows)[1])["id"]
        wait_until_trained(client, create_model(client, dataset))


def copy_sql(db: sqlite3.Connection, table: str, where: str, changed: dict[str, str]) -> str:
    """A statement that copies one row, with expressions for the columns that change."""
    names = [row[1] for row in db.execute(f"PRAGMA table_info({table})")]
    expressions = [changed.get(name, name) for name in names]
    return f"INSERT INTO {table} ({', '.join(names)}) SELECT {', '.join(expressions)} FROM {table} WHERE {where}"


def link_file(parts: Path, first: str, number: int) -> str:
    """Another file with the content of `first`."""
    name = f"{number:020}"
    source = parts / f"{number - number % LINKS_MAX:020}" if number >= LINKS_MAX else parts / first
    if number >= LINKS_MAX and number % LINKS_MAX == 0:
        shutil.copyfile(parts / first, parts / name)
    else:
        os.link(source, parts / name)
    return name


class Copier:
    """Copies the first dataset and the first model."""

    def __init__(self, db: sqlite3.Connection, parts: Path) -> None:
        self.db = db
        self.parts = parts
        self.first = db.execute("SELECT file_name FROM files").fetchone()[0]
        self.number = int(self.first)
        new = {"seq": "NULL", "world": ":world", "name": "name || :number", "created_us": "created_us - :number"}
        id = "printf('%08x', :number) || substr(id, 9)"
        self.dataset = copy_sql(db, "datasets", "seq = 1", {**new, "id": "id || '-' || :number"})
        self.model = copy_sql(db, "models", "seq = 1", {**new, "id": id})
        new = {"file_name": ":file_name", "refs": "0"}
        self.file = copy_sql(db, "files", f"file_name = '{self.first}'", new)
        new = {"dataset": ":dataset", "file_name": ":file_name", "id": id}
        self.part = copy_sql(db, "dataset_parts", "dataset = 1", new)

    def copy_dataset(self, world: str) -> None:
        self.number += 1
        values: dict[str, object] = {"world": world, "number": self.number}
        values["file_name"] = link_file(self.parts, self.first, self.number)
        values["dataset"] = self.db.execute(self.dataset, values).lastrowid
        self.db.execute(self.file, values)
        self.db.execute(self.part, values)

    def copy_model(self, world: str, number: int) -> None:
        self.db.execute(self.model, {"world": world, "number": number})


def fill(folder: Path, worlds: dict[str, Size]) -> None:
    """The world `default` has a dataset and a model already."""
    with closing(sqlite3.connect(folder / "mockhere.db")) as db:
        copier = Copier(db, folder / "parts")
        for world, (datasets, models) in worlds.items():
            for _ in range(datasets - (world == "default")):
                copier.copy_dataset(world)
            for i in range(models - (world == "default")):
                copier.copy_model(world, i + 1)
        db.commit()
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
