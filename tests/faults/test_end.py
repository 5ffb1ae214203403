"""A server that is told to end under load does so soon, and leaves its data whole."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable

from faults import Client, Cut, FakeProcess, FaultCase, Threads, embed_rows, main, rounds, slowness

# Requests under way have ten seconds; the rest is for a busy machine.
END_SECONDS_MAX = 15


def terminate(server: FakeProcess) -> None:
    server.process.send_signal(signal.SIGTERM)


def interrupt(server: FakeProcess) -> None:
    server.process.send_signal(signal.SIGINT)


def terminate_twice(server: FakeProcess) -> None:
    terminate(server)
    terminate(server)


def close_stdin(server: FakeProcess) -> None:
    server.process.stdin.close()


class End(FaultCase):
    def test_sigterm(self) -> None:
        self.end_under_load(terminate)

    def test_sigint(self) -> None:
        self.end_under_load(interrupt)

    def test_a_second_sigterm(self) -> None:
        self.end_under_load(terminate_twice)

    def test_stdin_that_closes(self) -> None:
        self.end_under_load(close_stdin, "--exit-with-stdin")

    def test_sigterm_without_data(self) -> None:
        for _ in range(rounds(2, 20)):
            server = self.start("--lifecycle", "instant", keeps=False)
            self.load_and_end(server, terminate, {})
            self.assertEqual(list(self.folder.glob("mockhere-*")), [])

    def end_under_load(self, tell: Callable[[FakeProcess], None], *options: str) -> None:
        times = []
        kept: dict[str, bytes] = {}
        for _ in range(rounds(3, 30)):
            server = self.start("--lifecycle", "instant", *options)
            times.append(self.load_and_end(server, tell, kept))
        server = self.start("--lifecycle", "instant")
        client = self.client(server)
        listed = {dataset["id"]: dataset for dataset in client.datasets()}
        self.assertLessEqual(set(kept), set(listed))
        for dataset_id, dataset in listed.items():
            (original,) = client.originals(dataset)
            self.assertEqual(original, kept.get(dataset_id, original))
        self.assertEqual(list((self.folder / "data" / "tmp").iterdir()), [])
        self.assertEqual(len(list((self.folder / "data" / "parts").iterdir())), 2 * len(listed))
        self.end(server)
        self.note(f"ended within {max(times):.2f} s, {len(kept)} uploads kept")

    def load_and_end(self, server: FakeProcess, tell: Callable[[FakeProcess], None], kept: dict[str, bytes]) -> float:
        """Returns how long the end took."""
        answered = threading.Event()
        threads = Threads()
        for worker in range(4):
            threads.begin(self.upload_until_cut, server, kept, worker, answered)
        for _ in range(4):
            threads.begin(self.rank_until_cut, server)
        self.assertTrue(answered.wait(60))
        time.sleep(self.random.uniform(0, 0.1))
        began = time.monotonic()
        tell(server)
        self.assertEqual(server.wait(), 0, server.log_text())
        took = time.monotonic() - began
        self.assertLess(took, END_SECONDS_MAX * slowness())
        threads.join()
        self.assert_quiet(server)
        return took

    def upload_until_cut(self, server: FakeProcess, kept: dict[str, bytes], worker: int, answered: threading.Event) -> None:
        """An answer that began is whole, and says what holds; else there is none at all."""
        client = Client(server.url)
        number = 0
        try:
            while True:
                content = embed_rows(f"{server.process.pid} {worker} {number}", (200, 300_000)[number % 2])
                answer = client.upload(f"d{worker}", data=content)
                assert answer.status == 200, answer
                kept[answer.json()["id"]] = content
                number += 1
                answered.set()
        except Cut:
            client.close()

    def rank_until_cut(self, server: FakeProcess) -> None:
        client = Client(server.url)
        documents = [f"document {i} tells of a {i % 7} and of nothing else" for i in range(500)]
        ranking = {"model": "rerank-v3.5", "query": "what tells of a 3", "documents": documents}
        try:
            while True:
                client.must("POST", "/v2/rerank", ranking)
        except Cut:
            client.close()

    def test_a_request_that_stands_still_does_not_hold_the_end_up_for_ever(self) -> None:
        server = self.start()
        client = Client(server.url)
        client.conn.putrequest("POST", "/v1/datasets?name=n&type=embed-input")
        client.conn.putheader("Authorization", "Bearer k")
        client.conn.putheader("Content-Type", "multipart/form-data; boundary=b")
        client.conn.putheader("Content-Length", "1000000")
        client.conn.endheaders(b'--b\r\nContent-Disposition: form-data; name="data"; filename="a"\r\n\r\n{"text": ')
        began = time.monotonic()
        self.assertEqual(server.stop(), 0, server.log_text())
        took = time.monotonic() - began
        client.close()
        self.assertLess(took, END_SECONDS_MAX * slowness())
        self.assertEqual(list((server.data / "tmp").iterdir()), [])
        self.note(f"ended within {took:.2f} s")
        self.assertEqual(os.listdir(server.data / "parts"), [])


if __name__ == "__main__":
    main()
