"""Pretrained weights for a network: from a run, safetensors, torch's format, or torchvision's server."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench import durable
from workbench.places import weights_dir
from workbench.runs.store import open_run
from workbench.session.child_job import ChildJob
from workbench.session.editing.network_facts import classes_of
from workbench.session.exchange import arrivals
from workbench.session.exchange.importing import ImportJob
from workbench.spec.files import STDIN
from workbench.spec.problems import SpecError

if TYPE_CHECKING:
    from torch import fx

    from workbench.compiler.weights_report import WeightsReport
    from workbench.spec.experiment import Architecture, Experiment

Say = Callable[[str], None]
SAFE = ".safetensors"
INSTEAD = "or give a weights file"
TORCHVISION = "torchvision:"
SUFFIXES = (SAFE, ".pt", ".pth", ".bin", ".ckpt")


def weights_for(
    architecture: Architecture, source: str, file: Path | None, say: Say, *, classes: int | None
) -> tuple[WeightsReport, str]:
    """Match the source's weights to the network, and write those that fit to ``file`` under the network's names.

    Returns the report and a SHA-256. Weights with the same name but another shape are written too: with other
    ``classes`` they may fit. Raises SpecError if the source cannot be read, or nothing fits.
    """
    path = safetensors_of(source, say)
    from safetensors.torch import save

    from workbench.compiler import weights

    say("Matching the weights…")
    wanted = weights.wanted_by(architecture, classes=classes)
    given = weights.read(path)
    report = weights.fitting(wanted, given, source)
    if file is None:
        return report, ""
    return report, durable.write_bytes(file, save(weights.named(report, given), {"source": source}))


def safetensors_of(source: str, say: Say) -> Path:
    """Return the source as a safetensors file: itself, a run's best or else last checkpoint, or a converted or
    downloaded file.
    """
    if source.startswith(TORCHVISION):
        source = str(_fetched(source.removeprefix(TORCHVISION), say))
    path = Path(source).expanduser()
    if path.is_dir():
        return open_run(path).checkpoint
    if not path.is_file():
        raise SpecError(f"{source}: file not found: choose an existing file")
    if path.suffix.lower() == SAFE:
        return path
    if path.suffix.lower() not in SUFFIXES:
        raise SpecError(f"{source}: not a weights file; use {', '.join(SUFFIXES)}, a run's folder or torchvision:NAME")
    return _converted(path, say)


def _converted(path: Path, say: Say) -> Path:
    """Convert torch's own format to safetensors, in a child process with limits."""
    file = weights_dir() / f"{path.stem}-{durable.sha256(path)[:12]}{SAFE}"
    if file.is_file():
        return file
    say("Reading the weights…")
    job = ImportJob(str(path), file)
    try:
        while job.poll().phase == "running":  # which also ends one that takes too long
            job.wait(0.1)
    finally:
        job.close()
    state = job.poll()
    if state.report is None:
        raise SpecError(state.message)
    return file


def _fetched(name: str, say: Say) -> Path:
    """Return torchvision's pretrained weights of a model, in torch's format, downloaded if necessary."""
    from torchvision import models

    from workbench.compiler.importing.source import no_model
    from workbench.data.downloads.download import RemoteFile, fetch_all

    if name not in models.list_models():
        raise SpecError(no_model(name, "torchvision", models.list_models()))
    weights: Any = models.get_model_weights(name).DEFAULT
    file = weights_dir() / Path(weights.url).name
    if not file.is_file():
        digest = file.stem.rpartition("-")[2]  # torchvision names its files after the beginning of their SHA-256
        size = int(weights.meta.get("_file_size", 0) * 1e6)
        remote = RemoteFile(urls=(weights.url,), path=file, sha256_start=digest)
        fetch_all(f"the weights of {name}", (remote,), size, lambda what, done, total: say(what), INSTEAD)
    return file


class WeightsJob(ChildJob):
    """``workbench weights - SOURCE -o FILE --json`` in a child: for an experiment's network, with its data's classes.

    The file is in a temporary folder, deleted with the job: ``arrivals.keep`` moves it out.
    """

    def __init__(self, experiment: Experiment, source: str) -> None:
        classes = classes_of(experiment)
        self.file = arrivals.stage() / "weights.safetensors"
        options = [] if classes is None else ["--classes", str(classes)]
        super().__init__(["weights", STDIN, source, "-o", str(self.file), "--json", *options], given=experiment)

    def close(self, timeout_s: float = 5.0) -> None:
        """Close the job and delete what was not taken."""
        super().close(timeout_s)
        arrivals.drop(self.file.parent)


def untrained(experiment: Experiment) -> tuple[fx.GraphModule, WeightsReport | None]:
    """Return the network before its first step, and the report on the weights loaded from a file, if the recipe names
    one.

    The network's own number of classes or the data's is used, whichever fits the weights better.
    """
    from workbench.compiler.module import build
    from workbench.training.start_weights import load_start

    chosen, architecture = experiment.training.weights, experiment.architecture
    if chosen is None:
        return build(architecture, seed=experiment.seed), None
    modules = [build(architecture, classes=classes, seed=experiment.seed) for classes in (None, classes_of(experiment))]
    reports = [load_start(module, chosen) for module in modules]
    return max(zip(modules, reports, strict=True), key=lambda pair: len(pair[1].matches) if pair[1] else 0)
