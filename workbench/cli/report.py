"""``report``: one HTML file about a run, or about several beside each other."""

import argparse
from pathlib import Path

from workbench.cli.console import add_json_option, complain, ended_by_term, print_json, progress_shown
from workbench.cli.folders import run_called
from workbench.durable import check_writable
from workbench.spec.problems import SpecError

SUFFIXES = (".html", ".htm")


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add ``report RUN... -o FILE.html``."""
    parser = subparsers.add_parser(
        "report",
        help="write a report of a run, or of several, as one HTML file",
        description="Write one HTML file to hand in, send or print: what a run reached and how it ended, its curves, "
        "network, data, settings and worst mistakes, and how to train it again. Several runs are compared first. The "
        "mistakes are those of the best checkpoint, on the test pictures (or validation, or training, if there are no "
        "others). What is missing, because a run still trains or its data is gone, is said in the report. It names no "
        "folders of this machine and needs no network to be read.",
        epilog="example: %(prog)s 2026-11-28-lenet-1 2026-11-28-lenet-2 -o lenet.html",
    )
    parser.add_argument("named", metavar="RUN", nargs="+", help="a run's folder, or its name in the folder of runs")
    parser.add_argument("-o", "--output", metavar="FILE.html", type=Path, required=True, help="the file to write")
    parser.add_argument("--log", action="store_true", help="draw the loss on a logarithmic scale")
    add_json_option(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Write the report and print its file, and what is missing in it."""
    file = arguments.output.expanduser().resolve()
    if file.suffix.lower() not in SUFFIXES:
        raise SpecError(f"{arguments.output}: the file name must end in .html")
    folders = [run_called(name) for name in arguments.named]
    check_writable(file)

    from workbench.session.exchange.report.write import write_report

    with progress_shown(as_lines=arguments.json) as progress, ended_by_term():
        written = write_report(folders, file, progress, log_loss=arguments.log)
    if arguments.json:
        print_json(written)
    else:
        print(written.file)
        for words in written.missing:
            complain(words)
    return 0
