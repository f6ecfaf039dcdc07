"""Edits of blocks: group, ungroup, expand, collapse, repeat, make unique. No Qt."""

from workbench.gui.canvas import room
from workbench.gui.canvas.card_keys import is_note, name, under
from workbench.gui.canvas.editing import Editing
from workbench.gui.canvas.note_places import belonging, card_box
from workbench.gui.experiment.document import Step
from workbench.layers import LAYERS
from workbench.spec import blocks, edits, grouping
from workbench.spec.problems import SpecError
from workbench.spec.scopes import free_block_name, with_graph_at
from workbench.spec.words import plural


class BlockEdits(Editing):
    """Edits of the selected block uses, or of the selection as a whole."""

    def is_use(self, key: str) -> bool:
        """Whether a card is a use of one of this network's blocks."""
        return not is_note(key) and self.node(key).type in self.architecture().blocks

    def group(self) -> str:
        """Turn the selected nodes into a block with one use, select the use and return its key.

        The selected notes, and those that belong to these nodes alone, move into the block.
        """
        level, names = self.selected_level(), self.selected_names()
        cards = {each: card_box(place) for each, place in level.places.items()}
        notes = belonging(level.graph.notes, self.places.size_of_comment, cards, names) | self.selected_notes()
        placed = edits.move(level.graph, level.places)
        block = free_block_name({*self.architecture().blocks, *LAYERS.table}, "Block")
        start = with_graph_at(self.architecture(), level.scope, placed)
        architecture, use = grouping.group(start, level.scope, names, block, notes)
        architecture = room.close(
            architecture, level.scope, use, {each: level.places[each] for each in names}, self.places
        )
        self.document.apply_architecture(f"group {self._what()}", architecture)
        self._select_in(level, [use])
        return under(level.key, use)

    def ungroup(self) -> None:
        """Replace the selected uses by the contents of their blocks, and select these."""
        uses = [key for key in sorted(self.selection) if self.is_use(key)]
        if not uses:
            raise SpecError("select a block first: a layer cannot be ungrouped")
        level = self.selected_level()
        placed = edits.move(level.graph, level.places)
        architecture = with_graph_at(self.architecture(), level.scope, placed)
        names: list[str] = []
        for key in uses:
            architecture, taken_out = room.ungroup(architecture, level.scope, name(key), self.places)
            names += taken_out
        if len(uses) == 1 and (step := self._step_that_grouped(self.node(uses[0]).type)):
            before, after = step.before.architecture, step.after.architecture
            architecture = room.as_before(architecture, level.scope, before, after, self.architecture())
        self.document.apply_architecture(f"ungroup {self._what(uses)}", architecture)
        self._select_in(level, names)

    def _step_that_grouped(self, block: str) -> Step | None:
        """Return the undo step in which a block was created, if it is still in the history."""
        for step in reversed(self.document.steps):
            if block not in step.before.architecture.blocks:
                return step
        return None

    def set_unfolded(self, key: str, unfolded: bool) -> None:
        """Expand a use in place, or collapse it to one card."""
        level = self.level_of(key)
        architecture = blocks.set_unfolded(self.architecture(), level.scope, name(key), unfolded)
        self.document.apply_architecture(f"{'expand' if unfolded else 'collapse'} {name(key)}", architecture)

    def toggle_fold(self) -> None:
        """Expand the selected uses, or collapse them if all are expanded."""
        uses = [key for key in sorted(self.selection) if self.is_use(key)]
        if not uses:
            raise SpecError("select a block first: a layer cannot be expanded")
        unfolded = not all(self.cards[key].unfolded for key in uses)
        level, architecture = self.selected_level(), self.architecture()
        for key in uses:
            architecture = blocks.set_unfolded(architecture, level.scope, name(key), unfolded)
        self.document.apply_architecture(f"{'expand' if unfolded else 'collapse'} {self._what(uses)}", architecture)

    def make_own(self, key: str) -> None:
        """Give one use its own copy of its block, so that edits inside affect this use alone."""
        level = self.level_of(key)
        architecture, own = blocks.make_own(self.architecture(), level.scope, name(key))
        self.document.apply_architecture(f"make {own} from {self.node(key).type}", architecture)

    def remove_unused(self) -> int:
        """Remove the blocks that the network does not use, even indirectly, and return their number."""
        architecture = blocks.without_unused(self.architecture())
        number = len(self.architecture().blocks) - len(architecture.blocks)
        self.document.apply_architecture(f"remove {plural(number, 'unused block')}", architecture)
        return number

    def repeat(self, key: str, times: str) -> None:
        """Set a node's number of repeats from the typed text. Raises SpecError if it is not a whole number."""
        if not times.strip("×x ").isdecimal():
            raise SpecError(f"“{times}” is not a valid number of repeats: enter a whole number")
        level, number = self.level_of(key), int(times.strip("×x "))
        self._apply(f"repeat {name(key)} {number} times", level, edits.set_repeat(level.graph, name(key), number))
