"""``resume``: go on with a run that was stopped or killed."""

import argparse

from workbench.cli.folders import find_run, no_run


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """``resume RUN``."""
    parser = subparsers.add_parser(
        "resume",
        help="go on with a stopped run",
        description="Go on with a run from its last checkpoint, as if it had never stopped.",
        allow_abbrev=False,
    )
    parser.add_argument("folder", metavar="RUN", help="the run's folder, or its name in the folder of runs")
    parser.add_argument("--json", action="store_true", help="end with the result as one line of JSON")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Train from the last checkpoint to the end, or until stopped again."""
    folder = find_run(arguments.folder)
    if folder is None:
        raise no_run(arguments.folder)

    from workbench.cli.following import follow
    from workbench.session.run import resume

    return follow(resume(folder), as_json=arguments.json)
