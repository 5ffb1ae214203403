"""Figures, how they are compared, and the tables that show them."""

from __future__ import annotations

import statistics
from typing import NamedTuple

# Measured values that lie further apart than this share of their median say that the machine was not quiet.
SPREAD_MAX = 0.1


class Wanted(NamedTuple):
    """A bound of what a row is judged by: the ratio if it has a peer, else the figure."""

    bound: float
    at_most: bool = False
    aim: float | None = None

    def is_met(self, value: float) -> bool:
        return value <= self.bound if self.at_most else value >= self.bound

    def text(self) -> str:
        aim = f", aim {self.aim:g}" if self.aim is not None else ""
        return f"{'<=' if self.at_most else '>='} {self.bound:g}{aim}"


class Row(NamedTuple):
    what: str
    values: list[float]
    unit: str
    peer: str = ""
    peer_values: list[float] | None = None
    wanted: Wanted | None = None

    def judged(self) -> list[float]:
        """The ratio of each round, or the figures if there is nothing beside them."""
        if self.peer_values is None:
            return self.values
        return [own / other for own, other in zip(self.values, self.peer_values)]

    def mark(self) -> str:
        if self.wanted is None:
            return ""
        value = statistics.median(self.judged())
        if not self.wanted.is_met(value):
            return "no"
        has_aim = self.wanted.aim is not None and Wanted(self.wanted.aim, self.wanted.at_most).is_met(value)
        return "yes, aim too" if has_aim else "yes"

    def spread(self) -> float:
        judged = self.judged()
        return (max(judged) - min(judged)) / (statistics.median(judged) or 1)


class Skipped(NamedTuple):
    """A row that could not be measured, and why."""

    what: str
    reason: str


class Growth(NamedTuple):
    """What a unit of work costs at three sizes of it."""

    what: str
    unit: str
    sizes: list[int]
    costs: list[float]

    def ratio(self) -> float:
        return self.costs[-1] / self.costs[0]


# A unit at the largest size may cost so many times what it costs at the smallest.
GROWTH_MAX = Wanted(1.5, at_most=True)


def shown(value: float) -> str:
    if value < 0.1:
        return f"{value:.2g}"
    return f"{value:.2f}" if value < 10 else f"{value:.1f}" if value < 1000 else f"{value:,.0f}"


def print_line(*cells: str) -> None:
    print("{:<46} {:>13} {:<27} {:>6} {:>7} {:>7}  {:<14} {}".format(*cells).rstrip(), flush=True)


def print_head() -> None:
    print_line("", "median", "beside it", "ratio", "least", "most", "wanted", "met")


def print_row(row: Row | Skipped) -> None:
    if isinstance(row, Skipped):
        print(f"{row.what:<46} not measured: {row.reason}", flush=True)
        return
    judged = row.judged()
    beside = ratio = ""
    if row.peer_values is not None:
        beside = f"{row.peer} {shown(statistics.median(row.peer_values))}"
        ratio = shown(statistics.median(judged))
    figure = f"{shown(statistics.median(row.values))} {row.unit}"
    wanted = row.wanted.text() if row.wanted else ""
    mark = row.mark() + (" ~" if row.spread() > SPREAD_MAX else "")
    print_line(row.what, figure, beside, ratio, shown(min(judged)), shown(max(judged)), wanted, mark)


GROWTH_LINE = "{:<46} {:<4} {:>18} {:>18} {:>18}  {:>6}  {:<7} {}"


def print_growth_head() -> None:
    print("\nWhat one more costs the processor, at three sizes of the work")
    print(GROWTH_LINE.format("", "", "small", "medium", "large", "ratio", "wanted", "met"), flush=True)


def print_growth(row: Growth) -> None:
    cells = [f"{shown(cost)} at {size:,}" for size, cost in zip(row.sizes, row.costs)]
    mark = "yes" if GROWTH_MAX.is_met(row.ratio()) else "no"
    print(GROWTH_LINE.format(row.what, row.unit, *cells, shown(row.ratio()), GROWTH_MAX.text(), mark), flush=True)


def as_json(row: Row | Skipped | Growth) -> dict[str, object]:
    if isinstance(row, Row):
        wanted, ratios = row.wanted.text() if row.wanted else None, row.judged() if row.peer_values else None
        return {**row._asdict(), "ratios": ratios, "wanted": wanted, "met": row.mark()}
    if isinstance(row, Growth):
        ratio = row.ratio()
        return {**row._asdict(), "ratio": ratio, "wanted": GROWTH_MAX.text(), "met": GROWTH_MAX.is_met(ratio)}
    return row._asdict()
