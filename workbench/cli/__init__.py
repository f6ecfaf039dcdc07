"""The command line: one file per command, all listed in ``COMMANDS``.

A command's file has ``add_parser(subparsers)`` and ``run(arguments) -> exit status``, and imports torch only in
``run``, so that ``--help`` is instant. Results go to stdout, progress and complaints to stderr.

    0    success
    1    an internal error: one line, with the traceback in a log
    2    the user's mistake, in one line
    130  interrupted by Ctrl+C
"""

import argparse
import difflib
import errno
import os
import sys
from collections.abc import Sequence
from typing import Any, NoReturn

from workbench import __version__
from workbench.cli import (
    data,
    diff,
    doctor,
    export,
    features,
    find_lr,
    follow,
    import_,
    latent,
    mistakes,
    note,
    predict,
    queue,
    report,
    resume,
    runs,
    summary,
    tell,
    train,
    weights,
)
from workbench.cli.console import NO_ROOM, complain, fix_words, never_refusing, program
from workbench.cli.faults import Fault, FaultLog
from workbench.spec.problems import ProblemsFound, SpecError, near_names
from workbench.spec.words import plural

COMMANDS = (
    train, resume, follow, tell, queue, find_lr, data, mistakes, predict, features, latent, summary, diff, export, import_, weights, runs,
    report, note, doctor,
)  # fmt: skip

FAULT = 1
MISTAKE = 2
INTERRUPTED = 130

FEW = 6
"""Up to this many choices are all listed for an invalid one; of more, only similar ones."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status."""
    never_refusing()
    try:
        arguments = _parser().parse_args(argv)
    except SystemExit as exit_:  # --help and --version have printed, or an error has been reported
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
        complain(
            first.sentence() + (f" (and {plural(more, 'more problem')})" if more else "") + _way_out(error, arguments)
        )
        return MISTAKE
    except SpecError as error:
        complain(str(error) + _way_out(error, arguments))
        return MISTAKE
    except Fault as error:
        complain(f"{error} ({faults.where})")
        return FAULT
    except KeyboardInterrupt:
        complain("stopped")
        return INTERRUPTED
    except OSError as error:
        return _refused(error, faults)
    except Exception as error:  # noqa: BLE001  # the last resort; no user should see a traceback
        complain(faults.record(error))
        return FAULT


def _way_out(error: SpecError, arguments: argparse.Namespace) -> str:
    """Return what the command's ``--fix`` would do first; empty if the command has none, or was given it."""
    return "" if getattr(arguments, "fix", True) else fix_words(error.remedy)


def _refused(error: OSError, faults: FaultLog) -> int:
    """Return the exit status after an OSError: too long a name, or failed output, is the user's matter; all else is an
    internal error.
    """
    if error.errno == errno.ENAMETOOLONG:  # which Path tells whoever asks whether it exists, before Python 3.14
        complain(f"{error.filename}: no file or folder has a name so long: correct it")
        return MISTAKE
    if not isinstance(error, BrokenPipeError) and error.errno not in NO_ROOM:
        complain(faults.record(error))
        return FAULT
    # Discard the remaining output; otherwise Python would complain at exit.
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    if isinstance(error, BrokenPipeError):  # the reader, such as head, has had enough
        return 0
    complain(f"the output cannot be written: {error.strerror}; free some space and try again")
    return MISTAKE


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog=program(), description="Build, train and export neural networks.")
    parser.add_argument("--version", action="version", version=f"workbench {__version__}")
    subparsers = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for command in COMMANDS:
        command.add_parser(subparsers)
    return parser


class _Parser(argparse.ArgumentParser):
    """Reports errors in one line that suggests similar names, where argparse would print the usage as well."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(allow_abbrev=False, **settings)

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
        """Report unknown options here, with the command's parser, which knows similar ones."""
        found, unknown = super().parse_known_args(args, namespace)
        unknown = self._take_stray(found, unknown)
        if unknown and not unknown[0].startswith("-"):
            self.error(f"unexpected argument {unknown[0]}")
        if unknown:
            option = unknown[0].partition("=")[0]
            near = difflib.get_close_matches(option, self._option_string_actions, n=2, cutoff=0.7)
            self.error(f"there is no option {option}" + (f"; there is {', '.join(near)}" if near else ""))
        return found, unknown

    def _take_stray(self, found: argparse.Namespace, unknown: list[str]) -> list[str]:
        """Take names that options separate from the others, which argparse leaves; return what remains unknown."""
        positionals = self._get_positional_actions()
        if not positionals or positionals[-1].nargs not in (argparse.ZERO_OR_MORE, argparse.ONE_OR_MORE):
            return unknown
        end = unknown.index("--") if "--" in unknown else len(unknown)
        options = [text for text in unknown[:end] if text.startswith("-")]
        stray = [text for text in unknown[:end] if text not in options] + unknown[end + 1 :]
        names, taken = positionals[-1], self._get_values(positionals[-1], stray) if stray else []
        setattr(found, names.dest, [*getattr(found, names.dest), *taken])
        return options

    def _check_value(self, action: argparse.Action, value: Any) -> None:
        """Report an invalid choice in this program's words, which argparse does not let one configure."""
        if action.choices is not None and value not in action.choices:
            what = "/".join(action.option_strings) or action.metavar or action.dest
            names = [str(choice) for choice in action.choices]
            there = ", ".join(names) if len(names) <= FEW else near_names(str(value), names)
            raise argparse.ArgumentError(None, f"{what}: there is no {value}; there is {there}")

    def error(self, message: str) -> NoReturn:
        complain(f"{message}; see {self.prog} --help")
        self.exit(MISTAKE)
