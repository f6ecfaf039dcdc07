"""Masks and pictures that a network predicts, as a PNG file: the worst of a split, or any others in rows."""

from __future__ import annotations

import colorsys
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from workbench.session.views.feature_sheet import (
    BORDER,
    CAPTION,
    GAP,
    MOST_ROWS,
    NEUTRAL,
    TILE,
    as_png,
    drawing_on,
    enlarged,
)
from workbench.session.views.mistakes.drawn import CAPTIONS, drawn

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import numpy as np
    from numpy.typing import NDArray
    from PIL.ImageDraw import ImageDraw

    from workbench.session.views.mistakes.dense import DenseMistakes

GOLDEN = (5**0.5 - 1) / 2
"""Steps of this share of the circle of hues come near no earlier one for long."""

MOST_CLASSES = 255
NAME_WIDTH = 200
HEAD = 3 * CAPTION
FIRST_HUE = 0.58
"""Blue: red are the errors."""

INK, MUTED = (27, 31, 39), (78, 85, 99)


@dataclass(frozen=True, kw_only=True)
class Block:
    """Pictures in rows below a ``title``, the ``names`` of the classes of pixels in their colours, and the ``captions``
    of the columns. ``row`` makes that of one of the ``numbers``: its pictures, uint8 [H, W, 3], and lines beside them.
    """

    title: str
    names: Sequence[str]
    captions: Sequence[str]
    numbers: Sequence[int]
    row: Callable[[int], tuple[Sequence[NDArray[np.uint8]], Sequence[str]]]


def sheet(blocks: Sequence[Block]) -> bytes:
    """Return the blocks below each other, each with ``MOST_ROWS`` rows at most."""
    from PIL import Image

    num_rows = sum(min(len(block.numbers), MOST_ROWS) for block in blocks)
    width = 2 * BORDER + max(len(block.captions) for block in blocks) * (TILE + GAP) + NAME_WIDTH
    height = 2 * BORDER + len(blocks) * HEAD + num_rows * (TILE + GAP)
    whole = Image.new("RGB", (width, height), NEUTRAL)
    draw, top = drawing_on(whole), BORDER
    for block in blocks:
        _head(draw, top, block)
        top += HEAD
        for number in block.numbers[:MOST_ROWS]:
            pictures, lines = block.row(number)
            for place, picture in enumerate(pictures):
                whole.paste(enlarged(picture.transpose(2, 0, 1), TILE), (BORDER + place * (TILE + GAP), top))
            left = BORDER + len(pictures) * (TILE + GAP)
            for place, line in enumerate(lines):
                draw.text((left, top + place * CAPTION), line, fill=MUTED if place else INK)
            top += TILE + GAP
    return as_png(whole)


def _head(draw: ImageDraw, top: int, block: Block) -> None:
    draw.text((BORDER, top), block.title, fill=INK)
    left = float(BORDER)
    for name, colour in zip(block.names, pixel_hues(), strict=False):
        draw.text((left, top + CAPTION), name, fill=colour)
        left += draw.textlength(name) + GAP
    for place, caption in enumerate(block.captions):
        draw.text((BORDER + place * (TILE + GAP), top + 2 * CAPTION), caption, fill=MUTED)


def worst_sheet(
    heads: Sequence[DenseMistakes], num_worst: int, words: Callable[[DenseMistakes, int], Sequence[str]]
) -> bytes:
    """Return the worst pictures of each head, a row for each with input, target, output and errors; beside them what
    ``words`` says of a picture, in lines.
    """

    def row(head: DenseMistakes, number: int) -> tuple[Sequence[NDArray[np.uint8]], Sequence[str]]:
        (prediction,) = head.predictions([number])
        return drawn(prediction, pixel_hues()), words(head, number)

    return sheet(
        [
            Block(
                title=f"{head.output}, {head.target}: {head.split} after step {head.step:,}",
                names=head.column.names,
                captions=CAPTIONS,
                numbers=head.pictures(next(iter(head.measures)))[:num_worst].tolist(),
                row=partial(row, head),
            )
            for head in heads
        ]
    )


def pixel_hues() -> list[tuple[int, int, int]]:
    """Return a colour (RGB) for each class of pixels."""
    shares = (colorsys.hsv_to_rgb((FIRST_HUE + place * GOLDEN) % 1, 0.85, 0.9) for place in range(MOST_CLASSES))
    return [(round(255 * red), round(255 * green), round(255 * blue)) for red, green, blue in shares]
