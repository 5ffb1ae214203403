"""Rerank: a small one by many at once, a large one alone, and the largest."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import texts
from peers import Peers
from servers import Bench, Client, Server, fail
from table import Row, Skipped, Wanted

HERE = Path(__file__).resolve().parent
CONNECTIONS = 32
WARM_UP_SECONDS = 10
PATH = "POST /v2/rerank HTTP/1.1"

SMALL = {
    "model": "rerank-v3.5",
    "query": "What is the capital of the United States?",
    "top_n": 3,
    "documents": [
        "Carson City is the capital city of the American state of Nevada.",
        "The Commonwealth of the Northern Mariana Islands is a group of islands in the Pacific Ocean. "
        "Its capital is Saipan.",
        "Capitalization or capitalisation in English grammar is the use of a capital letter at the start of a word. "
        "English usage varies from capitalization in other languages.",
        "Washington, D.C. (also known as simply Washington or D.C., and officially as the District of Columbia) is "
        "the capital of the United States. It is a federal district.",
        "Capital punishment has existed in the United States since beforethe United States was a country. As of 2017, "
        "capital punishment is legal in 30 of the 50 states.",
    ],
}


def body_of(documents: list[str]) -> bytes:
    query = "a library of functions to draw charts of measured data"
    return json.dumps({"model": "rerank-v3.5", "query": query, "documents": documents}, ensure_ascii=False).encode()


def record_answer(bench: Bench) -> None:
    """Keep mockhere's own answer to the small rerank, for others to give."""
    with bench.run_mockhere() as server, Client(server.port) as client:
        answer = client.ask(PATH, json.dumps(SMALL).encode())
    if not answer.startswith(b"HTTP/1.1 200"):
        fail(f"the rerank failed: {answer!r}")
    bench.answer.write_bytes(answer)


def run_wrk(body: Path, port: int, seconds: int) -> float:
    """Requests a second."""
    command = ["wrk", "-t", "1", "-c", str(CONNECTIONS), "-d", f"{seconds}s"]
    command += ["-s", str(HERE / "rerank.lua"), f"http://127.0.0.1:{port}"]
    environment = {**os.environ, "BENCH_BODY": str(body)}
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    rate = re.search(r"Requests/sec:\s+([\d.]+)", done.stdout)
    if not rate or "Non-2xx" in done.stdout or "Socket errors" in done.stdout:
        fail(f"wrk was not content:\n{done.stdout}{done.stderr}")
    return float(rate[1])


def measure_small(bench: Bench, peers: Peers) -> Iterator[Row | Skipped]:
    if shutil.which("wrk") is None:
        fail("there is no wrk; it is in Debian's package wrk")
    body = bench.folder / "body.json"
    body.write_text(json.dumps(SMALL), encoding="utf-8")
    seconds = 1 if bench.quick else 5
    own, own_us, bare, bare_us = [], [], [], []
    with bench.run_mockhere() as server, bench.run_bare() as floor:
        for _ in range(bench.rounds):
            for rates, costs, each in ((own, own_us, server), (bare, bare_us, floor)):
                before = each.cpu_seconds()
                rates.append(run_wrk(body, each.port, seconds))
                costs.append((each.cpu_seconds() - before) * 1e6 / (rates[-1] * seconds))
    what = f"rerank of 5 documents, {CONNECTIONS} connections"
    yield Row(what, own, "1/s", "bare CivetWeb", bare, Wanted(0.6, aim=0.8))
    yield Row("  processor time of one", own_us, "us", "bare CivetWeb", bare_us)
    run, reason = peers.wiremock()
    if run is None:
        yield Skipped("  beside WireMock", reason)
        return
    own, others = [], []
    with bench.run_mockhere() as server, run() as wiremock:
        run_wrk(body, wiremock.port, WARM_UP_SECONDS)
        for _ in range(bench.rounds):
            own.append(run_wrk(body, server.port, seconds))
            others.append(run_wrk(body, wiremock.port, seconds))
    yield Row("  beside it, again", own, "1/s", "WireMock", others, Wanted(2))


def scan_rates(bench: Bench, body: Path) -> tuple[float, float]:
    """MB/s of our scanner and of jansson."""
    command = [bench.tool("bench_scan"), str(body), "0.02" if bench.quick else "0.5"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        fail(f"the scanner failed: {done.stderr}")
    ours, jansson = done.stdout.split()
    return float(ours), float(jansson)


def rerank_rate(server: Server, body: bytes, seconds: float) -> float:
    """MB of body that a second of the server's processor time is enough for."""
    with Client(server.port) as client:
        client.get(PATH, body)
        began, before, count = time.monotonic(), server.cpu_seconds(), 0
        while count == 0 or time.monotonic() - began < seconds:
            client.get(PATH, body)
            count += 1
        return count * len(body) / 1e6 / (server.cpu_seconds() - before)


def measure_large(bench: Bench, _: Peers) -> Iterator[Row]:
    body = body_of(texts.documents(bench, 1000, 500))
    file = bench.folder / "large.json"
    file.write_bytes(body)
    own, ours, jansson = [], [], []
    with bench.run_mockhere() as server:
        for _ in range(bench.rounds):
            own.append(rerank_rate(server, body, 0.05 if bench.quick else 1))
            rates = scan_rates(bench, file)
            ours.append(rates[0])
            jansson.append(rates[1])
    yield Row("rerank of 1,000 documents of 500 characters", own, "MB/s", wanted=Wanted(60))
    yield Row("  beside scanning alone", own, "MB/s", "our scanner", ours)
    yield Row("  beside parsing alone", own, "MB/s", "jansson", jansson)


def measure_largest(bench: Bench, _: Peers) -> Iterator[Row]:
    """A server of its own each time: its peak of memory is what is wanted."""
    body = body_of(texts.documents(bench, 10_000, 300 if bench.quick else 2990))
    seconds, peaks = [], []
    for _ in range(bench.rounds):
        with bench.run_mockhere() as server, Client(server.port) as client:
            began = time.perf_counter()
            answer = json.loads(client.get(PATH, body))
            seconds.append(time.perf_counter() - began)
            if len(answer["results"]) != 10_000:
                fail(f"10,000 documents were sent, and {len(answer['results'])} came back")
            peaks.append(server.memory_mb("VmHWM"))
    yield Row(f"rerank of 10,000 documents, {len(body) / 1e6:.0f} MB", seconds, "s")
    yield Row("  peak of memory", peaks, "MB", wanted=Wanted(150, at_most=True))
