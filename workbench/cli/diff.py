"""``diff``: the differences between two networks, and their cost; of two runs also their settings and results."""

import argparse
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from workbench.cli.console import add_json_option, print_json, table
from workbench.cli.folders import chosen_network, find_run
from workbench.cli.training_progress import loss_in_words
from workbench.events import EpochFinished
from workbench.layers.base import describe
from workbench.runs.store import SavedRun, open_run
from workbench.spec.quantities import duration
from workbench.spec.words import signed
from workbench.training.results.costs import training_s
from workbench.training.results.differing import differing_runs, of_networks
from workbench.training.results.measured import TESTED, headline, losses_of_heads

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
        "memory. Each is a network or experiment file, a preset's name, or a run; of two runs, first the settings of "
        "data and training that differ, and last their results.",
        epilog="example: %(prog)s resnet18 resnet34",
    )
    parser.add_argument("before", metavar="A", help="the first network: resnet18")
    parser.add_argument("after", metavar="B", help="the second network: resnet34")
    add_json_option(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Print the rows that differ, and the totals."""
    before, after = chosen_network(arguments.before), chosen_network(arguments.after)

    from workbench.compiler.diff import compare

    difference = compare(before, after)
    runs = [open_run(folder) for name in (arguments.before, arguments.after) if (folder := find_run(name)) is not None]
    are_runs = len(runs) == 2
    if arguments.json:
        print_json({**(_of_runs(runs) if are_runs else {}), **_result(difference)})
    else:
        text = _text(difference)
        print("\n\n".join([_settings_text(runs), text, _results_text(runs)] if are_runs else [text]))
    return 0


def _settings(runs: Sequence[SavedRun]) -> dict[str, tuple[str, ...]]:
    """Return the settings of data and training that differ -> their values in words."""
    of_network = of_networks([run.experiment.architecture for run in runs])
    return {name: words for name, words in differing_runs(runs).items() if name not in of_network}


def _settings_text(runs: Sequence[SavedRun]) -> str:
    rows = [(name, *words) for name, words in _settings(runs).items()]
    title = " → ".join(run.folder.name for run in runs)
    return f"{title}\n\n{table([('setting', 'before', 'after'), *rows]) if rows else 'The settings are identical.'}"


def _results_text(runs: Sequence[SavedRun]) -> str:
    best = [run.best_epoch for run in runs]
    rows = [
        ("best val loss", *("" if epoch is None else loss_in_words(epoch.metrics["val/loss"]) for epoch in best)),
        (
            "at epoch",
            *(
                "" if epoch is None else f"{epoch.epoch} of {run.num_epochs}"
                for epoch, run in zip(best, runs, strict=True)
            ),
        ),
        ("val there", *("" if epoch is None else headline(epoch.metrics, "val", percent="%") for epoch in best)),
        *_losses_of_heads(best),
        (f"test ({TESTED})", *(headline(run.metrics, "test", percent="%") for run in runs)),
        ("time", *(duration(training_s(run)) for run in runs)),
    ]
    return table([("result", "before", "after"), *(row for row in rows if any(row[1:]))], right=(1, 2))


def _losses_of_heads(best: Sequence[EpochFinished | None]) -> Iterator[tuple[str, ...]]:
    """Yield a row for each head of which any of the runs has the loss."""
    losses = [{} if epoch is None else losses_of_heads(epoch.metrics, "val") for epoch in best]
    for head in dict.fromkeys(name for each in losses for name in each):
        yield f"val loss of {head} there", *(loss_in_words(each[head]) if head in each else "" for each in losses)


def _of_runs(runs: Sequence[SavedRun]) -> dict[str, Any]:
    before, after = (
        {
            "run": str(run.folder),
            "best_epoch": run.best_epoch.epoch if run.best_epoch else None,
            "best_metrics": run.best_epoch.metrics if run.best_epoch else None,
            "metrics": run.metrics,
            "seconds": training_s(run),
        }
        for run in runs
    )
    settings = {name: {"before": words[0], "after": words[1]} for name, words in _settings(runs).items()}
    return {"settings": settings, "results": {"before": before, "after": after}}


def _text(difference: "Difference") -> str:
    title = " → ".join(difference.names)
    if difference.equal:
        return f"{title}\n\nThe networks are identical."
    rows = [_cells(row) for row in difference.rows if row.mark != "same"]
    before, after = difference.costs
    totals = [
        *(("", name, "", "", "", *(f"{number:,}" for number in cost.numbers)) for name, cost in _named(difference)),
        ("", "difference", "", "", "", *map(signed, (after - before).numbers)),
    ]
    lines = table([HEADING, *rows, *totals], right=(5, 6, 7)).split("\n")
    rule = "─" * max(map(len, lines))
    end = len(rows) + 1
    return "\n".join([title, "", lines[0], rule, *lines[1:end], rule, *lines[end:], *_problems(difference)])


def _cells(row: "Row") -> tuple[str, ...]:
    name = "  " * row.depth + row.path.rpartition("/")[2]
    costs = ("?", "?", "?") if row.cost is None else tuple(signed(number, "") for number in row.cost.numbers)
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
