"""Toy sets: points in the plane, for networks small enough to understand."""

from __future__ import annotations

from typing import Annotated, ClassVar

import numpy as np
from msgspec import Meta
from numpy.typing import NDArray

from workbench.data.holdout import hold_out, random_state
from workbench.data.progress import Progress
from workbench.data.source import DataSource, Examples, Loaded, SourceFacts
from workbench.spec.column import CLASS, one_class

NumPoints = Annotated[int, Meta(ge=10, le=1_000_000, description="total points; a fifth of each class is for testing")]
Noise = Annotated[float, Meta(ge=0, le=2, description="standard deviation of the noise added to each coordinate")]

Points = NDArray[np.float64]

TEST_SHARE = 0.2


class _Toy(DataSource):
    """Base of the toy sets: points drawn by the seed, class by class; a fifth of each class is held out for testing."""

    vector = "point"
    standardises = False  # their coordinates are about 1 as they are
    class_names: ClassVar[tuple[str, ...]]

    num_points: NumPoints = 1000
    noise: Noise = 0.1

    def facts(self) -> SourceFacts:
        num_test = int(self._held(seed=0).sum())
        return SourceFacts(
            title=self.title(),
            licence="generated",
            columns=one_class(self.class_names),
            num_features=2,
            num_train=self.num_points - num_test,
            num_test=num_test,
        )

    def load(self, wanted: tuple[int, ...], seed: int, progress: Progress) -> Loaded:
        random = random_state(seed, self.id)
        labels = self._labels()
        points = self._draw(labels, random) + self.noise * random.standard_normal((len(labels), 2))
        examples = Examples(inputs=points.astype(np.float32), targets={CLASS: labels})
        held = self._held(seed)
        return Loaded(columns=one_class(self.class_names), train=examples.where(~held), test=examples.where(held))

    def _labels(self) -> NDArray[np.int64]:
        return np.arange(self.num_points, dtype=np.int64) % len(self.class_names)

    def _held(self, seed: int) -> NDArray[np.bool_]:
        return hold_out(self._labels(), TEST_SHARE, random_state(seed, f"{self.id} test"))

    def _draw(self, labels: NDArray[np.int64], random: np.random.RandomState) -> Points:
        """Return a point for each label, [N, 2], without noise."""
        raise NotImplementedError


class XOR(_Toy):
    """Four quadrants, opposite ones of the same class: not linearly separable (Minsky and Papert 1969)."""

    id = "xor"
    class_names = ("same signs", "different signs")

    def _draw(self, labels: NDArray[np.int64], random: np.random.RandomState) -> Points:
        # Kept away from the axes, where the quadrants would touch.
        sizes = random.uniform(0.2, 1.0, (len(labels), 2))
        first = random.choice([-1.0, 1.0], len(labels))
        points: Points = sizes * np.stack([first, np.where(labels == 0, first, -first)], axis=1)
        return points


class TwoMoons(_Toy):
    """Two interleaved half circles."""

    shown_as = "Two moons"
    id = "two-moons"
    class_names = ("upper", "lower")

    def _draw(self, labels: NDArray[np.int64], random: np.random.RandomState) -> Points:
        angles = random.uniform(0, np.pi, len(labels))
        upper = np.stack([np.cos(angles), np.sin(angles)], axis=1)
        lower = np.stack([1 - np.cos(angles), 0.5 - np.sin(angles)], axis=1)
        points: Points = np.where(labels[:, None] == 0, upper, lower) - np.array([0.5, 0.25])
        return points


class Spirals(_Toy):
    """Two arms wound around each other, one and a half turns (Lang and Witbrock 1988)."""

    id = "spirals"
    class_names = ("one arm", "other arm")

    noise: Noise = 0.02

    def _draw(self, labels: NDArray[np.int64], random: np.random.RandomState) -> Points:
        # The root spreads the points evenly along the arm.
        along = np.sqrt(random.uniform(0.02, 1, len(labels)))
        angles = 3 * np.pi * along + np.pi * labels
        points: Points = along[:, None] * np.stack([np.cos(angles), np.sin(angles)], axis=1)
        return points


class Circles(_Toy):
    """A ring within a ring."""

    id = "circles"
    class_names = ("outer", "inner")

    def _draw(self, labels: NDArray[np.int64], random: np.random.RandomState) -> Points:
        angles = random.uniform(0, 2 * np.pi, len(labels))
        radii = np.where(labels == 0, 1.0, 0.4)
        points: Points = radii[:, None] * np.stack([np.cos(angles), np.sin(angles)], axis=1)
        return points
