"""A layer's feature maps of a picture, and the pictures that excite a channel the most, as shown. No Qt."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from workbench.gui.looking.presenter import PicturePresenter, cell_at
from workbench.gui.runtime.refresh import AT_REST
from workbench.layers.base import describe
from workbench.session.editing.data_facts import SPLIT_TITLES
from workbench.session.views.feature_sheet import largest_of
from workbench.session.views.features import FeaturesQuestion, FeaturesSeen
from workbench.spec.problems import capitalised
from workbench.spec.quantities import NO_BREAK, numeral, percent
from workbench.spec.record import Record

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from workbench.compiler.places import FeatureLayer
    from workbench.events import AnyEvent
    from workbench.insight.attention import Point
    from workbench.session.views.features import StrongestSeen

Part = tuple[float, float, float, float]
"""Top, left, bottom and right, as fractions of a picture."""


class Exciting(Record):
    """A picture that excites the channel: its number, its response, and the ``part`` that the channel sees where
    its map is the largest; None if that may be all.
    """

    number: int
    response: float
    part: Part | None


class FeaturesPresenter(PicturePresenter[FeaturesSeen]):
    """The picture, the layer and the channel that are shown, and the newest answers about them."""

    shown_thing = "feature maps"

    def __init__(self) -> None:
        self.one_scale = True
        """Whether all channels have one scale of colours, rather than each its own."""
        self.by_mean = False
        """Whether the strongest pictures are those with the largest mean of the map, rather than the largest number."""
        self.shows_strongest = False
        self.channel = 0
        self._path = ""
        """The chosen layer; empty for the first."""
        super().__init__()

    def begin(self, weights: str | None = None) -> None:
        super().begin(weights)
        self._largest_of_all = 0.0
        self.ranking: StrongestSeen | None = None
        self.ranked = (0, 1)
        """How many pictures have been compared, and of how many."""
        self.awaits_ranking = False
        self._wants_ranking = False
        self._first_ranking: int | None = None

    # Choices

    def choose_layer(self, path: str) -> None:
        """Show this layer, or the last within the block of this path."""
        if path != self._path:
            self._path = path
            self._ask_anew()

    def choose_channel(self, channel: int) -> None:
        self.channel = channel

    def show_strongest(self, shows: bool) -> None:
        """Look for the pictures that excite the layer's channels the most, or no longer."""
        self.shows_strongest = shows
        if shows:
            self._want_ranking()
        else:
            self._wants_ranking = self.awaits_ranking = False

    def _want_ranking(self) -> None:
        self._first_ranking, self._wants_ranking, self.awaits_ranking = None, True, True

    # Questions and answers

    def feed(self, events: Sequence[AnyEvent], state: str) -> bool:
        """Take a run's next events. All pictures are compared again only at a pause and at the end, since that takes
        time from the training.
        """
        is_due = super().feed(events, state)
        self._wants_ranking |= is_due and self.shows_strongest and state in AT_REST
        return is_due

    def _question(self) -> FeaturesQuestion | None:
        return None if self.picture is None else FeaturesQuestion(picture=self.picture, path=self._path)

    def take_answer(self, number: int, answer: FeaturesSeen) -> bool:
        """Take an answer, and return whether it is one about this picture and layer."""
        before = self.layer
        if not super().take_answer(number, answer):
            return False
        self._largest_of_all = largest_of(self.values) if self.is_shown else 0.0
        if self.layer is not None and (before is None or before.path != self.layer.path) and self.shows_strongest:
            self._want_ranking()
        return True

    def take_ranking_question(self) -> str | None:
        """Return the layer whose strongest pictures to ask for now, and reset; None if there is nothing to ask."""
        if not self._wants_ranking or self.layer is None:
            return None
        self._wants_ranking = False
        return self.layer.path

    def asked_ranking(self, number: int) -> None:
        """Take the number of a request for the strongest pictures."""
        if self._first_ranking is None:
            self._first_ranking = number

    def take_ranking(self, number: int, answer: StrongestSeen) -> bool:
        """Take the strongest pictures, and return whether they are of this layer."""
        is_ours = self._first_ranking is not None and number >= self._first_ranking
        if is_ours:
            self.ranking, self.awaits_ranking = answer, False
        return is_ours

    # What is shown

    @property
    def is_shown(self) -> bool:
        return self.seen is not None and self.seen.values is not None

    @property
    def layer(self) -> FeatureLayer | None:
        return None if self.seen is None else self.seen.layer

    @property
    def layers(self) -> tuple[FeatureLayer, ...]:
        """The layers to choose from, in the network's order."""
        return () if self.seen is None else self.seen.layers

    @property
    def path(self) -> str:
        """The layer that is asked about."""
        assert self.layer is not None
        return self._path if any(each.path == self._path for each in self.layers) else self.layer.path

    @property
    def values(self) -> NDArray[np.float32]:
        """The maps of all channels, float32 [channels, H, W]."""
        assert self.seen is not None
        values: NDArray[np.float32] = self.seen.values
        return values

    @property
    def is_vector(self) -> bool:
        """Whether each channel is one number."""
        return self.values.shape[1:] == (1, 1)

    @property
    def number(self) -> int:
        """The channel that is shown large; another layer may have fewer."""
        return self.channel if self.channel < len(self.values) else 0

    @property
    def facts(self) -> str:
        """The layer in one line: its shape, the range of its output, and how much of it is zero."""
        layer, values = self.layer, self.values
        assert layer is not None
        if np.isnan(values).all():
            return f"{describe(layer.shape)} · the network answers NaN"
        parts = [
            describe(layer.shape),
            _range(values[~np.isnan(values)]),
            _zeros(values),
        ]
        num_dead = int((values == 0).all(axis=(1, 2)).sum())
        if num_dead and not self.is_vector:
            parts.append(f"{num_dead:,} of {len(values):,} channels zero everywhere")
        return " · ".join(parts)

    def largest(self, channel: int) -> float:
        """Return the number that has the strongest colour in the map of a channel."""
        return self._largest_of_all if self.one_scale else largest_of(self.values[channel])

    @property
    def told(self) -> str:
        """The channel that is shown large, in words."""
        assert self.seen is not None
        number = self.number
        values = self.values[number]
        assert self.layer is not None
        of_all = "channels" if self.layer.layout == "series" else "tokens"
        name = f"The matrix of all {of_all}" if self._is_matrix else f"Channel {number}"
        if np.isnan(values).any():
            return f"{name}: NaN."
        if values.size == 1:
            return f"{name}: {numeral(float(values[0, 0]))}."
        parts = [f"{name}: {_range(values)}, {_zeros(values)}."]
        if self.seen.patches is not None and self.seen.pixels.ndim == 3:
            parts.append("Framed: what its largest number sees.")
        others = self.seen.others[number]
        if others.size:
            parts.append(f"The class token has {numeral(float(others[0]))}.")
        return " ".join(parts)

    @property
    def _is_matrix(self) -> bool:
        return self.layer is not None and self.layer.layout in ("tokens", "series") and self.layer.sides is None

    @property
    def framed(self) -> Part | None:
        """What the channel sees of the picture where its map is the largest; None if that may be all of it."""
        assert self.seen is not None
        values = self.values[self.number]
        if self.seen.patches is None or np.isnan(values).any():
            return None
        row, column = np.unravel_index(int(values.argmax()), values.shape)
        part: Part = self.seen.patches.of(int(row), int(column))
        return part

    def channel_tip(self, channel: int) -> str:
        """Return what a small map has no room for."""
        values = self.values[channel]
        return f"Channel {channel}: {numeral(float(values[0, 0])) if values.size == 1 else _range(values)}"

    def place_tip(self, point: Point) -> str:
        """Return the number at a point of the large map."""
        values = self.values[self.number]
        row, column = cell_at(point, values.shape)
        return f"row {row}, column {column}: {numeral(float(values[row, column]))}"

    # The strongest pictures

    @property
    def _is_ranked(self) -> bool:
        ranking, layer = self.ranking, self.layer
        return ranking is not None and layer is not None and ranking.path == layer.path and ranking.found is not None

    @property
    def exciting(self) -> tuple[Exciting, ...]:
        """The pictures that excite the channel the most, the strongest first; empty if they are not known."""
        ranking, layer = self.ranking, self.layer
        if ranking is None or ranking.found is None or layer is None or not self._is_ranked:
            return ()
        found = ranking.found.by_mean if self.by_mean else ranking.found.by_largest
        width = self.values.shape[2]
        rows = zip(
            *(each[:, self.number].tolist() for each in (found.numbers, found.responses, found.places)), strict=True
        )
        return tuple(
            Exciting(
                number=number,
                response=response,
                part=None if ranking.patches is None else ranking.patches.of(*divmod(place, width)),
            )
            for number, response, place in rows
        )

    @property
    def ranking_words(self) -> str:
        """What is said of the strongest pictures."""
        if not self.shows_strongest:
            return ""
        if self.ranking is not None and self.ranking.problem and not self.awaits_ranking:
            return f"{capitalised(self.ranking.problem)}."
        if not self._is_ranked or self.ranking is None or self.gallery is None:
            return "Comparing all pictures…"
        split, step = SPLIT_TITLES[self.ranking.split], self.step_words(self.ranking.step)
        if not self.are_pictures:
            rows = ", ".join(f"{each.number:,} ({numeral(each.response)})" for each in self.exciting)
            return f"Of {self.gallery.count:,} {split} rows, {step}: {rows}"
        what = "mean" if self.by_mean else "largest number"
        return f"Of {self.gallery.count:,} {split} pictures, by the {what} of the map · {step}"

    def exciting_tip(self, number: int) -> str:
        """Return the description of a picture that excites the channel."""
        each = next(each for each in self.exciting if each.number == number)
        gallery = self.gallery
        assert gallery is not None
        words = [] if gallery.labels is None else [gallery.class_names[int(gallery.labels[number])]]
        return " · ".join([*words, f"response {numeral(each.response)}", f"number {number:,}"])


def _range(values: NDArray[np.float32]) -> str:
    return "NaN" if np.isnan(values).any() else f"{numeral(float(values.min()))} to {numeral(float(values.max()))}"


def _zeros(values: NDArray[np.float32]) -> str:
    return f"{percent(float((values == 0).mean()), 0, NO_BREAK)} zeros"
