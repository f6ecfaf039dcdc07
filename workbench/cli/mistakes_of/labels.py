"""The mistakes of a head of labels: how well each is told, and the pictures that wrongly have or lack one."""

import math
from typing import TYPE_CHECKING, Any

import msgspec

from workbench.cli.console import table
from workbench.session.editing.data_facts import SPLIT_TITLES

if TYPE_CHECKING:
    from workbench.session.views.mistakes.labels import LabelMistakes


def text(found: "LabelMistakes", num_worst: int) -> str:
    """Return what is printed, with this many of the worst pictures."""
    count = len(found.actual)
    mean = _percent(found.mean_average_precision)
    heading = f"{SPLIT_TITLES[found.split]} {found.thing}s after step {found.step:,}: {count:,}"
    return "\n\n".join([f"{heading}, mean average precision {mean}", _by_label(found), _listed(found, num_worst)])


def result(found: "LabelMistakes", num_worst: int) -> dict[str, Any]:
    """Return the same as JSON has it."""
    labels, mean = [], found.mean_average_precision
    for label, (name, curves) in enumerate(zip(found.label_names, found.curves, strict=True)):
        counts = found.counts(label)
        shares = {"precision": counts.precision, "recall": counts.recall, "f1": counts.f1}
        shares |= {"auc": curves.auc, "average_precision": curves.average_precision}
        labels.append(
            {
                "label": name,
                **msgspec.to_builtins(counts),
                **{key: None if math.isnan(value) else value for key, value in shares.items()},
            }
        )
    return {
        "pictures": len(found.actual),
        "mean_average_precision": None if math.isnan(mean) else mean,
        "labels": labels,
        "worst": _worst(found, num_worst),
    }


def _by_label(found: "LabelMistakes") -> str:
    rows = [["label", f"{found.thing}s", "precision", "recall", "F1", "AUC", "average precision"]]
    for label, (name, curves) in enumerate(zip(found.label_names, found.curves, strict=True)):
        counts = found.counts(label)
        shares = (counts.precision, counts.recall, counts.f1, curves.auc, curves.average_precision)
        rows.append([name, f"{int(found.actual[:, label].sum()):,}", *map(_percent, shares)])
    return table(rows, right=range(1, 7))


def _worst(found: "LabelMistakes", number: int) -> list[dict[str, Any]]:
    """Return the most confident mistakes of all labels."""
    return [
        {
            "picture": index,
            "name": None if found.names is None else found.names[index],
            "label": found.label_names[label],
            "has_it": bool(found.actual[index, label]),
            "probability": float(found.probabilities[index, label]),
        }
        for index, label in found.worst(number)
    ]


def _listed(found: "LabelMistakes", number: int) -> str:
    worst = _worst(found, number)
    if not worst:
        return "no mistakes"
    columns = {
        "number": [f"{each['picture']:,}" for each in worst],
        "name": [each["name"] for each in worst],
        "label": [each["label"] for each in worst],
        "actual": ["yes" if each["has_it"] else "no" for each in worst],
        "probability": [f"{each['probability']:.1%}" for each in worst],
    }
    if found.names is None:
        del columns["name"]
    numbers = [place for place, heading in enumerate(columns) if heading in ("number", "probability")]
    return table([tuple(columns), *zip(*columns.values(), strict=True)], right=numbers)


def _percent(share: float) -> str:
    return "–" if math.isnan(share) else f"{share:.1%}"
