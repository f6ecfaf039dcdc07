"""``train``: run an experiment, with any of its settings changed."""

import argparse
import os
from pathlib import Path
from typing import get_args

from workbench.cli.console import add_json_option, complain, fix_words
from workbench.cli.folders import add_runs_option, find_run, runs_folder
from workbench.cli.machines import add_machine_options, chosen_machines, help_out, is_sharded, tell_others
from workbench.cli.settings import add_set_option, with_setting, with_settings
from workbench.data import facts, source_from_text
from workbench.data.folder_scan import TABLE_SUFFIXES
from workbench.data.other_data import on_source
from workbench.runs.store import open_run
from workbench.spec.experiment import Device, Experiment, StartWeights
from workbench.spec.files import preset_names, read_as_experiment
from workbench.spec.own_files import absolute
from workbench.spec.problems import SpecError
from workbench.spec.record import replace

SHORTCUTS = {"epochs": "training.epochs", "device": "training.device", "seed": "seed"}
"""Options that are abbreviations of ``--set``."""


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add ``train EXPERIMENT ...``."""
    parser = subparsers.add_parser(
        "train",
        help="train a network",
        description="Train a network; log, curves and weights are saved in the run's folder. Ctrl+C stops with a "
        "checkpoint.",
        epilog="example: %(prog)s lenet --epochs 5 --set training.optimizer.lr=0.05",
    )
    add_experiment_options(parser)
    add_runs_option(parser)
    add_machine_options(parser)
    parser.add_argument(
        "--benchmark",
        action="store_true",
        help="benchmark the automatic speed settings again, instead of keeping to what an earlier run found",
    )
    parser.add_argument("--detach", action="store_true", help="train in a separate process and return immediately")
    add_json_option(parser)
    parser.set_defaults(run=run)


def add_experiment_options(parser: argparse.ArgumentParser) -> None:
    """Add the options read by ``chosen_experiment``."""
    parser.add_argument(
        "experiment", metavar="EXPERIMENT", help="an experiment or network file, or a preset's name: lenet"
    )
    parser.add_argument(
        "--dataset", metavar="ID|FOLDER", help="different data: digits, or a folder with one subfolder per class"
    )
    parser.add_argument("--epochs", metavar="N", help="passes over the training data")
    parser.add_argument("--device", choices=get_args(Device), help="where to train")
    parser.add_argument("--seed", metavar="N", help="the seed of all randomness")
    add_set_option(parser, "any setting by its path: training.optimizer.lr=0.1; repeatable")
    parser.add_argument(
        "--weights", metavar="FILE.safetensors|RUN", help="initial weights, or a run's best, as far as they match"
    )
    parser.add_argument(
        "--fix", action="store_true", help="fix what does not fit as the window's buttons do, and say what was done"
    )


def run(arguments: argparse.Namespace) -> int:
    """Train to the end, or until stopped."""
    experiment = chosen_experiment(arguments)
    machines = chosen_machines(arguments, experiment.training)
    check(experiment, alone=machines is None)
    if machines is not None and machines.node:
        return help_out(machines)

    from workbench.cli.following import follow, leave
    from workbench.session.running import in_process, speed
    from workbench.session.running.distributed import start_distributed
    from workbench.session.running.in_thread import start

    if arguments.benchmark:
        speed.forget(experiment, 1 if machines is None else machines.num_ranks)
    if machines is not None:
        sharded = is_sharded(arguments, experiment, machines)
        tell_others(machines)
        run = start_distributed(experiment, runs_folder(arguments), machines, sharded=sharded, stays=arguments.detach)
        if arguments.detach:
            return leave(run, as_json=arguments.json, is_awaited=machines.nodes == 1)
        return follow(run, as_json=arguments.json)
    if arguments.detach:
        return leave(in_process.start(experiment, runs_folder(arguments)), as_json=arguments.json)
    return follow(start(experiment, runs_folder(arguments)), as_json=arguments.json)


def chosen_experiment(arguments: argparse.Namespace) -> Experiment:
    """Return the experiment in the file, changed by ``--dataset``, then ``--set`` in order, then the other options."""
    experiment = _read(arguments.experiment)
    if arguments.dataset is not None:
        titles = [experiment.name] if arguments.experiment in preset_names("experiments") else []
        experiment = on_source(experiment, source_from_text(arguments.dataset), titles)
    experiment = with_settings(experiment, arguments)
    for option, path in SHORTCUTS.items():
        text = getattr(arguments, option)
        if text is not None:
            experiment = with_setting(experiment, f"--{option} {text}", path, text)
    if arguments.weights is not None:
        training = replace(experiment.training, weights=_start_weights(arguments.weights))
        experiment = replace(experiment, training=training)
    experiment = absolute(experiment, Path())  # a run can be resumed from anywhere
    return fixed(experiment) if arguments.fix else experiment


def fixed(experiment: Experiment) -> Experiment:
    """Return the experiment with what has a remedy fixed, and report it."""
    from workbench.session.editing import fixing

    experiment, done = fixing.fixed(experiment)
    for words in done:
        complain(f"fixed: {words}")
    return experiment


def _read(name: str) -> Experiment:
    try:
        return read_as_experiment(name)
    except SpecError as error:
        if os.path.isdir(name) or name.lower().endswith(TABLE_SUFFIXES):  # noqa: PTH112  # Path.is_dir raises if it is too long
            raise SpecError(f"{error}; data is named by --dataset: lenet --dataset {name}") from None
        raise


def _start_weights(name: str) -> StartWeights:
    from workbench.durable import sha256

    folder = find_run(name)
    path = Path(name).expanduser().resolve() if folder is None else open_run(folder).checkpoint
    return StartWeights(file=str(path), sha256=sha256(path) if path.is_file() else "")


def check(experiment: Experiment, *, alone: bool = True) -> None:
    """Raise SpecError for what would end the run before its first step, before a folder is created for it.

    What is probably unintended is only reported.
    """
    for warning in warnings_of(experiment, alone=alone):
        complain(warning)


def warnings_of(experiment: Experiment, *, alone: bool = True) -> list[str]:
    """Return what is probably unintended, and a shortage of memory for a process that trains ``alone``, in sentences.

    Raises SpecError for what would end the run before its first step.
    """
    from workbench.data.preparation import columns_of
    from workbench.session.editing.network_facts import check_data, imitated_bits, tight_memory
    from workbench.session.prepared import input_shape
    from workbench.training.checking.checks import check_warmup
    from workbench.training.checking.components import check_components
    from workbench.training.checking.habits import check_habits, check_magnitude, check_steps
    from workbench.training.device import choose_device
    from workbench.training.plan import check as check_network
    from workbench.training.speed import settled
    from workbench.training.start_weights import check_start

    check_components(experiment)
    recipe = experiment.training
    settled(recipe.speed, choose_device(recipe.device))
    check_start(recipe.weights)
    known = facts(experiment.data.source)
    check_data(experiment, known)
    if known.columns is None:
        return []
    columns = columns_of(experiment.data, known.columns, input_shape(experiment))
    analysis = check_network(experiment, columns)
    problems = (
        *check_warmup(recipe),
        *check_habits(experiment, columns),
        *check_steps(experiment, known),
        *check_magnitude(experiment, known),
        *(tight_memory(experiment, analysis, known) + imitated_bits(experiment) if alone else ()),
    )
    return [problem.sentence() + fix_words(problem.remedy) for problem in problems]
