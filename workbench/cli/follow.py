"""``follow``: watch a run that trains in a process of its own."""

import argparse

from workbench.cli.folders import find_run, no_run


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """``follow RUN``."""
    parser = subparsers.add_parser(
        "follow",
        help="watch a run at work in a process of its own",
        description="Watch a run that train --detach or the window began. Ctrl+C leaves it at work.",
        allow_abbrev=False,
    )
    parser.add_argument("folder", metavar="RUN", help="the run's folder, or its name in the folder of runs")
    parser.add_argument("--json", action="store_true", help="end with the result as one line of JSON")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Watch until the end, or until left."""
    folder = find_run(arguments.folder)
    if folder is None:
        raise no_run(arguments.folder)

    from workbench.cli.following import follow
    from workbench.session.apart import attach

    return follow(attach(folder), as_json=arguments.json)
