"""``note``: write a note and tags on runs, give one another name, or print them."""

import argparse

from workbench.cli.console import add_json_option, print_json
from workbench.cli.folders import run_called
from workbench.spec.problems import SpecError


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add ``note RUN ... [--text TEXT] [--tag TAG] [--untag TAG] [--name NAME]``."""
    parser = subparsers.add_parser(
        "note",
        help="write a note and tags on runs, or rename one",
        description="Write a note and tags on one or several runs, and print what is on them then; without options, only "
        "print it. The runs command finds runs by both.",
        epilog='example: %(prog)s 2026-11-28-lenet-1 --text "does a larger rate help?" --tag rates',
    )
    parser.add_argument("named", metavar="RUN", nargs="+", help="a run's folder, or its name in the folder of runs")
    parser.add_argument("--text", help="the note, which replaces the one before; an empty one removes it")
    parser.add_argument("--tag", action="append", default=[], help="a tag to add, or several separated by commas")
    parser.add_argument("--untag", action="append", default=[], metavar="TAG", help="a tag to remove")
    parser.add_argument("--name", help="another name for the run, which is its folder's; not while it is running")
    add_json_option(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Write what is given, then print the notes."""
    from workbench.runs.notes import annotate, tags_of
    from workbench.runs.renaming import rename_run

    tags, without = (tags_of(",".join(given)) for given in (arguments.tag, arguments.untag))
    folders = [run_called(name) for name in arguments.named]
    if arguments.name is not None:
        if len(folders) > 1:
            raise SpecError("--name is the name of one run: name only that")
        folders = [rename_run(folders[0], arguments.name)]
    found = [(folder, annotate(folder, note=arguments.text, tags=tags, without=without)) for folder in folders]
    if arguments.json:
        print_json({"runs": [{"run": str(folder), "note": each.note, "tags": each.tags} for folder, each in found]})
        return 0
    for folder, notes in found:
        print(f"{folder.name}  [{', '.join(notes.tags)}]" if notes.tags else folder.name)
        for line in notes.note.splitlines():
            print(f"  {line}")
    return 0
