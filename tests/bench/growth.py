"""What one more costs: each kind of work at three sizes, in processor time of the server.

Processor time, as what else the machine does has little part in it. Each cost is the least of some rounds.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import lists
import rerank
import stores
import texts
from datasets import DATASET, MODELS, create_model, wait_until_trained
from servers import Bench, Client, Server
from table import Growth
from upload import upload_seconds

LENGTH = 500
PAGE_MAX = 1000


def cost_us(server: Server, units: int, rounds: int, work: Callable[[], None]) -> float:
    """The processor time of a unit, of the best round, after one to warm up."""
    work()
    used = []
    for _ in range(rounds):
        before = server.cpu_seconds()
        work()
        used.append(server.cpu_seconds() - before)
    return min(used) * 1e6 / units


def rounds_for(bench: Bench, units: int, units_max: int) -> int:
    """Small works are done more often, as a single one is hardly to be measured."""
    return 1 if bench.quick else min(50, 5 * units_max // units)


def of_documents(bench: Bench) -> Growth:
    sizes = [10, 100, 1000] if bench.quick else [100, 1000, 10_000]
    documents = texts.documents(bench, sizes[-1], LENGTH)
    costs = []
    with bench.run_mockhere() as server, Client(server.port) as client:
        for size in sizes:
            body = rerank.body_of(documents[:size])
            work = lambda body=body: client.get(rerank.PATH, body)  # noqa: E731
            costs.append(cost_us(server, size, rounds_for(bench, size, sizes[-1]), work))
    return Growth(f"a document of {LENGTH} characters, reranked", "us", sizes, costs)


def of_rows(bench: Bench) -> Growth:
    sizes = [300, 600, 1200] if bench.quick else [1000, 10_000, 100_000]
    with texts.upload_file(bench).open("rb") as lines:
        rows = [line for _, line in zip(range(sizes[-1]), lines)]
    costs = []
    for size in sizes:
        file = bench.folder / f"rows-{size}.jsonl"
        file.write_bytes(b"".join(rows[:size]))
        with bench.run_mockhere() as server:
            work = lambda: upload_seconds(bench, server.port, DATASET, file)  # noqa: E731
            costs.append(cost_us(server, size, 1 if bench.quick else 3, work))
        bench.forget_data()
    return Growth("a row of a dataset, uploaded and validated", "us", sizes, costs)


def of_pages(bench: Bench, server: Server) -> Iterator[Growth]:
    sizes = [10, 30, 100] if bench.quick else [10, 100, 1000]
    for path, member in (("/v1/datasets?limit=", "datasets"), (f"{MODELS}?page_size=", "finetuned-models")):
        costs = []
        with Client(server.port) as client:
            for size in sizes:
                work = lambda size=size: client.get(lists.head_of(f"{path}{size}", "small"))  # noqa: E731
                costs.append(cost_us(server, size, rounds_for(bench, size, sizes[-1]), work))
        yield Growth(f"an item of a page of {member}", "us", sizes, costs)


def list_all(client: Client, world: str, size: int) -> None:
    for offset in range(0, size, PAGE_MAX):
        client.get(lists.head_of(f"/v1/datasets?limit={PAGE_MAX}&offset={offset}", world))


def of_lists(bench: Bench, server: Server) -> Growth:
    sizes, costs = [], []
    with Client(server.port) as client:
        for world in ("small", "medium", "long"):
            size = stores.worlds_of(bench)[world].datasets
            work = lambda world=world, size=size: list_all(client, world, size)  # noqa: E731
            sizes.append(size)
            costs.append(cost_us(server, size, 1 if bench.quick else 2, work))
    return Growth("a dataset, when all are listed", "us", sizes, costs)


def of_stored(bench: Bench) -> Iterator[Growth]:
    with bench.run_mockhere("--clock", stores.CLOCK, data=stores.of_worlds(bench)) as server:
        yield from of_pages(bench, server)
        yield of_lists(bench, server)


def connect_all(port: int, count: int, body: bytes) -> None:
    """Open one connection after the other, ask once on each, and keep them all."""
    with ExitStack() as stack:
        for _ in range(count):
            stack.enter_context(Client(port)).get(rerank.PATH, body)


def of_connections(bench: Bench) -> Growth:
    sizes = [10, 20, 40] if bench.quick else [100, 400, 1600]
    body = json.dumps(rerank.SMALL).encode()
    costs = []
    with bench.run_mockhere() as server:
        for size in sizes:
            work = lambda size=size: connect_all(server.port, size, body)  # noqa: E731
            costs.append(cost_us(server, size, 1 if bench.quick else 3, work))
    return Growth("a connection with a request, all kept open", "us", sizes, costs)


def eval_file(bench: Bench, size: int) -> Path:
    file = bench.folder / f"eval-{size}.jsonl"
    with file.open("w", encoding="utf-8") as out:
        for i in range(size):
            row = {"query": f"what is the number {i}", "relevant_passages": [f"the number {i} is {i * 7}"]}
            out.write(json.dumps({**row, "hard_negatives": [f"the number {i} is unknown to most"]}) + "\n")
    return file


def of_evaluation(bench: Bench) -> Growth:
    """The dataset has one file, of which a fifth evaluates; all of it is read."""
    sizes = [500, 1000, 2000] if bench.quick else [10_000, 40_000, 160_000]
    costs = []
    with bench.run_mockhere("--lifecycle", "instant") as server, Client(server.port) as client:
        for size in sizes:
            dataset = json.loads(upload_seconds(bench, server.port, DATASET, eval_file(bench, size))[1])["id"]
            work = lambda dataset=dataset: wait_until_trained(client, create_model(client, dataset))  # noqa: E731
            costs.append(cost_us(server, size, 1 if bench.quick else 3, work))
    return Growth("a row that evaluates, measured", "us", sizes, costs)


def measure(bench: Bench) -> Iterator[Growth]:
    yield of_documents(bench)
    yield of_rows(bench)
    yield from of_stored(bench)
    yield of_connections(bench)
    yield of_evaluation(bench)
