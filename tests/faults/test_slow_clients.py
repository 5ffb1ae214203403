"""Hundreds of slow clients, ten thousand idle ones and a hundred thousand short ones: others are served as before."""

from __future__ import annotations

import resource
import socket
import statistics
import time
from collections.abc import Callable

from faults import FaultCase, main, rounds, rss_bytes, slowness

SLOW = 400
SECONDS = rounds(2, 30)
PROBE_PAUSE_S = 0.05
MEDIAN_MS_MAX = 50
IDLE = rounds(2000, 10000)
IDLE_RSS_MAX = 400e6
SHORT = rounds(5000, 100000)
UNREAD_BYTES = 4_000_000

PROBE = b"GET /v1/models HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer k\r\nConnection: close\r\n\r\n"
POST = b"POST /v2/rerank HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer k\r\nContent-Type: application/json\r\n"


class SlowClients(FaultCase):
    def setUp(self) -> None:
        super().setUp()
        # Each client needs a descriptor here, too; the server raises its own limit.
        limits = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (limits[1], limits[1]))
        if limits[1] < 2 * IDLE:
            self.skipTest(f"{limits[1]} descriptors are too few for {IDLE} connections")
        # A full journal is not what is looked for in memory.
        self.server = self.start("--max-request-journal-entries", "100")
        host, _, port = self.server.url.removeprefix("http://").rpartition(":")
        self.address = (host, int(port))
        self.conns: list[socket.socket] = []
        self.addCleanup(self.close_all)

    def close_all(self) -> None:
        for conn in self.conns:
            conn.close()
        self.conns.clear()

    def connect(self, count: int, begun: bytes, buffer: int = 0) -> None:
        for _ in range(count):
            conn = socket.socket()
            if buffer:
                conn.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer)
            conn.settimeout(30)
            conn.connect(self.address)
            self.conns.append(conn)
            if begun:
                conn.sendall(begun)

    def ask(self, request: bytes = PROBE) -> float:
        """Ask on a connection of its own; how many milliseconds it took."""
        began = time.monotonic()
        with socket.create_connection(self.address, timeout=30) as conn:
            conn.sendall(request)
            answer = b""
            while piece := conn.recv(65536):
                answer += piece
        self.assertTrue(answer.startswith(b"HTTP/1.1 200"), answer[:200])
        return (time.monotonic() - began) * 1000

    def probe(self, what: str, go_on: Callable[[socket.socket], object]) -> None:
        """Ask 20 times a second while each of the others goes on a little about once a second."""
        took = []
        end = time.monotonic() + SECONDS
        at, share = 0, max(1, int(len(self.conns) * PROBE_PAUSE_S))
        while time.monotonic() < end:
            took.append(self.ask())
            for i in range(share):
                go_on(self.conns[(at + i) % len(self.conns)])
            at += share
            time.sleep(PROBE_PAUSE_S)
        median = statistics.median(took)
        self.note(f"{len(self.conns)} {what}: {len(took)} probes, median {median:.1f} ms, max {max(took):.1f} ms")
        self.assertLess(median, MEDIAN_MS_MAX * slowness())

    def test_slow_heads(self) -> None:
        self.connect(SLOW, b"GET /v1/models HTTP/1.1\r\nHost: localhost\r\n")
        self.probe("slow heads", lambda conn: conn.sendall(b"X: y\r\n"))

    def test_slow_bodies(self) -> None:
        self.connect(SLOW, POST + b"Content-Length: 60000\r\n\r\n{")
        self.probe("slow bodies", lambda conn: conn.sendall(b" "))

    def test_slow_large_bodies(self) -> None:
        self.connect(SLOW, POST + b"Content-Length: 1000000\r\n\r\n{")
        self.probe("slow large bodies", lambda conn: conn.sendall(b" " * 1024))

    def test_slow_readers(self) -> None:
        # The documents come back in the answer, which is larger than what the sockets hold.
        text = b"x" * (UNREAD_BYTES // 100)
        documents = b",".join([b'"' + text + b'"'] * 100)
        body = b'{"model":"rerank-v3.5","query":"q","return_documents":true,"documents":[' + documents + b"]}"
        head = POST.replace(b"/v2/", b"/v1/") + b"Content-Length: %d\r\n\r\n" % len(body)
        self.connect(rounds(40, SLOW), head + body, buffer=4096)
        self.probe("slow readers", lambda conn: conn.recv(1024))

    def test_late_answers(self) -> None:
        self.connect(SLOW, PROBE.replace(b"Bearer k", b"Bearer slow-k"))
        self.probe("late answers", lambda _: None)
        for conn in self.conns:
            self.assertTrue(conn.recv(100).startswith(b"HTTP/1.1 200"))

    def test_idle_connections(self) -> None:
        self.connect(IDLE, b"")
        self.probe("idle connections", lambda _: None)
        rss = rss_bytes(self.server.process.pid)
        self.note(f"{rss / 1e6:.0f} MB resident")
        if slowness() == 1:
            self.assertLess(rss, IDLE_RSS_MAX)

    def test_short_connections(self) -> None:
        self.ask()
        before, began = rss_bytes(self.server.process.pid), time.monotonic()
        for _ in range(SHORT):
            self.ask()
        rate = SHORT / (time.monotonic() - began)
        after = rss_bytes(self.server.process.pid)
        self.note(f"{SHORT} connections, {rate:.0f} a second; resident {before / 1e6:.1f} MB, then {after / 1e6:.1f} MB")
        if slowness() == 1:
            self.assertLess(after, before + 20e6)

    def tearDown(self) -> None:
        self.close_all()
        self.end(self.server)


if __name__ == "__main__":
    main()
