"""The mistakes of a classification head: recall and precision by class, the confusion matrix, the worst pictures."""

from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np

from workbench.cli.console import table
from workbench.session.editing.data_facts import SPLIT_TITLES

if TYPE_CHECKING:
    from workbench.session.views.mistakes.binary import Curves
    from workbench.session.views.mistakes.classes import ClassMistakes

LISTED = 10
"""Confused pairs."""

WIDEST_MATRIX = 12
"""Number of classes; with more, the list of confused pairs is more readable as text."""


def text(found: "ClassMistakes", num_worst: int) -> str:
    """Return what is printed, with this many of the worst pictures."""
    names, count = found.class_names, len(found.labels)
    correct = f"{found.num_correct:,} of {count:,} correct ({found.num_correct / count:.1%})"
    blocks = [f"{SPLIT_TITLES[found.split]} {found.thing}s after step {found.step:,}: {correct}", _by_class(found)]
    blocks.append(f"expected calibration error (ECE): {found.calibration.error:.1%}")
    if len(names) <= WIDEST_MATRIX:
        blocks.append(_matrix(found))
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
        "recall": [_share_or_none(share) for share in found.recall],
        "precision": [_share_or_none(share) for share in found.precision],
        "auc": [None if each is None else _share_or_none(each.auc) for each in curves],
        "average_precision": [None if each is None else _share_or_none(each.average_precision) for each in curves],
        "ece": found.calibration.error,
        "confusions": msgspec.to_builtins(found.confusions),
        "worst": _worst(found, num_worst),
    }


def _by_class(found: "ClassMistakes") -> str:
    rows = [["class", f"{found.thing}s", "recall", "precision", "AUC", "average precision"]]
    for label, (name, curves) in enumerate(zip(found.class_names, _curves(found), strict=True)):
        areas = (np.nan, np.nan) if curves is None else (curves.auc, curves.average_precision)
        shares = map(_percent, (found.recall[label], found.precision[label], *areas))
        rows.append([name, f"{int(found.matrix[label].sum()):,}", *shares])
    return table(rows, right=range(1, 6))


def _curves(found: "ClassMistakes") -> list["Curves | None"]:
    return [found.curves(label) for label in range(len(found.class_names))]


def _matrix(found: "ClassMistakes") -> str:
    rows = [("actual ↓ predicted →", *(str(number) for number in range(1, len(found.class_names) + 1)))]
    for number, (name, row) in enumerate(zip(found.class_names, found.matrix, strict=True), 1):
        rows.append((f"{number} {name}", *(f"{count:,}" if count else "·" for count in row)))
    return table(rows, right=range(1, len(rows[0])))


def _listed(found: "ClassMistakes", num_worst: int) -> str:
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


def _share_or_none(share: float) -> float | None:
    return None if np.isnan(share) else float(share)


def _percent(share: float) -> str:
    return "–" if np.isnan(share) else f"{share:.1%}"
