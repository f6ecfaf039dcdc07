"""The folder of runs, and access to a run or its network by folder or name."""

import argparse
import difflib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from workbench import places
from workbench.cli.console import program
from workbench.runs.changes import EXPERIMENT
from workbench.runs.store import DELETED
from workbench.spec.experiment import Architecture, Experiment, StartWeights
from workbench.spec.files import STDIN, read_architecture, read_as_experiment
from workbench.spec.problems import SpecError
from workbench.spec.record import replace

if TYPE_CHECKING:
    from workbench.data.progress import Progress
    from workbench.session.views.network import Network


def add_runs_option(parser: argparse.ArgumentParser) -> None:
    """Add ``--runs DIR``."""
    parser.add_argument("--runs", metavar="DIR", type=Path, help=f"the folder of runs (default: {places.runs_dir()})")


def runs_folder(arguments: argparse.Namespace) -> Path:
    """Return the folder given by ``--runs``, or the one that the window uses too."""
    chosen: Path = arguments.runs or places.runs_dir()
    return chosen.expanduser().resolve()


def find_run(text: str) -> Path | None:
    """Return a run by its folder, or its name in the window's folder of runs; None if there is none."""
    for folder in (Path(text).expanduser(), places.runs_dir() / text):
        if (folder / EXPERIMENT).is_file():
            return folder.resolve()
    return None


@contextmanager
def no_run_either(text: str) -> Iterator[None]:
    """Extend a SpecError raised in the block by saying that no run has this name either."""
    try:
        yield
    except SpecError as error:
        if text == STDIN or Path(text).exists():
            raise
        raise SpecError(f"there is no run called {text} in {places.runs_dir()}, and {error}") from None


def add_run_argument(parser: argparse.ArgumentParser) -> None:
    """Add ``RUN``, for ``chosen_run``."""
    parser.add_argument("folder", metavar="RUN", help="the run's folder, or its name in the folder of runs")


def chosen_run(arguments: argparse.Namespace) -> Path:
    """Return the folder of the named run. Raises SpecError with similar names if it does not exist."""
    return run_called(arguments.folder)


def run_called(text: str) -> Path:
    """Return the folder of a run. Raises SpecError with similar names if it does not exist."""
    folder = find_run(text)
    if folder is None:
        raise _no_run(text)
    return folder


def chosen_network(source: str) -> Architecture:
    """Return the network of a run, a file or a preset. Raises SpecError if there is none."""
    folder = find_run(source)
    if folder is not None:
        from workbench.runs.store import open_run

        return open_run(folder).experiment.architecture
    with no_run_either(source):
        return read_architecture(source)


def add_asked_network(parser: argparse.ArgumentParser) -> None:
    """Add ``RUN|NETWORK`` and ``--weights``, for ``asked_network``."""
    parser.add_argument(
        "source", metavar="RUN|NETWORK", help="a run, or without one an experiment, a network file or a preset's name"
    )
    parser.add_argument(
        "--weights",
        metavar="FILE",
        help="what NETWORK is to have instead of its initial weights: a weights file, a run's best, or torchvision:NAME",
    )


def asked_network(arguments: argparse.Namespace, progress: "Progress") -> "Network":
    """Return the network of the named run, or of an experiment or architecture. Raises SpecError if there is none."""
    from workbench.session.exchange.weights import safetensors_of
    from workbench.session.views.network import NotDownloaded, network_drawn, network_of_run

    source, weights = arguments.source, arguments.weights
    folder = find_run(source)
    if folder is not None:
        if weights is not None:
            raise SpecError(f"--weights {weights}: the run {folder.name} has its own: name an experiment or a network")
        return network_of_run(folder, progress)
    experiment = _experiment_called(source)
    if weights is not None:
        run = find_run(weights)
        file = safetensors_of(str(run or weights), lambda what: progress(what, 0, 1)).resolve()
        start = StartWeights(file=str(file))
        experiment = replace(experiment, training=replace(experiment.training, weights=start))
    try:
        return network_drawn(experiment, progress)
    except NotDownloaded as error:
        raise NotDownloaded(error.source, f"{program()} data {error.source.id} downloads it") from None


def _experiment_called(source: str) -> Experiment:
    try:
        return read_as_experiment(source)
    except SpecError as error:
        if source == STDIN or Path(source).exists():
            raise
        raise SpecError(f"{_no_run(source)}, and {error}") from None


def _no_run(text: str) -> SpecError:
    folder = places.runs_dir()
    if (folder / DELETED / text / EXPERIMENT).is_file():
        return SpecError(f"{text} was deleted; move {folder / DELETED / text} back to {folder} to restore it")
    names = [path.parent.name for path in folder.glob(f"*/{EXPERIMENT}")]
    near = difflib.get_close_matches(text, names, n=3)
    there = f"; there is {', '.join(near)}" if near else f"; {folder} holds {len(names) or 'none'}"
    return SpecError(f"there is no run called {text}{there}")
