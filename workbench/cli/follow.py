"""``follow``: watch a run that is running elsewhere."""

import argparse

from workbench.cli.console import add_json_option
from workbench.cli.folders import add_run_argument, chosen_run


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add ``follow RUN``."""
    parser = subparsers.add_parser(
        "follow",
        help="follow a run that is running elsewhere",
        description="Follow a run started by train --detach, by the window or in another terminal. Ctrl+C stops "
        "following; the run continues.",
        epilog="example: %(prog)s 2026-11-28-lenet-1",
    )
    add_run_argument(parser)
    add_json_option(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Follow the run until it ends or the user leaves."""
    folder = chosen_run(arguments)

    from workbench.cli import following
    from workbench.session.running import watched

    return following.follow(watched.follow(folder), as_json=arguments.json)
