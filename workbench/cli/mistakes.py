"""``mistakes``: show which classes a network confuses, and on which pictures."""

import argparse
import json
import shlex
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np

from workbench.cli import values
from workbench.cli.console import StatusLine, print_json, progress_on, table
from workbench.cli.folders import add_run_argument, chosen_run
from workbench.data.relabel import relabelling
from workbench.session.editing.data_facts import SPLIT_TITLES
from workbench.spec.problems import SpecError
from workbench.spec.record import Value

if TYPE_CHECKING:
    from workbench.session.views.mistakes import Mistakes
    from workbench.spec.experiment import Experiment

LISTED = 10
WIDEST_MATRIX = 12
"""Number of classes; with more, the list of confused pairs is more readable as text."""


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add ``mistakes RUN``."""
    parser = subparsers.add_parser(
        "mistakes",
        help="show which classes a network confuses, and on which pictures",
        description="Evaluate a run's best checkpoint on every test picture (or validation, or training, if there are "
        "no others). For each classification output, print recall and precision per class, the most confused classes, "
        "and the pictures with the largest loss. Of the training pictures, these often have wrong labels.",
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
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Evaluate the network and print its mistakes."""
    from workbench.runs.store import open_run
    from workbench.session.views.mistakes import mistakes_of_run

    folder = chosen_run(arguments)
    status = StatusLine()
    progress = progress_on(status)
    try:
        asked = mistakes_of_run(folder, progress, arguments.split or "")
    finally:
        status.clear()
    if asked.problem:
        raise SpecError(f"{folder.name}: {asked.problem}")
    if arguments.json:
        for found in asked.heads:
            print_json(_result(found, arguments.worst))
    else:
        titles = [f"{found.output} → {found.target}\n\n" if len(asked.heads) > 1 else "" for found in asked.heads]
        blocks = [title + _text(found, arguments.worst) for title, found in zip(titles, asked.heads, strict=True)]
        if asked.heads[0].split == "train" and asked.heads[0].names is not None:
            blocks.append(_wrong_labels(open_run(folder).experiment, asked.heads[0].target))
        print("\n\n".join(blocks))
    return 0


def _worst(found: "Mistakes", number: int) -> list[dict[str, Any]]:
    return [
        {
            "picture": int(index),
            "name": None if found.names is None else found.names[index],
            "class": found.class_names[found.labels[index]],
            "class_in_data": found.own_labels.get(found.names[index]) if found.names is not None else None,
            "taken_for": found.class_names[found.predicted[index]],
            "confidence": float(found.confidence[index]),
            "loss": float(found.losses[index]),
        }
        for index in found.worst[:number]
    ]


def _actual(picture: dict[str, Any]) -> str:
    own = picture["class_in_data"]
    return picture["class"] if own is None else f"{picture['class']} (was {own})"


def _result(found: "Mistakes", num_worst: int) -> dict[str, Any]:
    return {
        "output": found.output,
        "target": found.target,
        "split": found.split,
        "step": found.step,
        "pictures": len(found.labels),
        "correct": found.num_correct,
        "classes": found.class_names,
        "matrix": found.matrix.tolist(),
        "recall": [_share_or_none(share) for share in found.recall],
        "precision": [_share_or_none(share) for share in found.precision],
        "confusions": msgspec.to_builtins(found.confusions),
        "worst": _worst(found, num_worst),
    }


def _share_or_none(share: float) -> float | None:
    return None if np.isnan(share) else float(share)


def _text(found: "Mistakes", num_worst: int) -> str:
    names, count = found.class_names, len(found.labels)
    correct = f"{found.num_correct:,} of {count:,} correct ({found.num_correct / count:.1%})"
    blocks = [f"{SPLIT_TITLES[found.split]} {found.thing}s after step {found.step:,}: {correct}", _by_class(found)]
    if len(names) <= WIDEST_MATRIX:
        blocks.append(_matrix(found))
    pairs = [("actual", "predicted", "count")]
    pairs += [(names[each.label], names[each.predicted], f"{each.count:,}") for each in found.confusions[:LISTED]]
    if found.confusions:
        blocks.append(table(pairs, right=(2,)))
    return "\n\n".join([*blocks, _listed(found, num_worst)])


def _listed(found: "Mistakes", num_worst: int) -> str:
    worst = _worst(found, num_worst)
    columns = {
        "number": [f"{each['picture']:,}" for each in worst],
        "name": [each["name"] for each in worst],
        "actual": [_actual(each) for each in worst],
        "predicted": [each["taken_for"] for each in worst],
        "confidence": [f"{each['confidence']:.1%}" for each in worst],
        "loss": [f"{each['loss']:.2f}" for each in worst],
    }
    if found.names is None:
        del columns["name"]
    numbers = [place for place, heading in enumerate(columns) if heading in ("number", "confidence", "loss")]
    return table([tuple(columns), *zip(*columns.values(), strict=True)], right=numbers)


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


def _by_class(found: "Mistakes") -> str:
    rows = [("class", f"{found.thing}s", "recall", "precision")]
    for label, name in enumerate(found.class_names):
        count = int(found.matrix[label].sum())
        rows.append((name, f"{count:,}", _percent(found.recall[label]), _percent(found.precision[label])))
    return table(rows, right=(1, 2, 3))


def _matrix(found: "Mistakes") -> str:
    rows = [("actual ↓ predicted →", *(str(number) for number in range(1, len(found.class_names) + 1)))]
    for number, (name, row) in enumerate(zip(found.class_names, found.matrix, strict=True), 1):
        rows.append((f"{number} {name}", *(f"{count:,}" if count else "·" for count in row)))
    return table(rows, right=range(1, len(rows[0])))


def _percent(share: float) -> str:
    return "–" if np.isnan(share) else f"{share:.1%}"
