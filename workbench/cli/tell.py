"""``tell``: give a command to a run that trains in a process of its own."""

import argparse

from workbench.cli.folders import add_run_argument, chosen_run
from workbench.runs.mailbox import Command, Do, send
from workbench.spec.problems import SpecError

COMMANDS: dict[str, Do] = {"pause": "pause", "continue": "unpause", "stop": "stop", "save": "save", "anyway": "anyway"}


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """``tell RUN COMMAND``."""
    parser = subparsers.add_parser(
        "tell",
        help="give a command to a run at work in a process of its own",
        description="Give a command to a run that train --detach or the window began; follow shows what comes of it.",
        allow_abbrev=False,
    )
    add_run_argument(parser)
    parser.add_argument("command", choices=tuple(COMMANDS), help="what it is to do after the step under way")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Hand the command in."""
    folder = chosen_run(arguments)

    from workbench.session.apart import at_work

    if not at_work(folder):
        raise SpecError(f"{folder}: this run is not at work in a process of its own")
    send(folder, Command(do=COMMANDS[arguments.command]))
    return 0
