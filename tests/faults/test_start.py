"""The next start is quick with many datasets, also after kill -9."""

from __future__ import annotations

import time

from faults import Client, FaultCase, Threads, main, rounds, slowness

START_SECONDS_MAX = 1.0
STARTS = 5


class Start(FaultCase):
    def test_many_datasets_do_not_delay_a_start(self) -> None:
        count = rounds(500, 10_000)
        server = self.start("--lifecycle", "instant")
        empty_seconds = server.start_seconds
        began = time.monotonic()
        self.fill(server.url, count)
        self.note(f"{count} datasets made in {time.monotonic() - began:.1f} s")
        for ending in ("stop", "kill"):
            times = []
            for _ in range(STARTS):
                getattr(server, ending)()
                server = self.start("--lifecycle", "instant")
                times.append(server.start_seconds)
                # So that there is something to put in order.
                client = self.client(server)
                self.assertEqual(client.upload("one-more", data=b'{"text": "one more"}\n').status, 200)
            self.note(
                f"start after {ending}: best {min(times) * 1000:.0f} ms, worst {max(times) * 1000:.0f} ms; "
                f"with nothing {empty_seconds * 1000:.0f} ms"
            )
            self.assertLess(sorted(times)[STARTS // 2], START_SECONDS_MAX * slowness())
        self.assertEqual(len(self.client(server).datasets()), count + 2 * STARTS)
        self.end(server)

    def fill(self, url: str, count: int) -> None:
        def work(worker: int) -> None:
            client = Client(url)
            for number in range(worker, count, workers):
                answer = client.call("POST", f"/v1/datasets?name=d{number}&type=embed-input", form=form)
                assert answer.status == 200, answer
            client.close()

        workers = 4
        form = {"data": b'{"text": "tiny"}\n'}
        threads = Threads()
        for worker in range(workers):
            threads.begin(work, worker)
        threads.join(600)


if __name__ == "__main__":
    main()
