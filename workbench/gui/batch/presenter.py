"""The latest batch as shown: its pictures in order, from the view of one head, and the gradients as bars. No Qt."""

import math
from collections.abc import Sequence
from itertools import compress

import numpy as np
from numpy.typing import NDArray

from workbench.session.views.seen_batch import SeenBatch, SeenHead
from workbench.spec.quantities import numeral, significant
from workbench.spec.record import Record
from workbench.spec.words import isolated, several, thing

DECADES = 4
"""The range of the bars, in powers of ten below the largest gradient."""

POINTS_KEY = "○ true, ● predicted"
"""How key points are drawn."""

UNMIXED = 0.995
"""A picture of which this share is its own is shown as unmixed; two halves of one class do not sum to exactly 1."""


class Bar(Record):
    """A layer's gradient. ``share`` is the bar's length, 0 to 1 on a log scale; not ``is_sound`` if NaN or infinite."""

    layer: str
    share: float
    is_sound: bool
    value: str
    tip: str


class BatchPresenter:
    """The newest batch, the chosen head, and whether the largest losses come first."""

    def __init__(self) -> None:
        self.worst_first = False
        self.begin()

    def begin(self) -> None:
        """Start on another run, which has no batch yet."""
        self.seen: SeenBatch | None = None
        self.chosen = 0
        """Index of the chosen head."""

    def choose_head(self, head: int) -> None:
        """Show the answers and losses of this head."""
        self.chosen = head

    def choose_unsound_head(self) -> None:
        """Choose the first head with a loss that is NaN or infinite, if there is one."""
        assert self.seen is not None
        self.chosen = next((n for n, head in enumerate(self.seen.heads) if not np.isfinite(head.losses).all()), 0)

    @property
    def head_titles(self) -> tuple[str, ...]:
        return () if self.seen is None else tuple(f"{head.output} → {head.target}" for head in self.seen.heads)

    @property
    def head(self) -> SeenHead:
        assert self.seen is not None
        return self.seen.heads[self.chosen]

    @property
    def has_pictures(self) -> bool:
        """Whether the batch consists of pictures rather than points, which are not drawn."""
        return self.seen is not None and self.seen.pictures.ndim == 4

    @property
    def order(self) -> NDArray[np.int64]:
        """The pictures' indices in display order: as in the batch, or by decreasing loss with NaN first."""
        losses = np.nan_to_num(self.head.losses, nan=np.inf, posinf=np.inf)
        return np.argsort(-losses, kind="stable") if self.worst_first else np.arange(len(losses))

    @property
    def words(self) -> str:
        """The batch in one line."""
        seen = self.seen
        if seen is None:
            return ""
        head, shown = self.head, len(self.head.losses)
        num_right = sum(map(self.is_right, range(shown)))
        right = f" · {num_right} correct" if self._classifies else ""
        first = "" if shown == seen.num_pictures else f"first {shown} of "
        mean = say_loss(float(head.losses.mean()))
        title = seen.title or f"Step {seen.step:,}"
        total = sum(each.weight * float(each.losses.mean()) for each in seen.heads)
        in_sum = f", weighted sum {say_loss(total)}" if len(seen.heads) > 1 or head.weight != 1 else ""
        what = several(thing(seen.pictures.shape[1:], "point"))
        key = f" · {POINTS_KEY}" if self.points is not None else ""
        return f"{title} · {first}{seen.num_pictures:,} {what}{right} · mean loss {mean}{in_sum}{key}"

    @property
    def captions(self) -> tuple[str, ...]:
        """What is shown of each example: its input, of a head that predicts pictures also output and target, and the
        maps by name.
        """
        assert self.seen is not None
        return (
            "input",
            *(() if self.head.given is None else ("output", "target")),
            *(each.output for each in self.seen.maps),
        )

    def pictures(self, colours: Sequence[Sequence[int]]) -> tuple[NDArray[np.uint8], ...]:
        """Return the pictures of each caption, uint8 [B, C, H, W]; the classes of a mask have these (RGB) colours."""
        assert self.seen is not None
        return (self.seen.pictures, *(_coloured(each, colours) for each, _ in self._predicted))

    @property
    def _predicted(self) -> tuple[tuple[NDArray[np.uint8], tuple[str, ...]], ...]:
        """What is shown beside the input: pictures, uint8 [B, C, H, W], and masks, uint8 [B, H, W], each with the names
        of its classes.
        """
        assert self.seen is not None
        pair = () if self.head.given is None else (self.head.given, self.head.wanted)
        return (
            *((each, self.head.pixel_names) for each in pair),
            *((each.given, each.names) for each in self.seen.maps),
        )

    @property
    def pixel_classes(self) -> tuple[tuple[int, str], ...]:
        """The classes of pixels that occur in what is shown: the place of each one's colour, and its name. They are
        those of the first masks whose classes have names.
        """
        if self.seen is None:
            return ()
        names = next((names for _, names in self._predicted if names), ())
        masks = (each for each, its_names in self._predicted if its_names == names and each.ndim == 3)
        counted = {int(number) for mask in masks for number in np.flatnonzero(np.bincount(mask.ravel()))}
        return tuple((place, name) for place, name in enumerate(names) if place + 1 in counted)

    @property
    def has_words(self) -> bool:
        """Whether a picture has a class, a number or labels, and the prediction of it."""
        return self.head.labels is not None

    @property
    def points(self) -> tuple[NDArray[np.float32], NDArray[np.float32]] | None:
        """The true and the predicted key points, [B, K, 2] each; None unless the head predicts these."""
        return None if self.head.given_points is None else (self.head.wanted_points, self.head.given_points)

    @property
    def _classifies(self) -> bool:
        """Whether a class is predicted: an embedding has none, only the pictures do."""
        return bool(self.head.class_names) and self.head.answers is not None

    def is_sound(self, index: int) -> bool:
        """Whether a picture's loss is finite."""
        return bool(np.isfinite(self.head.losses[index]))

    def is_wrong(self, index: int) -> bool:
        """Whether the network predicts another class than a picture's own."""
        head = self.head
        is_other = self._classifies and bool(head.answers[index] != head.labels[index])
        return is_other and self.is_sound(index)

    def is_right(self, index: int) -> bool:
        """Whether the network predicts a picture's own class; numbers, labels and pictures are only more or less so."""
        return self._classifies and self.is_sound(index) and not self.is_wrong(index)

    def label(self, index: int) -> str:
        """Return a picture's class, number or labels, of a mixed one both classes; empty if it has none of them."""
        other = self._in_words(self.head.others, index) if self._is_mixed(index) else ""
        return " + ".join(filter(None, (self._in_words(self.head.labels, index), other)))

    def _is_mixed(self, index: int) -> bool:
        return self.head.shares is not None and bool(self.head.shares[index] < UNMIXED)

    def answer(self, index: int) -> str:
        """Return the predicted class, number or labels."""
        return self._in_words(self.head.answers, index)

    def aside(self, index: int) -> str:
        """Return the text below a picture: the wrongly predicted class, or the predicted number or labels."""
        if self._classifies:
            return f"as {self.answer(index)}" if self.is_wrong(index) else ""
        return f"→ {self.answer(index)}" if self.answer(index) else ""

    def _in_words(self, values: NDArray[np.generic] | None, index: int) -> str:
        if values is None:
            return ""
        names, value = self.head.class_names, values[index]
        if self.head.label_names:
            return ", ".join(map(isolated, compress(self.head.label_names, value))) or "none"
        if not names:
            return significant(float(value))
        return isolated(names[int(value)]) if 0 <= value < len(names) else f"class {int(value)}"

    def loss(self, index: int) -> str:
        """Return a picture's loss in a few characters."""
        return say_loss(float(self.head.losses[index]))

    def tip(self, index: int) -> str:
        """Return everything known of a picture."""
        loss = f"loss {self.loss(index)}"
        if self._is_mixed(index):
            loss = f"{100 * self.head.shares[index]:.0f} % {self._in_words(self.head.labels, index)}\n{loss}"
        if not self.label(index) or not self.answer(index) or not self.is_sound(index):
            return f"{self.label(index)}\n{loss}".strip()
        taken = f"predicted {self.answer(index)}" if self.is_wrong(index) else "predicted correctly"
        said = taken if self.head.class_names else f"output {self.answer(index)}"
        return f"{self.label(index)}, {said}\n{loss}"

    @property
    def bars(self) -> tuple[Bar, ...]:
        """The gradients, in the network's order."""
        if self.seen is None:
            return ()
        longest = max((layer.gradient for layer in self.seen.gradients), default=0.0)
        return tuple(
            Bar(
                layer=layer.layer,
                share=_share(layer.gradient, longest),
                is_sound=math.isfinite(layer.gradient),
                value=numeral(layer.gradient),
                tip=f"{layer.layer}\ngradient norm {numeral(layer.gradient, '.4g')}\nweight norm {numeral(layer.weights, '.4g')}",
            )
            for layer in self.seen.gradients
        )


def _coloured(pictures: NDArray[np.uint8], colours: Sequence[Sequence[int]]) -> NDArray[np.uint8]:
    """Return pictures as they are, and masks, uint8 [B, H, W], in colours; black where there is no class."""
    if pictures.ndim == 4:
        return pictures
    table = np.zeros((256, 3), np.uint8)
    table[1:] = np.resize(np.array(colours, np.uint8), (255, 3))
    return table[pictures].transpose(0, 3, 1, 2)


def say_loss(loss: float) -> str:
    """Return ``0.0031``, ``0.03``, ``2.31``, ``1.2e+03``."""
    return numeral(loss, ".1e" if abs(loss) >= 1000 else ".2f" if abs(loss) >= 0.1 else ".2g")


def _share(length: float, longest: float) -> float:
    if not (math.isfinite(length) and math.isfinite(longest)):
        return 0.0 if math.isfinite(length) else 1.0
    if length <= 0:
        return 0.0
    return max(1 + math.log10(length / longest) / DECADES, 0.0)
