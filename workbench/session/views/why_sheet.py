"""Why a network answers as it does, as a PNG file: each picture, the same under its map, and what the colours mean."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

from workbench.session.views.feature_sheet import (
    BORDER,
    CAPTION,
    GAP,
    NEUTRAL,
    NO_NUMBER,
    TILE,
    as_png,
    drawing_on,
    enlarged,
    overlay,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from workbench.session.views.why import WhySeen

SIDE, WORDS, LETTERS = 2 * TILE, 340, 54
"""Of a picture, and of the words beside it, in pixels; and how many letters a line has."""


def why_sheet(seen: Sequence[tuple[str, WhySeen]], state: str) -> bytes:
    """Return a row for each picture, under its name; ``state`` says which weights the network has."""
    from PIL import Image

    width, height = 2 * BORDER + 2 * (SIDE + GAP) + WORDS, SIDE + GAP
    sheet = Image.new("RGB", (width, 2 * BORDER + len(seen) * height - GAP), NEUTRAL)
    draw = drawing_on(sheet)
    for row, (name, each) in enumerate(seen):
        top = BORDER + row * height
        plain = enlarged(each.pixels, SIDE)
        colours = Image.fromarray(overlay(each.found, each.largest))
        smooth = Image.Resampling.BILINEAR if each.method == "grad-cam" else Image.Resampling.NEAREST
        mapped = Image.alpha_composite(plain.convert("RGBA"), colours.resize(plain.size, smooth))
        for column, picture in enumerate((plain, mapped.convert("RGB"))):
            left = BORDER + column * (SIDE + GAP)
            sheet.paste(picture, (left, top))
            draw.rectangle((left, top, left + picture.width - 1, top + picture.height - 1), outline=NO_NUMBER)
        words = [name, each.said(each.place), f"{each.title}, {state}", "", each.legend]
        lines = [line for part in words for line in textwrap.wrap(part, LETTERS) or [""]]
        for number, line in enumerate(lines[: SIDE // CAPTION]):
            draw.text((BORDER + 2 * (SIDE + GAP), top + number * CAPTION), line, fill=(27, 31, 39))
    return as_png(sheet)
