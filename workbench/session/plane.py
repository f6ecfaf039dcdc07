"""What a network of points in the plane predicts everywhere, with the points that it is evaluated on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from workbench.spec.record import Record

if TYPE_CHECKING:
    from workbench.session.answering import Answering
    from workbench.session.neighbours import Gallery
    from workbench.training.plan import Plan

IN_PLANE = (2,)
"""The shape of points in the plane."""

MOST_POINTS = 400
AROUND = 1.15
"""The square's size relative to that of the points."""


class Plane(Record):
    """A square of the plane after ``step``: it extends ``reach`` from its ``middle`` to each side.

    ``probabilities``: float32 [K, S, S], its upper row first; ``points``: float32 [N, 2], ``labels``: int64 [N].
    """

    step: int
    middle: tuple[float, float]
    reach: float
    probabilities: Any
    points: Any
    labels: Any
    class_names: tuple[str, ...]


def plane_of(plan: Plan, gallery: Gallery, network: Answering) -> Plane | None:
    """Return what ``network`` predicts around the gallery's points in the plane; None if it predicts no class of them,
    or is not there.
    """
    import numpy as np

    from workbench.insight.regions import regions

    head = next((head for head in plan.heads if head.column.kind == "class"), None)
    if head is None or network.module is None:
        return None
    points = np.stack([gallery.picture(number) for number in range(min(gallery.count, MOST_POINTS))])
    low, high = points.min(axis=0), points.max(axis=0)
    x, y = ((low + high) / 2).tolist()
    reach = float(max((high - low).max() / 2, 1e-6)) * AROUND
    return Plane(
        step=network.step,
        middle=(x, y),
        reach=reach,
        probabilities=regions(network.module, head.output, (x, y), reach),
        points=points,
        labels=gallery.labels[: len(points)],
        class_names=head.column.names,
    )
