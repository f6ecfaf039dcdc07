"""``--devices``, ``--nodes``: training in several processes, on one or more machines."""

import argparse
from typing import TYPE_CHECKING

from workbench.cli.console import complain, program, signals_given
from workbench.cli.faults import Fault
from workbench.cli.values import number
from workbench.data import SOURCES
from workbench.spec.experiment import Experiment, TrainingRecipe
from workbench.spec.problems import SpecError

if TYPE_CHECKING:
    from workbench.session.running.distributed import Machines


def add_machine_options(parser: argparse.ArgumentParser) -> None:
    """Add the options read by ``chosen_machines``."""
    group = parser.add_argument_group("several devices")
    group.add_argument(
        "--devices", metavar="N", type=number, help="processes on this machine: one per GPU, or sharing its CPU"
    )
    group.add_argument("--nodes", metavar="M", type=number, help="number of machines; give the same command on each")
    group.add_argument(
        "--node-rank", metavar="R", type=number, help="this machine's number, from 0; machine 0 keeps the run's folder"
    )
    group.add_argument("--master", metavar="HOST:PORT", help="where all machines find machine 0")
    group.add_argument(
        "--shard",
        action="store_true",
        help="shard the weights across processes (FSDP); chosen automatically if memory is too small for full copies",
    )


def chosen_machines(arguments: argparse.Namespace, recipe: TrainingRecipe) -> "Machines | None":
    """Return what the options say, or None for one process.

    Raises SpecError if they are impossible or contradictory.
    """
    said = (arguments.devices, arguments.nodes, arguments.node_rank, arguments.master)
    if said == (None,) * 4 and not arguments.shard:
        return None
    from workbench.session.running.distributed import Machines, check_machines

    machines = Machines(
        devices=1 if arguments.devices is None else arguments.devices,
        nodes=1 if arguments.nodes is None else arguments.nodes,
        node=arguments.node_rank or 0,
        master=arguments.master or "",
    )
    check_machines(machines, recipe)
    if machines.num_ranks == 1:
        raise SpecError("a single process has nothing to shard with: use --devices 2 or more, or --nodes")
    return machines


def is_sharded(arguments: argparse.Namespace, experiment: Experiment, machines: "Machines") -> bool:
    """Whether to shard the weights: if requested, or (with a message) if a full copy would hardly fit into memory."""
    if arguments.shard:
        return True
    from workbench.data.preparation import columns_of
    from workbench.session.editing.network_facts import tight_memory
    from workbench.session.prepared import input_shape
    from workbench.training.plan import check

    facts = SOURCES.of(experiment.data.source).facts()
    if facts.columns is None:
        return False
    columns = columns_of(experiment.data, facts.columns, input_shape(experiment))
    analysis = check(experiment, columns)
    problems = tight_memory(experiment, analysis, facts, num_ranks=machines.num_ranks, num_here=machines.devices)
    for problem in problems:
        complain(problem.sentence())
        complain("sharding the weights (--shard): each device is unlikely to have enough memory for a full copy")
    return bool(problems)


def tell_others(machines: "Machines") -> None:
    """Say what to do on the other machines."""
    if machines.nodes > 1:
        ranks = ", ".join(str(node) for node in range(1, machines.nodes))
        complain(
            f"give the same command on the other machines, with --node-rank {ranks}; training starts when all have "
            "joined"
        )


def help_out(machines: "Machines") -> int:
    """Be one of the other machines until the run ends or is stopped; return the exit status."""
    from workbench.session.running.distributed import Helper

    helper = Helper(machines)
    complain(
        f"machine {machines.node} of {machines.nodes} (from 0) is ready for {machines.master}, which has the run's "
        "folder; Ctrl+C stops the run on all machines, a second one quits immediately"
    )
    came: list[int] = []

    def stop(number: int) -> None:
        if came:
            helper.process.terminate()
        came.append(number)
        helper.stop()

    with signals_given(stop):
        status = helper.wait()
    if came:
        complain(f"stopped; resume with {program()} resume on the machine that has the run's folder, and likewise here")
        return 128 + came[0]
    if status:
        raise Fault("the run ended early; the machine that has its folder says why")
    return 0
