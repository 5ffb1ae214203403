#!/usr/bin/env python3
"""Sends the calls of calls.py to WireMock and to mockhere, and compares what they answer: compare.py JAR [CASE...]

What differs on purpose is in differences.py, with the reason that the README gives. Exit codes: 0 nothing else differs,
1 something does, or what is listed there does not. $MOCKHERE names the executable, otherwise it is that of the dev preset.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from calls import CASES, Call, Case
from differences import DIFFERENCES

ROOT = Path(__file__).resolve().parents[3]
MOCKHERE = os.environ.get("MOCKHERE") or ROOT / "build" / "dev" / "mockhere"
START_SECONDS = 60.0
UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
# What has another value on each server, or at each time; and what is ours alone and stands where it harms nobody.
VOLATILE = {"loggedDate", "loggedDateString", "timing", "absoluteUrl", "port", "subEvents", "diffDescriptions", "proxyPassThrough"}
UNORDERED = {"possibleStates", "scenarioMappings"}
HEADERS = ("content-type", "location", "matched-stub-name", "x-one", "x-two")


class Server:
    def __init__(self, port: int) -> None:
        self.port = port

    def send(self, call: Call) -> dict[str, Any]:
        """Call the server and return what can be compared of its answer."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        body = call.body if call.body is None or isinstance(call.body, bytes) else json.dumps(call.body).encode()
        headers = dict.fromkeys(name for name, _ in call.headers)
        connection.putrequest(call.method, call.path)
        if body is not None:
            connection.putheader("Content-Length", str(len(body)))
            if not any(name.lower() == "content-type" for name in headers):
                connection.putheader("Content-Type", "application/json")
        for name, value in call.headers:
            connection.putheader(name, value)
        connection.endheaders(body)
        with contextlib.closing(connection):
            response = connection.getresponse()
            return self.shown(call, response, response.read())

    def shown(self, call: Call, response: http.client.HTTPResponse, body: bytes) -> dict[str, Any]:
        answer: dict[str, Any] = {"status": response.status}
        if call.path.startswith("/__admin"):
            answer["body"] = normal_json(body)
        elif response.headers.get("Matched-Stub-Id"):
            answer["reason"] = response.reason
            answer["headers"] = {name: response.headers.get_all(name) for name in HEADERS if name in response.headers}
            answer["body"] = body.decode("latin-1")
        return answer


def normal_json(body: bytes) -> Any:
    try:
        return normal(json.loads(body))
    except ValueError:
        return body.decode("utf-8", errors="replace")


def normal(value: Any, key: str = "") -> Any:
    """The value without what differs between any two servers."""
    if isinstance(value, dict):
        if key == "headers":
            # Not in which order and case they came, nor what differs with the port.
            return {name.lower(): normal(item) for name, item in sorted(value.items()) if name.lower() != "host"}
        if key == "scenarios":
            value = {"scenarioMappings" if name == "mappings" else name: item for name, item in value.items()}
        return {name: normal(item, name) for name, item in sorted(value.items()) if name not in VOLATILE and item != {}}
    if isinstance(value, list):
        items = [normal(item, key) for item in value]
        return sorted(items, key=str) if key in UNORDERED else items
    if isinstance(value, str):
        if key == "detail":
            return "some sentence"
        return UUID.sub(lambda found: found[0] if found[0][:8] in ("aaaaaaaa", "bbbbbbbb") else "some-uuid", value)
    return "some number" if key == "distance" else value


def differences_of(case: Case, servers: list[Server]) -> Iterator[str]:
    for server in servers:
        server.send(Call("POST", "/__admin/reset"))
        server.send(Call("POST", "/__admin/settings", {"fixedDelay": 0}))
    for number, call in enumerate(case.calls):
        theirs, ours = (server.send(call) for server in servers)
        for part in sorted(theirs.keys() | ours.keys()):
            if theirs.get(part) != ours.get(part):
                yield (
                    f"{case.name}, call {number}, {call.method} {call.path}, {part}:\n"
                    f"    WireMock: {json.dumps(theirs.get(part), ensure_ascii=False)}\n"
                    f"    mockhere: {json.dumps(ours.get(part), ensure_ascii=False)}"
                )


def wait_for(ready: Any, process: subprocess.Popen[bytes], what: str) -> str:
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end and process.poll() is None:
        if found := ready():
            return found
        time.sleep(0.02)
    raise RuntimeError(f"{what} is not ready")


@contextlib.contextmanager
def started(command: list[str], ready: Any, log: Path) -> Iterator[Server]:
    with log.open("wb") as output, subprocess.Popen(command, stdin=subprocess.PIPE, stdout=output, stderr=output) as process:
        try:
            yield Server(int(wait_for(ready, process, command[0])))
        finally:
            process.terminate()


def port_in(path: Path, pattern: str) -> str:
    found = re.search(pattern, path.read_text(encoding="utf-8")) if path.exists() else None
    return found[1] if found else ""


def readme_lacks() -> Iterator[str]:
    readme = " ".join((ROOT / "README.md").read_text(encoding="utf-8").split())
    for reason in DIFFERENCES:
        if " ".join(reason.split()) not in readme:
            yield f"the README does not say: {reason}"


def complaints(jar: str, cases: list[Case], folder: Path) -> Iterator[str]:
    reasons = {name: reason for reason, names in DIFFERENCES.items() for name in names}
    log, ready = folder / "wiremock.log", folder / "ready"
    theirs = ["java", "-jar", jar, "--port", "0", "--root-dir", str(folder)]
    ours = [str(MOCKHERE), "serve", "--port", "0", "--ready-file", str(ready)]
    with (
        started(theirs, lambda: port_in(log, r"(?m)^port:\s+(\d+)"), log) as wiremock,
        started(ours, lambda: port_in(ready, r":(\d+)\s*$"), folder / "mockhere.log") as mockhere,
    ):
        for case in cases:
            found = list(differences_of(case, [wiremock, mockhere]))
            if case.name not in reasons:
                yield from found
            elif not found:
                yield f"{case.name}: differs no longer: {reasons[case.name]}"


def main() -> int:
    jar, *names = sys.argv[1:]
    cases = [case for case in CASES if not names or case.name in names]
    with tempfile.TemporaryDirectory(prefix="mockhere-") as folder:
        found = list(complaints(jar, cases, Path(folder)))
    if not names:
        unknown = {name for of_reason in DIFFERENCES.values() for name in of_reason} - {case.name for case in CASES}
        found += [f"differences.py names a case that is not there: {name}" for name in sorted(unknown)]
        found += readme_lacks()
    for complaint in found:
        print(complaint)
    print(f"{sum(len(case.calls) for case in cases)} calls in {len(cases)} cases, {len(found)} complaints")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
