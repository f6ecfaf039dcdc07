"""What comes in from elsewhere: networks, weights, and files dropped onto the window."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from PySide6.QtCore import QMimeData, QObject

from workbench.gui.runtime.event_pump import Newest
from workbench.runs.changes import is_run
from workbench.runs.store import holds_runs
from workbench.spec.experiment import experiment_of

if TYPE_CHECKING:
    from workbench.gui.importing.view import ImportDialog
    from workbench.gui.weights.view import WeightsDialog
    from workbench.gui.window.main_window import MainWindow
    from workbench.session.child_job import ChildJob
    from workbench.session.exchange.importing import Arrived

EXPERIMENT = ".json"

NO_USE = (
    "{name}: nothing here takes such a file. Drop an experiment (.json), a network (.onnx, .py), weights (.safetensors, "
    ".pt), pictures to try, or data: a folder, or a table (.csv, .tsv, .jsonl, .parquet, .npz)."
)

Kind = Literal["run", "runs", "data", "none"]


class Incoming(QObject):
    """The commands for importing and loading."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        self.names: tuple[str, ...] | None = None
        self._names_job: ChildJob | None = None
        self._looks = Newest(window.pump)
        window.project.replaced.connect(self._looks.drop)
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

    # What is dropped onto the window

    def dropped(self, data: QMimeData) -> Callable[[], object] | None:
        """Return the action for what is dragged over the window, or None if it cannot be dropped: it is no file, or one
        of several that are not pictures.
        """
        from workbench.data.decoding.pictures import OTHER_SUFFIXES, SUFFIXES  # with Pillow, not before the first paint
        from workbench.session.exchange.importing import FILES
        from workbench.session.exchange.weights import SUFFIXES as WEIGHTS

        paths = [Path(url.toLocalFile()) for url in data.urls() if url.isLocalFile()]
        if paths and all(path.suffix.lower() in (*SUFFIXES, *OTHER_SUFFIXES) for path in paths):
            return partial(self._try, paths)
        if len(paths) != 1:
            return None
        (path,), suffix = paths, paths[0].suffix.lower()
        if suffix == EXPERIMENT:
            return partial(self._window.project.open, path)
        if suffix in FILES:
            return partial(self._import_dropped, path)
        if suffix in WEIGHTS:
            return partial(self.load_weights, str(path))
        return partial(self._look_at, path) if self._window.is_whole else None

    def _import_dropped(self, path: Path) -> None:
        """Import at once, except for a Python file, which needs consent as always."""
        self.import_network(str(path)).begin()

    def _try(self, pictures: Sequence[Path]) -> None:
        from workbench.gui.own_pictures.view import OwnPicturesWindow

        self._window.windows.open_own_pictures()
        shown = self._window.windows.shown(OwnPicturesWindow)
        if shown is not None:
            shown.add(pictures)

    def _look_at(self, path: Path) -> None:
        """Use a folder or a file for what is found in it."""
        use, refuse = partial(self._use, path), self._window.messages.refuse
        self._looks.background("look at what was dropped", partial(_kind, path), use, refuse)

    def _use(self, path: Path, kind: Kind) -> None:
        window = self._window
        match kind:
            case "run":
                window.trainer.show(path)
            case "runs":
                window.windows.open_runs_of(path)
            case "data":
                window.use_data(path)
            case "none":
                window.messages.say("error", NO_USE.format(name=path.name))

    def close(self) -> None:
        """End listing the libraries' models."""
        if self._names_job is not None:
            self._window.pump.background("end a job", self._names_job.close, lambda _: None)
            self._names_job = None


def _kind(path: Path) -> Kind:
    """Return what is in a folder or a file that is no experiment, network or weights; data, if a folder has no run."""
    from workbench.data import IDX_FILES
    from workbench.data.folder_scan import TABLE_SUFFIXES

    if not path.is_dir():
        return "data" if path.suffix.lower() in TABLE_SUFFIXES or path.match(IDX_FILES) else "none"
    return "run" if is_run(path) else "runs" if holds_runs(path) else "data"
