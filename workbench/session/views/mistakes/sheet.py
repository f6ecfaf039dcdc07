"""The worst masks and pictures that a network predicts, as a PNG file."""

from __future__ import annotations

import colorsys
from typing import TYPE_CHECKING

from workbench.session.views.feature_sheet import BORDER, CAPTION, GAP, MOST_ROWS, NEUTRAL, TILE, as_png, enlarged
from workbench.session.views.mistakes.drawn import CAPTIONS, drawn

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

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


def worst_sheet(
    heads: Sequence[DenseMistakes], num_worst: int, words: Callable[[DenseMistakes, int], Sequence[str]]
) -> bytes:
    """Return the worst pictures of each head, a row for each with input, target, output and errors; beside them what
    ``words`` says of a picture, in lines.
    """
    from PIL import Image, ImageDraw

    worst = [head.pictures(next(iter(head.measures)))[: min(num_worst, MOST_ROWS)].tolist() for head in heads]
    num_rows = sum(map(len, worst))
    width = 2 * BORDER + len(CAPTIONS) * (TILE + GAP) + NAME_WIDTH
    height = 2 * BORDER + len(heads) * HEAD + num_rows * (TILE + GAP)
    sheet = Image.new("RGB", (width, height), NEUTRAL)
    draw, top = ImageDraw.Draw(sheet), BORDER
    for head, indices in zip(heads, worst, strict=True):
        _head(draw, top, head)
        top += HEAD
        for index in indices:
            (prediction,) = head.predictions([index])
            for place, part in enumerate(drawn(prediction, pixel_hues())):
                sheet.paste(enlarged(part.transpose(2, 0, 1), TILE), (BORDER + place * (TILE + GAP), top))
            left = BORDER + len(CAPTIONS) * (TILE + GAP)
            for number, line in enumerate(words(head, index)):
                draw.text((left, top + number * CAPTION), line, fill=MUTED if number else INK)
            top += TILE + GAP
    return as_png(sheet)


def _head(draw: ImageDraw, top: int, head: DenseMistakes) -> None:
    draw.text((BORDER, top), f"{head.output}, {head.target}: {head.split} after step {head.step:,}", fill=INK)
    left = float(BORDER)
    for name, colour in zip(head.column.names, pixel_hues(), strict=False):
        draw.text((left, top + CAPTION), name, fill=colour)
        left += draw.textlength(name) + GAP
    for place, caption in enumerate(CAPTIONS):
        draw.text((BORDER + place * (TILE + GAP), top + 2 * CAPTION), caption, fill=MUTED)


def pixel_hues() -> list[tuple[int, int, int]]:
    """Return a colour (RGB) for each class of pixels."""
    shares = (colorsys.hsv_to_rgb((FIRST_HUE + place * GOLDEN) % 1, 0.85, 0.9) for place in range(MOST_CLASSES))
    return [(round(255 * red), round(255 * green), round(255 * blue)) for red, green, blue in shares]
