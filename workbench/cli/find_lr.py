"""``find-lr``: try learning rates for a few steps and suggest one."""

import argparse
from typing import TYPE_CHECKING

from workbench.cli import train
from workbench.cli.console import StatusLine, add_json_option, complain, print_result, signals_given, table

if TYPE_CHECKING:
    from workbench.training.lr_finder import RangeTest

REFRESH_S = 0.1
ROWS = 12


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add ``find-lr EXPERIMENT ...``."""
    parser = subparsers.add_parser(
        "find-lr",
        help="find a suitable learning rate",
        description="Train a few steps at increasing learning rates and suggest one. Nothing is saved.",
        epilog="example: %(prog)s lenet --dataset digits",
    )
    train.add_experiment_options(parser)
    add_json_option(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Search, and print the result."""
    experiment = train.chosen_experiment(arguments)
    train.check(experiment)

    from workbench.session.editing.lr_finder import RateSearch

    search, signals = RateSearch(experiment), list[int]()

    def stop(number: int) -> None:
        signals.append(number)
        search.stop()

    with StatusLine() as status, signals_given(stop):
        while not search.join(REFRESH_S):
            rates, losses = search.points
            status.show(f"rate {rates[-1]:.1e}  loss {losses[-1]:.4f}" if rates else search.preparation)
    if signals:
        complain("stopped")
        return 128 + signals[0]
    found = search.result()
    print_result(found, _page(found), as_json=arguments.json)
    return 0


def _page(found: "RangeTest") -> str:
    shown = range(0, len(found.rates), max(len(found.rates) // ROWS, 1))
    curve = [("rate", "loss"), *((f"{found.rates[i]:.1e}", f"{found.losses[i]:.4f}") for i in shown)]
    said = [
        f"{name} {rate:.2g}"
        for name, rate in (("valley", found.valley), ("steepest", found.steepest))
        if rate is not None
    ]
    words = f"suggested learning rate: {', '.join(said)}" if said else "the loss did not fall at any of these rates"
    return f"{table(curve, right=(0, 1))}\n\n{words}"
