"""The manual in its own window: the pages of ``docs``, with their links and pictures, read in the background."""

import re
from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtCore import QUrl
from PySide6.QtGui import QImage, QTextBlockFormat, QTextCursor, QTextDocument, QTextTable, QTextTableFormat
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QTextBrowser, QVBoxLayout, QWidget

from workbench import shipped
from workbench.gui.dialogs.dialog import Dialog
from workbench.gui.runtime.event_pump import EventPump
from workbench.gui.widgets import theme
from workbench.gui.widgets.panel import fill, spaced

FIRST = "README.md"
PICTURE_WIDTH = 720
"""Maximum width of pictures, in pixels of the page."""

UNKNOWN = QTextDocument.ResourceType.UnknownResource
PICTURE = re.compile(r"!\[[^]]*\]\(([^)]+)\)")


class ManualWindow(Dialog):
    """Starts with the contents. Links open pages here, external ones in the browser."""

    def __init__(self, parent: QWidget | None, pump: EventPump) -> None:
        super().__init__(parent, "Manual")
        self.page = _Page(pump)
        self.contents = QPushButton("Contents")
        self.contents.clicked.connect(self._show_contents)
        self.back = QPushButton("Back")
        self.back.clicked.connect(self.page.backward)
        self.back.setEnabled(False)
        self.page.backwardAvailable.connect(self.back.setEnabled)
        close = QPushButton("Close")
        close.clicked.connect(self.close)
        margins = (theme.SPACE_M, theme.SPACE_S, theme.SPACE_M, theme.SPACE_M)
        foot = fill(spaced(QHBoxLayout(), theme.SPACE_S, *margins), self.contents, self.back, None, close)
        fill(spaced(QVBoxLayout(self), 0), (self.page, 1), foot)
        self.resize(PICTURE_WIDTH + 100, 760)
        self._show_contents()

    def _show_contents(self) -> None:
        self.page.setSource(QUrl.fromLocalFile(str(shipped.docs() / FIRST)))


class _Page(QTextBrowser):
    def __init__(self, pump: EventPump) -> None:
        super().__init__()
        self._pump = pump
        self._wanted = QUrl()
        """The page last asked for."""
        self._read: dict[str, str | QImage] = {}
        """Pages and pictures by path; *Back* shows them again."""
        self.setAccessibleName("Manual page")
        self.setOpenExternalLinks(True)
        self.setFrameShape(QTextBrowser.Shape.NoFrame)
        self.document().setDocumentMargin(theme.SPACE_L)
        self.sourceChanged.connect(self._show_page)
        theme.changed.connect(self._make_room)

    def doSetSource(self, name: QUrl | str, type: QTextDocument.ResourceType = UNKNOWN) -> None:
        """Show a page as soon as it has been read."""
        self._wanted = self.source().resolved(QUrl(name))
        path = self._wanted.toLocalFile()
        if path in self._read:
            super().doSetSource(self._wanted, type)
        else:
            self._pump.background("manual", partial(read_page, Path(path)), self._take)

    def _take(self, read: dict[str, str | QImage]) -> None:
        self._read |= read
        if self._wanted.toLocalFile() in read:
            self.setSource(self._wanted)

    def loadResource(self, kind: int, name: QUrl | str) -> Any:
        """Return a page or picture that has been read."""
        return self._read.get(self.source().resolved(QUrl(name)).toLocalFile())

    def _show_page(self, source: QUrl) -> None:
        self._make_room()
        self._go_to_heading(source.fragment())

    def _make_room(self) -> None:
        """Put space around headings, paragraphs and tables; Qt's Markdown reader leaves none."""
        page, cursor = self.document().rootFrame(), QTextCursor(self.document())
        cursor.beginEditBlock()
        for table in page.childFrames():
            if isinstance(table, QTextTable):
                table.setFormat(_table_format(table.format()))
        block = self.document().begin()
        while block.isValid():
            cursor.setPosition(block.position())
            if cursor.currentFrame() == page:
                room = QTextBlockFormat()
                room.setTopMargin(theme.SPACE_L if block.blockFormat().headingLevel() else theme.SPACE_XS)
                room.setBottomMargin(theme.SPACE_XS)
                cursor.mergeBlockFormat(room)
            block = block.next()
        cursor.endEditBlock()

    def _go_to_heading(self, name: str) -> None:
        """Scroll to the heading that a link names by GitHub's rules, which Qt does not know."""
        block = self.document().begin()
        while name and block.isValid():
            if block.blockFormat().headingLevel() and _anchor(block.text()) == name:
                self.moveCursor(QTextCursor.MoveOperation.End)
                self.setTextCursor(QTextCursor(block))  # from the end upwards, so that the heading is at the top
                return
            block = block.next()


def _table_format(format: QTextTableFormat) -> QTextTableFormat:
    format.setMargin(theme.SPACE_S)
    format.setLeftMargin(0)
    format.setCellPadding(theme.SPACE_XS)
    format.setBorderStyle(QTextTableFormat.BorderStyle.BorderStyle_Solid)
    format.setBorderBrush(theme.colour(theme.current().border))
    return format


def read_page(path: Path) -> dict[str, str | QImage]:
    """Return a page and its pictures by path, pictures scaled to the page's width with all their pixels kept."""
    text = path.read_text("utf-8")
    read: dict[str, str | QImage] = {str(path): text}
    for name in PICTURE.findall(text):
        picture = path.parent / name
        image = QImage(str(picture))
        image.setDevicePixelRatio(max(1.0, image.width() / PICTURE_WIDTH))
        read[str(picture)] = image
    return read


def _anchor(heading: str) -> str:
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")
