"""What a killed server leaves in the folder for temporary files goes with the next start."""

from __future__ import annotations

from pathlib import Path

from faults import FakeProcess, FaultCase, Threads, embed_rows, main, rounds


class Leftovers(FaultCase):
    def temporaries(self) -> set[Path]:
        return set(self.folder.glob("mockhere-??????"))

    def test_a_start_removes_what_killed_servers_left(self) -> None:
        living = self.start(keeps=False)
        (of_living,) = self.temporaries()
        for _ in range(3):
            killed = self.start(keeps=False)
            self.assertEqual(self.client(killed).upload("d", data=embed_rows("d", 100_000)).status, 200)
            killed.kill()
        of_killed = self.temporaries() - {of_living}
        self.assertEqual(len(of_killed), 1, "each start removes what the one before left")
        last = self.start(keeps=False)
        (of_last,) = self.temporaries() - {of_living}
        self.assertNotIn(of_last, of_killed)
        self.assertIn("removed the temporary directory", last.log_text())
        self.note(f"start with something to remove {last.start_seconds * 1000:.0f} ms")
        # The one that lives beside all that has noticed nothing.
        self.assertEqual(self.client(living).upload("d", data=embed_rows("d", 100)).status, 200)
        self.end(last)
        self.end(living)
        self.assertEqual(self.temporaries(), set())

    def test_starts_at_the_same_time_do_not_take_each_other_for_dead(self) -> None:
        for _ in range(rounds(2, 20)):
            for number in range(4):
                self.start(keeps=False, folder=self.folder / f"{number}", temporary=self.folder).kill()
            servers: list[FakeProcess] = []
            threads = Threads()
            for number in range(8):
                threads.begin(self.start_beside_others, number, servers)
            threads.join()
            for server in servers:
                self.assertEqual(self.client(server).upload("d", data=embed_rows("d", 100)).status, 200)
                self.end(server)
            self.assertEqual(self.temporaries(), set())

    def start_beside_others(self, number: int, servers: list[FakeProcess]) -> None:
        servers.append(self.start(keeps=False, folder=self.folder / f"{number}", temporary=self.folder))


if __name__ == "__main__":
    main()
