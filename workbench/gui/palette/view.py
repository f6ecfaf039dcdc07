"""The palette widget: search, groups by family, drag or Enter."""

from collections.abc import Mapping, Sequence

from PySide6.QtCore import QByteArray, QEvent, QMimeData, QObject, QPoint, QSize, Qt, Signal
from PySide6.QtGui import QColor, QDrag, QKeyEvent, QKeySequence, QPainter, QPixmap
from PySide6.QtWidgets import (
    QAbstractItemView,
    QApplication,
    QLabel,
    QLineEdit,
    QMenu,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from workbench.gui.experiment.document import Document
from workbench.gui.experiment.library_files import OWN
from workbench.gui.palette.presenter import MIME_TYPE, Entry, entries, search
from workbench.gui.widgets import icons, theme
from workbench.gui.widgets.panel import fill, named, on_surface, spaced, styled
from workbench.spec.experiment import Experiment
from workbench.spec.library import LibraryBlock

TYPE = Qt.ItemDataRole.UserRole
GHOST = QSize(160, 36)


class Palette(QWidget):
    """Everything a network can be built of. ``chosen`` requests a type to be added after the selected node."""

    chosen = Signal(str)
    looking = Signal(str)
    """Emitted with the name of a block of this network to open."""

    removing = Signal(str)
    """Emitted with the key of a block to remove from the user's library."""

    def __init__(self, document: Document, library: Mapping[str, LibraryBlock] | None = None) -> None:
        super().__init__()
        self.document = document
        self.library = library if library is not None else {}
        on_surface(self)
        self.field = named(QLineEdit(placeholderText="Search layers"), "Search layers")
        self.field.addAction(icons.icon("search"), QLineEdit.ActionPosition.LeadingPosition)
        self.field.textChanged.connect(self.show_entries)
        self.field.returnPressed.connect(self._choose_current)
        self.field.installEventFilter(self)
        self.tree = LayerTree()
        self.tree.itemActivated.connect(self._choose)
        self.tree.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.tree.customContextMenuRequested.connect(self._offer)
        self.nothing = styled(QLabel("No matching layer or block.", wordWrap=True), "small")
        self.nothing.setContentsMargins(theme.SPACE_XS, 0, theme.SPACE_M, 0)
        above = fill(spaced(QVBoxLayout(), 0, right=theme.SPACE_M), self.field)
        column = spaced(QVBoxLayout(self), theme.SPACE_S, left=theme.SPACE_M, top=theme.SPACE_M)
        fill(column, above, self.nothing, self.tree)
        self.setMinimumWidth(180)
        document.listen(self._document_changed)
        theme.changed.connect(self.show_entries)
        self.show_entries()

    def sizeHint(self) -> QSize:
        return QSize(220, 600)

    def _document_changed(self, before: Experiment, after: Experiment) -> None:
        if after.architecture.blocks is not before.architecture.blocks:
            self.show_entries()

    def show_entries(self) -> None:
        """List the entries: the best matches first, or groups while nothing is searched for."""
        offered = entries(self.document.experiment.architecture.blocks, self.library)
        words = self.field.text()
        self.tree.clear()
        if words.strip():
            found = [_item(entry) for entry in search(offered, words)]
            self.tree.addTopLevelItems(found)
            if found:
                self.tree.setCurrentItem(found[0])
        else:
            self._show_groups(offered)
        self.nothing.setVisible(not self.tree.topLevelItemCount())

    def _show_groups(self, offered: Sequence[Entry]) -> None:
        groups: dict[str, QTreeWidgetItem] = {}
        for entry in offered:
            if entry.group not in groups:
                heading = QTreeWidgetItem([entry.group])
                heading.setFlags(Qt.ItemFlag.ItemIsEnabled)
                heading.setForeground(0, QColor(theme.current().text_muted))
                heading.setFont(0, theme.font(theme.TEXT_SMALL))
                heading.setSizeHint(0, QSize(0, theme.CONTROL_HEIGHT + theme.SPACE_XS))
                heading.setTextAlignment(0, Qt.AlignmentFlag.AlignBottom)
                self.tree.addTopLevelItem(heading)
                heading.setExpanded(True)
                groups[entry.group] = heading
            groups[entry.group].addChild(_item(entry))

    def _offer(self, place: QPoint) -> None:
        """Open the context menu of an entry."""
        item = self.tree.itemAt(place)
        key = item.data(0, TYPE) if item is not None else None
        if key:
            menu = QMenu(self)
            menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
            menu.addAction("Add to the network", lambda: self.chosen.emit(key))
            if key in self.document.experiment.architecture.blocks:
                menu.addAction("Open block", lambda: self.looking.emit(key))
            if key.startswith(OWN):
                menu.addAction("Remove from my library", lambda: self.removing.emit(key))
            menu.popup(self.tree.viewport().mapToGlobal(place))

    def _choose(self, item: QTreeWidgetItem) -> None:
        if item.data(0, TYPE):
            self.chosen.emit(item.data(0, TYPE))

    def _choose_current(self) -> None:
        current = self.tree.currentItem()
        if current is not None:
            self._choose(current)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Down moves from the field to the list; undo goes to the document if the field has nothing to undo."""
        if isinstance(event, QKeyEvent):
            if event.type() == QEvent.Type.KeyPress and event.key() == Qt.Key.Key_Down:
                self.tree.setFocus()
                return True
            if event.type() == QEvent.Type.ShortcutOverride and self._is_idle(event):
                event.ignore()
                return True
        return super().eventFilter(watched, event)

    def _is_idle(self, event: QKeyEvent) -> bool:
        """Whether the field has nothing to undo or redo for this key."""
        undo, redo = (event.matches(key) for key in (QKeySequence.StandardKey.Undo, QKeySequence.StandardKey.Redo))
        return (undo and not self.field.isUndoAvailable()) or (redo and not self.field.isRedoAvailable())


class LayerTree(QTreeWidget):
    """The list; dragging an item carries its type."""

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName("Layers")
        self.setHeaderHidden(True)
        self.setRootIsDecorated(False)
        self.setIndentation(0)
        self.setIconSize(QSize(theme.ICON_SIZE, theme.ICON_SIZE))
        self.setDragEnabled(True)
        self.setDragDropMode(QAbstractItemView.DragDropMode.DragOnly)
        self.setUniformRowHeights(False)
        self.setExpandsOnDoubleClick(False)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.itemClicked.connect(self._fold)

    def _fold(self, item: QTreeWidgetItem) -> None:
        if item.childCount():
            item.setExpanded(not item.isExpanded())

    def mimeTypes(self) -> list[str]:
        return [MIME_TYPE]

    def mimeData(self, items: Sequence[QTreeWidgetItem]) -> QMimeData:
        """Return the type of the dragged layer, and its title as text for other programs."""
        data = QMimeData()
        data.setData(MIME_TYPE, QByteArray(items[0].data(0, TYPE).encode()))
        data.setText(items[0].text(0))
        return data

    def startDrag(self, actions: Qt.DropAction) -> None:
        item = self.currentItem()
        if item is None or not item.data(0, TYPE):
            return
        drag = QDrag(self)
        drag.setMimeData(self.mimeData([item]))
        drag.setPixmap(ghost(item, self.devicePixelRatioF()))
        drag.setHotSpot(QPoint(GHOST.width() // 2, GHOST.height() // 2))
        drag.exec(Qt.DropAction.CopyAction)
        # The list does not notice the drag: without this, the row where it started would stay marked as hovered.
        QApplication.sendEvent(self.viewport(), QEvent(QEvent.Type.Leave))


def ghost(item: QTreeWidgetItem, ratio: float) -> QPixmap:
    """Return the picture at the pointer while a layer is dragged: the left part of its card."""
    tokens = theme.current()
    picture = QPixmap(GHOST * ratio)
    picture.setDevicePixelRatio(ratio)
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setOpacity(0.92)
    painter.setPen(QColor(tokens.accent))
    painter.setBrush(QColor(tokens.surface))
    painter.drawRoundedRect(1, 1, GHOST.width() - 2, GHOST.height() - 2, theme.RADIUS_M, theme.RADIUS_M)
    item.icon(0).paint(painter, 10, 10, theme.ICON_SIZE, theme.ICON_SIZE)
    painter.setPen(QColor(tokens.text))
    painter.drawText(36, 0, GHOST.width() - 44, GHOST.height(), Qt.AlignmentFlag.AlignVCenter, item.text(0))
    painter.end()
    return picture


def _item(entry: Entry) -> QTreeWidgetItem:
    item = QTreeWidgetItem([entry.title])
    item.setIcon(0, icons.entry_icon(entry.type, entry.family, gives=entry.gives))
    item.setToolTip(0, f"{entry.title}. {entry.help}")
    item.setData(0, TYPE, entry.type)
    item.setData(0, Qt.ItemDataRole.AccessibleDescriptionRole, entry.help)
    item.setSizeHint(0, QSize(0, theme.CONTROL_HEIGHT))
    return item
