"""How notes relate to the cards around them: what a frame holds, and how notes follow moved cards. No Qt.

A frame holds what lies entirely inside it, and keeps its margins around those cards. A comment, or a frame without
cards, belongs to the card next to it, or else to the frame it is in; otherwise it stays where it is.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import TypeVar

from workbench.gui.canvas.alignment import Box, around, box_at
from workbench.gui.canvas.geometry import CARD_HEIGHT, CARD_WIDTH, GRID, ROW, Point, snap
from workbench.spec.graph import Note
from workbench.spec.record import replace

Key = TypeVar("Key")
Measure = Callable[[str], tuple[float, float]]
"""Returns the size of a comment with this text, in scene units."""

TITLE_HEIGHT = 32.0
"""Height of the title strip by which a frame is grabbed."""

SIDE, FOOT = 2 * GRID, 2 * GRID
"""Margins of a new frame around cards, at the sides and below."""

HEAD = TITLE_HEIGHT + GRID
CLEAR = 2 * GRID
"""Minimum distance between a frame and the cards above and below it."""

NEW_FRAME = (CARD_WIDTH + 2 * SIDE, 160.0)
LEAST_FRAME = (80.0, TITLE_HEIGHT + GRID)
NEXT_TO = ROW
"""The largest distance from a card at which a comment belongs to it."""


def rough_size(text: str) -> tuple[float, float]:
    """Estimate a comment's size where no font is available."""
    lines = [line[start : start + 32] for line in text.split("\n") for start in range(0, max(len(line), 1), 32)]
    return (240.0, 18.0 * len(lines) + 16.0)


def card_box(place: Point) -> Box:
    """Return the rectangle of a card in its own graph, with nothing expanded."""
    return box_at(place, (CARD_WIDTH, CARD_HEIGHT))


def note_box(note: Note, measure: Measure) -> Box:
    """Return the rectangle of a note."""
    return box_at(note.position, note.size or measure(note.text))


def frame_boxes(notes: Sequence[Note]) -> list[Box]:
    """Return the rectangles of those notes that are frames."""
    return [box_at(note.position, note.size) for note in notes if note.size]


def held(frame: Box, boxes: Mapping[Key, Box]) -> set[Key]:
    """Return what lies inside a frame, without the frame itself or another of the same rectangle."""
    return {key for key, box in boxes.items() if frame.holds(box) and box != frame}


def framing(cards: Box) -> Box:
    """Return a frame around cards, given their bounding box."""
    return Box(
        left=snap(cards.left) - SIDE,
        top=snap(cards.top) - HEAD,
        width=cards.width + 2 * SIDE,
        height=cards.height + HEAD + FOOT,
    )


def belonging(notes: Sequence[Note], measure: Measure, cards: Mapping[str, Box], chosen: Collection[str]) -> set[int]:
    """Return the notes that belong to the chosen cards and to no others."""
    boxes = [note_box(note, measure) for note in notes]
    found: set[int] = set()
    for index, box in enumerate(boxes):
        own = held(box, cards) if notes[index].size else set()
        owner = _owner(box, cards)
        if not own and owner is not None:
            own = {owner}
        if own and own <= set(chosen):
            found.add(index)
    return found


def follow(
    notes: Sequence[Note], measure: Measure, before: Mapping[str, Box], after: Mapping[str, Box]
) -> tuple[Note, ...]:
    """Return the notes after cards moved from ``before`` to ``after``, which have the same keys."""
    boxes = [note_box(note, measure) for note in notes]
    new = [_around_the_same(box, before, after) if note.size else None for note, box in zip(notes, boxes, strict=True)]
    frames = [(box, to) for box, to in zip(boxes, new, strict=True) if to is not None]
    for index, box in enumerate(boxes):
        if new[index] is None:
            new[index] = box.shifted(*_way(box, before, after, frames))
    return tuple(_as(note, box) for note, box in zip(notes, new, strict=True) if box is not None)


def _as(note: Note, box: Box) -> Note:
    size = (box.width, box.height) if note.size else None
    return replace(note, position=(box.left, box.top), size=size)


def _around_the_same(frame: Box, before: Mapping[str, Box], after: Mapping[str, Box]) -> Box | None:
    """Return the frame with the same margins around the cards that it holds, or None if it holds none."""
    inside = held(frame, before)
    if not inside:
        return None
    old, new = around(before[key] for key in inside), around(after[key] for key in inside)
    return Box(
        left=frame.left + (new.left - old.left),
        top=frame.top + (new.top - old.top),
        width=frame.width + (new.width - old.width),
        height=frame.height + (new.height - old.height),
    )


def _way(
    box: Box, before: Mapping[str, Box], after: Mapping[str, Box], frames: Sequence[tuple[Box, Box]]
) -> tuple[float, float]:
    """Return the movement of a note that surrounds no card."""
    owner = _owner(box, before)
    if owner is not None:
        return _beside(box, before[owner], after[owner])
    holding = [(old, new) for old, new in frames if old.holds(box)]
    if holding:
        old, new = min(holding, key=lambda pair: pair[0].width * pair[0].height)
        return (new.left - old.left, new.top - old.top)
    return (0.0, 0.0)


def _beside(box: Box, old: Box, new: Box) -> tuple[float, float]:
    """Return the movement of the side of a card that a note is at."""
    return (
        new.right - old.right if box.left >= old.right else new.left - old.left,
        new.bottom - old.bottom if box.top >= old.bottom else new.top - old.top,
    )


def _owner(box: Box, cards: Mapping[str, Box]) -> str | None:
    """Return the card that a note is next to."""
    near = ((_gap(box, card), name) for name, card in cards.items())
    distance, name = min(near, default=(NEXT_TO + 1, ""))
    return name if distance <= NEXT_TO else None


def _gap(first: Box, second: Box) -> float:
    aside = max(first.left - second.right, second.left - first.right, 0.0)
    return aside + max(first.top - second.bottom, second.top - first.bottom, 0.0)
