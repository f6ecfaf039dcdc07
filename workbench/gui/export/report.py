"""The dialog that writes the report of one run, or of several compared."""

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QLabel, QPushButton, QWidget

from workbench.gui.export.presenter import ReportPresenter, runs_said
from workbench.gui.export.writing import WritingDialog
from workbench.gui.job.view import form, muted
from workbench.gui.runtime.event_pump import EventPump
from workbench.gui.widgets.panel import switch
from workbench.session.exchange.export import ReportJob


class ReportDialog(WritingDialog):
    """Asks for a file, and writes the report of these runs into it."""

    presenter: ReportPresenter
    verb, again = "Write", "Write again"
    kind, suffix = "Report", ".html"

    def __init__(
        self, parent: QWidget, pump: EventPump, folders: Sequence[Path], file: Path, *, log_loss: bool = False
    ) -> None:
        super().__init__(parent, pump, ReportPresenter(), "Write a report", file)
        self._folders = tuple(folders)
        self.open_button = QPushButton("Open")
        self.open_button.setToolTip("Show the report in the browser")
        self.open_button.clicked.connect(self._open)
        self.log_loss = switch("Logarithmic scale", "Draw the loss on a logarithmic scale")
        self.log_loss.setChecked(log_loss)
        runs = QLabel(runs_said(self._folders), wordWrap=True, textFormat=Qt.TextFormat.PlainText)
        asked = form()
        asked.addRow(muted("Of"), runs)
        asked.addRow(muted("File"), self.file_row)
        asked.addRow(muted("Loss"), self.log_loss)
        self.lay_out(asked, self.found, self.open_button)
        self.show_state()

    def make_job(self) -> Callable[[], ReportJob]:
        return partial(ReportJob, self._folders, self.path, log_loss=self.log_loss.isChecked())

    def show_phase(self) -> None:
        """Show what was written, and the button that opens it."""
        super().show_phase()
        self.open_button.setVisible(bool(self.presenter.file))

    def _open(self) -> None:
        QDesktopServices.openUrl(QUrl.fromLocalFile(self.presenter.file))
