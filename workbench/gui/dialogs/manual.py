"""The manual in its own window: the pages of ``docs``, with their links and pictures, read in the background."""

import re
from bisect import bisect_right
from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtCore import QUrl
from PySide6.QtGui import (
    QFont,
    QImage,
    QKeySequence,
    QShortcut,
    QTextBlock,
    QTextBlockFormat,
    QTextCharFormat,
    QTextCursor,
    QTextDocument,
    QTextFormat,
    QTextLength,
    QTextTable,
    QTextTableFormat,
)
from PySide6.QtWidgets import QHBoxLayout, QLabel, QLineEdit, QPushButton, QTextBrowser, QVBoxLayout, QWidget

from workbench import shipped
from workbench.gui.dialogs.dialog import Dialog
from workbench.gui.runtime.event_pump import EventPump
from workbench.gui.widgets import theme
from workbench.gui.widgets.panel import fill, spaced, styled

FIRST = "README.md"
LECTURE = "lecture.md"

FIELD_WIDTH = 240
PICTURE_WIDTH = 720
"""Maximum width of pictures, in pixels of the page."""

UNKNOWN = QTextDocument.ResourceType.UnknownResource
PICTURE = re.compile(r"!\[[^]]*\]\(([^)]+)\)")
LINK_TARGET = re.compile(r"(?<=\])\([^)]*\)")


class ManualWindow(Dialog):
    """Starts with the contents. Links open pages here, others in the browser; Ctrl+F finds words on all pages."""

    def __init__(self, parent: QWidget | None, pump: EventPump) -> None:
        super().__init__(parent, "Manual")
        self.page = _Page(pump)
        self.contents = QPushButton("Contents")
        self.contents.clicked.connect(self._show_contents)
        self.back = QPushButton("Back")
        self.back.clicked.connect(self.page.backward)
        self.back.setEnabled(False)
        self.page.backwardAvailable.connect(self.back.setEnabled)
        self._texts: dict[str, str] = {}
        """The letters and digits of each page by its path."""
        self._left: list[str] | None = None
        """The pages that may have the words being looked for; None while nothing is looked for."""
        self.missing = styled(QLabel(), "muted")
        self.field = QLineEdit(placeholderText="Find in the manual", clearButtonEnabled=True)
        self.field.setAccessibleName("Find in the manual")
        self.field.setFixedWidth(FIELD_WIDTH)
        self.field.setEnabled(False)
        self.field.returnPressed.connect(self.find_next)
        self.field.textEdited.connect(lambda: self.missing.setText(""))
        QShortcut(QKeySequence.StandardKey.Find, self, self._begin_search)
        self.page.sourceChanged.connect(self._look)
        pump.background("search the manual", read_texts, self._take_texts)
        close = QPushButton("Close")
        close.clicked.connect(self.close)
        margins = (theme.SPACE_M, theme.SPACE_S, theme.SPACE_M, theme.SPACE_M)
        foot = spaced(QHBoxLayout(), theme.SPACE_S, *margins)
        fill(foot, self.contents, self.back, self.field, self.missing, None, close)
        fill(spaced(QVBoxLayout(self), 0), (self.page, 1), foot)
        self.resize(PICTURE_WIDTH + 100, 760)
        self._show_contents()

    def _show_contents(self) -> None:
        self.show_page(FIRST)

    def show_page(self, name: str) -> None:
        self.page.setSource(QUrl.fromLocalFile(str(shipped.docs() / name)))

    def _begin_search(self) -> None:
        self.field.setFocus()
        self.field.selectAll()

    def find_next(self) -> None:
        """Select the next place that has the typed words, on this page or on others, or say that there is none."""
        words = self.field.text().strip()
        if words and not self.page.find(words):
            paths, sought = sorted(self._texts), letters(words)
            after = bisect_right(paths, self.page.source().toLocalFile())
            around = (*paths[after:], *paths[:after])
            self._left = [path for path in around if sought in self._texts[path]]
            self._try_next()

    def _take_texts(self, texts: dict[str, str]) -> None:
        self._texts = texts
        self.field.setEnabled(True)

    def _try_next(self) -> None:
        """Show the next page that may have the words; this one again, from its start, comes last."""
        if not self._left:
            self._left = None
            self.missing.setText("Not found")
        elif (path := self._left.pop(0)) == self.page.source().toLocalFile():
            self.page.moveCursor(QTextCursor.MoveOperation.Start)
            self._look()
        else:
            self.page.setSource(QUrl.fromLocalFile(path))

    def _look(self) -> None:
        if self._left is None:
            return
        if self.page.find(self.field.text().strip()):
            self._left = None
        else:
            self._try_next()


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
        """Put space around headings, paragraphs and tables, since Qt's Markdown reader leaves none, let pictures and
        code be no wider than the page, and give links the colour of the current theme.
        """
        page, cursor = self.document().rootFrame(), QTextCursor(self.document())
        cursor.beginEditBlock()
        for table in page.childFrames():
            if isinstance(table, QTextTable):
                table.setFormat(_table_format(table.format()))
                _mend_first_cell(table)
        block = self.document().begin()
        while block.isValid():
            cursor.setPosition(block.position())
            if cursor.currentFrame() == page:
                cursor.mergeBlockFormat(_code_format(block) if _is_code(block) else _room_around(block))
            _dress(block)
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


def _is_code(block: QTextBlock) -> bool:
    return block.blockFormat().hasProperty(QTextFormat.Property.BlockCodeLanguage)


def _code_format(block: QTextBlock) -> QTextBlockFormat:
    """Return the format of a line of code, which stands out together with those above and below."""
    room = QTextBlockFormat()
    room.setNonBreakableLines(False)
    room.setBackground(theme.colour(theme.current().canvas))
    room.setTopMargin(0 if _is_code(block.previous()) else theme.SPACE_S)
    room.setBottomMargin(0 if _is_code(block.next()) else theme.SPACE_S)
    return room


def _room_around(block: QTextBlock) -> QTextBlockFormat:
    room = QTextBlockFormat()
    room.setTopMargin(theme.SPACE_L if block.blockFormat().headingLevel() else theme.SPACE_XS)
    room.setBottomMargin(theme.SPACE_XS)
    return room


def _mend_first_cell(table: QTextTable) -> None:
    """Remove the empty line with which Qt's Markdown reader begins a table after code, and make its heading bold."""
    cursor = table.cellAt(0, 0).firstCursorPosition()
    if cursor.block().text() or cursor.block() == table.cellAt(0, 0).lastCursorPosition().block():
        return
    cursor.deleteChar()
    cursor.movePosition(QTextCursor.MoveOperation.EndOfBlock, QTextCursor.MoveMode.KeepAnchor)
    bold = QTextCharFormat()
    bold.setFontWeight(QFont.Weight.Bold)
    cursor.mergeCharFormat(bold)


def _table_format(format: QTextTableFormat) -> QTextTableFormat:
    format.setMargin(theme.SPACE_S)
    format.setLeftMargin(0)
    format.setCellPadding(theme.SPACE_XS)
    format.setBorderStyle(QTextTableFormat.BorderStyle.BorderStyle_Solid)
    format.setBorderBrush(theme.colour(theme.current().border))
    return format


def _dress(block: QTextBlock) -> None:
    """Fit the pictures of a block, and colour its links."""
    piece = block.begin()
    while not piece.atEnd():
        fragment = piece.fragment()
        words, picture = fragment.charFormat(), fragment.charFormat().toImageFormat()
        cursor = QTextCursor(block)
        cursor.setPosition(fragment.position())
        cursor.setPosition(fragment.position() + fragment.length(), QTextCursor.MoveMode.KeepAnchor)
        if picture.isValid():
            picture.setMaximumWidth(QTextLength(QTextLength.Type.PercentageLength, 100))
            cursor.setCharFormat(picture)
        elif words.isAnchor():
            words.setForeground(theme.colour(theme.current().accent))
            cursor.setCharFormat(words)
        piece += 1


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


def read_texts() -> dict[str, str]:
    """Return the letters and digits of each page by its path."""
    return {path.as_posix(): letters(path.read_text("utf-8")) for path in shipped.docs().rglob("*.md")}


def letters(text: str) -> str:
    """Return the letters and digits of a text in Markdown: what is left of words that line breaks and markup part."""
    return re.sub(r"[\W_]+", "", LINK_TARGET.sub("", text)).casefold()


def _anchor(heading: str) -> str:
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")
