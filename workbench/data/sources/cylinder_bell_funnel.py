"""Generated series: three shapes in noise."""

from __future__ import annotations

from typing import Annotated

import numpy as np
from msgspec import Meta
from numpy.typing import NDArray

from workbench.data.holdout import hold_out, random_state
from workbench.data.progress import Progress
from workbench.data.source import DataSource, Examples, Loaded, SourceFacts
from workbench.spec.column import CLASS, one_class

NAMES = ("cylinder", "bell", "funnel")
NUM_STEPS = 128
HEIGHT = 6.0
"""The mean height of a shape; its standard deviation is 1."""

TEST_SHARE = 0.2


class CylinderBellFunnel(DataSource):
    """Series of 128 steps in which something begins and ends at random: a cylinder stays, a bell rises, a funnel falls.

    Saito 1994: Local feature extraction and its applications using a library of bases, Yale University.
    """

    shown_as = "Cylinder, bell, funnel"
    id = "cylinder-bell-funnel"

    num_series: Annotated[int, Meta(ge=10, le=1_000_000, description="total series; a fifth is for testing")] = 1500
    noise: Annotated[
        float, Meta(ge=0, le=10, description="standard deviation of the noise; the shapes are about 6 high")
    ] = 1.0

    def facts(self) -> SourceFacts:
        num_test = int(self._held(seed=0).sum())
        return SourceFacts(
            title=self.title(),
            licence="generated",
            columns=one_class(NAMES),
            series_shape=(NUM_STEPS, 1),
            num_train=self.num_series - num_test,
            num_test=num_test,
        )

    def load(self, wanted: tuple[int, ...], seed: int, progress: Progress) -> Loaded:
        random, labels = random_state(seed, self.id), self._labels()
        series = _drawn(labels, random) + self.noise * random.standard_normal((len(labels), NUM_STEPS))
        examples = Examples(inputs=series.astype(np.float32)[..., None], targets={CLASS: labels})
        held = self._held(seed)
        return Loaded(columns=one_class(NAMES), train=examples.where(~held), test=examples.where(held))

    def _labels(self) -> NDArray[np.int64]:
        return np.arange(self.num_series, dtype=np.int64) % len(NAMES)

    def _held(self, seed: int) -> NDArray[np.bool_]:
        return hold_out(self._labels(), TEST_SHARE, random_state(seed, f"{self.id} test"))


def _drawn(labels: NDArray[np.int64], random: np.random.RandomState) -> NDArray[np.float64]:
    """Return a shape for each label, [N, 128], without noise: it begins at step 16 to 32, and is 32 to 96 long."""
    begins, lengths = random.randint(16, 33, (len(labels), 1)), random.randint(32, 97, (len(labels), 1))
    heights = HEIGHT + random.standard_normal((len(labels), 1))
    along = (np.arange(1, NUM_STEPS + 1) - begins) / lengths
    rising = np.choose(labels[:, None], [np.ones_like(along), along, 1 - along])
    drawn: NDArray[np.float64] = np.where((along >= 0) & (along <= 1), heights * rising, 0.0)
    return drawn
