"""The masks and pictures that a network answers with for pictures of the user's own, as a PNG file."""

from __future__ import annotations

import textwrap
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.session.views.feature_sheet import CAPTION, MOST_ROWS, TILE
from workbench.session.views.mistakes.drawn import ANSWERED, drawn_answer
from workbench.session.views.mistakes.sheet import Block, pixel_hues, sheet

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

    from workbench.session.views.album import Predicted

LETTERS = 32
"""Of a line beside the pictures."""


def answers_sheet(found: Predicted, numbers: Sequence[int], state: str) -> bytes:
    """Return a row for each picture by its number, for each head that is drawn: what the network sees, and its answer;
    beside them the file, and the shares of the classes of pixels. ``state`` says which weights the network has.
    """
    first = f", the first {MOST_ROWS} of {len(numbers):,}" * (len(numbers) > MOST_ROWS)
    return sheet(
        [
            Block(
                title=f"{head.output}, {head.column.name}: {state}{first}",
                names=head.column.names,
                captions=ANSWERED,
                numbers=numbers,
                row=partial(_row, found, place),
            )
            for place, head in enumerate(found.heads)
            if head.is_drawn
        ]
    )


def _row(found: Predicted, head: int, number: int) -> tuple[Sequence[NDArray[np.uint8]], Sequence[str]]:
    pictures = drawn_answer(*found.drawn(number, found.heads[head]), pixel_hues())
    choices = found.answers(number)[head].choices
    lines = [
        *textwrap.wrap(Path(found.file(number)).name, LETTERS),
        *(f"{choice.name} {choice.confidence:.1%}" for choice in choices),
    ]
    return pictures, lines[: TILE // CAPTION]
