"""The canvas widget: turns events into gestures and commands, and shows the presenter's state."""

from collections.abc import Callable, Mapping
from typing import ParamSpec

from PySide6.QtCore import QEvent, QPoint, Qt, Signal
from PySide6.QtGui import (
    QAction,
    QContextMenuEvent,
    QDragEnterEvent,
    QDragLeaveEvent,
    QDragMoveEvent,
    QDropEvent,
    QFocusEvent,
    QGuiApplication,
    QKeyEvent,
    QMouseEvent,
    QPaintEvent,
    QResizeEvent,
    QWheelEvent,
)

from workbench.compiler.facts import Analysis
from workbench.gui.canvas import context_menu, dropping, keys, name_editor, wheel
from workbench.gui.canvas.accessible import description
from workbench.gui.canvas.actions import make_actions
from workbench.gui.canvas.block_view import BlockView
from workbench.gui.canvas.breadcrumbs import Breadcrumbs
from workbench.gui.canvas.drawing import FAR
from workbench.gui.canvas.empty_canvas import EmptyCanvas
from workbench.gui.canvas.find_bar import FindBar
from workbench.gui.canvas.gestures import EDGE_REACH, Pan, begin, double_click
from workbench.gui.canvas.interaction import Interaction
from workbench.gui.canvas.minimap import Minimap
from workbench.gui.canvas.motion import Motion
from workbench.gui.canvas.name_editor import NameEditor
from workbench.gui.canvas.note_items import size_of_comment
from workbench.gui.canvas.note_view import NoteView
from workbench.gui.canvas.paper import Paper
from workbench.gui.canvas.presenter import Presenter
from workbench.gui.canvas.resizing import CURSORS
from workbench.gui.canvas.scene import Scene
from workbench.gui.canvas.searches import Searches
from workbench.gui.canvas.sight import Sight
from workbench.gui.canvas.snapshot import pieces
from workbench.gui.canvas.tidying import Background, Tidying, at_once
from workbench.gui.canvas.toast import Toast
from workbench.gui.experiment.document import Document
from workbench.gui.widgets import theme
from workbench.spec.library import LibraryBlock
from workbench.spec.problems import SpecError
from workbench.spec.words import upper_first

P = ParamSpec("P")

MOST_PIECES = 16
"""The largest number of changed regions painted separately; beyond it, the space between them is painted too."""


class CanvasView(Paper):
    """The drawing of the document's network, edited with mouse and keyboard."""

    selection_changed = Signal(object)
    """Emitted with the new selection, a ``Selected``."""

    inspection_wanted = Signal()
    """Emitted when Enter is pressed on the selection, to move the focus to its parameters."""

    features_wanted = Signal(str)
    """Emitted with the path of a node whose feature maps are to be shown."""

    keeping = Signal(object)
    """Emitted with a ``LibraryBlock`` to save in the user's library."""

    def __init__(
        self,
        document: Document,
        library: Mapping[str, LibraryBlock] | None = None,
        background: Background = at_once,
    ) -> None:
        self.presenter = Presenter(document, library, size_of_comment)
        self.presenter.on_change = self._show_change
        self.presenter.on_selection = self._show_selection
        self.canvas_scene = Scene(self.presenter)
        super().__init__(self.canvas_scene)
        self.interaction: Interaction | None = None
        self.space_held = False
        self.lit_edge: tuple[str, int] | None = None
        """The connection that a drop would insert into."""
        self.walked_to: str | None = None
        """The card last reached by keyboard, from which the next key continues if several are selected."""
        self.shown = self._what_is_shown()
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAcceptDrops(True)
        self.fingers = wheel.Fingers(self)
        self.setMouseTracking(True)
        self.setAccessibleName("Network")
        self.motion = Motion(self)
        self.sight = Sight(self)
        self.searches = Searches(self)
        self.tidying = Tidying(self, background)
        self.blocks = BlockView(self)
        self.notes = NoteView(self)
        self.find_bar = FindBar(self, self.presenter.architecture, self.sight.glide_to_match, self.setFocus)
        self.breadcrumbs = Breadcrumbs(self)
        self.breadcrumbs.chosen.connect(self.blocks.go_back)
        self.empty = EmptyCanvas(self)
        self.minimap = Minimap(self)
        self.toast = Toast(self)
        self.commands: dict[str, QAction] = make_actions(self)
        self.addActions(list(self.commands.values()))
        self.graph_shown = self.presenter.graph
        theme.changed.connect(self._dress)
        self._show_change()

    # Contents

    def show_analysis(self, analysis: Analysis) -> None:
        """Show the newest facts and problems on the cards."""
        self.presenter.show_analysis(analysis)

    def _show_change(self) -> None:
        if self.interaction and self.interaction.is_outdated:
            self.give_up()
        self.settle()
        was_whole = self.sight.is_whole
        self.canvas_scene.sync()
        self.minimap.show_change()
        self.empty.show_change()
        self.breadcrumbs.show_way(self.presenter)
        before, self.graph_shown = self.graph_shown, self.presenter.graph
        is_empty = not (self.graph_shown.nodes or self.graph_shown.notes)
        if self.shown != self._what_is_shown() or is_empty:
            self.shown = self._what_is_shown()
            self.sight.fit_all()
        elif self.interaction is None:
            # However they were added, for example by a remedy in the inspector.
            added = [node.name for node in self.graph_shown.nodes if node.name not in before.by_name]
            has_grown = added or len(self.graph_shown.notes) > len(before.notes)
            if has_grown and was_whole and not self.sight.is_whole:
                self.sight.fit_again()
            self.sight.glide_to(added)
        self.setAccessibleDescription(description(self.presenter, self.canvas_scene.notes))

    def _what_is_shown(self) -> tuple[str, tuple[str, ...]]:
        return (self.presenter.architecture().name, self.presenter.trail)

    def _show_selection(self) -> None:
        self.settle()
        self.canvas_scene.show_selection()
        self.setAccessibleDescription(description(self.presenter, self.canvas_scene.notes))
        self.selection_changed.emit(self.presenter.selected())

    def _dress(self) -> None:
        self.settle()
        for item in self.canvas_scene.cards.values():
            item.show_card(item.card)
        self.canvas_scene.update()
        self.minimap.show_change()

    def say(self, words: str) -> None:
        """Show a message at the bottom for a while, capitalised unless it begins with a node's name; an empty one hides
        it.
        """
        begins_with_name = words.split(" ")[0] in self.presenter.graph.by_name
        self.toast.say(words if begins_with_name else upper_first(words))

    def attempt(self, edit: Callable[P, object], *arguments: P.args, **named: P.kwargs) -> None:
        """Do an edit with these arguments; a user's mistake is only reported."""
        try:
            edit(*arguments, **named)
        except SpecError as error:
            self.say(str(error))

    def light_edge(self, key: tuple[str, int] | None) -> None:
        """Highlight the connection that a drop would insert into."""
        before, self.lit_edge = self.lit_edge, key
        for changed in {before, key} if before != key else ():
            edge = self.canvas_scene.edges.get(changed) if changed else None
            if edge:
                edge.dashed = changed == key
                edge.update()

    # Commands

    def know_data_shape(self, shape: tuple[int, ...] | None) -> None:
        """Set the data's shape, which a new Input gets."""
        self.presenter.data_shape = shape

    def add_after_selection(self, kind: str) -> None:
        """Add a layer or block after the selected node, before an Output, or in the middle if none is selected."""
        place = self.mapToScene(self.viewport().rect().center())
        self.attempt(self.presenter.add_after, kind, place.toTuple())
        self.sight.show(self.presenter.selection)

    def copy(self) -> None:
        """Copy the selection to the clipboard, as JSON text."""
        if self.presenter.selection:
            QGuiApplication.clipboard().setText(self.presenter.copy())

    def cut(self) -> None:
        """Copy the selection, then delete it."""
        self.copy()
        self.attempt(self.presenter.delete)

    def paste(self) -> None:
        """Paste nodes and notes from the clipboard, at the pointer."""
        text = QGuiApplication.clipboard().text()
        pointer = self.pointer_within()
        place = self.mapToScene(pointer).toTuple() if pointer is not None else None
        self.attempt(self.presenter.paste, text, place)
        self.sight.glide_to(self.presenter.selection)

    def duplicate(self) -> None:
        """Duplicate the selection."""
        self.attempt(self.presenter.duplicate)
        self.sight.glide_to(self.presenter.selection)

    def rename_selected(self) -> None:
        """Edit the name of the selected node on its card, or the text of the selected note."""
        if not self.notes.write_selected():
            name_editor.rename_selected(self)

    # Events

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self.motion.finish()
        self.settle()
        if self.interaction is None:
            self.interaction = begin(self, event)
        event.accept()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self.interaction:
            self.interaction.move(event.position().toPoint(), event.modifiers())
        else:
            # The base class delivers hover events to the items.
            super().mouseMoveEvent(event)
            if self.canvas_scene.notes and not self.space_held:
                self._offer_resizing(event.position().toPoint())

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if self.interaction:
            interaction, self.interaction = self.interaction, None
            interaction.finish(event.position().toPoint(), event.modifiers())

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            double_click(self, event.position().toPoint())

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        context_menu.open_menu(self, event.pos(), by_keys=event.reason() == QContextMenuEvent.Reason.Keyboard)

    def wheelEvent(self, event: QWheelEvent) -> None:
        wheel.scroll(self, event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if not keys.press(self, event):
            super().keyPressEvent(event)

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        keys.release(self, event)
        super().keyReleaseEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        self.space_held = False
        self.show_cursor()
        super().focusOutEvent(event)

    def escape(self) -> None:
        """Cancel the innermost state: a gesture, the editing of a name, the selection, or the open block."""
        if self.interaction:
            self.give_up()
        elif self.viewport().findChild(NameEditor):
            self.setFocus()
        elif self.presenter.selection or self.presenter.selected_edge:
            self.presenter.select(())
        else:
            self.blocks.leave()

    def give_up(self) -> None:
        """Cancel the current gesture, restoring the state before."""
        interaction, self.interaction = self.interaction, None
        assert interaction is not None
        interaction.cancel()

    def show_cursor(self) -> None:
        """Show an open hand while Space is held."""
        self.viewport().setCursor(Qt.CursorShape.OpenHandCursor if self.space_held else Qt.CursorShape.ArrowCursor)

    def _offer_resizing(self, point: QPoint) -> None:
        """Indicate with the cursor that a frame's edge can be dragged."""
        free = self.canvas_scene.card_at(self.mapToScene(point)) is None
        side = self.canvas_scene.frame_side_at(self.mapToScene(point), EDGE_REACH / self.zoom()) if free else None
        self.viewport().setCursor(CURSORS[side[1]] if side else Qt.CursorShape.ArrowCursor)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if dropping.is_layer(event):
            event.acceptProposedAction()

    def dragMoveEvent(self, event: QDragMoveEvent) -> None:
        self.light_edge(dropping.edge_under(self, event))
        event.acceptProposedAction()

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        self.light_edge(None)

    def dropEvent(self, event: QDropEvent) -> None:
        self.light_edge(None)
        dropping.add_layer(self, event)
        event.acceptProposedAction()
        self.setFocus()

    def paint_scene(self, event: QPaintEvent) -> None:
        few = pieces(event.region()) if event.region().rectCount() <= MOST_PIECES else []
        self.canvas_scene.drawing.pieces = [self.mapToScene(piece).boundingRect() for piece in few]
        self.canvas_scene.drawing.hasty = self.zooming
        super().paint_scene(event)

    def is_free(self) -> bool:
        return self.interaction is None or isinstance(self.interaction, Pan)

    def is_detailed(self) -> bool:
        return self.zoom() >= FAR

    def is_crowded(self) -> bool:
        return self.is_detailed() and self.canvas_scene.drawing.is_crowded(self.seen())

    def leaveEvent(self, event: QEvent) -> None:
        """Let the network go below the messages that appeared over it under the pointer."""
        super().leaveEvent(event)
        self.sight.catch_up()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.settle()
        for part in (self.empty, self.breadcrumbs, self.minimap, self.toast, self.find_bar):
            part.place()
        self.sight.fit_again()
