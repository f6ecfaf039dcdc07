"""Maps as pictures: blue below zero, red above, alone or over a picture, and a sheet of all channels as a PNG file."""

from __future__ import annotations

import io
import math
from contextlib import suppress
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from workbench.spec.quantities import significant

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray
    from PIL import Image, ImageDraw, ImageFont

    from workbench.session.views.features import FeaturesSeen

ZERO, NOT_A_NUMBER = 127, 255
"""The levels of zero, which is the neutral colour, and of NaN; 0 is the most negative and 254 the most positive."""

LOW, NEUTRAL, HIGH, NO_NUMBER = (37, 99, 235), (255, 255, 255), (194, 50, 43), (133, 141, 155)

STRONGEST = 180
"""The opacity of a colour over a picture, of 255."""

OVER_LOW, OVER_HIGH = (0, 110, 255), (255, 0, 0)

TILE, GAP, CAPTION, BORDER = 96, 10, 16, 16
"""Of a sheet, in pixels."""

FONTS = ("DejaVuSans.ttf", "LiberationSans-Regular.ttf", "NotoSans-Regular.ttf", "arial.ttf", "Arial.ttf")
"""Of Linux, Windows and macOS, with the letters of many languages: Pillow's own font has those of English."""

LETTER = 9
"""The size of a letter."""

MOST_ROWS = 400
"""So that a sheet stays a picture that programs open; the rest is not drawn."""

Colour = tuple[int, int, int]


def levels(values: NDArray[np.float32], largest: float) -> NDArray[np.uint8]:
    """Return numbers as levels of colour, from ``-largest`` to ``largest``."""
    share = np.clip(np.nan_to_num(values, nan=0.0) / (largest or 1.0), -1, 1)
    found: NDArray[np.uint8] = np.round(ZERO + ZERO * share).astype(np.uint8)
    found[np.isnan(values)] = NOT_A_NUMBER
    return found


def colours(low: Colour, neutral: Colour, high: Colour, no_number: Colour) -> NDArray[np.uint8]:
    """Return the colour of each level, uint8 [256, 3]: ``neutral`` is that of zero."""
    ends, share = np.array([low, high]), (np.arange(256) - ZERO) / ZERO
    far = ends[(share > 0).astype(int)]
    table: NDArray[np.uint8] = np.round(
        neutral + (far - np.array(neutral)) * np.minimum(np.abs(share), 1)[:, None]
    ).astype(np.uint8)
    table[NOT_A_NUMBER] = no_number
    return table


def overlay(values: NDArray[np.float32], largest: float) -> NDArray[np.uint8]:
    """Return what lies over a picture, RGBA, uint8 [H, W, 4]: red where ``values``, [H, W], are positive, blue where
    negative, the stronger the larger they are, up to ``largest``; nothing where they are 0 or NaN.
    """
    share = np.nan_to_num(values / (largest or 1.0)).clip(-1, 1)
    rgba = np.zeros((*share.shape, 4), np.uint8)
    rgba[..., :3] = np.where(share[..., None] > 0, OVER_HIGH, OVER_LOW)
    rgba[..., 3] = STRONGEST * np.abs(share)
    return rgba


def largest_of(values: NDArray[np.float32]) -> float:
    """Return the largest distance from zero of finite numbers; 0 if there are none."""
    finite = values[np.isfinite(values)]
    return float(np.abs(finite).max()) if finite.size else 0.0


def feature_sheet(seen: FeaturesSeen, title: str, *, one_scale: bool) -> bytes:
    """Return all channels of a layer as a PNG file, numbered from 0, with the scale of the colours.

    Each number of a vector is a field of its own. With ``one_scale`` all channels have the same scale, otherwise each
    its own.
    """
    from PIL import Image

    values = seen.values
    columns = max(math.ceil(math.sqrt(len(values))), 6)
    rows = min(math.ceil(len(values) / columns), MOST_ROWS)
    left_out = len(values) - min(rows * columns, len(values))
    width = 2 * BORDER + columns * (TILE + GAP) - GAP
    head = 2 * BORDER + 2 * CAPTION
    sheet = Image.new("RGB", (width, head + rows * (TILE + CAPTION + GAP) + BORDER), NEUTRAL)
    draw = drawing_on(sheet)
    whole = largest_of(values)
    scale = (
        f"blue {significant(-whole)}, white 0, red {significant(whole)}"
        if one_scale
        else "each channel from -|largest| to |largest|"
    )
    more = f"; {left_out:,} more channels are not drawn" if left_out else ""
    draw.text((BORDER, BORDER), title, fill=(27, 31, 39))
    draw.text((BORDER, BORDER + CAPTION), scale + more, fill=(78, 85, 99))
    table = colours(LOW, NEUTRAL, HIGH, NO_NUMBER)
    for channel in range(len(values) - left_out):
        row, column = divmod(channel, columns)
        left, top = BORDER + column * (TILE + GAP), head + row * (TILE + CAPTION + GAP)
        largest = whole if one_scale else largest_of(values[channel])
        sheet.paste(_tile(values[channel], largest, table), (left, top))
        draw.rectangle((left, top, left + TILE - 1, top + TILE - 1), outline=NO_NUMBER)
        caption = f"{channel}" if values[channel].size > 1 else f"{channel}: {float(values[channel][0, 0]):.3g}"
        draw.text((left, top + TILE + 1), caption, fill=(78, 85, 99))
    return as_png(sheet)


def picture_sheet(
    pictures: Sequence[NDArray[np.uint8]], frames: Sequence[tuple[float, ...] | None], captions: Sequence[str]
) -> bytes:
    """Return pictures, uint8 [C, H, W] each, beside each other as a PNG file, each with a frame (top, left, bottom and
    right as fractions of it) and a caption.
    """
    from PIL import Image

    columns, side = math.ceil(math.sqrt(len(pictures))), 2 * TILE
    across, down = side + GAP, side + CAPTION + GAP
    rows = math.ceil(len(pictures) / columns)
    sheet = Image.new("RGB", (2 * BORDER + columns * across - GAP, 2 * BORDER + rows * down - GAP), NEUTRAL)
    draw = drawing_on(sheet)
    for number, (pixels, frame, caption) in enumerate(zip(pictures, frames, captions, strict=True)):
        left, top = BORDER + number % columns * across, BORDER + number // columns * down
        picture = enlarged(pixels, side)
        sheet.paste(picture, (left, top))
        if frame is not None:
            above, before, below, after = frame
            width, height = picture.size
            box = (before * width, above * height, after * width - 1, below * height - 1)
            place = [round(at) + (top if axis % 2 else left) for axis, at in enumerate(box)]
            draw.rectangle(place, outline=HIGH, width=3)
        draw.text((left, top + side + 2), caption, fill=(27, 31, 39))
    return as_png(sheet)


def drawing_on(sheet: Image.Image) -> ImageDraw.ImageDraw:
    """Return what draws on a sheet, with a font of this machine for its words."""
    from PIL import ImageDraw

    draw = ImageDraw.Draw(sheet)
    draw.font = _font()
    return draw


@cache
def _font() -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    from PIL import ImageFont

    for name in FONTS:
        with suppress(OSError):
            return ImageFont.truetype(name, LETTER)
    return ImageFont.load_default()


def as_rgb(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return a picture [C, H, W] as RGB [H, W, 3]; unless it has 1 or 3 channels, their mean is shown."""
    if len(picture) not in (1, 3):
        picture = picture.mean(axis=0, keepdims=True).astype(np.uint8)
    return np.ascontiguousarray(np.broadcast_to(picture, (3, *picture.shape[1:])).transpose(1, 2, 0))


def enlarged(pixels: NDArray[np.uint8], side: int) -> Image.Image:
    """Return a picture, uint8 [C, H, W], in colour or grey, whose longer side is ``side``."""
    from PIL import Image

    picture = Image.fromarray(as_rgb(pixels))
    scale = side / max(picture.size)
    width, height = (max(round(each * scale), 1) for each in picture.size)
    return picture.resize((width, height), Image.Resampling.NEAREST)


def _tile(values: NDArray[np.float32], largest: float, table: NDArray[np.uint8]) -> Image.Image:
    """Return one map as large as a tile, in its proportions."""
    from PIL import Image

    picture = Image.fromarray(table[levels(values, largest)])
    height, width = values.shape
    scale = TILE / max(height, width)
    size = (max(round(width * scale), 1), max(round(height * scale), 1))
    return picture.resize(size, Image.Resampling.NEAREST if scale >= 1 else Image.Resampling.BOX)


def as_png(sheet: Image.Image) -> bytes:
    """Return a picture as a PNG file."""
    found = io.BytesIO()
    sheet.save(found, "PNG")
    return found.getvalue()
