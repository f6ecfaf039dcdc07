"""A dialog that writes a file in a child process: where to, progress and result. It asks before it replaces a file."""

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLayout, QMessageBox, QPushButton, QWidget

from workbench.gui.dialogs.file_dialogs import ask_to_save
from workbench.gui.export.presenter import ExportPresenter
from workbench.gui.forms.elided_line import PathLine
from workbench.gui.job.view import JobDialog, form, show_rows, with_button
from workbench.gui.runtime.event_pump import EventPump
from workbench.spec.words import listed

WIDTH = 560


class WritingDialog(JobDialog):
    """Base of such dialogs; subclasses lay out the ``file_row`` with what else they ask, and implement ``make_job``."""

    presenter: ExportPresenter
    verb, again = "Export", "Export again"
    kind, suffix = "", ""

    def __init__(self, parent: QWidget, pump: EventPump, presenter: ExportPresenter, title: str, file: Path) -> None:
        super().__init__(parent, pump, title, presenter)
        self.file = PathLine(str(file))
        self.file.setAccessibleName("File")
        self.choose = QPushButton("Choose…")
        self.choose.clicked.connect(self._choose)
        self.fields = (self.file, self.choose)
        self.found = form()
        self.setMinimumWidth(WIDTH)

    @property
    def file_row(self) -> QLayout:
        return with_button(self.file, self.choose)

    def _choose(self) -> None:
        path = ask_to_save(self, f"{self.verb} to", self.file.text(), {self.suffix: self.kind}, confirm=False)
        if path is not None:
            self.file.setText(str(path))

    @property
    def path(self) -> Path:
        """The file named in the field."""
        return Path(self.file.text()).expanduser()

    @property
    def written(self) -> list[Path]:
        """The files to write, without the data beside them."""
        return [self.path]

    def start(self) -> None:
        """Start the export, but ask first if it would replace a file, however that was named."""
        written = self.written
        self.in_background("look for files", lambda: [file for file in written if file.is_file()], self._start_or_ask)

    def _start_or_ask(self, there: Sequence[Path]) -> None:
        if not there:
            super().start()
            return
        words = f"Replace {listed([file.name for file in there])}?"
        box = QMessageBox(QMessageBox.Icon.NoIcon, "Replace file", words, parent=self)
        box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        held = "it holds" if len(there) == 1 else "they hold"
        box.setInformativeText(f"In {self.path.parent}. What {held} now is lost.")
        box.addButton("Replace", QMessageBox.ButtonRole.DestructiveRole).clicked.connect(super().start)
        box.setDefaultButton(box.addButton(QMessageBox.StandardButton.Cancel))
        box.rejected.connect(self.cancel)
        box.open()

    def show_phase(self) -> None:
        show_rows(self.found, self.presenter.rows)
        self.fit()
