"""``mistakes``: show where a network is wrong, and on which pictures."""

import argparse
import json
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench.cli import values
from workbench.cli.console import check_png, print_json, progress_shown
from workbench.cli.folders import add_run_argument, chosen_run
from workbench.cli.mistakes_of import classes, dense, labels, numbers
from workbench.data.relabel import relabelling
from workbench.durable import write_bytes
from workbench.spec.problems import SpecError
from workbench.spec.record import Value

if TYPE_CHECKING:
    from collections.abc import Sequence

    from workbench.session.views.mistakes.head import HeadMistakes
    from workbench.spec.column import Kind
    from workbench.spec.experiment import Experiment

LISTED = 10

KINDS: dict["Kind", Any] = {
    "class": classes,
    "labels": labels,
    "number": numbers,
    "keypoints": numbers,
    "mask": dense,
    "picture": dense,
}
"""What is printed of a head, by the kind of its column: a module with ``text`` and ``result``."""


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add ``mistakes RUN``."""
    parser = subparsers.add_parser(
        "mistakes",
        help="show where a network is wrong, and on which pictures",
        description="Evaluate a run's best checkpoint on every test picture (or validation, or training, if there are "
        "no others). For each classification output, print recall and precision per class, the most confused classes, "
        "and the pictures with the largest loss. Of the training pictures, these often have wrong labels. For labels, "
        "print how well each is told and the most confident mistakes; for numbers and key points, what the errors amount "
        "to, how many are within a given one, and the pictures with the largest. For classes of pixels, print the IoU of "
        "each and the worst pictures; for predicted pictures, those with the lowest PSNR.",
        epilog="example: %(prog)s 2026-11-28-lenet-1 --split train --worst 50",
    )
    add_run_argument(parser)
    parser.add_argument("--split", choices=("train", "val", "test"), help="the pictures to evaluate")
    parser.add_argument(
        "--worst",
        metavar="N",
        type=values.count,
        default=LISTED,
        help=f"how many of the worst pictures to list; usually {LISTED}",
    )
    parser.add_argument(
        "--json", action="store_true", help="one line of JSON per output, with the whole confusion matrix"
    )
    parser.add_argument(
        "-o",
        "--output",
        metavar="FILE.png",
        type=Path,
        help="also draw the worst masks or pictures: input, target, output and errors",
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Evaluate the network and print its mistakes."""
    from workbench.runs.store import open_run
    from workbench.session.views.mistakes.asked import mistakes_of_run

    check_png(arguments.output)
    folder = chosen_run(arguments)
    with progress_shown() as progress:
        asked = mistakes_of_run(folder, progress, arguments.split or "")
    if asked.problem:
        raise SpecError(f"{folder.name}: {asked.problem}")
    if arguments.output is not None:
        _draw(asked.heads, arguments)
    if arguments.json:
        for found in asked.heads:
            print_json(_result(found, arguments.worst))
    else:
        blocks = [_text(found, arguments.worst, is_only=len(asked.heads) == 1) for found in asked.heads]
        of_classes = [found for found in asked.heads if found.column.kind == "class"]
        if of_classes and of_classes[0].split == "train" and of_classes[0].names is not None:
            blocks.append(_wrong_labels(open_run(folder).experiment, of_classes[0].target))
        print("\n\n".join(blocks))
    return 0


def _draw(heads: "Sequence[HeadMistakes]", arguments: argparse.Namespace) -> None:
    """Write the worst masks and pictures as a file."""
    from workbench.session.views.mistakes.dense import DenseMistakes
    from workbench.session.views.mistakes.sheet import worst_sheet

    drawn = [found for found in heads if isinstance(found, DenseMistakes)]
    if not drawn:
        raise SpecError(f"-o {arguments.output}: the network predicts no masks or pictures, which could be drawn")
    write_bytes(arguments.output.expanduser(), worst_sheet(drawn, arguments.worst, dense.lines))


def _text(found: "HeadMistakes", num_worst: int, *, is_only: bool) -> str:
    text: str = KINDS[found.column.kind].text(found, num_worst)
    return text if is_only else f"{found.title}\n\n{text}"


def _result(found: "HeadMistakes", num_worst: int) -> dict[str, Any]:
    shared = {"output": found.output, "target": found.target, "split": found.split, "step": found.step}
    return {**shared, **KINDS[found.column.kind].result(found, num_worst)}


def _wrong_labels(experiment: "Experiment", target: str) -> str:
    """Say what to do about wrong labels; each setting replaces that of the run, so it has what that has, too."""
    data = experiment.data
    corrected = _setting("data.relabel", relabelling(data, target, {"NAME": "CLASS"}).relabel)
    excluded = _setting("data.leave_out", [*data.leave_out, "NAME"])
    return (
        f"If one of these has a wrong label, correct it by its name, with --set {corrected} of the next train, or exclude "
        f"it, with --set {excluded}; or do either in the window, in Mistakes or Browse data."
    )


def _setting(path: str, value: Value) -> str:
    return shlex.quote(f"{path}={json.dumps(value, ensure_ascii=False)}")
