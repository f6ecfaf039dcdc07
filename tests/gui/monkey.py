"""A monkey test of the real window: random keys, clicks, drags, menus, edits and runs, determined by a seed.

Each event is one that a user could send: to the focused widget, to the widget under the pointer, to the open menu or
dialog. Only quitting is excluded, and training of networks that are too large for a test.
"""

from __future__ import annotations

import random
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QPoint, QPointF, Qt, QTimer
from PySide6.QtGui import QContextMenuEvent, QDrag, QKeyEvent, QKeySequence, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QFileDialog,
    QLineEdit,
    QMenu,
    QMessageBox,
    QWidget,
)

from tests.gui.canvas.hands import drop
from workbench.gui.palette.presenter import entries

if TYPE_CHECKING:
    from workbench.gui.window.main_window import MainWindow

LEFT, RIGHT, MIDDLE = Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton, Qt.MouseButton.MiddleButton
NONE = Qt.KeyboardModifier.NoModifier
SHIFT, CONTROL, ALT = (
    Qt.KeyboardModifier.ShiftModifier,
    Qt.KeyboardModifier.ControlModifier,
    Qt.KeyboardModifier.AltModifier,
)

Key = tuple[Qt.Key, Qt.KeyboardModifier]

PLAIN_KEYS = (
    *(Qt.Key.Key_Tab, Qt.Key.Key_Backtab, Qt.Key.Key_Return, Qt.Key.Key_Escape, Qt.Key.Key_Space, Qt.Key.Key_Delete),
    *(Qt.Key.Key_Backspace, Qt.Key.Key_Home, Qt.Key.Key_End, Qt.Key.Key_PageDown, Qt.Key.Key_Menu),
)
ARROWS = (Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Up, Qt.Key.Key_Down)
WORDS = (
    *("conv", "relu", "add", "linear", "residual", "inp", "out", "3", "16", "0", "-1", "1, 28, 28", "0.5", "1e400"),
    *("×3", "nan", "ä→", "a/b", "two words", "x" * 60, "", "$width", "width * 2", "conv1"),
)
JUNK = ("no network at all", "{}", '{"nodes": [1]}', "[[[[", "", "\x00")

TURN_MS = 20
PATIENCE_TURNS = 5
"""An event that has not returned by then is in a menu or dialog that waits for input."""

LARGEST_PARAMETERS, LARGEST_MACS, LARGEST_BATCH = 1_000_000, 20_000_000, 256
"""The largest network that is trained."""


class Monkey:
    """Sends events to the window, chosen by the seed; ``story`` lists the latest."""

    def __init__(self, window: MainWindow, seed: int, folder: Path) -> None:
        self.window = window
        self.canvas = window.canvas
        self.presenter = window.canvas.presenter
        self.dice = random.Random(seed)
        self.folder = folder
        self.story: deque[str] = deque(maxlen=60)
        self._story_file = (folder / "story.txt").open("w", buffering=1)
        self.num_events = 0
        window.commands["quit"].setEnabled(False)
        self._allow_small_runs_only()
        actions = [*window.commands.actions.values(), *window.canvas.commands.values()]
        self.shortcuts = [_key(sequence) for action in actions for sequence in action.shortcuts()]
        self.watch = Watch(self)
        self.acts: dict[Callable[[], str], int] = {
            self.press_shortcut: 20,
            self.press_plain: 12,
            self.press_arrow: 6,
            self.type_words: 8,
            self.click_canvas: 10,
            self.double_click_canvas: 5,
            self.drag_on_canvas: 20,
            self.drop_from_palette: 5,
            self.open_context_menu: 5,
            self.turn_wheel: 4,
            self.use_minimap: 2,
            self.edit_in_sidebar: 14,
            self.click_anywhere: 8,
            self.drag_anywhere: 3,
            self.use_run_bar: 3,
            self.open_menu: 3,
            self.copy_junk: 1,
            self.resize: 1,
        }

    def _allow_small_runs_only(self) -> None:
        trainer, start = self.window.trainer, self.window.trainer.start
        source = self.window.document.experiment.data.source

        def start_small() -> None:
            analysis, experiment = self.presenter.analysis, self.window.document.experiment
            if (
                self.window.checker.settled
                and analysis is not None
                and analysis.parameters <= LARGEST_PARAMETERS
                and analysis.macs <= LARGEST_MACS
                and experiment.training.batch_size <= LARGEST_BATCH
                and experiment.data.source == source
            ):
                start()

        trainer.start = start_small  # type: ignore[method-assign]

    # Events

    def act(self) -> None:
        """Send one event."""
        self.num_events += 1
        if len(extra := self._other_windows()) > 2:
            self.say(f"close {type(extra[0]).__name__}")
            extra[0].close()
        popup = QApplication.activePopupWidget()
        if popup is not None:
            self._note(lambda: self._act_in(popup))
        else:
            (chosen,) = self.dice.choices(list(self.acts), list(self.acts.values()))
            self._note(chosen)
        QApplication.processEvents()
        QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)

    def _note(self, act: Callable[[], str]) -> None:
        """Log an event's name before it happens, and its description afterwards."""
        self.say(getattr(act, "__name__", "in a menu") + " …")
        self.say(act())

    def close(self) -> None:
        """Close the story's file."""
        self._story_file.close()

    def say(self, words: str) -> None:
        """Add a line to the story, also on disk, which survives a crash."""
        self.story.append(f"{self.num_events} {words}")
        self._story_file.write(self.story[-1] + "\n")

    def _act_in(self, popup: QWidget) -> str:
        """Press a key in an open menu or list, which receives all input."""
        key = self.dice.choice((*ARROWS, Qt.Key.Key_Down, Qt.Key.Key_Return, Qt.Key.Key_Return, Qt.Key.Key_Escape))
        words = f"in {type(popup).__name__} press {key.name}"
        if isinstance(popup, QMenu) and popup.activeAction() is not None:
            words += f" on {popup.activeAction().text()!r}"
        QTest.keyClick(popup, key)
        return words

    def press_shortcut(self) -> str:
        return self.press(*self.dice.choice(self.shortcuts))

    def press_plain(self) -> str:
        return self.press(self.dice.choice(PLAIN_KEYS), NONE)

    def press_arrow(self) -> str:
        held = self.dice.choice((NONE, NONE, SHIFT, CONTROL, CONTROL, CONTROL | SHIFT))
        return self.press(self.dice.choice(ARROWS), held)

    def press(self, key: Qt.Key, held: Qt.KeyboardModifier) -> str:
        target = self._focused()
        words = f"press {QKeySequence(held.value | key.value).toString()} in {_name(target)}"
        self.say(f"{words} …")
        QTest.keyClick(target, key, held)
        return words

    def type_words(self) -> str:
        words, target = self.dice.choice(WORDS), self._focused()
        said = f"type {words!r} in {_name(target)}"
        if isinstance(target, QLineEdit) and self.dice.random() < 0.5:
            target.selectAll()
        for letter in words:
            # Not every character has a key of its own.
            QApplication.sendEvent(target, QKeyEvent(QEvent.Type.KeyPress, 0, NONE, letter))
        if self.dice.random() < 0.7 and (widget := QApplication.focusWidget()) is not None:
            QTest.keyClick(widget, Qt.Key.Key_Return)
            said += " and Return"
        return said

    def click_canvas(self) -> str:
        what, point = self._spot()
        button, held = self.dice.choice((LEFT, LEFT, LEFT, MIDDLE)), self._held()
        QTest.mouseMove(self.canvas.viewport(), point)
        QTest.mouseClick(self.canvas.viewport(), button, held, point)
        return f"click {what} with {button.name}, {held}"

    def double_click_canvas(self) -> str:
        what, point = self._spot()
        QTest.mouseClick(self.canvas.viewport(), LEFT, NONE, point)
        QTest.mouseDClick(self.canvas.viewport(), LEFT, NONE, point)
        return f"double-click {what}"

    def drag_on_canvas(self) -> str:
        """Drag, sometimes with Space held, and with a key in the middle."""
        (start_name, start), (end_name, end) = self._spot(), self._spot()
        port, button, held = self.canvas.viewport(), self.dice.choice((LEFT, LEFT, LEFT, MIDDLE)), self._held()
        with_space = self.dice.random() < 0.1
        interrupted = self.dice.choice((*self.shortcuts, *((key, NONE) for key in PLAIN_KEYS)))
        words = f"drag from {start_name} to {end_name} with {button.name}, {held}" + " and Space" * with_space
        if with_space:
            QTest.keyPress(self.canvas, Qt.Key.Key_Space)
        QTest.mousePress(port, button, held, start)
        for step in range(1, 5):
            QTest.mouseMove(port, start + (end - start) * step / 4)
            if step == 3 and self.dice.random() < 0.15:
                words += f", meanwhile {self.press(*interrupted)}"
        if QApplication.activePopupWidget() is None:
            QTest.mouseRelease(port, button, held, end)
        if with_space:
            QTest.keyRelease(self.canvas, Qt.Key.Key_Space)
        return words

    def drop_from_palette(self) -> str:
        what, point = self._spot()
        kind = self.dice.choice(entries(self.presenter.architecture().blocks, self.presenter.library)).type
        drop(self.canvas, kind, point)
        return f"drop {kind} on {what}"

    def open_context_menu(self) -> str:
        what, point = self._spot()
        port = self.canvas.viewport()
        event = QContextMenuEvent(QContextMenuEvent.Reason.Mouse, point, port.mapToGlobal(point))
        QApplication.sendEvent(port, event)
        return f"context menu on {what}"

    def turn_wheel(self) -> str:
        what, point = self._spot()
        turn, held = self.dice.choice((-240, -120, 120, 240)), self.dice.choice((NONE, SHIFT, CONTROL))
        port = self.canvas.viewport()
        event = QWheelEvent(
            QPointF(point),
            QPointF(port.mapToGlobal(point)),
            QPoint(),
            QPoint(0, turn),
            Qt.MouseButton.NoButton,
            held,
            Qt.ScrollPhase.NoScrollPhase,
            False,
        )
        QApplication.sendEvent(port, event)
        return f"wheel {turn} on {what}, {held}"

    def use_minimap(self) -> str:
        minimap = self.canvas.minimap
        if not minimap.isVisible():
            return "no minimap"
        self._drag_in(minimap, self._point_in(minimap), self._point_in(minimap))
        return "drag in the minimap"

    def edit_in_sidebar(self) -> str:
        """Edit a random field of the sidebar."""
        if self.dice.random() < 0.15:
            self.window.sidebar.setCurrentIndex(self.dice.randrange(self.window.sidebar.count()))
        kinds = (QLineEdit, QAbstractSpinBox, QComboBox, QAbstractButton)
        fields = [widget for kind in kinds for widget in self.window.sidebar.findChildren(kind)]
        fields = [widget for widget in fields if widget.isVisible() and widget.isEnabled()]
        if not fields:
            return "no field"
        field = self.dice.choice(fields)
        words = f"in the sidebar click {_name(field)}"
        QTest.mouseClick(field, LEFT, NONE, self._point_in(field))
        if QApplication.activePopupWidget() is None and isinstance(field, QLineEdit | QAbstractSpinBox):
            words += f", {self.type_words()}"
        return words

    def click_anywhere(self) -> str:
        widget = self._anything()
        button, point = self.dice.choice((LEFT, LEFT, RIGHT)), self._point_in(widget)
        words = f"click {_name(widget)} at {point.x()}, {point.y()} with {button.name}"
        self.say(f"{words} …")
        QTest.mouseMove(widget, point)
        if not widget.isVisible():
            return f"{words}, which was gone by then"
        if button is RIGHT:
            place = widget.mapToGlobal(point)
            QApplication.sendEvent(widget, QContextMenuEvent(QContextMenuEvent.Reason.Mouse, point, place))
        else:
            QTest.mouseClick(widget, button, NONE, point)
        return words

    def drag_anywhere(self) -> str:
        widget = self._anything()
        self.say(f"drag in {_name(widget)} …")
        self._drag_in(widget, self._point_in(widget), self._point_in(widget))
        return f"drag in {_name(widget)}"

    def use_run_bar(self) -> str:
        buttons = [button for button in self.window.run_bar.buttons if button.isVisible() and button.isEnabled()]
        if not buttons:
            return "no button to run"
        button = self.dice.choice(buttons)
        words = f"press {button.text()}"
        QTest.mouseClick(button, LEFT)
        return words

    def open_menu(self) -> str:
        action = self.dice.choice(self.window.menuBar().actions())
        QTest.mouseClick(self.window.menuBar(), LEFT, NONE, self.window.menuBar().actionGeometry(action).center())
        return f"open the menu {action.text()}"

    def copy_junk(self) -> str:
        words = self.dice.choice(JUNK)
        QApplication.clipboard().setText(words)
        return f"to the clipboard: {words!r}"

    def resize(self) -> str:
        width, height = self.dice.randrange(900, 1700), self.dice.randrange(600, 1100)
        self.window.resize(width, height)
        return f"resize to {width} × {height}"

    # Places

    def _spot(self) -> tuple[str, QPoint]:
        """Something on the canvas, or an empty spot, and its position; raises the window first."""
        self.window.activateWindow()
        room = self.canvas.viewport().rect()
        scene, kind = self.canvas.canvas_scene, self.dice.random()
        if kind < 0.4 and scene.cards:
            item = scene.cards[self.dice.choice(list(scene.cards))]
            return f"card {item.card.key}", self._on_paper(item.sceneBoundingRect().center())
        if kind < 0.6 and scene.cards:
            key = self.dice.choice(list(scene.cards))
            card = scene.cards[key].card
            ports = [("input", slot) for slot in range(len(card.ports.inputs))]
            ports += [("output", slot) for slot in range(len(card.ports.outputs))]
            side, slot = self.dice.choice(ports or [("input", 0)])
            point = self.presenter.input_point if side == "input" else self.presenter.output_point
            return f"{side} {slot} of {key}", self._on_paper(QPointF(*point(key, slot)) if ports else QPointF())
        if kind < 0.7 and scene.edges:
            key = self.dice.choice(list(scene.edges))
            return f"connection {key}", self._on_paper(scene.edges[key].path().pointAtPercent(0.5))
        point = self._point_in(self.canvas.viewport())
        return f"({point.x()}, {point.y()}) of {room.width()} × {room.height()}", point

    def _on_paper(self, place: QPointF) -> QPoint:
        room = self.canvas.viewport().rect()
        point = self.canvas.mapFromScene(place)
        return QPoint(min(max(point.x(), 0), room.right()), min(max(point.y(), 0), room.bottom()))

    def _point_in(self, widget: QWidget) -> QPoint:
        return QPoint(self.dice.randrange(max(widget.width(), 1)), self.dice.randrange(max(widget.height(), 1)))

    def _drag_in(self, widget: QWidget, start: QPoint, end: QPoint) -> None:
        QTest.mousePress(widget, LEFT, NONE, start)
        for step in range(1, 4):
            QTest.mouseMove(widget, start + (end - start) * step / 3)
        QTest.mouseRelease(widget, LEFT, NONE, end)

    def _held(self) -> Qt.KeyboardModifier:
        return self.dice.choice((NONE, NONE, NONE, SHIFT, CONTROL, ALT))

    def _focused(self) -> QWidget:
        """The focused widget. Without a window manager, the focus is not restored after a dialog."""
        widget = QApplication.focusWidget()
        if widget is None or not widget.isVisible():
            self.window.activateWindow()
            self.canvas.setFocus()
            widget = self.canvas
        return widget

    def _anything(self) -> QWidget:
        """Any visible widget in one of the windows that accepts the mouse."""
        window = self.dice.choice([self.window, *self._other_windows()])
        through = Qt.WidgetAttribute.WA_TransparentForMouseEvents
        widgets = [
            widget
            for widget in window.findChildren(QWidget)
            if widget.isVisible() and widget.isEnabled() and widget.window() is window
            if not widget.testAttribute(through) and not widget.visibleRegion().isEmpty()
        ]
        return self.dice.choice(widgets or [window])

    def _other_windows(self) -> list[QWidget]:
        return [
            widget
            for widget in QApplication.topLevelWidgets()
            if widget.isVisible() and widget is not self.window and widget.windowType() is Qt.WindowType.Dialog
        ]

    # Between events

    def let_go(self) -> None:
        """Close what is open, as a user would before saving, and focus the canvas."""
        while (popup := QApplication.activePopupWidget()) is not None:
            popup.close()
        for window in self._other_windows():
            window.close()
        self.window.activateWindow()
        self.canvas.setFocus()
        if self.canvas.interaction:
            QTest.keyClick(self.canvas, Qt.Key.Key_Escape)


class Watch(QObject):
    """Answers what would wait forever: modal dialogs, drags out of the window, menus of buttons."""

    def __init__(self, monkey: Monkey) -> None:
        super().__init__(monkey.window)
        self._monkey = monkey
        self._dice = random.Random(monkey.dice.random())
        self._at_event = (0, 0)
        self.file: Path | None = None
        """The answer to the next file dialog; without one it is cancelled."""
        self._timer = QTimer(self, interval=TURN_MS)
        self._timer.timeout.connect(self._look)
        self._timer.start()

    def stop(self) -> None:
        self._timer.stop()

    def _look(self) -> None:
        number, turns = self._at_event
        self._at_event = (number, turns + 1) if number == self._monkey.num_events else (self._monkey.num_events, 0)
        dialog = QApplication.activeModalWidget()
        if isinstance(dialog, QFileDialog) and self.file is not None:
            dialog.selectFile(str(self.file))
            self.file = None
            # Accepting may open another dialog, and this timer does not fire again until this call returns.
            QTimer.singleShot(0, dialog, dialog.accept)
        elif isinstance(dialog, QMessageBox):
            # Refusing to replace a file would lead back to the file dialog, whose answer is used up.
            replaces = isinstance(dialog.parent(), QFileDialog)
            button = dialog.button(QMessageBox.StandardButton.Yes) if replaces else self._dice.choice(dialog.buttons())
            self._monkey.say(f"answer {button.text()}")
            button.click()
        elif dialog is not None:
            self._monkey.say(f"give up {type(dialog).__name__}")
            QTest.keyClick(dialog, Qt.Key.Key_Escape)
        elif turns > PATIENCE_TURNS:
            QDrag.cancel()
            if (popup := QApplication.activePopupWidget()) is not None:
                popup.close()


def _key(sequence: QKeySequence) -> Key:
    combination = sequence[0]
    return combination.key(), combination.keyboardModifiers()


def _name(widget: QWidget) -> str:
    text = getattr(widget, "text", None)  # some contain a label of this name
    words = widget.accessibleName() or (text() if callable(text) else "") or widget.objectName()
    return f"{type(widget).__name__} {words!r}"
