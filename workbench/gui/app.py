"""Starts the window: it is shown first, and large modules are loaded afterwards."""

import gc
import importlib
import os
import signal
import threading
from pathlib import Path

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtWidgets import QApplication, QMessageBox

from workbench import data, training
from workbench.gui.experiment.project import new_experiment
from workbench.gui.preferences import Preferences
from workbench.gui.runtime.garbage import Collector
from workbench.gui.runtime.internal_errors import InternalErrors
from workbench.gui.runtime.qt_classes import make_each
from workbench.gui.runtime.slices import Slices
from workbench.gui.runtime.wakeup import wake_promptly
from workbench.gui.widgets import theme
from workbench.gui.widgets.error_sentence import sentence
from workbench.gui.window.main_window import MainWindow
from workbench.places import Unwritable, logs_dir
from workbench.spec.catalogue import Catalogue, Declared
from workbench.spec.experiment import Experiment, experiment_of
from workbench.spec.files import read_experiment, read_network
from workbench.spec.forms import parameters_of
from workbench.spec.problems import SpecError

FIRST_PRESET = "lenet"

LARGE = "1.5"
"""Scale factor of the large display for a projector; Qt reads it once, before the first window."""

LARGE_MODULES = (
    "numpy",
    "pyqtgraph",
    "workbench.gui.watch.area",
    "workbench.gui.settings.data_page",
    "workbench.gui.settings.training_page",
)
"""Imported in a thread once the window is painted; torch follows in the analyst's thread."""


def main(path: Path | None) -> int:
    """Open the window on this file, or on the first preset; return the exit status when it is closed.

    Raises Unwritable if its logs cannot be written.
    """
    if Preferences().is_on("large", first=False):
        os.environ.setdefault("QT_SCALE_FACTOR", LARGE)
    app = _make_application()
    try:
        internal_errors = InternalErrors(logs_dir())
    except OSError as error:
        raise Unwritable(error) from None
    internal_errors.install()
    window = open_window(app, path, internal_errors)
    signal.signal(signal.SIGINT, lambda *_: window.close())
    signal.signal(signal.SIGTERM, lambda *_: window.close())
    status = app.exec()
    internal_errors.uninstall()
    if not window.closing.clean or threading.active_count() > 1:
        # A thread that has not stopped in time and is inside torch or Qt would abort the interpreter's shutdown.
        os._exit(status)
    return status


def tell_obstacle(words: str) -> None:
    """Say why there can be no window, to whoever started the program without a terminal; return once it is read."""
    app = QApplication.instance() or _make_application()
    assert isinstance(app, QApplication)
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    QMessageBox(QMessageBox.Icon.NoIcon, app.applicationDisplayName(), words).exec()


def _make_application() -> QApplication:
    # Named in the arguments, because ``setStyle`` would return the style, and creating its class takes 6 ms.
    app = QApplication(["workbench", "-style", "Fusion"])
    QCoreApplication.setApplicationName("workbench")
    app.setApplicationDisplayName("Workbench")
    return app


def open_window(app: QApplication, path: Path | None, internal_errors: InternalErrors | None = None) -> MainWindow:
    """Show the window; everything else is loaded after its first paint."""
    preferences = Preferences()
    theme.choose(app, preferences.colours)
    experiment, file, obstacle = _first_experiment(path)
    window = MainWindow(experiment, file, preferences, internal_errors)
    theme.dress(app)  # now, since every widget added to a styled one is polished at once: 20 ms
    if obstacle:
        window.messages.say("error", obstacle)
    gc.disable()  # until the window's collector starts
    collector = Collector(window.pump)
    window.checker.checked.connect(collector.start, Qt.ConnectionType.SingleShotConnection)
    window.painted.connect(lambda: load_the_rest(window))
    window.show()
    return window


def load_the_rest(window: MainWindow) -> None:
    """Import large modules in a thread, then create the panels that need them, then start checking the network.

    If the window is closed in the meantime, nothing more is started, because nothing would wait for the resulting
    threads.
    """

    def is_open() -> bool:
        return not window.closing.begun

    def loaded(_: None) -> None:
        Slices(window, window.late_parts(), whole, wanted=is_open)

    def whole() -> None:
        window.checker.start()
        window.offer_last_run()
        window.queue.offer()
        window.autosave.offer()

    def load() -> None:
        window.pump.background("load", _import_large, loaded)

    Slices(window, make_each(), load, wanted=is_open)


def _import_large() -> None:
    from workbench.session.table_reading import read_tables_apart

    wake_promptly()
    for name in LARGE_MODULES:
        importlib.import_module(name)
    read_tables_apart()
    for package in (data, training):
        for catalogue in list(vars(package).values()):
            if isinstance(catalogue, Catalogue):
                entries: dict[str, type[Declared]] = catalogue.table  # reading it imports their modules
                for entry in entries.values():
                    parameters_of(entry)


def _first_experiment(path: Path | None) -> tuple[Experiment, Path | None, str]:
    """Return the experiment to show first, its file if it has one, and why it is not the requested one."""
    try:
        found = read_network(path) if path else read_experiment(FIRST_PRESET)
    except SpecError as error:
        return new_experiment(), None, sentence(error)
    return (found, path, "") if isinstance(found, Experiment) else (experiment_of(found), None, "")
