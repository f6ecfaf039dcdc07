"""The command line: one file a command, all of them in ``COMMANDS``.

A command's file has ``add_parser(subparsers)`` and ``run(arguments) -> exit status``, and imports torch only
within ``run``, so that ``--help`` is instant. Its result goes to stdout; progress and complaints to stderr.

    0    done
    1    a fault of ours: one line, and the trace in a log
    2    the user's mistake, in one line
    130  stopped with Ctrl+C
"""

import argparse
import os
import sys
from collections.abc import Sequence
from typing import NoReturn

from workbench import __version__
from workbench.cli import (
    data,
    diff,
    doctor,
    export,
    find_lr,
    follow,
    import_,
    mistakes,
    queue,
    resume,
    runs,
    summary,
    tell,
    train,
    weights,
)
from workbench.cli.console import complain, program
from workbench.cli.faults import Fault, FaultLog
from workbench.spec.problems import ProblemsFound, SpecError

COMMANDS = (
    train, resume, follow, tell, queue, find_lr, data, mistakes, summary, diff, export, import_, weights, runs, doctor
)  # fmt: skip

FAULT = 1
MISTAKE = 2
INTERRUPTED = 130


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; gives its exit status."""
    try:
        arguments = _parser().parse_args(argv)
    except SystemExit as exit_:  # --help and --version have printed, a wrong usage has been complained of
        return exit_.code if isinstance(exit_.code, int) else 0
    with FaultLog() as faults:
        return _run(arguments, faults)


def _run(arguments: argparse.Namespace, faults: FaultLog) -> int:
    try:
        status: int = arguments.run(arguments)
        sys.stdout.flush()
        return status
    except ProblemsFound as error:
        first, more = error.problems[0], len(error.problems) - 1
        complain(first.sentence() + (f" (and {more} more: the summary command lists them)" if more else ""))
        return MISTAKE
    except SpecError as error:
        complain(str(error))
        return MISTAKE
    except Fault as error:
        complain(f"{error} ({faults.where})")
        return FAULT
    except KeyboardInterrupt:
        complain("stopped")
        return INTERRUPTED
    except BrokenPipeError:  # whoever read stdout, head for one, has had enough; Python would complain at exit
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Exception as error:  # noqa: BLE001  # the last one to catch it; nobody is to see a trace
        complain(faults.record(error))
        return FAULT


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog=program(), description="Build, train and export neural networks.", allow_abbrev=False)
    parser.add_argument("--version", action="version", version=f"workbench {__version__}")
    subparsers = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for command in COMMANDS:
        command.add_parser(subparsers)
    return parser


class _Parser(argparse.ArgumentParser):
    """Complains in one line, where argparse would print the usage as well."""

    def error(self, message: str) -> NoReturn:
        complain(f"{message}; see {self.prog} --help")
        self.exit(MISTAKE)
