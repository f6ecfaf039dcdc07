"""``tell``: send a command to a run in a separate process."""

import argparse
from pathlib import Path

from workbench.cli.console import program
from workbench.cli.folders import add_run_argument, chosen_run
from workbench.cli.settings import WHILE_RUNNING, add_set_option, changes_of, settings_of
from workbench.runs.mailbox import Command, Do, Status, read_status, send
from workbench.spec.problems import SpecError

COMMANDS: dict[str, Do] = {
    "pause": "pause",
    "continue": "unpause",
    "step": "step",
    "stop": "stop",
    "save": "save",
    "anyway": "anyway",
}

ANSWERS: dict[Do, str] = {
    "pause": "the run pauses after the current step",
    "unpause": "the run resumes",
    "step": "the run makes one step",
    "stop": "the run stops after the current step, with a checkpoint to resume from",
    "save": "the run writes a checkpoint after the current step",
    "anyway": "the run resumes, although it may not match an uninterrupted one",
}


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add ``tell RUN COMMAND``, ``tell RUN --set PATH=VALUE``."""
    parser = subparsers.add_parser(
        "tell",
        help="send a command to a run in a separate process",
        description="Send a command to a run started by train --detach or by the window; follow shows the result.",
        epilog="example: %(prog)s 2026-11-28-lenet-1 --set training.optimizer.lr=0.01",
    )
    add_run_argument(parser)
    parser.add_argument(
        "command",
        nargs="?",
        choices=tuple(COMMANDS),
        help="what to do after the current step: save writes a checkpoint; step makes one step of a paused run; anyway "
        "resumes a run that asks because it may not match an uninterrupted one",
    )
    add_set_option(parser, WHILE_RUNNING)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Send the changes, then the command."""
    folder = chosen_run(arguments)

    from workbench.runs.log import each_event
    from workbench.runs.store import EVENTS, open_run
    from workbench.session.running.in_process import check_running
    from workbench.spec.change import with_setting
    from workbench.training.changing.changes import settings
    from workbench.training.changing.rate_change import Position, foretold

    check_running(folder)
    if not arguments.command and not arguments.settings:
        raise SpecError(f"say what to do: {', '.join(COMMANDS)}, or --set PATH=VALUE")
    status = read_status(folder)
    answer = _answer(folder, COMMANDS[arguments.command], status) if arguments.command else ""
    saved = open_run(folder)
    edited, position = saved.experiment, Position().after(each_event(folder / EVENTS))
    for path, value in status.requested.items() if status else ():
        edited = with_setting(edited, path, value)
    before, changes = settings(edited), changes_of(edited, settings_of(arguments))
    if arguments.settings and not changes:
        print("nothing changes: the run has these settings already")
    for path, value in changes.items():
        edited = with_setting(edited, path, value)
        send(folder, Command(do="change", path=path, value=value))
        print(foretold(path, before[path], value, edited, position))
    if arguments.command:
        send(folder, Command(do=COMMANDS[arguments.command]))
        print(answer)
    return 0


def _answer(folder: Path, do: Do, status: Status | None) -> str:
    """Return what becomes of a command, by the run's last status. Raises SpecError if the run would ignore it."""
    state = "preparing" if status is None else status.state
    if do == "step" and state != "paused":
        raise SpecError(
            f"{folder}: only a paused run makes single steps, and this one is {state}: pause it first with "
            f"{program()} tell {folder} pause"
        )
    if do == "anyway" and not (status and status.asking):
        raise SpecError(f"{folder}: this run asks nothing: it is {state}; anyway is the answer of one that does")
    if do in ("pause", "unpause") and state == "preparing":
        raise SpecError(f"{folder}: this run is preparing its first step: pause it once it trains, or stop it")
    # A pause may not have reached the status yet: what is said to be so already is sent all the same.
    match do, state:
        case "stop", "preparing":
            return "the run stops before its first step"
        case "pause", "paused":
            return "the run is paused already"
        case "unpause", "running":
            return "the run is running already"
        case "save", "paused":
            return "the run writes a checkpoint now"
    return ANSWERS[do]
