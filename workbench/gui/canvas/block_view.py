"""What is done with blocks on the canvas: folding where one looks, entering and leaving, grouping."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from workbench.gui.canvas.card_keys import is_note
from workbench.spec.library import taken_from
from workbench.spec.words import plural

if TYPE_CHECKING:
    from workbench.gui.canvas.view import CanvasView


class BlockView:
    """The canvas's commands for blocks; what they show stays under the eye."""

    def __init__(self, view: CanvasView) -> None:
        self._view = view
        self._presenter = view.presenter

    def toggle_fold(self, key: str) -> None:
        """Expand or collapse one use, its title staying where it is on the screen."""
        unfolded = not self._presenter.cards[key].unfolded
        self._anchored(key, lambda: self._presenter.set_unfolded(key, unfolded))

    def toggle_selected(self) -> None:
        """Expand or collapse what is selected."""
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

    def group(self) -> None:
        """Group the selection into a block."""
        self._view.attempt(self._presenter.group)

    def ungroup(self) -> None:
        """What is in the selected blocks in their place."""
        self._view.attempt(self._presenter.ungroup)

    def enter_selected(self) -> None:
        """Open the selected block."""
        key = self._presenter.only_card()
        if key is not None:
            self.enter(key)

    def enter(self, key: str) -> None:
        """Look into a block, the whole of it."""
        self._view.attempt(lambda: self._presenter.enter(key))

    def look_into(self, block: str) -> None:
        """Look into a block by its name, also one that nothing uses."""
        self._presenter.look_into(block)
        self._view.setFocus()

    def make_own(self) -> None:
        """Give the selected use a block of its own."""
        key = self._presenter.only_card()
        if key is not None:
            self._view.attempt(lambda: self._presenter.make_own(key))

    def remove_unused(self) -> None:
        """Forget the blocks that nothing uses, and say how many."""
        number = self._presenter.remove_unused()
        self._view.say(f"{plural(number, 'unused block') if number else 'No unused blocks'} removed")

    def keep(self) -> None:
        """Ask for the selected block, or the one that is looked at, to be put into the user's library."""
        presenter = self._presenter
        kinds = {presenter.node(key).type for key in presenter.selection if presenter.is_use(key)}
        if len(kinds) == 1 or (presenter.level.scope and not presenter.selection):
            block = next(iter(kinds), presenter.level.scope)
            self._view.keeping.emit(taken_from(presenter.architecture(), block))
        else:
            self._view.say("Select one block to save it to your library")

    def go_back(self, steps: int) -> None:
        """Look where one came through so many of the entered blocks."""
        self._presenter.go_back(steps)
        self._view.show_cards(self._presenter.selection)

    def leave(self) -> None:
        """Back to what the block is used in, its use in sight."""
        self._presenter.leave()
        self._view.show_cards(self._presenter.selection)
