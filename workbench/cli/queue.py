"""``queue``: runs that are trained one after another; killing the process loses none."""

import argparse
import shlex
from collections.abc import Sequence
from pathlib import Path

from workbench.cli import train
from workbench.cli.console import complain, print_json, program
from workbench.cli.faults import Fault
from workbench.cli.folders import add_runs_option, runs_folder
from workbench.cli.values import folds, number
from workbench.spec.experiment import Experiment
from workbench.spec.folds import FOLD_PATH, every_fold
from workbench.spec.own_files import absolute
from workbench.spec.problems import SpecError
from workbench.spec.sweep import Axis, Places, explained, points, read_axis, sweep, with_only
from workbench.spec.words import plural


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
    adding.add_argument(
        "--sweep",
        metavar="PATH=V1,V2",
        action="append",
        default=[],
        help="append a run for each value: training.optimizer.lr=0.01,0.1; repeated, for each combination of values",
    )
    adding.add_argument(
        "--folds",
        metavar="N",
        type=folds,
        help="cross-validate: append a run for each of N parts of the training split, which is its validation split",
    )
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
    """Check the experiment, or each run of its sweep, and append it, or all of them."""
    from workbench.runs import queue

    experiment = train.chosen_experiment(arguments)
    if arguments.sweep or arguments.folds:
        return _add_sweep(experiment, arguments)
    train.check(experiment)
    print(f"{experiment.name} is number {queue.add(runs_folder(arguments), experiment)}")
    return 0


def _add_sweep(experiment: Experiment, arguments: argparse.Namespace) -> int:
    from workbench.runs import queue

    try:
        axes = [read_axis(text) for text in arguments.sweep]
        if arguments.folds:
            axes.append(Axis(path=FOLD_PATH, values=every_fold(arguments.folds), title="fold"))
        runs = [absolute(run, Path()) for run in sweep(experiment, axes)]
    except SpecError as error:
        raise SpecError(f"--sweep {error}") from None
    _check_all(experiment, axes, runs)
    last = queue.add(runs_folder(arguments), *runs)
    first = last - len(runs) + 1
    places = f"numbers {first} to {last}" if len(runs) > 1 else f"number {last}"
    print(f"{experiment.name}: {plural(len(runs), 'run')}, {places}")
    for place, point in enumerate(points(axes), first):
        print(f"{place}  {'  '.join(axis.said(value) for axis, value in zip(axes, point, strict=True))}")
    return 0


def _check_all(experiment: Experiment, axes: Sequence[Axis], runs: Sequence[Experiment]) -> None:
    """Report each warning once. Raises SpecError that names the values to blame if a run is refused."""
    checked = [_checked(run) for run in runs]
    refusals = [refusal for refusal, _ in checked]
    if any(refusals):

        def alone(number: int, places: Places) -> str:
            return _checked(absolute(with_only(experiment, axes, number, places), Path()))[0]

        raise SpecError(explained(axes, refusals, alone))
    for warning in dict.fromkeys(warning for _, warnings in checked for warning in warnings):
        complain(warning)


def _checked(experiment: Experiment) -> tuple[str, list[str]]:
    """Return why a run is refused, empty if it is not, and its warnings."""
    try:
        return "", train.warnings_of(experiment)
    except SpecError as error:
        return str(error), []


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
    from workbench.runs.queue import give_up, read_queue
    from workbench.session.running.queue import next_run, place_of

    folder: Path = runs_folder(arguments)
    failures = 0
    tried: dict[str, Experiment] = {}
    while (run := next_run(folder)) is not None:
        say = complain if arguments.json else print
        say(f"{run.folder.name}, {place_of(folder, [*tried.values()], run.experiment)}")
        tried[run.folder.name] = run.experiment
        try:
            status = follow(run, as_json=arguments.json)
        except (SpecError, Fault) as error:
            complain(str(error))
            failures += 1
            if run.declined:  # it would ask again
                give_up(folder, run.folder.name)
                del tried[run.folder.name]
                complain(f"{run.folder.name} was removed from the queue")
            continue
        if status:
            if len(read_queue(folder)) > 1:
                elsewhere = f" --runs {shlex.quote(str(folder))}" if arguments.runs else ""
                complain(f"or this and the rest of the queue with: {program()} queue run{elsewhere}")
            return status
    if len(tried) > 1 and not arguments.json:
        names = [shlex.quote(str(folder / name)) if arguments.runs else name for name in tried]
        print(f"compare them with: {program()} runs {' '.join(names)}")
    return 1 if failures else 0
