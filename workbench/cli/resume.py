"""``resume``: resume a run that was stopped or killed."""

import argparse
from pathlib import Path

from workbench.cli.console import add_json_option
from workbench.cli.folders import add_run_argument, chosen_run
from workbench.cli.machines import add_machine_options, chosen_machines, help_out, is_sharded, tell_others
from workbench.cli.settings import WHILE_RUNNING, add_set_option, changes_of, settings_of
from workbench.spec.experiment import TrainingRecipe


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add ``resume RUN``."""
    parser = subparsers.add_parser(
        "resume",
        help="resume a stopped run",
        description="Resume a run from its last checkpoint, exactly as if it had not stopped, or with some settings "
        "changed.",
        epilog="example: %(prog)s 2026-11-28-lenet-1 --epochs 40",
    )
    add_run_argument(parser)
    parser.add_argument("--epochs", metavar="N", help="a different number of passes over the training data")
    parser.add_argument("--data", metavar="PATH", type=Path, help="where the run's data is now, if it was moved")
    add_set_option(parser, WHILE_RUNNING)
    parser.add_argument(
        "--anyway", action="store_true", help="resume even if the result may differ from an uninterrupted run"
    )
    add_machine_options(parser)
    parser.add_argument(
        "--detach", action="store_true", help="train in a separate process and return once it is running"
    )
    add_json_option(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Train from the last checkpoint to the end, or until stopped again."""
    if arguments.node_rank:
        return _help_out(arguments)
    folder = chosen_run(arguments)

    from workbench.cli.following import follow, leave
    from workbench.runs.changes import move_data, read_edited
    from workbench.runs.store import held
    from workbench.session.running import in_process
    from workbench.session.running.distributed import resume_distributed
    from workbench.session.running.in_thread import resume

    if arguments.data is not None:
        with held(folder):
            move_data(folder, arguments.data.expanduser())
    experiment = read_edited(folder)
    epochs = [] if arguments.epochs is None else [("training.epochs", arguments.epochs)]
    changes = changes_of(experiment, [*settings_of(arguments), *epochs])
    machines = chosen_machines(arguments, experiment.training)
    if machines is not None:
        sharded = is_sharded(arguments, experiment, machines)
        tell_others(machines)
        run = resume_distributed(
            folder, changes, machines, anyway=arguments.anyway, sharded=sharded, stays=arguments.detach
        )
        if arguments.detach:
            return leave(run, as_json=arguments.json, is_awaited=machines.nodes == 1, may_ask=not arguments.anyway)
        return follow(run, as_json=arguments.json)
    if arguments.detach:
        run = in_process.resume(folder, changes, anyway=arguments.anyway)
        return leave(run, as_json=arguments.json, may_ask=not arguments.anyway)
    return follow(resume(folder, changes, anyway=arguments.anyway), as_json=arguments.json)


def _help_out(arguments: argparse.Namespace) -> int:
    """Join a run whose folder, which says what to train, is on another machine."""
    machines = chosen_machines(arguments, TrainingRecipe())
    assert machines is not None
    return help_out(machines)
