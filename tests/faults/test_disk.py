"""A full disk: a tmpfs of 16 MB in a mount namespace of our own."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from faults import (
    DISK_FULL,
    FEW_ROWS,
    SKIPPED,
    Answer,
    Client,
    FakeProcess,
    FaultCase,
    embed_rows,
    main,
    rerank_model,
    rerank_rows,
    rounds,
)

DISK_BYTES = 16 << 20
APART = "MOCKHERE_FAULTS_APART"


class Disk(FaultCase):
    def setUp(self) -> None:
        super().setUp()
        self.disk = self.folder / "disk"
        self.disk.mkdir()
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={DISK_BYTES}", "none", self.disk], check=True)
        self.addCleanup(subprocess.run, ["umount", "--lazy", self.disk], check=False)
        self.keeps = True

    def start_on_disk(self) -> FakeProcess:
        """Start a server whose data alone, kept or temporary, are on the small disk."""
        options = ["--data", str(self.disk / "data")] if self.keeps else []
        return self.start("--lifecycle", "instant", *options, keeps=False, temporary=self.disk)

    def free_bytes(self) -> int:
        status = os.statvfs(self.disk)
        return status.f_bavail * status.f_frsize

    def leave(self, free: int) -> None:
        """Take room until about `free` bytes are left."""
        ballast = self.disk / "ballast"
        ballast.unlink(missing_ok=True)
        size = self.free_bytes() - free
        if size > 0:
            with ballast.open("wb") as file:
                os.posix_fallocate(file.fileno(), 0, size)
                # What was removed a moment ago may have counted still.
                file.truncate(max(0, size - max(0, free - self.free_bytes())))

    def is_done(self, answer: Answer) -> bool:
        """Tell whether it was done; if not, it must have been for want of room."""
        self.assertIn(answer.status, (200, 503), answer)
        if answer.status == 503:
            self.assertEqual(answer.message(), DISK_FULL)
        return answer.status == 200

    def fill(self, client: Client, size: int) -> dict[str, bytes]:
        """Upload until that is refused; the datasets by their ids."""
        kept: dict[str, bytes] = {}
        while True:
            content = embed_rows(f"{size}-{len(kept)}", size)
            answer = client.upload(f"d{len(kept)}", data=content)
            if not self.is_done(answer):
                return kept
            kept[answer.json()["id"]] = content

    def assert_reads(self, client: Client, kept: dict[str, bytes]) -> None:
        listed = {dataset["id"]: dataset for dataset in client.datasets()}
        self.assertEqual(set(listed), set(kept))
        for dataset_id, content in kept.items():
            client.must("GET", f"/v1/datasets/{dataset_id}")
            self.assertEqual(client.originals(listed[dataset_id]), [content])
        self.assertEqual(
            client.must("GET", "/v1/datasets/usage")["organization_usage"], sum(map(len, kept.values()))
        )
        client.must("GET", "/v1/finetuning/finetuned-models")
        ranking = {"model": "rerank-v3.5", "query": "a", "documents": ["a", "b"]}
        client.must("POST", "/v2/rerank", ranking)

    def empty(self, client: Client, kept: dict[str, bytes]) -> None:
        for dataset_id in list(kept):
            client.must("DELETE", f"/v1/datasets/{dataset_id}")
            del kept[dataset_id]

    def fill_and_empty(self, sizes: tuple[int, ...]) -> None:
        server = self.start_on_disk()
        client = self.client(server)
        for size in sizes:
            kept = self.fill(client, size)
            self.assert_reads(client, kept)
            if self.keeps:
                # A disk that is full at start.
                server.kill()
                server = self.start_on_disk()
                client = self.client(server)
                self.assert_reads(client, kept)
                self.fill_up(client, kept)
            first = next(iter(kept))
            client.must("DELETE", f"/v1/datasets/{first}")
            del kept[first]
            answer = client.upload("again", data=embed_rows("again", size // 2))
            self.assertEqual(answer.status, 200, answer)
            kept[answer.json()["id"]] = embed_rows("again", size // 2)
            self.assert_reads(client, kept)
            self.note(f"{len(kept)} datasets of {size} bytes, and emptied again")
            self.empty(client, kept)
        self.assertEqual(server.stop(), 0)

    def fill_up(self, client: Client, kept: dict[str, bytes]) -> None:
        """A start may have freed what was lost on a write that failed."""
        kept.update(self.fill(client, 100_000))

    def test_uploads_are_refused_and_reads_go_on(self) -> None:
        self.fill_and_empty((2_000, 100_000, 1_000_000, 3_000_000))

    def test_uploads_are_refused_and_reads_go_on_without_data(self) -> None:
        self.keeps = False
        self.fill_and_empty((2_000, 100_000, 1_000_000, 3_000_000))
        self.assertEqual(list(self.disk.iterdir()), [])

    def changes(self, client: Client, number: int) -> Iterator[Answer]:
        """Ask for one change of every kind."""
        (dataset,) = client.must("GET", "/v1/datasets?datasetType=reranker-finetune-input")["datasets"]
        model = rerank_model(f"m{number}", dataset["id"])
        created = client.call("POST", "/v1/finetuning/finetuned-models", model)
        yield created
        if created.status == 200:
            model_id = created.json()["finetuned_model"]["id"]
            path = f"/v1/finetuning/finetuned-models/{model_id}"
            yield client.call("PATCH", path, rerank_model(f"n{number}", dataset["id"]))
            yield client.call("PATCH", f"/__mockhere/finetuned-models/{model_id}", {"status": "STATUS_PAUSED"})
        yield client.upload(f"u{number}", data=embed_rows(number, 3_000))
        for path, body in (
            ("limits", {**FEW_ROWS, "jobs_per_day": 100_000 + number}),
            ("clock", {"mode": "frozen", "now": later(number)}),
            ("lifecycle", {"preset": "instant"}),
            ("seed", {"seed": number}),
            ("keys", {"keys": [{"key": "test-key", "plan": "production"}]}),
        ):
            yield client.call("PUT", f"/__mockhere/{path}", body)
        yield client.call("POST", "/__mockhere/clock/advance", {"by": "1s"})
        yield client.call("PATCH", f"/__mockhere/datasets/{dataset['id']}", {"status": "validated"})
        newcomer = Client(client.address, f"new{number}")
        yield newcomer.call("GET", "/v1/datasets")
        newcomer.close()

    def brink(self) -> None:
        server = self.start_on_disk()
        client = self.client(server)
        client.control("PUT", "limits", FEW_ROWS)
        client.control("PUT", "clock", {"mode": "frozen", "now": later(0)})
        client.upload("r", "reranker-finetune-input", data=rerank_rows("a", 5), eval_data=rerank_rows("b", 3))
        asked = refused = 0
        for free in (256 << 10, 64 << 10, 32 << 10, 16 << 10, 12 << 10, 8 << 10, 4 << 10, 0):
            self.leave(free)
            for _ in range(rounds(6, 40)):
                for answer in self.changes(client, asked):
                    asked += 1
                    refused += not self.is_done(answer)
                for dataset in client.datasets():
                    self.assertEqual(len(client.originals(dataset)), len(dataset["dataset_parts"]))
            if self.keeps:
                server.kill()
                server = self.start_on_disk()
                client = self.client(server)
        self.note(f"{asked} changes asked for, {refused} refused")
        self.assertGreater(refused, 0)
        # Dropping the world needs no room, and leaves all of it.
        client.control("POST", "reset")
        (self.disk / "ballast").unlink()
        self.assertEqual(client.upload("d", data=embed_rows("d", 1_000_000)).status, 200)
        self.assertEqual(server.stop(), 0)

    def test_every_change_is_done_or_refused_on_the_brink(self) -> None:
        self.brink()

    def test_every_change_is_done_or_refused_on_the_brink_without_data(self) -> None:
        self.keeps = False
        self.brink()

    def test_a_new_store_without_room_is_refused_with_a_sentence(self) -> None:
        started = 0
        for keeps in (True, False):
            self.keeps = keeps
            for free in range(0, 640 << 10, 32 << 10):
                self.leave(free)
                try:
                    server = self.start_on_disk()
                except RuntimeError as refusal:
                    self.assertIn("ended with 3", str(refusal))
                    self.assertRegex(str(refusal), "error: cannot .*(full|No space left)")
                else:
                    started += 1
                    self.is_done(self.client(server).upload("d", data=embed_rows("d", 100)))
                    self.assertEqual(server.stop(), 0)
                shutil.rmtree(self.disk / "data", ignore_errors=True)
                self.assertEqual([path for path in self.disk.iterdir() if path.name != "ballast"], [])
        self.note(f"{started} of 40 starts found room")
        self.assertGreater(started, 0)


def later(seconds: int) -> str:
    return f"2030-01-01T{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}Z"


def run_apart() -> None:
    """Go on in a mount namespace, as its root; end with 77 where the system has none for us."""
    apart = ["unshare", "--mount", "--map-root-user"]
    probe = [*apart, "mount", "-t", "tmpfs", "none", "/mnt"]
    try:
        tried = subprocess.run(probe, capture_output=True, text=True, check=False)
    except FileNotFoundError as missing:
        print(f"skipped: no small disk can be made: {missing}")
        sys.exit(SKIPPED)
    if tried.returncode != 0:
        print(f"skipped: no small disk can be made: {tried.stderr.strip()}")
        sys.exit(SKIPPED)
    os.execvpe(apart[0], [*apart, sys.executable, "-B", *sys.argv], {**os.environ, APART: "1"})


if __name__ == "__main__":
    if APART not in os.environ:
        run_apart()
    main()
