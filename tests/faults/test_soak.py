"""Mixed work for a long time: what a server holds at the end is what it held when it was warm."""

from __future__ import annotations

import os
import time
from collections import Counter

from faults import (
    FEW_ROWS,
    LONG,
    Client,
    FakeProcess,
    FaultCase,
    Threads,
    descriptor_count,
    embed_rows,
    main,
    rerank_model,
    rerank_rows,
    rss_bytes,
    slowness,
    wait_for,
)

SECONDS = float(os.environ.get("MOCKHERE_SOAK_SECONDS") or (1800 if LONG else 4))
WORKERS = 4
# Of what it was after a fifth of the time. Short runs are still warming up, so that only the long one is judged.
RSS_GROWTH_MAX = 0.10
RSS_SLACK_BYTES = 4 << 20
JUDGED_FROM_SECONDS = 60


class Soak(FaultCase):
    def test_nothing_grows(self) -> None:
        self.calls: Counter[str] = Counter()
        server = self.start("--lifecycle", "instant", "--max-request-journal-entries", "100")
        pid = server.process.pid
        self.work_for(server, SECONDS / 5)
        before = self.held(server)
        self.work_for(server, SECONDS * 4 / 5)
        after = self.held(server)
        self.note(
            f"{self.calls.total()} calls in {SECONDS:.0f} s; RSS {before[0] >> 10} KiB warm, {after[0] >> 10} KiB at the "
            f"end; {before[1]} and {after[1]} descriptors"
        )
        self.assertEqual(after[1], before[1])
        if SECONDS >= JUDGED_FROM_SECONDS and slowness() == 1:
            self.assertLess(after[0], before[0] * (1 + RSS_GROWTH_MAX) + RSS_SLACK_BYTES)
        for folder in ("parts", "tmp"):
            self.assertEqual(list((server.data / folder).iterdir()), [])
        self.assertEqual(self.client(server).control("GET", "worlds")["total"], 1)
        self.assertEqual(pid, server.process.pid)
        self.end(server)

    def held(self, server: FakeProcess) -> tuple[int, int]:
        """The resident bytes and the descriptors, once the connections of the workers are gone."""
        pid = server.process.pid
        probe = Client(server.url)
        last: list[int] = []

        def is_settled() -> bool:
            probe.must("GET", "/v1/models")
            last.append(descriptor_count(pid))
            return len(last) > 10 and len(set(last[-10:])) == 1

        wait_for(is_settled, "descriptors to stay as they are")
        probe.close()
        return rss_bytes(pid), last[-1]

    def work_for(self, server: FakeProcess, seconds: float) -> None:
        end = time.monotonic() + seconds
        threads = Threads()
        for worker in range(WORKERS):
            threads.begin(self.work, server, worker, end)
        threads.join(seconds + 120)

    def work(self, server: FakeProcess, worker: int, end: float) -> None:
        number = 0
        while time.monotonic() < end:
            world = f"soak-{worker}-{number}"
            client = Client(server.url, world)
            self.live(client, number)
            client.control("DELETE", f"worlds/{world}")
            client.close()
            number += 1

    def live(self, client: Client, number: int) -> None:
        """What a test suite does in a world of its own, errors included; its datasets have expired at last."""
        client.control("PUT", "limits", FEW_ROWS)
        files = {"data": rerank_rows(number, 20), "eval_data": rerank_rows(f"e{number}", 10)}
        dataset_id = client.upload("r", "reranker-finetune-input", **files).json()["id"]
        large = client.upload("e", data=embed_rows(number, 200_000)).json()["id"]
        for dataset in client.datasets():
            client.originals(dataset)
        model = client.must("POST", "/v1/finetuning/finetuned-models", rerank_model("m", dataset_id))["finetuned_model"]
        path = f"/v1/finetuning/finetuned-models/{model['id']}"
        ranking = {"query": "a tells of 3", "documents": [f"document {i} of {number}" for i in range(50)], "top_n": 3}
        for method, at, body in (
            ("GET", path, None),
            ("GET", f"{path}/events", None),
            ("GET", f"{path}/training-step-metrics", None),
            ("PATCH", path, rerank_model("n", dataset_id)),
            ("GET", "/v1/finetuning/finetuned-models", None),
            ("POST", "/v1/rerank", {"model": "rerank-v3.5", **ranking}),
            ("POST", "/v2/rerank", {"model": f"{model['id']}-ft", **ranking}),
            ("GET", "/v1/models", None),
            ("GET", "/v1/datasets/usage", None),
            ("POST", "/v1/check-api-key", None),
            ("PUT", "/__mockhere/clock", {"mode": "frozen", "now": "2030-01-01T00:00:00Z"}),
            ("POST", "/__mockhere/clock/advance", {"by": "1h"}),
            ("PUT", "/__mockhere/lifecycle", {"preset": "documented"}),
            ("PUT", "/__mockhere/seed", {"seed": number}),
            ("PATCH", f"/__mockhere/finetuned-models/{model['id']}", {"status": "STATUS_PAUSED"}),
            ("GET", "/__mockhere/finetuned-models", None),
            ("GET", "/__mockhere/datasets", None),
            ("GET", "/__mockhere/rules", None),
            ("GET", "/__mockhere/health", None),
            ("PUT", "/__mockhere/keys", {"keys": [{"key": "test-key", "plan": "production"}]}),
            ("DELETE", path, None),
        ):
            client.must(method, at, body)
            self.calls[at] += 1
        self.assert_refusals(client, large)
        if number % 2:
            client.must("POST", "/__mockhere/reset")

    def assert_refusals(self, client: Client, dataset_id: str) -> None:
        for status, method, path, body in (
            (404, "GET", "/v1/datasets/none", None),
            (400, "DELETE", "/v1/finetuning/finetuned-models/none", None),
            (400, "POST", "/v2/rerank", {"model": "rerank-v3.5"}),
            (404, "POST", "/v1/finetuning/finetuned-models", rerank_model("m", dataset_id)),
            (404, "GET", "/no/such/path", None),
            (501, "POST", "/v2/chat", {}),
        ):
            answer = client.call(method, path, body)
            self.assertEqual(answer.status, status, (path, answer))
            self.calls[path] += 1


if __name__ == "__main__":
    main()
