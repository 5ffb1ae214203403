"""Clients that get in each other's way: every answer makes sense, and so does what is left."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable

from faults import (
    FEW_ROWS,
    Client,
    FakeProcess,
    FaultCase,
    Threads,
    embed_rows,
    form_of,
    main,
    rerank_model,
    rerank_rows,
    rounds,
    wait_for,
)

MODELS = "/v1/finetuning/finetuned-models"
WORLD = "contested"


class Races(FaultCase):
    def setUp(self) -> None:
        super().setUp()
        self.server: FakeProcess = self.start("--lifecycle", "instant")
        self.statuses: Counter[int] = Counter()

    def finish(self) -> None:
        """Empty the world; nothing of it is left then, and nothing was complained of."""
        client = self.client(self.server, WORLD)
        client.control("DELETE", f"worlds/{WORLD}")
        for folder in ("parts", "tmp"):
            # The trainer helps to remove them, and may be at its last one when the answer comes.
            path = self.server.data / folder
            wait_for(lambda path=path: not any(path.iterdir()), f"{folder} to be empty")
        self.end(self.server)
        self.note(", ".join(f"{count} x {status}" for status, count in sorted(self.statuses.items())))

    def race(self, *works: Callable[[Client], None]) -> None:
        """Run `works` at once, each with a client of its own in one world."""
        threads = Threads()
        begun = threading.Barrier(len(works))

        def run(work: Callable[[Client], None]) -> None:
            client = Client(self.server.url, WORLD)
            begun.wait()
            try:
                work(client)
            finally:
                client.close()

        for work in works:
            threads.begin(run, work)
        threads.join()

    def repeat(self, count: int, *calls: tuple[tuple[int, ...], str, str, object]) -> Callable[[Client], None]:
        """The work that makes `calls` again and again: the statuses wanted, method, path and body of each."""

        def work(client: Client) -> None:
            for _ in range(count):
                for wanted, method, path, body in calls:
                    self.call(client, wanted, method, path, body)

        return work

    def call(self, client: Client, wanted: tuple[int, ...], method: str, path: str, body: object = None) -> int:
        answer = client.call(method, path, body)
        assert answer.status in wanted, f"{method} {path}: {answer.status} {answer.body[:300]!r}"
        self.statuses[answer.status] += 1
        return answer.status

    def upload_again_and_again(self, count: int, size: int) -> Callable[[Client], None]:
        def work(client: Client) -> None:
            for number in range(count):
                answer = client.upload(f"d{number}", data=embed_rows(number, size))
                assert answer.status == 200, answer
                self.statuses[answer.status] += 1

        return work

    def prepare(self) -> Client:
        client = self.client(self.server, WORLD)
        client.control("PUT", "limits", FEW_ROWS)
        return client

    def upload_rows(self, client: Client, count: int = 5) -> str:
        files = {"data": rerank_rows("a", count), "eval_data": rerank_rows("b", count)}
        answer = client.upload("r", "reranker-finetune-input", **files)
        assert answer.status == 200, answer
        return str(answer.json()["id"])

    def test_of_two_who_delete_one_succeeds(self) -> None:
        client = self.prepare()
        count = rounds(60, 1000)
        dataset_id = self.upload_rows(client)
        paths = [f"/v1/datasets/{self.upload_rows(client)}" for _ in range(count)]
        for number in range(count):
            model = client.must("POST", MODELS, rerank_model(f"m{number}", dataset_id))["finetuned_model"]
            paths.append(f"{MODELS}/{model['id']}")
        outcomes: dict[str, list[int]] = {path: [] for path in paths}

        def delete(client: Client) -> None:
            for path in paths:
                outcomes[path].append(self.call(client, (200, 404), "DELETE", path))

        self.race(delete, delete, delete)
        for path, outcome in outcomes.items():
            self.assertEqual(sorted(outcome), [200, 404, 404], path)
        self.finish()

    def test_a_dataset_is_deleted_while_it_trains(self) -> None:
        client = self.prepare()
        client.control("PUT", "lifecycle", {"finetuned_model": {"training": "1m"}})
        for _ in range(rounds(10, 200)):
            dataset_id = self.upload_rows(client, 40)
            created = []

            def train(client: Client, dataset_id: str = dataset_id, created: list[str] = created) -> None:
                for number in range(5):
                    answer = client.call("POST", MODELS, rerank_model(f"m{number}", dataset_id))
                    assert answer.status in (200, 404), answer
                    self.statuses[answer.status] += 1
                    if answer.status == 200:
                        created.append(answer.json()["finetuned_model"]["id"])

            delete = self.repeat(1, ((200,), "DELETE", f"/v1/datasets/{dataset_id}", None))
            self.race(train, train, delete)
            for model_id in created:
                model = client.must("GET", f"{MODELS}/{model_id}")["finetuned_model"]
                self.assertEqual(model["status"], "STATUS_FAILED")
        self.finish()

    def test_a_world_is_dropped_while_it_is_used(self) -> None:
        count = rounds(30, 500)

        def train(client: Client) -> None:
            for number in range(count):
                self.call(client, (200,), "PUT", "/__mockhere/limits", FEW_ROWS)
                dataset_id = self.upload_rows(client)
                # Gone is the dataset, or the limits were when it was checked.
                model = rerank_model(f"m{number}", dataset_id)
                if self.call(client, (200, 400, 404), "POST", MODELS, model) == 200:
                    self.call(client, (200,), "GET", MODELS)

        ranking = {"model": "rerank-v3.5", "query": "a", "documents": ["a", "b"]}
        drop = ((200,), "DELETE", f"/__mockhere/worlds/{WORLD}", None)
        reset = ((200,), "POST", "/__mockhere/reset", None)
        self.race(
            train,
            train,
            self.upload_again_and_again(count, 50_000),
            self.repeat(count, ((200,), "POST", "/v2/rerank", ranking), ((200,), "GET", "/v1/datasets", None)),
            self.repeat(count, ((200,), "GET", "/__mockhere/worlds", None), ((200,), "GET", "/v1/models", None)),
            self.repeat(count, drop, reset),
        )
        self.finish()

    def test_two_move_the_clock(self) -> None:
        client = self.prepare()
        client.control("PUT", "clock", {"mode": "frozen", "now": "2025-06-01T00:00:00Z"})
        count = rounds(100, 1800)
        advance = self.repeat(count, ((200,), "POST", "/__mockhere/clock/advance", {"by": "1s"}))
        self.race(advance, advance, self.upload_again_and_again(count // 10, 100))
        now = 2 * count
        want = f"2025-06-01T{now // 3600:02}:{now // 60 % 60:02}:{now % 60:02}.000000Z"
        self.assertEqual(client.control("GET", "clock")["now"], want)
        self.finish()

    def test_creates_at_once_have_ids_of_their_own(self) -> None:
        client = self.prepare()
        count = rounds(30, 500)
        self.race(*[self.upload_again_and_again(count, 100)] * 4)
        self.assertEqual(len({dataset["id"] for dataset in client.datasets()}), 4 * count)
        self.finish()

    def test_a_reset_amid_an_upload(self) -> None:
        content = embed_rows("d", 200_000)
        form = form_of({"data": content})
        for number in range(rounds(10, 100)):
            client = self.prepare()
            conn = client.conn
            conn.putrequest("POST", f"/w/{WORLD}/v1/datasets?name=n&type=embed-input&keep_original_file=true")
            conn.putheader("Authorization", "Bearer k")
            conn.putheader("Content-Type", "multipart/form-data; boundary=a-line-that-no-file-holds")
            conn.putheader("Content-Length", str(len(form)))
            conn.endheaders(form[: 20_000 * number])
            self.client(self.server, WORLD).control("POST", "reset")
            conn.send(form[20_000 * number :])
            answer = conn.getresponse()
            answer.read()
            self.statuses[answer.status] += 1
            self.assertEqual(answer.status, 200)
            for dataset in client.datasets():
                self.assertEqual(client.originals(dataset), [content])
        self.finish()

    def test_listing_while_others_delete(self) -> None:
        client = self.prepare()
        ids = [client.upload(f"d{i}", data=embed_rows(i, 100)).json()["id"] for i in range(rounds(100, 2000))]

        def delete(client: Client) -> None:
            for dataset_id in ids:
                self.call(client, (200,), "DELETE", f"/v1/datasets/{dataset_id}")

        def read(client: Client) -> None:
            for _ in range(len(ids) // 4):
                for dataset in client.must("GET", "/v1/datasets?limit=50")["datasets"]:
                    assert dataset["validation_status"] == "validated", dataset
                client.must("GET", "/v1/datasets/usage")
                client.control("GET", "datasets?limit=50&sort=name")

        self.race(delete, read, read)
        self.assertEqual(client.must("GET", "/v1/datasets/usage"), {"organization_usage": 0})
        self.finish()

    def test_settings_that_two_write_are_whole_and_stored_as_they_are_shown(self) -> None:
        client = self.prepare()
        count = rounds(50, 500)

        def write(path: str, member: str, value_of: Callable[[int], object]) -> Callable[[Client], None]:
            def work(client: Client) -> None:
                for number in range(1, count + 1):
                    body = {member: value_of(number)}
                    self.call(client, (200,), "PUT", f"/__mockhere/{path}", body)
                    # What others leave out of theirs keeps the value that it was given here.
                    got = client.control("GET", path)[member]
                    assert path == "seed" or queued_of(got) == queued_of(body[member]), (path, got, body)

            return work

        self.race(
            write("limits", "jobs_per_day", lambda i: i),
            write("limits", "jobs_total", lambda i: i),
            write("lifecycle", "dataset", lambda i: {"queued": f"{i}ms"}),
            write("lifecycle", "finetuned_model", lambda i: {"queued": f"{i}ms"}),
            write("seed", "seed", lambda i: i),
            write("seed", "seed", lambda i: i + count),
        )
        shown = {path: client.control("GET", path) for path in ("limits", "lifecycle", "seed", "keys")}
        self.assertEqual((shown["limits"]["jobs_per_day"], shown["limits"]["jobs_total"]), (count, count))
        self.assertEqual(shown["lifecycle"]["dataset"]["queued"], f"{count}ms")
        self.assertEqual(shown["lifecycle"]["finetuned_model"]["queued"], f"{count}ms")
        self.end(self.server)
        self.server = self.start("--lifecycle", "instant")
        client = self.client(self.server, WORLD)
        self.assertEqual({path: client.control("GET", path) for path in shown}, shown)
        self.finish()


def queued_of(value: object) -> object:
    return value["queued"] if isinstance(value, dict) else value


if __name__ == "__main__":
    main()
