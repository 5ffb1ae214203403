"""Other servers of canned answers, from npm: installed once in build/bench/, and again when the lock changes."""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

from servers import Bench, Server, free_port, running

PEERS = Path(__file__).resolve().parent / "peers"
Run = Callable[[], AbstractContextManager[Server]]


def install(folder: Path) -> str:
    """Install the peers in `folder`; returns "" or the reason why not."""
    lists = [PEERS / "package.json", PEERS / "package-lock.json"]
    wanted = hashlib.sha256(b"".join(path.read_bytes() for path in lists)).hexdigest()
    stamp = folder / "stamp"
    if stamp.exists() and stamp.read_text(encoding="ascii") == wanted:
        return ""
    if shutil.which("npm") is None or shutil.which("node") is None:
        return "there is no npm or no node; they are in Debian's packages npm and nodejs"
    print("Fetching WireMock, Mockoon and Prism into build/bench/, once", flush=True)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for path in lists:
        shutil.copy(path, folder)
    options = ["--ignore-scripts", "--no-audit", "--no-fund", "--no-update-notifier", "--fetch-retries=1"]
    command = ["npm", "ci", "--loglevel=error", *options]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        last = done.stderr.strip().splitlines()[:1] or ["it said nothing"]
        return f"npm ci failed: {last[0]}"
    stamp.write_text(wanted, encoding="ascii")
    return ""


class Peers:
    def __init__(self, bench: Bench) -> None:
        self.bench = bench
        self.folder = bench.cache / "peers"
        self.reason = install(self.folder) if bench.with_peers else "peers are left out"

    def wiremock(self) -> tuple[Run | None, str]:
        """How to run WireMock, or the reason why it cannot be."""
        if not self.reason and shutil.which("java") is None:
            return None, "there is no java; it is in Debian's package default-jre-headless"
        return (None, self.reason) if self.reason else (self.run_wiremock, "")

    def node_servers(self) -> list[tuple[str, Run | None, str]]:
        """The same of those that run in node, with their names."""
        runs = [("Mockoon", self.run_mockoon), ("Prism", self.run_prism)]
        return [(name, None if self.reason else run, self.reason) for name, run in runs]

    def run_wiremock(self) -> AbstractContextManager[Server]:
        jar = next((self.folder / "node_modules" / "wiremock" / "build").glob("*.jar"))
        port, root = free_port(), self.bench.folder / "wiremock"
        self.write_stubs(root / "mappings")
        return running(["java", "-jar", str(jar), "--port", str(port), "--root-dir", str(root)], port)

    def write_stubs(self, folder: Path) -> None:
        """The health that is waited for, and the rerank, answered with mockhere's own bytes."""
        folder.mkdir(parents=True, exist_ok=True)
        body = self.bench.answer.read_bytes().partition(b"\r\n\r\n")[2].decode()
        stubs = [("GET", "/__mockhere/health", "{}"), ("POST", "/v2/rerank", body)]
        for number, (method, path, answer) in enumerate(stubs):
            response = {"status": 200, "headers": {"Content-Type": "application/json"}, "body": answer}
            stub = {"request": {"method": method, "url": path}, "response": response}
            (folder / f"{number}.json").write_text(json.dumps(stub), encoding="utf-8")

    def run_mockoon(self) -> AbstractContextManager[Server]:
        port = free_port()
        command = self.node("@mockoon/cli/bin/run.js", "start", "--data", str(PEERS / "openapi.json"))
        return running([*command, "--port", str(port), "--disable-log-to-file"], port)

    def run_prism(self) -> AbstractContextManager[Server]:
        port = free_port()
        command = self.node("@stoplight/prism-cli/dist/index.js", "mock", str(PEERS / "openapi.json"))
        return running([*command, "--port", str(port)], port)

    def node(self, script: str, *words: str) -> list[str]:
        return ["node", str(self.folder / "node_modules" / script), *words]
