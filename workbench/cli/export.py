"""``export``: a network as a verified ONNX file, or as Python code."""

import argparse
import dataclasses
import keyword
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from workbench.cli.console import add_json_option, ended_by_term, print_result, progress_shown
from workbench.cli.folders import find_run, no_run_either
from workbench.cli.values import number
from workbench.data import SOURCES
from workbench.durable import check_writable
from workbench.export.report import DEFAULT_OPSET, OPSETS, ExportReport, Preprocessing
from workbench.spec.experiment import Architecture, Experiment
from workbench.spec.files import read_as_experiment, read_network
from workbench.spec.problems import SpecError
from workbench.spec.record import Record

if TYPE_CHECKING:
    from torch import Tensor
    from torch.fx import GraphModule

    from workbench.data.dataset import Dataset, Split
    from workbench.data.progress import Progress
    from workbench.session.exchange.code import CodeReport

NUM_IMAGES = 128
"""Real pictures to verify the file on: enough to trust the agreement, yet seconds even for a large network."""

NUM_COMPARED = 512
"""Those on which integers are compared with floats: their top classes differ now and then."""

NUM_CALIBRATING = 256
"""Training pictures on which the ranges of activations are measured, for integers."""


TRANSLATING = "Translating the network and verifying the file"


class OnnxOptions(Record):
    """The options of a file: its operator set, and whether it is in 8-bit integers rather than floats."""

    opset: int = DEFAULT_OPSET
    in_integers: bool = False


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add ``export RUN|ARCHITECTURE FILE``."""
    parser = subparsers.add_parser(
        "export",
        help="write ONNX, verified in onnxruntime, or PyTorch code",
        description="Write a network as ONNX and verify the file in onnxruntime. A run is exported from its best "
        "checkpoint and verified on its own pictures; an experiment with its initial weights; an architecture with "
        "fresh ones. A file name ending in .py gives PyTorch code.",
        epilog="example: %(prog)s 2026-11-28-lenet-1 lenet.onnx",
    )
    parser.add_argument(
        "source", metavar="RUN|ARCHITECTURE", help="a run, a network file, a preset's name (lenet), or - for stdin"
    )
    parser.add_argument("file", metavar="FILE.onnx|FILE.py", type=Path, help="the file to write")
    parser.add_argument(
        "--opset",
        metavar="N",
        type=number,
        choices=OPSETS,
        default=DEFAULT_OPSET,
        help=f"ONNX operator set, {OPSETS[0]} to {OPSETS[-1]} (default: {DEFAULT_OPSET}, the most widely supported)",
    )
    parser.add_argument(
        "--int8",
        action="store_true",
        help="with FILE.onnx: in 8-bit integers, a quarter of the size, calibrated on the run's training data",
    )
    parser.add_argument(
        "--training",
        action="store_true",
        help="with FILE.py: also write train_FILE.py, which trains it as the experiment does, and the prepared data "
        "it reads",
    )
    add_json_option(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Write the file and print the verification."""
    file = arguments.file.expanduser().resolve()
    if file.suffix not in (".onnx", ".py"):
        raise SpecError(f"{arguments.file}: the file name must end in .onnx, or in .py for PyTorch code")
    folder = find_run(arguments.source)
    check_writable(file)
    if arguments.training and file.suffix != ".py":
        raise SpecError("--training writes Python: give a file name ending in .py")
    if arguments.int8 and file.suffix != ".onnx":
        raise SpecError("--int8 is of ONNX: give a file name ending in .onnx")
    # Ended by SIGTERM like by Ctrl+C, a cancelled export leaves nothing behind.
    with progress_shown(as_lines=arguments.json) as progress, ended_by_term():
        result, words = _export(arguments, folder, file, progress)
    print_result(result, words, as_json=arguments.json)
    return 0


def _export(
    arguments: argparse.Namespace, folder: Path | None, file: Path, progress: "Progress"
) -> tuple[dict[str, object], str]:
    """Write the file; return the report for programs and in words."""
    progress("Loading torch", 0, 1)
    if file.suffix == ".py":
        code = export_code(arguments.source, folder, file, training=arguments.training, progress=progress)
        return msgspec.to_builtins(code), "\n".join(filter(None, (code.file, code.training, *code.data, code.weights)))
    filled, how = "", OnnxOptions(opset=arguments.opset, in_integers=arguments.int8)
    if folder is not None:
        report = export_run(folder, file, how, progress)
    else:
        report, filled = export_untrained(_network(arguments.source), file, how, progress)
    words = _sentence(report) + (f"\nweights: {filled}" if filled else "")
    return _result(report) | {"weights": filled}, words


def _network(source: str) -> Experiment | Architecture:
    with no_run_either(source):
        return read_network(source)


def export_code(source: str, folder: Path | None, file: Path, *, training: bool, progress: "Progress") -> "CodeReport":
    """Export the network of a run, an experiment or an architecture as PyTorch code."""
    from workbench.runs.changes import read_changes
    from workbench.runs.store import open_run
    from workbench.session.editing.network_facts import classes_of
    from workbench.session.exchange.code import write_code
    from workbench.session.exchange.export import module_name
    from workbench.session.exchange.script import export_training

    if not file.stem.isidentifier() or keyword.iskeyword(file.stem):
        raise SpecError(
            f"{file.name}: Python could not import a file of this name; name it {module_name(file.stem)}.py"
        )
    if training and folder is not None:
        return export_training(open_run(folder).experiment, file, read_changes(folder), progress)
    if training:
        return export_training(read_as_experiment(source), file, progress=progress)
    found = open_run(folder).experiment if folder else _network(source)
    if isinstance(found, Experiment):
        return write_code(found.architecture, file, classes=classes_of(found))
    return write_code(found, file)


def export_run(folder: Path, file: Path, how: OnnxOptions, progress: "Progress") -> ExportReport:
    """Export the best checkpoint of a run, verified on pictures that it was not trained on, if there are any."""
    from workbench.compiler.module import build
    from workbench.runs.store import open_run
    from workbench.session.prepared import dataset_of
    from workbench.training.aims import num_classes
    from workbench.training.checkpoint import load_weights_into

    saved = open_run(folder)
    experiment = saved.experiment
    dataset = dataset_of(experiment, progress)
    module = build(experiment.architecture, classes=num_classes(experiment, dataset.columns), seed=experiment.seed)
    load_weights_into(module, saved.checkpoint)
    return _export_with(dataset, experiment, module, file, how, progress)


def _export_with(
    dataset: "Dataset",
    experiment: Experiment,
    module: "GraphModule",
    file: Path,
    how: OnnxOptions,
    progress: "Progress",
) -> ExportReport:
    """Export the network of an experiment, verified on its data. The file standardises points and series itself,
    as files have them.
    """
    from workbench.export.onnx import export
    from workbench.export.standardised import standardising
    from workbench.session.prepared import input_shape
    from workbench.training.heads import resolve_heads

    progress(TRANSLATING, 0, 1)
    (name, *_) = (node.name for node in experiment.architecture.graph.inputs)
    shape, shown = input_shape(experiment), dataset.test or dataset.val or dataset.train
    if len(shape) < 3 and dataset.mean:
        module = standardising(module, dataset.mean, dataset.std)
        dataset = dataclasses.replace(dataset, mean=(), std=())
    return export(
        module,
        file,
        images={name: _normalised(shown, dataset, NUM_COMPARED if how.in_integers else NUM_IMAGES)},
        preprocessing=_preprocessing(shape, dataset),
        class_names=dataset.class_names,
        answers={head.output: head.column for head in resolve_heads(experiment, dataset.columns) if not head.embeds},
        opset=how.opset,
        calibration={name: _normalised(dataset.train, dataset, NUM_CALIBRATING)} if how.in_integers else None,
    )


def export_untrained(
    network: Experiment | Architecture, file: Path, how: OnnxOptions, progress: "Progress"
) -> tuple[ExportReport, str]:
    """Export an untrained network; also return, as text, which of its weights were loaded from the experiment's file.

    With fresh weights, the verification only says that the file computes the same. With loaded ones, points and
    series are standardised as in the file of a run.
    """
    from workbench.compiler.analysis import analyse
    from workbench.compiler.module import build
    from workbench.export.onnx import export
    from workbench.session.exchange.weights import untrained
    from workbench.session.prepared import dataset_of

    if isinstance(network, Experiment):
        architecture = network.architecture
        module, filled = untrained(network)
        if how.in_integers or (filled and len(architecture.input_shape or ()) < 3):
            dataset = dataset_of(network, progress)
            report = _export_with(dataset, network, module, file, how, progress)
            return report, filled.sentence() if filled else ""
    else:
        if how.in_integers:
            raise SpecError("--int8 needs data for the ranges of the activations: export a run or an experiment")
        architecture, module, filled = network, build(network, seed=0), None
    progress(TRANSLATING, 0, 1)
    nodes = analyse(architecture).nodes
    shapes = {node.name: nodes[node.name].output_shapes[0] for node in architecture.graph.inputs}
    first = next(iter(shapes.values()))
    report = export(
        module,
        file,
        images={name: _samples(shape) for name, shape in shapes.items()},
        preprocessing=_preprocessing(first),
        opset=how.opset,
    )
    return report, filled.sentence() if filled else ""


def _samples(shape: tuple[int, ...]) -> "Tensor":
    """Return inputs to verify with: pictures of the default set if the Input takes pictures, otherwise noise."""
    import torch

    from workbench.data.decoding.pictures import MODES, fit_all
    from workbench.data.progress import silent

    if len(shape) != 3 or shape[0] not in MODES:
        return torch.randn(NUM_IMAGES, *shape, generator=torch.Generator().manual_seed(0))
    test = SOURCES.make("FashionMnistSmall", {}).load(shape, seed=0, progress=silent).test
    assert test is not None
    channels, height, width = shape
    pictures = fit_all(test.inputs[:NUM_IMAGES], (channels, height, width), silent)
    return torch.from_numpy(pictures).float() / 255


def _normalised(split: "Split", dataset: "Dataset", num: int) -> "Tensor":
    """Return up to ``num`` pictures of a split as they enter the file, float32 [N, ...]: of all classes, also if it is
    stored by class.
    """
    from workbench.data.batches import Batches

    batches = Batches(
        split, mean=dataset.mean, std=dataset.std, batch_size=num, corruption=dataset.corruption, targets=()
    )
    return next(batches.shuffled()).inputs


def _preprocessing(shape: tuple[int, ...], dataset: "Dataset | None" = None) -> Preprocessing:
    are_pictures = len(shape) == 3
    return Preprocessing(
        colour={1: "grey", 3: "rgb"}.get(shape[0], "") if are_pictures else "",
        shape=shape,
        value_range=(0.0, 1.0) if are_pictures else None,
        mean=dataset.mean if dataset else (),
        std=dataset.std if dataset else (),
        features=dataset.features if dataset else (),
    )


def _result(report: ExportReport) -> dict[str, object]:
    proof = report.proof
    return {
        "file": report.file,
        "opset": report.opset,
        "size_bytes": report.size_bytes,
        "size_as_floats": report.size_as_floats,
        "images": proof.images,
        "max_abs_difference": proof.max_abs_difference,
        "top1_agreement": proof.top1_agreement,
    }


def _sentence(report: ExportReport) -> str:
    proof = report.proof
    agreement = "" if proof.top1_agreement is None else f", same top-1 class in {proof.top1_agreement:.1%}"
    return (
        f"{report.file}\nopset {report.opset}, {_size(report)}; in onnxruntime on {proof.images} inputs: "
        f"largest difference {proof.max_abs_difference:.2g}{agreement}"
    )


def _size(report: ExportReport) -> str:
    size = f"{report.size_bytes:,} bytes"
    return size if report.size_as_floats is None else f"{size} in 8-bit integers ({report.size_as_floats:,} in floats)"
