"""``diff``: the differences between two networks, and their cost."""

import argparse
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from workbench.cli.console import print_json, table
from workbench.cli.folders import chosen_network
from workbench.layers.base import describe

if TYPE_CHECKING:
    from workbench.compiler.diff import Cost, Difference, Row, Side

SIGNS = {"added": "+", "removed": "−", "changed": "~", "affected": "≈"}
HEADING = ("", "node", "type", "differences", "output", "parameters", "MACs", "activation bytes")


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add ``diff A B``."""
    parser = subparsers.add_parser(
        "diff",
        help="compare two networks",
        description="Print the nodes added (+), removed (−) or changed (~) from A to B, those with the same settings "
        "but different shapes or cost (≈), and the difference in parameters, multiply-accumulates and activation "
        "memory. Each is a network or experiment file, a preset's name, or a run.",
        epilog="example: %(prog)s resnet18 resnet34",
    )
    parser.add_argument("before", metavar="A", help="the first network: resnet18")
    parser.add_argument("after", metavar="B", help="the second network: resnet34")
    parser.add_argument("--json", action="store_true", help="as one line of JSON")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Print the rows that differ, and the totals."""
    before, after = chosen_network(arguments.before), chosen_network(arguments.after)

    from workbench.compiler.diff import compare

    difference = compare(before, after)
    if arguments.json:
        print_json(_result(difference))
    else:
        print(_text(difference))
    return 0


def _text(difference: "Difference") -> str:
    title = " → ".join(difference.names)
    if difference.equal:
        return f"{title}\n\nThe networks are identical."
    rows = [_cells(row) for row in difference.rows if row.mark != "same"]
    before, after = difference.costs
    totals = [
        *(("", name, "", "", "", *(f"{number:,}" for number in _numbers(cost))) for name, cost in _named(difference)),
        ("", "difference", "", "", "", *(map(_signed, _numbers(after - before)))),
    ]
    lines = table([HEADING, *rows, *totals], right=(5, 6, 7)).split("\n")
    rule = "─" * max(map(len, lines))
    end = len(rows) + 1
    return "\n".join([title, "", lines[0], rule, *lines[1:end], rule, *lines[end:], *_problems(difference)])


def _cells(row: "Row") -> tuple[str, ...]:
    name = "  " * row.depth + row.path.rpartition("/")[2]
    costs = ("?", "?", "?") if row.cost is None else tuple(_signed(number, "") for number in _numbers(row.cost))
    side = row.after or row.before
    assert side is not None
    types = dict.fromkeys(each.type for each in (row.before, row.after) if each is not None)
    changes = ", ".join(change.words for change in row.changes if change.what != "type")
    return (SIGNS[row.mark], name, " → ".join(types), changes, _shapes(row), *costs)


def _shapes(row: "Row") -> str:
    """Return the output shapes, before and after if they differ."""
    sides = [side for side in (row.before, row.after) if side is not None and side.output_shapes is not None]
    return " → ".join(dict.fromkeys(", ".join(map(describe, side.output_shapes or ())) for side in sides))


def _problems(difference: "Difference") -> Iterator[str]:
    """Yield why some rows have no numbers."""
    for name, problems in zip(difference.names, difference.problems, strict=True):
        for problem in problems:
            yield f"{name}: {problem.sentence()}"


def _named(difference: "Difference") -> Iterator[tuple[str, "Cost"]]:
    """Yield the totals with the networks' names, which are made distinct."""
    first, second = difference.names
    names = (first, second) if first != second else (f"{first} (A)", f"{second} (B)")
    yield from zip(names, difference.costs, strict=True)


def _numbers(cost: "Cost") -> tuple[int, int, int]:
    return cost.parameters, cost.macs, cost.activation_bytes


def _signed(number: int, zero: str = "0") -> str:
    return f"{number:+,}".replace("-", "−") if number else zero


def _result(difference: "Difference") -> dict[str, Any]:
    before, after = difference.costs
    return {
        "before": {"name": difference.names[0], **_costs(before)},
        "after": {"name": difference.names[1], **_costs(after)},
        "difference": _costs(after - before),
        "equal": difference.equal,
        "nodes": [_node(row) for row in difference.rows if row.mark != "same"],
        "problems": {"before": difference.problems[0], "after": difference.problems[1]},
    }


def _node(row: "Row") -> dict[str, Any]:
    return {
        "mark": row.mark,
        "path": row.path,
        "changes": row.changes,
        "before": _side(row.before),
        "after": _side(row.after),
        "difference": None if row.cost is None else _costs(row.cost),
    }


def _side(side: "Side | None") -> dict[str, Any] | None:
    if side is None:
        return None
    costs = {} if side.cost is None else _costs(side.cost)
    return {"name": side.name, "type": side.type, "output_shapes": side.output_shapes, **costs}


def _costs(cost: "Cost") -> dict[str, int]:
    return {"parameters": cost.parameters, "macs": cost.macs, "activation_bytes": cost.activation_bytes}
