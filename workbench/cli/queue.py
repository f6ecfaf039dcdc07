"""``queue``: runs that are trained one after another; killing the process loses none."""

import argparse
from pathlib import Path

from workbench.cli import train
from workbench.cli.console import complain, print_json
from workbench.cli.faults import Fault
from workbench.cli.folders import add_runs_option, runs_folder
from workbench.cli.values import number
from workbench.spec.problems import SpecError


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add ``queue add EXPERIMENT ...``, ``queue list``, ``queue remove N``, ``queue run``."""
    about = "Queue runs and train them one after the other. A killed run resumes from its last checkpoint."
    parser = subparsers.add_parser(
        "queue",
        help="queue runs",
        description=about,
        epilog="example: %(prog)s add lenet --epochs 5",
    )
    parser.set_defaults(json=False)
    actions = parser.add_subparsers(metavar="ACTION", required=True)
    adding = actions.add_parser("add", help="append an experiment")
    train.add_experiment_options(adding)
    adding.set_defaults(run=add)
    listing = actions.add_parser("list", help="list the waiting runs")
    listing.set_defaults(run=list_)
    removing = actions.add_parser("remove", help="remove one")
    removing.add_argument("place", metavar="N", type=number, help="its position, from 1")
    removing.set_defaults(run=remove)
    working = actions.add_parser("run", help="train all runs in order")
    working.set_defaults(run=work)
    for each in (adding, listing, removing, working):
        add_runs_option(each)
    for each in (listing, working):
        each.add_argument("--json", action="store_true", help="one line of JSON (per run, as it ends)")


def add(arguments: argparse.Namespace) -> int:
    """Check the experiment and append it."""
    from workbench.runs import queue

    experiment = train.chosen_experiment(arguments)
    train.check(experiment)
    print(f"{experiment.name} is number {queue.add(runs_folder(arguments), experiment)}")
    return 0


def list_(arguments: argparse.Namespace) -> int:
    """Print the queue."""
    from workbench.runs.queue import read_queue
    from workbench.session.running.queue import lines

    folder = runs_folder(arguments)
    if arguments.json:
        print_json({"queue": [{"experiment": e.experiment.name, "run": e.folder} for e in read_queue(folder)]})
    else:
        print("\n".join(lines(folder)) or "the queue is empty")
    return 0


def remove(arguments: argparse.Namespace) -> int:
    """Remove an entry."""
    from workbench.runs import queue

    print(f"{queue.drop(runs_folder(arguments), arguments.place).experiment.name} was removed from the queue")
    return 0


def work(arguments: argparse.Namespace) -> int:
    """Train until the queue is empty or the user stops it; a failed run is reported, and the next one starts."""
    from workbench.cli.following import follow
    from workbench.runs.queue import give_up
    from workbench.session.running.queue import next_run

    folder: Path = runs_folder(arguments)
    failures = 0
    while (run := next_run(folder)) is not None:
        print(run.folder.name)
        try:
            status = follow(run, as_json=arguments.json)
        except (SpecError, Fault) as error:
            complain(str(error))
            failures += 1
            if run.declined:  # it would ask again
                give_up(folder, run.folder.name)
                complain(f"{run.folder.name} was removed from the queue")
            continue
        if status:
            return status
    return 1 if failures else 0
