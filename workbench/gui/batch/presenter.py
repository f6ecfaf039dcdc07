"""The latest batch in words: its pictures in an order, as one of the heads sees them, and the gradients as bars. No Qt."""

import math

import numpy as np
from numpy.typing import NDArray

from workbench.session.seen_batch import SeenBatch, SeenHead
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
    """The newest batch, the head that is spoken of, and whether the worst stand first."""

    def __init__(self) -> None:
        self.worst_first = False
        self.begin()

    def begin(self) -> None:
        """Another run is followed: there is no batch yet."""
        self.seen: SeenBatch | None = None
        self._head = 0

    def choose_head(self, head: int) -> None:
        """Speak of this one of the heads: of its answers and its losses."""
        self._head = head

    def choose_unsound_head(self) -> None:
        """Speak of the head whose losses are no numbers, where one's are not."""
        assert self.seen is not None
        self._head = next((n for n, head in enumerate(self.seen.heads) if not np.isfinite(head.losses).all()), 0)

    @property
    def chosen(self) -> int:
        """The number of the head that is spoken of."""
        return self._head

    @property
    def head_titles(self) -> tuple[str, ...]:
        """What each head is called."""
        return () if self.seen is None else tuple(f"{head.output} → {head.target}" for head in self.seen.heads)

    @property
    def head(self) -> SeenHead:
        """The selected head."""
        assert self.seen is not None
        return self.seen.heads[self._head]

    @property
    def has_pictures(self) -> bool:
        """Whether the batch can be drawn: points cannot."""
        return self.seen is not None and self.seen.pictures.ndim == 4

    @property
    def order(self) -> NDArray[np.int64]:
        """The pictures' indices as they are to stand: as they came, or the largest loss first, NaN before all."""
        losses = np.nan_to_num(self.head.losses, nan=np.inf, posinf=np.inf)
        return np.argsort(-losses, kind="stable") if self.worst_first else np.arange(len(losses))

    @property
    def words(self) -> str:
        """The batch in a line."""
        seen = self.seen
        if seen is None:
            return ""
        head, shown = self.head, len(self.head.losses)
        is_right = (head.answers == head.labels) & np.isfinite(head.losses)
        right = f" · {int(is_right.sum())} correct" if head.class_names else ""
        first = "" if shown == seen.num_pictures else f"first {shown} of "
        mean = say_loss(float(head.losses.mean()))
        title = seen.title or f"Step {seen.step:,}"
        total = sum(each.weight * float(each.losses.mean()) for each in seen.heads)
        in_sum = f", weighted sum {say_loss(total)}" if len(seen.heads) > 1 or head.weight != 1 else ""
        return f"{title} · {first}{seen.num_pictures:,} pictures{right} · mean loss {mean}{in_sum}"

    def is_sound(self, index: int) -> bool:
        """Whether a picture's loss is a number."""
        return bool(np.isfinite(self.head.losses[index]))

    def is_wrong(self, index: int) -> bool:
        """Whether the network takes a picture for another class than its own."""
        head = self.head
        is_other = bool(head.class_names) and bool(head.answers[index] != head.labels[index])
        return is_other and self.is_sound(index)

    def label(self, index: int) -> str:
        """A picture's class or number; empty where it is neither."""
        return self._in_words(self.head.labels, index)

    def answer(self, index: int) -> str:
        """What the network takes a picture for, or its number."""
        return self._in_words(self.head.answers, index)

    def aside(self, index: int) -> str:
        """What stands below a picture: the class that it was wrongly taken for, or the number answered."""
        if self.head.class_names:
            return f"as {self.answer(index)}" if self.is_wrong(index) else ""
        return f"→ {self.answer(index)}" if self.answer(index) else ""

    def _in_words(self, values: NDArray[np.generic] | None, index: int) -> str:
        if values is None:
            return ""
        names, value = self.head.class_names, values[index]
        if not names:
            return f"{float(value):.4g}"
        return names[int(value)] if 0 <= value < len(names) else f"class {int(value)}"

    def loss(self, index: int) -> str:
        """A picture's loss in a few characters."""
        return say_loss(float(self.head.losses[index]))

    def tip(self, index: int) -> str:
        """All that is known of a picture."""
        loss = f"loss {self.loss(index)}"
        if not self.label(index) or not self.is_sound(index):
            return f"{self.label(index)}\n{loss}".strip()
        taken = f"predicted {self.answer(index)}" if self.is_wrong(index) else "predicted correctly"
        said = taken if self.head.class_names else f"output {self.answer(index)}"
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
                tip=f"{layer.layer}\ngradient norm {layer.gradient:.4g}\nweight norm {layer.weights:.4g}",
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
