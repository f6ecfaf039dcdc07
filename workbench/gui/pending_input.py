"""What is still being typed somewhere in a window, in a field or a note: for whoever is about to run, save or undo."""

from PySide6.QtWidgets import QSpinBox, QWidget

from workbench.gui.canvas.note_editor import NoteEditor
from workbench.gui.editors import Editor


def enter_all(inside: QWidget) -> str:
    """Enter what is being typed in any field inside; why something was refused, in a sentence."""
    for note in inside.findChildren(NoteEditor):
        note.enter()
    for box in inside.findChildren(QSpinBox):
        if not isinstance(box.parent(), Editor):
            box.interpretText()
    return next(filter(None, [editor.enter() for editor in inside.findChildren(Editor)]), "")


def take_back_all(inside: QWidget) -> bool:
    """Drop what is being typed in any field inside; whether something was."""
    taken_back = [editor.take_back() for editor in inside.findChildren(Editor)]
    return any(taken_back)
