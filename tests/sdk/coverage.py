#!/usr/bin/env python3
"""Says which endpoints the tests with an SDK left out: coverage.py FOLDER

FOLDER holds what the tests with each SDK called, a file NAME.calls of lines "METHOD /path". Compared with
that is endpoints.txt, and with it the server's table of routes. Exit codes: 0 nothing is missing, 1
something is, 77 an SDK's tests were skipped.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path

HERE = Path(__file__).resolve().parent
ENDPOINTS = HERE / "endpoints.txt"
ROUTES = HERE.parents[1] / "server" / "api" / "routes.c"
SDKS = ("python", "typescript")
# A link is followed by no SDK's method: its route is open to calls without a key.
ROUTE = re.compile(r'\{HTTP_(\w+),\s*"([^"]+)",[^}]*?(ROUTE_OPEN)?\}(?=,\n)')
SKIPPED = 77


def read_endpoints() -> dict[str, set[str]]:
    """The endpoints, each with the SDKs that cannot call it."""
    endpoints = {}
    for line in ENDPOINTS.read_text(encoding="utf-8").splitlines():
        if not line.startswith("#"):
            endpoint, _, without = line.partition(" without ")
            endpoints[endpoint] = set(without.split())
    return endpoints


def routes() -> set[str]:
    table = ROUTES.read_text(encoding="utf-8")
    found = {f"{method} {path}" for method, path, is_open in ROUTE.findall(table) if not is_open}
    assert len(found) + 1 == table.count("{HTTP_"), "routes.c is laid out in a way unknown here"
    return found


def called(calls: str, endpoints: dict[str, set[str]]) -> set[str]:
    """The endpoints that these calls reached; of two that fit, the one with fewer placeholders."""
    patterns = [
        (re.compile(re.sub(r"\\\{\w+\\\}", "[^/]+", re.escape(endpoint))), endpoint)
        for endpoint in sorted(endpoints, key=lambda endpoint: endpoint.count("{"))
    ]
    reached = set()
    for call in set(re.sub(r" /w/[^/]+/", " /", calls).splitlines()):
        fitting = (endpoint for pattern, endpoint in patterns if pattern.fullmatch(call))
        reached.add(next(fitting, ""))
    return reached


def complaints(folder: Path) -> Iterator[str]:
    endpoints = read_endpoints()
    for route in sorted(routes() - set(endpoints)):
        yield f"{ENDPOINTS.name} lacks {route}"
    for sdk in SDKS:
        reached = called((folder / f"{sdk}.calls").read_text(encoding="utf-8"), endpoints)
        for endpoint, without in endpoints.items():
            if sdk not in without and endpoint not in reached:
                yield f"no test with the {sdk} SDK calls {endpoint}"
            if sdk in without and endpoint in reached:
                yield f"a test with the {sdk} SDK does call {endpoint}: {ENDPOINTS.name} says that it cannot"


def main() -> int:
    folder = Path(sys.argv[1])
    for sdk in SDKS:
        if not (folder / f"{sdk}.calls").exists():
            print(f"the tests with the {sdk} SDK have not run")
            return SKIPPED
    found = list(complaints(folder))
    print("\n".join(found))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
