"""The canvas's commands for blocks: expanding in place, opening and leaving, grouping."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from workbench.gui.canvas.card_keys import is_note
from workbench.spec.library import taken_from
from workbench.spec.words import plural

if TYPE_CHECKING:
    from workbench.gui.canvas.view import CanvasView


class BlockView:
    """Block commands that keep what they affect in view."""

    def __init__(self, view: CanvasView) -> None:
        self._view = view
        self._presenter = view.presenter

    def toggle_fold(self, key: str) -> None:
        """Expand or collapse one use without moving its title on the screen."""
        unfolded = not self._presenter.cards[key].unfolded
        self._anchored(key, lambda: self._presenter.set_unfolded(key, unfolded))

    def toggle_selected(self) -> None:
        """Expand or collapse the selected blocks."""
        key = next((key for key in sorted(self._presenter.selection) if not is_note(key)), None)
        if key is None:
            self._view.say("Select a block to expand it")
        else:
            self._anchored(key, self._presenter.toggle_fold)

    def _anchored(self, key: str, edit: Callable[[], object]) -> None:
        view, positions = self._view, self._presenter.positions
        before = view.mapFromScene(*positions[key])
        view.attempt(edit)
        after = view.mapFromScene(*self._presenter.positions[key])
        if after != before:
            view.pan(before.x() - after.x(), before.y() - after.y())

    def enter_selected(self) -> None:
        """Open the selected block."""
        key = self._presenter.only_card()
        if key is not None:
            self.enter(key)

    def enter(self, key: str) -> None:
        """Open a block and show all of it."""
        self._view.attempt(self._presenter.enter, key)

    def look_into(self, block: str) -> None:
        """Open a block by its name, even if nothing uses it."""
        self._presenter.look_into(block)
        self._view.setFocus()

    def make_own(self) -> None:
        """Give the selected use its own copy of its block."""
        key = self._presenter.only_card()
        if key is not None:
            self._view.attempt(self._presenter.make_own, key)

    def remove_unused(self) -> None:
        """Remove the unused blocks and report how many."""
        number = self._presenter.remove_unused()
        self._view.say(f"{plural(number, 'unused block') if number else 'No unused blocks'} removed")

    def keep(self) -> None:
        """Request that the selected block, or the open one, be saved to the user's library."""
        presenter = self._presenter
        kinds = {presenter.node(key).type for key in presenter.selection if presenter.is_use(key)}
        if len(kinds) == 1 or (presenter.level.scope and not presenter.selection):
            block = next(iter(kinds), presenter.level.scope)
            self._view.keeping.emit(taken_from(presenter.architecture(), block))
        else:
            self._view.say("Select one block to save it to your library")

    def go_back(self, steps: int) -> None:
        """Return to the level that is ``steps`` opened blocks below the network, with the selection in view."""
        self._presenter.go_back(steps)
        self._view.sight.show(self._presenter.selection)

    def leave(self) -> None:
        """Return to the graph that uses the block, with the use in view."""
        self._presenter.leave()
        self._view.sight.show(self._presenter.selection)
