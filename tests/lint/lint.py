#!/usr/bin/env python3
"""Runs lints by name: lint.py [--root DIR] [--build DIR] NAME...

Each complaint is a line "path:line: sentence". Exit codes: 0 no complaint, 1 some, 77 there is
nothing yet to look at (CTest counts that as skipped).
"""

import argparse
import sys
from pathlib import Path

import architecture
import sizes
import tools
import wording
from tree import Skip, Tree

LINTS = {
    "layers": architecture.layers,
    "homes": architecture.homes,
    "listed": architecture.listed,
    "banned": wording.banned,
    "comments": wording.comments,
    "words": wording.words,
    "texts": wording.texts,
    "readme": wording.readme,
    "headers": tools.headers,
    "format": tools.layout,
    "shell": tools.shell,
    "cppcheck": tools.cppcheck,
    "tidy": tools.tidy,
    "sizes": sizes.sizes,
}
SKIPPED = 77


def main():
    """Returns the exit code."""
    root = Path(__file__).resolve().parents[2]
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--root", default=root)
    parser.add_argument("--build", default=root / "build/dev")
    parser.add_argument("names", nargs="+", choices=LINTS, metavar="NAME",
                        help=", ".join(LINTS))
    arguments = parser.parse_args()
    tree = Tree(arguments.root, arguments.build)
    code = 0
    for name in arguments.names:
        try:
            for complaint in LINTS[name](tree):
                print(complaint)
                code = 1
        except Skip as reason:
            print(f"{name}: {reason}")
            code = code or SKIPPED
    return code


if __name__ == "__main__":
    sys.exit(main())
