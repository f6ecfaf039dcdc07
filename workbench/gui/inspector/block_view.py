"""The inspector's editor of a block: below the settings of its use, or alone while the block is open."""

from collections.abc import Callable
from functools import partial

from PySide6.QtGui import QFocusEvent
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLineEdit, QPlainTextEdit, QPushButton, QVBoxLayout, QWidget

from workbench.gui.experiment.document import Document
from workbench.gui.forms.editors import mark_invalid
from workbench.gui.inspector import block_page
from workbench.gui.inspector.block_page import BlockPage
from workbench.gui.inspector.page import PageView, fill_page, label, section
from workbench.gui.widgets import theme
from workbench.gui.widgets.error_sentence import sentence
from workbench.gui.widgets.panel import fill, named, spaced, tool_button
from workbench.spec import blocks
from workbench.spec.experiment import Architecture
from workbench.spec.problems import SpecError

ABOUT_LINES = 3


class BlockEditor(QWidget):
    """Edits one block. ``use`` is the scope and name of the selected use, if there is one."""

    def __init__(self, document: Document, page: BlockPage, use: tuple[str, str] | None = None) -> None:
        super().__init__()
        self.document = document
        self.page = page
        self.use = use
        self.reason = label("", "danger")
        self.name = self._line(page.name, "Name of the block", self._rename)
        self.about = _About(page.about, self._set_about)
        self.rows: list[tuple[QLineEdit, QLineEdit]] = []
        parts = (
            section(f"Block, {page.used}"),
            self.name,
            self.about,
            self._parameters(),
            self._buttons(),
            self.reason,
        )
        fill(spaced(QVBoxLayout(self), theme.SPACE_M), *parts)
        self.reason.hide()

    def _parameters(self) -> QGridLayout:
        grid = QGridLayout()
        grid.setSpacing(theme.SPACE_XS)
        if self.page.parameters:
            grid.addWidget(label("Parameter", "small"), 0, 0)
            grid.addWidget(label("Default", "small"), 0, 1)
        for row, (name, default) in enumerate(self.page.parameters, start=1):
            names = self._line(name, f"Name of the parameter {name}", partial(self._rename_parameter, name))
            defaults = self._line(default, f"Default of the parameter {name}", partial(self._set_default, name))
            remove = tool_button("trash", f"Remove the parameter {name}; fields bound to it get its default")
            remove.clicked.connect(partial(self._remove_parameter, name))
            for column, widget in enumerate((names, defaults, remove)):
                grid.addWidget(widget, row, column)
            self.rows.append((names, defaults))
        return grid

    def _buttons(self) -> QHBoxLayout:
        self.add = QPushButton("Add a parameter")
        self.add.clicked.connect(self._add_parameter)
        buttons = [self.add]
        if self.use is not None and self.page.num_uses > 1:
            self.own = QPushButton("Make unique")
            self.own.setToolTip("Gives this use its own copy of the block: edits to it affect nothing else")
            self.own.clicked.connect(self._make_own)
            buttons.append(self.own)
        return fill(spaced(QHBoxLayout(), theme.SPACE_S), *buttons, None)

    def _line(self, text: str, name: str, enter: Callable[[QLineEdit], None]) -> QLineEdit:
        line = named(QLineEdit(text), name)
        line.setToolTip(name)

        def entered() -> None:
            if line.isModified():
                line.setModified(False)
                enter(line)

        line.editingFinished.connect(entered)
        return line

    # Edits

    def _attempt(self, what: str, edit: Callable[[Architecture], Architecture], line: QLineEdit | None = None) -> None:
        try:
            architecture = edit(self.document.experiment.architecture)
        except SpecError as error:
            if line is not None:
                mark_invalid(line, str(error))
            self.reason.setText(sentence(error))
            self.reason.show()
            return
        self.reason.hide()
        if line is not None:
            mark_invalid(line, "")
        self.document.apply_architecture(what, architecture)

    def _rename(self, line: QLineEdit) -> None:
        old, new = self.page.name, line.text().strip()
        self._attempt(f"rename {old}", lambda network: block_page.renamed(network, old, new), line)

    def _set_about(self, words: str) -> None:
        block = self.page.name
        self._attempt(f"describe {block}", lambda network: blocks.set_about(network, block, words))

    def _rename_parameter(self, parameter: str, line: QLineEdit) -> None:
        block, new = self.page.name, line.text().strip()
        what = f"rename {parameter} of {block}"
        self._attempt(what, lambda network: blocks.rename_parameter(network, block, parameter, new), line)

    def _set_default(self, parameter: str, line: QLineEdit) -> None:
        block, value = self.page.name, block_page.read_default(line.text())
        what = f"change the default of {parameter}"
        self._attempt(what, lambda network: blocks.set_parameter(network, block, parameter, value), line)

    def _remove_parameter(self, parameter: str) -> None:
        block = self.page.name
        what = f"remove {parameter} of {block}"
        self._attempt(what, lambda network: blocks.remove_parameter(network, block, parameter))

    def _add_parameter(self) -> None:
        block = self.page.name
        self._attempt(f"add a parameter to {block}", lambda network: block_page.parameter_added(network, block))

    def _make_own(self) -> None:
        assert self.use is not None
        scope, node = self.use
        self._attempt(f"make {node} its own block", lambda network: blocks.make_own(network, scope, node)[0])


class BlockView(PageView):
    """The page of the open block."""

    def __init__(self, document: Document, page: BlockPage) -> None:
        super().__init__()
        self.editor = BlockEditor(document, page)
        words = label("Edits to this block apply wherever it is used.", "muted")
        fill_page(self, self.editor, *([words] if page.num_uses > 1 else []))

    def fits(self, page: object) -> bool:
        """Whether it is the very page that is shown."""
        return page == self.editor.page

    def show_page(self, page: BlockPage) -> None:
        """Leave everything as it is."""


class _About(QPlainTextEdit):
    """The description of a block, entered when the field is left."""

    def __init__(self, words: str, enter: Callable[[str], None]) -> None:
        super().__init__(words)
        self._enter = enter
        self.setPlaceholderText("What the block is for")
        self.setAccessibleName("What the block is for")
        self.setTabChangesFocus(True)
        self.setFixedHeight(ABOUT_LINES * self.fontMetrics().lineSpacing() + 2 * theme.SPACE_S)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        if self.document().isModified():
            self.document().setModified(False)
            self._enter(self.toPlainText().strip())
