"""Texts to work on: Debian's package descriptions, as reranker data or cut into documents."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from servers import Bench

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
import descriptions  # noqa: E402

UPLOAD_BYTES = 500_000_000
QUICK_BYTES = 5_000_000


def upload_file(bench: Bench, size: int | None = None) -> Path:
    """A file of reranker data, made once and kept."""
    size = size or (QUICK_BYTES if bench.quick else UPLOAD_BYTES)
    file = bench.cache / f"upload-{size}.jsonl"
    if not file.exists():
        unfinished = file.with_suffix(".unfinished")
        descriptions.make(unfinished, size=size)
        unfinished.rename(file)
    return file


def documents(bench: Bench, count: int, length: int) -> list[str]:
    """Documents of `length` characters each: the relevant passages one after the other, cut where it falls."""
    passages, size = [], 0
    with upload_file(bench, QUICK_BYTES).open(encoding="utf-8") as lines:
        for line in lines:
            passages.append(json.loads(line)["relevant_passages"][0])
            size += len(passages[-1]) + 1
    text = "\n".join(passages)
    text *= -(-count * length // len(text))
    return [text[i * length : (i + 1) * length] for i in range(count)]
