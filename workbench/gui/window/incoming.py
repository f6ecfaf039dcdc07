"""What comes in from elsewhere: networks, weights, and files dropped onto the window."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QMimeData, QObject

from workbench.gui.experiment.project import experiment_of

if TYPE_CHECKING:
    from workbench.gui.importing.view import ImportDialog
    from workbench.gui.weights.view import WeightsDialog
    from workbench.gui.window.main_window import MainWindow
    from workbench.session.child_job import ChildJob
    from workbench.session.exchange.importing import Arrived

EXPERIMENT = ".json"


class Incoming(QObject):
    """The commands for importing and loading."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        self.names: tuple[str, ...] | None = None
        self._names_job: ChildJob | None = None
        window.pump.ticked.connect(self._take_names)

    # Networks

    def import_network(self, source: str = "") -> ImportDialog:
        """Ask for a network to import."""
        from workbench.gui.importing.view import ImportDialog

        dialog = ImportDialog(self._window, self._window.pump, source)
        dialog.arrived.connect(self._open)
        dialog.pretrained_wanted.connect(self.load_weights)
        self._window.windows.show(dialog)
        self._have_names()
        return dialog

    def _open(self, came: Arrived) -> None:
        """Open it as a new document, after asking about unsaved work."""
        self._window.project.when_kept(partial(self._show, came))

    def _show(self, came: Arrived) -> None:
        from workbench.gui.importing.view import ImportDialog

        self._window.project.show_unsaved(experiment_of(came.architecture, came.weights))
        dialog = self._window.windows.shown(ImportDialog)
        if dialog is not None:
            dialog.opened()

    # Weights

    def load_weights(self, source: str = "") -> WeightsDialog:
        """Ask for weights for the current network; the dialog closes when another document is opened."""
        from workbench.gui.weights.view import WeightsDialog

        window = self._window
        dialog = WeightsDialog(window, window.document, window.pump, window.messages, source)
        window.project.replaced.connect(dialog.close)
        window.windows.show(dialog)
        if source:
            dialog.begin()
        self._have_names()
        return dialog

    # Names of the libraries' models

    def _have_names(self) -> None:
        """List the libraries' models in a child process, because importing torchvision here would block the window."""
        from workbench.session.exchange.importing import list_models

        if self.names is None and self._names_job is None:
            self._names_job = list_models()
        self._hand_on_names()

    def _take_names(self) -> None:
        if self._names_job is None:
            return
        state = self._names_job.poll()
        if state.phase != "running":
            self.names = tuple(state.report["names"]) if state.report is not None else ()
            self._names_job.close()
            self._names_job = None
            self._hand_on_names()

    def _hand_on_names(self) -> None:
        from workbench.gui.importing.view import ImportDialog
        from workbench.gui.weights.view import WeightsDialog

        shown = self._window.windows.shown
        for dialog in (shown(ImportDialog), shown(WeightsDialog)):
            if dialog is not None and self.names:
                dialog.offer_names(self.names)

    # Files dropped onto the window

    def dropped(self, data: QMimeData) -> Callable[[], object] | None:
        """Return the action for what is dragged over the window, or None if it cannot be dropped.

        What is neither a network nor weights is data: a folder, or a file of the user's own.
        """
        from workbench.session.exchange.importing import FILES
        from workbench.session.exchange.weights import SUFFIXES

        urls = data.urls()
        path = Path(urls[0].toLocalFile()) if len(urls) == 1 else Path()
        suffix = path.suffix.lower()
        if suffix == EXPERIMENT:
            return partial(self._window.project.open, path)
        if suffix in FILES:
            return partial(self._import_dropped, path)
        if suffix in SUFFIXES:
            return partial(self.load_weights, str(path))
        return partial(self._window.use_data, path) if path.name and self._window.is_whole else None

    def _import_dropped(self, path: Path) -> None:
        """Import at once, except for a Python file, which needs consent as always."""
        self.import_network(str(path)).begin()

    def close(self) -> None:
        """End listing the libraries' models."""
        if self._names_job is not None:
            self._window.pump.background("end a job", self._names_job.close, lambda _: None)
            self._names_job = None
