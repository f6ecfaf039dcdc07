"""``doctor``: check this machine, and say how to fix what is missing."""

import argparse

from workbench.cli.console import add_json_option, print_result, table
from workbench.session.doctor import Report, report


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add ``doctor``."""
    help_ = "check this machine and what the window needs"
    about = "Report versions, devices and folders, and what prevents the window from opening."
    parser = subparsers.add_parser("doctor", help=help_, description=about, epilog="example: %(prog)s --json")
    add_json_option(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Print the report on this machine."""
    found = report()
    print_result(found, page(found), as_json=arguments.json)
    return 0


def page(found: Report) -> str:
    """Return the report as text: facts first, the verdict last."""
    facts = [*found.facts, *((f"{name} folder", folder) for name, folder in found.folders.items())]
    obstacles = [sentence for sentence in (found.remedy, found.display) if sentence]
    verdict = "The window can open." if not obstacles else "\n".join(["The window cannot open.", *obstacles])
    return f"{table(facts)}\n\n{verdict}"
