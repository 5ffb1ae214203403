"""Servers as processes: how they are started, asked, weighed and ended."""

from __future__ import annotations

import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import NamedTuple, NoReturn

START_SECONDS = 60
HEALTH = "GET /__mockhere/health HTTP/1.1"


class Server(NamedTuple):
    process: subprocess.Popen[bytes]
    port: int
    ready_ms: float

    def memory_mb(self, field: str) -> float:
        """`VmRSS`, what is resident now, or `VmHWM`, its peak."""
        text = Path(f"/proc/{self.process.pid}/status").read_text(encoding="ascii")
        found = re.search(rf"^{field}:\s+(\d+) kB$", text, re.MULTILINE)
        return int(found[1]) * 1024 / 1e6 if found else 0.0

    def cpu_seconds(self) -> float:
        """Time that its threads, none of which ends before it does, have had of a processor."""
        tasks = Path(f"/proc/{self.process.pid}/task").glob("*/schedstat")
        return sum(int(task.read_text(encoding="ascii").split()[0]) for task in tasks) / 1e9


def fail(sentence: str) -> NoReturn:
    sys.exit(f"bench: {sentence}")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Client:
    """A connection that stays open."""

    def __init__(self, port: int, timeout: float = 600) -> None:
        self.conn = socket.create_connection(("127.0.0.1", port), timeout)
        self.conn.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_: object) -> None:
        self.conn.close()

    def send(self, head: str, body: bytes = b"") -> None:
        message = f"{head}\r\nHost: 127.0.0.1\r\nAuthorization: Bearer bench\r\nContent-Length: {len(body)}\r\n"
        if body:
            message += "Content-Type: application/json\r\n"
        self.conn.sendall(message.encode() + b"\r\n" + body)

    def receive(self) -> bytes:
        """The whole answer, head and all."""
        pieces, size, wanted = [], 0, None
        while wanted is None or size < wanted:
            piece = self.conn.recv(1 << 18)
            pieces.append(piece)
            size += len(piece)
            if wanted is None:
                pieces = [b"".join(pieces)]
                wanted = whole_len(pieces[0])
            if not piece:
                break
        return b"".join(pieces)

    def ask(self, head: str, body: bytes = b"") -> bytes:
        self.send(head, body)
        return self.receive()

    def get(self, head: str, body: bytes = b"") -> bytes:
        """The body of the answer, which has to be a 200."""
        answer = self.ask(head, body)
        if not answer.startswith(b"HTTP/1.1 200"):
            fail(f"{head} was answered with {answer[:300]!r}")
        return answer.partition(b"\r\n\r\n")[2]


def whole_len(begun: bytes) -> int | None:
    """How long an answer is that begins so, head and all; None if that is not known yet."""
    head, blank, _ = begun.partition(b"\r\n\r\n")
    length = re.search(rb"(?i)\r\ncontent-length: *(\d+)", head)
    return len(head) + len(blank) + int(length[1]) if blank and length else None


def get(port: int, head: str, body: bytes = b"") -> bytes:
    with Client(port) as client:
        return client.get(head, body)


def start(command: list[str], port: int) -> Server:
    """Spawn a server, and spin until an answer begins."""
    began = time.perf_counter()
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL)
    while True:
        try:
            with Client(port, START_SECONDS) as client:
                client.send(HEALTH)
                answer = client.conn.recv(65536)
        except ConnectionError:
            if process.poll() is not None:
                fail(f"{command[0]} ended with {process.returncode}")
            if time.perf_counter() - began > START_SECONDS:
                process.kill()
                fail(f"{command[0]} does not answer")
            time.sleep(0.0002)
            continue
        ready_ms = (time.perf_counter() - began) * 1000
        if not answer.startswith(b"HTTP/1.1 200"):
            process.kill()
            fail(f"{command[0]} is not healthy: {answer[:80]!r}")
        return Server(process, port, ready_ms)


@contextmanager
def running(command: list[str], port: int) -> Iterator[Server]:
    server = start(command, port)
    try:
        yield server
    finally:
        if server.process.stdin:
            server.process.stdin.close()
        server.process.send_signal(signal.SIGTERM)
        server.process.wait()


class Bench:
    """What all measurements share: how much is measured, with which programs, and where."""

    def __init__(self, build: Path, cache: Path, folder: Path, quick: bool, with_peers: bool) -> None:
        self.quick = quick
        self.with_peers = with_peers
        self.rounds = 1 if quick else 5
        self.cache = cache
        self.folder = folder
        self.answer = folder / "answer"
        self.build = build
        self.count = 0

    def tool(self, name: str) -> str:
        tool = self.build / name
        if not tool.exists():
            fail(f"there is no {tool}")
        return str(tool)

    def data(self) -> Path:
        """Where the last mockhere keeps its data that has a directory of its own."""
        return self.folder / f"data{self.count}"

    def forget_data(self) -> None:
        shutil.rmtree(self.data())

    def run_mockhere(self, *options: str, data: Path | None = None) -> AbstractContextManager[Server]:
        """mockhere, by default with a data directory of its own."""
        port = free_port()
        self.count += 1
        data = data or self.data()
        command = [self.tool("mockhere"), "serve", "--port", str(port), "--data", str(data), *options]
        return running(command, port)

    def run_bare(self) -> AbstractContextManager[Server]:
        port = free_port()
        return running([self.tool("bench_bare_handler"), str(port), str(self.answer), str(self.folder)], port)
