"""The code panel: PyTorch code that follows every edit, generated in its own thread."""

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import (
    QFontDatabase,
    QGuiApplication,
    QKeyEvent,
    QMouseEvent,
    QShowEvent,
    QTextCharFormat,
    QTextCursor,
    QTextFormat,
)
from PySide6.QtWidgets import QFrame, QLabel, QTextEdit

from workbench.gui.code.highlighter import Highlighter
from workbench.gui.code.presenter import CodePresenter, ends_in_common
from workbench.gui.dialogs.file_dialogs import ask_to_save
from workbench.gui.experiment.document import Document
from workbench.gui.experiment.selected import Selected
from workbench.gui.runtime.event_pump import EventPump
from workbench.gui.widgets import theme
from workbench.gui.widgets.panel import EmptyState, Panel, column_of, reader, styled, tool_button
from workbench.session.exchange.code_writer import CodeWriter
from workbench.spec.experiment import Experiment

WIDTH = 480
"""Initial width; the canvas gets the rest of the window."""


class CodePanel(Panel):
    """Requests the code after each change while visible; only the answer to the last request is shown."""

    place_pressed = Signal(object)
    """Emitted with the ``Place`` of the node whose line was clicked."""

    saving = Signal(object, str)
    """Emitted with a path and the text to write there."""

    def __init__(self, document: Document, pump: EventPump) -> None:
        super().__init__("Code", EmptyState("code", "The network as PyTorch", "Writing…"))
        self.presenter = CodePresenter()
        self.selected = Selected()
        self._document = document
        self._writer = CodeWriter()
        self._written_for: Experiment | None = None
        self._lay_out()
        document.listen(lambda _before, _after: self._ask())
        pump.ticked.connect(self._take)
        theme.changed.connect(self._dress)
        self._dress()

    def _lay_out(self) -> None:
        self.copy, self.save = tool_button("copy", "Copy code"), tool_button("save", "Save code…")
        self.copy.clicked.connect(lambda: QGuiApplication.clipboard().setText(self.presenter.text))
        self.save.clicked.connect(self._save)
        for tool in (self.copy, self.save):
            self.add_tool(tool, of_content=True)
        self.words = styled(QLabel(wordWrap=True), "warning")
        self.words.setContentsMargins(theme.SPACE_M, 0, theme.SPACE_M, theme.SPACE_S)
        self.code = styled(reader("The network's code"), "code")
        self.code.setFrameShape(QFrame.Shape.NoFrame)
        self.code.setUndoRedoEnabled(False)
        flags = Qt.TextInteractionFlag
        self.code.setTextInteractionFlags(flags.TextSelectableByMouse | flags.TextSelectableByKeyboard)
        self.code.viewport().installEventFilter(self)
        self.code.installEventFilter(self)
        font = QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont)
        font.setPointSizeF(theme.TEXT_SMALL)
        self.code.setFont(font)
        self.highlighter = Highlighter(self.code.document())
        self.set_content(column_of(self.words, (self.code, 1), spacing=0))
        self._show()

    # Following the network

    @property
    def settled(self) -> bool:
        """Whether the code shown is of the current network."""
        return self._writer.settled

    def close_writer(self, timeout_s: float) -> bool:
        """End the thread. Return whether it ended within the timeout."""
        return self._writer.close(timeout_s)

    def write_again(self) -> None:
        """Write the code with the facts of the data looked up again."""
        self._writer.forget_data()
        self._written_for = None
        self._ask()

    def _ask(self) -> None:
        experiment, known = self._document.experiment, self._written_for
        same = known is not None and (
            known.architecture is experiment.architecture and known.data.source is experiment.data.source
        )
        if self.isVisible() and not same:
            self._written_for = experiment
            self._writer.ask(experiment)

    def _take(self) -> None:
        written = self._writer.take()
        if written is not None:
            self.presenter.take(written)
            self._show()

    def _show(self) -> None:
        presenter = self.presenter
        self._replace(presenter.text)
        self.highlighter.fade(presenter.stale)
        self.caption.setText(presenter.caption)
        self.words.setText(presenter.sentence)
        self.words.setVisible(bool(presenter.sentence))
        self.empty.say("The network as PyTorch", presenter.sentence or "Writing…")
        self.show_content(bool(presenter.text))
        self._light()

    def _replace(self, text: str) -> None:
        """Replace only the part of the text that differs, so that the scroll position stays."""
        old = self.code.toPlainText()
        begin, end = ends_in_common(old, text)
        bars = [(bar, bar.value()) for bar in (self.code.verticalScrollBar(), self.code.horizontalScrollBar())]
        cursor = QTextCursor(self.code.document())
        cursor.setPosition(_units(old[:begin]))
        cursor.setPosition(_units(old[: len(old) - end]), QTextCursor.MoveMode.KeepAnchor)
        cursor.insertText(text[begin : len(text) - end])
        for bar, value in bars:
            bar.setValue(value)

    # Lines and nodes

    def show_selection(self, selected: Selected) -> None:
        """Highlight the lines of these nodes."""
        self.selected = selected
        ranges = self._light()
        if ranges and not any(self._is_seen(lines) for lines in ranges):
            block = self.code.document().findBlockByNumber(ranges[0].start)
            self.code.setTextCursor(QTextCursor(block))
            self.code.centerCursor()

    def _light(self) -> tuple[range, ...]:
        ranges = self.presenter.lines_of(self.selected)
        look = QTextCharFormat()
        look.setBackground(theme.colour(theme.current().selection))
        look.setProperty(QTextFormat.Property.FullWidthSelection, True)
        lit = []
        for line in (line for lines in ranges for line in lines):
            selection = QTextEdit.ExtraSelection()
            selection.format = look
            selection.cursor = QTextCursor(self.code.document().findBlockByNumber(line))
            lit.append(selection)
        self.code.setExtraSelections(lit)
        return ranges

    def _is_seen(self, lines: range) -> bool:
        block = self.code.document().findBlockByNumber(lines.start)
        return self.code.viewport().rect().contains(self.code.cursorRect(QTextCursor(block)))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Go to the node of a clicked line, or of the cursor's line on Return; dragging selects text."""
        if isinstance(event, QMouseEvent) and event.type() == QEvent.Type.MouseButtonRelease:
            if event.button() == Qt.MouseButton.LeftButton and not self.code.textCursor().hasSelection():
                self._press(self.code.cursorForPosition(event.position().toPoint()))
        elif isinstance(event, QKeyEvent) and _is_return(event):
            self._press(self.code.textCursor())
            return True
        return super().eventFilter(watched, event)

    def _press(self, cursor: QTextCursor) -> None:
        place = None if self.presenter.stale else self.presenter.place_at(cursor.blockNumber())
        if place is not None:
            self.place_pressed.emit(place)

    # Saving

    def _save(self) -> None:
        path = ask_to_save(self, "Save code", self._document.folder / self.presenter.file_name, {".py": "Python"})
        if path is not None:
            self.saving.emit(path, self.presenter.text)

    # Events

    def showEvent(self, event: QShowEvent) -> None:
        """Catch up on changes made while the panel was hidden."""
        super().showEvent(event)
        self._ask()

    def _dress(self) -> None:
        self.highlighter.dress()
        self._light()


def _is_return(event: QKeyEvent) -> bool:
    pressed = event.type() == QEvent.Type.KeyPress and not event.modifiers()
    return pressed and event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)


def _units(text: str) -> int:
    """Return the length of a text in UTF-16 code units, as Qt counts."""
    return len(text.encode("utf-16-le")) // 2
