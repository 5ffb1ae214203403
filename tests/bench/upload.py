"""Upload and validation of a large file, and its download."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import texts
from datasets import DATASET, part_path, wait_until_validated
from peers import Peers
from servers import Bench, Client, fail, free_port
from table import Row, Wanted

SENDER = Path(__file__).resolve().parent / "send_file.py"
BLOCK_SIZE = 1 << 20


def upload_seconds(bench: Bench, port: int, target: str, file: Path) -> tuple[float, str]:
    """How long it took, and what was answered."""
    command = [bench.tool("bench_upload"), str(port), target, str(file)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        fail(f"the upload failed: {done.stdout}{done.stderr}")
    first, _, body = done.stdout.partition("\n")
    return float(first), body


def parse_seconds(file: Path) -> float:
    began = time.perf_counter()
    with file.open("rb") as lines:
        for line in lines:
            json.loads(line)
    return time.perf_counter() - began


def measure_upload(bench: Bench, _: Peers) -> Iterator[Row]:
    file = texts.upload_file(bench)
    megabytes = file.stat().st_size / 1e6
    own, bare, python, growth = [], [], [], []
    for _ in range(bench.rounds):
        # A server of its own for each upload: what one leaves behind is no gift to the next.
        with bench.run_mockhere() as server:
            before = server.memory_mb("VmRSS")
            seconds, body = upload_seconds(bench, server.port, DATASET, file)
            growth.append(server.memory_mb("VmHWM") - before)
            own.append(megabytes / seconds)
            wait_until_validated(server.port, json.loads(body)["id"])
        bench.forget_data()
        with bench.run_bare() as server:
            bare.append(megabytes / upload_seconds(bench, server.port, "/store", file)[0])
        python.append(megabytes / parse_seconds(file))
    yield Row(f"upload of {megabytes:.0f} MB, validated", own, "MB/s", wanted=Wanted(200))
    yield Row("  beside storing it", own, "MB/s", "bare CivetWeb", bare, Wanted(0.5, aim=0.8))
    yield Row("  beside parsing its lines", own, "MB/s", "Python's json", python)
    yield Row("  memory it took", growth, "MB", wanted=Wanted(64, at_most=True))


def download(port: int, path: str) -> tuple[float, int]:
    """Read a whole answer and throw it away; returns the seconds and the bytes of its body."""
    block = bytearray(BLOCK_SIZE)
    with Client(port) as client:
        began = time.perf_counter()
        client.send(f"GET {path} HTTP/1.1")
        client.conn.recv_into(block, 0, socket.MSG_PEEK)
        head = bytes(block).partition(b"\r\n\r\n")[0]
        if not head.startswith(b"HTTP/1.1 200"):
            fail(f"the download failed: {head!r}")
        wanted = int(head.lower().partition(b"content-length:")[2].split()[0])
        left = len(head) + 4 + wanted
        while left > 0:
            got = client.conn.recv_into(block)
            if got == 0:
                fail(f"{left} bytes of the download are missing")
            left -= got
        return time.perf_counter() - began, wanted


def send_file_rate(port: int) -> float:
    seconds, size = download(port, "/")
    return size / 1e6 / seconds


def measure_download(bench: Bench, _: Peers) -> Iterator[Row]:
    own, sent = [], []
    with bench.run_mockhere() as server:
        _, body = upload_seconds(bench, server.port, DATASET, texts.upload_file(bench))
        dataset = wait_until_validated(server.port, json.loads(body)["id"])
        path = part_path(dataset)
        stored = max((bench.data() / "parts").iterdir(), key=lambda part: part.stat().st_size)
        port = free_port()
        with subprocess.Popen([sys.executable, str(SENDER), str(port), str(stored)], stdin=subprocess.PIPE) as sender:
            wait_until_open(port)
            for _ in range(bench.rounds):
                seconds, size = download(server.port, path)
                if size != stored.stat().st_size:
                    fail(f"the download has {size} bytes, the file {stored.stat().st_size}")
                own.append(size / 1e6 / seconds)
                sent.append(send_file_rate(port))
            sender.terminate()
    bench.forget_data()
    yield Row(f"download of {size / 1e6:.0f} MB", own, "MB/s", "sendfile alone", sent, Wanted(0.7))


def wait_until_open(port: int) -> None:
    while True:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
            return
        except ConnectionError:
            time.sleep(0.001)
