"""The mistakes of a head of labels: how well each is told, and the pictures that wrongly have or lack one."""

from typing import TYPE_CHECKING, Any

import msgspec

from workbench.cli.console import table
from workbench.cli.mistakes_of.tables import heading, pictures_table
from workbench.spec.quantities import percent
from workbench.spec.words import several

if TYPE_CHECKING:
    from workbench.session.views.mistakes.labels import LabelMistakes


def text(found: "LabelMistakes", num_worst: int) -> str:
    """Return what is printed, with this many of the worst pictures."""
    count = len(found.actual)
    mean = percent(found.mean_average_precision, gap="")
    said = f"{heading(found)}: {count:,}, mean average precision {mean}"
    return "\n\n".join([said, _by_label(found), _listed(found, num_worst)])


def result(found: "LabelMistakes", num_worst: int) -> dict[str, Any]:
    """Return the same as JSON has it."""
    labels = []
    for label, name in enumerate(found.label_names):
        labels.append({"label": name, **msgspec.to_builtins(found.counts(label)), **found.shares(label)})
    return {
        "pictures": len(found.actual),
        "mean_average_precision": found.mean_average_precision,
        "labels": labels,
        "worst": _worst(found, num_worst),
    }


def _by_label(found: "LabelMistakes") -> str:
    rows = [["label", several(found.thing), "precision", "recall", "F1", "AUC", "average precision"]]
    for label, name in enumerate(found.label_names):
        shares = [percent(each, gap="") for each in found.shares(label).values()]
        rows.append([name, f"{int(found.actual[:, label].sum()):,}", *shares])
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
        "label": [each["label"] for each in worst],
        "actual": ["yes" if each["has_it"] else "no" for each in worst],
        "probability": [f"{each['probability']:.1%}" for each in worst],
    }
    return pictures_table(found, [each["picture"] for each in worst], columns, texts=("label", "actual"))
