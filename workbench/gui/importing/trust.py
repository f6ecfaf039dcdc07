"""The question before a Python file is executed: it shows the file, and anything but consent means no."""

from PySide6.QtGui import QFontDatabase
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QWidget

from workbench.gui.code.highlighter import Highlighter
from workbench.gui.dialogs.dialog import Dialog
from workbench.gui.widgets import theme
from workbench.gui.widgets.panel import fill, reader, styled

SIZE = (720, 560)


class TrustDialog(Dialog):
    """Accepted if the user allows the file to be executed."""

    def __init__(self, parent: QWidget, source: str, code: str) -> None:
        super().__init__(parent, "Execute this file?")
        heading = styled(QLabel("Importing executes this file"), "title")
        words = QLabel(
            "The whole file, and everything it imports, runs with your permissions: it could read, send or delete "
            "anything you can. Read it first, and allow it only if you trust its author.",
            wordWrap=True,
        )
        where = styled(QLabel(source, wordWrap=True), "small")
        self.code = reader("The file", code)
        self.code.setTabChangesFocus(True)
        self.code.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        self._highlighter = Highlighter(self.code.document())
        theme.changed.connect(self._highlighter.dress)
        self.no = QPushButton("Don't execute", default=True)
        self.no.clicked.connect(self.reject)
        self.yes = styled(QPushButton("Execute and import"), "danger")
        self.yes.clicked.connect(self.accept)
        buttons = fill(QHBoxLayout(), None, self.yes, self.no)
        fill(self.make_column(theme.SPACE_S), heading, words, where, (self.code, 1), buttons)
        self.resize(*SIZE)
        self.no.setFocus()
        self.finished.connect(self.deleteLater)
