"""kill -9 at any moment: what was acknowledged is there, and nothing is half there."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

from faults import (
    FEW_ROWS,
    Client,
    Cut,
    FakeProcess,
    FaultCase,
    Threads,
    embed_rows,
    main,
    rerank_model,
    rerank_rows,
    rounds,
    slowness,
)

KILL_MS_MAX = 120


class Kill(FaultCase):
    def setUp(self) -> None:
        super().setUp()
        self.restarts: list[float] = []
        self.acknowledged = 0
        self.server = self.start("--lifecycle", "instant")

    def kill_while(self, world: str, *works: Callable[[Client], None]) -> Client:
        """Let each of `works` run until the server is killed, and return a client of the next server."""
        threads = Threads()
        begun = threading.Barrier(len(works) + 1)

        def run(work: Callable[[Client], None]) -> None:
            client = Client(self.server.url, world)
            begun.wait()
            try:
                work(client)
            except Cut:
                pass
            finally:
                client.close()

        for work in works:
            threads.begin(run, work)
        begun.wait()
        time.sleep(self.random.uniform(0, KILL_MS_MAX * slowness()) / 1000)
        self.server.kill()
        threads.join()
        self.assert_quiet(self.server)
        self.server = self.start("--lifecycle", "instant")
        self.restarts.append(self.server.start_seconds)
        self.assert_no_scraps()
        return self.client(self.server, world)

    def assert_no_scraps(self) -> None:
        self.assertEqual(list((self.server.data / "tmp").iterdir()), [])

    def finish_round(self, client: Client, world: str) -> None:
        """Drop the world, with which all files go."""
        client.control("DELETE", f"worlds/{world}")
        self.assertEqual(list((self.server.data / "parts").iterdir()), [])

    def finish(self, count: int) -> None:
        self.end(self.server)
        self.assertGreater(self.acknowledged, 0, "nothing was done before the kills")
        worst = max(self.restarts) * 1000
        self.note(f"{count} kills, {self.acknowledged} acknowledged, next start within {worst:.0f} ms")

    def test_uploads_that_were_acknowledged_are_there_to_the_byte(self) -> None:
        count = rounds(10, 200)
        for number in range(count):
            world = f"u{number}"
            kept: dict[str, bytes] = {}
            uploads = [self.uploading(kept, worker) for worker in range(3)]
            client = self.kill_while(world, *uploads)
            listed = client.datasets()
            self.assertLessEqual(set(kept), {dataset["id"] for dataset in listed})
            for dataset in listed:
                self.assertEqual(dataset["validation_status"], "validated")
                (original,) = client.originals(dataset)
                self.assertEqual(original, kept.get(dataset["id"], original))
            # An upload that nobody heard of the end of is there with both its files, or not at all.
            self.assertLessEqual(len(listed), len(kept) + len(uploads))
            self.assertEqual(len(list((self.server.data / "parts").iterdir())), 2 * len(listed))
            self.acknowledged += len(kept)
            self.finish_round(client, world)
        self.finish(count)

    def uploading(self, kept: dict[str, bytes], worker: int) -> Callable[[Client], None]:
        def work(client: Client) -> None:
            number = 0
            while True:
                content = embed_rows(f"{worker}-{number}", (100, 5_000, 600_000)[(worker + number) % 3])
                answer = client.upload(f"d{worker}-{number}", data=content)
                assert answer.status == 200, answer
                kept[answer.json()["id"]] = content
                number += 1

        return work

    def test_jobs_go_on_and_come_to_their_end(self) -> None:
        count = rounds(8, 100)
        for number in range(count):
            world = f"t{number}"
            client = Client(self.server.url, world)
            client.control("PUT", "limits", FEW_ROWS)
            client.control("PUT", "lifecycle", {"preset": "documented"})
            answer = client.upload("d", "reranker-finetune-input", data=rerank_rows("a", 40), eval_data=rerank_rows("b", 20))
            dataset_id = answer.json()["id"]
            client.control("POST", "clock/advance", {"by": "1m"})
            client.close()
            kept: list[str] = []
            client = self.kill_while(world, self.training(dataset_id, kept, 1), self.training(dataset_id, kept, 2))
            for model_id in kept:
                model = client.must("GET", f"/v1/finetuning/finetuned-models/{model_id}")["finetuned_model"]
                self.assertIn(model["status"], ("STATUS_QUEUED", "STATUS_FINETUNING"))
            client.control("POST", "clock/advance", {"by": "1h"})
            # What they learn from outlives the dataset.
            client.must("DELETE", f"/v1/datasets/{dataset_id}")
            listed = client.control("GET", "finetuned-models?limit=1000")["finetuned_models"]
            self.assertLessEqual(set(kept), {model["id"] for model in listed})
            for model in listed:
                self.assert_ready(client, model["id"])
            self.acknowledged += len(kept)
            self.finish_round(client, world)
        self.finish(count)

    def training(self, dataset_id: str, kept: list[str], worker: int) -> Callable[[Client], None]:
        def work(client: Client) -> None:
            for number in range(25):
                body = rerank_model(f"m{worker}-{number}", dataset_id)
                answer = client.must("POST", "/v1/finetuning/finetuned-models", body)
                kept.append(answer["finetuned_model"]["id"])

        return work

    def assert_ready(self, client: Client, model_id: str) -> None:
        path = f"/v1/finetuning/finetuned-models/{model_id}"
        self.assertEqual(client.must("GET", path)["finetuned_model"]["status"], "STATUS_READY")
        self.assertTrue(client.must("GET", f"{path}/training-step-metrics")["step_metrics"])
        ranking = {"model": f"{model_id}-ft", "query": "b asks", "documents": ["no", "b asks for it"]}
        self.assertEqual(client.must("POST", "/v2/rerank", ranking)["results"][0]["index"], 1)

    def test_what_was_deleted_stays_deleted(self) -> None:
        count = rounds(8, 100)
        for number in range(count):
            world = f"d{number}"
            client = Client(self.server.url, world)
            client.control("PUT", "limits", FEW_ROWS)
            files = {"data": rerank_rows("a", 5), "eval_data": rerank_rows("b", 3)}
            datasets = [client.upload(f"d{i}", "reranker-finetune-input", **files).json()["id"] for i in range(60)]
            models = [
                client.must("POST", "/v1/finetuning/finetuned-models", rerank_model(f"m{i}", datasets[0]))
                for i in range(20)
            ]
            client.close()
            paths = [f"/v1/datasets/{i}" for i in datasets]
            paths += [f"/v1/finetuning/finetuned-models/{i['finetuned_model']['id']}" for i in models]
            self.random.shuffle(paths)
            gone: list[str] = []
            begun: list[str] = []
            client = self.kill_while(
                world, self.deleting(paths[::2], begun, gone), self.deleting(paths[1::2], begun, gone)
            )
            self.assert_all_but(client, paths, begun, gone)
            self.acknowledged += len(gone)
            self.finish_round(client, world)
        self.finish(count)

    def deleting(self, paths: list[str], begun: list[str], gone: list[str]) -> Callable[[Client], None]:
        def work(client: Client) -> None:
            for path in paths:
                begun.append(path)
                client.must("DELETE", path)
                gone.append(path)

        return work

    def assert_all_but(self, client: Client, paths: list[str], begun: list[str], gone: list[str]) -> None:
        lost = []
        for path in paths:
            answer = client.call("GET", path)
            if path in gone:
                self.assertEqual(answer.status, 404, path)
            elif path not in begun:
                self.assertEqual(answer.status, 200, path)
            if answer.status == 200 and "dataset" in answer.json():
                dataset = answer.json()["dataset"]
                if dataset["validation_status"] == "failed":
                    lost.append(path)
                    self.assertIn("the file of this dataset was lost", answer.body.decode())
                else:
                    self.assertEqual(len(client.originals(dataset)), 2)
        # A file goes before its row: a deletion that was cut off may show as a loss.
        self.assertLessEqual(set(lost), set(begun) - set(gone))
        self.assertEqual("marked failed" in self.server.log_text(), bool(lost))

    def test_settings_are_as_they_were_last_acknowledged(self) -> None:
        count = rounds(8, 100)
        for number in range(count):
            world = f"s{number}"
            client = Client(self.server.url, world)
            client.control("PUT", "clock", {"mode": "frozen"})
            dataset_id = client.upload("d", data=embed_rows("d", 100)).json()["id"]
            settings = [Setting(*row) for row in SETTINGS]
            works = [setting.set_again_and_again for setting in settings]
            forced = Setting(f"datasets/{dataset_id}", "status", lambda i: ("failed", "skipped", "processing")[i % 3])
            forced.before = "validated"
            for setting in settings:
                setting.before = client.control("GET", setting.path)[setting.member]
            client.close()
            client = self.kill_while(world, *works, forced.force_again_and_again)
            for setting in settings:
                got = client.control("GET", setting.path)[setting.member]
                self.assertIn(shown(got), [shown(value) for value in setting.possible()])
            # Seen from the side, since the API by now wants a key that was declared.
            (dataset,) = client.control("GET", "datasets")["datasets"]
            self.assertIn(dataset["status"], forced.possible())
            self.acknowledged += forced.acknowledged + sum(setting.acknowledged for setting in settings)
            self.finish_round(client, world)
        self.finish(count)


def lifecycle_of(number: int) -> dict[str, Any]:
    return {"queued": f"{number % 999 + 1}ms", "processing": "1s", "polls": None, "hold": None, "failure": None}


SETTINGS: list[tuple[str, str, Callable[[int], Any]]] = [
    ("limits", "jobs_per_day", lambda i: i + 1),
    ("seed", "seed", lambda i: i + 2),
    ("lifecycle", "dataset", lifecycle_of),
    ("clock", "now", lambda i: f"2025-06-01T12:{i // 60 % 60:02}:{i % 60:02}.000000Z"),
    ("keys", "keys", lambda i: [{"key": f"sha256:{i:08x}" + 56 * "0", "plan": "production"}]),
]


def shown(value: Any) -> Any:
    """The value as it is shown: of keys, the beginning."""
    return [{**key, "key": key["key"][:15]} for key in value] if isinstance(value, list) else value


class Setting:
    """A setting that is written again and again, and what was sent and acknowledged of it."""

    def __init__(self, path: str, member: str, value_of: Callable[[int], Any]) -> None:
        self.path = path
        self.member = member
        self.value_of = value_of
        self.before: Any = None
        self.sent: list[Any] = []
        self.acknowledged = 0

    def set_again_and_again(self, client: Client) -> None:
        self._write(client, "PUT")

    def force_again_and_again(self, client: Client) -> None:
        self._write(client, "PATCH")

    def _write(self, client: Client, method: str) -> None:
        while True:
            value = self.value_of(len(self.sent))
            self.sent.append(value)
            more = {"mode": "frozen"} if self.path == "clock" else {}
            client.control(method, self.path, {self.member: value, **more})
            self.acknowledged += 1

    def possible(self) -> list[Any]:
        """The value that was acknowledged last, and the one that was under way."""
        return [self.sent[self.acknowledged - 1] if self.acknowledged else self.before, *self.sent[self.acknowledged :]]


if __name__ == "__main__":
    main()
