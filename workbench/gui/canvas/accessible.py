"""Descriptions of the canvas for screen readers, to which Qt reports nothing about graphics items."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from workbench.gui.canvas.note_items import NoteItem
    from workbench.gui.canvas.presenter import Presenter

MOST_SENTENCES = 12
"""The largest number of selected items that are described."""


def description(presenter: Presenter, notes: Mapping[str, NoteItem]) -> str:
    """Return a description of the selection, or, if nothing is selected, how many nodes and notes there are."""
    cards = presenter.cards
    selected = sorted(presenter.selection)
    read = selected[:MOST_SENTENCES]
    sentences = [cards[key].sentence() for key in read if key in cards]
    sentences += [notes[key].sentence() for key in read if key in notes]
    if len(selected) > len(read):
        sentences.append(f"and {len(selected) - len(read)} more")
    there = f"{len(cards)} nodes" + (f" and {len(notes)} notes" if notes else "")
    return "; ".join(sentences) or f"{there}, none selected"
