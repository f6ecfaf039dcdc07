"""The canvas read aloud: for graphics items Qt itself tells screen readers nothing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from workbench.gui.canvas.note_items import NoteItem
    from workbench.gui.canvas.presenter import Presenter

MOST_SENTENCES = 12
"""Read aloud of what is selected."""


def description(presenter: Presenter, notes: Mapping[str, NoteItem]) -> str:
    """What is selected; with nothing selected, how much there is."""
    cards = presenter.cards
    selected = sorted(presenter.selection)
    read = selected[:MOST_SENTENCES]
    sentences = [cards[key].sentence() for key in read if key in cards]
    sentences += [notes[key].sentence() for key in read if key in notes]
    if len(selected) > len(read):
        sentences.append(f"and {len(selected) - len(read)} more")
    there = f"{len(cards)} nodes" + (f" and {len(notes)} notes" if notes else "")
    return "; ".join(sentences) or f"{there}, none selected"
