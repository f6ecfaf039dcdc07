"""What each command of the window does, and when it can be given."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction

from workbench.gui.forms.pending_input import take_back_all
from workbench.gui.run_bar.presenter import Command
from workbench.gui.widgets import icons, theme
from workbench.gui.widgets.shared_keys import with_keys
from workbench.gui.window.menus import CHECKABLE, make_actions

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from workbench.gui.window.main_window import MainWindow

PAUSING = (Command.PAUSE, Command.CONTINUE, Command.RESUME)
"""The buttons of the run bar that one command presses: whichever is offered."""


class WindowCommands(QObject):
    """The actions of the commands by name, which follow the document, the run and the theme."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        self.actions = make_actions(window, self._of_the_document() | self._of_the_run() | self._of_the_view())
        for name in CHECKABLE:
            self[name].setChecked(name not in ("code", "separate"))
        self["name"].setEnabled(False)  # until the page that it leads to exists
        window.project.changed.connect(self._show_history)
        window.run_bar.refreshed.connect(self._enable)
        theme.changed.connect(self._show_theme)
        self._show_history()
        self._show_theme()
        self._enable()

    def __getitem__(self, name: str) -> QAction:
        return self.actions[name]

    def _of_the_document(self) -> dict[str, Callable[[], object]]:
        window = self._window
        return {
            "new": window.project.new,
            "open": window.project.open_dialog,
            "import": window.incoming.import_network,
            "weights": window.incoming.load_weights,
            "save": window.project.save,
            "save_as": window.project.save_as,
            "name": window.enter_name,
            "export": window.windows.open_export,
            "export_code": window.windows.open_code_export,
            "report": window.windows.open_report,
            "picture_svg": window.outgoing.save_svg,
            "picture_png": window.outgoing.save_png,
            "table": window.windows.open_table,
            "compare": window.windows.open_compare_networks,
            "quit": window.close,
            "undo": self._undo,
            "redo": window.document.redo,
        }

    def _of_the_run(self) -> dict[str, Callable[[], object]]:
        window = self._window
        return {
            "run": lambda: window.trainer.do(Command.RUN),
            "pause": self._press_pause,
            "step": lambda: window.trainer.do(Command.STEP),
            "stop": lambda: window.trainer.do(Command.STOP),
            "separate": window.window_state.switch_separate,
            "queue_add": window.queue.add,
            "queue_seeds": window.queue.add_seeds,
            "queue_sweep": window.windows.open_sweep,
            "queue_folds": window.windows.open_cross_validation,
            "queue_run": window.queue.go_on,
            "queue_show": window.queue.show,
            "batch": window.windows.open_batch,
            "mistakes": window.windows.open_mistakes,
            "features": window.windows.open_features,
            "attention": window.windows.open_attention,
            "latent": window.windows.open_latent,
            "own_pictures": window.windows.open_own_pictures,
            "own_rows": window.windows.open_own_rows,
            "runs": window.windows.open_runs,
        }

    def _of_the_view(self) -> dict[str, Callable[[], object]]:
        window = self._window
        return {
            "palette": lambda: self._toggle("palette", window.palette_panel),
            "sidebar": lambda: self._toggle("sidebar", window.sidebar),
            "watch": lambda: self._toggle("watch", window.watch),
            "minimap": window.window_state.switch_minimap,
            "code": lambda: window.outgoing.show_code(self["code"].isChecked()),
            "theme": window.window_state.switch_theme,
            "large": window.window_state.switch_large,
            "data": window.windows.open_data,
            "manual": window.windows.open_manual,
            "lecture": window.windows.open_lecture,
            "keys": window.windows.open_keys,
            "about": window.windows.open_about,
        }

    def _undo(self) -> None:
        """Discard what is being typed first, which is not yet a step of the document."""
        if not take_back_all(self._window):
            self._window.document.undo()

    def _press_pause(self) -> None:
        offered = self._offered()
        wanted = [command for command in PAUSING if command in offered]
        if wanted:  # a second press may come before the menu knows of the first
            self._window.trainer.do(wanted[0])

    def _toggle(self, name: str, part: QWidget) -> None:
        part.setVisible(self[name].isChecked())

    def _offered(self) -> set[Command]:
        return {button.command for button in self._window.run_bar.presenter.buttons() if button.enabled}

    def _enable(self) -> None:
        """Enable menu commands and shortcuts in accordance with the run bar's buttons."""
        window, bar, offered = self._window, self._window.run_bar.presenter, self._offered()
        self["run"].setEnabled(Command.RUN in offered)
        self["pause"].setEnabled(not offered.isdisjoint(PAUSING))
        self["step"].setEnabled(Command.STEP in offered)
        self["stop"].setEnabled(Command.STOP in offered)
        for name in ("queue_add", "queue_seeds", "queue_sweep", "queue_folds"):
            self[name].setEnabled(bar.first_error is None)
        self["export"].setEnabled(bar.has_checkpoint or window.findings.can_build)
        self["report"].setEnabled(window.trainer.run is not None)
        self["export_code"].setEnabled(window.trainer.run is not None or window.findings.can_build)

    def _show_history(self) -> None:
        """Say what undo and redo would change."""
        document = self._window.document
        for name, can, label in (
            ("undo", document.can_undo, document.undo_label),
            ("redo", document.can_redo, document.redo_label),
        ):
            action = self[name]
            action.setEnabled(can)
            action.setText(f"{name.title()} {label}".strip())
            action.setToolTip(with_keys(action.text(), action.shortcut().toString()))

    def _show_theme(self) -> None:
        dark = theme.current().name == "dark"
        self["theme"].setIcon(icons.icon("sun" if dark else "moon"))
        self["theme"].setText("Light theme" if dark else "Dark theme")
