"""A mockhere of one's own: started, waited for, ended. The standard library suffices."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
START_SECONDS = 30.0
STOP_SECONDS = 30.0


def executable() -> Path:
    return Path(os.environ.get("MOCKHERE") or ROOT / "build" / "dev" / "mockhere")


class FakeProcess:
    """A server process on a free port; `folder` holds its data, its ready file and its log.

    A second server on the folder of an ended one finds its data. Without `keeps`, the data are in a
    temporary folder of the server's own, under `temporary` or `folder` too.
    """

    def __init__(
        self, folder: Path, *options: str, keeps: bool = True, temporary: Path | None = None, **popen: object
    ) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.log = folder / "log"
        self.data = folder / "data"
        ready = folder / "ready"
        ready.unlink(missing_ok=True)
        command = [str(executable()), "serve", "--port", "0", "--ready-file", str(ready)]
        command += ["--data", str(self.data)] if keeps else []
        environment = {**os.environ, "TMPDIR": str(temporary or folder)}
        began = time.monotonic()
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [*command, *options], stdin=subprocess.PIPE, stdout=log, stderr=log, env=environment, **popen
            )
        try:
            self.url = self._wait_until_ready(ready)
        except BaseException:
            self.kill()
            raise
        self.start_seconds = time.monotonic() - began

    def _wait_until_ready(self, ready: Path) -> str:
        end = time.monotonic() + START_SECONDS
        while not ready.exists():
            code = self.process.poll()
            if code is not None:
                raise RuntimeError(f"mockhere ended with {code}:\n{self.log_text()}")
            if time.monotonic() > end:
                raise RuntimeError(f"mockhere is not ready after {START_SECONDS} s:\n{self.log_text()}")
            time.sleep(0.002)
        return ready.read_text(encoding="utf-8").strip()

    def log_text(self) -> str:
        return self.log.read_text(encoding="utf-8", errors="replace")

    def stop(self) -> int:
        """End the server as a supervisor would, and return its exit code."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        return self.wait()

    def kill(self) -> None:
        """End the server without a warning."""
        self.process.kill()
        self.wait()

    def wait(self) -> int:
        try:
            return self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise
        finally:
            if self.process.stdin:
                self.process.stdin.close()
