"""What it is measured on, and whether it had better things to do."""

from __future__ import annotations

import os
import re
import statistics
from pathlib import Path
from typing import NamedTuple

from table import SPREAD_MAX, Row, Skipped

LOAD_MAX = 0.5


class Machine(NamedTuple):
    cpu: str
    cores: int
    load: float


def look() -> Machine:
    found = re.search(r"^model name\s*:\s*(.+)$", Path("/proc/cpuinfo").read_text(encoding="utf-8"), re.MULTILINE)
    return Machine(found[1] if found else "of unknown make", len(os.sched_getaffinity(0)), os.getloadavg()[0])


def introduce(machine: Machine) -> None:
    print(f"{machine.cores} cores ({machine.cpu}), load average {machine.load:.2f}")
    if machine.load > LOAD_MAX:
        print(f"The machine is not quiet: its load is above {LOAD_MAX}. Figures will be too low, ratios less so.")


def warn_of_spread(rows: list[Row | Skipped]) -> None:
    measured = [row for row in rows if isinstance(row, Row)]
    noisy = [row for row in measured if row.spread() > SPREAD_MAX]
    if noisy:
        worst = statistics.mean(row.spread() for row in noisy)
        print(
            f"\nThe machine was not quiet: {len(noisy)} of {len(measured)} rows, marked ~, have a spread of over "
            f"{SPREAD_MAX:.0%} ({worst:.0%} on average). Run again for those."
        )
