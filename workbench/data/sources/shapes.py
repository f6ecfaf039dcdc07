"""Generated shapes: pictures of which everything is known."""

from __future__ import annotations

from typing import Annotated

import numpy as np
from msgspec import Meta
from numpy.typing import NDArray

from workbench.data.holdout import random_state
from workbench.data.progress import Progress
from workbench.data.source import DataSource, Examples, Loaded, SourceFacts
from workbench.spec.column import Column

SIDE = 32
KINDS = ("circle", "square", "triangle")
CORNERS = {"square": 4, "triangle": 3}
MOST_SHAPES = 3
SEEN_FROM = 12
"""The minimum number of visible pixels for a shape to count as present; later shapes cover earlier ones."""

TEST_SHARE = 0.2


class Shapes(DataSource):
    """Circles, squares and triangles, 32×32 grey, with masks, labels and the area covered."""

    id = "shapes"

    num_pictures: Annotated[int, Meta(ge=10, le=100_000, description="total pictures; a fifth is for testing")] = 2500
    noise: Annotated[float, Meta(ge=0, le=1, description="standard deviation of the noise; white is 1")] = 0.1

    def facts(self) -> SourceFacts:
        num_test = round(self.num_pictures * TEST_SHARE)
        return SourceFacts(
            title=self.title(),
            licence="generated",
            columns=(
                Column(name="pixels", kind="mask", names=("background", *KINDS), shape=(SIDE, SIDE)),
                Column(name="shapes", kind="labels", names=KINDS),
                Column(name="covered", kind="number", unit="%"),
            ),
            picture_shape=(1, SIDE, SIDE),
            num_train=self.num_pictures - num_test,
            num_test=num_test,
        )

    def load(self, wanted: tuple[int, ...], seed: int, progress: Progress) -> Loaded:
        random = random_state(seed, self.id)
        pictures = np.empty((self.num_pictures, SIDE, SIDE))
        pixels = np.empty((self.num_pictures, SIDE, SIDE), np.uint8)
        for place in range(self.num_pictures):
            pictures[place], pixels[place] = _drawn(random)
        pictures += self.noise * random.standard_normal(pictures.shape)
        counts = np.stack([(pixels == 2 + kind).sum(axis=(1, 2)) for kind in range(len(KINDS))], axis=1)
        everything = Examples(
            inputs=np.rint(255 * pictures.clip(0, 1)).astype(np.uint8)[:, None],
            targets={
                "pixels": pixels,
                "shapes": (counts >= SEEN_FROM).astype(np.float32),
                "covered": (100 / SIDE**2 * counts.sum(axis=1, keepdims=True)).astype(np.float32),
            },
        )
        facts = self.facts()
        assert facts.columns is not None and facts.num_train is not None
        is_train = np.arange(self.num_pictures) < facts.num_train
        return Loaded(columns=facts.columns, train=everything.where(is_train), test=everything.where(~is_train))


def _drawn(random: np.random.RandomState) -> tuple[NDArray[np.float64], NDArray[np.uint8]]:
    """Draw a picture of values 0..1 and its mask, [32, 32] each: up to three shapes, the later over the earlier."""
    picture, pixels = np.full((SIDE, SIDE), random.uniform(0, 0.2)), np.ones((SIDE, SIDE), np.uint8)
    for _ in range(random.randint(1, MOST_SHAPES + 1)):
        kind = random.randint(len(KINDS))
        inside = _inside(
            KINDS[kind], random.uniform(4, 10), random.uniform(6, SIDE - 6, 2), random.uniform(0, 2 * np.pi)
        )
        picture[inside], pixels[inside] = random.uniform(0.35, 1), 2 + kind
    return picture, pixels


def _inside(kind: str, radius: float, centre: NDArray[np.float64], angle: float) -> NDArray[np.bool_]:
    """Return which pixels are inside the shape, bool [32, 32]; ``radius`` is that of its circumscribed circle."""
    y, x = np.mgrid[:SIDE, :SIDE] + 0.5 - centre[:, None, None]
    if kind not in CORNERS:
        return np.asarray(np.hypot(x, y) <= radius)
    corners = CORNERS[kind]
    sides = angle + 2 * np.pi / corners * np.arange(corners)[:, None, None]
    reach = np.cos(sides) * x + np.sin(sides) * y
    return np.asarray((reach <= radius * np.cos(np.pi / corners)).all(axis=0))
