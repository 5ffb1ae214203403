#!/usr/bin/env python3
"""Make reranker data of Debian's package descriptions: real texts, tens of thousands of them.

A row's query is the one-line synopsis of a package, its relevant passage the long description,
and its hard negatives the long descriptions of the five packages that come nearest by name, which
are often about nearly the same. The texts are apt's Translation-en lists of the main component,
fetched once by apt itself, without root, into a folder of our own.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[2]
NEGATIVES = 5

# A template. Nothing of the system's state is written, and only the translations are asked for.
APT_CONF = """\
#clear APT::Update::Post-Invoke;
#clear APT::Update::Post-Invoke-Success;
#clear Acquire::Languages;
Acquire::Languages {{ "en"; }};
Acquire::GzipIndexes "false";
Acquire::Retries "2";
Acquire::http::Timeout "20";
Acquire::IndexTargets::deb::Packages::DefaultEnabled "false";
Acquire::IndexTargets::deb::DEP-11::DefaultEnabled "false";
Acquire::IndexTargets::deb::DEP-11-icons-small::DefaultEnabled "false";
Acquire::IndexTargets::deb::DEP-11-icons::DefaultEnabled "false";
Acquire::IndexTargets::deb::Contents-deb::DefaultEnabled "false";
Acquire::IndexTargets::deb-src::Sources::DefaultEnabled "false";
APT::Get::List-Cleanup "false";
APT::Sandbox::User "root";
APT::Update::Error-Mode "any";
Dir::State::Lists "{folder}/lists";
Dir::Cache "{folder}/cache";
"""


class Package(NamedTuple):
    name: str
    synopsis: str
    description: str


class Row(NamedTuple):
    query: str
    relevant: str
    negatives: tuple[str, ...]


def find_lists(folder: Path) -> list[Path]:
    return sorted((folder / "lists").glob("*_main_i18n_Translation-en"))


def fetch_lists(folder: Path) -> list[Path]:
    """The translation lists in `folder`, fetched if they are not there yet."""
    lists = find_lists(folder)
    if lists:
        return lists
    (folder / "lists" / "partial").mkdir(parents=True, exist_ok=True)
    (folder / "cache").mkdir(parents=True, exist_ok=True)
    conf = folder / "apt.conf"
    conf.write_text(APT_CONF.format(folder=folder.resolve()), encoding="utf-8")
    try:
        done = subprocess.run(
            ["apt-get", "update", "-q", "-c", str(conf)], capture_output=True, text=True, check=False
        )
        output, complete = done.stdout + done.stderr, done.returncode == 0
    except FileNotFoundError:
        output, complete = "there is no apt-get here", False
    lists = find_lists(folder)
    if not lists or not complete:
        # What came is not all, and must not be taken for it next time.
        for path in lists:
            path.unlink()
        last = output.strip().splitlines()[-1:] or ["apt-get said nothing"]
        sys.exit(
            f"descriptions.py: there are no Translation-en lists in {folder}/lists, "
            f"and they cannot be fetched: {last[0]}"
        )
    return lists


def read_packages(lists: list[Path]) -> list[Package]:
    """All packages with a synopsis and a long description, by name; synopses and names are unique."""
    stanza = re.compile(
        r"^Package: (?P<name>\S+)\n(?:[^\n]+\n)*?Description-en: (?P<synopsis>[^\n]+)\n(?P<long>(?: [^\n]*\n)+)",
        re.MULTILINE,
    )
    names: set[str] = set()
    synopses: set[str] = set()
    packages: list[Package] = []
    for path in lists:
        for found in stanza.finditer(path.read_text(encoding="utf-8") + "\n"):
            name, synopsis = found["name"], " ".join(found["synopsis"].split())
            lines = [line[1:] for line in found["long"].splitlines()]
            description = "\n".join("" if line == "." else line for line in lines).strip()
            if name in names or synopsis in synopses or not description:
                continue
            names.add(name)
            synopses.add(synopsis)
            packages.append(Package(name, synopsis, description))
    packages.sort()
    return packages


def neighbours(packages: list[Package], index: int) -> tuple[str, ...]:
    """The descriptions nearest to `index` by name that differ from its own and from each other."""
    own = packages[index].description
    texts: list[str] = []
    for distance in range(1, len(packages)):
        for other in (index - distance, index + distance):
            if 0 <= other < len(packages):
                text = packages[other].description
                if text != own and text not in texts:
                    texts.append(text)
                    if len(texts) == NEGATIVES:
                        return tuple(texts)
    return tuple(texts)


def shuffled_rows(packages: list[Package], seed: int) -> list[Row]:
    order = list(range(len(packages)))
    random.Random(seed).shuffle(order)
    return [
        Row(packages[i].synopsis, packages[i].description, neighbours(packages, i)) for i in order
    ]


def encoded(rows: list[Row], needs_more: bool) -> Iterator[bytes]:
    """The rows as lines; where more are needed, again and again with a number after the query."""
    # Each description stands in about six rows, and is turned into JSON once.
    cache: dict[str, bytes] = {}

    def text(value: str) -> bytes:
        known = cache.get(value)
        if known is None:
            known = cache[value] = json.dumps(value, ensure_ascii=False).encode()
        return known

    tails = []
    for row in rows:
        tail = b"".join(
            (
                b', "relevant_passages": [',
                text(row.relevant),
                b'], "hard_negatives": [',
                b", ".join(map(text, row.negatives)),
                b"]}\n",
            )
        )
        tails.append(tail)
        yield b'{"query": ' + json.dumps(row.query, ensure_ascii=False).encode() + tail
    turn = 2
    while needs_more:
        for row, tail in zip(rows, tails):
            query = json.dumps(f"{row.query} ({turn})", ensure_ascii=False)
            yield b'{"query": ' + query.encode() + tail
        turn += 1


def write_rows(path: Path, lines: Iterator[bytes], rows_max: int | None, bytes_wanted: int | None) -> None:
    """Write lines until there are `rows_max` of them, or at least `bytes_wanted` bytes."""
    rows = size = 0
    with path.open("wb", buffering=1 << 20) as out:
        for line in lines:
            if rows_max is not None and rows == rows_max:
                break
            if bytes_wanted is not None and size >= bytes_wanted:
                break
            out.write(line)
            rows += 1
            size += len(line)
    print(f"{path}: {rows} rows, {size} bytes")


def make(
    output: Path,
    rows: int | None = None,
    size: int | None = None,
    eval_output: Path | None = None,
    eval_rows: int = 0,
    seed: int = 1,
    cache: Path = ROOT / "build" / "apt",
) -> None:
    """Write `output`, and `eval_output` with `eval_rows` rows whose queries are not in `output`."""
    available = shuffled_rows(read_packages(fetch_lists(cache)), seed)
    if eval_rows >= len(available):
        sys.exit(f"descriptions.py: there are only {len(available)} descriptions, too few for --eval {eval_rows}")
    if eval_output is not None:
        write_rows(eval_output, encoded(available[:eval_rows], needs_more=False), eval_rows, None)
    lines = encoded(available[eval_rows:], needs_more=rows is not None or size is not None)
    write_rows(output, lines, rows, size)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--output", type=Path, required=True, help="the jsonl file to write")
    parser.add_argument("--rows", type=int, help="how many rows (default: as many as there are packages)")
    parser.add_argument("--bytes", type=int, help="write rows until the file has this size")
    parser.add_argument("--eval", type=int, default=0, metavar="M", help="rows for evaluation")
    parser.add_argument("--eval-output", type=Path, help="where the rows for evaluation go")
    parser.add_argument("--seed", type=int, default=1, help="decides the order (default: 1)")
    parser.add_argument("--cache", type=Path, default=ROOT / "build" / "apt", help="where apt's lists are kept")
    args = parser.parse_args()
    if (args.eval > 0) != (args.eval_output is not None):
        parser.error("--eval and --eval-output go together")
    make(args.output, args.rows, args.bytes, args.eval_output, args.eval, args.seed, args.cache)


if __name__ == "__main__":
    main()
