"""The manual in its own window: the pages of ``docs``, with their links and pictures."""

import re
from typing import Any

from PySide6.QtCore import QUrl
from PySide6.QtGui import QImage, QTextCursor, QTextDocument
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QTextBrowser, QVBoxLayout, QWidget

from workbench import shipped
from workbench.gui import theme
from workbench.gui.dialog import Dialog

FIRST = "README.md"
PICTURE_WIDTH = 720
"""Maximum width of pictures, in pixels of the page."""


class ManualWindow(Dialog):
    """Starts with the contents. Links open pages here, external ones in the browser."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent, "Manual")
        self.page = _Page()
        self.contents = QPushButton("Contents")
        self.contents.clicked.connect(self._show_contents)
        self.back = QPushButton("Back")
        self.back.clicked.connect(self.page.backward)
        self.back.setEnabled(False)
        self.page.backwardAvailable.connect(self.back.setEnabled)
        close = QPushButton("Close")
        close.clicked.connect(self.close)
        foot = QHBoxLayout()
        foot.setContentsMargins(theme.SPACE_M, theme.SPACE_S, theme.SPACE_M, theme.SPACE_M)
        foot.setSpacing(theme.SPACE_S)
        for button in (self.contents, self.back):
            foot.addWidget(button)
        foot.addStretch(1)
        foot.addWidget(close)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.page, 1)
        column.addLayout(foot)
        self.resize(PICTURE_WIDTH + 100, 760)
        self._show_contents()

    def _show_contents(self) -> None:
        self.page.setSource(QUrl.fromLocalFile(str(shipped.docs() / FIRST)))


class _Page(QTextBrowser):
    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName("Manual page")
        self.setOpenExternalLinks(True)
        self.setFrameShape(QTextBrowser.Shape.NoFrame)
        self.document().setDocumentMargin(theme.SPACE_L)
        self.sourceChanged.connect(self._show_heading)

    def loadResource(self, kind: int, name: QUrl | str) -> Any:
        """Scale pictures down to the page's width, keeping all pixels for high-resolution screens."""
        if kind != QTextDocument.ResourceType.ImageResource.value:
            return super().loadResource(kind, name)
        image = QImage(self.source().resolved(QUrl(name)).toLocalFile())
        image.setDevicePixelRatio(max(1.0, image.width() / PICTURE_WIDTH))
        return image

    def _show_heading(self, source: QUrl) -> None:
        """Scroll to the heading that a link names by GitHub's rules, which Qt does not know."""
        block = self.document().begin()
        while source.hasFragment() and block.isValid():
            if block.blockFormat().headingLevel() and _anchor(block.text()) == source.fragment():
                self.moveCursor(QTextCursor.MoveOperation.End)
                self.setTextCursor(QTextCursor(block))  # from the end upwards, so that the heading is at the top
                return
            block = block.next()


def _anchor(heading: str) -> str:
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")
