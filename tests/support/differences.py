#!/usr/bin/env python3
"""Holds the README against the tables: differences.py [--write] EXECUTABLE

The list of texts that are ours is made from what `mockhere rules` prints; --write puts it into the
README. Without it, complaints are printed: a list that is not the one of the tables, and options
that the README speaks of and that are none. Exit codes: 0 no complaint, 1 some.
"""

import argparse
import json
import re
import subprocess
import sys
from pathlib import Path

README = Path(__file__).resolve().parents[2] / "README.md"
BEGIN = "<!-- made by tests/support/differences.py -->\n"
END = "<!-- end of what was made -->\n"
SECTION = re.compile(re.escape(BEGIN) + "(.*?)" + re.escape(END), re.DOTALL)
OPTION = re.compile(r"(?<![\w-])--([a-z][a-z-]+)")
OF_OTHERS = re.compile(r"`(?:make|git|curl)\b[^`]*`|<!--.*?-->")


def ours(rules):
    """The list as Markdown."""
    rows = [("validation", "", row) for row in rules["validation_messages"]]
    rows += [(row["where"], row["status"], row) for row in rules["errors"]]
    lines = ["<details><summary>The texts that are ours</summary>\n",
             "| where | status | text |", "|---|---|---|"]
    lines += [f"| {where} | {status} | `{row['text']}` |".replace("|  |", "| |")
              for where, status, row in rows if row["mark"] == "ours"]
    return "\n".join(lines) + "\n\n</details>\n"


def complaints(text, rules):
    """Yields a sentence for each thing that is not as the tables say."""
    section = SECTION.search(text)
    if not section:
        yield "the README has no place for the texts that are ours"
    elif section[1] != ours(rules):
        yield "the list of texts that are ours is old: run tests/support/differences.py --write"
    known = {row["name"] for row in rules["options"]}
    for name in sorted(set(OPTION.findall(OF_OTHERS.sub("", text))) - known):
        yield f"the README speaks of --{name}, which is no option"


def main():
    """Returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--write", action="store_true", help="put the list into the README")
    parser.add_argument("executable")
    arguments = parser.parse_args()
    output = subprocess.run([arguments.executable, "rules"], check=True, capture_output=True)
    rules = json.loads(output.stdout)
    text = README.read_text(encoding="utf-8")
    if arguments.write:
        text = SECTION.sub(lambda _: BEGIN + ours(rules) + END, text)
        README.write_text(text, encoding="utf-8")
    found = list(complaints(text, rules))
    for complaint in found:
        print(f"README.md: {complaint}")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
