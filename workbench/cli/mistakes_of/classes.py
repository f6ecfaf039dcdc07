"""The mistakes of a classification head: recall and precision by class, the confusion matrix, the worst pictures."""

from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np

from workbench.cli.console import table
from workbench.cli.mistakes_of.tables import WIDEST_MATRIX, heading, matrix_table, pictures_table
from workbench.spec.quantities import percent
from workbench.spec.words import several

if TYPE_CHECKING:
    from workbench.session.views.mistakes.binary import Curves
    from workbench.session.views.mistakes.classes import ClassMistakes

LISTED = 10
"""Confused pairs."""


def text(found: "ClassMistakes", num_worst: int) -> str:
    """Return what is printed, with this many of the worst pictures."""
    names, count = found.class_names, len(found.labels)
    correct = f"{found.num_correct:,} of {count:,} correct ({found.num_correct / count:.1%})"
    blocks = [f"{heading(found)}: {correct}", _by_class(found)]
    blocks.append(f"expected calibration error (ECE): {found.calibration.error:.1%}")
    if len(names) <= WIDEST_MATRIX:
        blocks.append(matrix_table("actual ↓ predicted →", names, found.matrix))
    pairs = [("actual", "predicted", "count")]
    pairs += [(names[each.label], names[each.predicted], f"{each.count:,}") for each in found.confusions[:LISTED]]
    if found.confusions:
        blocks.append(table(pairs, right=(2,)))
    return "\n\n".join([*blocks, _listed(found, num_worst)])


def result(found: "ClassMistakes", num_worst: int) -> dict[str, Any]:
    """Return the same as JSON has it, with the whole matrix."""
    curves = _curves(found)
    return {
        "pictures": len(found.labels),
        "correct": found.num_correct,
        "classes": found.class_names,
        "matrix": found.matrix.tolist(),
        "recall": found.recall.tolist(),
        "precision": found.precision.tolist(),
        "auc": [each and each.auc for each in curves],
        "average_precision": [each and each.average_precision for each in curves],
        "ece": found.calibration.error,
        "confusions": msgspec.to_builtins(found.confusions),
        "worst": _worst(found, num_worst),
    }


def _by_class(found: "ClassMistakes") -> str:
    rows = [["class", several(found.thing), "recall", "precision", "AUC", "average precision"]]
    for label, (name, curves) in enumerate(zip(found.class_names, _curves(found), strict=True)):
        areas = (np.nan, np.nan) if curves is None else (curves.auc, curves.average_precision)
        shares = [percent(each, gap="") for each in (found.recall[label], found.precision[label], *areas)]
        rows.append([name, f"{int(found.matrix[label].sum()):,}", *shares])
    return table(rows, right=range(1, 6))


def _curves(found: "ClassMistakes") -> list["Curves | None"]:
    return [found.curves(label) for label in range(len(found.class_names))]


def _listed(found: "ClassMistakes", num_worst: int) -> str:
    worst = _worst(found, num_worst)
    columns = {
        "actual": [_actual(each) for each in worst],
        "predicted": [each["taken_for"] for each in worst],
        "confidence": [f"{each['confidence']:.1%}" for each in worst],
        "loss": [f"{each['loss']:.2f}" for each in worst],
    }
    return pictures_table(found, [each["picture"] for each in worst], columns, texts=("actual", "predicted"))


def _worst(found: "ClassMistakes", number: int) -> list[dict[str, Any]]:
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
