"""What is said of the latest batch: its pictures in an order, and the gradients as bars. No Qt."""

import math

import numpy as np
from numpy.typing import NDArray

from workbench.session.insight import SeenBatch
from workbench.spec.record import Record

DECADES = 4
"""How far below the longest gradient a bar still has a length: powers of ten."""


class Bar(Record):
    """A layer's gradient: ``share`` of the longest bar, on a logarithmic scale from 0 to 1."""

    layer: str
    share: float
    value: str
    tip: str


class BatchPresenter:
    """The newest batch, and whether the worst stand first."""

    def __init__(self) -> None:
        self.worst_first = False
        self.begin()

    def begin(self) -> None:
        """Another run is followed: there is no batch yet."""
        self.seen: SeenBatch | None = None

    @property
    def has_pictures(self) -> bool:
        """Whether the batch can be drawn: points cannot."""
        return self.seen is not None and self.seen.pictures.ndim == 4

    @property
    def order(self) -> NDArray[np.int64]:
        """The pictures' indices as they are to stand: as they came, or the largest loss first."""
        assert self.seen is not None
        losses = self.seen.losses
        return np.argsort(-losses, kind="stable") if self.worst_first else np.arange(len(losses))

    @property
    def words(self) -> str:
        """The batch in a line."""
        seen = self.seen
        if seen is None:
            return ""
        right = int((seen.answers == seen.labels).sum())
        shown = len(seen.labels)
        first = "" if shown == seen.num_pictures else f"the first {shown} of "
        mean = say_loss(float(seen.losses.mean()))
        return f"Step {seen.step:,} · {first}{seen.num_pictures:,} pictures · {right} right · mean loss {mean}"

    def is_right(self, index: int) -> bool:
        """Whether the network's answer to a picture is its class."""
        assert self.seen is not None
        return bool(self.seen.answers[index] == self.seen.labels[index])

    def label(self, index: int) -> str:
        """A picture's class."""
        assert self.seen is not None
        return self.seen.class_names[int(self.seen.labels[index])]

    def answer(self, index: int) -> str:
        """What the network takes a picture for."""
        assert self.seen is not None
        return self.seen.class_names[int(self.seen.answers[index])]

    def loss(self, index: int) -> str:
        """A picture's loss in a few characters."""
        assert self.seen is not None
        return say_loss(float(self.seen.losses[index]))

    def tip(self, index: int) -> str:
        """All that is known of a picture."""
        said = "rightly taken for it" if self.is_right(index) else f"taken for {self.answer(index)}"
        return f"{self.label(index)}, {said}\nloss {self.loss(index)}"

    @property
    def bars(self) -> tuple[Bar, ...]:
        """The gradients in the network's order."""
        if self.seen is None:
            return ()
        longest = max((layer.gradient for layer in self.seen.gradients), default=0.0)
        return tuple(
            Bar(
                layer=layer.layer,
                share=_share(layer.gradient, longest),
                value=f"{layer.gradient:.3g}",
                tip=f"{layer.layer}\nlength of the gradient {layer.gradient:.4g}\nlength of the weights {layer.weights:.4g}",
            )
            for layer in self.seen.gradients
        )


def say_loss(loss: float) -> str:
    """``0.03``, ``2.31``, ``1.2e+03``."""
    return f"{loss:.2f}" if abs(loss) < 1000 else f"{loss:.1e}"


def _share(length: float, longest: float) -> float:
    if not (math.isfinite(length) and math.isfinite(longest)):
        return 0.0 if math.isfinite(length) else 1.0
    if length <= 0:
        return 0.0
    return max(1 + math.log10(length / longest) / DECADES, 0.0)
