"""The fields below the table of runs for notes and tags: the tags of all selected runs, the note of a single one."""

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent
from PySide6.QtWidgets import QGridLayout, QLabel, QPlainTextEdit, QWidget

from workbench.gui.forms.line import Line
from workbench.gui.runs.presenter import Row, common_tags
from workbench.gui.widgets import theme
from workbench.gui.widgets.panel import styled
from workbench.runs.notes import tags_of
from workbench.spec.record import replace

LINES = 3
"""Lines of a note that are visible at once."""


class NotesEditor(QWidget):
    """Edits notes and tags.

    Text is entered on leaving a field, with Enter in the tags and with Ctrl+Enter in the note.
    """

    written = Signal(object, object, object, object)
    """Emitted with the runs' folders, the note or None, the tags to add, and those to remove."""

    def __init__(self) -> None:
        super().__init__()
        self._rows: tuple[Row, ...] = ()
        self.tags = Line(placeholderText="baseline, wide net")
        self.tags.setAccessibleName("Tags, separated by commas")
        self.tags.setToolTip("Tags, separated by commas; with several runs selected, those that all of them have")
        self.tags.editingFinished.connect(self.enter)
        self.note = NoteField()
        self.note.left.connect(self.enter)
        grid = QGridLayout(self)
        grid.setContentsMargins(theme.SPACE_M, theme.SPACE_M, theme.SPACE_M, 0)
        grid.setHorizontalSpacing(theme.SPACE_M)
        grid.setVerticalSpacing(theme.SPACE_S)
        for number, (words, field) in enumerate((("Tags", self.tags), ("Note", self.note))):
            label = styled(QLabel(words), "muted")
            label.setBuddy(field)
            top = Qt.AlignmentFlag.AlignTop if field is self.note else Qt.AlignmentFlag.AlignVCenter
            grid.addWidget(label, number, 0, top)
            grid.addWidget(field, number, 1)
        self.show_rows(())

    def show_rows(self, rows: Sequence[Row]) -> None:
        """Enter what is typed, then show the note and tags of these runs; one with a damaged file cannot be edited."""
        if self.enter() and [row.folder for row in rows] == [row.folder for row in self._rows]:
            return  # what is on disk is older than what was typed, and is read again
        self._rows = tuple(rows)
        problem = next((row.problem for row in rows if row.problem), "")
        only = rows[0] if len(rows) == 1 else None
        self.tags.setEnabled(bool(rows) and not problem)
        self.tags.setText(", ".join(common_tags(rows)))
        self.note.setEnabled(only is not None and not problem)
        self.note.say(only.notes.note if only is not None else "")
        hint = "Why did you try this?" if only is not None else "Select one run to write a note on it"
        self.note.setPlaceholderText(problem or hint)

    def enter(self) -> bool:
        """Emit ``written`` if something was changed; return whether it was."""
        if not self._rows:
            return False
        before, after = common_tags(self._rows), tags_of(self.tags.text())
        note = self.note.toPlainText().strip() if self.note.isEnabled() else None
        if after == before and note in (None, self._rows[0].notes.note):
            return False
        without = [tag for tag in before if tag not in after]
        self._rows = tuple(
            replace(row, notes=row.notes.changed(note=note, tags=after, without=without)) for row in self._rows
        )
        self.written.emit([row.folder for row in self._rows], note, after, without)
        return True


class NoteField(QPlainTextEdit):
    """A few lines of plain text."""

    left = Signal()
    """Emitted when the field is left, or with Ctrl+Enter."""

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName("Note")
        self.setTabChangesFocus(True)
        self.document().setDocumentMargin(0)  # aligned with the tags
        self.setFixedHeight(LINES * self.fontMetrics().lineSpacing() + 2 * theme.SPACE_S)

    def say(self, text: str) -> None:
        """Show a text; the cursor stays if it is there already."""
        if text != self.toPlainText():
            self.setPlainText(text)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Leave the field with Ctrl+Enter."""
        is_enter = event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
        if is_enter and event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self.left.emit()
        else:
            super().keyPressEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Enter the text, unless it is only the field's own context menu that takes the focus."""
        super().focusOutEvent(event)
        if event.reason() != Qt.FocusReason.PopupFocusReason:
            self.left.emit()
