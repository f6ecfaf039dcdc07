"""Input that is still being typed in a field or note, to be entered or discarded before running, saving or undoing."""

from PySide6.QtWidgets import QSpinBox, QWidget

from workbench.gui.forms.editors import Editor
from workbench.gui.forms.note_editor import NoteEditor


def enter_all(inside: QWidget) -> str:
    """Enter what is being typed in any field inside. Return the reason, in a sentence, if something was refused."""
    for note in inside.findChildren(NoteEditor):
        note.enter()
    for box in inside.findChildren(QSpinBox):
        if not isinstance(box.parent(), Editor):
            box.interpretText()
    return next(filter(None, [editor.enter() for editor in inside.findChildren(Editor)]), "")


def take_back_all(inside: QWidget) -> bool:
    """Discard what is being typed in any field inside. Return whether there was anything."""
    taken_back = [editor.take_back() for editor in inside.findChildren(Editor)]
    return any(taken_back)
