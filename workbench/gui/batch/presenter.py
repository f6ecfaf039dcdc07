"""What is said of the latest batch: its pictures in an order, and the gradients as bars. No Qt."""

import math

import numpy as np
from numpy.typing import NDArray

from workbench.session.insight import SeenBatch
from workbench.spec.record import Record

DECADES = 4
"""How far below the longest gradient a bar still has a length: powers of ten."""


class Bar(Record):
    """A layer's gradient: ``share`` of the longest bar, on a logarithmic scale from 0 to 1; unsound where it is nan or inf."""

    layer: str
    share: float
    is_sound: bool
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
        """The pictures' indices as they are to stand: as they came, or the largest loss first, which one is that is no number."""
        assert self.seen is not None
        losses = np.nan_to_num(self.seen.losses, nan=np.inf, posinf=np.inf)
        return np.argsort(-losses, kind="stable") if self.worst_first else np.arange(len(losses))

    @property
    def words(self) -> str:
        """The batch in a line."""
        seen = self.seen
        if seen is None:
            return ""
        shown = len(seen.losses)
        is_right = (seen.answers == seen.labels) & np.isfinite(seen.losses)
        right = f" · {int(is_right.sum())} right" if seen.class_names else ""
        first = "" if shown == seen.num_pictures else f"the first {shown} of "
        mean = say_loss(float(seen.losses.mean()))
        title = seen.title or f"Step {seen.step:,}"
        return f"{title} · {first}{seen.num_pictures:,} pictures{right} · mean loss {mean}"

    def is_sound(self, index: int) -> bool:
        """Whether a picture's loss is a number."""
        assert self.seen is not None
        return bool(np.isfinite(self.seen.losses[index]))

    def is_wrong(self, index: int) -> bool:
        """Whether the network takes a picture for another class than its own."""
        assert self.seen is not None
        is_other = bool(self.seen.class_names) and bool(self.seen.answers[index] != self.seen.labels[index])
        return is_other and self.is_sound(index)

    def label(self, index: int) -> str:
        """A picture's class or number; empty where it is neither."""
        assert self.seen is not None
        return self._in_words(self.seen.labels, index)

    def answer(self, index: int) -> str:
        """What the network takes a picture for, or its number."""
        assert self.seen is not None
        return self._in_words(self.seen.answers, index)

    def aside(self, index: int) -> str:
        """What stands below a picture: the class that it was wrongly taken for, or the number answered."""
        assert self.seen is not None
        if self.seen.class_names:
            return f"as {self.answer(index)}" if self.is_wrong(index) else ""
        return f"→ {self.answer(index)}" if self.answer(index) else ""

    def _in_words(self, values: NDArray[np.generic] | None, index: int) -> str:
        assert self.seen is not None
        if values is None:
            return ""
        names, value = self.seen.class_names, values[index]
        if not names:
            return f"{float(value):.4g}"
        return names[int(value)] if 0 <= value < len(names) else f"class {int(value)}"

    def loss(self, index: int) -> str:
        """A picture's loss in a few characters."""
        assert self.seen is not None
        return say_loss(float(self.seen.losses[index]))

    def tip(self, index: int) -> str:
        """All that is known of a picture."""
        loss = f"loss {self.loss(index)}"
        if not self.label(index) or not self.is_sound(index):
            return f"{self.label(index)}\n{loss}".strip()
        taken = f"taken for {self.answer(index)}" if self.is_wrong(index) else "rightly taken for it"
        said = taken if self.seen and self.seen.class_names else f"answered {self.answer(index)}"
        return f"{self.label(index)}, {said}\n{loss}"

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
                is_sound=math.isfinite(layer.gradient),
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
