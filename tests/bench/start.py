"""From the spawn to the first answer, and the memory of a server that has nothing to do."""

from __future__ import annotations

import time
from collections.abc import Iterator

import stores
from peers import Peers, Run
from servers import Bench
from table import Row, Skipped, Wanted

DATASETS = 10_000
READY_MS = Wanted(20, at_most=True)
IDLE_MB = Wanted(12, at_most=True)


class Seen:
    """What was measured of one server."""

    def __init__(self) -> None:
        self.ready_ms: list[float] = []
        self.cpu_ms: list[float] = []
        self.idle_mb: list[float] = []

    def measure(self, run: Run) -> None:
        with run() as server:
            self.ready_ms.append(server.ready_ms)
            self.cpu_ms.append(server.cpu_seconds() * 1000)
            time.sleep(0.3)
            self.idle_mb.append(server.memory_mb("VmRSS"))


def measure(bench: Bench, peers: Peers) -> Iterator[Row | Skipped]:
    """mockhere beside the bare handler first, with the bounds; then beside others."""
    count = 100 if bench.quick else DATASETS
    full = stores.of_datasets(bench, count)
    runs: list[tuple[str, Run]] = [("empty", bench.run_mockhere), ("bare CivetWeb", bench.run_bare)]
    runs.append(("full", lambda: bench.run_mockhere("--clock", stores.CLOCK, data=full)))
    wiremock, reason = peers.wiremock()
    skipped = []
    for name, run, why in [("WireMock", wiremock, reason), *peers.node_servers()]:
        if run is None:
            skipped.append(Skipped(f"ready and idle beside {name}", why))
        else:
            runs.append((name, run))
    seen = {name: Seen() for name, _ in runs}
    for _ in range(bench.rounds):
        for name, run in runs:
            seen[name].measure(run)
    empty, with_datasets = seen.pop("empty"), seen.pop("full")
    yield Row("ready, empty store", empty.ready_ms, "ms", wanted=READY_MS)
    yield Row("  its processor time", empty.cpu_ms, "ms")
    yield Row(f"ready, {count:,} datasets", with_datasets.ready_ms, "ms", wanted=READY_MS)
    yield Row("  its processor time", with_datasets.cpu_ms, "ms")
    for name, other in seen.items():
        yield Row("  with an empty store, beside it", empty.ready_ms, "ms", name, other.ready_ms)
    yield Row("idle memory, empty store", empty.idle_mb, "MB", wanted=IDLE_MB)
    yield Row(f"idle memory, {count:,} datasets", with_datasets.idle_mb, "MB", wanted=IDLE_MB)
    for name, other in seen.items():
        yield Row("  with an empty store, beside it", empty.idle_mb, "MB", name, other.idle_mb)
    yield from skipped
