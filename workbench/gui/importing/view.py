"""The import dialog: source, progress and result. A Python file is shown before it is executed."""

import os
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QLabel, QLineEdit, QPushButton, QWidget

from workbench.gui.dialogs.file_dialogs import ask_to_open
from workbench.gui.forms.elided_line import PathLine
from workbench.gui.importing.presenter import ImportPresenter, hint, is_code, read_shape
from workbench.gui.importing.trust import TrustDialog
from workbench.gui.job.view import JobDialog, complete, form, muted, show_rows, with_button
from workbench.gui.runtime.event_pump import EventPump
from workbench.gui.widgets.error_sentence import sentence
from workbench.gui.widgets.panel import named, styled
from workbench.session.exchange.importing import Arrived, Arriving, check_source, take_in
from workbench.spec.problems import SpecError

WIDTH = 620
FILTER = "Networks (*.onnx *.py);;ONNX (*.onnx);;Python (*.py)"


class ImportDialog(JobDialog):
    """Imports networks, one at a time."""

    presenter: ImportPresenter
    verb, again = "Import", "Import"

    arrived = Signal(object)
    """Emitted with an ``Arrived``: the network to open."""

    pretrained_wanted = Signal(str)
    """Emitted to load the weights of ``torchvision:NAME`` into the imported network."""

    def __init__(self, parent: QWidget, pump: EventPump, source: str) -> None:
        super().__init__(parent, pump, "Import network", ImportPresenter())
        self.came: Arrived | None = None
        self._source = ""
        self._trusted = False
        self._is_open = False
        example = "network.onnx, network.py or torchvision:resnet50"
        self.source = named(PathLine(placeholder=example), "Network to import")
        self.source.textChanged.connect(self._show_hint)
        self.choose = QPushButton("Choose…")
        self.choose.clicked.connect(self._choose)
        self.hint = styled(QLabel(wordWrap=True), "small")
        self.shape = named(QLineEdit(placeholderText="as in the network"), "Input size")
        self.shape.setToolTip("Channels, height and width, if the network leaves them open or you want others")
        self.open_button = QPushButton("Open")
        self.pretrained = QPushButton("Pretrained weights…")
        self.open_button.clicked.connect(self._offer)
        self.pretrained.clicked.connect(lambda: self.pretrained_wanted.emit(self._source))
        self.fields = (self.source, self.choose, self.shape)
        asked, self.found = form(), form()
        asked.addRow(muted("Network"), with_button(self.source, self.choose))
        asked.addRow("", self.hint)
        asked.addRow(muted("Input size"), self.shape)
        self.lay_out(asked, self.found, self.open_button, self.pretrained)
        self.setMinimumWidth(WIDTH)
        self.source.setText(source)
        self._show_hint()
        self.show_state()

    def offer_names(self, names: Sequence[str]) -> None:
        """Offer these names as completions of what is typed."""
        complete(self.source, names)

    def opened(self) -> None:
        """Note that the imported network has become the window's document."""
        self._is_open = True
        self.show_state()

    def _choose(self) -> None:
        path = ask_to_open(self, "Import network", self.source.text(), FILTER)
        if path is not None:
            self.source.setText(str(path))

    def _show_hint(self) -> None:
        self.hint.setText(hint(self.source.text().strip()))
        self._enable()

    def _enable(self) -> None:
        self.action.setEnabled(self.presenter.phase == "running" or bool(self.source.text().strip()))

    # Work

    def begin(self) -> None:
        """Import what the field names, asking first if it is a Python file."""
        self._source = self.source.text().strip()
        if is_code(self._source):
            self._ask()
        else:
            self._begin(trusted=False)

    def _ask(self) -> None:
        """Show what would be executed. Nothing is, unless the user consents."""
        source = self._source

        def read() -> str:
            check_source(source, trusted=True)
            return Path(source).read_text(encoding="utf-8", errors="replace")

        def ask(code: str) -> None:
            question = TrustDialog(self, source, code)
            question.accepted.connect(partial(self._begin, trusted=True))
            question.rejected.connect(self._call_off)
            question.open()

        self.in_background("read a Python file", read, ask)

    def _call_off(self) -> None:
        self.presenter.call_off()
        self.show_state()

    def _begin(self, *, trusted: bool) -> None:
        self._trusted = trusted
        self.came, self._is_open = None, False
        try:
            read_shape(self.shape.text())
        except SpecError as error:
            self.refuse(sentence(error))
            return
        super().begin()

    def make_job(self) -> Callable[[], Arriving]:
        return partial(Arriving, self._source, read_shape(self.shape.text()), trusted=self._trusted)

    def show_phase(self) -> None:
        """Show the results, and offer the network as soon as it is imported."""
        report = self.presenter.report
        if report is not None and self.came is None:
            self._take(report)
        weights = self.came.weights if self.came is not None else None
        show_rows(self.found, self.presenter.rows(_from_home(weights.file) if weights is not None else ""))
        self.open_button.setVisible(self.came is not None and not self._is_open)
        self.pretrained.setVisible(self._is_open and self._source.startswith("torchvision:"))
        self._enable()
        self.fit()

    def _take(self, report: dict[str, Any]) -> None:
        def taken(came: Arrived) -> None:
            self.came = came
            self.show_state()
            self._offer()

        self.in_background("take a network in", partial(take_in, self._source, report), taken)

    def _offer(self) -> None:
        self.arrived.emit(self.came)


def _from_home(path: str) -> str:
    """Return a path with the user's home folder abbreviated to ``~``."""
    home = str(Path.home())
    return f"~{path.removeprefix(home)}" if path.startswith(home + os.sep) else path
