"""What the tests of faults share: servers with clients, requests that are noted, and the long form.

Each test_*.py is a program: `test_kill.py [-v] [CLASS.TEST]`. $MOCKHERE names the executable, and
$MOCKHERE_FAULTS=long asks for as many rounds as a night allows.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import random
import shutil
import sys
import tempfile
import threading
import time
import unittest
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
from fake_process import FakeProcess, executable  # noqa: E402

LONG = os.environ.get("MOCKHERE_FAULTS") == "long"
SEED = int(os.environ.get("MOCKHERE_FAULTS_SEED", "1"))
SKIPPED = 77
KEY = "test-key"
BOUNDARY = "a-line-that-no-file-holds"
DISK_FULL = "mockhere is out of disk space; see --data"
FEW_ROWS = {"train_queries_min": 4, "eval_queries_min": 2}


def rounds(short: int, long: int) -> int:
    return long if LONG else short


def slowness() -> int:
    """How many times as long as usual things may take: sanitizers ask for patience."""
    image = executable().read_bytes()
    return 10 if b"libtsan.so" in image or b"libasan.so" in image else 1


class Answer(NamedTuple):
    status: int
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)

    def message(self) -> str:
        return self.json()["message"]


class Cut(Exception):
    """The connection ended before the answer did."""


class Client:
    """One connection to a server, for one thread, in one world."""

    def __init__(self, url: str, world: str = "", timeout: float = 60) -> None:
        self.address = url.removeprefix("http://")
        self.prefix = f"/w/{world}" if world else ""
        self.conn = http.client.HTTPConnection(self.address, timeout=timeout)

    def close(self) -> None:
        self.conn.close()

    def call(self, method: str, path: str, body: object = None, form: dict[str, bytes] | None = None) -> Answer:
        """Send a request with a JSON body, or with files as a form. Raises Cut."""
        headers = {"Authorization": f"Bearer {KEY}"}
        data = None
        if form is not None:
            data = form_of(form)
            headers["Content-Type"] = f"multipart/form-data; boundary={BOUNDARY}"
        elif body is not None:
            data = json.dumps(body).encode()
            headers["Content-Type"] = "application/json"
        if not path.startswith("/files/"):
            path = self.prefix + path
        try:
            self.conn.request(method, path, data, headers)
            got = self.conn.getresponse()
            return Answer(got.status, got.read())
        except (http.client.HTTPException, OSError) as failure:
            self.conn.close()
            raise Cut(f"{method} {path}: {failure!r}") from failure

    def must(self, method: str, path: str, body: object = None, form: dict[str, bytes] | None = None) -> Any:
        """As call(), of what must succeed; the JSON of its answer."""
        answer = self.call(method, path, body, form)
        assert answer.status == 200, f"{method} {path}: {answer.status} {answer.body[:500]!r}"
        return answer.json() if answer.body else None

    def control(self, method: str, path: str, body: object = None) -> Any:
        return self.must(method, f"/__mockhere/{path}", body)

    def upload(self, name: str, kind: str = "embed-input", **files: bytes) -> Answer:
        """Create a dataset that keeps its original files."""
        path = f"/v1/datasets?name={name}&type={kind}&keep_original_file=true"
        return self.call("POST", path, form=files)

    def datasets(self) -> list[dict[str, Any]]:
        """All datasets of the world, page after page."""
        found: list[dict[str, Any]] = []
        while True:
            page = self.must("GET", f"/v1/datasets?limit=100&offset={len(found)}")["datasets"]
            found += page
            if len(page) < 100:
                return found

    def download(self, url: str) -> bytes:
        """The bytes behind a link, whatever port it names."""
        answer = self.call("GET", "/files/" + url.partition("/files/")[2])
        assert answer.status == 200, f"{url}: {answer.status} {answer.body[:200]!r}"
        return answer.body

    def originals(self, dataset: dict[str, Any]) -> list[bytes]:
        """What was uploaded; that the parts download too is checked on the way."""
        for part in dataset["dataset_parts"]:
            content = self.download(part["url"])
            assert content.startswith(b"Obj\x01") and len(content) == part["size_bytes"], part
        return [self.download(part["original_url"]) for part in dataset["dataset_parts"]]


def form_of(files: dict[str, bytes]) -> bytes:
    pieces = []
    for name, content in files.items():
        head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"; filename="{name}.jsonl"\r\n\r\n'
        pieces += [head.encode(), content, b"\r\n"]
    return b"".join([*pieces, f"--{BOUNDARY}--\r\n".encode()])


def embed_rows(mark: object, size: int) -> bytes:
    """A file for embed-input of about `size` bytes, which no other `mark` gives."""
    row = json.dumps({"text": f"row of {mark} " + "filler " * 8}).encode() + b"\n"
    return row * max(1, size // len(row))


def rerank_rows(mark: object, count: int) -> bytes:
    rows = (
        {
            "query": f"{mark} asks for {i}",
            "relevant_passages": [f"{mark} is told that {i} is the answer to what was asked"],
            "hard_negatives": [f"{mark} is told of {i + 1} instead", "nothing is said of it here"],
        }
        for i in range(count)
    )
    return b"".join(json.dumps(row).encode() + b"\n" for row in rows)


def rerank_model(name: str, dataset_id: str) -> dict[str, Any]:
    base = {"base_type": "BASE_TYPE_RERANK", "name": "english"}
    return {"name": name, "settings": {"base_model": base, "dataset_id": dataset_id}}


class FaultCase(unittest.TestCase):
    """A test with a folder of its own, servers that end with it, and chance that can be repeated."""

    def setUp(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="faults-"))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.random = random.Random(f"{SEED} {self.id()}")
        self.clients: list[Client] = []
        self.addCleanup(lambda: [client.close() for client in self.clients])

    def start(self, *options: str, folder: Path | None = None, **popen: Any) -> FakeProcess:
        server = FakeProcess(folder or self.folder, *options, **popen)
        self.addCleanup(lambda: server.process.poll() is not None or server.kill())
        return server

    def client(self, server: FakeProcess, world: str = "", timeout: float = 60) -> Client:
        self.clients.append(Client(server.url, world, timeout))
        return self.clients[-1]

    def end(self, server: FakeProcess) -> None:
        """End the server, which had nothing to complain of, sanitizers included."""
        self.assertEqual(server.stop(), 0, server.log_text())
        self.assert_quiet(server)

    def assert_quiet(self, server: FakeProcess) -> None:
        complaints = [line for line in server.log_text().splitlines() if "error" in line or "Sanitizer" in line]
        complaints = [line for line in complaints if "marked failed, because its file" not in line]
        self.assertEqual(complaints, [])

    def note(self, text: str) -> None:
        """Say what was measured."""
        print(f"  {self._testMethodName}: {text}", flush=True)


class Threads:
    """Functions that run at once; what one of them raises is raised by join()."""

    def __init__(self) -> None:
        self.threads: list[threading.Thread] = []
        self.failures: list[BaseException] = []

    def begin(self, work: Callable[..., None], *args: Any) -> None:
        def run() -> None:
            try:
                work(*args)
            except BaseException as failure:  # noqa: BLE001 - for join()
                self.failures.append(failure)

        self.threads.append(threading.Thread(target=run, daemon=True))
        self.threads[-1].start()

    def join(self, seconds: float = 120) -> None:
        end = time.monotonic() + seconds
        for thread in self.threads:
            thread.join(max(0.0, end - time.monotonic()))
            assert not thread.is_alive(), "a thread hangs"
        if self.failures:
            raise self.failures[0]


@contextlib.contextmanager
def at_once(*works: Callable[[], None]) -> Iterator[Threads]:
    """Run the functions beside the body, and join them after it."""
    threads = Threads()
    for work in works:
        threads.begin(work)
    yield threads
    threads.join()


def wait_for(is_so: Callable[[], bool], what: str, seconds: float = 30) -> None:
    end = time.monotonic() + seconds * slowness()
    while not is_so():
        assert time.monotonic() < end, f"waited {seconds} s for {what}"
        time.sleep(0.01)


def cpu_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def rss_bytes(pid: int) -> int:
    return int(Path(f"/proc/{pid}/statm").read_text(encoding="utf-8").split()[1]) * os.sysconf("SC_PAGE_SIZE")


def descriptor_count(pid: int) -> int:
    return len(os.listdir(f"/proc/{pid}/fd"))


def main() -> None:
    """Run the tests of the program, ending with 77 if one of them could not be tried."""
    done = unittest.main(exit=False, verbosity=2).result
    if not done.wasSuccessful():
        sys.exit(1)
    sys.exit(SKIPPED if done.skipped else 0)
