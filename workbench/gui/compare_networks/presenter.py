"""Two networks compared, as text: a line for each node, and the costs. No Qt."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workbench.layers.base import describe
from workbench.spec.quantities import numeral
from workbench.spec.record import Record
from workbench.spec.words import signed

if TYPE_CHECKING:
    from workbench.compiler.diff import Cost, Difference, Mark, Row, Side

SIGNS: dict[Mark, str] = {"added": "+", "removed": "−", "changed": "~", "affected": "≈", "same": ""}
MEANINGS: dict[Mark, str] = {
    "added": "new",
    "removed": "gone",
    "changed": "changed",
    "affected": "same settings, different shapes or cost",
    "same": "the same",
}

COSTS = ("Parameters", "MACs", "Activation bytes")


class Line(Record):
    """One row: the node in either network, what differs, and the difference in costs."""

    mark: Mark
    depth: int
    path: tuple[str, ...]
    """The names of the nodes that lead to it, and its own."""
    before: tuple[str, str]
    """Name and type, and the output shapes; empty if the node is missing."""
    after: tuple[str, str]
    changes: str
    costs: tuple[str, str, str]

    @property
    def sign(self) -> str:
        """The change as a sign, independent of colour."""
        return SIGNS[self.mark]


class Total(Record):
    """One of the three sums: before, after, and the difference."""

    name: str
    before: str
    after: str
    difference: str


def lines_of(difference: Difference, *, all_nodes: bool) -> tuple[Line, ...]:
    """Return the rows that differ, or all rows if ``all_nodes``."""
    return tuple(_line(row) for row in difference.rows if all_nodes or row.mark != "same")


def totals_of(difference: Difference) -> tuple[Total, ...]:
    """Return the costs of both networks."""
    before, after = (cost.numbers for cost in difference.costs)
    return tuple(
        Total(name=name, before=f"{old:,}", after=f"{new:,}", difference=_with_share(new - old, of=old))
        for name, old, new in zip(COSTS, before, after, strict=True)
    )


def sentence_of(difference: Difference) -> str:
    """Return the comparison in one sentence."""
    for name, problems in zip(difference.names, difference.problems, strict=True):
        if problems:
            return f"{name} has a problem, so it is compared only up to there. {problems[0].said()}"
    if difference.equal:
        return "The two networks are identical."
    marks = [row.mark for row in difference.rows]
    parts = [f"{marks.count(mark)} {MEANINGS[mark]}" for mark in ("added", "removed", "changed") if mark in marks]
    return f"Nodes: {', '.join(parts)}." if parts else "No node itself has changed."


def _with_share(number: int, *, of: int) -> str:
    """Return ``+1,024 (+50 %)``; ``of`` is the previous value."""
    share = f" ({numeral(100 * number / of, '+.3g')} %)" if number and of else ""
    return signed(number) + share


def _line(row: Row) -> Line:
    return Line(
        mark=row.mark,
        depth=row.depth,
        path=tuple(row.path.split("/")),
        before=_side(row.before),
        after=_side(row.after),
        changes=", ".join(change.words for change in row.changes if change.what not in ("type", "name")),
        costs=("?", "?", "?") if row.cost is None else _costs(row.cost),
    )


def _side(side: Side | None) -> tuple[str, str]:
    if side is None:
        return "", ""
    return f"{side.name}   {side.type}", ", ".join(map(describe, side.output_shapes or ()))


def _costs(cost: Cost) -> tuple[str, str, str]:
    parameters, macs, activation_bytes = (signed(number, "") for number in cost.numbers)
    return parameters, macs, activation_bytes
