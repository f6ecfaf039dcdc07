"""The library of blocks in the window: read and changed in the background."""

from functools import partial

from PySide6.QtCore import QObject, Signal

from workbench.gui.experiment import library_files
from workbench.gui.runtime.event_pump import EventPump
from workbench.gui.widgets.message_bar import MessageBar
from workbench.spec.library import LibraryBlock


class Library(QObject):
    """Blocks by key. ``blocks`` is always the same dictionary, so whoever holds it sees changes."""

    changed = Signal()

    def __init__(self, pump: EventPump, messages: MessageBar) -> None:
        super().__init__(pump)
        self._pump = pump
        self._messages = messages
        self.blocks: dict[str, LibraryBlock] = {}

    def read(self) -> None:
        self._pump.background("library", library_files.read_library, self._show, self._messages.refuse)

    def _show(self, found: tuple[dict[str, LibraryBlock], list[str]]) -> None:
        blocks, complaints = found
        self.blocks.clear()
        self.blocks.update(blocks)
        for complaint in complaints:
            self._messages.say("warning", complaint)
        self.changed.emit()

    def keep(self, block: LibraryBlock) -> None:
        """Save a block in the user's library."""

        def kept(written: LibraryBlock) -> None:
            self.blocks[library_files.OWN + written.name] = written
            self._messages.say("ok", f"{written.name} was saved to your library.")
            self.changed.emit()

        self._pump.background("keep a block", partial(library_files.keep, block), kept, self._messages.refuse)

    def remove(self, key: str) -> None:
        """Remove one of the user's blocks; the message offers to undo that."""
        block = self.blocks[key]

        def removed(_: None) -> None:
            self.blocks.pop(key, None)
            words = f"{block.name} was removed from your library; networks that use it keep their copy."
            self._messages.say("info", words, ("Undo", partial(self.keep, block)))
            self.changed.emit()

        self._pump.background("remove a block", partial(library_files.remove, key), removed, self._messages.refuse)
