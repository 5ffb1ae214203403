"""A page of a long list beside a page of a short one."""

from __future__ import annotations

import json
import statistics
import time
from collections.abc import Iterator

import stores
from peers import Peers
from servers import Bench, Client, fail
from table import Row, Wanted

PAGE = 50
ASKED = 200


def head_of(path: str, world: str) -> str:
    return f"GET /w/{world}{path} HTTP/1.1"


def page_us(client: Client, head: str, member: str, times: int) -> float:
    """The median time of a page."""
    seconds = []
    for _ in range(times):
        began = time.perf_counter()
        body = client.get(head)
        seconds.append(time.perf_counter() - began)
    found = len(json.loads(body)[member])
    if found != PAGE:
        fail(f"{head} has {found} items instead of {PAGE}")
    return statistics.median(seconds) * 1e6


def measure(bench: Bench, _: Peers) -> Iterator[Row]:
    short, long = stores.worlds_of(bench)["short"], stores.worlds_of(bench)["long"]
    lists = [
        (f"/v1/datasets?limit={PAGE}", "datasets", short.datasets, long.datasets),
        (f"/v1/finetuning/finetuned-models?page_size={PAGE}", "finetuned_models", short.models, long.models),
    ]
    times = 20 if bench.quick else ASKED
    data = stores.of_worlds(bench)
    with bench.run_mockhere("--clock", stores.CLOCK, data=data) as server, Client(server.port) as client:
        for path, member, few, count in lists:
            of_long, of_short = [], []
            for _ in range(bench.rounds):
                of_short.append(page_us(client, head_of(path, "short"), member, times))
                of_long.append(page_us(client, head_of(path, "long"), member, times))
            what = f"a page of {PAGE} of {count:,} {member.replace('_', '-')}"
            yield Row(what, of_long, "us", f"of {few}", of_short, Wanted(1.5, at_most=True))
