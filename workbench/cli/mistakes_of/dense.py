"""The mistakes of a head that predicts a class for each pixel, or a picture: measures by class, and the worst ones."""

from typing import TYPE_CHECKING, Any

import numpy as np

from workbench.cli.console import table
from workbench.cli.mistakes_of.tables import WIDEST_MATRIX, heading, matrix_table, pictures_table
from workbench.training.results.measured import title_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from workbench.session.views.mistakes.dense import DenseMistakes, MaskMistakes


def text(found: "DenseMistakes", num_worst: int) -> str:
    """Return what is printed, with this many of the worst pictures."""
    from workbench.session.views.mistakes.dense import MaskMistakes

    said = ", ".join(
        f"{title_of(name).within_sentence()} {_said(name, value)}" for name, value in found.summary.items()
    )
    blocks = [f"{heading(found)}: {said}"]
    if isinstance(found, MaskMistakes):
        blocks.append(_by_class(found))
        if len(found.class_names) <= WIDEST_MATRIX:
            blocks.append(matrix_table("pixels: actual ↓ predicted →", found.class_names, found.matrix))
    return "\n\n".join([*blocks, _listed(found, num_worst)])


def result(found: "DenseMistakes", num_worst: int) -> dict[str, Any]:
    """Return the same as JSON has it, with the whole matrix."""
    from workbench.session.views.mistakes.dense import MaskMistakes

    shared = {
        "pictures": found.num_pictures,
        "measures": found.summary,
    }
    worst = [
        {
            "picture": index,
            "name": None if found.names is None else found.names[index],
            **{name: float(values[index]) for name, values in found.measures.items()},
        }
        for index in _worst(found, num_worst)
    ]
    if not isinstance(found, MaskMistakes):
        return {**shared, "worst": worst}
    of_classes = {
        "classes": found.class_names,
        "iou": found.class_ious.tolist(),
        "matrix": found.matrix.tolist(),
    }
    return {**shared, **of_classes, "worst": worst}


def lines(found: "DenseMistakes", index: int) -> list[str]:
    """Return a picture's name and measures, as they stand beside it."""
    name = f"picture {index:,}" if found.names is None else str(found.names[index])
    return [
        name,
        *(f"{title_of(each).words} {_said(each, float(values[index]))}" for each, values in found.measures.items()),
    ]


def _worst(found: "DenseMistakes", number: int) -> list[int]:
    indices: list[int] = found.pictures(next(iter(found.measures)))[:number].tolist()
    return indices


def _listed(found: "DenseMistakes", num_worst: int) -> str:
    worst = _worst(found, num_worst)
    columns = {
        title_of(name).within_sentence(): [_said(name, float(values[index])) for index in worst]
        for name, values in found.measures.items()
    }
    return pictures_table(found, worst, columns)


def _by_class(found: "MaskMistakes") -> str:
    counts: NDArray[np.int64] = found.matrix.sum(axis=1)
    rows = [("class", "pixels", "IoU")]
    for name, count, iou in zip(found.class_names, counts.tolist(), found.class_ious.tolist(), strict=True):
        rows.append((name, f"{count:,}", _said("iou", iou)))
    return table(rows, right=(1, 2))


def _said(measure: str, value: float) -> str:
    return "–" if np.isnan(value) else title_of(measure).said(value, "%")
