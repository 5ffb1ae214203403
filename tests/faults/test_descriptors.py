"""More connections than descriptors: the service goes on, slowly, and neither spins nor chatters."""

from __future__ import annotations

import resource
import socket
import time

from faults import Client, Cut, FaultCase, cpu_seconds, descriptor_count, embed_rows, main, slowness, wait_for

DESCRIPTORS = 64
CONNECTIONS = 200
CPU_SHARE_MAX = 0.5


def few_descriptors() -> None:
    resource.setrlimit(resource.RLIMIT_NOFILE, (DESCRIPTORS, DESCRIPTORS))


class Descriptors(FaultCase):
    def test_two_hundred_connections_on_sixty_four_descriptors(self) -> None:
        server = self.start("--lifecycle", "instant", preexec_fn=few_descriptors)
        pid = server.process.pid
        address = server.url.removeprefix("http://").split(":")
        idle = []
        self.addCleanup(lambda: [conn.close() for conn in idle])
        for _ in range(CONNECTIONS):
            idle.append(socket.create_connection((address[0], int(address[1])), timeout=30))
        wait_for(lambda: descriptor_count(pid) > DESCRIPTORS // 2, "the connections to be taken")
        began, cpu = time.monotonic(), cpu_seconds(pid)
        answered = self.try_for(server.url, seconds=2)
        share = (cpu_seconds(pid) - cpu) / (time.monotonic() - began)
        self.note(f"{answered} answers among {CONNECTIONS} idle connections, {share:.0%} of a processor")
        self.assertGreater(answered, 0)
        self.assertLess(share, CPU_SHARE_MAX * slowness())
        told = [line for line in server.log_text().splitlines() if "descriptor" in line or "open files" in line]
        self.note(f"{len(server.log_text().splitlines())} lines of log; of descriptors: {told}")
        self.assertEqual(len(told), 1, server.log_text()[-2000:])
        for conn in idle:
            conn.close()
        # All is well again once they are gone.
        client = self.client(server)
        self.assertEqual(client.upload("d", data=embed_rows("d", 1000)).status, 200)
        wait_for(lambda: descriptor_count(pid) < DESCRIPTORS // 2, "the connections to go")
        self.assertEqual(server.stop(), 0)

    def try_for(self, url: str, seconds: float) -> int:
        """Ask with a pause in between, so that what the server does is what it does by itself."""
        end = time.monotonic() + seconds
        answered = 0
        while time.monotonic() < end:
            client = Client(url, timeout=10)
            try:
                client.must("GET", "/v1/datasets")
                answered += 1
            except Cut:
                pass
            client.close()
            time.sleep(0.1)
        return answered


if __name__ == "__main__":
    main()
